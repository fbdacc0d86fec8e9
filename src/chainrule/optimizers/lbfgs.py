"""L-BFGS: Newton's method with a curvature guessed from the last steps; OWL-QN is the same for an L1 penalty."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import whole
from chainrule.common.format import described
from chainrule.optimizers.line_search import HALVINGS, SUFFICIENT, LinePoint, strong_wolfe
from chainrule.optimizers.optimizer import Objective, Step

# A step shorter than this share of the first rate, which lowers the cost by less than the square of it, as a share, is
# none: so the search ends at a kink of ReLU, where it would otherwise dwell.
STUCK = 1e-5


class Pair(NamedTuple):
    """One step: the change of the parameters `s` (p,), that of the gradient `y` (p,), and `1 / (y · s)`."""

    s: Array
    y: Array
    inverse: float


@final
@dataclass(frozen=True)
class LBFGS:
    """L-BFGS: `theta ← theta - rate · H gradient`, with `H` an inverse curvature that fits the last `memory` steps.

    The rate is found by a search for the strong Wolfe conditions, so it needs all rows at once. Where the search finds
    nothing lower, or next to nothing by a tiny step, as at a kink of ReLU, the memory is dropped; if the plain gradient
    does no better, the rate is 0. Its state is the memory, oldest pair first.

    Parameters:
        memory: pairs of steps to remember, at least 1.

    Raises:
        ValueError: the memory is less than 1.

    Source: D. Liu, J. Nocedal, "On the limited memory BFGS method for large scale optimization", Mathematical
    Programming 45 (1989), algorithm 2.1.

    >>> from chainrule import Cost, Dense, Network, Penalty, SoftmaxCrossEntropy, train
    >>> network = Network((Dense(1, 2),))
    >>> cost = Cost.of(network, SoftmaxCrossEntropy(), [[-1.], [1.]], [0, 1], penalty=Penalty(l2=0.1))
    >>> bool(train(cost, LBFGS(), network.zeros(), max_epochs=20).history.gradient_norm[-1] < 1e-8)
    True
    """

    memory: int = 10

    def __post_init__(self) -> None:
        if not whole(self.memory):
            raise ValueError(f"LBFGS needs a memory of at least 1, found {described(self.memory)}.")

    def init(self, theta: Array) -> tuple[Pair, ...]:
        return ()

    def step(self, objective: Objective, theta: Array, state: tuple[Pair, ...]) -> Step[tuple[Pair, ...]]:
        """Return the step along `-H⁻¹ gradient` of the pairs so far, as long as the search finds good."""
        value, gradient = objective.value_and_gradient(theta)
        direction = -inverse_curvature_product(state, gradient)
        slope = float(gradient @ direction)
        if not slope < 0:
            state, direction, slope = (), -gradient, -float(gradient @ gradient)
        if slope == 0:
            return Step(theta, state, value, gradient, 0.0)
        first = 1.0 if state else min(1.0, 1 / float(np.abs(gradient).sum()))
        point = strong_wolfe(objective, LinePoint(0.0, theta, value, gradient, slope), direction, first)
        if point.rate < STUCK * first and value - point.value <= STUCK * STUCK * abs(value):
            if state:
                return self.step(objective, theta, ())
            return Step(theta, state, value, gradient, 0.0)
        s, y = point.theta - theta, point.gradient - gradient
        curved = float(y @ s)
        if curved > np.finfo(theta.dtype).eps * float(y @ y):
            state = (*state, Pair(s, y, 1 / curved))[-self.memory :]
        return Step(point.theta, state, value, gradient, point.rate)


def inverse_curvature_product(pairs: tuple[Pair, ...], gradient: Array) -> Array:
    """Return the inverse curvature that fits the pairs, times the gradient: the two-loop recursion."""
    product, shares = gradient.copy(), []
    for pair in reversed(pairs):
        share = pair.inverse * float(pair.s @ product)
        shares.append(share)
        product -= share * pair.y
    if pairs:
        last = pairs[-1]
        product /= last.inverse * float(last.y @ last.y)
    for pair, share in zip(pairs, reversed(shares), strict=True):
        product += (share - pair.inverse * float(pair.y @ product)) * pair.s
    return product


# OWL-QN: L-BFGS for costs with absolute values, which ends in true zeros.

# Absolute values in the cost: steps that stay in one orthant, where the cost is smooth, and end in true zeros.


class Orthants(NamedTuple):
    """The orthant that a step from `theta` stays in.

    Attributes:
        sign: of each parameter after the step, unless it becomes zero (p,); zero where any sign will do.
        free: which parameters move (p,): those with no absolute value, those not zero, and those that the slope drives
            away from zero.
    """

    sign: Array
    free: Array

    @classmethod
    def of(cls, theta: Array, gradient: Array, l1: Array) -> "Orthants":
        """Return the orthant of `theta`, entered where it is zero as the least subgradient `gradient` says."""
        sign = np.where(theta == 0, -np.sign(gradient), np.sign(theta)) * (l1 > 0)
        return cls(sign, (l1 == 0) | (sign != 0))

    def project(self, theta: Array) -> Array:
        """Return `theta` with zeros where it is outside the orthant."""
        return np.where(theta * self.sign >= 0, theta, 0)

    def descend(
        self, objective: Objective, theta: Array, direction: Array, value: float, gradient: Array
    ) -> tuple[Array, float]:
        """Return the first point along the projected direction, at rates 1, 1/2, ..., whose cost is low enough.

        Where half of the halvings have found none, the gradient is followed instead; the rate is 0 where that finds
        none either.
        """
        for along in (direction, -gradient):
            rate = 1.0
            for _ in range(HALVINGS // 2):
                point = self.project(theta + rate * along)
                slope = float(gradient @ (point - theta))
                if slope < 0 and objective.value_and_gradient(point)[0] <= value + SUFFICIENT * slope:
                    return point, rate
                rate /= 2
        return theta.copy(), 0.0


def soft_threshold(theta: Array, by: Array | float) -> Array:
    """Return `theta` moved towards zero by as much as `by`, and no further.

    >>> soft_threshold(np.array([3., -0.5, -2.]), 1.0)
    array([ 2., -0., -1.])
    """
    return np.sign(theta) * np.maximum(np.abs(theta) - by, 0)


def least_subgradient(theta: Array, smooth: Array, l1: Array) -> Array:
    """Return the subgradient (p,) of least norm from the gradient `smooth` of all but the absolute values.

    >>> least_subgradient(np.array([1., 0., 0.]), np.array([2., 2., 0.5]), np.ones(3))
    array([3., 1., 0.])
    """
    return np.where(theta == 0, soft_threshold(smooth, l1), smooth + l1 * np.sign(theta))


@final
@dataclass(frozen=True)
class OWLQN:
    """Orthant-wise L-BFGS: the step of `LBFGS`, kept within one orthant, where `|theta|` is smooth.

    The curvature is guessed from the last steps of the cost without its absolute values. Of the step, what points
    against the least subgradient is dropped, and a parameter that would change its sign becomes zero: a true zero,
    which it leaves only where the slope exceeds its l1. The rate is 1, halved until the cost falls enough. Its steps
    become slow where columns depend on each other: `Newton` begins with them and goes on. It needs all rows at once;
    its state is the memory, oldest pair first.

    Parameters:
        memory: pairs of steps to remember, at least 1.

    Raises:
        ValueError: the memory is less than 1.

    Source: G. Andrew, J. Gao, "Scalable training of L1-regularized log-linear models", ICML 2007.

    >>> from chainrule import Cost, Dense, Network, Penalty, SoftmaxCrossEntropy
    >>> network = Network((Dense(2, 2),))
    >>> cost = Cost.of(network, SoftmaxCrossEntropy(), [[-1., 1.], [1., 1.]], [0, 1], penalty=Penalty(l1=0.2))
    >>> theta, state = network.zeros(), ()
    >>> for _ in range(20):
    ...     theta, state, *_ = OWLQN().step(cost, theta, state)
    >>> network.views(theta)[0]["weights"].round(3)
    array([[-0.693,  0.693],
           [ 0.   ,  0.   ]])
    """

    memory: int = 10

    def __post_init__(self) -> None:
        if not whole(self.memory):
            raise ValueError(f"OWLQN needs a memory of at least 1, found {described(self.memory)}.")

    def init(self, theta: Array) -> tuple[Pair, ...]:
        return ()

    def step(self, objective: Objective, theta: Array, state: tuple[Pair, ...]) -> Step[tuple[Pair, ...]]:
        """Return the step along `-H⁻¹` times the least subgradient, within one orthant."""
        smooth, known = objective.smooth(), objective.l1_weights()
        l1 = np.zeros_like(theta) if known is None else known.astype(theta.dtype, copy=False)
        value, slope = smooth.value_and_gradient(theta)
        value += float(l1 @ np.abs(theta))
        gradient = least_subgradient(theta, slope, l1)
        if not gradient.any():
            return Step(theta.copy(), state, value, gradient, 0.0)
        direction = -inverse_curvature_product(state, gradient)
        direction[(direction * gradient >= 0) & (l1 > 0)] = 0
        if not float(gradient @ direction) < 0:
            state, direction = (), -gradient
        if not state:
            direction = direction * min(1.0, 1 / float(np.abs(gradient).sum()))
        orthants = Orthants.of(theta, gradient, l1)
        after, rate = orthants.descend(objective, theta, direction, value, gradient)
        if rate == 0:
            return self.step(objective, theta, ()) if state else Step(theta.copy(), (), value, gradient, 0.0)
        s, y = after - theta, smooth.value_and_gradient(after)[1] - slope
        curved = float(y @ s)
        if curved > np.finfo(theta.dtype).eps * float(y @ y):
            state = (*state, Pair(s, y, 1 / curved))[-self.memory :]
        return Step(after, state, value, gradient, rate)
