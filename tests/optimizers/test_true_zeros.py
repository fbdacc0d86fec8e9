"""Absolute values in the cost: true zeros, the conditions of the optimum, and the same answer as scikit-learn."""

import csv
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from chainrule import (
    LBFGS,
    OWLQN,
    Adam,
    Classifier,
    Cost,
    Dense,
    GradientDescent,
    InverseTimeDecay,
    Momentum,
    Network,
    Newton,
    Penalty,
    Proximal,
    RMSprop,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    train,
)
from chainrule.arrays import Array
from chainrule.engine.curvature import KeptCurvature, WrittenHessian
from chainrule.optimizers.lbfgs import Orthants, least_subgradient
from chainrule.optimizers.newton import lowest_along, lowest_with_l1
from tests.inference.problems import HSBDEMO
from tests.registry import AnyOptimizer

FULL: dict[str, AnyOptimizer] = {"Newton": Newton(), "OWLQN": OWLQN()}
every_full = pytest.mark.parametrize("optimizer", FULL.values(), ids=FULL)


def standard(x: Array) -> Array:
    return (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1)


def cancer(l1: float, l2: float = 0.0) -> Cost:
    x, t = load_breast_cancer(return_X_y=True)
    return Cost.of(Network((Dense(30, 1),)), SigmoidCrossEntropy(), standard(x), t, penalty=Penalty(l1=l1, l2=l2))


def digits(l1: float, l2: float = 0.0) -> Cost:
    x, t = load_digits(return_X_y=True)
    network, chosen = Network((Dense(64, 10),)), slice(0, 600)
    return Cost.of(network, SoftmaxCrossEntropy(), standard(x[chosen]), t[chosen], penalty=Penalty(l1=l1, l2=l2))


def minimise(cost: Cost, optimizer: AnyOptimizer, tolerance: float = 1e-6) -> Array:
    theta = cost.network.zeros()
    state = optimizer.init(theta)
    for _ in range(600):
        step = optimizer.step(cost, theta, state)
        if np.linalg.norm(step.gradient) <= tolerance:
            return theta
        theta, state = step.theta, step.state
    raise AssertionError(f"the gradient's norm is still {np.linalg.norm(step.gradient)}")


def violation(cost: Cost, theta: Array) -> float:
    """How far `theta` is from the conditions of the optimum, written anew."""
    slope, l1 = cost.smooth().value_and_gradient(theta)[1], cost.l1_weights()
    at_zero = np.maximum(np.abs(slope) - l1, 0)[theta == 0]
    elsewhere = np.abs(slope + l1 * np.sign(theta))[theta != 0]
    return float(max(at_zero.max(initial=0), elsewhere.max(initial=0)))


@every_full
@pytest.mark.parametrize("l2", [0.0, 0.01])
@pytest.mark.parametrize("make", [cancer, digits])
def test_the_conditions_of_the_optimum_hold_with_true_zeros(optimizer: AnyOptimizer, make: Any, l2: float) -> None:
    cost = make(0.01, l2)
    theta = minimise(cost, optimizer)
    assert violation(cost, theta) <= 1e-6
    zeros = int((theta[cost.l1_weights() > 0] == 0).sum())
    assert 0 < zeros < int((cost.l1_weights() > 0).sum())


def test_proximal_steps_and_owlqn_find_the_same_optimum_and_the_same_zeros() -> None:
    cost = digits(0.01)
    first, second = (minimise(cost, optimizer) for optimizer in FULL.values())
    assert cost.value(first) == pytest.approx(cost.value(second), rel=1e-8)
    np.testing.assert_array_equal(first == 0, second == 0)


@every_full
def test_l1_regression_agrees_with_scikit_learn(optimizer: AnyOptimizer) -> None:
    cost = cancer(0.01, 0.01)
    n = len(cost.rows)
    reference = LogisticRegression(C=1 / (0.02 * n), l1_ratio=0.5, solver="saga", tol=1e-10, max_iter=100_000)
    reference.fit(cost.rows.x, cost.rows.t)
    theta = minimise(cost, optimizer, 1e-8)
    np.testing.assert_allclose(theta, [*reference.coef_[0], *reference.intercept_], atol=1e-5)
    np.testing.assert_array_equal(theta[:30] == 0, reference.coef_[0] == 0)


