"""A model for ONNX Runtime: from the columns of a table, or rows of numbers, to a label and probabilities.

All of it computes in double precision, also with parameters trained in single precision; only the error function of
GELU does not. What a layer does stands on the layer, as `onnx_form`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, checker, helper, numpy_helper

from chainrule._version import __version__
from chainrule.arrays import Array, dense
from chainrule.estimator.classifier import Classifier
from chainrule.exceptions import ModelFileError
from chainrule.layers import Layer, Operand, Operation
from chainrule.model_file.description import parts_of

if TYPE_CHECKING:
    from chainrule.tables import TableEncoder
    from chainrule.tables.columns import Category, Date, Number
    from chainrule.tables.target_statistics import TargetStatistics

# The version of ONNX's operators that graphs are written for: any newer runtime reads it too.
OPSET = 18
# That of `ai.onnx.ml`, whose LabelEncoder looks words up.
LABELS_OPSET = 3
# The version of the file format, the one that came with these operators.
IR_VERSION = 9
# The types that columns, labels and numbers on the way have, by ONNX's own words.
KINDS = {
    "double": TensorProto.DOUBLE,
    "float": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
    "string": TensorProto.STRING,
}
# The names of the outputs, and of the input of a model without columns: what programs that run it ask for.
LABEL = "label"
PROBABILITIES = "probabilities"
ROWS = "x"
# By which probabilities may differ before nothing is written. Doubles agree to many more digits; the error function of
# GELU, in single precision, is what asks for as much.
LARGEST_DIFFERENCE = 1e-5


class Graph:
    """Inputs, constants and nodes so far. Values go by name; a fresh one is never that of an input.

    Parameters:
        inputs: names of all there will be.
        outputs: names of all there will be.
    """

    def __init__(self, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        self.outputs = set(outputs)
        self.taken = {*inputs, *self.outputs}
        self.inputs: list[ValueInfoProto] = []
        self.constants: list[TensorProto] = []
        self.nodes: list[NodeProto] = []

    def input(self, name: str, kind: str, width: int) -> str:
        """Add an input of shape (n, width)."""
        self.inputs.append(helper.make_tensor_value_info(name, KINDS[kind], ["n", width]))
        return name

    def add(self, operation: str, *values: Any, name: str | None = None, **attributes: Any) -> str:
        """Add a node, and return its output; numbers and arrays among the values become constants."""
        inputs = [value if isinstance(value, str) else self.constant(value) for value in values]
        output = self._fresh(operation) if name is None else name
        domain = "ai.onnx.ml" if operation == "LabelEncoder" else ""
        self.nodes.append(helper.make_node(operation, inputs, [output], output, domain=domain, **attributes))
        return output

    def constant(self, value: Any) -> str:
        """Add a constant; plain numbers are doubles."""
        array = np.asarray(value)
        if array.dtype.kind in "UO":
            array = array.astype(object)
        elif array.dtype.kind == "i":
            array = array.astype(np.int64)
        elif array.dtype.kind == "f":
            array = array.astype(np.float64)
        name = self._fresh("constant")
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def cast(self, value: str, kind: str) -> str:
        """Add a change of type."""
        return self.add("Cast", value, to=KINDS[kind])

    def _fresh(self, operation: str) -> str:
        name = f"{operation} {len(self.nodes)}.{len(self.constants)}"
        while name in self.taken:
            name += "'"
        self.taken.add(name)
        return name


# Layers.


def add_layer(graph: Graph, layer: Layer, parameters: Mapping[str, Array], x: str) -> str:
    """Add what a layer does to `x` (n, i), and return its output (n, o).

    Raises:
        ModelFileError: the layer does not say how ONNX writes it.
    """
    form: Operand | None = getattr(layer, "onnx_form", None)
    if form is None:
        raise ModelFileError(f"The layer {layer} is not one of Chainrule's, so it cannot be exported to ONNX.")
    return _add_operand(graph, form, {"x": x, **parameters})


def _add_operand(graph: Graph, operand: Operand, named: Mapping[str, Any]) -> Any:
    """Add the operations of an operand, innermost first, and return its value."""
    if not isinstance(operand, Operation):
        if isinstance(operand, tuple):
            return np.array(operand, np.int64)
        return named[operand] if isinstance(operand, str) else operand
    values = [_add_operand(graph, inner, named) for inner in operand.operands]
    if operand.operator == "Cast":
        return graph.cast(values[0], str(operand.attributes["to"]))
    attributes: Mapping[str, Any] = operand.attributes
    return graph.add(operand.operator, *values, **attributes)


# Columns, from each as it stands to the inputs it becomes.


def add_columns(graph: Graph, encoder: "TableEncoder") -> str:
    """Add an input for each column that the encoder uses, and return the inputs of the network (n, i).

    Raises:
        ModelFileError: a column is text, or its name is one that no input can have.
    """
    inputs: list[str] = []
    for column in encoder.learned_:
        if type(column) not in _columns():
            words = "whose words ONNX cannot count as the model does" if column.kind == "text" else "which ONNX has not"
            remedy = "export to json, or train without it"
            raise ModelFileError(f"Column {column.name} is {column.kind}, {words}: {remedy}.")
        if column.name in graph.outputs or not column.name:
            raise ModelFileError(f"Column {column.name!r} has a name that no ONNX input can have: rename it.")
        kind, _, add = _columns()[type(column)]
        inputs += add(graph, column, graph.input(column.name, kind, 1))
    return graph.add("Concat", *inputs, axis=1)


def _feeds_of(encoder: "TableEncoder", table: Any) -> dict[str, Array]:
    """Return the values of each column of a table as the ONNX model takes them, each (n, 1)."""
    from chainrule.tables.frames import columns_of

    columns = columns_of(table)
    return {column.name: _fed(column, columns[column.name]) for column in encoder.learned_}


def _fed(column: Any, values: Any) -> Array:
    from chainrule.tables.columns import Date, Number, days_of, stamps_of
    from chainrule.tables.frames import as_numbers, as_words
    from chainrule.tables.written import read_written

    if isinstance(column, Number):
        return as_numbers(read_written(values, column.written, column.name), column.name)[:, None]
    if isinstance(column, Date):
        stamps = stamps_of(read_written(values, column.written, column.name), column.name)
        return as_numbers(days_of(stamps), column.name)[:, None]
    return np.array(as_words(values).fill_null("").to_pylist(), dtype=object)[:, None]


def _number(graph: Graph, column: "Number", x: str) -> list[str]:
    from chainrule.tables.assembly import FAR, SMOOTH_LIMIT

    missing = graph.add("IsNaN", x)
    standard = graph.add("Div", graph.add("Sub", x, column.mean), column.scale)
    if column.clipped:
        standard = graph.add("Clip", standard, -FAR, FAR)
        third = graph.add("Div", standard, SMOOTH_LIMIT)
        standard = graph.add("Div", standard, graph.add("Sqrt", graph.add("Add", 1.0, graph.add("Mul", third, third))))
    inputs = [graph.add("Where", missing, 0.0, standard)]
    if column.missing:
        inputs.append(graph.cast(missing, "double"))
    if column.bins is not None:
        edges, means = column.bins
        share = graph.add("Div", graph.add("Sub", x, edges[None, :-1]), np.diff(edges)[None])
        share = graph.add("Sub", graph.add("Clip", share, 0.0, 1.0), means[None])
        inputs.append(graph.add("Where", missing, 0.0, share))
    return inputs


def _category(graph: Graph, column: "Category", words: str) -> list[str]:
    """Add the number of each word, no word for -1, and compare it with the number of each input."""
    from chainrule.tables.frames import MISSING_WORDS

    width = len(column.labels())
    if not width:
        return []
    unknown = len(column.words) if column.rare else -1
    missing = len(column.words) + column.rare if column.missing else -1
    codes = graph.add(
        "LabelEncoder",
        words,
        keys_strings=[*column.words, *MISSING_WORDS],
        values_int64s=[*range(len(column.words)), *[missing] * len(MISSING_WORDS)],
        default_int64=unknown,
    )
    return [graph.cast(graph.add("Equal", codes, np.arange(width)[None]), "double")]


def _statistics(graph: Graph, column: "TargetStatistics", words: str) -> list[str]:
    """Add the number of each word, and take what the inputs are of it."""
    from chainrule.tables.frames import MISSING_WORDS

    levels = len(column.words)
    codes = graph.add(
        "LabelEncoder",
        words,
        keys_strings=[*column.words, *MISSING_WORDS],
        values_int64s=[*range(levels), *[levels] * len(MISSING_WORDS)],
        default_int64=levels + 1,
    )
    return [graph.add("Gather", column.table(), graph.add("Squeeze", codes, np.array([1])), axis=0)]


def _date(graph: Graph, column: "Date", days: str) -> list[str]:
    missing = graph.add("IsNaN", days)
    day = graph.add("Floor", graph.add("Where", missing, 0.0, days))

    def word(number: str) -> str:
        return graph.add("Where", missing, np.array(""), graph.cast(graph.cast(number, "int64"), "string"))

    month = _category(graph, column.month, word(_month(graph, day)))
    number = graph.add("Add", _remainder(graph, graph.add("Add", day, 3.0), 7.0), 1.0)  # day 0 is a Thursday, 4
    return [*_number(graph, column.days, days), *month, *_category(graph, column.weekday, word(number))]


def _quotient(graph: Graph, x: str, divisor: float) -> str:
    return graph.add("Floor", graph.add("Div", x, divisor))


def _remainder(graph: Graph, x: str, divisor: float) -> str:
    return graph.add("Sub", x, graph.add("Mul", _quotient(graph, x, divisor), divisor))


def _month(graph: Graph, day: str) -> str:
    """Add the month, 1 to 12, of a day since 1970-01-01.

    Years are counted from March, so that a leap day is the last day of its year, and in eras of 400 years, which all
    have 146,097 days; the months from March on begin on day `⌊(153 m + 2) / 5⌋`.
    """
    of_era = _remainder(graph, graph.add("Add", day, 719468.0), 146097.0)
    leaps = graph.add("Sub", _quotient(graph, of_era, 1460.0), _quotient(graph, of_era, 36524.0))
    leaps = graph.add("Add", leaps, _quotient(graph, of_era, 146096.0))
    year = _quotient(graph, graph.add("Sub", of_era, leaps), 365.0)
    leap_days = graph.add("Sub", _quotient(graph, year, 4.0), _quotient(graph, year, 100.0))
    of_year = graph.add("Sub", of_era, graph.add("Add", graph.add("Mul", year, 365.0), leap_days))
    from_march = _quotient(graph, graph.add("Add", graph.add("Mul", of_year, 5.0), 2.0), 153.0)
    return graph.add("Add", _remainder(graph, graph.add("Add", from_march, 2.0), 12.0), 1.0)


@cache
def _columns() -> dict[type, tuple[str, str, Callable[[Graph, Any, str], list[str]]]]:
    """Return of each kind of column the type that it is fed as, what that holds in words, and what adds it."""
    from chainrule.tables.columns import Category, Date, Number
    from chainrule.tables.target_statistics import TargetStatistics

    word = "a word, empty where missing; whole numbers without a point, truth as true and false"
    days = "days since 1970-01-01 with the time of day as a fraction, NaN where missing"
    return {
        Number: ("double", "a number, NaN where missing", _number),
        Category: ("string", word, _category),
        TargetStatistics: ("string", word, _statistics),
        Date: ("double", days, _date),
    }


# The whole model.


def to_onnx(model: Any) -> bytes:
    """Return a fitted model as ONNX: an input for each column, outputs `label` (n,) and `probabilities` (n, k).

    Numbers and dates are doubles (n, 1), categories and booleans strings (n, 1); what a caller must feed, and the
    labels in the order of the probabilities, stand in the model's own documentation. A `Classifier` by itself takes
    `x` (n, i) of doubles.

    Raises:
        ModelFileError: a column is text, or has the name of an output.
    """
    encoder, classifier = parts_of(model)
    names = [ROWS] if encoder is None else [column.name for column in encoder.learned_]
    graph = Graph(names, outputs=(LABEL, PROBABILITIES))
    if encoder is None:
        x, inputs = graph.input(ROWS, "double", classifier.network_.inputs), {}
    else:
        x = add_columns(graph, encoder)
        inputs = {column.name: _columns()[type(column)][1] for column in encoder.learned_}
    z = _logits(graph, classifier, x)
    members = classifier.network_.members
    binary = classifier.network_.outputs == members
    if members > 1:
        index = _add_mean_of_members(graph, z, members, binary)
    elif binary:
        graph.add("Sigmoid", graph.add("Concat", graph.add("Neg", z), z, axis=1), name=PROBABILITIES)
        index = graph.cast(graph.add("Greater", graph.add("Squeeze", z, np.array([1])), 0.0), "int64")
    else:
        graph.add("Softmax", z, name=PROBABILITIES, axis=1)
        index = graph.add("ArgMax", z, axis=1, keepdims=0)
    if classifier.threshold is not None:
        second = graph.add("Gather", PROBABILITIES, np.array(1), axis=1)
        index = graph.cast(graph.add("GreaterOrEqual", second, classifier.threshold), "int64")
    graph.add("Gather", classifier.classes_, index, name=LABEL, axis=0)
    return _checked(graph, inputs, classifier.classes_).SerializeToString()


def feeds(model: Any, table: Any) -> dict[str, Array]:
    """Return the inputs of the ONNX model for the rows of a table, as `run` of ONNX Runtime takes them."""
    encoder, _ = parts_of(model)
    if encoder is None:
        return {ROWS: np.asarray(dense(table), np.float64)}
    return _feeds_of(encoder, table)


def largest_difference(model: Any, content: bytes, table: Any) -> float:
    """Return the largest difference of a probability between the model and ONNX Runtime, over the rows of a table.

    Raises:
        ModelFileError: it is above 1e-5.
    """
    try:
        import onnxruntime
    except ModuleNotFoundError:
        raise ModelFileError("Checking an ONNX model needs onnxruntime: pip install 'chainrule[onnx]'.") from None
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    expected = model.predict_proba(table)
    (found,) = session.run([PROBABILITIES], feeds(model, table))
    differences = np.abs(found - expected).max(axis=1)
    largest = float(differences.max(initial=0))
    if not largest <= LARGEST_DIFFERENCE:
        raise ModelFileError(
            f"ONNX Runtime computes probabilities that differ by {largest:.2g} in row {int(differences.argmax())}, more"
            f" than {LARGEST_DIFFERENCE:g}: nothing was written."
        )
    return largest


def _logits(graph: Graph, classifier: Classifier, x: str) -> str:
    standardizer = classifier.standardizer_
    x = graph.add("Div", graph.add("Sub", x, standardizer.mean), standardizer.scale)
    network, theta = classifier.network_, classifier.theta_.astype(np.float64)
    for layer, parameters in zip(network.layers, network.views(theta), strict=True):
        x = add_layer(graph, layer, parameters, x)
    return x


def _add_mean_of_members(graph: Graph, z: str, members: int, binary: bool) -> str:
    """Add the mean of the members' probabilities from their logits (n, k c), and return the number of the likeliest."""
    each = graph.add("Reshape", z, np.array([0, members, -1]))
    if binary:
        y = graph.add("Sigmoid", graph.add("Concat", graph.add("Neg", each), each, axis=2))
    else:
        y = graph.add("Softmax", each, axis=2)
    mean = graph.add("ReduceMean", y, np.array([1]), keepdims=0, name=PROBABILITIES)
    return graph.add("ArgMax", mean, axis=1, keepdims=0)


def _checked(graph: Graph, inputs: dict[str, str], classes: Array) -> ModelProto:
    kind = {"U": "string", "O": "string", "i": "int64", "u": "int64", "b": "bool", "f": "double"}[classes.dtype.kind]
    outputs = [
        helper.make_tensor_value_info(LABEL, KINDS[kind], ["n"]),
        helper.make_tensor_value_info(PROBABILITIES, KINDS["double"], ["n", len(classes)]),
    ]
    listed = "".join(f"\n{name}: {words}" for name, words in inputs.items())
    doc = f"Inputs, each of shape (n, 1):{listed}" if inputs else "Input: x of shape (n, i), as the model was given it."
    model = helper.make_model(
        helper.make_graph(graph.nodes, "chainrule", graph.inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", LABELS_OPSET)],
        ir_version=IR_VERSION,
        producer_name="chainrule",
        producer_version=__version__,
        doc_string=doc,
    )
    facts = {"classes": classes.tolist(), "inputs": inputs}
    helper.set_model_props(model, {name: json.dumps(fact, ensure_ascii=False) for name, fact in facts.items()})
    checker.check_model(model, full_check=True)
    return model
