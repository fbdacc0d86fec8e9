"""The compiled cost of one dense layer: the numbers of the plain form, whatever the shape, type and threads."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array
from threadpoolctl import threadpool_limits

from chainrule import Dense, Network, Newton, SigmoidCrossEntropy, SoftmaxCrossEntropy, train
from chainrule.arrays import Array
from chainrule.engine import Cost, compiled
from chainrule.engine.curvature import KeptCurvature
from chainrule.engine.machine_code import Asked
from chainrule.losses import Penalty

pytest.importorskip("numba")


@pytest.fixture(autouse=True)
def worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Asked, "seconds", 1e9)
    monkeypatch.setattr("chainrule.engine.curvature.is_cheap", lambda *_: False)


def problem(
    rows: int, inputs: int, classes: int, dtype: Any = np.float64, *, seed: int = 0, **options: Any
) -> tuple[Cost, Cost]:
    """The same cost compiled and plain."""
    generator = np.random.default_rng(seed)
    bias, order = options.get("bias", True), options.get("order", "C")
    x: Any = np.asarray(generator.normal(size=(rows, inputs)), dtype, order=order)
    if options.get("sparse"):
        x = random_array((rows, inputs), density=0.2, rng=generator, format="csr", dtype=dtype)
    t = generator.integers(classes, size=rows)
    t[:2] = 0, 1
    weights = generator.uniform(0, 2, rows) if options.get("weighted") else None
    network = Network((Dense(inputs, 1 if classes == 2 else classes, bias),))
    smoothing = options.get("smoothing", 0.0)
    loss = SigmoidCrossEntropy(smoothing) if classes == 2 else SoftmaxCrossEntropy(smoothing)
    fast = Cost.of(network, loss, x, t, weights=weights, penalty=Penalty(l2=0.1))
    plain = Cost.of(network, loss, x, t, weights=weights, penalty=Penalty(l2=0.1))
    plain.__dict__["_compiled"] = None
    assert fast._compiled is not None
    return fast, plain


def assert_close(found: Any, expected: Any, dtype: Any) -> None:
    tolerance = 1e-11 if dtype == np.float64 else 2e-5
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())


@given(
    rows=st.integers(2, 600),
    inputs=st.sampled_from([1, 2, 3, 5, 17, 63, 64, 70]),
    classes=st.sampled_from([2, 3, 4, 5, 7, 8, 26]),
    options=st.fixed_dictionaries(
        {"bias": st.booleans(), "weighted": st.booleans(), "smoothing": st.sampled_from([0.0, 0.2])}
    ),
    order=st.sampled_from("CF"),
    sparse=st.booleans(),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 99),
)
def test_it_agrees_with_the_plain_form(
    rows: int, inputs: int, classes: int, options: Any, order: str, sparse: bool, dtype: Any, seed: int
) -> None:
    sparse &= classes == 2
    fast, plain = problem(rows, inputs, classes, dtype, seed=seed, order=order, sparse=sparse, **options)
    generator = np.random.default_rng(seed)
    theta, v = (generator.normal(size=fast.network.size).astype(dtype) for _ in range(2))
    (value, gradient), (plain_value, plain_gradient) = (cost.value_and_gradient(theta) for cost in (fast, plain))
    assert_close(value, plain_value, dtype)
    assert_close(gradient, plain_gradient, dtype)
    assert fast.value(theta) == value
    assert gradient.dtype == dtype
    curvatures = [cost.curvature(theta) for cost in (fast, plain)]
    assert all(isinstance(curvature, KeptCurvature) for curvature in curvatures)
    products = [curvature.product(v) for curvature in curvatures]
    assert_close(products[0], products[1], np.float32)
    assert products[0].dtype == dtype


@pytest.mark.parametrize("far", [1e3, 1e30, 1e300, np.inf, np.nan])
@pytest.mark.parametrize("classes", [2, 4])
def test_it_is_finite_where_the_plain_form_is(classes: int, far: float) -> None:
    fast, plain = problem(50, 3, classes)
    theta = np.linspace(-1, 1, fast.network.size)
    theta[0] = far
    with np.errstate(all="ignore"):
        found, expected = fast.value_and_gradient(theta), plain.value_and_gradient(theta)
    assert np.isfinite(found[0]) == np.isfinite(expected[0])
    assert np.isfinite(found[1]).all() == np.isfinite(expected[1]).all()
    if np.isfinite(expected[0]):
        assert_close(found[0], expected[0], np.float64)


@pytest.mark.parametrize(("inputs", "classes", "sparse"), [(7, 5, False), (70, 5, False), (40, 2, True)])
def test_the_bits_do_not_depend_on_the_threads(
    inputs: int, classes: int, sparse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "PART_WORK", 10_000)

    def trained() -> Array:
        fast, _ = problem(3000, inputs, classes, sparse=sparse)
        assert fast._compiled is not None
        assert len(fast._compiled._parts) > 1
        return train(fast, Newton(accuracy=1e-5), fast.network.zeros(), max_epochs=4).theta

    results = []
    for threads in (1, 2):
        with threadpool_limits(threads, "blas"):
            results.append(trained())
    np.testing.assert_array_equal(results[0], results[1])


def test_small_work_does_not_load_numba_and_much_of_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Asked, "seconds", 0.0)
    x, t = np.random.default_rng(0).normal(size=(1000, 20)), np.arange(1000) % 5

    def cost() -> Cost:
        return Cost.of(Network((Dense(20, 5),)), SoftmaxCrossEntropy(), x, t)

    assert cost()._compiled is None
    assert any(cost()._compiled is not None for _ in range(10_000))


def test_what_is_not_covered_is_left_to_the_plain_form() -> None:
    x, t = np.eye(4), np.array([0, 1, 2, 0])
    network = Network((Dense(4, 3),))
    assert Cost.of(network, SoftmaxCrossEntropy(), x, np.eye(3)[t])._compiled is None
    assert Cost.of(network, SigmoidCrossEntropy(), x, np.eye(3)[t])._compiled is None
    cost = Cost.of(network, SoftmaxCrossEntropy(), x, t)
    value, gradient = cost.value_and_gradient(network.zeros().astype(np.float32))  # of another type than the rows
    assert value == pytest.approx(np.log(3))
    assert gradient.dtype == np.float32


@given(
    rows=st.integers(2, 700),
    inputs=st.integers(1, 40),
    options=st.fixed_dictionaries({"bias": st.booleans(), "weighted": st.booleans()}),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 99),
)
def test_the_block_of_sparse_rows_is_the_hessian(rows: int, inputs: int, options: Any, dtype: Any, seed: int) -> None:
    fast, plain = problem(rows, inputs, 2, dtype, seed=seed, sparse=True, **options)
    theta = np.random.default_rng(seed).normal(size=fast.network.size).astype(dtype)
    assert fast._compiled is not None
    blocks = fast._compiled.blocks(fast._compiled.probabilities(theta))
    assert blocks is not None
    columns = [plain.curvature(theta).product(v) - 0.1 * plain.weights(v) for v in np.eye(len(theta), dtype=dtype)]
    assert_close(np.tril(blocks[0]), np.tril(np.transpose(columns)), np.float32)


def test_the_block_is_the_same_where_columns_of_a_row_are_in_any_order_and_twice() -> None:
    fast, _ = problem(200, 12, 2, sparse=True)
    tidy = fast.rows.x.tocoo()
    backwards = np.lexsort((-tidy.col, tidy.row)).repeat(2)
    starts = np.searchsorted(tidy.row[backwards], np.arange(201))
    places = tidy.col[backwards].astype(np.int32), starts.astype(np.int32)
    untidy = csr_array((tidy.data[backwards] / 2, *places), shape=tidy.shape)
    assert not untidy.has_canonical_format
    theta = np.random.default_rng(0).normal(size=fast.network.size)
    costs = (fast, replace(fast, rows=replace(fast.rows, x=untidy)))
    blocks = [cost._compiled.blocks(cost._compiled.probabilities(theta)) for cost in costs if cost._compiled]
    assert_close(blocks[1], blocks[0], np.float32)
    assert untidy.nnz == 2 * tidy.nnz


@pytest.mark.parametrize("classes", [2, 5])
def test_probabilities_of_the_last_cost_are_kept_once_they_were_asked_for(
    classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast, plain = problem(300, 4, classes)
    assert fast._compiled is not None
    thetas = np.random.default_rng(0).normal(size=(3, fast.network.size))
    for theta in (thetas[0], thetas[1], thetas[1], thetas[2]):
        z = plain.network.forward(theta, plain.rows.x)[-1]
        expected = plain.loss.activation.forward({}, z).T
        np.testing.assert_allclose(fast._compiled.probabilities(theta), expected, atol=1e-7)
    fast._compiled.cost_and_gradient(thetas[0])
    monkeypatch.setattr(fast._compiled, "_sum", None)  # there is no other pass
    np.testing.assert_array_equal(fast._compiled.probabilities(thetas[0]), fast._compiled._kept[1])
