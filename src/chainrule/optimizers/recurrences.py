"""First-order steps as one recurrence, number by number, which C can run over a whole epoch.

m ← keep · m + take · g            v ← keep_square · v + take_square · g²
theta ← theta - (by_mean · m + by_gradient · g) / (√(by_square · v) + epsilon) - decay · weights
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.adam import Adam, AdamState
from chainrule.optimizers.gradient_descent import GradientDescent
from chainrule.optimizers.momentum import Momentum, MomentumState
from chainrule.optimizers.rmsprop import RMSprop, RMSpropState
from chainrule.optimizers.schedules import Schedule

COEFFICIENTS = (
    *("keep", "take", "by_mean", "by_gradient"),
    *("keep_square", "take_square", "by_square", "epsilon", "decay"),
)
FIRST_ORDER = (Adam, GradientDescent, Momentum, RMSprop)


@final
@dataclass(frozen=True, eq=False)
class Recurrence:
    """Some steps of an optimizer from a state of its.

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


def recurrence(optimizer: Any, theta: Array, state: Any, steps: int) -> Recurrence:
    """Return the next steps of one of the `FIRST_ORDER` optimizers at `theta` (p,).

    >>> steps = recurrence(GradientDescent(rate=0.5), np.zeros(2), 0, 3)
    >>> steps.rates, steps.state(steps.mean, steps.square)
    (array([0.5, 0.5, 0.5]), 3)
    """
    first = state if isinstance(state, int) else state.iteration
    rates, zeros, after = _rates(optimizer.rate, first, steps), np.zeros_like(theta), first + steps
    match optimizer, state:
        case Adam(beta1=beta1, beta2=beta2), AdamState(_, mean, square):
            k = np.arange(first + 1, after + 1)
            coefficients = _table(
                steps,
                keep=beta1,
                take=1 - beta1,
                by_mean=rates / (1 - beta1**k),
                keep_square=beta2,
                take_square=1 - beta2,
                by_square=1 / (1 - beta2**k),
                epsilon=optimizer.epsilon,
                decay=rates * optimizer.weight_decay,
            )
            return Recurrence(mean, square, coefficients, rates, lambda m, v: AdamState(after, m, v))
        case Momentum(momentum=keep, nesterov=nesterov), MomentumState(_, velocity):
            ahead = {"by_mean": -keep, "by_gradient": rates} if nesterov else {"by_mean": -1.0}
            coefficients = _table(steps, keep=keep, take=-rates, epsilon=1, **ahead)
            return Recurrence(velocity, zeros, coefficients, rates, lambda m, _: MomentumState(after, m))
        case RMSprop(decay=keep, epsilon=epsilon), RMSpropState(_, square):
            coefficients = _table(
                steps, by_gradient=rates, keep_square=keep, take_square=1 - keep, by_square=1, epsilon=epsilon
            )
            return Recurrence(zeros, square, coefficients, rates, lambda _, v: RMSpropState(after, v))
        case _:
            coefficients = _table(steps, by_gradient=rates, epsilon=1)
            return Recurrence(zeros, zeros, coefficients, rates, lambda _, __: after)


def _rates(rate: float | Schedule, first: int, steps: int) -> Array:
    if not callable(rate):
        return np.full(steps, rate)
    return np.array([rate(iteration) for iteration in range(first, first + steps)])


def _table(steps: int, **coefficients: float | Array) -> Array:
    table = np.zeros((steps, len(COEFFICIENTS)))
    for name, value in coefficients.items():
        table[:, COEFFICIENTS.index(name)] = value
    return table
