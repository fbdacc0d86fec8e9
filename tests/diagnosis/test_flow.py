"""Vanishing and exploding gradients, with the layer where it happens, and Jacobians' singular values."""

import numpy as np
import pytest

from chainrule import Classifier
from chainrule.diagnosis.gradient_flow import gradient_flow
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError
from tests.diagnosis.models import clouds, fitted, treated


def test_singular_values_are_those_of_the_weights_and_slopes() -> None:
    x, y = clouds(rows=40)
    model = Classifier((6, 5), "tanh", random_state=0).fit(x, y)
    layers = {one["layer"]: one for one in gradient_flow(ModelUnderTest(model, x, y)).measured["layers"]}
    views = model.network_.views(model.theta_)
    for dense in (2, 4):
        expected = np.linalg.svd(views[dense]["weights"], compute_uv=False)
        assert layers[dense]["largest"] == pytest.approx(expected.max())
        assert layers[dense]["smallest"] == pytest.approx(expected.min())
    z = (x - x.mean(axis=0)) / x.std(axis=0) @ views[0]["weights"] + views[0]["bias"]
    slopes = 1 - np.tanh(z[:8]) ** 2
    assert layers[1]["largest"] == pytest.approx(np.median(slopes.max(axis=1)))
    assert layers[1]["smallest"] == pytest.approx(np.median(slopes.min(axis=1)))


def test_what_reaches_the_first_layer_is_the_product_of_what_each_passes() -> None:
    x, y = clouds(rows=40)
    model = Classifier((6, 5), "tanh", random_state=0).fit(x, y)
    measured = gradient_flow(ModelUnderTest(model, x, y)).measured
    assert measured["reaches layer 0"] == pytest.approx(np.prod([one["passes"] for one in measured["layers"]]))
    network, theta = model.network_, model.theta_
    rows = (x - x.mean(axis=0)) / x.std(axis=0)

    def logit(shift: np.ndarray, row: int) -> float:
        y = rows[row : row + 1] @ network.views(theta)[0]["weights"] + network.views(theta)[0]["bias"] + shift
        for layer, params in zip(network.layers[1:], network.views(theta)[1:], strict=True):
            y = layer.forward(params, y)
        return float(y[0, 0])

    norms = [
        np.linalg.norm([(logit(1e-5 * unit, row) - logit(-1e-5 * unit, row)) / 2e-5 for unit in np.eye(6)])
        for row in range(len(x))
    ]
    assert measured["reaches layer 0"] == pytest.approx(np.sqrt(np.mean(np.square(norms))), rel=1e-6)


def test_gradients_vanish_in_a_deep_network_of_sigmoids_and_the_remedy_helps() -> None:
    x, y = clouds()
    model = fitted(Classifier((8,) * 8, "logistic", random_state=0, max_epochs=3), x, y)
    (finding,) = gradient_flow(ModelUnderTest(model, x, y)).findings
    assert (finding.what, finding.severity) == ("vanishing gradients", "problem")
    assert "Sigmoid()" in finding.where
    assert not gradient_flow(ModelUnderTest(treated(finding, model, x, y), x, y)).findings


@pytest.mark.parametrize(("factor", "what"), [(1e5, "exploding gradients"), (1e-6, "vanishing gradients")])
def test_the_guilty_layer_is_named(factor: float, what: str) -> None:
    x, y = clouds()
    model = Classifier((8, 8, 8), random_state=0).fit(x, y)
    model.network_.views(model.theta_)[4]["weights"][...] *= factor
    (finding,) = gradient_flow(ModelUnderTest(model, x, y)).findings
    assert finding.what == what
    assert finding.numbers["layer"] == 4
    assert "layer 4, Dense(" in finding.where


def test_exploding_gradients_are_held_down_by_the_remedy() -> None:
    x, y = clouds()
    model = Classifier((8, 8, 8), random_state=0).fit(x, y)
    model.network_.views(model.theta_)[4]["weights"][...] *= 1e5
    (finding,) = gradient_flow(ModelUnderTest(model, x, y)).findings
    assert "--l2" in finding.remedy.options
    assert not gradient_flow(ModelUnderTest(treated(finding, model, x, y), x, y)).findings


def test_gradient_flow_is_not_examined_for_one_layer() -> None:
    x, y = clouds()
    with pytest.raises(NotExaminedError, match="no hidden layer"):
        gradient_flow(ModelUnderTest(Classifier().fit(x, y), x, y))
