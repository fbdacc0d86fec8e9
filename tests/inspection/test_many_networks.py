"""A thousand right networks of every kind, and not one alarm."""

import numpy as np
import pytest

from chainrule import Dense, Network, check_gradients, initialize
from chainrule.layers import Layer
from tests.registry import LAYERS, LOSSES

ACTIVATIONS = [case.layer for case in LAYERS if case.layer.inputs is None and case.multiple == 1]


def random_network(generator: np.random.Generator, outputs: int) -> Network:
    """Up to four hidden layers of up to six neurons, with any activation, with or without bias."""
    sizes = generator.integers(1, 7, size=generator.integers(0, 5))
    width, layers = int(generator.integers(1, 5)), []
    for size in sizes:
        activation: Layer = ACTIVATIONS[int(generator.integers(len(ACTIVATIONS)))]
        layers += [Dense(width, int(size), bool(generator.integers(2))), activation]
        width = int(size)
    return Network((*layers, Dense(width, outputs, bool(generator.integers(2)))))


def raises_no_alarm(seed: int) -> int:
    """Check a random network with a random loss, and return how many numbers lay at a kink."""
    generator = np.random.default_rng(seed)
    case = LOSSES[seed % len(LOSSES)]
    outputs = int(generator.choice(case.outputs[1:]))
    network = random_network(generator, outputs)
    x = generator.standard_normal((4, network.inputs))
    if seed % 3 == 0:
        x = np.round(x)  # inputs of exactly zero, so that units without a bias are at their kink
    targets = case.targets("one-hot", 4, outputs, generator)
    check = check_gradients(network, case.loss, initialize(network, generator), x, targets)
    assert check.passed, str(check)
    return check.kinks


def test_some_random_correct_networks_pass() -> None:
    assert sum(map(raises_no_alarm, (618, *range(2000, 2050)))) > 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000))
def test_a_random_correct_network_passes(seed: int) -> None:
    raises_no_alarm(seed)
