"""A thousand right networks of every kind, and not one alarm."""

import numpy as np
import pytest

from chainrule import Dense, Network, SoftmaxCrossEntropy, check_gradients, initialize
from chainrule.layers import Layer
from tests.registry import LAYERS

ACTIVATIONS = [case.layer for case in LAYERS if case.layer.inputs is None]


def random_network(generator: np.random.Generator) -> Network:
    """Up to four hidden layers of up to six neurons, with any activation, with or without bias."""
    sizes = generator.integers(1, 7, size=generator.integers(0, 5))
    width, layers = int(generator.integers(1, 5)), []
    for size in sizes:
        activation: Layer = ACTIVATIONS[int(generator.integers(len(ACTIVATIONS)))]
        layers += [Dense(width, int(size), bool(generator.integers(2))), activation]
        width = int(size)
    return Network((*layers, Dense(width, 3, bool(generator.integers(2)))))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000))
def test_a_right_network_raises_no_alarm(seed: int) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(generator)
    x = generator.standard_normal((4, network.inputs))
    check = check_gradients(network, SoftmaxCrossEntropy(), initialize(network, generator), x, [0, 1, 2, 0])
    assert check.passed, str(check)
