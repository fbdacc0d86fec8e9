"""What the layers compute: every activation against a second formula, the dense layer against loops."""

import numpy as np
import pytest

from chainrule import SELU, Dense, Heaviside, LeakyReLU, ReLU
from chainrule.layers import Elementwise
from tests.oracles import ACTIVATION_FORMULAS
from tests.registry import ACTIVATIONS, DENSE, LayerCase, named


@pytest.mark.parametrize("case", ACTIVATIONS, ids=named(ACTIVATIONS))
def test_activations_agree_with_their_formulas(case: LayerCase) -> None:
    x = np.linspace(-6, 6, 97).reshape(-1, 1) * [1.0, -0.7, 0.1]
    y = case.layer.forward({}, x)
    np.testing.assert_allclose(y, ACTIVATION_FORMULAS[case.name](x), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("case", DENSE, ids=named(DENSE))
def test_dense_agrees_with_loops(case: LayerCase) -> None:
    generator = np.random.default_rng(1)
    params, layer = case.parameters(generator), case.layer
    assert isinstance(layer, Dense)
    x = generator.normal(size=(4, layer.inputs))
    y = layer.forward(params, x)
    for row in range(4):
        for unit in range(layer.outputs):
            total = float(params["bias"][unit]) if layer.bias else 0.0
            total += sum(x[row, i] * params["weights"][i, unit] for i in range(layer.inputs))
            assert y[row, unit] == pytest.approx(total, rel=1e-14)


def test_jacobians_of_one_row_are_the_textbook_matrices() -> None:
    weights, x = np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[7.0, 8]])
    params = {"weights": weights, "bias": np.zeros(3)}
    full = Dense(2, 3).jacobian(params, x, Dense(2, 3).forward(params, x))
    column_by_column = full["weights"][0].reshape(3, 6, order="F")
    np.testing.assert_array_equal(full["x"][0], weights.T)
    np.testing.assert_array_equal(column_by_column, np.kron(np.eye(3), x))
    np.testing.assert_array_equal(full["bias"][0], np.eye(3))


@pytest.mark.parametrize(("layer", "at_zero"), [(ReLU(), 0.0), (LeakyReLU(0.3), 0.3), (Heaviside(), 0.0)])
def test_the_derivative_at_a_kink_is_the_one_from_below(layer: Elementwise, at_zero: float) -> None:
    zero = np.zeros((1, 1))
    assert layer.function(zero).item() == 0
    assert layer.derivative(zero, layer.function(zero)).item() == at_zero


def test_selu_keeps_mean_zero_and_variance_one() -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    y, weights = SELU().function(nodes), weights / weights.sum()
    assert weights @ y == pytest.approx(0, abs=1e-3)
    assert weights @ y**2 == pytest.approx(1, abs=1e-3)
