"""Very large and very small inputs: every number stays finite, and nothing warns (warnings are errors here)."""

from typing import Any

import numpy as np
import pytest

from chainrule import Dense, Softmax
from chainrule.arrays import Array
from chainrule.layers import Layer
from tests.oracles import complex_slope
from tests.registry import ACTIVATIONS, LAYERS, LayerCase, named

EXTREMES = (-1e4, -100.0, -30.0, -1.0, -1e-300, -0.0, 0.0, 1e-300, 1.0, 30.0, 100.0, 1e4)
SMOOTH = [case for case in ACTIVATIONS if case.analytic]

every_layer = pytest.mark.parametrize("case", LAYERS, ids=named(LAYERS))
every_precision = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def extreme_rows(width: int) -> Array:
    """Rows in which every pair of extremes meets, next to each other and far apart."""
    first, second = (grid.ravel() for grid in np.meshgrid(EXTREMES, EXTREMES))
    return np.stack([first if column % 2 == 0 else second for column in range(width)], axis=1)


def width_of(layer: Layer) -> int:
    return layer.inputs or 6


@every_precision
@every_layer
def test_outputs_and_derivatives_stay_finite(case: LayerCase, dtype: type[Any]) -> None:
    layer, x = case.layer, extreme_rows(width_of(case.layer)).astype(dtype)
    params = {name: values.astype(dtype) for name, values in case.parameters(np.random.default_rng(0)).items()}
    grad = {name: np.zeros_like(values) for name, values in params.items()}
    y = layer.forward(params, x)
    dy = np.ones_like(y)
    results = [
        y,
        layer.vjp(params, x, y, dy, grad=grad),
        layer.jvp(params, x, y, np.ones_like(x), params),
        *layer.jacobian(params, x, y).values(),
        *grad.values(),
    ]
    for result in results:
        assert result is not None
        assert result.dtype == dtype
        assert np.isfinite(result).all()


@pytest.mark.parametrize("case", SMOOTH, ids=named(SMOOTH))
def test_derivatives_of_smooth_activations_are_right_at_exact_zero_and_far_out(case: LayerCase) -> None:
    x = np.repeat(np.array([-30.0, -8.0, -0.0, 0.0, 8.0, 30.0])[:, None], 2, axis=1)
    y = case.layer.forward({}, x)
    direction = np.array([1.0, -0.5]) * np.ones_like(x)
    found = case.layer.jvp({}, x, y, direction, {})
    expected = complex_slope(lambda v: case.layer.forward({}, v), x, direction)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-15)


@every_precision
def test_softmax_is_a_distribution_whatever_the_inputs(dtype: type[Any]) -> None:
    x = extreme_rows(4).astype(dtype)
    y = Softmax().forward({}, x)
    assert (y >= 0).all()
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-6 if dtype == np.float32 else 1e-14)


def test_softmax_ignores_a_shift_of_the_row() -> None:
    x = np.random.default_rng(0).normal(size=(20, 4))
    np.testing.assert_allclose(Softmax().forward({}, x + 1000), Softmax().forward({}, x), rtol=1e-12)


def test_dense_keeps_large_weights_finite() -> None:
    layer, x = Dense(2, 2), np.array([[1e4, -1e4]])
    params = {"weights": np.array([[1e4, -1e4], [1e-300, 0.0]]), "bias": np.array([1e4, -1e-300])}
    np.testing.assert_array_equal(layer.forward(params, x), [[1e8 + 1e4, -1e8]])
