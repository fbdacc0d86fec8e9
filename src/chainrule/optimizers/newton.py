"""Newton's method: the step that a quadratic with the same gradient and curvature would need."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.conjugate_gradients import Map, Solution, solve
from chainrule.optimizers.line_search import SUFFICIENT, backtrack
from chainrule.optimizers.optimizer import Curvature, Objective, Step, is_curved, is_sampled, is_sparsifying
from chainrule.optimizers.orthants import Orthants
from chainrule.optimizers.remembering import Remembering

SMALL, NEAR = 100, 0.1
DAMPING, LEAST_DAMPING, TRUSTED = 0.1, 1e-3, 0.5
ROUNDING = 4
LOOSEST = 0.3
SAMPLE_STEPS, OF_CHANCE, ROUGHEST = 20, 0.1, 0.1


class Steps(NamedTuple):
    """What a step leaves to the next.

    Attributes:
        taken: how many steps there were.
        preconditioner: what the last one solved its system with, or None.
        damping: what is added to the diagonal of the curvature, in units of the gradient's norm.
    """

    taken: int
    preconditioner: Map | None
    damping: float


@final
@dataclass(frozen=True)
class Newton:
    """Newton's method: `theta ← theta - rate · H⁻¹ gradient`, with the curvature matrix `H` of the objective.

    The linear system is solved by conjugate gradients, which need `H` only as products with vectors and leave alone the
    directions in which the cost is flat (softmax has one for each input: adding the same number to all classes). Far
    from the lowest point a rough solution is as good as an exact one: the relative residual may be as large as
    `min(0.3, |gradient|^(1/3))`, and is never asked to be less than `accuracy`; systems of at most 100 unknowns are
    solved to `accuracy` once the gradient's norm is below 0.1, or where the objective knows no preconditioner. The rate
    is 1, halved until the cost falls enough or, where rounding hides its fall, the gradient's norm falls; 0 where
    neither does. A step that was much too long is followed by damped ones: a share of the gradient's norm is added to
    the diagonal of `H`. Its state is the number of steps taken, the last preconditioner, with which the next step
    begins, and that share.

    Where the objective is of so many rows that some tell nearly as much, the first step from zero is the one to about
    the lowest point of a sample of them: what is left to all rows are the last steps.

    Where the objective has absolute values (`Penalty(l1=...)`), the step is that of the parameters that are not zero or
    should not stay so, and a parameter that would change its sign becomes zero: a true zero, from which it leaves
    again only where the slope exceeds its l1. A tenth of the gradient's norm is added to the diagonal of `H`, since the
    absolute values have a slope where the rest is flat. `OWLQN` is better where columns depend on each other.

    Parameters:
        accuracy: the smallest relative residual that conjugate gradients go to, above zero and below 1.

    Raises:
        ValueError: the accuracy is out of its range.

    Sources: J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), algorithm 7.1; G. Andrew, J. Gao,
    "Scalable training of L1-regularized log-linear models", ICML 2007 (orthants); E. Gafni, D. Bertsekas, "Two-metric
    projection methods for constrained optimization", SIAM Journal on Control and Optimization 22 (1984).

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

    def init(self, theta: Array) -> Steps:
        return Steps(0, None, 0.0)

    def step(self, objective: Objective, theta: Array, state: Steps) -> Step[Steps]:
        """Return the step `-H⁻¹ gradient`, or as much of it as lowers the cost."""
        if state.taken == 0 and (first := self._step_of_sample(objective, theta)) is not None:
            return first
        value, gradient = objective.value_and_gradient(theta)
        norm = float(np.sqrt(gradient @ gradient))
        orthants = orthants_at(objective, theta, gradient)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # where there is no curvature at all
            curvature = curvature_at(objective, theta)
            free, damping = (None, state.damping) if orthants is None else (orthants.free, DAMPING)
            exact = theta.size <= SMALL and (norm < NEAR or isinstance(curvature, Products))
            accuracy = self.accuracy if exact else max(self.accuracy, min(LOOSEST, norm ** (1 / 3)))
            known = state.preconditioner if free is None and theta.size > SMALL else None
            solution = solve(curvature, -gradient, accuracy, free=free, damping=damping * norm, preconditioner=known)
            del curvature  # whose memory the next cost may take
            direction = solution.x
            slope = float(gradient @ direction)
        if not (np.isfinite(direction).all() and slope < 0):
            direction, slope = -gradient, -float(gradient @ gradient)
        if orthants is not None:
            after, rate = orthants.descend(objective, theta, direction, value, gradient)
            return Step(after, Steps(state.taken + 1, None, 0.0), value, gradient, rate)
        whole = theta + direction
        value_there, gradient_there = objective.value_and_gradient(whole)  # which the next step asks for again
        rounding = ROUNDING * float(np.finfo(theta.dtype).eps) * abs(value)
        hidden = value_there <= value + rounding and float(gradient_there @ gradient_there) < norm * norm
        if hidden or value_there <= value + SUFFICIENT * slope:
            return Step(whole, _after(state, solution, 1.0), value, gradient, 1.0)
        rate = backtrack(objective, theta, direction, value, slope)
        return Step(theta + rate * direction, _after(state, solution, rate), value, gradient, rate)

    def _step_of_sample(self, objective: Objective, zero: Array) -> Step[Steps] | None:
        """Return the step to about the lowest point of a sample: nearer would tell of the sample alone."""
        sampled = objective.sample() if is_sampled(objective) and not zero.any() else None
        if sampled is None:
            return None
        sample, near = Remembering(sampled[0]), min(OF_CHANCE * sampled[1], ROUGHEST)
        theta, state = zero, self.init(zero)
        for _ in range(SAMPLE_STEPS):
            step = self.step(sample, theta, state)
            theta, state = step.theta, step.state
            if step.value - sample.value_and_gradient(theta)[0] <= near * abs(step.value):
                break
        value, gradient = objective.value_and_gradient(zero)
        if not objective.value_and_gradient(theta)[0] < value:
            return None
        return Step(theta, state, value, gradient, 1.0)


def _after(state: Steps, solution: Solution, rate: float) -> Steps:
    """Return the state after a step: damped more where the quadratic was trusted too far, less where it was right."""
    if rate < 1:
        damping = max(DAMPING if rate < TRUSTED else 0.0, 2 * state.damping)
    else:
        damping = state.damping / 4 if state.damping > LEAST_DAMPING else 0.0
    return Steps(state.taken + 1, solution.preconditioner, damping)


def orthants_at(objective: Objective, theta: Array, gradient: Array) -> Orthants | None:
    """Return the orthant that a step from `theta` (p,) stays in; None where the objective is smooth everywhere."""
    if not is_sparsifying(objective):
        return None
    l1 = objective.l1_weights()
    return Orthants.of(theta, gradient, l1) if l1.any() else None


def curvature_at(objective: Objective, theta: Array) -> Curvature:
    """Return the curvature matrix of any objective at `theta` (p,)."""
    return objective.curvature(theta) if is_curved(objective) else Products(objective, theta)


class Products:
    """The curvature matrix of an objective that knows no more of it than its products."""

    price, steepest = 1 << 62, 0.0

    def __init__(self, objective: Objective, theta: Array) -> None:
        self._objective, self._theta = objective, theta

    def product(self, v: Array) -> Array:
        return self._objective.curvature_product(self._theta, v)

    def preconditioner(self, free: Array | None = None, damping: float = 0.0) -> Callable[[Array], Array]:
        return lambda r: r
