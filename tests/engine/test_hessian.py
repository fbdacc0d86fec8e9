"""The Hessian written out is the one that the products tell of, and its inverse solves what it should."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import Cost, Dense, Network, Newton, Penalty, SigmoidCrossEntropy, SoftmaxCrossEntropy, train
from chainrule.engine import curvature
from chainrule.engine.curvature import WrittenHessian


@st.composite
def costs(draw: st.DrawFn) -> tuple[Cost, np.random.Generator]:
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, i, k = draw(st.integers(2, 40)), draw(st.integers(1, 6)), draw(st.integers(1, 5))
    network = Network((Dense(i, k, bias=draw(st.booleans())),))
    t = np.concatenate([[0, 1], generator.integers(0, max(k, 2), n - 2)])
    loss = SigmoidCrossEntropy() if k == 1 else SoftmaxCrossEntropy(label_smoothing=draw(st.sampled_from([0.0, 0.1])))
    if k > 1:
        t = t.clip(0, k - 1)
    penalty = Penalty(l2=draw(st.sampled_from([0.0, 1e-3, 1.0])))
    weights = draw(st.sampled_from([None, generator.uniform(0.1, 3.0, n)]))
    reduction: Literal["mean", "sum"] = draw(st.sampled_from(["mean", "sum"]))
    x = generator.normal(size=(n, i))
    return Cost.of(network, loss, x, t, weights=weights, penalty=penalty, reduction=reduction), generator


@given(costs())
def test_the_hessian_is_the_matrix_of_its_products(problem: tuple[Cost, np.random.Generator]) -> None:
    cost, generator = problem
    theta = generator.normal(size=cost.network.size)
    written = cost.curvature(theta)
    assert isinstance(written, WrittenHessian)
    products = np.stack([cost.curvature_product(theta, unit) for unit in np.eye(theta.size)])
    np.testing.assert_allclose(written.matrix, products, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(written.product(theta), products @ theta, rtol=1e-10, atol=1e-12)
    alone = written.flat_curvature[:, None] * written.flat
    np.testing.assert_allclose(written.flat @ products, alone, atol=1e-12)


@given(costs(), st.sampled_from([0.0, 0.3]))
def test_the_preconditioner_of_a_small_hessian_is_its_inverse_where_the_cost_is_not_flat(
    problem: tuple[Cost, np.random.Generator], damping: float
) -> None:
    cost, generator = problem
    written = cost.curvature(generator.normal(size=cost.network.size))
    assert isinstance(written, WrittenHessian)
    matrix = written.matrix + damping * np.eye(len(written.matrix))
    values, vectors = np.linalg.eigh(matrix)
    bent = vectors[:, values > 1e-5 * values[-1]]
    r = bent @ generator.normal(size=bent.shape[1])
    r -= written.flat.T @ ((written.flat_curvature == 0) * (written.flat @ r))
    solved = written.preconditioner(damping=damping)(r)
    np.testing.assert_allclose(matrix @ solved, r, rtol=0, atol=2e-2 * np.abs(r).max())


def test_parameters_that_may_not_move_do_not() -> None:
    generator = np.random.default_rng(0)
    x, t = generator.normal(size=(50, 3)), generator.integers(0, 3, 50)
    cost = Cost.of(Network((Dense(3, 3),)), SoftmaxCrossEntropy(), x, t, penalty=Penalty(l2=0.1))
    written = cost.curvature(generator.normal(size=12))
    free = np.array([1.0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 0])
    moving = free == 1
    r = generator.normal(size=12) * free
    solved = written.preconditioner(free, 0.2)(r)
    assert isinstance(written, WrittenHessian)
    assert not solved[~moving].any()
    part = written.matrix[np.ix_(moving, moving)] + 0.2 * np.eye(moving.sum())
    np.testing.assert_allclose(part @ solved[moving], r[moving], rtol=1e-6)


def test_without_any_curvature_it_is_still_a_map_to_finite_numbers() -> None:
    cost = Cost.of(Network((Dense(2, 2),)), SoftmaxCrossEntropy(), np.zeros((4, 2)), [0, 1, 0, 1])
    written = cost.curvature(np.full(6, 1e6) * [1, 0, 1, 0, 1, 0])
    assert np.isfinite(written.preconditioner()(np.ones(6))).all()


@pytest.mark.usefixtures("plain_regression")  # the kernels multiply in single precision
@pytest.mark.parametrize("l2", [0.0, 1e-2])
def test_newton_goes_the_same_way_with_products_alone(l2: float, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(3)
    x, t = generator.normal(size=(120, 4)), generator.integers(0, 3, 120)
    cost = Cost.of(Network((Dense(4, 3),)), SoftmaxCrossEntropy(), x, t, penalty=Penalty(l2=l2))
    thetas = [train(cost, Newton(), cost.network.zeros(), max_epochs=6).theta]
    monkeypatch.setattr(curvature, "is_cheap", lambda *_: False)
    thetas.append(train(cost, Newton(), cost.network.zeros(), max_epochs=6).theta)
    np.testing.assert_allclose(thetas[0], thetas[1], atol=1e-7)


@pytest.mark.parametrize("written_out", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_newton_stays_at_the_minimum_where_the_same_constant_added_to_all_classes_changes_nothing(
    seed: int, written_out: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = np.random.default_rng(seed)
    x, t = generator.normal(size=(300, 4)), generator.integers(0, 3, 300)
    cost = Cost.of(Network((Dense(4, 3),)), SoftmaxCrossEntropy(), x, t)
    if not written_out:
        monkeypatch.setattr(curvature, "is_cheap", lambda *_: False)
    there = train(cost, Newton(), cost.network.zeros(), max_epochs=10).theta
    later = train(cost, Newton(), there, max_epochs=6).theta
    # The gradient there is rounding, some 1e-17, and the curvature of these rows at least 0.1.
    np.testing.assert_allclose(later, there, rtol=0, atol=1e-14)
