"""The contract of an optimizer: a pure step, state in and state out; and of what it minimises."""

import math
from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeGuard, TypeVar, final

import numpy as np

from chainrule.arrays import Array

S = TypeVar("S")


class Objective(Protocol):
    """A function of `theta` (p,) to be minimised."""

    def value(self, theta: Array) -> float:
        """Return the cost at `theta`."""
        ...

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Return the cost at `theta` and its gradient (p,)."""
        ...

    def curvature_product(self, theta: Array, v: Array) -> Array:
        """Return a positive semi-definite curvature matrix at `theta` times `v` (p,)."""
        ...

    def weights(self, theta: Array) -> Array:
        """Return `theta` with all that a penalty leaves alone, such as biases, set to zero (p,)."""
        ...


class Curvature(Protocol):
    """A positive semi-definite curvature matrix `H` (p, p) at one `theta`.

    Attributes:
        cost_in_products: how many products cost as much as making the preconditioner.
        max_curvature: a curvature that it has in some direction, 0 where none is known: what is many times smaller is
            rounding.
    """

    @property
    def cost_in_products(self) -> int: ...

    @property
    def max_curvature(self) -> float: ...

    def after(self, products: int) -> "Curvature":
        """Return the same matrix in the form that is cheaper after so many products; it may be itself."""
        ...

    def product(self, v: Array) -> Array:
        """Return `H v` for `v` (p,)."""
        ...

    def preconditioner(self, free: Array | None = None, damping: float = 0.0) -> Callable[[Array], Array]:
        """Return a symmetric, positive semi-definite map from `r` (p,) to about `(H + damping I)⁻¹ r`.

        With `free` (p,) it is that of the rows and columns of `H` where `free` is true, and zero elsewhere.
        """
        ...


class Curved(Objective, Protocol):
    """An objective that does once for each `theta` what all products at it share, and knows a preconditioner."""

    def curvature(self, theta: Array) -> Curvature:
        """Return the matrix that `curvature_product` multiplies by."""
        ...


class L1Objective(Objective, Protocol):
    """An objective with a sum of absolute values, whose lowest point has true zeros.

    Its gradient is the subgradient of least norm: zero at the lowest point, and nowhere else where it is convex.
    """

    def l1_weights(self) -> Array:
        """Return the strength of the absolute value of each parameter (p,): zero for biases."""
        ...

    def smooth(self) -> Objective:
        """Return the objective without its absolute values."""
        ...


class Sampled(Objective, Protocol):
    """An objective that is a mean or sum over many rows, of which some tell nearly as much."""

    def sample(self) -> tuple[Objective, float] | None:
        """Return the same of some of the rows, drawn at random, and what their lowest value owes to chance.

        That is about how much lower it is than the lowest of all rows, as a share. None where all rows are better.
        """
        ...


# isinstance with a protocol looks at all of its members, for as long as a step on a small table takes


def is_curved(objective: Objective) -> TypeGuard[Curved]:
    """Return whether an objective shares the work of products at one `theta`."""
    return hasattr(objective, "curvature")


def has_l1(objective: Objective) -> TypeGuard[L1Objective]:
    """Return whether an objective may have absolute values."""
    return hasattr(objective, "l1_weights")


def is_sampled(objective: Objective) -> TypeGuard[Sampled]:
    """Return whether an objective may have a sample."""
    return hasattr(objective, "sample")


class Step(NamedTuple, Generic[S]):
    """What one step of an optimizer returns.

    Attributes:
        theta: the parameters after the step (p,).
        state: what the next step needs to know.
        value: the cost before the step.
        gradient: its gradient before the step (p,).
        rate: how far along its direction the step went.
    """

    theta: Array
    state: S
    value: float
    gradient: Array
    rate: float


class Optimizer(Protocol[S]):
    """A rule that improves `theta` step by step. It holds hyper-parameters, and no state."""

    def init(self, theta: Array) -> S:
        """Return the state before the first step from `theta`."""
        ...

    def step(self, objective: Objective, theta: Array, state: S) -> Step[S]:
        """Return the outcome of one step from `theta`."""
        ...


# An objective that is asked twice for the same numbers.


@final
class CachedObjective:
    """An objective that answers at once when asked again for the value and gradient at the same `theta`."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.value = objective.value
        self.curvature_product = objective.curvature_product
        self.weights = objective.weights
        for name in ("curvature", "l1_weights", "smooth", "sample"):
            if hasattr(objective, name):
                setattr(self, name, getattr(objective, name))
        self._theta: Array | None = None
        self._answer: tuple[float, Array] = (math.nan, np.empty(0))

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        if theta is not self._theta:
            self._theta, self._answer = theta, self.objective.value_and_gradient(theta)
        return self._answer
