"""Machine code of hot inner parts: chosen once the work asked for would have repaid loading it, or compiling it first.

What is worth it is judged by sizes alone, so that a process that goes on with a run that was stopped computes the same.
What was compiled is kept on disk, and only loaded by later processes.
"""

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from chainrule.arrays import Array

LOADING = 1.0


class Asked:
    """How many seconds machine code would have saved in this process so far."""

    seconds = 0.0


def machine_code(name: str, seconds: float) -> Any | None:
    """Return a module of `chainrule.engine.kernels`; None where Numba cannot make it, or it is not worth it yet.

    Parameters:
        name: of the module.
        seconds: that it would save the caller.
    """
    Asked.seconds += seconds
    if Asked.seconds <= LOADING or (kernels := _loaded(name)) is None:
        return None
    worth = Asked.seconds > kernels.SECONDS_TO_COMPILE or kernels.kept(kernels.ENTRY)
    return kernels if worth else None


@cache
def _loaded(name: str) -> Any | None:
    try:
        import numba

        kernels = import_module(f"chainrule.engine.kernels.{name}")
    except (ImportError, RuntimeError):  # not installed, or nowhere to keep what it compiles
        return None
    return None if vars(numba.config)["DISABLE_JIT"] else kernels


def read_only(array: Array, dtype: Any = None) -> Array:
    """Return a view of the one kind that machine code is compiled for: rows one after another, not to be written."""
    view = np.require(array, dtype, ["C", "A"]).view()
    view.flags.writeable = False
    return view
