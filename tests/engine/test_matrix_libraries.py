"""The libraries of matrix products that are found are those that threadpoolctl finds."""

from collections.abc import Callable

import pytest
import scipy.linalg  # noqa: F401 (its library is one of those to be found)
from threadpoolctl import threadpool_info, threadpool_limits

from chainrule.engine import threads as engine_threads
from chainrule.engine.threads import MatrixLibrary


@pytest.fixture(params=["linked", "by name"])
def found(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[MatrixLibrary]]:
    """What finds the libraries through modules linked to them, or by name, as where a module is linked to none."""
    if request.param == "by name":
        monkeypatch.setattr(engine_threads, "NUMPY", ("math",))
    return lambda: engine_threads.matrix_libraries(True)


def threads_of_all() -> list[int]:
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_threads_are_those_that_threadpoolctl_reads(found: Callable[[], list[MatrixLibrary]]) -> None:
    libraries = found()
    assert len(libraries) == len(threads_of_all())
    for threads in (1, 2, 3):
        with threadpool_limits(threads, "blas"):
            assert {library.get_num_threads() for library in libraries} == {threads}


def test_threads_that_are_set_are_those_of_all_libraries(found: Callable[[], list[MatrixLibrary]]) -> None:
    with threadpool_limits(2, "blas"):
        for library in found():
            library.set_num_threads(3)
        assert set(threads_of_all()) == {3}
