"""Starting values: the variance of each rule, the rule before each activation, and one generator for all."""

import inspect

import numpy as np
import pytest

from chainrule import ELU, GELU, SELU, Dense, LeakyReLU, Mish, Network, ReLU, Sigmoid, SiLU, Softplus, Tanh, initialize
from chainrule import initializers as module
from chainrule.arrays import Array
from chainrule.layers import Layer
from tests.registry import INITIALIZERS

VARIANCES = {
    "glorot_uniform": 2 / (200 + 300),
    "glorot_normal": 2 / (200 + 300),
    "he_uniform": 2 / 200,
    "he_normal": 2 / 200,
    "lecun_uniform": 1 / 200,
    "lecun_normal": 1 / 200,
    "orthogonal": 1 / 300,
    "zeros": 0.0,
}
HIDDEN = Network((Dense(4, 5), Tanh(), Dense(5, 3)))

every_rule = pytest.mark.parametrize("name", INITIALIZERS)


def draw(name: str, inputs: int, outputs: int, seed: int = 0) -> Array:
    return INITIALIZERS[name](np.random.default_rng(seed), inputs, outputs)


def test_every_public_rule_is_tested_here_and_can_be_asked_for_by_name() -> None:
    rules = {
        name
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if list(inspect.signature(function).parameters) == ["generator", "inputs", "outputs"]
    }
    assert rules == INITIALIZERS.keys() == VARIANCES.keys()


@every_rule
def test_weights_have_mean_zero_and_the_variance_of_the_rule(name: str) -> None:
    weights = draw(name, 200, 300)
    assert weights.shape == (200, 300)
    assert weights.mean() == pytest.approx(0, abs=4 * np.sqrt(VARIANCES[name] / weights.size) + 1e-12)
    assert weights.var() == pytest.approx(VARIANCES[name], rel=0.03)


@every_rule
def test_uniform_weights_have_bounds_and_normal_ones_tails(name: str) -> None:
    weights, deviation = draw(name, 200, 300), np.sqrt(VARIANCES[name])
    if name.endswith("uniform"):
        assert np.abs(weights).max() <= np.sqrt(3) * deviation
    elif name.endswith("normal"):
        assert np.abs(weights).max() > 3 * deviation


@every_rule
def test_the_seed_decides(name: str) -> None:
    np.testing.assert_array_equal(draw(name, 3, 4, seed=1), draw(name, 3, 4, seed=1))
    assert name == "zeros" or (draw(name, 3, 4, seed=1) != draw(name, 3, 4, seed=2)).any()


@pytest.mark.parametrize(("inputs", "outputs"), [(6, 3), (3, 6), (4, 4), (1, 5)])
def test_orthogonal_weights_are_orthonormal_on_their_shorter_side(inputs: int, outputs: int) -> None:
    weights = draw("orthogonal", inputs, outputs)
    product = weights.T @ weights if inputs >= outputs else weights @ weights.T
    np.testing.assert_allclose(product, np.eye(min(inputs, outputs)), atol=1e-14)


@pytest.mark.parametrize("name", [*INITIALIZERS, "auto"])
def test_theta_has_the_drawn_weights_and_biases_of_zero(name: str) -> None:
    first, _, second = HIDDEN.views(initialize(HIDDEN, random_state=0, initializer=name))
    assert (first["bias"] == 0).all()
    assert (second["bias"] == 0).all()
    generator = np.random.default_rng(0)
    rule = INITIALIZERS["glorot_uniform" if name == "auto" else name]
    np.testing.assert_array_equal(first["weights"], rule(generator, 4, 5))
    np.testing.assert_array_equal(second["weights"], rule(generator, 5, 3))


@pytest.mark.parametrize(
    ("activation", "name"),
    [
        *((layer, "he_normal") for layer in (ReLU(), LeakyReLU(), ELU(), Softplus(), GELU(), SiLU(), Mish())),
        (SELU(), "lecun_normal"),
        (Tanh(), "glorot_uniform"),
        (Sigmoid(), "glorot_uniform"),
    ],
    ids=repr,
)
def test_auto_chooses_the_rule_by_the_activation_that_follows(activation: Layer, name: str) -> None:
    network = Network((Dense(4, 5), activation, Dense(5, 3)))
    first, _, second = network.views(initialize(network, random_state=0))
    generator = np.random.default_rng(0)
    np.testing.assert_array_equal(first["weights"], INITIALIZERS[name](generator, 4, 5))
    np.testing.assert_array_equal(second["weights"], INITIALIZERS["glorot_uniform"](generator, 5, 3))


def test_a_rule_of_your_own_will_do() -> None:
    def small(generator: np.random.Generator, inputs: int, outputs: int) -> Array:
        return generator.uniform(0.1, 0.2, (inputs, outputs))

    weights, bias = np.split(initialize(Network((Dense(2, 3),)), 0, initializer=small), [6])
    assert ((weights > 0.1) & (weights < 0.2)).all()
    assert (bias == 0).all()


def test_a_generator_is_passed_down_and_moves_on() -> None:
    generator = np.random.default_rng(0)
    first, second = initialize(HIDDEN, generator), initialize(HIDDEN, generator)
    assert (first != second).any()
    np.testing.assert_array_equal(first, initialize(HIDDEN, random_state=0))


def test_single_precision_is_the_rounded_double() -> None:
    single = initialize(HIDDEN, 0, dtype=np.float32)
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, initialize(HIDDEN, 0).astype(np.float32))
