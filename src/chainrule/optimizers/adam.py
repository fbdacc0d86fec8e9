"""Adam and its kin: a rate of its own for every parameter, from the size of its recent gradients."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import real, told
from chainrule.optimizers.optimizer import Objective, Step
from chainrule.optimizers.schedules import Schedule, check_positive, check_share, rate_at


class AdamState(NamedTuple):
    """The number of steps taken, and the running means (p,) of the gradient and of its square."""

    iteration: int
    mean: Array
    square: Array


@final
@dataclass(frozen=True)
class Adam:
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

    rate: float | Schedule = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        check_positive("Adam", rate=rate_at(self.rate, 0), epsilon=self.epsilon)
        check_share("Adam", beta1=self.beta1, beta2=self.beta2)
        if not real(self.weight_decay, 0):
            raise ValueError(f"Adam needs a weight_decay of at least 0, found {told(self.weight_decay)}.")

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

    def _scale(self, square: Array, k: int) -> Array:
        scale = square / (1 - self.beta2**k)
        np.sqrt(scale, out=scale)
        scale += self.epsilon
        return scale
