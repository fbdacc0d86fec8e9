"""Conjugate gradients: a linear system solved by products with its matrix alone."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.optimizer import Curvature

Map: TypeAlias = Callable[[Array], Array]
LONGEST = 2000


class Solution(NamedTuple):
    """The outcome of `solve`.

    Attributes:
        x: the solution (p,).
        residual: what is left of the right side (p,).
        products: how many it took.
        steepest: the largest curvature among the directions it took.
    """

    x: Array
    residual: Array
    products: int
    steepest: float


def solve(
    curvature: Curvature, b: Array, accuracy: float, *, free: Array | None = None, damping: float = 0.0
) -> Solution:
    """Return `x` with `(H + damping I) x ≈ b`, starting from zero.

    It ends when `|b - H x| ≤ accuracy · |b|`, when a direction has no curvature, or after many products. The
    preconditioner is made once the products have cost as much as making it: an easy system never pays for it.

    Parameters:
        curvature: the matrix `H`, positive semi-definite.
        b: the right side (p,).
        accuracy: the relative residual to stop at.
        free: which unknowns may differ from zero (p,), the system being that of their rows and columns; None for
            all.
        damping: what is added to the diagonal of `H`.

    Source: J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), algorithm 5.3.
    """

    def product(v: Array) -> Array:
        bent = curvature.product(v)
        bent = bent + v.dtype.type(damping) * v if damping else bent
        return bent if free is None else bent * free

    b = b if free is None else b * free
    goal, longest = accuracy * float(np.sqrt(b @ b)), min(10 * b.size, LONGEST)
    easy = min(curvature.patience, longest)
    start = Solution(np.zeros_like(b), b, 0, 0.0)
    solution = _solve(product, lambda r: r, start, goal, easy)
    if solution.products < easy or easy == longest:
        return solution
    return _solve(product, curvature.preconditioner(free), solution, goal, longest)


def _solve(product: Map, precondition: Map, start: Solution, goal: float, longest: int) -> Solution:
    x, residual, products, steepest = start
    preconditioned = precondition(residual)
    direction, size = preconditioned, float(residual @ preconditioned)
    flat = float(np.finfo(x.dtype).eps) ** 0.75
    while products < longest and size > 0 and float(np.sqrt(residual @ residual)) > goal:
        bent = product(direction)
        products += 1
        curved, length = float(direction @ bent), float(direction @ direction)
        steepest = max(steepest, curved / length if length else 0.0)
        if not curved > flat * steepest * length:
            break
        step = x.dtype.type(size / curved)
        x, residual = x + step * direction, residual - step * bent
        preconditioned = precondition(residual)
        before, size = size, float(residual @ preconditioned)
        direction = preconditioned + x.dtype.type(size / before) * direction
    return Solution(x, residual, products, steepest)
