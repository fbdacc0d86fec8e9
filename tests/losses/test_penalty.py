"""The penalty: its derivatives, and that it is charged once, on weights and never on biases."""

from typing import Literal

import numpy as np
import pytest

from chainrule import Dense, Network, Penalty, SoftmaxCrossEntropy, Tanh
from chainrule.engine import Cost
from tests.oracles import assert_agrees, difference_slope, full_derivative
from tests.registry import PENALTIES

every_penalty = pytest.mark.parametrize("penalty", PENALTIES, ids=str)


@every_penalty
def test_value_is_half_the_squares_and_the_absolute_values(penalty: Penalty) -> None:
    weights = [1.5, -2.0, 0.0, 0.25]
    expected = sum(penalty.l2 / 2 * w**2 + penalty.l1 * abs(w) for w in weights)
    assert penalty.value(np.array(weights)) == pytest.approx(expected, rel=1e-14)


@every_penalty
def test_gradient_and_curvature_are_derivatives(penalty: Penalty) -> None:
    weights, v = np.array([1.5, -2.0, 0.25]), np.array([1.0, -1.0, 3.0])
    assert_agrees(penalty.gradient(weights), full_derivative(difference_slope, penalty.value, weights))
    assert_agrees(penalty.curvature_product(v), difference_slope(penalty.gradient, weights, v))


def test_the_l1_subgradient_at_zero_is_zero() -> None:
    np.testing.assert_array_equal(Penalty(l1=3.0, l2=2.0).gradient(np.array([0.0, 1.0, -1.0])), [0, 5, -5])


def two_layers() -> Network:
    return Network((Dense(2, 3), Tanh(), Dense(3, 2)))


def cost_of(penalty: Penalty, reduction: Literal["mean", "sum"], n: int = 4) -> Cost:
    x, t = np.random.default_rng(0).normal(size=(n, 2)), np.arange(n) % 2
    return Cost.of(two_layers(), SoftmaxCrossEntropy(), x, t, penalty=penalty, reduction=reduction)


@every_penalty
@pytest.mark.parametrize(("reduction", "times"), [("mean", 1), ("sum", 4)])
def test_the_cost_charges_all_weights_once_and_no_bias(
    penalty: Penalty, reduction: Literal["mean", "sum"], times: int
) -> None:
    network, generator = two_layers(), np.random.default_rng(1)
    theta, v = generator.normal(size=network.size), generator.normal(size=network.size)
    is_weight = np.concatenate([np.repeat([True, False], [6, 3]), np.repeat([True, False], [6, 2])])
    with_penalty, without = cost_of(penalty, reduction), cost_of(Penalty(), reduction)

    assert with_penalty.value(theta) - without.value(theta) == pytest.approx(
        times * penalty.value(theta[is_weight]), abs=1e-12
    )
    added = with_penalty.value_and_gradient(theta)[1] - without.value_and_gradient(theta)[1]
    assert_agrees(added, times * np.where(is_weight, penalty.gradient(theta), 0), 1e-13, least=1)
    curved = with_penalty.curvature_product(theta, v) - without.curvature_product(theta, v)
    assert_agrees(curved, times * np.where(is_weight, penalty.curvature_product(v), 0), 1e-13, least=1)


def test_large_biases_cost_nothing_by_themselves() -> None:
    network, penalty = Network((Dense(2, 2),)), Penalty(l1=1, l2=1)
    cost = Cost.of(network, SoftmaxCrossEntropy(), np.zeros((2, 2)), [0, 1], penalty=penalty)
    theta = network.flatten([{"weights": np.zeros((2, 2)), "bias": [1e3, 1e3]}])
    value, gradient = cost.value_and_gradient(theta)
    assert value == pytest.approx(np.log(2))
    np.testing.assert_allclose(gradient, 0, atol=1e-15)
