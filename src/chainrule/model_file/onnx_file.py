"""A model for ONNX Runtime: from the columns of a table, or rows of numbers, to a label and probabilities.

All of it computes in double precision, also with parameters trained in single precision; only the error function of
GELU does not.
"""

import json
from typing import Any

import numpy as np
from onnx import ModelProto, checker, helper

from chainrule._version import __version__
from chainrule.arrays import Array, is_sparse
from chainrule.estimator.classifier import Classifier
from chainrule.exceptions import ModelFileError
from chainrule.model_file.description import parts_of
from chainrule.model_file.onnx_graph import IR_VERSION, KINDS, LABELS_OPSET, OPSET, Graph, add_layer

LABEL, PROBABILITIES, ROWS = "label", "probabilities", "x"
LARGEST_DIFFERENCE = 1e-5


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
        from chainrule.model_file.onnx_columns import add_columns, wanted_by

        x, inputs = add_columns(graph, encoder), wanted_by(encoder)
    z = _logits(graph, classifier, x)
    binary = classifier.network_.outputs == 1
    if binary:
        graph.add("Sigmoid", graph.add("Concat", graph.add("Neg", z), z, axis=1), name=PROBABILITIES)
        index = graph.cast(graph.add("Greater", graph.add("Squeeze", z, np.array([1])), 0.0), "int64")
    else:
        graph.add("Softmax", z, name=PROBABILITIES, axis=1)
        index = graph.add("ArgMax", z, axis=1, keepdims=0)
    graph.add("Gather", classifier.classes_, index, name=LABEL, axis=0)
    return _checked(graph, inputs, classifier.classes_).SerializeToString()


def feeds(model: Any, table: Any) -> dict[str, Array]:
    """Return the inputs of the ONNX model for the rows of a table, as `run` of ONNX Runtime takes them."""
    encoder, _ = parts_of(model)
    if encoder is None:
        return {ROWS: np.asarray(table.toarray() if is_sparse(table) else table, np.float64)}
    from chainrule.model_file.onnx_columns import feeds_of

    return feeds_of(encoder, table)


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
    standardizer = classifier._standardizer
    x = graph.add("Div", graph.add("Sub", x, standardizer.mean), standardizer.scale)
    network, theta = classifier.network_, classifier.theta_.astype(np.float64)
    for layer, parameters in zip(network.layers, network.views(theta), strict=True):
        x = add_layer(graph, layer, parameters, x)
    return x


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
    helper.set_model_props(
        model,
        {"classes": json.dumps(classes.tolist(), ensure_ascii=False), "inputs": json.dumps(inputs, ensure_ascii=False)},
    )
    checker.check_model(model, full_check=True)
    return model
