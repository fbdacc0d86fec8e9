"""The compiled cost of one dense layer: the numbers of the plain form, whatever the shape, type and threads."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array
from threadpoolctl import threadpool_limits

from chainrule import Dense, Network, Newton, SigmoidCrossEntropy, SoftmaxCrossEntropy, train
from chainrule.arrays import Array, is_sparse
from chainrule.engine import Cost, Rows, compiled_regression
from chainrule.engine.compiled.library import ACROSS, ALONG, SPARSE, kernels
from chainrule.engine.compiled_regression import CompiledRegression
from chainrule.losses import Penalty
from tests.engine.forms import INSTRUCTIONS

pytestmark = pytest.mark.skipif(kernels is None, reason="the package was built without a C compiler")

# Around the numbers of a vector, of a strip of rows and of a tile.
ROWS = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 300, 511, 512, 513)
INPUTS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 70)
CLASSES = (2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 17, 24, 25)


@pytest.fixture(autouse=True)
def never_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.engine.curvature.is_cheap", lambda *_: False)


@pytest.fixture(params=INSTRUCTIONS)
def instructions(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each set of instructions that the processor has."""
    kernels.choose(request.param)
    yield
    kernels.choose(INSTRUCTIONS[0])


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
    return both_forms(Cost.of(network, loss, x, t, weights=weights, penalty=Penalty(l2=0.1)))


def small_problem(rows: int, inputs: int, classes: int, dtype: Any, order: Any, seed: int) -> tuple[Cost, Cost]:
    """The same of any number of rows, whatever their classes, with weights and smoothed labels."""
    generator = np.random.default_rng(seed)
    x = np.asarray(generator.normal(size=(rows, inputs)), dtype, order=order)
    these = Rows(x, generator.integers(classes, size=rows), generator.uniform(0, 2, rows))
    loss = SigmoidCrossEntropy(0.1) if classes == 2 else SoftmaxCrossEntropy(0.1)
    network = Network((Dense(inputs, 1 if classes == 2 else classes),))
    return both_forms(Cost(network, loss, these, 1.0, Penalty(), "sum"))


def both_forms(cost: Cost) -> tuple[Cost, Cost]:
    """A cost that is compiled, and the same as if it were of a mini-batch, which is not."""
    plain = replace(cost, whole=False)
    theta = cost.network.zeros().astype(cost.rows.x.dtype)
    assert (cost.is_compiled_for(theta), plain.is_compiled_for(theta)) == (True, False)
    return cost, plain


def compiled_of(cost: Cost) -> CompiledRegression:
    """What computes a cost that is compiled."""
    scale = cost.total_weight if cost.reduction == "mean" else 1.0
    found = compiled_regression.compiled_regression(cost.network, cost.loss, cost.rows, scale)
    assert found is not None
    return found


def assert_same(fast: Cost, plain: Cost, theta: Array, v: Array, dtype: Any) -> None:
    """The two agree in cost, gradient, probabilities and curvature."""
    compiled = compiled_of(fast)
    (value, gradient), (plain_value, plain_gradient) = (cost.value_and_gradient(theta) for cost in (fast, plain))
    assert_close(value, plain_value, dtype)
    assert_close(gradient, plain_gradient, dtype)
    assert gradient.dtype == dtype
    curvatures = [cost.curvature(theta) for cost in (fast, plain)]
    products = [curvature.product(v) for curvature in curvatures]
    assert products[0].dtype == dtype
    x = plain.rows.x.toarray() if is_sparse(plain.rows.x) else plain.rows.x
    expected = plain.loss.activation.forward({}, plain.network.forward(theta, x)[-1]).T
    np.testing.assert_allclose(compiled.probabilities(theta), expected, rtol=2e-5, atol=1e-6)
    z = plain.network.forward(v, x)[-1]
    # Probabilities are kept in single precision, which rounds them by 6e-8.
    rounding = 2e-7 * (compiled.weights * np.abs(x).max(axis=1, initial=1) * np.abs(z).max(axis=1)).sum()
    bound = 2e-5 * np.abs(products[1]).max() + rounding
    np.testing.assert_allclose(products[0], products[1], rtol=2e-5, atol=bound)


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
@pytest.mark.usefixtures("instructions")
def test_compiled_kernels_agree_with_numpy(
    rows: int, inputs: int, classes: int, options: Any, order: str, sparse: bool, dtype: Any, seed: int
) -> None:
    sparse &= classes == 2
    fast, plain = problem(rows, inputs, classes, dtype, seed=seed, order=order, sparse=sparse, **options)
    generator = np.random.default_rng(seed)
    theta, v = (generator.normal(size=fast.network.size).astype(dtype) for _ in range(2))
    assert_same(fast, plain, theta, v, dtype)
    assert fast.value(theta) == fast.value_and_gradient(theta)[0]


