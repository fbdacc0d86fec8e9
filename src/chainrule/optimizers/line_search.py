"""Line searches: how far to go along a direction."""

from chainrule.arrays import Array
from chainrule.optimizers.optimizer import Objective

SUFFICIENT = 1e-4
HALVINGS = 40


def backtrack(objective: Objective, theta: Array, direction: Array, value: float, slope: float) -> float:
    """Return the first of the rates 1, 1/2, 1/4, ... that lowers the cost enough, or 0 where none does.

    Enough is `cost(theta + rate · direction) ≤ value + 1e-4 · rate · slope`.

    Parameters:
        objective: what to minimise.
        theta: where to start (p,).
        direction: where to go (p,).
        value: the cost at `theta`.
        slope: the gradient at `theta` times `direction`, below zero.

    Source: L. Armijo, "Minimization of functions having Lipschitz continuous first partial derivatives", Pacific
    Journal of Mathematics 16 (1966).
    """
    rate = 1.0
    for _ in range(HALVINGS):
        if objective.value(theta + rate * direction) <= value + SUFFICIENT * rate * slope:
            return rate
        rate /= 2
    return 0.0
