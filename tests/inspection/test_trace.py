"""The ledger of one row: its factors, its full Jacobians, and that they multiply to the gradient."""

import numpy as np
import pytest
from hypothesis import given, settings

from chainrule import Dense, Network, SigmoidCrossEntropy, SoftmaxCrossEntropy, Tanh, initialize, trace
from chainrule.inspection import Trace
from chainrule.losses import Loss
from tests.oracles import assert_agrees, complex_slope, full_derivative
from tests.registry import ACTIVATIONS, LOSSES
from tests.strategies import NetworkPoint, network_points

SMOOTH = [case for case in ACTIVATIONS if case.analytic]
SMOOTH_LOSSES = [case for case in LOSSES if case.analytic]


def trace_of(point: NetworkPoint, row: int = 0) -> Trace:
    return trace(point.network, point.loss, point.theta, point.x[row], point.t[row])


@settings(max_examples=60)
@given(network_points(max_depth=3, activations=SMOOTH, losses=SMOOTH_LOSSES))
def test_the_gradient_of_the_ledger_is_the_complex_step(point: NetworkPoint) -> None:
    ledger = trace_of(point)

    def loss(theta: np.ndarray) -> np.ndarray:
        return point.loss.value(point.network.forward(theta, point.x[:1])[-1], point.t[:1])[0]

    assert_agrees(ledger.gradient, full_derivative(complex_slope, loss, point.theta), 1e-10)
    assert ledger.loss == pytest.approx(float(loss(point.theta)))


@settings(max_examples=60)
@given(network_points(max_depth=3))
def test_every_link_multiplies_its_jacobians(point: NetworkPoint) -> None:
    ledger = trace_of(point)
    assert len(ledger.links) == len(point.network.layers)
    dy = ledger.dz
    for link in reversed(ledger.links):
        np.testing.assert_array_equal(link.dy, dy)
        assert link.jacobians["x"].shape == (len(link.y), len(link.x))
        np.testing.assert_allclose(link.dx, dy @ link.jacobians["x"], rtol=1e-12, atol=1e-14)
        for name, gradient in link.gradients.items():
            assert link.jacobians[name].shape == (len(link.y), gradient.size)
            flat = dy @ link.jacobians[name]
            np.testing.assert_allclose(gradient.ravel(order="F"), flat, rtol=1e-12, atol=1e-14)
        dy = link.dx


@settings(max_examples=60)
@given(network_points(max_depth=3))
def test_the_ledger_agrees_with_the_engine(point: NetworkPoint) -> None:
    ledger = trace_of(point, row=1)
    outputs = point.network.forward(point.theta, point.x[1:2])
    assert ledger.disagreement < 1e-12
    assert_agrees(ledger.gradient, ledger.gradient_fused, 1e-11)
    np.testing.assert_array_equal(ledger.z, outputs[-1][0])
    for link, x, y in zip(ledger.links, outputs, outputs[1:], strict=False):
        np.testing.assert_array_equal(link.x, x[0])
        np.testing.assert_array_equal(link.y, y[0])
    np.testing.assert_array_equal(ledger.dz_fused, point.loss.gradient(outputs[-1], point.t[1:2])[0])
    np.testing.assert_allclose(ledger.dloss_dy @ ledger.dy_dz, ledger.dz, rtol=1e-12, atol=1e-14)


def small_ledger(loss: Loss, outputs: int, target: object) -> Trace:
    network = Network((Dense(2, 4), Tanh(), Dense(4, outputs)))
    return trace(network, loss, initialize(network, random_state=0), [0.5, -1.5], target)


def test_jacobians_of_the_weights_are_kronecker_products() -> None:
    for link in small_ledger(SoftmaxCrossEntropy(), 3, 1).links[::2]:
        outputs = len(link.y)
        np.testing.assert_array_equal(link.jacobians["weights"], np.kron(np.eye(outputs), link.x))
        np.testing.assert_array_equal(link.jacobians["bias"], np.eye(outputs))
        np.testing.assert_array_equal(link.jacobians["x"], link.params["weights"].T)
        np.testing.assert_allclose(link.gradients["weights"], np.outer(link.x, link.dy))


