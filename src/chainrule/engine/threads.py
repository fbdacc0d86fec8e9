"""Threads: parts of a sum computed side by side, their results in order, so that their number changes no bit."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice
from threading import Lock
from typing import ClassVar, TypeVar

from chainrule.engine.matrix_libraries import MatrixLibrary, matrix_libraries

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
