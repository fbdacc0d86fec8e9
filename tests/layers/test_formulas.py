"""What the layers compute: every activation against a second formula, the dense layer against loops."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from chainrule import SELU, Dense, Heaviside, LeakyReLU, ReLU
from chainrule.arrays import Array
from chainrule.exceptions import MismatchError
from chainrule.layers import Elementwise
from tests.oracles import activation_formula
from tests.registry import ACTIVATIONS, DENSE, LayerCase, named


@pytest.mark.parametrize("case", ACTIVATIONS, ids=named(ACTIVATIONS))
def test_activations_agree_with_their_formulas(case: LayerCase) -> None:
    x = np.linspace(-6, 6, 97).reshape(-1, 1) * [1.0, -0.7, 0.1]
    y = case.layer.forward({}, x)
    np.testing.assert_allclose(y, activation_formula(case.name, case.layer)(x), rtol=1e-12, atol=1e-14)


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


@pytest.mark.parametrize(
    ("x", "params", "told"),
    [
        (np.ones((5, 3)), {}, r"takes rows x of shape \(n, 2\), found \(5, 3\)\.$"),
        (csr_array(np.ones((5, 3))), {}, r"takes rows x of shape \(n, 2\), found \(5, 3\)\.$"),
        (np.ones((5, 2)), {"weights": np.ones((3, 4))}, r"takes weights of shape \(2, 4\), found \(3, 4\)\.$"),
        (np.ones((5, 2)), {"bias": np.ones(3)}, r"takes bias of shape \(4,\), found \(3,\)\.$"),
    ],
    ids=["rows", "sparse rows", "weights", "bias"],
)
def test_a_wrong_shape_is_told_in_one_sentence(x: Any, params: dict[str, Array], told: str) -> None:
    right = {"weights": np.ones((2, 4)), "bias": np.zeros(4)}
    with pytest.raises(MismatchError, match=rf"^Dense\(inputs=2, outputs=4, bias=True\) {told}"):
        Dense(2, 4).forward(right | params, x)


def test_selu_keeps_mean_zero_and_variance_one() -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    y, weights = SELU().function(nodes), weights / weights.sum()
    assert weights @ y == pytest.approx(0, abs=1e-3)
    assert weights @ y**2 == pytest.approx(1, abs=1e-3)
