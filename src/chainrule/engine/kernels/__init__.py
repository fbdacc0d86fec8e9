"""Compiled forms of hot inner parts: the same results as the plain forms, to rounding.

A module that others call says which function they call first (`ENTRY`), and how many seconds it takes to compile.
"""

ACROSS, ALONG, SPARSE = range(3)
"""How rows lie: one after another (n, i), a column after another (i, n), or as SciPy's sparse rows."""

FIVE = 5


def filled(rows: int) -> int:
    """Return to how many rows a matrix of few is filled up, so that they can be gone through in fours or fives.

    >>> [filled(rows) for rows in (1, 2, 5, 10, 13)]
    [1, 4, 5, 10, 15]
    """
    return 1 if rows == 1 else min(-(-rows // size) * size for size in (4, FIVE))
