"""An ONNX graph written down node by node."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

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
