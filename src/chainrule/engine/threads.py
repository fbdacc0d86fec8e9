"""Threads: parts of a sum computed side by side, their results in order, so that their number changes no bit."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import islice
from typing import TypeVar

from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")


_allowed: ContextVar[int | None] = ContextVar("threads", default=None)


def thread_count() -> int:
    """Return how many threads there may be: as many as matrix products may use, as the caller has set it."""
    return _allowed.get() or min((library.num_threads for library in _libraries().lib_controllers), default=1)


@contextmanager
def one_thread_a_product() -> Iterator[None]:
    """Keep each matrix product to the thread that asks for it, and leave the threads to `in_order`."""
    token = _allowed.set(thread_count())
    try:
        with _libraries().limit(limits=1):
            yield
    finally:
        _allowed.reset(token)


def in_order(function: Callable[[T], R], parts: Sequence[T]) -> list[R]:
    """Return what `function` makes of each part, computed by the threads there may be, this one among them."""
    results: dict[int, R] = {}
    waiting = iter(range(len(parts)))

    def some() -> None:
        for number in waiting:
            results[number] = function(parts[number])

    others = min(thread_count(), len(parts)) - 1
    helping = [_pool(others).submit(some) for _ in range(others)]
    try:
        some()
    finally:
        started = [helper for helper in helping if not helper.cancel()]
        wait(started)
    for helper in started:
        helper.result()
    return [results[number] for number in range(len(parts))]


def some_at_a_time(function: Callable[[int, T], R], parts: Iterable[T]) -> Iterator[R]:
    """Yield what `function` makes of each part, in order, no more of them at a time than there are threads.

    It is also given the number of the part among those of the same time: two with the same number never meet.
    """
    threads, waiting = thread_count(), iter(parts)
    while some := list(islice(waiting, threads)):
        yield from in_order(lambda numbered: function(*numbered), list(enumerate(some)))


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "chainrule")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork
