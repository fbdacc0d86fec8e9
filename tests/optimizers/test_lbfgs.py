"""L-BFGS and its line search, against scipy and the conditions they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, rosen, rosen_der

from chainrule import train
from chainrule.arrays import Array
from chainrule.optimizers import LBFGS, Objective
from chainrule.optimizers.line_search import LinePoint, strong_wolfe
from chainrule.training.history import GradientBelow
from tests.optimizers.quadratic import random_quadratic


class Rosenbrock(Objective):
    """The banana-shaped valley, lowest at (1, 1, ...)."""

    def value(self, theta: Array) -> float:
        return float(rosen(theta))

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        return float(rosen(theta)), np.asarray(rosen_der(theta))

    def curvature_product(self, theta: Array, v: Array) -> Array:
        raise AssertionError("L-BFGS asks for no curvature")

    def weights(self, theta: Array) -> Array:
        return theta


@pytest.mark.parametrize("memory", [1, 3, 10])
def test_lbfgs_finds_the_minimum_of_rosenbrocks_valley(memory: int) -> None:
    start = np.array([-1.2, 1.0, -1.2, 1.0])
    training = train(Rosenbrock(), LBFGS(memory), start, max_epochs=500, stop=[GradientBelow(1e-8)])
    np.testing.assert_allclose(training.theta, np.ones(4), rtol=1e-7)


def test_lbfgs_needs_about_as_many_steps_as_scipy() -> None:
    start = np.array([-1.2, 1.0] * 5)
    ours = train(Rosenbrock(), LBFGS(), start, max_epochs=500, stop=[GradientBelow(1e-5)])
    theirs = minimize(rosen, start, jac=rosen_der, method="L-BFGS-B", options={"maxcor": 10, "gtol": 1e-6})
    assert len(ours.history) <= 1.5 * theirs.nit


def test_a_quadratic_is_solved_to_rounding() -> None:
    objective = random_quadratic(6)
    training = train(objective, LBFGS(), np.zeros(6), max_epochs=60)
    np.testing.assert_allclose(training.theta, objective.lowest, atol=1e-7)


@given(angle=st.floats(0, 6.28), rate=st.floats(1e-4, 1e3), steepness=st.sampled_from([0.1, 0.5, 0.9]))
def test_the_line_search_keeps_the_strong_wolfe_conditions(angle: float, rate: float, steepness: float) -> None:
    theta, direction = np.array([-1.2, 1.0]), np.array([np.cos(angle), np.sin(angle)])
    value, gradient = Rosenbrock().value_and_gradient(theta)
    slope = float(gradient @ direction)
    if abs(slope) < 1e-3:
        return
    direction, slope = -np.sign(slope) * direction, -abs(slope)
    start = LinePoint(0.0, theta, value, gradient, slope)
    point = strong_wolfe(Rosenbrock(), start, direction, rate, steepness=steepness)
    assert point.value <= value + 1e-4 * point.rate * slope
    assert abs(point.slope) <= steepness * abs(slope)
    np.testing.assert_array_equal(point.theta, theta + point.rate * direction)


def test_a_step_that_lowers_nothing_has_rate_zero() -> None:
    objective = random_quadratic(3)
    step = LBFGS().step(objective, objective.lowest, ())
    assert step.rate == 0
    np.testing.assert_array_equal(step.theta, objective.lowest)
