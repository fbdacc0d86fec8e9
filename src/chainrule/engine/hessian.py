"""The Hessian of softmax and sigmoid regression written out in single precision, to precondition with.

With `X` the rows and a last column of ones for the bias, the part that belongs to classes c and d is

    H_cd = Xᵀ diag(w y_c ([c = d] - y_d)) X

which is cheaper as one product `Xᵀ diag(w y_c) X` for each class, less `GᵀG` with `G = √w [y_1 X, ..., y_k X]`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from chainrule.arrays import Array, is_sparse

RIDGE = 1e-5
MOST_ROWS = 4096


def hessian(blocks: Iterator[tuple[Array, Array, Array]], biased: bool, coupled: bool) -> Array:
    """Return the Hessian (k, j, k, j) in single precision, without the penalty; j counts the bias last.

    Parameters:
        blocks: rows `x` (b, i), probabilities `y` (b, k), and their weighted curvature `d` (b, k): `w y` of a softmax,
            `w y (1 - y)` of a sigmoid.
        biased: whether there is a bias.
        coupled: whether the probabilities are those of a softmax.
    """
    total: Any = None
    for given, y, d in _short(blocks):
        i, k = given.shape[1], y.shape[1]
        x = np.ones((len(y), i + biased), np.float32)
        x[:, :i] = given.toarray() if is_sparse(given) else given  # type: ignore[attr-defined]
        if total is None:
            total = np.zeros((k, i + biased, k, i + biased), np.float32)
        for c in range(k):
            weighted = x * np.sqrt(d[:, c, None], dtype=np.float32)
            total[c, :, c, :] += weighted.T @ weighted
        if coupled:
            roots = np.sqrt(d * y, dtype=np.float32)
            outer = (roots[:, :, None] * x[:, None, :]).reshape(len(x), -1)
            total -= (outer.T @ outer).reshape(total.shape)
    return np.asarray(total)


def _short(blocks: Iterator[tuple[Array, Array, Array]]) -> Iterator[tuple[Array, Array, Array]]:
    """Yield the same in blocks of so few rows that they may be dense, and rows times classes too."""
    for x, y, d in blocks:
        step = max(64, MOST_ROWS // y.shape[1])
        for start in range(0, len(y), step):
            part = slice(start, start + step)
            yield x[part], y[part], d[part]


def inverse(matrix: Array, free: Array | None) -> Callable[[Array], Array] | None:
    """Return a map from `r` (p,) to about the inverse of a matrix (p, p) times `r`; None where it has no factor.

    The diagonal is raised by a hundred-thousandth of itself: rounding, and directions without curvature, need it.

    Parameters:
        matrix: symmetric, hardly less than positive.
        free: the rows and columns to invert (p,), None for all; the others are those of the identity.
    """
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    if free is not None:
        matrix = matrix * np.outer(free, free)
    diagonal = np.diagonal(matrix)
    for ridge in (RIDGE, 100 * RIDGE):
        raised = matrix.copy()
        np.fill_diagonal(raised, np.where(diagonal > 0, diagonal * (1 + ridge), 1))
        try:
            factor = cho_factor(raised)
        except (LinAlgError, ValueError):  # not positive, or not finite
            continue
        return lambda r: cho_solve(factor, r, check_finite=False).astype(r.dtype, copy=False)
    return None
