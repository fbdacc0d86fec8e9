"""L-BFGS: Newton's method with a curvature guessed from the last steps."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import told, whole
from chainrule.optimizers.line_search import Point, strong_wolfe
from chainrule.optimizers.optimizer import Objective, Step

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
            raise ValueError(f"LBFGS needs a memory of at least 1, found {told(self.memory)}.")

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
        point = strong_wolfe(objective, Point(0.0, theta, value, gradient, slope), direction, first)
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