@pytest.mark.usefixtures("instructions")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
def test_compiled_kernels_agree_with_numpy_around_the_sizes_of_vectors_strips_and_tiles(order: str, dtype: Any) -> None:
    classes, rows = cycle(CLASSES), cycle(ROWS)
    sizes = [(n, i, next(classes)) for n in ROWS for i in INPUTS] + [
        (next(rows), i, k) for i in INPUTS for k in CLASSES
    ]
    for seed, (n, i, k) in enumerate(sizes):
        fast, plain = small_problem(n, i, k, dtype, order, seed)
        theta, v = np.random.default_rng(seed).normal(size=(2, fast.network.size)).astype(dtype) / np.sqrt(
            i, dtype=dtype
        )
        assert_same(fast, plain, theta, v, dtype)


@pytest.mark.usefixtures("instructions")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("classes", [2, 3, 9])
def test_the_blocks_are_the_hessian_of_each_class(classes: int, dtype: Any) -> None:
    for n, i in [(1, 1), (7, 3), (8, 4), (9, 5), (255, 7), (256, 8), (257, 9), (300, 16), (513, 33)]:
        for order in "CF":
            fast, plain = small_problem(n, i, classes, dtype, order, n)
            theta = np.random.default_rng(n).normal(size=fast.network.size).astype(dtype) / np.sqrt(i, dtype=dtype)
            # Rows that lie across have blocks in single precision, which is what the curvature is computed in.
            compiled = compiled_of(fast) if order == "F" else compiled_of(fast).single
            y, k = compiled_of(fast).probabilities(theta), fast.network.outputs
            blocks = compiled.blocks(y)
            assert blocks is not None
            ones = np.hstack([plain.rows.x, np.ones((n, 1), dtype)])
            for c in range(k):
                expected = (ones * (compiled.weights * y[c] * (1 - y[c]))[:, None]).T @ ones
                assert_close(np.tril(blocks[c]), np.tril(expected), np.float32)


@pytest.mark.usefixtures("instructions")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("classes", [2, 3, 9])
def test_compiled_kernels_agree_with_numpy_at_extreme_logits(classes: int, dtype: Any) -> None:
    for order in "CF":
        fast, plain = small_problem(301, 70, classes, dtype, order, 0)
        theta = np.random.default_rng(0).uniform(-1, 1, fast.network.size).astype(dtype)
        k = fast.network.outputs
        theta[-k:] = [(-1e4, 1e4, 0)[c % 3] for c in range(k)]
        assert_same(fast, plain, theta, theta[::-1].copy(), dtype)
        assert np.isfinite(fast.value(theta))


@pytest.mark.usefixtures("instructions")
@pytest.mark.parametrize("far", [1e3, 1e30, 1e300, np.inf, np.nan])
@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("classes", [2, 4])
def test_compiled_kernels_are_finite_where_numpy_is(classes: int, place: int, far: float) -> None:
    fast, plain = problem(50, 3, classes)
    theta = np.linspace(-1, 1, fast.network.size)
    theta[place] = far
    with np.errstate(all="ignore"):
        found, expected = fast.value_and_gradient(theta), plain.value_and_gradient(theta)
    assert np.isfinite(found[0]) == np.isfinite(expected[0])
    assert np.isfinite(found[1]).all() == np.isfinite(expected[1]).all()
    if np.isfinite(expected[0]):
        assert_close(found[0], expected[0], np.float64)


