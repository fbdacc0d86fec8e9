"""How functions become machine code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

from numba import njit

ANY_ORDER = {"reassoc", "contract", "nsz", "arcp"}
# Inlined, so that what has just been compiled and what was kept are the same instructions, and give the same bits.
INNER: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True}
SOURCES = crc32(b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py"))))

as_written = njit(error_model="numpy", fastmath={"contract"}, **INNER)
"""For a function that only machine code calls, whose rounding is part of what it computes."""

in_any_order = njit(error_model="numpy", fastmath=ANY_ORDER, **INNER)
"""The same for sums whose order does not matter: vector instructions add them up in another one."""


def from_python(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that Python calls, several threads at a time, and keep it for other processes.

    What is kept goes by the function's name and file; the name is made to change with the functions that it calls.
    """
    function.__qualname__ += f"_{SOURCES:08x}"
    compiled: Any = njit(error_model="numpy", fastmath=ANY_ORDER, nogil=True, cache=True)
    return compiled(function)


def kept(function: Any) -> bool:
    """Return whether something of a function `from_python` was kept, so that it need not be compiled first."""
    return any(Path(function._cache.cache_path).glob(f"*.{function.py_func.__qualname__}-*.nbi"))
