"""The libraries behind NumPy's and SciPy's matrix products: how many threads they use.

1. NumPy's and SciPy's compiled modules name the library that they were linked to: the loader finds OpenBLAS's functions
   through them, which takes a tenth of a millisecond.
2. Where one of them was linked to another library, threadpoolctl looks through all files that the process has loaded,
   which takes 8 ms in one that has loaded scikit-learn: longer than the whole fit of a small table.
"""

import ctypes
import sys
from typing import Any, Protocol

from threadpoolctl import OpenBLASController, ThreadpoolController

# What wheels and distributions call OpenBLAS's functions: with 64-bit indices they end in another word.
BEGINNINGS, ENDS = ("scipy_openblas", "openblas"), ("", "64_", "_64")
NUMPY, SCIPY = ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"), ("scipy.linalg._fblas",)


class MatrixLibrary(Protocol):
    """A library whose number of threads can be read and set, for the whole process."""

    def get_num_threads(self) -> int:
        """Return how many threads a product may use."""
        ...

    def set_num_threads(self, threads: int, /) -> object:
        """Let each product use so many threads."""
        ...


def matrix_libraries(with_that_of_scipy: bool) -> list[MatrixLibrary]:
    """Return the libraries that are loaded: NumPy's, and SciPy's where `scipy.linalg` is."""
    found = [_openblas_of(NUMPY), *([_openblas_of(SCIPY)] if with_that_of_scipy else [])]
    linked = [library for library in found if library is not None]
    return list(linked) if len(linked) == len(found) else _found_by_name()


class _OpenBLAS:
    def __init__(self, functions: ctypes.CDLL, beginning: str, end: str) -> None:
        self.get_num_threads = getattr(functions, f"{beginning}_get_num_threads{end}")
        self.set_num_threads = getattr(functions, f"{beginning}_set_num_threads{end}")


def _openblas_of(names: tuple[str, ...]) -> _OpenBLAS | None:
    """Return the OpenBLAS that the first of these modules that is loaded was linked to, if it was to any."""
    files = [file for name in names if (file := getattr(sys.modules.get(name), "__file__", None))]
    if not files or sys.platform == "win32":  # where the functions of a library are not those of its libraries
        return None
    functions = ctypes.CDLL(files[0])
    for beginning in BEGINNINGS:
        for end in ENDS:
            if hasattr(functions, f"{beginning}_get_num_threads{end}"):
                return _OpenBLAS(functions, beginning, end)
    return None


def _found_by_name() -> list[MatrixLibrary]:
    return [_Found(controller) for controller in ThreadpoolController().select(user_api="blas").lib_controllers]


class _Found:
    def __init__(self, controller: Any) -> None:
        self.get_num_threads, self._set = controller.get_num_threads, controller.set_num_threads

    def set_num_threads(self, threads: int, /) -> None:
        OpenBLASController.clear_controlling_thread(force=True)  # else only the first thread that ever set it may
        self._set(threads)
        OpenBLASController.clear_controlling_thread(force=True)
