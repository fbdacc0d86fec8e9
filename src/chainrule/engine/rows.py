"""Where blocks of rows come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from chainrule.arrays import Array, floating


@final
@dataclass(frozen=True, eq=False)
class Rows:
    """Rows `x` (n, i) with their targets `t`, and a weight for each row or None where all count the same.

    A mini-batch is a small `Rows`, and so is a block.
    """

    x: Array
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
        rows, targets = _numbers(x, "x"), _array(t, "Targets")
        if rows.ndim != 2 or rows.size == 0:
            raise ValueError(f"x must be a table of at least one row and one column, found shape {rows.shape}.")
        _refuse_infinite(rows, "x")
        if targets.dtype.kind not in "biuf":
            raise ValueError(f"Targets must be numbers (class indices or probabilities), found type {targets.dtype}.")
        targets = targets.astype(np.int64) if targets.dtype.kind in "bu" else targets
        if targets.ndim not in (1, 2) or len(targets) != len(rows):
            raise ValueError(
                f"Targets must have one entry for each of the {len(rows)} rows, found shape {targets.shape}."
            )
        if targets.dtype.kind == "f":
            _refuse_infinite(targets.reshape(len(targets), -1), "targets")
        return cls(rows, targets, None if weights is None else _checked_weights(weights, len(rows)))

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def total_weight(self) -> float:
        """The sum of the rows' weights: n where all count the same."""
        return float(len(self)) if self.weights is None else float(self.weights.sum(dtype=np.float64))

    def take(self, index: Array | slice) -> "Rows":
        """Return the chosen rows: views for a slice, copies for indices."""
        return Rows(self.x[index], self.t[index], None if self.weights is None else self.weights[index])

    def blocks(self, size: int) -> Iterator["Rows"]:
        """Yield all rows in order, `size` at a time."""
        if len(self) <= size:
            yield self
            return
        for start in range(0, len(self), size):
            yield self.take(slice(start, start + size))

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


def _refuse_infinite(table: Array, name: str) -> None:
    finite = np.isfinite(table)
    if not finite.all():
        row, column = (int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(
            f"{name} must be finite, found {table[row, column]} in row {row}, column {column} "
            f"({(~finite).sum()} such values): fill or remove them first."
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
