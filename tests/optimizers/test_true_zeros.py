"""Absolute values in the cost: true zeros, the conditions of the optimum, and the same answer as scikit-learn."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression

from chainrule import (
    LBFGS,
    OWLQN,
    Adam,
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
from chainrule.optimizers.orthants import Orthants, least_subgradient
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


def test_both_find_the_same_optimum_and_the_same_zeros() -> None:
    cost = digits(0.01)
    first, second = (minimise(cost, optimizer) for optimizer in FULL.values())
    assert cost.value(first) == pytest.approx(cost.value(second), rel=1e-8)
    np.testing.assert_array_equal(first == 0, second == 0)


@every_full
def test_it_is_the_logistic_regression_of_scikit_learn(optimizer: AnyOptimizer) -> None:
    cost = cancer(0.01, 0.01)
    n = len(cost.rows)
    reference = LogisticRegression(C=1 / (0.02 * n), l1_ratio=0.5, solver="saga", tol=1e-10, max_iter=100_000)
    reference.fit(cost.rows.x, cost.rows.t)
    theta = minimise(cost, optimizer, 1e-8)
    np.testing.assert_allclose(theta, [*reference.coef_[0], *reference.intercept_], atol=1e-5)
    np.testing.assert_array_equal(theta[:30] == 0, reference.coef_[0] == 0)


@every_full
def test_a_strength_above_every_slope_leaves_no_weight(optimizer: AnyOptimizer) -> None:
    theta = minimise(cancer(10.0), optimizer)
    np.testing.assert_array_equal(theta[:30], 0)
    t = load_breast_cancer().target
    assert theta[30] == pytest.approx(np.log(t.mean() / (1 - t.mean())), rel=1e-5)


@every_full
def test_without_absolute_values_it_is_smooth_minimisation(optimizer: AnyOptimizer) -> None:
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
    np.testing.assert_allclose(least_subgradient(theta, slope, cost.l1_weights()), gradient, atol=1e-15)


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
    with pytest.raises(ValueError, match=r"^Proximal needs GradientDescent, .* found LBFGS: it cannot tell how far"):
        Proximal(LBFGS())  # type: ignore[arg-type]