@pytest.mark.usefixtures("instructions")
@pytest.mark.parametrize(("inputs", "classes", "sparse"), [(7, 5, False), (70, 5, False), (40, 2, True)])
def test_the_bits_do_not_depend_on_the_threads(
    inputs: int, classes: int, sparse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled_regression, "PART_WORK", 10_000)

    def trained() -> Array:
        fast, _ = problem(3000, inputs, classes, sparse=sparse)
        assert len(compiled_of(fast).parts) > 1
        return train(fast, Newton(accuracy=1e-5), fast.network.zeros(), max_epochs=4).theta

    results = []
    for threads in (1, 2, 3, 5, 8):
        with threadpool_limits(threads, "blas"):
            results.append(trained())
    for other in results[1:]:
        np.testing.assert_array_equal(results[0], other)


def test_the_least_work_is_compiled_whatever_was_asked_for_before() -> None:
    cost = Cost.of(Network((Dense(1, 1),)), SigmoidCrossEntropy(), [[0.0], [1.0]], [0, 1])
    assert cost.is_compiled_for(cost.network.zeros())


@pytest.mark.usefixtures("plain_regression")
def test_without_the_module_the_plain_form_is_used() -> None:
    cost = Cost.of(Network((Dense(1, 1),)), SigmoidCrossEntropy(), [[0.0], [1.0]], [0, 1])
    assert not cost.is_compiled_for(cost.network.zeros())
    assert cost.value(cost.network.zeros()) == pytest.approx(np.log(2))


@pytest.mark.parametrize("named", ["", "none", *(kernels.instructions() if kernels else ())])
def test_the_environment_names_the_instructions(named: str) -> None:
    program = "from chainrule.engine.compiled.library import kernels; print(kernels and kernels.chosen())"
    variables = {**os.environ, "CHAINRULE_INSTRUCTIONS": named}
    told = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == {"": kernels.instructions()[0], "none": "None"}.get(named, named)


def test_instructions_that_the_processor_has_not_are_refused() -> None:
    with pytest.raises(ValueError, match="abacus"):
        kernels.choose("abacus")


def fitting(form: int, classes: int = 3) -> list[Any]:
    """The arguments of `add_cost_and_gradient`, which fit together."""
    x = np.ones({ACROSS: (5, 3), ALONG: (3, 5), SPARSE: (1, 10)}[form])
    places, starts = np.zeros(10, np.int32), np.arange(0, 11, 2)
    targets, weights, y = np.zeros(5, np.int64), np.ones(5), np.empty((0, 5), np.float32)
    theta = np.zeros((classes, 18)), np.zeros(classes)
    into, scale = (np.zeros((classes, 18)), np.zeros(classes)), (np.empty(0), np.empty(0))
    return [x, places, starts, form, form, *scale, 0, 5, *theta, targets, weights, 1.0, 0.0, y, *into]


OTHERS = {
    0: np.ones((2, 2)),
    1: np.zeros(3, np.int64),
    2: np.arange(3, dtype=np.int32),
    3: 7,
    4: -1,
    5: np.ones(2),
    7: 6,
    8: 99,
    9: np.zeros((3, 2)),
    10: np.zeros(2),
    11: np.zeros(4, np.int64),
    12: np.ones(5, np.float32),
    13: "one",
    15: np.empty((2, 5), np.float32),
    16: np.zeros((3, 32)),
    17: np.zeros(3, np.float32),
}


@pytest.mark.parametrize("place", OTHERS)
@pytest.mark.parametrize("form", [ACROSS, ALONG, SPARSE])
def test_arguments_that_do_not_fit_together_are_refused(form: int, place: int) -> None:
    arguments = fitting(form, 1 if form == SPARSE else 3)
    assert kernels.add_cost_and_gradient(*arguments) > 0
    arguments[place] = OTHERS[place]
    with pytest.raises((TypeError, ValueError)):
        kernels.add_cost_and_gradient(*arguments)
    with pytest.raises(TypeError, match="takes 18 arguments, found 17"):
        kernels.add_cost_and_gradient(*arguments[1:])


