"""Threads: parts of a sum computed side by side, their results in order, so that their number changes no bit."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice
from threading import Lock
from typing import Any, ClassVar, Protocol, TypeVar

from threadpoolctl import OpenBLASController, ThreadpoolController

# The libraries behind NumPy's and SciPy's matrix products: how many threads they use.
#
# 1. NumPy's and SciPy's compiled modules name the library that they were linked to: the loader finds OpenBLAS's
#    functions through them, which takes a tenth of a millisecond.
# 2. Where one of them was linked to another library, threadpoolctl looks through all files that the process has loaded,
#    which takes 8 ms in one that has loaded scikit-learn: longer than the whole fit of a small table.

# How wheels and distributions begin the names of OpenBLAS's functions, and end them: with 64-bit indices otherwise.
BEGINNINGS = ("scipy_openblas", "openblas")
ENDS = ("", "64_", "_64")
# Modules that are linked to the library, of NumPy 2 and before, and of SciPy.
NUMPY = ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath")
SCIPY = ("scipy.linalg._fblas",)


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


# Work shared by threads.
#
# 1. While anybody asks for it, each matrix product keeps to one thread: the threads of products and those that share
#    parts would stand in each other's way, and products by several threads add in another order.
# 2. Parts wait in one iterator, whose `next` the interpreter's lock makes safe: a thread claims a part only when it is
#    runnable, so a descheduled thread blocks no one, and the caller's own thread works too.
# 3. Results are put in the order of the parts. What is a part never depends on the number of threads, so their number
#    changes no bit of a sum.
# 4. Helpers that never began are cancelled, so that a pool which is busy elsewhere holds nobody up; an error of any
#    thread is raised in the caller's.
#
# Source: C. Polychronopoulos, D. Kuck, "Guided self-scheduling: a practical scheduling scheme for parallel
# supercomputers", IEEE Transactions on Computers C-36 (1987), of which this is plain self-scheduling.

T = TypeVar("T")
R = TypeVar("R")


class _Shared:
    """Threads that matrix products leave to others, for as long as somebody asks for it."""

    lock = Lock()
    asking = 0
    before: ClassVar[list[tuple[MatrixLibrary, int]]] = []


def thread_count() -> int:
    """Return how many threads there may be: as many as matrix products may use, as the caller has set it."""
    return min((threads for _, threads in (_Shared.before if _Shared.asking else _settings())), default=1)


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Keep each matrix product to the thread that asks for it, and leave the threads to `parallel_map`.

    The setting is that of the whole process: the first who asks makes it, and the last who leaves undoes it.
    """
    with _Shared.lock:
        if not _Shared.asking:
            _Shared.before = _settings()
            _set_threads([(library, 1) for library, _ in _Shared.before])
        _Shared.asking += 1
    try:
        yield
    finally:
        with _Shared.lock:
            _Shared.asking -= 1
            if not _Shared.asking:
                _set_threads(_Shared.before)


def parallel_map(function: Callable[[T], R], parts: Sequence[T]) -> list[R]:
    """Return what `function` makes of each part, computed by the threads there may be, this one among them."""
    others = min(thread_count(), len(parts)) - 1 if len(parts) > 1 else 0
    if not others:
        return [function(part) for part in parts]
    results: dict[int, R] = {}
    waiting = iter(range(len(parts)))

    def some() -> None:
        for number in waiting:
            results[number] = function(parts[number])

    helping = [_pool(others).submit(some) for _ in range(others)]
    try:
        some()
    finally:
        started = [helper for helper in helping if not helper.cancel()]
        wait(started)
    for helper in started:
        helper.result()
    return [results[number] for number in range(len(parts))]


def parallel_imap(function: Callable[[int, T], R], parts: Iterable[T]) -> Iterator[R]:
    """Yield what `function` makes of each part, in order, no more of them at a time than there are threads.

    It is also given the number of the part among those of the same time: two with the same number never meet.
    """
    waiting = iter(parts)
    first = list(islice(waiting, 2))
    waiting, threads = chain(first, waiting), thread_count() if len(first) > 1 else 1
    while some := list(islice(waiting, threads)):
        yield from parallel_map(lambda numbered: function(*numbered), list(enumerate(some)))


def _settings() -> list[tuple[MatrixLibrary, int]]:
    """Return the libraries of matrix products that are loaded, each with its number of threads."""
    return [(library, library.get_num_threads()) for library in _libraries("scipy.linalg" in sys.modules)]


@cache
def _libraries(with_that_of_scipy: bool) -> list[MatrixLibrary]:
    return matrix_libraries(with_that_of_scipy)


def _set_threads(of_each: list[tuple[MatrixLibrary, int]]) -> None:
    for library, threads in of_each:
        library.set_num_threads(threads)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "chainrule")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork
