"""The gradient and the curvature of the whole cost, against independent derivatives of a plain formula."""

import numpy as np
import pytest
from hypothesis import given, settings

from chainrule.arrays import Array
from tests.oracles import assert_agrees, complex_slope, difference_slope, full_derivative
from tests.registry import ACTIVATIONS, LOSSES
from tests.strategies import NetworkPoint, network_points

SMOOTH = [case for case in ACTIVATIONS if case.analytic]
SMOOTH_LOSSES = [case for case in LOSSES if case.analytic]


def hessian(point: NetworkPoint) -> Array:
    cost = point.cost
    return np.stack([cost.curvature_product(point.theta, unit) for unit in np.eye(point.network.size)], axis=1)


@given(network_points())
def test_the_value_is_that_of_the_plain_formula(point: NetworkPoint) -> None:
    assert point.cost.value(point.theta) == pytest.approx(point.plain_cost(point.theta), rel=1e-13)
    assert point.cost.value_and_gradient(point.theta)[0] == point.cost.value(point.theta)


@settings(max_examples=100)
@given(network_points(activations=SMOOTH, losses=SMOOTH_LOSSES))
def test_the_gradient_of_a_smooth_network_is_the_complex_step(point: NetworkPoint) -> None:
    assert point.analytic
    assert_agrees(
        point.cost.value_and_gradient(point.theta)[1],
        full_derivative(complex_slope, point.plain_cost, point.theta),
    )


@settings(max_examples=100)
@given(network_points())
def test_the_gradient_of_any_network_is_a_difference_away_from_kinks(point: NetworkPoint) -> None:
    assert_agrees(
        point.cost.value_and_gradient(point.theta)[1],
        full_derivative(difference_slope, point.plain_cost, point.theta),
        relative=1e-8,
    )


@settings(max_examples=40)
@given(network_points(max_depth=0))
def test_curvature_without_hidden_layers_is_the_hessian(point: NetworkPoint) -> None:
    cost = point.cost
    expected = full_derivative(difference_slope, lambda theta: cost.value_and_gradient(theta)[1], point.theta)
    assert_agrees(hessian(point), expected, 1e-8)


@settings(max_examples=40)
@given(network_points(max_depth=2))
def test_curvature_is_symmetric_and_never_negative(point: NetworkPoint) -> None:
    H = hessian(point)
    assert_agrees(H, H.T, 1e-13)
    eigenvalues = np.linalg.eigvalsh((H + H.T) / 2)
    assert eigenvalues.min() >= -1e-12 * max(1.0, eigenvalues.max())


@given(network_points(max_depth=1, activations=ACTIVATIONS[:1], losses=SMOOTH_LOSSES))
def test_curvature_is_linear_in_its_direction(point: NetworkPoint) -> None:
    cost, (u, v) = point.cost, point.generator.normal(size=(2, point.network.size))
    together = cost.curvature_product(point.theta, 2 * u - 3 * v)
    apart = 2 * cost.curvature_product(point.theta, u) - 3 * cost.curvature_product(point.theta, v)
    assert_agrees(together, apart, 1e-13, least=1)
