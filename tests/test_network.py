"""The chain of layers: where its parameters lie in `theta`, what flows through it, and what does not fit."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings

from chainrule import Dense, Network, Tanh
from chainrule.engine import Workspace
from chainrule.exceptions import MismatchError
from chainrule.layers import Sigmoid
from tests.oracles import assert_agrees, complex_slope, difference_slope
from tests.registry import ACTIVATIONS
from tests.strategies import NetworkPoint, network_points

SMOOTH = [case for case in ACTIVATIONS if case.analytic]


@given(network_points())
def test_views_flatten_back_to_theta(point: NetworkPoint) -> None:
    network = point.network
    np.testing.assert_array_equal(network.flatten(network.views(point.theta)), point.theta)
    assert network.size == sum(view.size for views in network.views(point.theta) for view in views.values())


@given(network_points())
def test_views_share_the_memory_of_theta(point: NetworkPoint) -> None:
    theta = point.theta.copy()
    for views in point.network.views(theta):
        for view in views.values():
            view[...] = 7
    np.testing.assert_array_equal(theta, 7)


def test_weights_lie_column_by_column_then_the_bias_layer_after_layer() -> None:
    network = Network((Dense(2, 3), Tanh(), Dense(3, 1, bias=False)))
    first, hidden, second = network.views(np.arange(12.0))
    np.testing.assert_array_equal(first["weights"], [[0, 2, 4], [1, 3, 5]])
    np.testing.assert_array_equal(first["bias"], [6, 7, 8])
    assert hidden == {}
    np.testing.assert_array_equal(second["weights"], [[9], [10], [11]])
    assert second.keys() == {"weights"}


def test_the_jacobian_of_the_logits_of_one_row_is_a_kronecker_product() -> None:
    network, x = Network((Dense(2, 3, bias=False),)), np.array([[5.0, 7.0]])
    theta = np.zeros(6)
    outputs = network.forward(theta, x)
    jacobian = np.stack([network.jvp(theta, outputs, unit)[0] for unit in np.eye(6)], axis=1)
    np.testing.assert_array_equal(jacobian, np.kron(np.eye(3), x))


def test_penalized_parts_are_the_weights_and_not_the_biases() -> None:
    network = Network((Dense(2, 3), Tanh(), Dense(3, 1)))
    assert network.penalized == (slice(0, 6), slice(9, 12))


@given(network_points())
def test_forward_is_one_layer_after_the_other(point: NetworkPoint) -> None:
    outputs = point.network.forward(point.theta, point.x)
    assert outputs[0] is point.x
    assert tuple(y.shape[1] for y in outputs) == point.network.widths
    y = point.x
    for layer, params, output in zip(point.network.layers, point.network.views(point.theta), outputs[1:], strict=True):
        y = layer.forward(params, y)
        np.testing.assert_array_equal(output, y)


@given(network_points())
def test_a_workspace_changes_no_bit_even_with_leftovers_of_other_rows(point: NetworkPoint) -> None:
    workspace = Workspace()
    plain = point.network.forward(point.theta, point.x)
    dz = point.loss.gradient(plain[-1], point.t)
    gradient = point.network.backward(point.theta, plain, dz)
    for rows in (np.vstack([point.x, point.x]) * 1e3, point.x):
        outputs = point.network.forward(point.theta, rows, workspace)
    for output, expected in zip(outputs, plain, strict=True):
        np.testing.assert_array_equal(output, expected)
    for _ in range(2):
        buffer = np.full_like(point.theta, np.nan)
        returned = point.network.backward(point.theta, outputs, dz, workspace, out=buffer)
        assert returned is buffer
        np.testing.assert_array_equal(buffer, gradient)


@settings(max_examples=40)
@given(network_points(activations=SMOOTH))
def test_jvp_is_the_derivative_of_the_logits_along_a_direction(point: NetworkPoint) -> None:
    direction = point.generator.normal(size=point.network.size)
    found = point.network.jvp(point.theta, point.network.forward(point.theta, point.x), direction)
    assert_agrees(found, complex_slope(lambda theta: point.network.forward(theta, point.x)[-1], point.theta, direction))


@settings(max_examples=40)
@given(network_points())
def test_jvp_with_any_activation_agrees_with_differences(point: NetworkPoint) -> None:
    direction = point.generator.normal(size=point.network.size) / point.network.size
    found = point.network.jvp(point.theta, point.network.forward(point.theta, point.x), direction)
    assert_agrees(
        found,
        difference_slope(lambda theta: point.network.forward(theta, point.x)[-1], point.theta, direction),
        relative=1e-8,
    )


@given(network_points())
def test_jvp_and_backward_are_adjoint(point: NetworkPoint) -> None:
    outputs = point.network.forward(point.theta, point.x)
    dz = point.generator.normal(size=outputs[-1].shape)
    direction = point.generator.normal(size=point.network.size)
    forwards = dz * point.network.jvp(point.theta, outputs, direction)
    backwards = point.network.backward(point.theta, outputs, dz) @ direction
    assert backwards == pytest.approx(float(forwards.sum()), rel=1e-11, abs=1e-11 * (1 + float(np.abs(forwards).sum())))


@given(network_points())
def test_single_precision_stays_single_precision(point: NetworkPoint) -> None:
    theta, x = point.theta.astype(np.float32), point.x.astype(np.float32)
    outputs = point.network.forward(theta, x)
    gradient = point.network.backward(theta, outputs, np.ones_like(outputs[-1]))
    tangent = point.network.jvp(theta, outputs, theta)
    assert {array.dtype for array in [*outputs, gradient, tangent]} == {np.dtype(np.float32)}


def test_a_network_of_a_list_is_the_same_value_as_one_of_a_tuple() -> None:
    network = Network([Dense(2, 3), Tanh()])  # type: ignore[arg-type]
    same = Network((Dense(2, 3), Tanh()))
    assert network.widths == (2, 3, 3)
    assert network == same
    assert hash(network) == hash(same)
    assert pickle.loads(pickle.dumps(network)) == same


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((), "A network starts with a layer that fixes its inputs, such as Dense(4, 8): found no layer."),
        (
            (Tanh(), Dense(2, 2)),
            "A network starts with a layer that fixes its inputs, such as Dense(4, 8): found Tanh().",
        ),
        (
            (Dense(2, 3), Sigmoid(), Dense(4, 2)),
            "Layer 2, Dense(inputs=4, outputs=2, bias=True), takes 4 inputs, but the outputs of layer 1, Sigmoid(), "
            "give 3: make the two equal.",
        ),
    ],
)
def test_layers_that_do_not_fit_are_refused(layers: tuple[Dense, ...], message: str) -> None:
    with pytest.raises(MismatchError) as error:
        Network(layers)
    assert str(error.value) == message
