"""Newton's method: one step on a quadratic, few on logistic regression, and the same answer as scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from chainrule import (
    Dense,
    GradientBelow,
    Network,
    Newton,
    Penalty,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    Tanh,
    initialize,
    train,
)
from chainrule.arrays import Array
from chainrule.engine import Cost, Rows
from chainrule.optimizers.line_search import backtrack
from tests.optimizers.quadratic import Quadratic, diagonal, random_quadratic


@pytest.mark.parametrize("size", [1, 2, 5, 20])
def test_a_quadratic_is_solved_in_one_step(size: int) -> None:
    objective = random_quadratic(size)
    step = Newton().step(objective, np.zeros(size), 0)
    np.testing.assert_allclose(step.theta, objective.lowest, rtol=0, atol=1e-8)
    assert step.rate == 1
    assert step.state == 1


def test_directions_without_curvature_are_left_alone() -> None:
    objective = Quadratic(np.diag([2.0, 0.0]), np.array([1.0, 0.0]))
    np.testing.assert_allclose(Newton().step(objective, np.array([5.0, 7.0]), 0).theta, [1, 7], atol=1e-12)


def test_a_slope_without_any_curvature_is_followed_downhill() -> None:
    """The cost of one row that a certain network gets wrong: its probabilities are 0 and 1, its curvature is zero."""
    network = Network((Dense(1, 2, bias=False),))
    rows = Rows(np.array([[1.0]]), np.array([0]))
    cost = Cost(network, SoftmaxCrossEntropy(), rows, 1.0, Penalty(), "mean")
    theta = np.array([-500.0, 500.0])
    _, gradient = cost.value_and_gradient(theta)
    np.testing.assert_array_equal(gradient, [-1, 1])
    step = Newton().step(cost, theta, 0)
    np.testing.assert_array_equal(step.theta, theta - gradient)


def blobs(classes: int) -> tuple[Array, Array]:
    generator = np.random.default_rng(0)
    t = np.arange(90) % classes
    return generator.normal(size=(90, 3)) + generator.normal(0, 1, (classes, 3))[t], t


@pytest.mark.parametrize("C", [0.05, 1.0, 50.0])
def test_softmax_regression_is_that_of_scikit_learn(C: float) -> None:
    x, t = blobs(3)
    network = Network((Dense(3, 3),))
    cost = Cost.of(network, SoftmaxCrossEntropy(), x, t, penalty=Penalty(l2=1 / (C * len(x))))
    training = train(cost, Newton(), network.zeros(), max_epochs=50, stop=[GradientBelow(1e-12)])
    reference = LogisticRegression(C=C, tol=1e-12, max_iter=10_000).fit(x, t)
    (params,) = network.views(training.theta)
    np.testing.assert_allclose(params["weights"], reference.coef_.T, rtol=1e-5, atol=1e-6)
    bias = params["bias"] - params["bias"].mean()
    np.testing.assert_allclose(bias, reference.intercept_ - reference.intercept_.mean(), rtol=1e-5, atol=1e-6)
    assert "norm" in training.stop
    assert len(training.history) <= 15


def test_logistic_regression_with_weighted_rows_is_that_of_scikit_learn() -> None:
    x, t = blobs(2)
    weights = np.random.default_rng(1).uniform(0, 2, 90)
    network = Network((Dense(3, 1),))
    penalty = Penalty(l2=1 / weights.sum())
    cost = Cost.of(network, SigmoidCrossEntropy(), x, t, weights=weights, penalty=penalty)
    theta = train(cost, Newton(), network.zeros(), max_epochs=50, stop=[GradientBelow(1e-12)]).theta
    reference = LogisticRegression(C=1.0, tol=1e-12, max_iter=10_000).fit(x, t, sample_weight=weights)
    np.testing.assert_allclose(theta, [*reference.coef_[0], *reference.intercept_], rtol=1e-5, atol=1e-6)


def test_every_step_lowers_the_cost_of_a_network_with_hidden_layers() -> None:
    x, t = blobs(3)
    network = Network((Dense(3, 4), Tanh(), Dense(4, 3)))
    cost = Cost.of(network, SoftmaxCrossEntropy(), x, t, penalty=Penalty(l2=0.01))
    history = train(cost, Newton(), initialize(network, 0), max_epochs=15).history
    assert all(after <= before for before, after in zip(history.cost, history.cost[1:], strict=False))
    assert history.cost[-1] < 0.9 * history.cost[0]


def test_backtracking_halves_until_the_cost_falls_enough() -> None:
    objective, theta = diagonal(1.0), np.array([0.0])
    value, gradient = objective.value_and_gradient(theta)
    for times, expected in ((1, 1.0), (3, 0.5), (100, 1 / 64)):
        direction = -times * gradient
        assert backtrack(objective, theta, direction, value, float(gradient @ direction)) == expected


def test_backtracking_uphill_gives_up() -> None:
    objective, theta = diagonal(1.0), np.array([0.0])
    value, gradient = objective.value_and_gradient(theta)
    assert backtrack(objective, theta, gradient, value, -1.0) == 0
