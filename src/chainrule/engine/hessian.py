"""The Hessian of one dense layer with cross-entropy written out: for few parameters and rows.

With the probabilities `y` of a row, and its inputs `x` with a one behind them for the bias:

    softmax   H = Σ_r w_r (diag(y_r) - y_r y_rᵀ) ⊗ x_rᵀ x_r + l2
    sigmoid   H = Σ_r w_r y_r (1 - y_r) x_rᵀ x_r + l2
"""

from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np

from chainrule.arrays import Array

MOST_WORK = 3_000_000


def is_cheap(rows: int, parameters: int) -> bool:
    """Return whether writing the Hessian out takes no longer than a few products with it would."""
    return rows * parameters**2 <= MOST_WORK


def hessian(x: Array, y: Array, weights: Array, *, coupled: bool, biased: bool) -> Array:
    """Return the Hessian of the rows (p, p) without the penalty, ordered as `theta`.

    Parameters:
        x: rows (n, i).
        y: their probabilities (k, n).
        weights: what they count (n,).
        coupled: whether the probabilities are those of a softmax.
        biased: whether the layer has a bias.
    """
    k, n = y.shape
    columns = np.vstack([x.T, np.ones((int(biased), n), x.dtype)])
    bent = columns * (weights * (y if coupled else y * (1 - y)))[:, None, :]
    by_class = np.zeros((k, len(columns), k, len(columns)), x.dtype)
    by_class[range(k), :, range(k), :] = bent @ columns.T
    matrix = by_class.reshape(k * len(columns), -1)
    if coupled:
        matrix -= bent.reshape(-1, n) @ (columns * y[:, None, :]).reshape(-1, n).T
    order = in_theta(k, x.shape[1], biased).ravel()
    ordered = np.empty_like(matrix)
    ordered[np.ix_(order, order)] = matrix
    return ordered


@cache
def in_theta(classes: int, inputs: int, biased: bool) -> Array:
    """Return where in `theta` the weights of each class are, the bias last (k, j)."""
    weights = np.arange(classes * inputs).reshape(classes, inputs)
    places = np.hstack([weights, classes * inputs + np.arange(classes * biased).reshape(classes, -1)])
    places.flags.writeable = False
    return places


@final
@dataclass(frozen=True, eq=False)
class Inverse:
    """The inverse of a matrix.

    Attributes:
        root: the inverse `L⁻¹` of its Cholesky factor (p, p).
        flat: directions that are treated by themselves, orthonormal, one a row (f, p).
        along: the inverse of the curvature along each of these (f,); 0 leaves the direction out.
    """

    root: Array
    flat: Array
    along: Array

    def __call__(self, r: Array) -> Array:
        """Return the inverse times `r` (p,)."""
        solved = self._across(self.root.T @ (self.root @ self._across(r)))
        return solved + self.flat.T @ (self.along * (self.flat @ r)) if len(self.flat) else solved

    def _across(self, v: Array) -> Array:
        return v - self.flat.T @ (self.flat @ v) if len(self.flat) else v


@final
@dataclass(frozen=True, eq=False)
class WrittenHessian:
    """A Hessian that is written out.

    Attributes:
        matrix: with the penalty (p, p).
        flat: orthonormal directions that the penalty alone bends, one a row (f, p).
        flat_curvature: the strength of the penalty along each of these (f,).
        price: how many products inverting it costs, roughly.
    """

    matrix: Array
    flat: Array
    flat_curvature: Array
    price: int = 0

    @property
    def steepest(self) -> float:
        """The largest number of the diagonal: a curvature that it has."""
        return float(self.matrix.diagonal().max())

    def after(self, products: int) -> "WrittenHessian":
        """Return itself: no form is cheaper, after however many products."""
        return self

    def product(self, v: Array) -> Array:
        """Return `H v` for `v` (p,)."""
        return self.matrix @ v

    def preconditioner(self, free: Array | None = None, damping: float = 0.0) -> Inverse:
        """Return the map from `r` (p,) to `(H + damping I)⁻¹ r`: of the rows and columns of `free` (p,) alone.

        The diagonal is raised a little: rounding, and directions without curvature, need it.
        """
        matrix, diagonal = self.matrix.copy(), np.arange(len(self.matrix))
        matrix[diagonal, diagonal] += damping + np.finfo(matrix.dtype).eps ** 0.5 * matrix.diagonal()
        flat = self.flat if free is None else self.flat[:0]
        if free is not None:
            matrix *= np.outer(free, free)
            matrix[diagonal, diagonal] += 1 - free
        bend = self.flat_curvature[: len(flat)]
        return Inverse(_inverse_root(matrix), flat, 1 / np.where(bend > 0, bend + damping, np.inf))


def _inverse_root(matrix: Array) -> Array:
    """Return `L⁻¹` with `L Lᵀ` the matrix (p, p), or near it where rounding makes it no positive one."""
    try:
        return np.linalg.inv(np.linalg.cholesky(matrix))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(matrix)
        least = float(np.finfo(matrix.dtype).eps) ** 0.75 * max(values[-1], 0.0)
        return vectors.T / np.sqrt(np.maximum(values, least) if least else np.ones_like(values))[:, None]
