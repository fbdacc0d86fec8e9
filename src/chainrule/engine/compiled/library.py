"""The compiled kernels, where the package was built with a C compiler.

`kernels.c` is built into the module `_kernels` with the package. The environment variable CHAINRULE_INSTRUCTIONS, read
when this is imported, names one of its sets of instructions in place of the best that the processor has, or "none" for
the plain forms alone.
"""

import math
import os
from typing import Any

import numpy as np

from chainrule.arrays import Array

# How rows lie, in the order of the enumeration in task.h.

ACROSS = 0
"""One row after another (n, i)."""

ALONG = 1
"""One column after another (i, n)."""

SPARSE = 2
"""As SciPy's sparse rows."""

VECTOR_NUMBERS = 16
"""How many numbers the longest vectors have: whole ones are read and written from the last number of a row on too."""

LINE_BYTES = 64
"""Bytes of a line of the cache, on x86-64 and arm64."""

PLAIN = "plain NumPy"
"""The form that does everything, and computes alone where there is no module in C."""


def _loaded() -> Any | None:
    wanted = os.environ.get("CHAINRULE_INSTRUCTIONS", "")
    if wanted == "none":
        return None
    try:
        from chainrule.engine.compiled import _kernels  # type: ignore[attr-defined, unused-ignore]
    except ImportError:  # the package was built without a compiler
        return None
    if wanted:
        _kernels.choose(wanted)
    return _kernels


kernels: Any = _loaded()
"""The module `_kernels`; None where it was not built, or is not to be used."""


def form_in_use() -> str:
    """Return what computes the hot loops, in words: forms and sets of instructions round differently."""
    return PLAIN if kernels is None else f"compiled kernels for {kernels.chosen()}"


def read_only(array: Array, dtype: Any = None) -> Array:
    """Return a view whose rows lie one after another, not to be written; a copy where there is none."""
    view = np.require(array, dtype, ["C", "A"]).view()
    view.flags.writeable = False
    return view


def aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return an array that begins where a line of the cache does: vectors that lie across two lines take longer."""
    size = math.prod(shape)
    memory = np.empty(size + LINE_BYTES // dtype.itemsize, dtype)
    start = -memory.__array_interface__["data"][0] % LINE_BYTES // dtype.itemsize
    return memory[start : start + size].reshape(shape)
