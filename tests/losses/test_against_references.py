"""The losses against scikit-learn, and against each other."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from chainrule import Dense, Network, SigmoidCrossEntropy, SoftmaxCrossEntropy
from chainrule.engine import Cost


@pytest.mark.parametrize("weighted", [False, True])
def test_softmax_cross_entropy_is_the_log_loss_of_scikit_learn(weighted: bool) -> None:
    generator = np.random.default_rng(0)
    x, t = generator.normal(size=(50, 4)), np.arange(50) % 3
    weights = generator.uniform(0, 2, 50) if weighted else None
    network = Network((Dense(4, 3),))
    theta = generator.normal(size=network.size)
    y = SoftmaxCrossEntropy().activation.forward({}, network.forward(theta, x)[-1])
    cost = Cost.of(network, SoftmaxCrossEntropy(), x, t, weights=weights)
    assert cost.value(theta) == pytest.approx(log_loss(t, y, sample_weight=weights), rel=1e-13)


def test_sigmoid_cross_entropy_is_the_log_loss_of_scikit_learn() -> None:
    generator = np.random.default_rng(1)
    z, t = generator.normal(size=(50, 1)), np.arange(50) % 2
    y = SigmoidCrossEntropy().activation.forward({}, z)
    assert SigmoidCrossEntropy().value(z, t).mean() == pytest.approx(log_loss(t, y[:, 0]), rel=1e-13)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_one_sigmoid_output_is_two_softmax_outputs_of_which_one_is_zero(smoothing: float) -> None:
    generator = np.random.default_rng(2)
    z, t, v = generator.normal(0, 5, (20, 1)), np.arange(20) % 2, generator.normal(size=(20, 1))
    both, along = np.hstack([np.zeros_like(z), z]), np.hstack([np.zeros_like(v), v])
    sigmoid, softmax = SigmoidCrossEntropy(smoothing), SoftmaxCrossEntropy(smoothing)
    np.testing.assert_allclose(sigmoid.value(z, t), softmax.value(both, t), rtol=1e-12)
    np.testing.assert_allclose(sigmoid.gradient(z, t), softmax.gradient(both, t)[:, 1:], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(
        sigmoid.curvature_product(z, t, v), softmax.curvature_product(both, t, along)[:, 1:], rtol=1e-10, atol=1e-15
    )
    np.testing.assert_allclose(
        sigmoid.activation.forward({}, z), softmax.activation.forward({}, both)[:, 1:], rtol=1e-12
    )


def test_one_softmax_output_is_always_certain() -> None:
    z, t = np.array([[3.0], [-1e4]]), np.array([0, 0])
    value, gradient = SoftmaxCrossEntropy().value_and_gradient(z, t)
    np.testing.assert_array_equal(value, [0, 0])
    np.testing.assert_array_equal(gradient, [[0], [0]])
