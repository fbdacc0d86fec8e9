"""Newton's method: the step that a quadratic with the same gradient and curvature would need, and what it gains."""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import real
from chainrule.common.format import described
from chainrule.optimizers.conjugate_gradients import Map, Solution, solve
from chainrule.optimizers.lbfgs import OWLQN, Pair, least_subgradient, soft_threshold
from chainrule.optimizers.line_search import HALVINGS, SUFFICIENT, backtrack
from chainrule.optimizers.optimizer import CachedObjective, Curvature, CurvatureProducts, Objective, Step

# The lowest point of a quadratic plus absolute values: the step of Newton's method where the cost has an L1 penalty.
#
#     m(u) = slope · (u - theta) + (u - theta)ᵀ (H + damping I) (u - theta) / 2 + Σ_j l1_j |u_j|
#
# Each round goes down from one point to the next, so that it can be left after any of them:
#
# 1. The least subgradient of m at u says which parameters are free: those not zero, and those that it drives away from
#    zero. Each free parameter has a sign, and while no sign changes m is a quadratic.
# 2. Conjugate gradients find the lowest point of that quadratic in the free parameters. One that would leave zero on
#    the wrong side stays there, and the rest is solved again.
# 3. Of two points the lower is taken: the one found, with zeros where a sign has changed, and the lowest of m on the
#    straight line to it, which is a piecewise quadratic and ends at a zero where it has its kink.
#
# The second point alone always lowers m, but lets one parameter become zero a round; the first lets many.
#
# Sources: H. Lee, A. Battle, R. Raina, A. Ng, "Efficient sparse coding algorithms", NIPS 2006 (signs and the line);
# J. Lee, Y. Sun, M. Saunders, "Proximal Newton-type methods for minimizing composite functions", SIAM Journal on
# Optimization 24 (2014).

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
        direction, taken = _to_the_lowest_of_signs(curvature, point.u, downhill, sign, l1, accuracy, damping)
        products += taken
        after = _lower_of_two(curvature, point, direction, sign, l1, damping)
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
    """Return the direction (p,) to the lowest point of the quadratic that the model is while no sign changes.

    Beside it stands how many products with the matrix that took.
    """
    free, products = (l1 == 0) | (sign != 0), 0
    while True:
        direction, _, taken, *_ = solve(curvature, downhill, accuracy, free=free, damping=damping)
        products += taken
        wrong = (u == 0) & (direction * sign < 0)
        if not wrong.any():
            return direction, products
        free &= ~wrong


def _lower_of_two(
    curvature: Curvature, point: _Point, direction: Array, sign: Array, l1: Array, damping: float
) -> _Point | None:
    """Return the lower of the two points of step 3; None where neither is below `point`."""
    u, gradient = point
    gradient_change = curvature.product(direction) + damping * direction
    rate, kink = lowest_along(u, direction, float(gradient @ direction), float(direction @ gradient_change), l1)
    on_line = u + rate * direction
    if kink is not None:
        on_line[kink] = 0
    quadratic = gradient @ (on_line - u) + rate * rate * (direction @ gradient_change) / 2
    change = float(quadratic + l1 @ (np.abs(on_line) - np.abs(u)))
    best, lowest = _Point(on_line, gradient + rate * gradient_change), change
    zeroed = np.where((u + direction) * sign < 0, 0, u + direction)
    if (zeroed != u + direction).any():
        step = zeroed - u
        gradient_change = curvature.product(step) + damping * step
        change = float(gradient @ step + step @ gradient_change / 2 + l1 @ (np.abs(zeroed) - np.abs(u)))
        if change <= lowest:
            best, lowest = _Point(zeroed, gradient + gradient_change), change
    return best if lowest < 0 else None


def lowest_along(u: Array, direction: Array, slope: float, curvature: float, l1: Array) -> tuple[float, int | None]:
    """Return the rate `a` in [0, 1] with the least `slope a + curvature a²/2 + Σ_j l1_j |u_j + a direction_j|`.

    Beside it stands which parameter is zero there, where the lowest point is at that kink, or None. The derivative
    rises with `a`, and jumps by `2 l1_j |direction_j|` where parameter j is zero: so the lowest point is where it is
    first not below zero.

    >>> lowest_along(np.array([1.0]), np.array([-2.0]), -2.0, 4.0, np.array([0.0]))
    (0.5, None)
    >>> lowest_along(np.array([1.0]), np.array([-2.0]), -2.0, 2.0, np.array([1.0]))
    (0.5, 0)
    """
    (at_zero,) = np.nonzero((u * direction < 0) & (l1 > 0) & (np.abs(direction) > np.abs(u)))
    rates = -u[at_zero] / direction[at_zero]
    order = np.argsort(rates, kind="stable")
    at_zero, rates = at_zero[order], rates[order]
    side = np.where(u == 0, np.abs(direction), np.sign(u) * direction)
    slopes = slope + float(l1 @ side) + np.cumsum([0.0, *2 * l1[at_zero] * np.abs(direction[at_zero])])
    ends = np.append(rates, 1.0)  # piece k of the line goes from ends[k - 1] to ends[k]
    rising = slopes + curvature * ends >= 0
    piece = int(rising.argmax()) if rising.any() else len(rates)
    start = ends[piece - 1] if piece else 0.0
    if slopes[piece] + curvature * start >= 0:
        return float(start), int(at_zero[piece - 1]) if piece else None
    return float(min(-slopes[piece] / curvature, ends[piece])) if curvature > 0 else float(ends[piece]), None


# Unknowns of a system that is solved exactly near the lowest point: the products of so small a one cost little beside
# a step, and an exact step makes the steps fewer.
SMALL = 100
# The norm of the gradient, in the units of the cost, below which that is done.
NEAR = 0.1
# The damping after a step that was much too long, in units of the gradient's norm; each further one doubles it.
DAMPING = 0.1
# Below so little, damping ends: it would slow the last steps, which Newton's method makes quadratically shorter.
LEAST_DAMPING = 1e-3
# A rate below this says that the step was much too long; at a half, one halving may be all that was wrong.
TRUSTED = 0.5
# The same with absolute values, in units of the least subgradient's norm: 0.1 takes as long on letter and a9a, but
# three times as long on digits; 0.01 thirty times.
L1_DAMPING = 0.3
# Steps of OWL-QN cost a tenth of Newton's with absolute values. They are left when so many of them no longer make the
# gradient small enough: ten are too few to tell, since its norm goes up and down.
OWLQN_WINDOW = 20
# By how much so many must have made it smaller: slower than to a quarter, a step of Newton's method is worth more.
QUICK = 0.25
# Units of rounding by which costs that are equal may differ, as sums of many losses do by a few.
ROUNDING = 4
# The largest relative residual: rougher solutions take fewer products, and more steps.
LOOSEST = 0.3
# Steps on a sample at most, so that one on which Newton's method is slow costs little.
SAMPLE_STEPS = 20
# They end when one lowers the sample's cost by less than this share of its expected optimism: nearer would tell of the
# sample alone,
OF_CHANCE = 0.1
# and by less than this share of the cost at any rate.
ROUGHEST = 0.1


