"""Rows in coordinates that are orthonormal over all of them, some at a time: without scales or collinear columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, is_sparse

COLLINEAR = 1e-8
ROUNDING = 1e-9
BLOCK_NUMBERS = 1 << 18
MOST_NUMBERS_KEPT = 1 << 24
FEWEST_ROWS = 256


@final
@dataclass(frozen=True, eq=False)
class Whitened:
    """Rows `x` (n, i), and the change of coordinates `z = (x - mean) / scale @ into`, with `Σ_r z_r z_rᵀ = n I`.

    Where there is a bias, the first column is that of ones, and the others follow it: j columns in all.

    Attributes:
        x: rows as given, dense or a sparse matrix of SciPy in the CSR format.
        mean, scale: of each column (i,); the mean is 0 where there is no bias.
        biased: whether there is a column of ones before the others.
        kept: places, among the j columns, of those that are no combination of columns before them (d,).
        into: what makes orthonormal coordinates of the columns kept (d, d).
        coordinates: what makes a weight of each coordinate of weights of all columns, standardised (d, j).
    """

    x: Any
    mean: Array
    scale: Array
    biased: bool
    kept: Array
    into: Array
    coordinates: Array

    @classmethod
    def of(cls, x: Any, *, biased: bool) -> "Whitened":
        """Return rows `x` (n, i) with their coordinates.

        >>> whitened = Whitened.of(np.array([[1., 2.], [2., 4.], [3., 6.]]), biased=True)
        >>> whitened.kept, whitened.dependent
        (array([0, 1]), array([2]))
        """
        mean, scale = _centre_and_scale(x, biased)
        r = _triangle(x, mean, scale, biased)
        kept, basis = _independent(r)
        coordinates = basis.T @ r / np.sqrt(x.shape[0])
        return cls(x, mean, scale, biased, kept, np.linalg.inv(coordinates[:, kept]), coordinates)

    def __len__(self) -> int:
        return int(self.x.shape[0])

    @property
    def dependent(self) -> Array:
        """Places, among the j columns, of those that are combinations of columns before them."""
        return np.setdiff1d(np.arange(self.coordinates.shape[1]), self.kept)

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """Yield the rows in order, so many at a time, as where they are and what they are in the coordinates (b, d)."""
        if len(self) * len(self.kept) <= MOST_NUMBERS_KEPT:
            yield from self._blocks
        else:
            yield from self._anew()

    @cached_property
    def _blocks(self) -> list[tuple[slice, Array]]:
        return list(self._anew())

    def _anew(self) -> Iterator[tuple[slice, Array]]:
        for part, columns in _columns(self.x, self.mean, self.scale, self.biased):
            yield part, columns[:, self.kept] @ self.into

    def chosen(self, rows: Array) -> Array:
        """Return some rows in the coordinates (b, d)."""
        return np.vstack([columns[:, self.kept] @ self.into for _, columns in self._chosen(rows)])

    def chosen_standardized(self, rows: Array) -> Array:
        """Return the standardised columns of some rows (b, j)."""
        return np.vstack([columns for _, columns in self._chosen(rows)])

    def _chosen(self, rows: Array) -> Iterator[tuple[slice, Array]]:
        return _columns(self.x[rows], self.mean, self.scale, self.biased)

    def as_given(self, weights: Array) -> Array:
        """Return weights of the standardised columns (k, j) as weights of the columns as given, the bias first.

        Of three classes or more the biases are moved together, so that most are 0 where most are the same.
        """
        of_columns = weights[:, int(self.biased) :] / self.scale
        if not self.biased:
            return of_columns
        terms = np.column_stack([weights[:, :1], -of_columns * self.mean])
        bias = terms.sum(axis=1)
        if len(bias) > 2:
            bias -= np.sort(bias)[(len(bias) - 1) // 2]
        bias[np.abs(bias) <= ROUNDING * np.abs(terms).sum(axis=1).max()] = 0
        return np.column_stack([bias, of_columns])


def _columns(x: Any, mean: Array, scale: Array, biased: bool) -> Iterator[tuple[slice, Array]]:
    for part, dense in _dense(x):
        columns = np.ones((len(dense), len(mean) + int(biased)))
        columns[:, int(biased) :] = (dense - mean) / scale
        yield part, columns


def _dense(x: Any) -> Iterator[tuple[slice, Array]]:
    size = max(FEWEST_ROWS, BLOCK_NUMBERS // (x.shape[1] + 1))
    for start in range(0, x.shape[0], size):
        part = slice(start, min(start + size, x.shape[0]))
        yield part, np.asarray(x[part].toarray() if is_sparse(x) else x[part], np.float64)


def _centre_and_scale(x: Any, biased: bool) -> tuple[Array, Array]:
    """Return mean and deviation of each column, or 0 and the root of the mean square where there is no bias."""
    n, columns = x.shape
    total, low, high = np.zeros(columns), np.full(columns, np.inf), np.full(columns, -np.inf)
    for _, dense in _dense(x):
        total += dense.sum(axis=0) / n
        low, high = np.minimum(low, dense.min(axis=0)), np.maximum(high, dense.max(axis=0))
    mean = np.where(low == high, low, total) if biased else np.zeros(columns)
    square = sum(((dense - mean) ** 2).sum(axis=0) / n for _, dense in _dense(x))
    scale = np.sqrt(square)
    return mean, np.where(scale == 0, 1, scale)


def _triangle(x: Any, mean: Array, scale: Array, biased: bool) -> Array:
    """Return the factor R of the QR decomposition of all standardised rows (j or fewer, j)."""
    r: Array = np.empty((0, len(mean) + int(biased)))
    for _, columns in _columns(x, mean, scale, biased):
        r = np.asarray(np.linalg.qr(np.vstack([r, columns]), mode="r"))
    return r


def _independent(r: Array) -> tuple[Array, Array]:
    """Return which columns are no combination of those before them (d,), and an orthonormal basis of all (·, d)."""
    kept: list[int] = []
    basis = np.empty(r.shape)
    for place, column in enumerate(r.T):
        found = basis[:, : len(kept)]
        rest = column - found @ (found.T @ column)
        rest -= found @ (found.T @ rest)
        length = np.linalg.norm(rest)
        if length > COLLINEAR * np.linalg.norm(column):
            basis[:, len(kept)] = rest / length
            kept.append(place)
    return np.array(kept, int), basis[:, : len(kept)]
