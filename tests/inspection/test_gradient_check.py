"""The gradient check: no false alarm on right networks, and every planted mistake found in the layer that has it."""

import numpy as np
import pytest
from hypothesis import given, settings

from chainrule import Dense, Heaviside, LeakyReLU, Network, ReLU, SoftmaxCrossEntropy, Tanh, check_gradients
from chainrule.inspection import GradientCheck
from chainrule.layers import Layer
from chainrule.losses import Loss
from tests.inspection.broken import BROKEN_ACTIVATIONS, BROKEN_DENSE, BROKEN_LOSSES
from tests.registry import ACTIVATIONS, LOSSES, LayerCase, LossCase, named
from tests.strategies import NetworkPoint, network_points


@settings(max_examples=80)
@given(network_points(max_depth=3))
def test_correct_networks_pass(point: NetworkPoint) -> None:
    check = check_gradients(point.network, point.loss, point.theta, point.x, point.t)
    assert check.passed, str(check)
    assert check.compared > 0
    assert check.largest_error < 1e-6


@pytest.mark.parametrize("case", ACTIVATIONS, ids=named(ACTIVATIONS))
@pytest.mark.parametrize("bias", [True, False])
def test_rows_and_parameters_of_exactly_zero_raise_no_alarm(case: LayerCase, bias: bool) -> None:
    network = Network((Dense(2, 3, bias), case.layer, Dense(3, 3, bias)))
    x = np.array([[0.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    generator = np.random.default_rng(0)
    for theta in (network.zeros(), generator.normal(size=network.size), generator.integers(-1, 2, network.size) * 1.0):
        check = check_gradients(network, SoftmaxCrossEntropy(), theta, x, [0, 1, 2])
        assert check.passed, str(check)


@pytest.mark.parametrize("case", LOSSES, ids=named(LOSSES))
def test_logits_of_exactly_zero_raise_no_alarm(case: LossCase) -> None:
    network = Network((Dense(2, 2 * case.members),))
    check = check_gradients(network, case.loss, network.zeros(), np.eye(2), np.eye(2))
    assert check.passed, str(check)


@pytest.mark.parametrize("layer", [ReLU(), LeakyReLU(), Heaviside()], ids=repr)
def test_numbers_at_a_kink_are_set_apart_and_counted(layer: Layer) -> None:
    network = Network((Dense(2, 2), layer, Dense(2, 2)))
    theta = network.flatten([{"weights": np.eye(2), "bias": [0, 0]}, {}, {"weights": [[1, 2], [3, 5]], "bias": [0, 0]}])
    check = check_gradients(network, SoftmaxCrossEntropy(), theta, [[0.0, 1.0]], [0])
    assert check.passed
    assert check.kinks > 0
    assert f"{check.kinks or 'none'} skipped at a kink: all agree" in str(check)


def first_mistake(check: GradientCheck) -> tuple[str, str]:
    assert not check.passed
    assert str(len(check.mistakes)) in str(check)
    for mistake in check.mistakes:
        assert str(mistake) in str(check)
    return check.mistakes[0].where, check.mistakes[0].what


def check_three_rows(layers: tuple[Layer, ...], loss: Loss) -> GradientCheck:
    network, generator = Network(layers), np.random.default_rng(0)
    theta, x = generator.normal(size=network.size), generator.normal(size=(3, 3))
    return check_gradients(network, loss, theta, x, [0, 1, 2])


def guilty(check: GradientCheck) -> set[str]:
    return {mistake.where for mistake in check.mistakes} - {"The whole network"}


@pytest.mark.parametrize(("broken", "what"), BROKEN_ACTIVATIONS, ids=lambda value: type(value).__name__)
def test_a_broken_activation_is_found_and_no_other_layer_blamed(broken: Layer, what: str) -> None:
    check = check_three_rows((Dense(3, 3), Tanh(), Dense(3, 4), broken, Dense(4, 3)), SoftmaxCrossEntropy())
    assert first_mistake(check) == (f"Layer 3, {broken}", what)
    assert guilty(check) == {f"Layer 3, {broken}"}
    assert check.mistakes[-1].where == "The whole network"


@pytest.mark.parametrize(("broken", "what"), BROKEN_DENSE, ids=lambda value: type(value).__name__)
def test_a_broken_dense_layer_is_found_and_no_other_layer_blamed(broken: Layer, what: str) -> None:
    check = check_three_rows((Dense(3, 3), Tanh(), broken, Tanh(), Dense(3, 3)), SoftmaxCrossEntropy())
    assert first_mistake(check) == (f"Layer 2, {broken}", what)
    assert guilty(check) == {f"Layer 2, {broken}"}


@pytest.mark.parametrize(("broken", "what"), BROKEN_LOSSES, ids=lambda value: type(value).__name__)
def test_a_broken_loss_is_found_and_no_layer_blamed(broken: Loss, what: str) -> None:
    check = check_three_rows((Dense(3, 3), Tanh(), Dense(3, 3)), broken)
    where, found = first_mistake(check)
    assert where == str(broken)
    assert found.startswith(what)
    assert guilty(check) == {str(broken)}


def test_a_mistake_says_what_was_found_and_what_differences_give() -> None:
    (broken, _), *_ = BROKEN_ACTIVATIONS
    mistake = check_three_rows((Dense(3, 3), broken), SoftmaxCrossEntropy()).mistakes[0]
    row, output, _ = mistake.place
    assert str(mistake) == (
        f"Layer 1, {broken}: vjp with respect to x, at {row}, {output}, {output.replace('output', 'input')}, "
        f"is {mistake.found:.6g}, but differences of the values give {mistake.expected:.6g} "
        f"(relative error {mistake.error:.1e}); likely mistake: missing term (a term has the wrong sign: found + "
        "expected = 2 × constant on the diagonal)."
    )
    assert mistake.error > 0.1


def test_large_networks_are_sampled_and_seeded() -> None:
    network, generator = Network((Dense(20, 30), Tanh(), Dense(30, 3))), np.random.default_rng(0)
    theta, x = generator.normal(size=network.size) / 5, generator.normal(size=(2, 20))
    few, again, all_of_them = (
        check_gradients(network, SoftmaxCrossEntropy(), theta, x, [0, 1], max_entries=entries)
        for entries in (10, 10, 10_000)
    )
    assert few == again
    assert few.compared < all_of_them.compared
    assert all_of_them.passed


def test_single_precision_parameters_are_checked_in_double_and_not_changed() -> None:
    network = Network((Dense(2, 3), Tanh(), Dense(3, 2)))
    theta = np.random.default_rng(0).normal(size=network.size).astype(np.float32)
    before = theta.copy()
    assert check_gradients(network, SoftmaxCrossEntropy(), theta, np.eye(2, dtype=np.float32), [0, 1]).passed
    np.testing.assert_array_equal(theta, before)
