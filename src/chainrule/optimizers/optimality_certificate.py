"""How far the cost at a point is from the lowest there is, where the cost is convex."""

from math import inf
from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.conjugate_gradients import solve
from chainrule.optimizers.newton import lowest_with_l1
from chainrule.optimizers.optimizer import Curvature, CurvatureProducts, Objective

# The relative residual of Newton's system: the decrement is then right to about its square, 1e-6 of itself.
ACCURACY = 1e-3
# Of the gradient's norm, added to the curvature beside absolute values, whose slope may point where all else is flat:
# so little that what it hides is less than what the accuracy does.
L1_DAMPING = 1e-3


class Certificate(NamedTuple):
    """How near a point is to the lowest cost.

    Attributes:
        cost: at the point.
        gradient_norm: of the gradient there; with absolute values, of the subgradient of least norm.
        decrement: Newton's decrement, `λ² = gᵀ H⁻¹ g`: twice what Newton's step would gain on a quadratic. With
            absolute values, twice the gain of the step to the lowest point of the quadratic plus these.
        estimate: `λ² / 2`, how far the cost is above the lowest: exact for a quadratic, and closer the nearer the
            point is, since the curvature of cross-entropy changes little over a short step. No guarantee far away.
        relative: `estimate` divided by the cost.
        bound: `|g|² / (2 l2)`, guaranteed: the cost is above the lowest by no more. Infinite where a parameter without
            l2, such as a bias, has a slope that is not zero: nothing then limits how far away the lowest point is.
    """

    cost: float
    gradient_norm: float
    decrement: float
    estimate: float
    relative: float
    bound: float


def certificate(objective: Objective, theta: Array) -> Certificate:
    """Return how far the cost at `theta` (p,) is from the lowest, without knowing the lowest.

    Newton's decrement comes from conjugate gradients with a residual of at most 1e-3, which puts `λ²` right to about
    1e-6 of itself; it is rounded down, never up.

    Parameters:
        objective: convex, such as the `Cost` of a network of one dense layer.
        theta: the parameters.

    Raises:
        ValueError: the objective is not convex, or does not say that it is.

    Sources: S. Boyd, L. Vandenberghe, "Convex Optimization" (2004), sections 9.1.2 and 9.5.1; F. Bach,
    "Self-concordant analysis for logistic regression", Electronic Journal of Statistics 4 (2010).

    >>> from chainrule import Cost, Dense, Network, Penalty, SoftmaxCrossEntropy
    >>> network = Network((Dense(1, 2, bias=False),))
    >>> cost = Cost.of(network, SoftmaxCrossEntropy(), [[-1.], [1.]], [0, 1], penalty=Penalty(l2=1.0))
    >>> found = certificate(cost, network.zeros())
    >>> round(found.decrement, 4), round(found.estimate, 4), round(found.bound, 4)
    (0.3333, 0.1667, 0.25)
    """
    if not objective.convex:
        raise ValueError(
            f"A certificate needs a convex cost, found a {type(objective).__name__} that is not known to be convex: "
            "use a network without hidden layers."
        )
    value, gradient = objective.value_and_gradient(theta)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # where there is no curvature at all
        decrement = max(0.0, -2 * _gain(objective, theta, gradient))
    known = objective.l2_weights()
    l2 = np.zeros_like(gradient) if known is None else known
    strong = l2 > 0
    bound = float((gradient[strong] ** 2 / l2[strong]).sum() / 2) if not gradient[~strong].any() else inf
    relative = decrement / 2 / value if value else inf
    return Certificate(value, float(np.sqrt(gradient @ gradient)), decrement, decrement / 2, relative, bound)


def _gain(objective: Objective, theta: Array, gradient: Array) -> float:
    """Return how much lower the lowest point of the quadratic is, plus absolute values where there are any."""
    if (l1 := objective.l1_weights()) is not None and l1.any():
        smooth = objective.smooth()
        slope, curvature = smooth.value_and_gradient(theta)[1], _curvature(smooth, theta)
        damping = L1_DAMPING * float(np.sqrt(gradient @ gradient))
        lowest = lowest_with_l1(curvature, theta, slope, l1, accuracy=ACCURACY, damping=damping)
        step, kinks = lowest - theta, float(l1 @ (np.abs(lowest) - np.abs(theta)))
        return float(slope @ step + step @ curvature.product(step) / 2) + kinks
    curvature = _curvature(objective, theta)
    step = solve(curvature, -gradient, ACCURACY).x
    return float(gradient @ step + step @ curvature.product(step) / 2)


def _curvature(objective: Objective, theta: Array) -> Curvature:
    return objective.curvature(theta) or CurvatureProducts(objective, theta)
