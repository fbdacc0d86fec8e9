"""Each layer as ONNX operations on doubles."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

from chainrule import layers
from chainrule.arrays import Array
from chainrule.layers.activations import SELU_ELU, SELU_SCALE
from chainrule.model_file.errors import ModelFileError
from chainrule.model_file.onnx_graph import Graph


def add_layer(graph: Graph, layer: Any, parameters: Mapping[str, Array], x: str) -> str:
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
