"""Machine code is chosen where it can be had and repays what it costs; without it everything has its plain form."""

import sys
from collections.abc import Iterator
from importlib import import_module

import numpy as np
import pytest

from chainrule import Adam, Cost, Dense, Network, SoftmaxCrossEntropy, train
from chainrule.engine import machine_code as module
from chainrule.engine.machine_code import LOADING, chosen_by_size_alone, machine_code, read_only

pytest.importorskip("numba")

NAMES = ("epochs",)


@pytest.fixture
def nothing_loaded() -> Iterator[None]:
    module._loaded.cache_clear()
    yield
    module._loaded.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_loading_is_worth_it_once_the_sum_of_what_it_would_save_exceeds_what_it_takes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = machine_code(name, 1e9)
    assert kernels is not None
    monkeypatch.setattr(kernels, "kept", lambda function: function is kernels.ENTRY)
    monkeypatch.setattr(module.Asked, "seconds", 0.0)
    assert machine_code(name, LOADING / 2) is None
    assert machine_code(name, LOADING / 4) is None
    assert machine_code(name, LOADING / 2) is kernels


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_kept_has_to_repay_compiling(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = machine_code(name, 1e9)
    assert kernels is not None
    monkeypatch.setattr(kernels, "kept", lambda _: False)
    monkeypatch.setattr(module.Asked, "seconds", 0.0)
    assert machine_code(name, kernels.SECONDS_TO_COMPILE) is None
    assert machine_code(name, 0.01) is kernels


@pytest.mark.parametrize("name", NAMES)
def test_by_size_alone_nothing_counts_that_another_process_would_not_know(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = machine_code(name, 1e9)
    assert kernels is not None
    for kept in (True, False):
        for before in (0.0, 1e9):
            monkeypatch.setattr(kernels, "kept", lambda _, answer=kept: answer)
            monkeypatch.setattr(module.Asked, "seconds", before)
            with chosen_by_size_alone():
                assert machine_code(name, LOADING) is None
                assert machine_code(name, LOADING * 1.01) is kernels
            assert (machine_code(name, 0.0) is kernels) == (before > 0)


@pytest.mark.usefixtures("nothing_loaded")
def test_without_numba_the_plain_forms_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("chainrule.engine.kernels.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numba", None)
    assert [machine_code(name, 1e9) for name in NAMES] == [None]
    network = Network((Dense(1, 2),))
    cost = Cost.of(network, SoftmaxCrossEntropy(), [[0.0], [1.0]], [0, 1])
    assert train(cost, Adam(), network.zeros(), max_epochs=3, batch_size=1).history.cost[-1] < 0.7


@pytest.mark.usefixtures("nothing_loaded")
def test_where_numba_is_told_not_to_compile_the_plain_forms_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba

    import_module("chainrule.engine.kernels.epochs")  # first: what is imported while it is told so stays plain Python
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert machine_code("epochs", 1e9) is None


def test_what_machine_code_is_given_is_a_view_of_one_kind() -> None:
    given = np.arange(6.0).reshape(2, 3)
    view = read_only(given)
    assert np.shares_memory(view, given)
    assert not view.flags.writeable
    assert given.flags.writeable
    assert read_only(given.T).flags.c_contiguous
    assert read_only(given, np.float32).dtype == np.float32
