"""The libraries of matrix products that are found are those that threadpoolctl finds."""

from collections.abc import Callable

import pytest
import scipy.linalg  # noqa: F401
from threadpoolctl import threadpool_info, threadpool_limits

from chainrule.engine import threads as engine_threads
from chainrule.engine.threads import MatrixLibrary

WAYS: dict[str, Callable[[], list[MatrixLibrary]]] = {
    "linked": lambda: engine_threads.matrix_libraries(True),
    "by name": engine_threads._found_by_name,
}


def threads_of_all() -> list[int]:
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.parametrize("way", WAYS)
def test_threads_are_those_that_threadpoolctl_reads(way: str) -> None:
    libraries = WAYS[way]()
    for threads in (1, 2, 3):
        with threadpool_limits(threads, "blas"):
            assert {library.get_num_threads() for library in libraries} == {threads}


@pytest.mark.parametrize("way", WAYS)
def test_threads_that_are_set_are_those_of_all_libraries(way: str) -> None:
    with threadpool_limits(2, "blas"):
        for library in WAYS[way]():
            library.set_num_threads(3)
        assert set(threads_of_all()) == {3}


def test_a_module_linked_to_another_library_is_left_to_threadpoolctl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_threads, "NUMPY", ("math",))
    assert len(engine_threads.matrix_libraries(True)) == len(threads_of_all())
