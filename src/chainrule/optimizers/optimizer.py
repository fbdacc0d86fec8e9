"""The contract of an optimizer: a pure step, state in and state out; and of what it minimises."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Generic, NamedTuple, Protocol, TypeVar, final

import numpy as np

from chainrule.arrays import Array

S = TypeVar("S")


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

    def solved(self, b: Array, accuracy: float, damping: float) -> tuple[Array, Array, int] | None:
        """Return `x` with `(H + damping I) x ≈ b` (p,), what is left of `b` (p,), and how many products that took.

        None where this form has no faster way than conjugate gradients with its products.
        """
        ...

    def preconditioner(self, free: Array | None = None, damping: float = 0.0) -> Callable[[Array], Array]:
        """Return a symmetric, positive semi-definite map from `r` (p,) to about `(H + damping I)⁻¹ r`.

        With `free` (p,) it is that of the rows and columns of `H` where `free` is true, and zero elsewhere.
        """
        ...


class Objective(ABC):
    """A function of `theta` (p,) to be minimised, such as `Cost`.

    Four methods every objective has. The others say what only some can do: they return None, or the simplest answer,
    unless an objective has its own.

    >>> from chainrule import Newton, train
    >>> class Square(Objective):
    ...     def value(self, theta):
    ...         return float(theta @ theta)
    ...     def value_and_gradient(self, theta):
    ...         return self.value(theta), 2 * theta
    ...     def curvature_product(self, theta, v):
    ...         return 2 * v
    ...     def weights(self, theta):
    ...         return theta
    >>> train(Square(), Newton(), np.ones(2), max_epochs=1).theta
    array([0., 0.])
    """

    @abstractmethod
    def value(self, theta: Array) -> float:
        """Return the cost at `theta`."""

    @abstractmethod
    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Return the cost at `theta` and its gradient (p,).

        With absolute values it is the subgradient of least norm: zero at the lowest point, and nowhere else where the
        objective is convex.
        """

    @abstractmethod
    def curvature_product(self, theta: Array, v: Array) -> Array:
        """Return a positive semi-definite curvature matrix at `theta` times `v` (p,)."""

    @abstractmethod
    def weights(self, theta: Array) -> Array:
        """Return `theta` with all that a penalty leaves alone, such as biases, set to zero (p,)."""

    def curvature(self, theta: Array) -> Curvature | None:
        """Return the matrix that `curvature_product` multiplies by, with what all products at one `theta` share."""
        return None

    def sample(self) -> "tuple[Objective, float] | None":
        """Return the same of some of its many rows, drawn at random, and its expected relative optimism.

        That is about how much lower its lowest value is than that of all rows, as a share. None where all rows are
        better.
        """
        return None

    def batches(self, size: int, generator: np.random.Generator) -> "Iterator[tuple[float, Objective]] | None":
        """Yield mini-batches of `size` rows that cover all rows once, each with its share of the whole objective."""
        return None

    def l1_weights(self) -> Array | None:
        """Return the L1 penalty of each parameter (p,), zero for biases, or None if there is none."""
        return None

    def l2_weights(self) -> Array | None:
        """Return the L2 penalty of each parameter (p,), zero for biases, or None if there is none."""
        return None

    def smooth(self) -> "Objective":
        """Return the objective without its absolute values: itself where there are none."""
        return self

    @property
    def convex(self) -> bool:
        """Whether every minimum is known to be the minimum."""
        return False

    @property
    def uses_threads(self) -> bool:
        """Whether its blocks of rows share the threads, each matrix product of which then keeps to one."""
        return False


@final
class CurvatureProducts:
    """The curvature matrix of an objective of which no more is known than its products, each of which starts anew.

    Parameters:
        objective: whose matrix it is.
        theta: where (p,).
    """

    # More products than any system takes: no preconditioner is ever worth making.
    cost_in_products = 1 << 62
    max_curvature = 0.0

    def __init__(self, objective: Objective, theta: Array) -> None:
        self._objective, self._theta = objective, theta

    def after(self, products: int) -> "CurvatureProducts":
        return self

    def product(self, v: Array) -> Array:
        return self._objective.curvature_product(self._theta, v)

    def solved(self, b: Array, accuracy: float, damping: float) -> None:
        """Return None: there is no other way."""

    def preconditioner(self, free: Array | None = None, damping: float = 0.0) -> Callable[[Array], Array]:
        """Return the identity: no better map is known."""
        return lambda r: r


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
class CachedObjective(Objective):
    """An objective that answers at once when asked again for the value and gradient at the same `theta`."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self._theta: Array | None = None
        self._answer: tuple[float, Array] = (math.nan, np.empty(0))

    def value(self, theta: Array) -> float:
        return self.objective.value(theta)

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        if theta is not self._theta:
            self._theta, self._answer = theta, self.objective.value_and_gradient(theta)
        return self._answer

    def curvature_product(self, theta: Array, v: Array) -> Array:
        return self.objective.curvature_product(theta, v)

    def weights(self, theta: Array) -> Array:
        return self.objective.weights(theta)

    def curvature(self, theta: Array) -> Curvature | None:
        return self.objective.curvature(theta)

    def sample(self) -> tuple[Objective, float] | None:
        return self.objective.sample()

    def batches(self, size: int, generator: np.random.Generator) -> Iterator[tuple[float, Objective]] | None:
        return self.objective.batches(size, generator)

    def l1_weights(self) -> Array | None:
        return self.objective.l1_weights()

    def l2_weights(self) -> Array | None:
        return self.objective.l2_weights()

    def smooth(self) -> Objective:
        smooth = self.objective.smooth()
        return self if smooth is self.objective else smooth

    @property
    def convex(self) -> bool:
        return self.objective.convex

    @property
    def uses_threads(self) -> bool:
        return self.objective.uses_threads
