"""Columns that tell the target: the same again under another name."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.tables.frames import as_words

MOST_VALUES = 100
ROWS_A_VALUE = 5


class LeakageWarning(UserWarning):
    """A column tells the target so well that it may be the target under another name."""


def repeats(values: pa.Array, t: Array) -> bool:
    """Return whether each class `t` (n,) has a value of its own, and each value its class.

    >>> repeats(pa.array(["no", "yes", "no"]), np.array([0, 1, 0]))
    True
    """
    found = _pairs(values, t)
    return found is not None and len(found) == len(np.unique(found[:, 0])) == len(np.unique(t))


def determines(values: pa.Array, t: Array) -> bool:
    """Return whether each of a few values, seen often enough, is of one class `t` (n,) only.

    >>> determines(pa.array(["a", "b", "c"] * 9), np.array([0, 1, 0] * 9))
    True
    """
    found = _pairs(values, t)
    return found is not None and len(found) == len(np.unique(found[:, 0])) and len(found) * ROWS_A_VALUE <= len(t)


def _pairs(values: pa.Array, t: Array) -> Array | None:
    """Return the pairs of value and class that occur, or None where there are too many values."""
    if values.null_count == len(values):
        return None
    codes = pc.dictionary_encode(as_words(values).fill_null("(missing)"))
    if not 2 <= len(codes.dictionary) <= MOST_VALUES:
        return None
    pairs = np.unique(np.column_stack([codes.indices.to_numpy(zero_copy_only=False), t]), axis=0)
    return pairs if len(np.unique(t)) > 1 else None
