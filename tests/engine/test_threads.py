"""Threads: results in order, and the same bits for any number of them."""

import os
import subprocess
import sys
import threading
import warnings
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from chainrule import Classifier
from chainrule.engine.threads import parallel_imap, parallel_map, single_threaded_blas, thread_count

# Seconds for another thread to begin, which takes milliseconds, on a machine that is busy.
PATIENCE = 120


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_results_come_in_the_order_of_the_parts() -> None:
    with threadpool_limits(2, "blas"):
        assert parallel_map(lambda k: k * k, range(100)) == [k * k for k in range(100)]
        assert list(parallel_imap(lambda _, k: k * k, iter(range(101)))) == [k * k for k in range(101)]
        assert parallel_map(str, []) == []


def test_parts_of_the_same_time_have_numbers_of_their_own() -> None:
    with threadpool_limits(3, "blas"):
        assert list(parallel_imap(lambda number, _: number, range(7))) == [0, 1, 2, 0, 1, 2, 0]


def test_a_product_keeps_to_one_thread_and_the_others_are_left_for_parts() -> None:
    with threadpool_limits(2, "blas"):
        with single_threaded_blas():
            assert blas_threads() == {1}
            assert thread_count() == 2
            with single_threaded_blas():
                assert thread_count() == 2
        assert blas_threads() == {2}
        assert thread_count() == 2


def test_a_library_that_is_loaded_later_keeps_to_one_thread_too() -> None:
    code = (
        "from threadpoolctl import threadpool_info; from chainrule.engine.threads import single_threaded_blas\n"
        "with single_threaded_blas(): import scipy.linalg\n"
        "with single_threaded_blas(): print({i['num_threads'] for i in threadpool_info() if i['user_api'] == 'blas'})"
    )
    two = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=two).stdout
    assert found.strip() == "{1}"


def test_runs_that_overlap_leave_the_threads_as_they_were() -> None:
    begun, ended = threading.Event(), threading.Event()
    seen: list[tuple[set[int], int]] = []

    def first() -> None:
        with single_threaded_blas():
            begun.set()
            ended.wait(PATIENCE)

    with threadpool_limits(2, "blas"):
        running = threading.Thread(target=first)
        running.start()
        assert begun.wait(PATIENCE)
        with single_threaded_blas():
            ended.set()
            running.join(PATIENCE)
            seen.append((blas_threads(), thread_count()))
        assert seen == [({1}, 2)]
        assert blas_threads() == {2}


def test_an_error_in_a_part_is_raised_and_the_threads_go_on() -> None:
    with threadpool_limits(2, "blas"):
        with pytest.raises(ZeroDivisionError):
            parallel_map(lambda k: 1 // k, [1, 0, 2])
        assert parallel_map(lambda k: 1 // k, [1, 2]) == [1, 0]


def test_an_error_in_another_thread_is_raised_here() -> None:
    failed = threading.Event()

    def part(number: int) -> int:
        if threading.current_thread() is threading.main_thread():
            failed.wait(PATIENCE)
            return number
        failed.set()
        return 1 // 0

    with threadpool_limits(2, "blas"), pytest.raises(ZeroDivisionError):
        parallel_map(part, [0, 1])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"l1": 1e-3, "max_epochs": 5},
        {"hidden": (50,), "max_epochs": 4},
        {"hidden": (200, 200), "optimizer": "adam", "max_epochs": 2},
    ],
    ids=str,
)
def test_a_model_has_the_same_bits_for_any_number_of_threads(settings: Any) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(4000, 70))
    y = (x[:, :4] + generator.normal(size=(4000, 4))).argmax(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the few epochs
        models = [Classifier(**settings, n_threads=threads, random_state=0).fit(x, y) for threads in (1, 2, 3)]
    for model in models[1:]:
        np.testing.assert_array_equal(model.theta_, models[0].theta_)
