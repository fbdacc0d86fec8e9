"""Norms of row gradients where the network is an ensemble."""

import numpy as np

from chainrule import Dense, MemberLoss, Network, SoftmaxCrossEntropy, Tanh, ensemble, initialize
from chainrule.influences import gradient_norms


def test_norms_are_those_of_the_gradient_of_each_row() -> None:
    one = Network((Dense(3, 4), Tanh(), Dense(4, 5), Tanh(), Dense(5, 3)))
    network, theta = ensemble([one, one], [initialize(one, seed) for seed in (0, 1)])
    x, t = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 1, 2, 0, 1, 2])
    loss = MemberLoss(2, SoftmaxCrossEntropy())
    expected = []
    for row in range(6):
        outputs = network.forward(theta, x[[row]])
        expected.append(np.linalg.norm(network.backward(theta, outputs, loss.gradient(outputs[-1], t[[row]]))))
    np.testing.assert_allclose(gradient_norms(network, loss, theta, x, t), expected, rtol=1e-12)
