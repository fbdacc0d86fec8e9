"""Integrated gradients where the answer is known: by hand, exactly for rectifiers, and where steps pass no gradient."""

import numpy as np
import pytest

from chainrule import Dense, Heaviside, LeakyReLU, Network, ReLU, Tanh, initialize
from chainrule.arrays import Array
from chainrule.attribution.integrated import Answers, integrated_gradients
from chainrule.layers import Layer


def logit(network: Network, theta: Array, rows: int) -> Answers:
    return Answers(network, theta, "logit", np.ones(rows, dtype=int))


def test_integrated_gradients_of_a_rectifier_agree_with_a_calculation_by_hand() -> None:
    network = Network((Dense(2, 2), ReLU(), Dense(2, 1)))
    theta = network.flatten(
        [{"weights": [[3, 0], [0, 1]], "bias": [-1, 1]}, {}, {"weights": [[1], [2]], "bias": [0.5]}]
    )
    x, start = np.array([[1.0, 2.0], [-1.0, 1.0]]), np.zeros(2)
    contributions, errors = integrated_gradients(logit(network, theta, 2), x, start, tolerance=1.0)
    np.testing.assert_allclose(contributions, np.array([[3 * 2 / 3, 2 * 2], [0, 2]]), atol=1e-14)
    np.testing.assert_allclose(errors, 0, atol=1e-14)


@pytest.mark.parametrize("activation", [ReLU(), LeakyReLU(0.2)], ids=repr)
def test_rectifiers_of_any_depth_are_exact_at_any_tolerance(activation: Layer) -> None:
    network = Network((Dense(3, 9), activation, Dense(9, 7), activation, Dense(7, 5), activation, Dense(5, 1)))
    theta = initialize(network, random_state=1)
    theta += np.random.default_rng(0).normal(0, 0.3, theta.size)
    x = np.random.default_rng(1).normal(0, 2, (40, 3))
    loose, errors = integrated_gradients(logit(network, theta, 40), x, np.ones(3), tolerance=10.0)
    assert errors.max() < 1e-9
    middles = (np.arange(40_000) + 0.5)[:, None] / 40_000
    for row in (0, 7):
        way = x[row] - 1
        gradients = logit(network, theta, len(middles)).gradient(1 + middles * way)
        np.testing.assert_allclose(loose[row], gradients.mean(axis=0) * way, atol=2e-4)


def test_a_smaller_tolerance_makes_a_smaller_error() -> None:
    network = Network((Dense(2, 8), Tanh(), Dense(8, 1)))
    theta = 6 * initialize(network, random_state=0)
    x = np.random.default_rng(0).normal(0, 3, (30, 2))
    worst = [integrated_gradients(logit(network, theta, 30), x, np.zeros(2), t)[1].max() for t in (1e-2, 1e-11)]
    assert 1e-11 < worst[0] < 0.2
    assert worst[1] < 1e-9


def test_steps_pass_no_gradient_and_the_error_says_so() -> None:
    network = Network((Dense(1, 1), Heaviside(), Dense(1, 1)))
    theta = network.flatten([{"weights": [[1]], "bias": [-0.3]}, {}, {"weights": [[5]], "bias": [0]}])
    contributions, errors = integrated_gradients(logit(network, theta, 1), np.ones((1, 1)), np.zeros(1), 1e-6)
    np.testing.assert_array_equal(contributions, [[0]])
    np.testing.assert_allclose(errors, [5])
