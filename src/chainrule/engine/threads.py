"""Threads: parts of a sum computed side by side, their results in order, so that their number changes no bit."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")


def thread_count() -> int:
    """Return how many threads there may be: as many as matrix products may use, as the caller has set it."""
    return min((library.num_threads for library in _libraries().lib_controllers), default=1)


def in_order(function: Callable[[T], R], parts: Sequence[T]) -> list[R]:
    """Return what `function` makes of each part, computed by the threads there may be."""
    threads = min(thread_count(), len(parts))
    return list(_pool(threads).map(function, parts)) if threads > 1 else [function(part) for part in parts]


@contextmanager
def one_thread_a_product() -> Iterator[None]:
    """Keep each matrix product to the thread that asks for it."""
    with _libraries().limit(limits=1):
        yield


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "chainrule")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork
