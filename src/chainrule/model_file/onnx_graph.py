"""An ONNX graph written down node by node."""

from collections.abc import Iterable, Mapping
from math import sqrt
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from chainrule import layers
from chainrule.arrays import Array
from chainrule.exceptions import ModelFileError
from chainrule.layers.activations import SELU_ELU, SELU_SCALE

OPSET, LABELS_OPSET, IR_VERSION = 18, 3, 9
KINDS = {
    "double": TensorProto.DOUBLE,
    "float": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
    "string": TensorProto.STRING,
}


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


# Each layer as ONNX operations on doubles.


def add_layer(graph: Graph, layer: Any, parameters: Mapping[str, Array], x: str) -> str:  # noqa: C901 (a case a layer)
    """Add what a layer does to `x` (n, i), and return its output (n, o).

    Raises:
        ModelFileError: the layer is not Chainrule's.
    """
    add = graph.add
    match layer:
        case layers.Dense():
            product = add("MatMul", x, parameters["weights"])
            return add("Add", product, parameters["bias"]) if layer.bias else product
        case layers.Identity():
            return x
        case layers.Heaviside():
            return graph.cast(add("Greater", x, 0.0), "double")
        case layers.Sigmoid() | layers.Tanh():
            return add(type(layer).__name__, x)
        case layers.ReLU():
            return add("Max", x, 0.0)
        case layers.LeakyReLU():
            return add("Where", add("Greater", x, 0.0), x, add("Mul", x, layer.slope))
        case layers.ELU():
            return _elu(graph, layer.alpha, x)
        case layers.SELU():
            return add("Mul", _elu(graph, SELU_ELU.alpha, x), SELU_SCALE)
        case layers.Softplus():
            return _softplus(graph, x)
        case layers.GELU():
            return add("Mul", x, _normal_distribution(graph, x))
        case layers.SiLU():
            return add("Mul", x, add("Sigmoid", x))
        case layers.Mish():
            return add("Mul", x, add("Tanh", _softplus(graph, x)))
        case layers.Softmax():
            return add("Softmax", x, axis=1)
    raise ModelFileError(f"The layer {layer} is not one of Chainrule's, so it cannot be exported to ONNX.")


def _elu(graph: Graph, alpha: float, x: str) -> str:
    below = graph.add("Sub", graph.add("Exp", graph.add("Min", x, 0.0)), 1.0)
    return graph.add("Where", graph.add("Greater", x, 0.0), x, graph.add("Mul", below, alpha))


def _softplus(graph: Graph, x: str) -> str:
    decay = graph.add("Exp", graph.add("Neg", graph.add("Abs", x)))
    return graph.add("Add", graph.add("Log", graph.add("Add", decay, 1.0)), graph.add("Max", x, 0.0))


def _normal_distribution(graph: Graph, x: str) -> str:
    """Add `(1 + erf(x / √2)) / 2`; ONNX Runtime knows the error function in single precision only."""
    single = graph.cast(graph.add("Mul", x, sqrt(0.5)), "float")
    erf = graph.cast(graph.add("Erf", single), "double")
    return graph.add("Mul", graph.add("Add", erf, 1.0), 0.5)
