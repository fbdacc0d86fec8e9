"""Columns that tell the target: the same again under another name."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.tables.frames import Values, is_words
from chainrule.tables.kinds import FEWEST_ROWS, column_stats, find_kind

# Columns that only identify the rows: row numbers, keys and the like, from which nothing can be learned.

# Rows checked first: where some of them are alike, the column does not tell rows apart, however long it is.
FIRST = 1000


def find_identifiers(columns: Mapping[str, Values]) -> dict[str, str]:
    """Return which columns only identify the rows, by name, and why they are taken to.

    Whether a column does can be seen only in all rows: in some of them a row number looks like a measurement. So this
    is asked once, before rows are held out, and the answer is given to `TableEncoder`.

    >>> find_identifiers({"rownames": np.arange(1, 31), "age": np.arange(30) // 2})
    {'rownames': 'unique whole numbers that only identify the rows'}
    """
    found = {column.name: find_kind(column) for column in column_stats(dict(filter(_may_be, columns.items())))}
    return {name: reason for name, (kind, reason) in found.items() if kind == "identifier"}


def _may_be(named: tuple[str, Values]) -> bool:
    values = named[1]
    first = values[:FIRST]
    if isinstance(first, np.ndarray):
        return bool(first.dtype.kind in "iu" and len(np.unique(first)) == len(first))
    if pa.types.is_integer(first.type):
        return bool(pc.count_distinct(first).as_py() == len(first) - first.null_count)
    counts = first.drop_null().value_counts().field("counts") if is_words(first) else ()
    return len(counts) > 0 and pc.max(counts).as_py() < FEWEST_ROWS


# Distinct values of a column that is checked for determining the target, at most: with many, each has few rows.
MOST_VALUES = 100
# Rows for each value, on average, without which it is chance that every value is of one class.
ROWS_A_VALUE = 5
# Of what is measured before the target is known, hardly anything orders 99 % of every class rightly by itself: the
# petals of iris do 95 %.
LEAKS = 0.99
# With fewer rows of a class, chance orders one of many columns so now and then: five of twenty rows once in 8,000.
LEAST_OF_A_CLASS = 5
# Rows with a number, without which thresholds are not sought.
LEAST_ROWS = 20
# Rows of which thresholds are sought, a random sample of more: enough to tell 99 from 98 %.
MOST_ROWS = 20_000


def together(codes: Array, t: Array) -> Array:
    """Return which values and classes occur in one row (values, k).

    Parameters:
        codes: which value each row has (n,), -1 where it is missing: a value of its own here.
        t: classes (n,), counted from 0.
    """
    values, classes = int(codes.max()) + 2, int(t.max()) + 1
    found = np.bincount((codes + 1) * classes + t, minlength=values * classes).reshape(values, classes) > 0
    return found[found.any(axis=1)]


def repeats(together: Array) -> bool:
    """Return whether each of several classes has a value of its own, and each value its class.

    >>> repeats(together(np.array([0, 1, 0]), np.array([1, 0, 1])))
    True
    """
    return min(together.shape) >= 2 and bool((together.sum(axis=0) == 1).all() and (together.sum(axis=1) == 1).all())


def determines(together: Array, rows: int) -> bool:
    """Return whether each of a few values, seen often enough in so many rows, is of one class only.

    >>> determines(together(np.array([0, 1, 2] * 9), np.array([0, 1, 0] * 9)), 27)
    True
    """
    often = len(together) * ROWS_A_VALUE <= rows
    return often and min(together.shape) >= 2 and bool((together.sum(axis=1) == 1).all())


def orders(values: Array, t: Array) -> float:
    """Return how well a column of numbers tells the classes by itself: the mean share of a class that is in its place.

    Rows are sorted by the column. One whose class changes to the next value's counts half a mistake for each of the two
    classes, and among rows of one value all but those of the most frequent class are mistakes.

    Parameters:
        values: numbers (n,), NaN where one is missing.
        t: classes (n,), counted from 0.

    Where a threshold, or one between each two classes, parts them without a mistake, it is 1.

    >>> orders(np.arange(40.0), (np.arange(40) >= 25).astype(int))
    1.0
    """
    known = np.flatnonzero(~np.isnan(values))
    if len(known) > MOST_ROWS:
        known = known[np.random.default_rng(0).permutation(len(known))[:MOST_ROWS]]
    values, t = values[known], t[known]
    counts = np.bincount(t)
    if len(t) < LEAST_ROWS or (counts > 0).sum() < 2 or counts[counts > 0].min() < LEAST_OF_A_CLASS:
        return 0.0
    group = np.unique(values, return_inverse=True)[1]
    together = np.zeros((group.max() + 1, len(counts)), np.int64)
    np.add.at(together, (group, t), 1)
    most_frequent = together.argmax(axis=1)
    mistakes = together.sum(axis=0) - np.bincount(most_frequent, together.max(axis=1), len(counts))
    changes = np.flatnonzero(most_frequent[1:] != most_frequent[:-1])
    for side in (most_frequent[changes], most_frequent[changes + 1]):
        mistakes = mistakes + np.bincount(side, minlength=len(counts)) / 2
    if len(changes) == (counts > 0).sum() - 1 and not (together.sum(axis=1) - together.max(axis=1)).any():
        return 1.0  # without a mistake
    return float((1 - mistakes[counts > 0] / counts[counts > 0]).mean())
