"""Columns that tell the target: the same again under another name."""

import numpy as np

from chainrule.arrays import Array

MOST_VALUES = 100
ROWS_A_VALUE = 5


class LeakageWarning(UserWarning):
    """A column tells the target so well that it may be the target under another name."""


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
