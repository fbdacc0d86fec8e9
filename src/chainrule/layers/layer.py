"""The contract of a layer, a link of the network.

A layer maps rows `x` (n, i) to `y` (n, o), each row on its own. It is a frozen dataclass of sizes and
hyper-parameters; its parameters come from the caller, as a dictionary of arrays.

    forward    y = f(x; parameters)
    vjp        dx = dy · ∂y/∂x,  grad = Σ_rows dy · ∂y/∂parameter     (backward: vector-Jacobian product)
    jvp        dy = ∂y/∂x · dx + Σ ∂y/∂parameter · dparameter         (forward-mode: Jacobian-vector product)
    jacobian   ∂y/∂x (n, o, i), ∂y/∂weights (n, o, i, o), ∂y/∂bias (n, o, o)

The four stand beside each other and test one another.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias, Union

import numpy as np

from chainrule.arrays import Array, Shape, diagonal
from chainrule.common.formulas import Formula, with_names
from chainrule.exceptions import MismatchError

Parameters: TypeAlias = Mapping[str, Array]
Operand: TypeAlias = Union[str, float, Shape, "Operation"]


class Operation(NamedTuple):
    """An ONNX operation as plain data.

    Attributes:
        operator: its name in ONNX.
        operands: each "x" for what the layer is given, the name of one of its parameters, a number (a double), a shape
            (whole numbers; 0 keeps the number of rows), or another operation.
        attributes: those of the operator.
    """

    operator: str
    operands: tuple[Operand, ...]
    attributes: Mapping[str, int | str | Shape]


def onnx(operator: str, *operands: Operand, **attributes: int | str | Shape) -> Operation:
    """Return an ONNX operation on some operands.

    >>> onnx("Mul", "x", onnx("Sigmoid", "x")).operands[1].operator
    'Sigmoid'
    """
    return Operation(operator, operands, attributes)


class LinearFormulas(NamedTuple):
    """What a layer with parameters computes, as the ledger prints it.

    Attributes:
        y: what makes its outputs.
        jacobians: by the name of what each is taken with respect to, its formula and where its numbers stand, in words.
    """

    y: Formula
    jacobians: Mapping[str, tuple[Formula, str]]


def identity_jacobian(size: int) -> tuple[Formula, str]:
    """Return what is said of the Jacobian by a bias of so many numbers."""
    return Formula(f"I{size}", f"I_{{{size}}}"), "1 on the diagonal, and 0 elsewhere"


class Layer(Protocol):
    """A link of the network: a function of rows, with its derivatives.

    Attributes:
        inputs: the number of inputs the layer insists on, or None where any number will do.
    """

    @property
    def inputs(self) -> int | None: ...

    def output_size(self, inputs: int) -> int:
        """Return the number of outputs for a number of inputs."""
        ...

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return the shape of each parameter by its name; empty for an activation."""
        ...

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        """Return `y` (n, o) for the rows `x` (n, i)."""
        ...

    def vjp(
        self,
        params: Parameters,
        x: Array,
        y: Array,
        dy: Array,
        *,
        need_dx: bool = True,
        out: Array | None = None,
        grad: Parameters | None = None,
    ) -> Array | None:
        """Return `dx` (n, i) from `dy` (n, o), and fill the arrays of `grad` with the parameters' gradients."""
        ...

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        """Return the change `dy` (n, o) of the outputs for a change of the inputs and of the parameters."""
        ...

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        """Return every Jacobian of the layer, by the name of what it is taken with respect to."""
        ...


def refuse_wrong_shapes(layer: Any, params: Parameters, x: Array) -> None:
    """Raise MismatchError if rows or a parameter have another shape than a layer takes."""
    if np.ndim(x) != 2 or np.shape(x)[1] != layer.inputs:
        raise MismatchError(f"{layer} takes rows x of shape (n, {layer.inputs}), found {np.shape(x)}.")
    for name, shape in layer.parameter_shapes().items():
        if np.shape(params[name]) != shape:
            raise MismatchError(f"{layer} takes {name} of shape {shape}, found {np.shape(params[name])}.")


