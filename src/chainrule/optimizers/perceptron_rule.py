"""Rosenblatt's rule: mistakes correct the weights."""

from dataclasses import dataclass
from typing import final

from chainrule.arrays import Array
from chainrule.optimizers.optimizer import Objective, Step
from chainrule.optimizers.schedules import check_positive


@final
@dataclass(frozen=True)
class PerceptronRule:
    """Rosenblatt's rule: `weights ← weights + rate · (t - y) x` for each row that the step function `y` gets wrong.

    On the cost of `PerceptronCriterion`, whose gradient is `Σ (y - t) x`, this is a descent with a constant rate. With
    mini-batches of one row it is the rule of 1958; with all rows at once, its batch form. Where a straight line
    separates the classes it converges after finitely many mistakes (Novikoff's theorem), whatever the rate; where
    none does, it never rests. Its state is the number of steps that corrected something.

    Parameters:
        rate: above zero. From zero weights it only scales them: the decisions stay the same.

    Raises:
        ValueError: the rate is not above zero.

    Sources: F. Rosenblatt, "The perceptron", Psychological Review 65 (1958); A. Novikoff, "On convergence proofs on
    perceptrons", Symposium on the Mathematical Theory of Automata 12 (1962).

    >>> from chainrule import Cost, Dense, Network, PerceptronCriterion
    >>> network = Network((Dense(1, 1),))
    >>> cost = Cost.of(network, PerceptronCriterion(), [[-1.], [1.]], [0, 1], reduction="sum")
    >>> PerceptronRule().step(cost, network.zeros(), 0).theta
    array([1., 1.])
    """

    rate: float = 1.0

    def __post_init__(self) -> None:
        check_positive("PerceptronRule", rate=self.rate)

    def init(self, theta: Array) -> int:
        return 0

    def step(self, objective: Objective, theta: Array, state: int) -> Step[int]:
        value, gradient = objective.value_and_gradient(theta)
        corrections = state + int(gradient.any())
        return Step(theta - self.rate * gradient, corrections, value, gradient, self.rate)
