"""RMSprop: the gradient divided by its recent size."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.optimizer import Objective, Step
from chainrule.optimizers.schedules import Schedule, check_positive, check_share, rate_at


class RMSpropState(NamedTuple):
    """The number of steps taken, and the running mean (p,) of the squared gradient."""

    iteration: int
    square: Array


@final
@dataclass(frozen=True)
class RMSprop:
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

    def _scale(self, square: Array) -> Array:
        return np.sqrt(square) + self.epsilon
