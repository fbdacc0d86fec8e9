"""Columns to mean 0 and variance 1, or sparse ones to at most 1, and coefficients back again."""

from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, is_sparse, rescale

# Numbers that are squared at a time, 256 KiB of doubles: the differences from the mean stay in the processor's cache.
AT_A_TIME = 1 << 15


@final
@dataclass(frozen=True, eq=False)
class Standardizer:
    """What brings columns to mean 0 and variance 1, or sparse ones to numbers of at most 1: `(x - mean) / scale`.

    Sparse columns are not centred, which would make them dense, and not divided by their deviation, which would blow up
    those that are rarely anything but 0.

    Attributes:
        mean: taken from each column (i,); 0 where columns are not centred.
        scale: each column is divided by (i,); 1 for a constant one.
    """

    mean: Array
    scale: Array

    @cached_property
    def changes_nothing(self) -> bool:
        """Whether it leaves every column as it is."""
        return not self.mean.any() and bool((self.scale == 1).all())

    @classmethod
    def of(cls, x: Any, weights: Array | None = None, *, center: bool = True) -> "Standardizer":
        """Return the standardizer of rows `x` (n, i), each counting with its weight.

        Raises:
            ValueError: the numbers of a column are too large to have a variance.

        >>> Standardizer.of(np.array([[1.], [3.]])).apply(np.array([[3.]]), np.dtype(float))
        array([[1.]])
        """
        if is_sparse(x):
            counting = x if weights is None else x[np.flatnonzero(weights)]
            largest = _largest(counting)
            return cls(np.zeros(len(largest)), np.where(largest == 0, 1, largest))
        with np.errstate(over="ignore", invalid="ignore"):
            mean = np.average(x, axis=0, weights=weights).astype(np.float64)
            scale = np.sqrt(_mean_square(x, mean, weights))
        if not np.isfinite(scale).all():
            column = int(np.isfinite(scale).argmin())
            raise ValueError(f"Column {column} holds values whose squares overflow: divide it by a power of ten.")
        constant = scale <= 10 * np.finfo(x.dtype).eps * np.abs(mean)
        return cls(mean if center else np.zeros_like(mean), np.where(constant, 1, scale))

    @classmethod
    def none(cls, columns: int) -> "Standardizer":
        """Return the one that leaves so many columns as they are."""
        return cls(np.zeros(columns), np.ones(columns))

    def apply(self, x: Any, dtype: np.dtype[Any], *, by_column: bool = False) -> Any:
        """Return rows `x` (n, i), standardised, as `dtype`; if asked, dense ones column after column."""
        x = _with_short_indices(x) if is_sparse(x) else x
        if self.changes_nothing:
            return x.astype(dtype, copy=False)
        if is_sparse(x):
            scaled = x.astype(dtype)
            scaled.data /= self.scale.astype(dtype)[scaled.indices]
            return scaled
        return rescale(x, self.mean, self.scale, np.empty(x.shape, dtype, order="F" if by_column else "C"))

    def undo(self, weights: Array, bias: Array) -> tuple[Array, Array]:
        """Return weights (i, o) and bias (o,) that do to the columns as given what these do to standardised ones."""
        given = weights / self.scale[:, None]
        return given, bias - self.mean @ given


def _mean_square(x: Array, mean: Array, weights: Array | None) -> Array:
    """Return the mean of `(x - mean)²` of each column, some rows at a time, as all differences would be large."""
    total, step = np.zeros_like(mean), min(len(x), max(1, AT_A_TIME // x.shape[1]))
    memory = np.empty((step, x.shape[1]))
    for start in range(0, len(x), step):
        rows = x[start : start + step]
        squares = np.subtract(rows, mean, out=memory[: len(rows)])
        np.square(squares, out=squares)
        total += squares.sum(axis=0) if weights is None else weights[start : start + step] @ squares
    return np.asarray(total / (len(x) if weights is None else weights.sum(dtype=np.float64)))


def _largest(x: Any) -> Array:
    """Return the largest absolute number of each column of sparse rows (n, i)."""
    if not x.has_canonical_format:
        x = x.copy()
        x.sum_duplicates()
    largest = np.zeros(x.shape[1], x.dtype)
    np.maximum.at(largest, x.indices, np.abs(x.data))
    return largest.astype(np.float64)


def _with_short_indices(x: Any) -> Any:
    """Return sparse rows whose indices take 32 bits where they can: SciPy looks through longer ones in each product."""
    if x.indices.dtype == np.int32 or max(x.nnz, *x.shape) > np.iinfo(np.int32).max:
        return x
    short = copy(x)
    short.indices, short.indptr = x.indices.astype(np.int32), x.indptr.astype(np.int32)
    return short
