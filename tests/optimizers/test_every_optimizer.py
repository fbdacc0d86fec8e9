"""What holds for every optimizer: pure steps that lower a quadratic."""

import copy
from typing import Any

import numpy as np
import pytest

from chainrule.arrays import Array
from tests.optimizers.quadratic import Quadratic, random_quadratic
from tests.registry import OPTIMIZERS, AnyOptimizer

every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)


def start(objective: Quadratic) -> Array:
    return np.linspace(-2, 2, objective.lowest.size)


def after(optimizer: AnyOptimizer, objective: Quadratic, steps: int) -> tuple[Array, Any]:
    theta = start(objective)
    state = optimizer.init(theta)
    for _ in range(steps):
        theta, state, *_ = optimizer.step(objective, theta, state)
    return theta, state


@every_optimizer
def test_a_step_reports_the_cost_and_gradient_before_it(optimizer: AnyOptimizer) -> None:
    objective = random_quadratic(4)
    theta = start(objective)
    step = optimizer.step(objective, theta, optimizer.init(theta))
    value, gradient = objective.value_and_gradient(theta)
    assert step.value == value
    np.testing.assert_array_equal(step.gradient, gradient)
    assert step.rate > 0


@every_optimizer
def test_the_same_step_twice_has_the_same_outcome(optimizer: AnyOptimizer) -> None:
    objective = random_quadratic(4)
    theta, state = after(optimizer, objective, 3)
    first, second = (optimizer.step(objective, theta, state) for _ in range(2))
    np.testing.assert_array_equal(first.theta, second.theta)
    assert repr(first.state) == repr(second.state)
    assert first.rate == second.rate


@every_optimizer
def test_a_step_leaves_theta_and_state_as_they_were(optimizer: AnyOptimizer) -> None:
    objective = random_quadratic(4)
    theta, state = after(optimizer, objective, 3)
    theta_before, state_before = theta.copy(), copy.deepcopy(state)
    theta.flags.writeable = False
    step = optimizer.step(objective, theta, state)
    np.testing.assert_array_equal(theta, theta_before)
    assert repr(state) == repr(state_before)
    assert not np.shares_memory(step.theta, theta)


@every_optimizer
def test_enough_steps_come_near_the_lowest_point(optimizer: AnyOptimizer) -> None:
    objective = random_quadratic(4)
    theta, _ = after(optimizer, objective, 100)
    assert objective.value(theta) < 1e-2 * objective.value(start(objective))


@every_optimizer
def test_single_precision_stays_single_precision(optimizer: AnyOptimizer) -> None:
    double = random_quadratic(4)
    objective = Quadratic(double.A.astype(np.float32), double.lowest.astype(np.float32))
    theta = start(objective).astype(np.float32)
    step = optimizer.step(objective, theta, optimizer.init(theta))
    again = optimizer.step(objective, step.theta, step.state)
    assert step.theta.dtype == again.theta.dtype == np.float32


@every_optimizer
def test_at_the_lowest_point_nothing_moves(optimizer: AnyOptimizer) -> None:
    objective = random_quadratic(4)
    theta = objective.lowest
    step = optimizer.step(objective, theta, optimizer.init(theta))
    np.testing.assert_array_equal(step.theta, theta)
