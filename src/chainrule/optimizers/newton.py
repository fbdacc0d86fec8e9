"""Newton's method: the step that a quadratic with the same gradient and curvature would need."""

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.line_search import backtrack
from chainrule.optimizers.optimizer import Objective, Step


@final
@dataclass(frozen=True)
class Newton:
    """Newton's method: `theta ← theta - rate · H⁻¹ gradient`, with the curvature matrix `H` of the objective.

    The linear system is solved by conjugate gradients, which need `H` only as products with vectors and ignore the
    directions in which the cost is flat (softmax has one for each input: adding the same number to all classes). The
    rate is 1, halved until the cost falls enough; 0 once rounding hides any fall. Its state is the number of steps
    taken.

    Parameters:
        accuracy: relative residual at which conjugate gradients stop, above zero and below 1.

    Raises:
        ValueError: the accuracy is out of its range.

    Source: J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), algorithm 7.1.

    >>> from chainrule import Cost, Dense, Network, Penalty, SoftmaxCrossEntropy, train
    >>> network = Network((Dense(1, 2),))
    >>> cost = Cost.of(network, SoftmaxCrossEntropy(), [[-1.], [1.]], [0, 1], penalty=Penalty(l2=0.1))
    >>> float(train(cost, Newton(), network.zeros(), max_epochs=6).history.gradient_norm[-1]) < 1e-12
    True
    """

    accuracy: float = 1e-10

    def __post_init__(self) -> None:
        if not 0 < self.accuracy < 1:
            raise ValueError(f"Newton needs an accuracy above 0 and below 1, found {self.accuracy}.")

    def init(self, theta: Array) -> int:
        return 0

    def step(self, objective: Objective, theta: Array, state: int) -> Step[int]:
        from scipy.sparse.linalg import LinearOperator, cg

        value, gradient = objective.value_and_gradient(theta)
        curvature = LinearOperator(
            (theta.size, theta.size), matvec=lambda v: objective.curvature_product(theta, v), dtype=theta.dtype
        )
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # where there is no curvature at all
            direction, _ = cg(curvature, -gradient, rtol=self.accuracy, maxiter=10 * theta.size)
            slope = float(gradient @ direction)
        if not (np.isfinite(direction).all() and slope < 0):
            direction, slope = -gradient, -float(gradient @ gradient)
        rate = backtrack(objective, theta, direction, value, slope)
        return Step(theta + rate * direction, state + 1, value, gradient, rate)