@pytest.mark.usefixtures("instructions")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("given_type", [np.float64, np.float32])
def test_rows_are_rescaled_and_turned(given_type: Any, dtype: Any) -> None:
    generator, places, starts = np.random.default_rng(0), np.empty(0, np.int32), np.empty(0, np.int64)
    for n, i in [(n, i) for n in (2, 7, 8, 9, 15, 16, 17, 18, 33, 34) for i in (1, 7, 8, 9, 15, 16, 17, 33)]:
        x, shift, factor = (
            generator.normal(size=(n, i)).astype(given_type),
            generator.normal(size=i),
            np.arange(1.0, i + 1),
        )
        expected = ((x[1:] - shift) * factor).astype(dtype)
        for lies in (ACROSS, ALONG):
            given_rows = np.ascontiguousarray(x if lies == ACROSS else x.T)
            for form in (ACROSS, ALONG):
                out = np.full((n, i) if form == ACROSS else (i, n), np.nan, dtype)
                kernels.rescale(given_rows, places, starts, lies, form, shift, factor, 1, n, out)
                written = out if form == ACROSS else out.T
                np.testing.assert_array_equal(written[1:], expected)
                assert np.isnan(written[0]).all()


@pytest.mark.parametrize("place", [9, 16])
def test_what_is_written_must_be_writable_and_in_rows(place: int) -> None:
    arguments = fitting(ACROSS)
    arguments[place] = np.zeros((18, 3)).T
    with pytest.raises((BufferError, ValueError)):
        kernels.add_cost_and_gradient(*arguments)
    arguments = fitting(ACROSS)
    arguments[16].flags.writeable = False
    with pytest.raises((BufferError, ValueError)):
        kernels.add_cost_and_gradient(*arguments)


def test_what_is_not_covered_is_left_to_the_plain_form() -> None:
    x, t = np.eye(4), np.array([0, 1, 2, 0])
    network = Network((Dense(4, 3),))
    assert not Cost.of(network, SoftmaxCrossEntropy(), x, np.eye(3)[t]).is_compiled_for(network.zeros())
    assert not Cost.of(network, SigmoidCrossEntropy(), x, np.eye(3)[t]).is_compiled_for(network.zeros())
    beyond = Cost(network, SoftmaxCrossEntropy(), Rows(x, np.array([0, 1, 3, 0])), 4.0, Penalty(), "mean")
    assert not beyond.is_compiled_for(network.zeros())
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
    compiled = compiled_of(fast)
    blocks = compiled.blocks(compiled.probabilities(theta))
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
    both = compiled_of(fast), compiled_of(replace(fast, rows=replace(fast.rows, x=untidy)))
    blocks = [compiled.blocks(compiled.probabilities(theta)) for compiled in both]
    assert_close(blocks[1], blocks[0], np.float32)
    assert untidy.nnz == 2 * tidy.nnz


@pytest.mark.parametrize("classes", [2, 5])
def test_probabilities_of_the_last_cost_are_kept_once_they_were_asked_for(
    classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast, plain = problem(300, 4, classes)
    compiled = compiled_of(fast)
    thetas = np.random.default_rng(0).normal(size=(3, fast.network.size))
    for theta in (thetas[0], thetas[1], thetas[1], thetas[2]):
        z = plain.network.forward(theta, plain.rows.x)[-1]
        expected = plain.loss.activation.forward({}, z).T
        np.testing.assert_allclose(compiled.probabilities(theta), expected, atol=1e-7)
    cost, gradient = compiled.cost_and_gradient(thetas[0])
    z = plain.network.forward(thetas[0], plain.rows.x)[-1]
    monkeypatch.setattr(compiled_regression, "kernels", None)  # there is no other pass
    expected = plain.loss.activation.forward({}, z).T
    np.testing.assert_allclose(compiled.probabilities(thetas[0]), expected, atol=1e-7)
    again, gradient_again = compiled.cost_and_gradient(thetas[0])
    assert again == cost
    np.testing.assert_array_equal(gradient_again, gradient)
    gradient_again += 1  # the caller's own
    np.testing.assert_array_equal(compiled.cost_and_gradient(thetas[0])[1], gradient)
