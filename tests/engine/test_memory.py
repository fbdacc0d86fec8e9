"""Memory: one block's worth, however many rows there are."""

import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from chainrule.arrays import Array
from chainrule.engine import Cost, Workspace
from tests.engine.problems import THETA, cost_of, table


def peak_bytes(action: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def costs(rows: tuple[int, ...]) -> list[Cost]:
    return [cost_of(*table(n)) for n in rows]


def peaks_of_gradients(threads: int) -> list[int]:
    peaks = []
    with threadpool_limits(threads, "blas"):
        for cost in costs((20_000, 80_000)):
            cost.value_and_gradient(THETA)
            peaks.append(peak_bytes(partial(cost.value_and_gradient, THETA)))
    return peaks


def test_cost_and_gradient_of_four_times_the_rows_take_no_more_memory() -> None:
    small, large = peaks_of_gradients(1)
    assert large <= small + 20_000


def test_each_thread_takes_the_memory_of_one_block() -> None:
    one_block, _ = peaks_of_gradients(1)
    assert max(peaks_of_gradients(2)) <= 2 * one_block + 20_000


def test_curvature_of_four_times_the_rows_takes_no_more_memory() -> None:
    peaks = []
    for cost in costs((20_000, 80_000)):
        cost.curvature_product(THETA, THETA)
        peaks.append(peak_bytes(partial(cost.curvature_product, THETA, THETA)))
    small, large = peaks
    assert large <= small + 20_000


def test_a_workspace_gives_the_same_memory_for_the_same_name() -> None:
    workspace, double = Workspace(), np.dtype(np.float64)

    def ask(name: str, rows: int) -> Array:
        return workspace.array((name, 0), (rows, 3), double)

    first = ask("y", 8)
    assert np.shares_memory(first, ask("y", 8))
    assert np.shares_memory(first, ask("y", 5))
    assert not np.shares_memory(first, ask("dy", 8))
    assert not np.shares_memory(first, ask("y", 9))
    assert ask("y", 5).shape == (5, 3)
    assert ask("y", 5).flags.c_contiguous
    assert workspace.array(("y", 0), (4, 2), np.dtype(np.float32)).dtype == np.float32