class NewtonState(NamedTuple):
    """What a step leaves to the next.

    Attributes:
        taken: how many steps there were.
        preconditioner: what the last one solved its system with, or None.
        damping: what is added to the diagonal of the curvature, in units of the gradient's norm.
        pairs: what OWL-QN remembers, while the steps are its own.
        norms: those of the gradient before the last steps of OWL-QN.
    """

    taken: int
    preconditioner: Map | None
    damping: float
    pairs: tuple[Pair, ...] = ()
    norms: tuple[float, ...] = ()


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

    Where the objective has absolute values (`Penalty(l1=...)`), the first steps are those of `OWLQN`, as long as they
    lower the gradient quickly. Then each step goes to the lowest point of the quadratic plus these absolute values
    (`lowest_with_l1`), many of whose parameters are true zeros. A share of the least subgradient's norm is added to the
    diagonal of `H`, since the absolute values have a slope where the rest is flat.

    Parameters:
        accuracy: the smallest relative residual that conjugate gradients go to, above zero and below 1.

    Raises:
        ValueError: the accuracy is out of its range.

    Sources: J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), algorithm 7.1; J. Lee, Y. Sun,
    M. Saunders, "Proximal Newton-type methods for minimizing composite functions", SIAM Journal on Optimization 24
    (2014).

    >>> from chainrule import Cost, Dense, Network, Penalty, SoftmaxCrossEntropy, train
    >>> network = Network((Dense(1, 2),))
    >>> cost = Cost.of(network, SoftmaxCrossEntropy(), [[-1.], [1.]], [0, 1], penalty=Penalty(l2=0.1))
    >>> float(train(cost, Newton(), network.zeros(), max_epochs=6).history.gradient_norm[-1]) < 1e-12
    True
    """

    accuracy: float = 1e-10

    def __post_init__(self) -> None:
        if not real(self.accuracy, 0, 1) or self.accuracy == 0:
            raise ValueError(f"Newton needs an accuracy above 0 and below 1, found {described(self.accuracy)}.")

    def init(self, theta: Array) -> NewtonState:
        return NewtonState(0, None, 0.0)

    def step(self, objective: Objective, theta: Array, state: NewtonState) -> Step[NewtonState]:
        """Return the step `-H⁻¹ gradient`, or as much of it as lowers the cost."""
        if state.taken == 0 and (first := self._step_of_sample(objective, theta)) is not None:
            return first
        if (l1 := objective.l1_weights()) is not None and l1.any():
            first = self._step_of_owlqn(objective, theta, state)
            return first or self._step_with_l1(objective, l1.astype(theta.dtype, copy=False), theta, state)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # where there is no curvature at all
            known = objective.curvature(theta)  # first: its pass over the rows may give the cost as well
            curvature = known or CurvatureProducts(objective, theta)
            value, gradient = objective.value_and_gradient(theta)
            norm = float(np.sqrt(gradient @ gradient))
            accuracy = self._accuracy(known, theta, norm)
            last = state.preconditioner if theta.size > SMALL else None
            solution = solve(curvature, -gradient, accuracy, damping=state.damping * norm, preconditioner=last)
            del curvature, known  # whose memory the next cost may take
            direction = solution.x
            slope = float(gradient @ direction)
        if not (np.isfinite(direction).all() and slope < 0):
            direction, slope = -gradient, -float(gradient @ gradient)
        whole = theta + direction
        value_there, gradient_there = objective.value_and_gradient(whole)  # which the next step asks for again
        hidden = value_there <= value + _rounding(value, theta) and float(gradient_there @ gradient_there) < norm * norm
        if hidden or value_there <= value + SUFFICIENT * slope:
            return Step(whole, _after(state, solution, 1.0), value, gradient, 1.0)
        rate = backtrack(objective, theta, direction, value, slope)
        return Step(theta + rate * direction, _after(state, solution, rate), value, gradient, rate)

    def _accuracy(self, known: Curvature | None, theta: Array, norm: float) -> float:
        """Return the relative residual to solve to where the gradient has so large a norm."""
        if theta.size <= SMALL and (norm < NEAR or known is None):
            return self.accuracy
        return max(self.accuracy, min(LOOSEST, norm ** (1 / 3)))

    def _step_of_owlqn(self, objective: Objective, theta: Array, state: NewtonState) -> Step[NewtonState] | None:
        """Return a step of OWL-QN, None where its steps have become slow: as they are cheap, they go first."""
        if state.taken != 0 and not state.norms:
            return None
        step = OWLQN().step(objective, theta, state.pairs)
        norms = (*state.norms, float(np.sqrt(step.gradient @ step.gradient)))
        if step.rate == 0 or not np.isfinite(norms[-1]):
            return None
        slow = len(norms) > OWLQN_WINDOW and min(norms[-OWLQN_WINDOW // 2 :]) > QUICK * norms[0]
        after = NewtonState(state.taken + 1, None, 0.0, *(((), ()) if slow else (step.state, norms[-OWLQN_WINDOW:])))
        return Step(step.theta, after, step.value, step.gradient, step.rate)

    def _step_with_l1(self, objective: Objective, l1: Array, theta: Array, state: NewtonState) -> Step[NewtonState]:
        """Return the step to the lowest point of the quadratic plus the absolute values, or part of it."""
        smooth, after_this = objective.smooth(), NewtonState(state.taken + 1, None, 0.0)
        value, slope = smooth.value_and_gradient(theta)
        value += float(l1 @ np.abs(theta))
        gradient = least_subgradient(theta, slope, l1)
        norm = float(np.sqrt(gradient @ gradient))
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # where there is no curvature at all
            known = smooth.curvature(theta)
            curvature = known or CurvatureProducts(smooth, theta)
            accuracy = self._accuracy(known, theta, norm)
            lowest = lowest_with_l1(curvature, theta, slope, l1, accuracy=accuracy, damping=L1_DAMPING * norm)
            del curvature, known  # whose memory the next cost may take
        if not np.isfinite(lowest).all():
            lowest = soft_threshold(theta - slope, l1)
        direction, rate = lowest - theta, 1.0
        promised = float(slope @ direction + l1 @ (np.abs(lowest) - np.abs(theta)))
        for halvings in range(HALVINGS if direction.any() else 0):
            point = theta + rate * direction if halvings else lowest
            value_there, slope_there = smooth.value_and_gradient(point)
            value_there += float(l1 @ np.abs(point))
            gradient_there = least_subgradient(point, slope_there, l1)
            nearer = halvings == 0 and float(gradient_there @ gradient_there) < norm * norm
            if value_there <= value + SUFFICIENT * rate * promised or (
                nearer and value_there <= value + _rounding(value, theta)
            ):
                return Step(point, after_this, value, gradient, rate)
            rate /= 2
        return Step(theta.copy(), after_this, value, gradient, 0.0)

    def _step_of_sample(self, objective: Objective, zero: Array) -> Step[NewtonState] | None:
        """Return the step to about the lowest point of a sample: nearer would tell of the sample alone."""
        sampled = None if zero.any() else objective.sample()
        if sampled is None:
            return None
        sample, near = CachedObjective(sampled[0]), min(OF_CHANCE * sampled[1], ROUGHEST)
        theta, state = zero, self.init(zero)
        value, gradient = sample.value_and_gradient(zero)  # which a pass over all rows would hardly tell better
        for _ in range(SAMPLE_STEPS):
            step = self.step(sample, theta, state)
            theta, state = step.theta, step.state
            if step.value - sample.value_and_gradient(theta)[0] <= near * abs(step.value):
                break
        if not objective.value_and_gradient(theta)[0] < value:
            return None
        return Step(theta, state, value, gradient, 1.0)


def _after(state: NewtonState, solution: Solution, rate: float) -> NewtonState:
    """Return the state after a step: damped more where the quadratic was trusted too far, less where it was right."""
    if rate < 1:
        damping = max(DAMPING if rate < TRUSTED else 0.0, 2 * state.damping)
    else:
        damping = state.damping / 4 if state.damping > LEAST_DAMPING else 0.0
    return NewtonState(state.taken + 1, solution.preconditioner, damping)


def _rounding(value: float, theta: Array) -> float:
    """Return by how much costs that are equal may differ."""
    return ROUNDING * float(np.finfo(theta.dtype).eps) * abs(value)


# How far the cost at a point is from the lowest there is, where the cost is convex: what Newton's step would gain.

# The relative residual of Newton's system: the decrement is then right to about its square, 1e-6 of itself.
CERTIFICATE_ACCURACY = 1e-3
# Of the gradient's norm, added to the curvature beside absolute values, whose slope may point where all else is flat:
# so little that what it hides is less than what the accuracy does.
CERTIFICATE_DAMPING = 1e-3


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
        damping = CERTIFICATE_DAMPING * float(np.sqrt(gradient @ gradient))
        lowest = lowest_with_l1(curvature, theta, slope, l1, accuracy=CERTIFICATE_ACCURACY, damping=damping)
        step, kinks = lowest - theta, float(l1 @ (np.abs(lowest) - np.abs(theta)))
        return float(slope @ step + step @ curvature.product(step) / 2) + kinks
    curvature = _curvature(objective, theta)
    step = solve(curvature, -gradient, CERTIFICATE_ACCURACY).x
    return float(gradient @ step + step @ curvature.product(step) / 2)


def _curvature(objective: Objective, theta: Array) -> Curvature:
    return objective.curvature(theta) or CurvatureProducts(objective, theta)
