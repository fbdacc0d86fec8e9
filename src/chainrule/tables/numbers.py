"""Columns of numbers, many at once: what they are made of, and how they are standardised."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.tables.remarks import shown

BLOCK = 1 << 20


class Summary(NamedTuple):
    """What a column of numbers is made of.

    Attributes:
        missing: rows without a number.
        distinct: different numbers.
        least: of the numbers; NaN where there are none, as all that follow.
        most: of the numbers.
        mean: of the numbers.
        deviation: the square root of their variance.
    """

    missing: int
    distinct: int
    least: float
    most: float
    mean: float
    deviation: float


def summaries(columns: Sequence[Array], weights: Array | None = None) -> list[Summary]:
    """Return a summary of each column (n,) of numbers of one type, NaN where one is missing.

    Means and deviations are weighted by the `weights` of the rows (n,), where there are any. A column that has numbers
    only in rows of weight 0 is summarised as if all counted the same.

    >>> summaries([np.array([1., 3., np.nan])])
    [Summary(missing=1, distinct=2, least=1.0, most=3.0, mean=2.0, deviation=1.0)]
    """
    return [summary for block in _blocks(columns) for summary in _summaries(block, weights)]


def _blocks(columns: Sequence[Array]) -> Iterator[Array]:
    """Yield the columns as matrices of a moderate size, a column in each row."""
    size = max(1, BLOCK // max(1, len(columns[0]))) if columns else 1
    for start in range(0, len(columns), size):
        yield np.array(columns[start : start + size])


def _summaries(block: Array, weights: Array | None) -> Iterator[Summary]:
    ordered = np.sort(block, axis=1)  # NaN last
    distinct = np.count_nonzero(ordered[:, 1:] > ordered[:, :-1], axis=1) + 1
    block = block.astype(np.float64, copy=False)
    unknown = np.isnan(block)
    missing = unknown.sum(axis=1)
    known = block.shape[1] - missing
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        count = _weights(unknown, weights)
        total = known if count is None else count.sum(axis=1)
        mean = _weighted(np.where(unknown, 0, block), count).sum(axis=1) / total
        deviations = block - mean[:, None]
        deviations[unknown] = 0
        deviation = np.sqrt(_weighted(np.square(deviations, out=deviations), count).sum(axis=1) / total)
    least = ordered[:, 0] if block.shape[1] else np.full(len(block), np.nan)
    most = ordered[np.arange(len(block)), known - 1] if block.shape[1] else least
    distinct[known == 0] = 0
    columns = (missing, distinct, least, most, mean, deviation)
    return map(Summary, *(column.tolist() for column in columns))


def _weights(unknown: Array, weights: Array | None) -> Array | None:
    """Return what each number counts (j, n), 0 for unknown ones; None where all count the same."""
    if weights is None:
        return None
    known = ~unknown
    counted = known & (weights > 0)
    return np.where(counted.any(axis=1, keepdims=True), known * weights, known)


def _weighted(block: Array, weights: Array | None) -> Array:
    return block if weights is None else block * weights


class Numbers(NamedTuple):
    """An input that is a number in every row, `(values - mean) / scale`, and one more that says where it is missing.

    Attributes:
        name: of the column.
        values: as they stand in the table (n,), NaN where one is missing.
        mean: taken from each.
        scale: each is divided by.
        missing: whether there is the input that says so.
    """

    name: str
    values: Array
    mean: float
    scale: float
    missing: bool

    @property
    def width(self) -> int:
        """How many inputs there are."""
        return 1 + self.missing


class Standardised:
    """Inputs of many columns of numbers, made some rows at a time.

    Parameters:
        parts: the columns.
        places: where in a row the inputs of each begin.
    """

    def __init__(self, parts: Sequence[Numbers], places: Array) -> None:
        self.parts, self.places = parts, places
        self.mean = np.array([part.mean for part in parts])[:, None]
        self.scale = np.array([part.scale for part in parts])[:, None]
        self.telling = np.flatnonzero([part.missing for part in parts])

    def fill(self, inputs: Array, start: int, stop: int) -> None:
        """Set the inputs of the rows from `start` to `stop` (stop - start, i).

        Raises:
            ValueError: a number is infinite; the message names column and row.
        """
        if not self.parts:
            return
        block = np.array([part.values[start:stop] for part in self.parts], dtype=np.float64)
        finite = np.isfinite(block)
        block -= self.mean
        block /= self.scale
        inputs[:, self.places[self.telling] + 1] = 0
        for column in () if finite.all() else np.flatnonzero(~finite.all(axis=1)):
            numbers, part, missing = block[column], self.parts[int(column)], ~finite[column]
            infinite = np.isinf(numbers)
            if infinite.any():
                row = start + int(infinite.argmax())
                refuse_infinite(part.name, part.values[row], row)
            np.copyto(numbers, 0, where=missing)
            if part.missing:
                inputs[:, self.places[column] + 1] = missing
        inputs[:, self.places] = block.T


def refuse_infinite(name: str, number: float, row: int) -> None:
    """Raise ValueError for an infinite number."""
    raise ValueError(f"Column {shown(name)} must hold finite numbers, found {number} in row {row}.")
