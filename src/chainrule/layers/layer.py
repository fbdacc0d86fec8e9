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
from typing import Protocol, TypeAlias

import numpy as np

from chainrule.arrays import Array, Shape, diagonal

Parameters: TypeAlias = Mapping[str, Array]


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


class Activation:
    """A layer without parameters, as many outputs as inputs: what all activations have in common."""

    @property
    def inputs(self) -> int | None:
        return None

    def output_size(self, inputs: int) -> int:
        return inputs

    def parameter_shapes(self) -> dict[str, Shape]:
        return {}


class Elementwise(Activation, ABC):
    """An activation that treats every number on its own: `y = f(x)`, and a Jacobian that is diagonal.

    A new one adds two methods, `function` and `derivative`.
    """

    @abstractmethod
    def function(self, x: Array, *, out: Array | None = None) -> Array:
        """Return `f(x)`, number by number."""

    @abstractmethod
    def derivative(self, x: Array, y: Array) -> Array:
        """Return `f'(x)`, number by number; `y = f(x)` is given because it often makes this cheap."""

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
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
        return np.multiply(dy, self.derivative(x, y), out=out) if need_dx else None

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        return dx * self.derivative(x, y)

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        return {"x": diagonal(self.derivative(x, y))}
