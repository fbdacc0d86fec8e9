"""Compiled forms of hot inner parts: the same results as the plain forms, to rounding.

A module that others call says which function they call first (`ENTRY`), and how many seconds it takes to compile.
"""

ACROSS, ALONG, SPARSE = range(3)
"""How rows lie: one after another (n, i), a column after another (i, n), or as SciPy's sparse rows."""
