"""Where blocks of rows come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, floating, is_sparse, memory, refuse_malformed, rescale

# A large table that is shifted and scaled as its rows are taken, so that no copy of it need be made.


@final
@dataclass(frozen=True, eq=False)
class Rescaled:
    """The table `(given - shift) / scale`: rows that are taken of it are computed then.

    Attributes:
        given: numbers (n, i).
        shift: taken from each column (i,).
        scale: each column is divided by (i,).
        dtype: of what is taken.

    >>> table = Rescaled(np.array([[1.], [3.]]), np.array([2.]), np.array([0.5]), np.dtype(float))
    >>> table[1:]
    array([[2.]])
    """

    given: Array
    shift: Array
    scale: Array
    dtype: np.dtype[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return self.given.shape

    @property
    def nbytes(self) -> int:
        """The memory that all of it would take."""
        return self.given.size * self.dtype.itemsize

    def __getitem__(self, index: Any) -> Array:
        part = self.given[index]
        return rescale(part, self.shift, self.scale, np.empty(part.shape, self.dtype))


@final
@dataclass(frozen=True, eq=False)
class Rows:
    """Rows `x` (n, i) with their targets `t`, and a weight for each row or None where all count the same.

    `x` is a NumPy array, a sparse matrix or array of SciPy in the CSR format, which stays sparse, or a `Rescaled` one.

    A mini-batch is a small `Rows`, and so is a block.
    """

    x: Any
    t: Array
    weights: Array | None = None

    @classmethod
    def checked(cls, x: object, t: object, weights: object | None = None) -> "Rows":
        """Return rows made from what a user gives.

        Raises:
            ValueError: the arrays are empty, of the wrong shape or not finite, or no row has a weight; the message
                names the row and column.

        >>> len(Rows.checked([[1, 2], [3, 4]], [0, 1]))
        2
        """
        rows, targets = _sparse_rows(x) if is_sparse(x) else _numbers(x, "x"), _array(t, "Targets")
        if rows.ndim != 2 or 0 in rows.shape:
            raise ValueError(f"x must be a table of at least one row and one column, found shape {rows.shape}.")
        if is_sparse(rows):
            _refuse_infinite_sparse(rows)
        else:
            _refuse_infinite(rows, "x")
        if targets.dtype.kind not in "biuf":
            raise ValueError(f"Targets must be numbers (class indices or probabilities), found type {targets.dtype}.")
        targets = targets.astype(np.int64) if targets.dtype.kind in "bu" else targets
        if targets.ndim not in (1, 2) or len(targets) != rows.shape[0]:
            raise ValueError(
                f"Targets must have one entry for each of the {rows.shape[0]} rows, found shape {targets.shape}."
            )
        if targets.dtype.kind == "f":
            _refuse_infinite(targets.reshape(len(targets), -1), "targets")
        return cls(rows, targets, None if weights is None else _checked_weights(weights, rows.shape[0]))

    def __len__(self) -> int:
        return self.x.shape[0]

    @cached_property
    def total_weight(self) -> float:
        """The sum of the rows' weights: n where all count the same."""
        return float(len(self)) if self.weights is None else float(self.weights.sum(dtype=np.float64))

    def take(self, index: Array | slice) -> "Rows":
        """Return the chosen rows: views for a slice, copies for indices."""
        return Rows(self.x[index], self.t[index], None if self.weights is None else self.weights[index])

    def blocks(self, size: int) -> Iterator["Rows"]:
        """Yield all rows in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self.block(start, size)

    def block(self, start: int, size: int) -> "Rows":
        """Return as many of the rows from `start` on, or as many as there are."""
        if size >= len(self) and not isinstance(self.x, Rescaled):
            return self
        return self.take(slice(start, start + size))

    def shuffled(self, size: int, generator: np.random.Generator) -> Iterator["Rows"]:
        """Yield all rows in random order, `size` at a time."""
        order = generator.permutation(len(self))
        for start in range(0, len(self), size):
            yield self.take(order[start : start + size])


def _array(values: object, name: str) -> Array:
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must have entries of equal length, found some that differ.") from None


def _numbers(values: object, name: str) -> Array:
    array = _array(values, name)
    try:
        if array.dtype.kind not in "cmM":
            return floating(array)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"{name} must hold real numbers only, found type {array.dtype}.")


def _sparse_rows(x: Any) -> Array:
    """Return a sparse table in the CSR format, with floating numbers and one number for each place."""
    refuse_malformed(x)
    rows = x.tocsr() if x.ndim == 2 else x
    if rows.dtype.kind in "cO":
        raise ValueError(f"x must hold real numbers only, found type {rows.dtype}.")
    if rows.dtype not in (np.float32, np.float64):
        rows = rows.astype(np.float64)
    if rows.ndim == 2 and not rows.has_canonical_format:
        rows = rows.copy() if rows is x else rows
        rows.sum_duplicates()
    return rows


def _refuse_infinite_sparse(rows: Any) -> None:
    finite = np.isfinite(rows.data)
    if not finite.all():
        place = int(finite.argmin())
        row = int(np.searchsorted(rows.indptr, place, side="right")) - 1
        raise ValueError(_not_finite("x", rows.data[place], row, int(rows.indices[place]), int((~finite).sum())))


def _refuse_infinite(table: Array, name: str) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(np.add.reduce(table, axis=None)):  # as it is only where all are, and without a table of truths
            return
    finite = np.isfinite(table)
    if not finite.all():
        row, column = (int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(_not_finite(name, table[row, column], row, column, int((~finite).sum())))


def _not_finite(name: str, found: float, row: int, column: int, times: int) -> str:
    return (
        f"{name} must be finite, found {found} in row {row}, column {column} "
        f"({times} such values): fill or remove them first."
    )


def _checked_weights(weights: object, n: int) -> Array:
    numbers = _numbers(weights, "Weights")
    if numbers.shape != (n,):
        raise ValueError(f"Weights must have one number for each of the {n} rows, found shape {numbers.shape}.")
    wrong = ~(np.isfinite(numbers) & (numbers >= 0))
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(f"Weights must be finite and not negative, found {numbers[row]} in row {row}.")
    if not numbers.any():
        raise ValueError("At least one row must have a weight above zero, found none.")
    return numbers


# A random subsample to warm-start Newton's method from: it tells nearly as much of where the lowest point is.
#
# 1. For p parameters the lowest point of m of the n rows costs about p / 2m more on all of them, in units of a row's
#    loss. So √(n p) times a constant are drawn: more for more parameters, and a smaller share of more rows.
# 2. A table has a sample where it has many rows for each parameter, or takes long to read.
# 3. Rows are drawn without replacement, seeded by their number, and kept in their order, which is quicker to read.
#
# Source: H. Daneshmand, A. Lucchi, T. Hofmann, "Starting small: learning with adaptive sample sizes", ICML 2016.

# Rows for each parameter from which a sample pays; with fewer, its lowest point is too far from that of all rows.
ROWS_A_PARAMETER = 250
# Rows times parameters from which it pays: below, there is little to save.
WORK = 100_000
# Bytes of a table, 128 MiB, of which a sample pays however few rows it has for each parameter: its columns mostly tell
# the same as others do. On 60,000 images it takes a third off the time; on independent columns it adds as much.
LARGE = 1 << 27
# Rows for each column that the sample of such a table must have: with fewer, its classes are soon separated by chance.
ROWS_A_COLUMN = 8
# Times √(n p): how many rows are drawn.
DRAWN = 3
# At most an eighth of all rows is drawn, so that the steps on the sample cost little beside one on all rows.
LEAST_LEFT_OUT = 8
# Bytes of a sample at most, 64 MiB.
MOST_BYTES = 1 << 26


def drawn(rows: Rows, parameters: int) -> Rows | None:
    """Return a random subsample of the rows for so many parameters; None where it would not be worthwhile."""
    n, size = len(rows), memory(rows.x)
    count = min(int(DRAWN * np.sqrt(n * parameters)), n // LEAST_LEFT_OUT, n * MOST_BYTES // max(1, size))
    many = n >= ROWS_A_PARAMETER * parameters and n * parameters >= WORK
    large = size >= LARGE and count >= ROWS_A_COLUMN * rows.x.shape[1]
    if not (many or large):
        return None
    places = np.random.default_rng(n).choice(n, count, replace=False, shuffle=False)
    places.sort()
    return rows.take(places)
