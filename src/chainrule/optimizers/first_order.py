"""First-order optimizers: steps that the gradient alone decides, number by number.

Each is one recurrence with coefficients of its own, which C can run over a whole epoch:

m ← keep · m + take · g            v ← keep_square · v + take_square · g²
theta ← theta - (by_mean · m + by_gradient · g) / (√(by_square · v) + epsilon) - decay · weights
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import real
from chainrule.common.format import described
from chainrule.common.formulas import Formula, number
from chainrule.optimizers.optimizer import Objective, Step
from chainrule.optimizers.schedules import Schedule, check_positive, check_share, rate_at

# The registry: a new first-order optimizer joins here, and is public, known by its name, saved and tested from then on.
__all__ = [  # noqa: RUF022 (in the order of the file, as messages list them)
    "Adam",
    "RMSprop",
    "GradientDescent",
    "Momentum",
]

S = TypeVar("S")
# As epoch.h has them, in its order.
COEFFICIENTS = (
    *("keep", "take", "by_mean", "by_gradient"),
    *("keep_square", "take_square", "by_square", "epsilon", "decay"),
)


@final
@dataclass(frozen=True, eq=False)
class Recurrence:
    """Some steps of an optimizer, from one of its states.

    Attributes:
        mean: `m` before the first step (p,).
        square: `v` before the first step (p,).
        coefficients: of each step, in the order of `COEFFICIENTS` (steps, 9).
        rates: of each step (steps,).
        state: returns the optimizer's state after the steps from `m` and `v`.
    """

    mean: Array
    square: Array
    coefficients: Array
    rates: Array
    state: Callable[[Array, Array], Any]


class FirstOrder(ABC, Generic[S]):
    """An optimizer whose steps the gradient alone decides: what all of them have in common.

    What other parts of Chainrule must know of one stands on its class.

    Attributes:
        name: what model files call it.
        state_type: a named tuple of its state: `iteration`, the number of steps taken, and arrays (p,). None where the
            state is that number alone.
        rate: a number, or a schedule of the iteration.
    """

    name: ClassVar[str]
    state_type: ClassVar[type[Any] | None] = None
    rate: float | Schedule

    @classmethod
    def presets(cls) -> Mapping[str, Self]:
        """Return the optimizers that `Classifier(optimizer=...)` and the command line know by name."""
        return {cls.name: cls()}

    @abstractmethod
    def init(self, theta: Array) -> S:
        """Return the state before the first step from `theta` (p,)."""

    @abstractmethod
    def step(self, objective: Objective, theta: Array, state: S) -> Step[S]:
        """Return the outcome of one step from `theta` (p,)."""

    @abstractmethod
    def reach(self, step: Step[S]) -> Array | float:
        """Return how far a steady gradient of 1 moves each parameter in such a step: (p,), or one number for all."""

    @abstractmethod
    def recurrence(self, theta: Array, state: S, steps: int) -> Recurrence:
        """Return the next steps at `theta` (p,) as coefficients."""

    @abstractmethod
    def first_step(self, rate: float, g: float, w: float) -> tuple[Formula, float]:
        """Return the first step of a weight `w` with gradient `g` as a formula, and what it comes to."""

    def stable_rate(self, curvature: float) -> float | None:
        """Return the largest rate that is stable along a curvature; None where none is known."""
        return None


def _rates(rate: float | Schedule, first: int, steps: int) -> Array:
    if not callable(rate):
        return np.full(steps, rate)
    return np.array([rate(iteration) for iteration in range(first, first + steps)])


def _table(steps: int, **coefficients: float | Array) -> Array:
    table = np.zeros((steps, len(COEFFICIENTS)))
    for name, value in coefficients.items():
        table[:, COEFFICIENTS.index(name)] = value
    return table


class AdamState(NamedTuple):
    """The number of steps taken, and the running means (p,) of the gradient and of its square."""

    iteration: int
    mean: Array
    square: Array


@final
@dataclass(frozen=True)
class Adam(FirstOrder[AdamState]):
    """Adam: `theta ← theta - rate · m̂ / (√v̂ + epsilon)`.

    With `m ← beta1 m + (1 - beta1) g` and `v ← beta2 v + (1 - beta2) g²`, and `m̂ = m / (1 - beta1^k)`,
    `v̂ = v / (1 - beta2^k)` after `k` steps, since both start at zero.

    Parameters:
        rate: above zero; a number, or a schedule of the iteration.
        beta1: what is kept of the mean gradient, at least 0 and less than 1.
        beta2: what is kept of the mean square, at least 0 and less than 1.
        epsilon: above zero; keeps the quotient finite.
        weight_decay: decoupled decay of the weights, at least 0: `theta` also loses `rate · weight_decay · weights`,
            biases excepted. With any of it this is AdamW.

    Raises:
        ValueError: a number is out of its range.

    Sources: D. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1; I. Loshchilov,
    F. Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.

    >>> Adam(weight_decay=0.01)
    Adam(rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08, weight_decay=0.01)
    """

    name = "adam"
    state_type = AdamState

    rate: float | Schedule = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        check_positive("Adam", rate=rate_at(self.rate, 0), epsilon=self.epsilon)
        check_share("Adam", beta1=self.beta1, beta2=self.beta2)
        if not real(self.weight_decay, 0):
            raise ValueError(f"Adam needs a weight_decay of at least 0, found {described(self.weight_decay)}.")

    @classmethod
    def presets(cls) -> Mapping[str, "Adam"]:
        # Above the paper's 0.001: fewer epochs, at the risk of steps that overshoot where the cost is steep.
        return {"adam": cls(rate=3e-3), "adamw": cls(weight_decay=0.01)}

    def init(self, theta: Array) -> AdamState:
        return AdamState(0, np.zeros_like(theta), np.zeros_like(theta))

    def step(self, objective: Objective, theta: Array, state: AdamState) -> Step[AdamState]:
        value, gradient = objective.value_and_gradient(theta)
        rate, k = rate_at(self.rate, state.iteration), state.iteration + 1
        mean = self.beta1 * state.mean
        mean += (1 - self.beta1) * gradient
        square = self.beta2 * state.square
        square += (1 - self.beta2) * np.square(gradient)
        move = mean / self._scale(square, k)
        move *= rate / (1 - self.beta1**k)
        if self.weight_decay:
            move += rate * self.weight_decay * objective.weights(theta)
        return Step(theta - move, AdamState(k, mean, square), value, gradient, rate)

    def reach(self, step: Step[AdamState]) -> Array:
        """Return how far a steady gradient of 1 moves each parameter in such a step."""
        return step.rate / self._scale(step.state.square, step.state.iteration)

    def recurrence(self, theta: Array, state: AdamState, steps: int) -> Recurrence:
        """Return the next steps at `theta` (p,) as coefficients."""
        first, mean, square = state
        rates, k = _rates(self.rate, first, steps), np.arange(first + 1, first + steps + 1)
        coefficients = _table(
            steps,
            keep=self.beta1,
            take=1 - self.beta1,
            by_mean=rates / (1 - self.beta1**k),
            keep_square=self.beta2,
            take_square=1 - self.beta2,
            by_square=1 / (1 - self.beta2**k),
            epsilon=self.epsilon,
            decay=rates * self.weight_decay,
        )
        return Recurrence(mean, square, coefficients, rates, lambda m, v: AdamState(first + steps, m, v))

    def first_step(self, rate: float, g: float, w: float) -> tuple[Formula, float]:
        r, decay = f"{rate:g}", self.weight_decay
        text = f"w - {r} g / (|g| + {self.epsilon:g})"
        latex = rf"w - {r} \, \frac{{g}}{{|g| + {number(self.epsilon)}}}"
        after = w - rate * g / (abs(g) + self.epsilon)
        if not decay:
            return Formula(text, latex), after
        decayed = Formula(f"{text} - {r} · {decay:g} w", rf"{latex} - {r} \cdot {decay:g} \, w")
        return decayed, after - rate * decay * w

    def _scale(self, square: Array, k: int) -> Array:
        scale = square / (1 - self.beta2**k)
        np.sqrt(scale, out=scale)
        scale += self.epsilon
        return scale


class RMSpropState(NamedTuple):
    """The number of steps taken, and the running mean (p,) of the squared gradient."""

    iteration: int
    square: Array


@final
@dataclass(frozen=True)
class RMSprop(FirstOrder[RMSpropState]):
    """RMSprop: `v ← decay v + (1 - decay) g²`, `theta ← theta - rate · g / (√v + epsilon)`.

    Parameters:
        rate: above zero; a number, or a schedule of the iteration.
        decay: what is kept of the mean square, at least 0 and less than 1.
        epsilon: above zero; keeps the quotient finite.

    Raises:
        ValueError: a number is out of its range.

    Source: T. Tieleman, G. Hinton, "Neural networks for machine learning", lecture 6.5 (2012).

    >>> RMSprop()
    RMSprop(rate=0.001, decay=0.9, epsilon=1e-08)
    """

    name = "rmsprop"
    state_type = RMSpropState

    rate: float | Schedule = 1e-3
    decay: float = 0.9
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        check_positive("RMSprop", rate=rate_at(self.rate, 0), epsilon=self.epsilon)
        check_share("RMSprop", decay=self.decay)

    def init(self, theta: Array) -> RMSpropState:
        return RMSpropState(0, np.zeros_like(theta))

    def step(self, objective: Objective, theta: Array, state: RMSpropState) -> Step[RMSpropState]:
        value, gradient = objective.value_and_gradient(theta)
        rate = rate_at(self.rate, state.iteration)
        square = self.decay * state.square + (1 - self.decay) * np.square(gradient)
        moved = theta - rate * gradient / self._scale(square)
        return Step(moved, RMSpropState(state.iteration + 1, square), value, gradient, rate)

    def reach(self, step: Step[RMSpropState]) -> Array:
        """Return how far a steady gradient of 1 moves each parameter in such a step."""
        return step.rate / self._scale(step.state.square)

    def recurrence(self, theta: Array, state: RMSpropState, steps: int) -> Recurrence:
        """Return the next steps at `theta` (p,) as coefficients."""
        first, square = state
        rates = _rates(self.rate, first, steps)
        coefficients = _table(
            steps,
            by_gradient=rates,
            keep_square=self.decay,
            take_square=1 - self.decay,
            by_square=1,
            epsilon=self.epsilon,
        )
        zeros = np.zeros_like(theta)
        return Recurrence(zeros, square, coefficients, rates, lambda _, v: RMSpropState(first + steps, v))

    def first_step(self, rate: float, g: float, w: float) -> tuple[Formula, float]:
        r, take = f"{rate:g}", 1 - self.decay
        text = f"w - {r} g / (√({take:g} g²) + {self.epsilon:g})"
        latex = rf"w - {r} \, \frac{{g}}{{\sqrt{{{take:g} \, g^2}} + {number(self.epsilon)}}}"
        return Formula(text, latex), w - rate * g / ((take * g * g) ** 0.5 + self.epsilon)

    def _scale(self, square: Array) -> Array:
        return np.sqrt(square) + self.epsilon


@final
@dataclass(frozen=True)
class GradientDescent(FirstOrder[int]):
    """Gradient descent: `theta ← theta - rate · gradient`.

    Its state is the number of steps taken.

    Parameters:
        rate: above zero; a number, or a schedule of the iteration.

    Raises:
        ValueError: the rate is not above zero.

    Source: A. Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", Comptes rendus 25
    (1847).

    >>> from chainrule import Cost, Dense, Network, SoftmaxCrossEntropy
    >>> network = Network((Dense(1, 2),))
    >>> cost = Cost.of(network, SoftmaxCrossEntropy(), [[-1.], [1.]], [0, 1])
    >>> GradientDescent(rate=1.0).step(cost, network.zeros(), 0).theta
    array([-0.5,  0.5,  0. ,  0. ])
    """

    name = "gradient_descent"

    rate: float | Schedule

    def __post_init__(self) -> None:
        check_positive("GradientDescent", rate=rate_at(self.rate, 0))

    @classmethod
    def presets(cls) -> Mapping[str, "GradientDescent"]:
        # A compromise: above 2 / (the largest curvature) steps overshoot, and the smaller the rate the more steps.
        return {cls.name: cls(rate=0.1)}

    def init(self, theta: Array) -> int:
        return 0

    def step(self, objective: Objective, theta: Array, state: int) -> Step[int]:
        value, gradient = objective.value_and_gradient(theta)
        rate = rate_at(self.rate, state)
        return Step(theta - rate * gradient, state + 1, value, gradient, rate)

    def reach(self, step: Step[int]) -> float:
        """Return how far a steady gradient of 1 moves a parameter in such a step."""
        return step.rate

    def recurrence(self, theta: Array, state: int, steps: int) -> Recurrence:
        """Return the next steps at `theta` (p,) as coefficients."""
        rates, zeros = _rates(self.rate, state, steps), np.zeros_like(theta)
        coefficients = _table(steps, by_gradient=rates, epsilon=1)
        return Recurrence(zeros, zeros, coefficients, rates, lambda _, __: state + steps)

    def first_step(self, rate: float, g: float, w: float) -> tuple[Formula, float]:
        return Formula(f"w - {rate:g} g", rf"w - {rate:g} \, g"), w - rate * g

    def stable_rate(self, curvature: float) -> float:
        return 2 / curvature


class MomentumState(NamedTuple):
    """The number of steps taken, and the velocity (p,)."""

    iteration: int
    velocity: Array


@final
@dataclass(frozen=True)
class Momentum(FirstOrder[MomentumState]):
    """Momentum: `v ← momentum · v - rate · gradient`, `theta ← theta + v`.

    With `nesterov`, the step looks ahead along the new velocity: `theta ← theta + momentum · v - rate · gradient`.

    Parameters:
        rate: above zero; a number, or a schedule of the iteration.
        momentum: what is kept of the velocity, at least 0 and less than 1.
        nesterov: whether to look ahead.

    Raises:
        ValueError: the rate is not above zero, or the momentum is out of its range.

    Sources: B. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Computational
    Mathematics and Mathematical Physics 4 (1964); I. Sutskever et al., "On the importance of initialization and
    momentum in deep learning", ICML 2013, equations 1 to 4, with `theta` at the point that looks ahead.

    >>> Momentum(rate=0.1, nesterov=True)
    Momentum(rate=0.1, momentum=0.9, nesterov=True)
    """

    name = "momentum"
    state_type = MomentumState

    rate: float | Schedule
    momentum: float = 0.9
    nesterov: bool = False

    def __post_init__(self) -> None:
        check_positive("Momentum", rate=rate_at(self.rate, 0))
        check_share("Momentum", momentum=self.momentum)

    @classmethod
    def presets(cls) -> Mapping[str, "Momentum"]:
        # A tenth of gradient descent's: with a momentum of 0.9, a steady gradient moves a weight as far.
        return {cls.name: cls(rate=0.01, nesterov=True)}

    def init(self, theta: Array) -> MomentumState:
        return MomentumState(0, np.zeros_like(theta))

    def step(self, objective: Objective, theta: Array, state: MomentumState) -> Step[MomentumState]:
        value, gradient = objective.value_and_gradient(theta)
        rate = rate_at(self.rate, state.iteration)
        velocity = self.momentum * state.velocity - rate * gradient
        move = self.momentum * velocity - rate * gradient if self.nesterov else velocity
        return Step(theta + move, MomentumState(state.iteration + 1, velocity), value, gradient, rate)

    def reach(self, step: Step[MomentumState]) -> float:
        """Return how far a steady gradient of 1 moves a parameter in such a step."""
        return step.rate / (1 - self.momentum)

    def recurrence(self, theta: Array, state: MomentumState, steps: int) -> Recurrence:
        """Return the next steps at `theta` (p,) as coefficients."""
        first, velocity = state
        rates = _rates(self.rate, first, steps)
        ahead = {"by_mean": -self.momentum, "by_gradient": rates} if self.nesterov else {"by_mean": -1.0}
        coefficients = _table(steps, keep=self.momentum, take=-rates, epsilon=1, **ahead)
        zeros = np.zeros_like(theta)
        return Recurrence(velocity, zeros, coefficients, rates, lambda m, _: MomentumState(first + steps, m))

    def first_step(self, rate: float, g: float, w: float) -> tuple[Formula, float]:
        if self.nesterov:
            latex = rf"w - (1 + {self.momentum:g}) \cdot {rate:g} \, g"
            return Formula(f"w - (1 + {self.momentum:g}) · {rate:g} g", latex), w - (1 + self.momentum) * rate * g
        return Formula(f"w - {rate:g} g, as its velocity was 0", rf"w - {rate:g} \, g"), w - rate * g

    def stable_rate(self, curvature: float) -> float:
        ahead = 2 * self.momentum if self.nesterov else 0.0
        return 2 * (1 + self.momentum) / ((1 + ahead) * curvature)


FIRST_ORDER: tuple[type[Any], ...] = tuple(map(globals().__getitem__, __all__))