def test_softmax_shows_both_factors() -> None:
    ledger = small_ledger(SoftmaxCrossEntropy(), 3, 1)
    y = ledger.y
    np.testing.assert_array_equal(ledger.t, [0, 1, 0])
    np.testing.assert_allclose(ledger.dloss_dy, [0, -1 / y[1], 0])
    np.testing.assert_allclose(ledger.dy_dz, np.diag(y) - np.outer(y, y))
    np.testing.assert_allclose(ledger.dz, y - ledger.t, atol=1e-15)
    assert ledger.loss == pytest.approx(-np.log(y[1]))


def test_a_class_index_a_one_hot_row_and_certain_probabilities_give_the_same_ledger() -> None:
    ledgers = [small_ledger(SoftmaxCrossEntropy(), 3, target) for target in (1, [0, 1, 0], [0.0, 1.0, 0.0])]
    assert len({str(ledger).replace(".", "") for ledger in ledgers}) == 1
    for ledger in ledgers:
        np.testing.assert_array_equal(ledger.gradient, ledgers[0].gradient)


def test_sigmoid_with_one_output_keeps_its_target_as_given() -> None:
    ledger = small_ledger(SigmoidCrossEntropy(), 1, 1)
    np.testing.assert_array_equal(ledger.t, [1])
    np.testing.assert_allclose(ledger.dz, ledger.y - 1)


@pytest.mark.parametrize("scale", [1.0, 20.0, 40.0, 1e3])
@pytest.mark.parametrize("loss", [SigmoidCrossEntropy(), SoftmaxCrossEntropy()], ids=repr)
def test_certain_rows_disagree_no_more_than_others(loss: Loss, scale: float) -> None:
    network = Network((Dense(1, 2),))
    theta = network.flatten([{"weights": [[scale, -scale]], "bias": [0.1, 0.0]}])
    for target in ([1.0, 0.0], [0.0, 1.0], [0.25, 0.75]):
        assert trace(network, loss, theta, [1.3], target).disagreement < 1e-12


def test_the_ledger_prints_every_name_and_number() -> None:
    ledger = small_ledger(SoftmaxCrossEntropy(), 3, 1)
    lines = str(ledger).splitlines()
    names = [line.split("  ")[0] for line in lines if not line.startswith(" ")]
    assert names == [
        "x",
        "y1 = Dense(inputs=2, outputs=4, bias=True)",
        "y2 = Tanh()",
        "y3 = Dense(inputs=4, outputs=3, bias=True)",
        "y = softmax(z)",
        "t",
        "loss",
        "∂loss/∂y",
        "∂y/∂z",
        "∂loss/∂z = ∂loss/∂y · ∂y/∂z",
        "∂y3/∂weights",
        "∂loss/∂weights",
        "∂y3/∂bias",
        "∂loss/∂bias",
        "∂y3/∂y2",
        "∂loss/∂y2",
        "∂y2/∂y1",
        "∂loss/∂y1",
        "∂y1/∂weights",
        "∂loss/∂weights",
        "∂y1/∂bias",
        "∂loss/∂bias",
        f"Largest difference from the fused form, relative: {ledger.disagreement:.1e}",
    ]
    text = str(ledger)
    for numbers in (ledger.links[0].x, ledger.z, ledger.y, ledger.dz, ledger.links[0].gradients["bias"]):
        for number in numbers:
            assert np.array2string(number, precision=6) in text
    assert f"{ledger.loss:.6f}" in text
    assert "3 x 12" in text


def test_the_ledger_changes_nothing() -> None:
    network = Network((Dense(2, 2),))
    theta, x, t = np.arange(6.0), np.array([1.0, 2.0]), np.array([0.25, 0.75])
    for array in (theta, x, t):
        array.flags.writeable = False
    ledger = trace(network, SoftmaxCrossEntropy(), theta, x, t)
    np.testing.assert_array_equal(ledger.links[0].params["weights"], [[0, 2], [1, 3]])