@every_full
def test_an_l1_penalty_above_the_largest_gradient_leaves_no_weight(optimizer: AnyOptimizer) -> None:
    theta = minimise(cancer(10.0), optimizer)
    np.testing.assert_array_equal(theta[:30], 0)
    t = load_breast_cancer().target
    assert theta[30] == pytest.approx(np.log(t.mean() / (1 - t.mean())), rel=1e-5)


@every_full
def test_without_an_l1_penalty_the_minimum_is_that_of_smooth_minimisation(optimizer: AnyOptimizer) -> None:
    cost = cancer(0.0, 0.1)
    assert np.linalg.norm(cost.value_and_gradient(minimise(cost, optimizer, 1e-7))[1]) <= 1e-7


def test_the_gradient_of_the_cost_is_the_least_subgradient() -> None:
    cost = cancer(0.05, 0.1)
    theta = np.where(np.arange(31) % 3 == 0, 0, np.linspace(-1, 1, 31))
    slope = cost.smooth().value_and_gradient(theta)[1]
    gradient = cost.value_and_gradient(theta)[1]
    for j in range(30):
        if theta[j] != 0:
            expected = slope[j] + 0.05 * np.sign(theta[j])
        else:
            expected = np.sign(slope[j]) * max(abs(slope[j]) - 0.05, 0)
        assert gradient[j] == pytest.approx(expected, abs=1e-15)
    assert gradient[30] == slope[30]
    weights = cost.l1_weights()
    assert weights is not None
    np.testing.assert_allclose(least_subgradient(theta, slope, weights), gradient, atol=1e-15)


def test_an_orthant_lets_go_of_what_the_slope_drives_and_ends_at_zero() -> None:
    theta, gradient, l1 = np.array([1.0, -2.0, 0.0, 0.0, 0.0]), np.array([0, 0, 3.0, 0, 5]), np.array([1, 1, 1, 1, 0.0])
    orthants = Orthants.of(theta, gradient, l1)
    np.testing.assert_array_equal(orthants.free, [True, True, True, False, True])
    np.testing.assert_array_equal(orthants.project(np.array([-1.0, -1.0, 1.0, 0.0, -7.0])), [0, -1, 0, 0, -7])


PROXIMAL: dict[str, Any] = {
    "GradientDescent": Proximal(GradientDescent(rate=0.5)),
    "Momentum": Proximal(Momentum(rate=0.05)),
    "nesterov": Proximal(Momentum(rate=0.05, nesterov=True)),
    "Adam": Proximal(Adam(rate=0.01)),
    "RMSprop": Proximal(RMSprop(rate=InverseTimeDecay(0.01, every=300))),
}


@pytest.mark.parametrize("optimizer", PROXIMAL.values(), ids=PROXIMAL)
def test_the_proximal_step_balances_at_the_optimum(optimizer: AnyOptimizer) -> None:
    cost = cancer(0.05, 0.1)
    best = minimise(cost, Newton(), 1e-9)
    theta = cost.network.zeros()
    state = optimizer.init(theta)
    for _ in range(3000):
        theta, state, *_ = optimizer.step(cost, theta, state)
    np.testing.assert_allclose(theta, best, atol=2e-3)
    np.testing.assert_array_equal(theta == 0, best == 0)


@pytest.mark.parametrize("optimizer", PROXIMAL.values(), ids=PROXIMAL)
def test_mini_batches_end_in_true_zeros_too(optimizer: AnyOptimizer) -> None:
    cost = cancer(0.05, 0.1)
    training = train(cost, optimizer, cost.network.zeros(), max_epochs=30, batch_size=64, random_state=0)
    zeros = training.theta[:30] == 0
    assert zeros.sum() >= 3
    assert cost.value(training.theta) <= 1.02 * cost.value(minimise(cost, Newton()))


