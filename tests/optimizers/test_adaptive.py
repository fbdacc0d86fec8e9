"""Adam and RMSprop against their papers' loops, written out number by number."""

import numpy as np
import pytest

from chainrule import Cost, Dense, Network, SoftmaxCrossEntropy
from chainrule.optimizers import Adam, RMSprop
from tests.optimizers.quadratic import diagonal

# Of a quadratic in two parameters: its curvatures, and where it is lowest.
CURVATURES = (1.0, 10.0)
LOWEST = (1.0, 2.0)


def gradient(theta: list[float]) -> list[float]:
    return [a * (v - low) for a, v, low in zip(CURVATURES, theta, LOWEST, strict=True)]


def test_adam_is_the_papers_algorithm() -> None:
    optimizer, objective = Adam(rate=0.1, beta1=0.8, beta2=0.9, epsilon=1e-3), diagonal(*CURVATURES)
    theta = np.array([3.0, -1.0])
    state, by_hand = optimizer.init(theta), list(theta)
    m, v = [0.0, 0.0], [0.0, 0.0]
    for k in range(1, 6):
        theta, state, *_ = optimizer.step(objective, theta, state)
        for i, g in enumerate(gradient(by_hand)):
            m[i] = 0.8 * m[i] + 0.2 * g
            v[i] = 0.9 * v[i] + 0.1 * g * g
            by_hand[i] -= 0.1 * (m[i] / (1 - 0.8**k)) / ((v[i] / (1 - 0.9**k)) ** 0.5 + 1e-3)
        np.testing.assert_allclose(theta, by_hand, rtol=1e-12)


def test_rmsprop_is_the_lectures_algorithm() -> None:
    optimizer, objective = RMSprop(rate=0.1, decay=0.8, epsilon=1e-3), diagonal(*CURVATURES)
    theta = np.array([3.0, -1.0])
    state, by_hand, v = optimizer.init(theta), list(theta), [0.0, 0.0]
    for _ in range(5):
        theta, state, *_ = optimizer.step(objective, theta, state)
        for i, g in enumerate(gradient(by_hand)):
            v[i] = 0.8 * v[i] + 0.2 * g * g
            by_hand[i] -= 0.1 * g / (v[i] ** 0.5 + 1e-3)
        np.testing.assert_allclose(theta, by_hand, rtol=1e-12)


def test_decay_shrinks_weights_and_leaves_biases_alone() -> None:
    network = Network((Dense(2, 2),))
    cost = Cost.of(network, SoftmaxCrossEntropy(), [[1.0, 0.0], [0.0, 1.0]], [0, 1])
    theta = np.arange(1.0, 7.0)
    plain, decayed = (Adam(rate=0.1, weight_decay=decay) for decay in (0.0, 0.5))
    difference = plain.step(cost, theta, plain.init(theta)).theta - decayed.step(cost, theta, decayed.init(theta)).theta
    np.testing.assert_allclose(difference, [0.05, 0.1, 0.15, 0.2, 0, 0], atol=1e-15)


@pytest.mark.parametrize(
    "wrong", [{"beta1": 1.0}, {"beta2": -0.1}, {"epsilon": 0.0}, {"weight_decay": -1.0}, {"rate": 0}]
)
def test_adam_refuses_numbers_out_of_range(wrong: dict[str, float]) -> None:
    (name, value), *_ = wrong.items()
    with pytest.raises(ValueError, match=f"Adam needs .*{name}.*, found {value}"):
        Adam(**wrong)
