"""The lowest point of a quadratic plus absolute values: the step of Newton's method where the cost has an L1 penalty.

    m(u) = slope · (u - theta) + (u - theta)ᵀ (H + damping I) (u - theta) / 2 + Σ_j l1_j |u_j|

Each round goes down from one point to the next, so that it can be left after any of them:

1. The least subgradient of m at u says which parameters are free: those not zero, and those that it drives away from
   zero. Each free parameter has a sign, and while no sign changes m is a quadratic.
2. Conjugate gradients find the lowest point of that quadratic in the free parameters. One that would leave zero on the
   wrong side stays there, and the rest is solved again.
3. Of two points the lower is taken: the one found, with zeros where a sign has changed, and the lowest of m on the
   straight line to it, which is a piecewise quadratic and ends at a zero where it has its kink.

The second point alone always lowers m, but lets one parameter become zero a round; the first lets many.

Sources: H. Lee, A. Battle, R. Raina, A. Ng, "Efficient sparse coding algorithms", NIPS 2006 (signs and the line);
J. Lee, Y. Sun, M. Saunders, "Proximal Newton-type methods for minimizing composite functions", SIAM Journal on
Optimization 24 (2014).
"""

from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.conjugate_gradients import solve
from chainrule.optimizers.optimizer import Curvature
from chainrule.optimizers.owlqn import least_subgradient

# Rounds at most: more make the later steps of Newton's method fewer, but not the rounds of all steps together
# (digits, letter, covertype and correlated columns: 10 and 30 take the same time, 1 up to half as long again).
ROUNDS = 10


def lowest_with_l1(
    curvature: Curvature, theta: Array, slope: Array, l1: Array, *, accuracy: float, damping: float = 0.0
) -> Array:
    """Return about the lowest point (p,) of the model above, at which it is below its value at `theta`.

    Parameters:
        curvature: the matrix `H`, positive semi-definite.
        theta: where the model is made (p,).
        slope: the gradient there of all but the absolute values (p,).
        l1: the strength of the absolute value of each parameter (p,), at least 0.
        accuracy: the rounds end when the norm of the least subgradient is this share of what it was.
        damping: what is added to the diagonal of `H`.
    """
    point, goal, products = _Point(theta, slope), 0.0, 0
    for done in range(ROUNDS):
        downhill = -least_subgradient(point.u, point.gradient, l1)
        norm = float(np.sqrt(downhill @ downhill))
        goal = goal if done else accuracy * norm
        if norm <= goal:
            break
        sign = np.where(point.u == 0, np.sign(downhill), np.sign(point.u)) * (l1 > 0)
        curvature = curvature.after(products)
        way, taken = _to_the_lowest_of_signs(curvature, point.u, downhill, sign, l1, accuracy, damping)
        products += taken
        after = _lower_of_two(curvature, point, way, sign, l1, damping)
        if after is None:  # all that is left is rounding
            break
        point = after
    return point.u


class _Point(NamedTuple):
    """A point (p,), and there the gradient of the model without its absolute values (p,)."""

    u: Array
    gradient: Array


def _to_the_lowest_of_signs(
    curvature: Curvature, u: Array, downhill: Array, sign: Array, l1: Array, accuracy: float, damping: float
) -> tuple[Array, int]:
    """Return the way (p,) to the lowest point of the quadratic that the model is while no sign changes.

    Beside it stands how many products with the matrix that took.
    """
    free, products = (l1 == 0) | (sign != 0), 0
    while True:
        way, _, taken, *_ = solve(curvature, downhill, accuracy, free=free, damping=damping)
        products += taken
        wrong = (u == 0) & (way * sign < 0)
        if not wrong.any():
            return way, products
        free &= ~wrong


def _lower_of_two(
    curvature: Curvature, point: _Point, way: Array, sign: Array, l1: Array, damping: float
) -> _Point | None:
    """Return the lower of the two points of step 3; None where neither is below `point`."""
    u, gradient = point
    bend = curvature.product(way) + damping * way
    rate, kink = lowest_along(u, way, float(gradient @ way), float(way @ bend), l1)
    on_line = u + rate * way
    if kink is not None:
        on_line[kink] = 0
    change = float(gradient @ (on_line - u) + rate * rate * (way @ bend) / 2 + l1 @ (np.abs(on_line) - np.abs(u)))
    best, lowest = _Point(on_line, gradient + rate * bend), change
    zeroed = np.where((u + way) * sign < 0, 0, u + way)
    if (zeroed != u + way).any():
        step = zeroed - u
        bend = curvature.product(step) + damping * step
        change = float(gradient @ step + step @ bend / 2 + l1 @ (np.abs(zeroed) - np.abs(u)))
        if change <= lowest:
            best, lowest = _Point(zeroed, gradient + bend), change
    return best if lowest < 0 else None


def lowest_along(u: Array, way: Array, slope: float, bend: float, l1: Array) -> tuple[float, int | None]:
    """Return the rate `a` in [0, 1] with the least `slope a + bend a²/2 + Σ_j l1_j |u_j + a way_j|`.

    Beside it stands which parameter is zero there, where the lowest point is at that kink, or None. The derivative
    rises with `a`, and jumps by `2 l1_j |way_j|` where parameter j is zero: so the lowest point is where it is first
    not below zero.

    >>> lowest_along(np.array([1.0]), np.array([-2.0]), -2.0, 4.0, np.array([0.0]))
    (0.5, None)
    >>> lowest_along(np.array([1.0]), np.array([-2.0]), -2.0, 2.0, np.array([1.0]))
    (0.5, 0)
    """
    (at_zero,) = np.nonzero((u * way < 0) & (l1 > 0) & (np.abs(way) > np.abs(u)))
    rates = -u[at_zero] / way[at_zero]
    order = np.argsort(rates, kind="stable")
    at_zero, rates = at_zero[order], rates[order]
    side = np.where(u == 0, np.abs(way), np.sign(u) * way)
    slopes = slope + float(l1 @ side) + np.cumsum([0.0, *2 * l1[at_zero] * np.abs(way[at_zero])])
    ends = np.append(rates, 1.0)  # piece k of the line goes from ends[k - 1] to ends[k]
    rising = slopes + bend * ends >= 0
    piece = int(rising.argmax()) if rising.any() else len(rates)
    start = ends[piece - 1] if piece else 0.0
    if slopes[piece] + bend * start >= 0:
        return float(start), int(at_zero[piece - 1]) if piece else None
    return float(min(-slopes[piece] / bend, ends[piece])) if bend > 0 else float(ends[piece]), None
