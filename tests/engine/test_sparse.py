"""Sparse rows: the same cost, derivatives and training as dense ones, in memory for their nonzero numbers alone."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from chainrule import Cost, Dense, GradientBelow, Network, Newton, Penalty, Tanh, train
from chainrule.arrays import Array, is_sparse
from chainrule.engine import Rows, objective
from chainrule.exceptions import MismatchError
from tests.mistakes import assert_refused
from tests.registry import LOSSES, OPTIMIZERS, AnyOptimizer, LossCase, named

# the rough solutions of Newton's method depend on the preconditioner, which is another one for sparse rows
EXACT = {name: optimizer for name, optimizer in OPTIMIZERS.items() if not name.startswith("Newton")}
every_optimizer = pytest.mark.parametrize("optimizer", EXACT.values(), ids=EXACT)
every_kind = pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix], ids=["array", "matrix"])


def table(n: int = 60, columns: int = 7) -> Array:
    """Rows mostly of zeros, with an empty column and an empty row."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(n, columns)) * (generator.uniform(size=(n, columns)) < 0.3)
    x[:, 2] = x[n // 2] = 0
    return x


def pair(case: LossCase, network: Network, kind: Any = sparse.csr_array, **others: Any) -> tuple[Cost, Cost]:
    """The cost of dense and of sparse rows."""
    x = table()
    t = case.targets(case.forms(network.outputs)[0], len(x), network.outputs, np.random.default_rng(1))
    weights = np.random.default_rng(2).uniform(0, 2, len(x))
    dense, thin = (Cost.of(network, case.loss, rows, t, weights=weights, **others) for rows in (x, kind(x)))
    return dense, thin


@every_kind
@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("case", LOSSES, ids=named(LOSSES))
def test_cost_and_derivatives_are_those_of_dense_rows(
    case: LossCase, hidden: bool, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = case.outputs[-1]
    network = Network((Dense(7, 4), Tanh(), Dense(4, outputs)) if hidden else (Dense(7, outputs),))
    dense, thin = pair(case, network, kind, penalty=Penalty(l1=0.01, l2=0.1))
    monkeypatch.setattr(objective, "BLOCK_BYTES", 1)
    monkeypatch.setattr(objective, "SPARSE_BLOCK_BYTES", 1)
    assert thin.block_size < 60
    assert is_sparse(thin.rows.x)
    generator = np.random.default_rng(3)
    theta, v = generator.normal(size=network.size), generator.normal(size=network.size)
    assert thin.value(theta) == pytest.approx(dense.value(theta), rel=1e-13)
    for found, expected in (
        (thin.value_and_gradient(theta)[1], dense.value_and_gradient(theta)[1]),
        (thin.curvature_product(theta, v), dense.curvature_product(theta, v)),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


@every_optimizer
@pytest.mark.parametrize("batch_size", [None, 16])
def test_training_is_that_of_dense_rows(optimizer: AnyOptimizer, batch_size: int | None) -> None:
    network = Network((Dense(7, 3),))
    costs = pair(LOSSES[0], network, penalty=Penalty(l2=0.1))
    dense, thin = (
        train(cost, optimizer, network.zeros(), max_epochs=4, batch_size=batch_size, random_state=0) for cost in costs
    )
    np.testing.assert_allclose(thin.theta, dense.theta, rtol=1e-6, atol=1e-8)


def test_newton_finds_the_optimum_of_dense_rows() -> None:
    network = Network((Dense(7, 3),))
    costs = pair(LOSSES[0], network, penalty=Penalty(l2=0.1))
    dense, thin = (train(cost, Newton(), network.zeros(), stop=[GradientBelow(1e-9)]).history for cost in costs)
    assert thin.gradient_norm[-1] <= 1e-9
    assert thin.cost[-1] == pytest.approx(dense.cost[-1], rel=1e-13)


def test_single_precision_stays_single_precision() -> None:
    network = Network((Dense(7, 3),))
    x = sparse.csr_array(table().astype(np.float32))
    cost = Cost.of(network, LOSSES[0].loss, x, np.arange(60) % 3)
    assert cost.value_and_gradient(network.zeros(np.float32))[1].dtype == np.float32
    assert cost.rows.x.dtype == np.float32


@pytest.mark.parametrize("n", [0, 1])
def test_a_dense_layer_takes_few_sparse_rows(n: int) -> None:
    layer, x = Dense(7, 3), table(2)[:n]
    params = {"weights": np.random.default_rng(0).normal(size=(7, 3)), "bias": np.arange(3.0)}
    thin = sparse.csr_array(x)
    y, dy = layer.forward(params, x), np.ones((n, 3))
    np.testing.assert_allclose(layer.forward(params, thin), y, atol=1e-15)
    for rows in (x, thin):
        grad = {name: np.full_like(value, np.nan) for name, value in params.items()}
        assert layer.vjp(params, rows, y, dy, need_dx=False, grad=grad) is None
        np.testing.assert_allclose(grad["weights"], x.T @ dy, atol=1e-15)
        np.testing.assert_array_equal(grad["bias"], np.full(3, n))


def test_a_network_refuses_sparse_rows_of_the_wrong_width() -> None:
    network = Network((Dense(3, 2),))
    with pytest.raises(MismatchError, match=r"x must have shape \(n, 3\) for this network, found \(60, 7\)"):
        network.forward(network.zeros(), sparse.csr_array(table()))


@pytest.mark.parametrize("form", ["coo", "csc", "lil", "dok", "bsr"])
def test_other_formats_become_csr(form: str) -> None:
    x = table()
    rows = Rows.checked(sparse.csr_array(x).asformat(form), np.arange(60) % 2)
    assert rows.x.format == "csr"
    np.testing.assert_array_equal(rows.x.toarray(), x)


def test_rows_in_order_are_not_copied_and_whole_numbers_become_floats() -> None:
    thin = sparse.csr_array(table())
    assert Rows.checked(thin, np.arange(60) % 2).x is thin
    assert Rows.checked(thin.astype(np.int8), np.arange(60) % 2).x.dtype == np.float64


def test_numbers_given_twice_for_one_place_are_added_in_a_copy() -> None:
    twice = sparse.csr_array(([1.0, 2.0, 5.0], [0, 0, 1], [0, 2, 3]), shape=(2, 2))
    rows = Rows.checked(twice, [0, 1])
    np.testing.assert_array_equal(rows.x.toarray(), [[3, 0], [0, 5]])
    assert twice.nnz == 3


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            sparse.csr_array([[0.0, 1.0], [0.0, 0.0], [np.nan, np.inf]]),
            "x must be finite, found nan in row 2, column 0 (2 such values): fill or remove them first.",
        ),
        (sparse.csr_array([[1j], [2j], [0j]]), "x must hold real numbers only, found type complex128."),
        (
            sparse.csr_array((3, 0)),
            "x must be a table of at least one row and one column, found shape (3, 0).",
        ),
        (
            sparse.coo_array(np.ones(3)),
            "x must be a table of at least one row and one column, found shape (3,).",
        ),
        (sparse.csr_array((2, 2)), "Targets must have one entry for each of the 2 rows, found shape (3,)."),
    ],
)
def test_sparse_rows_that_cannot_be_rows_are_refused_in_one_sentence(x: object, message: str) -> None:
    assert_refused(lambda: Rows.checked(x, [0, 1, 0]), message)


def test_many_columns_take_the_memory_of_their_nonzero_numbers() -> None:
    n, columns, nonzeros = 100_000, 50_000, 1_000_000
    generator = np.random.default_rng(0)
    places = generator.integers(0, n, nonzeros), generator.integers(0, columns, nonzeros)
    x = sparse.csr_array((np.ones(nonzeros), places), shape=(n, columns))
    network = Network((Dense(columns, 1),))
    theta = network.zeros()
    tracemalloc.start()
    try:
        cost = Cost.of(network, LOSSES[2].loss, x, np.arange(n) % 2)
        value, _ = cost.value_and_gradient(theta)
        cost.curvature_product(theta, theta)
        next(cost.batches(100, generator))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert value == pytest.approx(np.log(2))
    assert peak < 20e6
