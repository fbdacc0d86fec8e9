"""Momentum: gradient descent with a velocity."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.optimizer import Objective, Step
from chainrule.optimizers.schedules import Schedule, check_positive, check_share, rate_at


class MomentumState(NamedTuple):
    """The number of steps taken, and the velocity (p,)."""

    iteration: int
    velocity: Array


@final
@dataclass(frozen=True)
class Momentum:
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

    rate: float | Schedule
    momentum: float = 0.9
    nesterov: bool = False

    def __post_init__(self) -> None:
        check_positive("Momentum", rate=rate_at(self.rate, 0))
        check_share("Momentum", momentum=self.momentum)

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
