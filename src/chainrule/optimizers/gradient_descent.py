"""Gradient descent: a step against the gradient."""

from dataclasses import dataclass
from typing import final

from chainrule.arrays import Array
from chainrule.optimizers.optimizer import Objective, Step
from chainrule.optimizers.schedules import Schedule, check_positive, rate_at


@final
@dataclass(frozen=True)
class GradientDescent:
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

    rate: float | Schedule

    def __post_init__(self) -> None:
        check_positive("GradientDescent", rate=rate_at(self.rate, 0))

    def init(self, theta: Array) -> int:
        return 0

    def step(self, objective: Objective, theta: Array, state: int) -> Step[int]:
        value, gradient = objective.value_and_gradient(theta)
        rate = rate_at(self.rate, state)
        return Step(theta - rate * gradient, state + 1, value, gradient, rate)

    def reach(self, step: Step[int]) -> float:
        """Return how far a steady gradient of 1 moves a parameter in such a step."""
        return step.rate