def test_a_proximal_step_reports_the_cost_with_its_absolute_values() -> None:
    cost = cancer(0.05)
    theta = np.linspace(-1, 1, 31)
    step = PROXIMAL["Adam"].step(cost, theta, PROXIMAL["Adam"].init(theta))
    value, gradient = cost.value_and_gradient(theta)
    assert step.value == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(step.gradient, gradient, atol=1e-15)


def test_an_optimizer_of_unknown_reach_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Proximal needs GradientDescent, .* found LBFGS: it does not say how far"):
        Proximal(LBFGS())  # type: ignore[arg-type]


def correlated(l1: float) -> Cost:
    """Thirty columns that ten tell apart but for 5 % of noise, and five classes."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 10)) @ rng.normal(size=(10, 30)) + 0.05 * rng.normal(size=(500, 30))
    z = x @ (rng.normal(size=(30, 5)) * (rng.random((30, 5)) < 0.3))
    t = (z / 2 + rng.gumbel(size=z.shape)).argmax(axis=1)
    return Cost.of(Network((Dense(30, 5),)), SoftmaxCrossEntropy(), standard(x), t, penalty=Penalty(l1=l1))


def twins(l1: float) -> Cost:
    """Every column twice: where a weight of the one is, a weight of the other would do."""
    x, t = load_breast_cancer(return_X_y=True)
    x = np.repeat(standard(x)[:, :8], 2, axis=1)
    return Cost.of(Network((Dense(16, 1),)), SigmoidCrossEntropy(), x, t, penalty=Penalty(l1=l1))


@pytest.mark.parametrize("l1", [1e-5, 1e-3])
@pytest.mark.parametrize("make", [correlated, twins, digits, cancer])
def test_newton_ends_at_the_optimum_where_columns_depend_on_each_other(make: Any, l1: float) -> None:
    cost = make(l1)
    assert violation(cost, minimise(cost, Newton(), 1e-9)) <= 1e-9


@pytest.mark.parametrize("l1", [1e-5, 1e-3, 1e-2])
def test_dense_and_sparse_rows_end_at_the_same_weights(l1: float) -> None:
    rng = np.random.default_rng(3)
    x = np.hstack([rng.normal(size=(100, 20)) * (rng.random((100, 20)) < 0.4), np.ones((100, 1))])
    y = (x[:, 0] - x[:, 1] + rng.logistic(size=100) > 0).astype(int)
    dense, sparse = (
        Classifier(bias=False, standardize=False, l1=l1, l2=0.0, tol=1e-11).fit(rows, y) for rows in (x, csr_array(x))
    )
    np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=1e-9, atol=1e-9)


def high_school() -> tuple[Array, Array]:
    """Five scores of 200 pupils, which depend on each other, and the programme that they chose."""
    if not HSBDEMO.exists():
        pytest.skip(f"{HSBDEMO} is not there")
    with HSBDEMO.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    names = ("read", "write", "math", "science", "socst")
    return np.array([[float(row[name]) for name in names] for row in rows]), np.array([row["prog"] for row in rows])


def test_classifier_reaches_the_optimum_of_saga_on_the_high_school_data() -> None:
    x, y = high_school()
    ours = Classifier(l1=1e-5, l2=0.0).fit(x, y)
    assert ours.n_iter_ < 50  # some twenty of them cheap ones, of OWL-QN
    assert ours.history_.gradient_norm[-1] <= 1e-5
    x = standard(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        saga = LogisticRegression(C=1 / (1e-5 * len(y)), l1_ratio=1.0, solver="saga", tol=1e-8, max_iter=20_000)
        saga.fit(x, y)
    cost = Cost.of(ours.network_, SoftmaxCrossEntropy(), x, np.searchsorted(ours.classes_, y), penalty=Penalty(l1=1e-5))
    assert cost.value(ours.theta_) <= cost.value(np.hstack([saga.coef_.ravel(), saga.intercept_])) + 1e-9


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 8), flat=st.booleans())
def test_the_quadratic_with_absolute_values_ends_at_its_lowest_point(seed: int, size: int, flat: bool) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(max(1, size - flat), size))
    matrix = root.T @ root
    slope, theta = matrix @ rng.normal(size=size), rng.normal(size=size) * (rng.random(size) < 0.5)
    l1 = rng.random(size) * (rng.random(size) < 0.8)
    curvature = WrittenHessian(matrix, np.empty((0, size)), np.empty(0))
    u, gradient = theta, slope
    for _ in range(30):  # each call goes on from the point of the one before, with less and less damping
        norm = float(np.linalg.norm(least_subgradient(u, gradient, l1)))
        u, before = lowest_with_l1(curvature, u, gradient, l1, accuracy=1e-12, damping=1e-3 * norm), u
        gradient = slope + matrix @ (u - theta)
        assert model(matrix, theta, slope, l1, u) <= model(matrix, theta, slope, l1, before) + 1e-12
    assert norm <= 1e-6 * max(1.0, float(np.linalg.norm(slope)))


def model(matrix: Array, theta: Array, slope: Array, l1: Array, u: Array) -> float:
    step = u - theta
    return float(slope @ step + step @ matrix @ step / 2 + l1 @ np.abs(u))


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 9))
def test_the_lowest_point_on_a_line_is_that_of_a_fine_grid(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    u, way = rng.normal(size=(2, size)) * (rng.random((2, size)) < 0.8)
    l1, (slope, bend) = rng.random(size), (-2 * rng.random(), rng.random())

    def value(rate: Array) -> Array:
        kinks = np.abs(u + np.multiply.outer(rate, way)) @ l1
        return np.asarray(slope * rate + bend * rate**2 / 2 + kinks)

    rate, kink = lowest_along(u, way, slope, bend, l1)
    assert 0 <= rate <= 1
    assert value(np.array(rate)) <= value(np.linspace(0, 1, 1001)).min() + 1e-12
    assert kink is None or abs(u[kink] + rate * way[kink]) < 1e-12


def test_newton_leaves_the_cheap_steps_where_they_become_slow() -> None:
    rng = np.random.default_rng(0)
    common = rng.normal(size=(300, 1))
    x, t = common + 0.05 * rng.normal(size=(300, 12)), rng.integers(0, 3, 300)  # nearly the same columns: a long valley
    cost = Cost.of(Network((Dense(12, 3),)), SoftmaxCrossEntropy(), x, t, penalty=Penalty(l1=1e-3))
    theta, newton, pairs = cost.network.zeros(), Newton(), []
    state = newton.init(theta)
    for _ in range(60):
        theta, state, _, gradient, _ = newton.step(cost, theta, state)
        pairs.append(len(state.pairs))
    assert max(pairs) == 10
    assert pairs[-1] == 0
    assert float(np.linalg.norm(gradient)) < 1e-10


def test_a_matrix_that_is_written_out_is_the_same() -> None:
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(2000, 30)), rng.uniform(0.5, 2, 2000)
    for loss, outputs in ((SoftmaxCrossEntropy(), 4), (SigmoidCrossEntropy(), 1)):
        network = Network((Dense(30, outputs),))
        t = rng.integers(0, max(2, outputs), 2000)
        cost = Cost.of(network, loss, x, t, weights=weights, penalty=Penalty(l2=0.01))
        theta, v = rng.normal(size=(2, network.size))
        kept = KeptCurvature(network, loss, cost.rows, 300, theta, cost.total_weight, cost.l2_weights())
        written = kept.after(10**6)
        assert kept.after(0) is kept
        assert isinstance(written, WrittenHessian)
        assert written.after(10**6) is written
        np.testing.assert_allclose(written.product(v), kept.product(v), rtol=1e-11)
