"""Columns that tell the target: the same again under another name."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array

MOST_VALUES = 100
ROWS_A_VALUE = 5


class LeakageWarning(UserWarning):
    """A column tells the target so well that it may be the target under another name."""


def repeats(values: pa.Array, t: Array) -> bool:
    """Return whether each class `t` (n,), counted from 0, has a value of its own, and each value its class.

    >>> repeats(pa.array(["no", "yes", "no"]), np.array([0, 1, 0]))
    True
    """
    together = _together(values, t)
    return together is not None and bool((together.sum(axis=0) == 1).all() and (together.sum(axis=1) == 1).all())


def determines(values: pa.Array, t: Array) -> bool:
    """Return whether each of a few values, seen often enough, is of one class `t` (n,) only.

    >>> determines(pa.array(["a", "b", "c"] * 9), np.array([0, 1, 0] * 9))
    True
    """
    together = _together(values, t)
    if together is None or len(together) * ROWS_A_VALUE > len(t):
        return False
    return bool((together.sum(axis=1) == 1).all())


def _together(values: pa.Array, t: Array) -> Array | None:
    """Return which value and class occur in one row (values, k); None where there is one of either, or too many."""
    codes = pc.dictionary_encode(values, null_encoding="encode")
    found, classes = len(codes.dictionary), int(t.max()) + 1
    if not 2 <= found <= MOST_VALUES or classes < 2:
        return None
    places = codes.indices.to_numpy(zero_copy_only=False) * classes + t
    return np.bincount(places, minlength=found * classes).reshape(found, classes) > 0