def formula_by_name(layer: object, x: Formula) -> Formula:
    """Return what is said of a layer of which no formula is known: its name, applied to `x`.

    >>> formula_by_name(Activation(), Formula("x", "x")).text
    'Activation(x)'
    """
    name = type(layer).__name__
    return Formula(f"{name}({x.text})", rf"\operatorname{{{name}}}({x.latex})")


class Activation:
    """A layer without parameters, as many outputs as inputs: what all activations have in common.

    What other parts of Chainrule must know of an activation stands on its class. One of a user's own says as much of it
    as it likes: what is left out here as it is costs a formula, an export or some speed, and nothing else.

    Attributes:
        name: what `Classifier(activation=...)`, the command line and model files call it.
        initializer: the rule of `chainrule.initializers` for the weights before it.
        kernel: its number in the compiled kernels (`engine/compiled/epoch.h`); None where they do not have it.
        kinked: whether it has a kink or a jump at 0, so that no derivative is to be had there.
        learns: whether a gradient passes, so that layers before it can learn by it.
        saturates: whether it is flat far from 0 on both sides, so that gradients vanish there.
        note: what the letters of its formulas stand for, as a sentence with a space before it.
        onnx_form: what it does, as ONNX operations; None where they are unknown.
    """

    name: ClassVar[str] = ""
    initializer: ClassVar[str] = "glorot_uniform"
    kernel: ClassVar[int | None] = None
    kinked: ClassVar[bool] = False
    learns: ClassVar[bool] = True
    saturates: ClassVar[bool] = False
    note: ClassVar[str] = ""

    @property
    def onnx_form(self) -> Operand | None:
        return None

    def formulas(self, x: Formula, y: Formula) -> tuple[Formula, Formula | None]:
        """Return what makes `y` of `x`, and the Jacobian `∂y/∂x`, None where that has no known formula."""
        return formula_by_name(self, x), None

    @property
    def inputs(self) -> int | None:
        return None

    def output_size(self, inputs: int) -> int:
        return inputs

    def parameter_shapes(self) -> dict[str, Shape]:
        return {}


class Elementwise(Activation, ABC):
    """An activation that treats every number on its own: `y = f(x)`, and a Jacobian that is diagonal.

    A new one adds two methods, `function` and `derivative`. One of Chainrule's own also has a `name`, and both
    formulas, which a test computes.

    Attributes:
        formula: `f(a)`, as the ledger prints it; None where it is unknown.
        derivative_formula: `f'(a)`, with `h` for `f(a)`; None where it is unknown.
    """

    @property
    def formula(self) -> Formula | None:
        return None

    @property
    def derivative_formula(self) -> Formula | None:
        return None

    def formulas(self, x: Formula, y: Formula) -> tuple[Formula, Formula | None]:
        if self.formula is None or self.derivative_formula is None:
            return super().formulas(x, y)
        function, slope = with_names(self.formula, x, y), with_names(self.derivative_formula, x, y)
        if " where " in function.text:
            function = Formula(f"({function.text})", f"({function.latex})")
        return function, Formula(f"diag({slope.text})", rf"\text{{diag}}({slope.latex})")

    @abstractmethod
    def function(self, x: Array, *, out: Array | None = None) -> Array:
        """Return `f(x)`, number by number."""

    @abstractmethod
    def derivative(self, x: Array, y: Array) -> Array:
        """Return `f'(x)`, number by number; `y = f(x)` is given because it often makes this cheap."""

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        """Return `y = f(x)` (n, i) for the rows `x` (n, i), in `out` where it is given."""
        return self.function(x, out=out)

    def vjp(
        self,
        params: Parameters,
        x: Array,
        y: Array,
        dy: Array,
        *,
        need_dx: bool = True,
        out: Array | None = None,
        grad: Parameters | None = None,
    ) -> Array | None:
        """Return `dx = dy · f'(x)` (n, i), number by number: the Jacobian is never made."""
        return np.multiply(dy, self.derivative(x, y), out=out) if need_dx else None

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        """Return `dy = f'(x) · dx` (n, i), number by number."""
        return dx * self.derivative(x, y)

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        """Return `∂y/∂x = diag(f'(x))` of each row, as "x" (n, i, i)."""
        return {"x": diagonal(self.derivative(x, y))}
