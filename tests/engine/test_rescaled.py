"""A table that is standardised as it is read: the numbers of a standardised copy, and the memory of none."""

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from chainrule import Classifier, Dense, Network, Newton, SigmoidCrossEntropy, SoftmaxCrossEntropy, train
from chainrule.arrays import Array
from chainrule.engine import Cost, Rescaled, Rows, compiled_regression, compiled_rows, objective
from chainrule.engine.compiled import library
from chainrule.evaluation.scores import optimality
from chainrule.losses import Penalty


def costs(
    rows: int, inputs: int, classes: int, given: Any = np.float64, dtype: Any = np.float64, order: Any = "C"
) -> tuple[Cost, Cost]:
    """The cost of a table standardised as it is read, and that of its standardised copy."""
    rng = np.random.default_rng(rows)
    x = np.asarray(rng.normal(5, 3, size=(rows, inputs)), given, order=order)
    shift, scale = rng.normal(5, 1, inputs), rng.uniform(1, 3, inputs)
    table = Rescaled(x, shift, scale, np.dtype(dtype))
    network = Network((Dense(inputs, 1 if classes == 2 else classes),))
    loss = SigmoidCrossEntropy() if classes == 2 else SoftmaxCrossEntropy()
    read = Cost(network, loss, Rows(table, np.arange(rows) % classes), float(rows), Penalty(l2=0.1), "mean")
    return read, replace(read, rows=Rows(((x - shift) / scale).astype(dtype), read.rows.t))


# How the kernels read the rows for the curvature: each time as they lie, of a copy in the cache, or of a larger one.
SINGLES = {"read": ("COPIED_BYTES", 0), "cached": ("CACHED_BYTES", 1 << 40), "in memory": ("CACHED_BYTES", 0)}
FORMS = [(False, "read"), *((True, single) for single in SINGLES)]


def compiled_or_plain(fast: bool, patch: pytest.MonkeyPatch) -> None:
    """Have the cost computed by the compiled kernels, or by the plain form."""
    if not fast:
        patch.setattr("chainrule.engine.compiled_regression.kernels", None)
    elif library.kernels is None:
        pytest.skip("the package was built without a C compiler")


@pytest.mark.parametrize(("fast", "single"), FORMS)
@given(
    rows=st.integers(5, 3000),
    inputs=st.sampled_from([1, 3, 20, 23, 24, 63, 64, 70]),
    classes=st.sampled_from([2, 3, 5]),
    given_type=st.sampled_from([np.float64, np.float32]),
    dtype=st.sampled_from([np.float64, np.float32]),
    order=st.sampled_from("CF"),
)
def test_rescaled_rows_have_the_cost_of_a_rescaled_copy(
    fast: bool, single: str, rows: int, inputs: int, classes: int, given_type: Any, dtype: Any, order: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        compiled_or_plain(fast, patch)
        name, size = SINGLES[single]
        patch.setattr(compiled_rows, name, size)
        patch.setattr(objective, "BLOCK_BYTES", 1 << 14)
        patch.setattr("chainrule.engine.curvature.is_cheap", lambda *_: False)
        read, copied = costs(rows, inputs, classes, given_type, dtype, order)
        theta, v = np.random.default_rng(0).normal(size=(2, read.network.size)).astype(dtype)
        assert read.is_compiled_for(theta) == fast
        tolerance = 1e-10 if dtype == given_type == np.float64 else 1e-4
        (value, gradient), (value_of_copy, gradient_of_copy) = (c.value_and_gradient(theta) for c in (read, copied))
        np.testing.assert_allclose(value, value_of_copy, rtol=tolerance)
        np.testing.assert_allclose(gradient, gradient_of_copy, rtol=tolerance, atol=tolerance)
        products = [cost.curvature(theta).product(v) for cost in (read, copied)]
        np.testing.assert_allclose(products[0], products[1], rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(
            read.curvature_product(theta, v), copied.curvature_product(theta, v), rtol=1e-4, atol=1e-4
        )


@pytest.mark.parametrize(("fast", "single"), FORMS)
def test_training_ends_where_that_of_the_copy_does_whatever_the_threads(
    fast: bool, single: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled_or_plain(fast, monkeypatch)
    name, size = SINGLES[single]
    monkeypatch.setattr(compiled_rows, name, size)
    monkeypatch.setattr(compiled_rows, "PART_NUMBERS", 10_000)
    monkeypatch.setattr(compiled_regression, "PART_WORK", 10_000)
    read, copied = costs(5000, 30, 3)
    zeros = read.network.zeros()

    def trained(cost: Cost, threads: int) -> Array:
        with threadpool_limits(threads, "blas"):
            return train(replace(cost), Newton(), zeros, max_epochs=8).theta

    np.testing.assert_array_equal(trained(read, 1), trained(read, 2))
    np.testing.assert_allclose(trained(read, 2), trained(copied, 2), rtol=1e-6, atol=1e-9)


def test_columns_far_from_zero_keep_their_digits() -> None:
    rng = np.random.default_rng(0)
    near = rng.normal(size=(4000, 2))
    t = (near @ [1.0, -2.0] + rng.logistic(size=4000) > 0).astype(int)
    far = Rescaled(near * 1e-3 + 1e6, np.full(2, 1e6), np.full(2, 1e-3), np.dtype(np.float64))
    network, loss = Network((Dense(2, 1),)), SigmoidCrossEntropy()
    thetas = [
        train(Cost(network, loss, Rows(x, t), 4000.0, Penalty(), "mean"), Newton(), network.zeros(), max_epochs=8).theta
        for x in (near, far)
    ]
    np.testing.assert_allclose(thetas[1], thetas[0], rtol=1e-5)


@pytest.mark.parametrize(("fast", "copied"), [(False, False), (True, False), (True, True)])
def test_a_large_table_is_not_copied_but_in_single_precision(
    fast: bool, copied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled_or_plain(fast, monkeypatch)
    if not copied:
        monkeypatch.setattr(compiled_rows, *SINGLES["read"])
    rng = np.random.default_rng(0)
    x = rng.normal(size=(250_000, 20))
    y = (x[:, 0] + rng.logistic(size=len(x)) > 0).astype(int)
    Classifier(max_epochs=2, tol=1.0).fit(x, y)
    tracemalloc.start()
    model = Classifier(max_epochs=4, tol=1e-3).fit(x, y)
    far = optimality(model, x, y).estimate
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (0.6 + 0.5 * copied) * x.nbytes
    assert (peak > 0.5 * x.nbytes) == copied
    assert 0 <= far < 1e-3
    assert model.score(x[:10_000], y[:10_000]) > 0.6
