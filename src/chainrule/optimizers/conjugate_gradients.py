"""Conjugate gradients: a linear system solved by products with its matrix alone."""

from collections.abc import Callable
from math import inf, log, sqrt
from typing import NamedTuple, TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.optimizer import Curvature

Map: TypeAlias = Callable[[Array], Array]
# Products at most: a system that needs more is so ill-conditioned that the step is better made with what there is.
LONGEST = 2000
# The share of a preconditioner's cost after which the rate of the residual is judged: sooner, it says too little;
# later, the products so far are lost where one is needed after all.
SOON = 0.2
# How many times the typical error of a sum counts as rounding: it is seldom beyond twice.
ROUNDING = 4


class Solution(NamedTuple):
    """The outcome of `solve`.

    Attributes:
        x: the solution (p,).
        residual: what is left of the right side (p,).
        products: how many it took.
        max_curvature: the largest curvature among the directions it took.
        hard: whether it was given up, for a preconditioner to go on.
        preconditioner: the last one used, None where there was none.
    """

    x: Array
    residual: Array
    products: int
    max_curvature: float
    hard: bool
    preconditioner: Map | None = None


def solve(
    curvature: Curvature,
    b: Array,
    accuracy: float,
    *,
    free: Array | None = None,
    damping: float = 0.0,
    preconditioner: Map | None = None,
) -> Solution:
    """Return `x` with `(H + damping I) x ≈ b`, starting from zero.

    It ends when `|b - H x| ≤ accuracy · |b|`, when what is left is rounding, when a direction has no curvature, or
    after many products. A preconditioner is made once the residual falls so slowly that the products still needed
    would cost more than making it: an easy system never pays for it.

    Parameters:
        curvature: the matrix `H`, positive semi-definite.
        b: the right side (p,).
        accuracy: the relative residual to stop at.
        free: which unknowns may differ from zero (p,), the system being that of their rows and columns; None for
            all.
        damping: what is added to the diagonal of `H`.
        preconditioner: to begin with, such as that of a matrix nearby; None for none.

    Source: J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), algorithm 5.3.
    """

    def product(v: Array) -> Array:
        hv = curvature.product(v)
        hv = hv + v.dtype.type(damping) * v if damping else hv
        return hv if free is None else hv * free

    if free is None and preconditioner is None and (known := curvature.solved(b, accuracy, damping)) is not None:
        return Solution(*known, curvature.max_curvature, hard=False)
    b = b if free is None else b * free
    goal, longest = accuracy * float(np.sqrt(b @ b)), min(10 * b.size, LONGEST)
    start = Solution(np.zeros_like(b), b, 0, curvature.max_curvature, hard=False)
    solution = _solve(product, preconditioner or _same, start, goal, longest, curvature.cost_in_products)
    if solution.hard:
        preconditioner = curvature.preconditioner(free, damping)
        solution = _solve(product, preconditioner, solution, goal, longest)
    return solution._replace(preconditioner=preconditioner)


def _same(r: Array) -> Array:
    return r


def _solve(
    product: Map, precondition: Map, start: Solution, goal: float, longest: int, cost_in_products: float = inf
) -> Solution:
    x, residual, products, max_curvature, *_ = start
    begun = sqrt(residual @ residual)
    preconditioned = precondition(residual)
    direction, size = preconditioned, float(residual @ preconditioned)
    eps = float(np.finfo(x.dtype).eps)
    flat = eps**0.75
    # `size` is `r · M r` for the preconditioner M. It is rounding where it has fallen as far as rounding lets `r` fall,
    # or is so small a share of |r| |M r|: what is left of `r` is then where M sees nothing, in directions without
    # curvature, and a step along one would be as long as rounding is short.
    smallest = ROUNDING * eps * sqrt(x.size)
    rounding = size * smallest**2
    while products < longest and size > rounding and (left := sqrt(residual @ residual)) > goal:
        if size <= smallest * left * sqrt(preconditioned @ preconditioned):
            break
        if products >= SOON * cost_in_products and _still_needed(products, begun, left, goal) > cost_in_products:
            return Solution(x, residual, products, max_curvature, hard=True)
        hv = product(direction)
        products += 1
        curved, length = float(direction @ hv), float(direction @ direction)
        max_curvature = max(max_curvature, curved / length if length else 0.0)
        if not curved > flat * max_curvature * length:
            break
        step = x.dtype.type(size / curved)
        x, residual = x + step * direction, residual - step * hv
        preconditioned = precondition(residual)
        before, size = size, float(residual @ preconditioned)
        direction = preconditioned + x.dtype.type(size / before) * direction
    return Solution(x, residual, products, max_curvature, hard=False)


def _still_needed(products: int, begun: float, left: float, goal: float) -> float:
    """Return how many products more it takes from a residual of `left` to `goal`, at the rate of those so far."""
    return products * log(left / goal) / log(begun / left) if left < begun else inf
