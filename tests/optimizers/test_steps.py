"""Gradient descent and momentum against closed forms on a quadratic."""

from collections.abc import Callable

import numpy as np
import pytest

from chainrule import GradientDescent, Momentum, PerceptronRule, StepDecay
from chainrule.arrays import Array
from chainrule.optimizers import FIRST_ORDER
from tests.optimizers.quadratic import diagonal, random_quadratic
from tests.registry import AnyOptimizer


def path(optimizer: AnyOptimizer, theta: Array, steps: int) -> list[Array]:
    objective, state, thetas = diagonal(1.0, 4.0), optimizer.init(theta), [theta]
    for _ in range(steps):
        theta, state, *_ = optimizer.step(objective, theta, state)
        thetas.append(theta)
    return thetas


def test_gradient_descent_shrinks_every_distance_by_its_own_factor() -> None:
    start, lowest, rate = np.array([3.0, -1.0]), np.array([1.0, 2.0]), 0.1
    for k, theta in enumerate(path(GradientDescent(rate), start, 20)):
        expected = lowest + (1 - rate * np.array([1.0, 4.0])) ** k * (start - lowest)
        np.testing.assert_allclose(theta, expected, rtol=1e-13)


@pytest.mark.parametrize("make", FIRST_ORDER)
def test_the_rate_of_every_step_is_that_of_the_schedule(make: Callable[..., AnyOptimizer]) -> None:
    objective, optimizer = diagonal(1.0), make(rate=StepDecay(0.5, factor=0.1, every=2))
    theta = np.array([0.0])
    state, rates = optimizer.init(theta), []
    for _ in range(5):
        theta, state, _, _, rate = optimizer.step(objective, theta, state)
        rates.append(rate)
    assert rates == pytest.approx([0.5, 0.5, 0.05, 0.05, 0.005])


def test_momentum_is_the_heavy_ball() -> None:
    """`theta_{k+1} = theta_k - rate · gradient + momentum · (theta_k - theta_{k-1})`."""
    rate, momentum, objective = 0.05, 0.8, diagonal(1.0, 4.0)
    thetas = path(Momentum(rate, momentum), np.array([3.0, -1.0]), 15)
    np.testing.assert_allclose(thetas[1], thetas[0] - rate * objective.value_and_gradient(thetas[0])[1])
    for before, now, after in zip(thetas, thetas[1:], thetas[2:], strict=False):
        gradient = objective.value_and_gradient(now)[1]
        np.testing.assert_allclose(after, now - rate * gradient + momentum * (now - before), rtol=1e-12)


def test_nesterov_is_the_gradient_at_the_point_ahead() -> None:
    """Sutskever et al., equations 3 and 4: `v ← μ v - ε ∇f(φ + μ v)`, `φ ← φ + v`, with `theta = φ + μ v`."""
    rate, momentum, objective = 0.05, 0.8, diagonal(1.0, 4.0)
    behind, velocity = np.array([3.0, -1.0]), np.zeros(2)
    for theta in path(Momentum(rate, momentum, nesterov=True), behind, 15):
        np.testing.assert_allclose(theta, behind + momentum * velocity, rtol=1e-12)
        velocity = momentum * velocity - rate * objective.value_and_gradient(behind + momentum * velocity)[1]
        behind = behind + velocity


def test_without_momentum_it_is_gradient_descent() -> None:
    start = np.array([3.0, -1.0])
    expected = path(GradientDescent(0.1), start, 5)
    for nesterov in (False, True):
        np.testing.assert_allclose(path(Momentum(0.1, momentum=0.0, nesterov=nesterov), start, 5), expected)


def test_a_step_asks_for_one_gradient_and_nothing_else() -> None:
    for optimizer in (GradientDescent(0.1), Momentum(0.1), PerceptronRule(0.1)):
        objective, theta = random_quadratic(3), np.zeros(3)
        optimizer.step(objective, theta, optimizer.init(theta))  # type: ignore[arg-type]
        assert objective.calls == {"value": 0, "gradient": 1, "curvature": 0}
