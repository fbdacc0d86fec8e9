"""Line searches: how far to go along a direction."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.optimizer import Objective

# The share of the slope that the cost must fall by: Nocedal and Wright's value, which nearly every fall reaches.
SUFFICIENT = 1e-4
# After so many the rate is 1e-12: what a lower one would change is rounding.
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


# A line search for the strong Wolfe conditions: low enough and flat enough.
#
#     low enough    cost(rate) ≤ cost(0) + 1e-4 · rate · slope(0)
#     flat enough   |slope(rate)| ≤ steepness · |slope(0)|
#
# Doubling finds an interval that holds such a point; cubic interpolation narrows it. At a kink (of ReLU, say) no point
# may be flat enough; the lowest one counts once the interval is narrow, before rounding decides on which side it is.
#
# Source: J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), algorithms 3.5 and 3.6.

# Points tried in each half of the search: doublings reach a rate of 1e9, and cuts in halves a billionth of an interval.
TRIALS = 30
# The relative width of the interval at which the lowest point counts although it is not flat: at a kink none is.
NEAR_A_KINK = 1e-3
# The same width while the lowest point is the start: only rounding is narrower.
ROUNDING = 1e-14


class LinePoint(NamedTuple):
    """A point along a direction: how far, the parameters there, the cost, its gradient, and its slope along it."""

    rate: float
    theta: Array
    value: float
    gradient: Array
    slope: float


def strong_wolfe(
    objective: Objective, start: LinePoint, direction: Array, rate: float, *, steepness: float = 0.9
) -> LinePoint:
    """Return a point along the direction that is low enough and flat enough; the lowest one seen where none is found.

    Parameters:
        objective: what to minimise.
        start: the point at rate 0, with a slope below zero.
        direction: where to go (p,).
        rate: to try first, above zero.
        steepness: share of the slope that may remain.
    """

    def at(rate: float) -> LinePoint:
        theta = start.theta + rate * direction
        value, gradient = objective.value_and_gradient(theta)
        return LinePoint(rate, theta, value, gradient, float(gradient @ direction))

    def too_high(point: LinePoint) -> bool:
        return not point.value <= start.value + SUFFICIENT * point.rate * start.slope

    def flat(point: LinePoint) -> bool:
        return abs(point.slope) <= -steepness * start.slope

    before, point = start, at(rate)
    for _ in range(TRIALS):
        if too_high(point) or (before is not start and point.value >= before.value):
            return _narrow(at, too_high, flat, before, point)
        if flat(point):
            return point
        if point.slope >= 0:
            return _narrow(at, too_high, flat, point, before)
        before, point = point, at(2 * point.rate)
    return before


def _narrow(
    at: Callable[[float], LinePoint],
    too_high: Callable[[LinePoint], bool],
    flat: Callable[[LinePoint], bool],
    low: LinePoint,
    high: LinePoint,
) -> LinePoint:
    """Return a good point between `low`, the best so far, and `high`."""
    for _ in range(TRIALS):
        point = at(_between(low, high))
        if too_high(point) or point.value >= low.value:
            high = point
        else:
            if flat(point):
                return point
            if point.slope * (high.rate - low.rate) >= 0:
                high = low
            low = point
        near = NEAR_A_KINK if low.rate else ROUNDING
        if abs(high.rate - low.rate) <= near * max(abs(low.rate), abs(high.rate)):
            break
    return low


def _between(low: LinePoint, high: LinePoint) -> float:
    """Return where the cubic through both points is lowest (equation 3.59), or their middle if that is near an end."""
    middle, width = (low.rate + high.rate) / 2, high.rate - low.rate
    if not np.isfinite(high.value) or not np.isfinite(high.slope):
        return middle
    d1 = low.slope + high.slope - 3 * (high.value - low.value) / width
    under = d1 * d1 - low.slope * high.slope
    if under < 0:
        return middle
    d2 = np.sqrt(under) * np.sign(width)
    bottom = high.slope - low.slope + 2 * d2
    place = float(high.rate - width * (high.slope + d2 - d1) / bottom) if bottom else middle
    inside = abs(place - middle) <= 0.4 * abs(width)
    return place if inside else middle
