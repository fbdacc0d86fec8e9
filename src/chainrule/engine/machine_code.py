"""Machine code of hot inner parts: chosen once the work asked for would have repaid loading it, or compiling it first.

What was compiled is kept on disk, and only loaded by later processes.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import FrameType
from typing import Any

import numpy as np

from chainrule.arrays import Array

LOADING = 1.0


class Asked:
    """How many seconds machine code would have saved in this process so far, and whether that is left aside."""

    seconds = 0.0
    by_size_alone = False


@contextmanager
def chosen_by_size_alone() -> Iterator[None]:
    """Let each choice depend on the work at hand alone, not on what was asked for before or is kept on disk.

    The two forms round differently, so a run that goes on in another process needs this to reach the same bits.
    """
    before, Asked.by_size_alone = Asked.by_size_alone, True
    try:
        yield
    finally:
        Asked.by_size_alone = before


def machine_code(name: str, seconds: float) -> Any | None:
    """Return a module of `chainrule.engine.kernels`; None where Numba cannot make it, or it is not worth it yet.

    Parameters:
        name: of the module.
        seconds: that it would save the caller.
    """
    if Asked.by_size_alone:
        return _loaded(name) if seconds > LOADING else None
    Asked.seconds += seconds
    if Asked.seconds <= LOADING or (kernels := _loaded(name)) is None:
        return None
    worth = Asked.seconds > kernels.SECONDS_TO_COMPILE or kernels.kept(kernels.ENTRY)
    return kernels if worth else None


@cache
def _loaded(name: str) -> Any | None:
    try:
        with interrupts_wait():
            import numba

            kernels = import_module(f"chainrule.engine.kernels.{name}")
    except (ImportError, RuntimeError):  # not installed, or nowhere to keep what it compiles
        return None
    return None if vars(numba.config)["DISABLE_JIT"] else kernels


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Let Ctrl-C wait until the block has ended: a module that was loaded half cannot be loaded again."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield  # no handler of Python's would be called here
        return
    waiting: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda *interrupt: waiting.append(interrupt))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if waiting:
            handler(*waiting[0])


def read_only(array: Array, dtype: Any = None) -> Array:
    """Return a view of the one kind that machine code is compiled for: rows one after another, not to be written."""
    view = np.require(array, dtype, ["C", "A"]).view()
    view.flags.writeable = False
    return view
