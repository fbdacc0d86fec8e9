"""The four identities of every layer, at fresh random points of odd shapes.

vjp = dy · J     jvp = J · v     <dy, J v> = <Jᵀ dy, v>     J = an independent derivative
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.arrays import Array
from tests.oracles import assert_agrees, full_derivative, slope_of
from tests.registry import LAYERS, LayerCase, named
from tests.strategies import LayerPoint, layer_points

# A sum of i products is rounded by (i + 2) units of 6e-8, of what its terms come to without their signs.
SINGLE = 2e-6

every_layer = pytest.mark.parametrize("case", LAYERS, ids=named(LAYERS))


def zeros(point: LayerPoint) -> dict[str, Array]:
    return {name: np.zeros_like(values) for name, values in point.params.items()}


def backward(point: LayerPoint) -> tuple[Array, dict[str, Array]]:
    """The vector-Jacobian product: with respect to x, and to each parameter."""
    grad = zeros(point)
    dx = point.layer.vjp(point.params, point.x, point.y, point.dy, grad=grad)
    assert dx is not None
    return dx, grad


def forward_mode(point: LayerPoint) -> Array:
    return point.layer.jvp(point.params, point.x, point.y, point.dx, point.dparams)


def jacobian(point: LayerPoint) -> dict[str, Array]:
    return point.layer.jacobian(point.params, point.x, point.y)


def assert_vjp_is_dy_times_jacobian(point: LayerPoint, precision: float) -> None:
    dx, grad = backward(point)
    full = jacobian(point)
    assert_agrees(dx, np.einsum("no,noi->ni", point.dy, full.pop("x")), precision, least=1)
    assert full.keys() == grad.keys() == point.layer.parameter_shapes().keys()
    for name, shape in point.layer.parameter_shapes().items():
        expected = np.tensordot(point.dy, full[name], axes=([0, 1], [0, 1]))
        assert expected.shape == shape
        assert_agrees(grad[name], expected, precision, least=1)


def assert_jvp_is_jacobian_times_v(point: LayerPoint, precision: float) -> None:
    full = jacobian(point)
    expected = np.einsum("noi,ni->no", full["x"], point.dx)
    for name, dparam in point.dparams.items():
        expected = expected + np.tensordot(full[name], dparam, axes=dparam.ndim)
    assert_agrees(forward_mode(point), expected, precision, least=1)


def assert_products_are_adjoint(point: LayerPoint, precision: float) -> None:
    dx, grad = backward(point)
    forwards = point.dy * forward_mode(point)
    backwards = (dx * point.dx).sum() + sum((grad[name] * point.dparams[name]).sum() for name in grad)
    rounding = precision * (1 + float(np.abs(forwards).sum()))
    assert float(backwards) == pytest.approx(float(forwards.sum()), rel=0, abs=rounding)


@every_layer
@given(data=st.data())
def test_products_agree_with_the_jacobian_and_with_each_other(case: LayerCase, data: st.DataObject) -> None:
    point = data.draw(layer_points(case))
    assert_vjp_is_dy_times_jacobian(point, 1e-13)
    assert_jvp_is_jacobian_times_v(point, 1e-13)
    assert_products_are_adjoint(point, 1e-14)


@every_layer
@given(data=st.data())
def test_products_agree_in_single_precision_and_stay_there(case: LayerCase, data: st.DataObject) -> None:
    point = data.draw(layer_points(case)).as_type(np.float32)
    assert_vjp_is_dy_times_jacobian(point, SINGLE)
    assert_jvp_is_jacobian_times_v(point, SINGLE)
    assert_products_are_adjoint(point, SINGLE)
    dx, grad = backward(point)
    results = [point.y, dx, forward_mode(point), *grad.values(), *jacobian(point).values()]
    assert {result.dtype for result in results} == {np.dtype(np.float32)}


@every_layer
@given(data=st.data())
def test_the_jacobian_of_x_is_the_derivative_of_each_row_alone(case: LayerCase, data: st.DataObject) -> None:
    point = data.draw(layer_points(case))
    n = len(point.x)
    derivative = full_derivative(
        slope_of(case.analytic), lambda x: point.layer.forward(point.params, x), point.x
    )  # (n, o, n, i)
    expected = jacobian(point)["x"][:, :, None, :] * np.eye(n)[:, None, :, None]
    assert_agrees(derivative, expected)


@every_layer
@given(data=st.data())
def test_the_jacobian_of_each_parameter_is_its_derivative(case: LayerCase, data: st.DataObject) -> None:
    point = data.draw(layer_points(case))
    full = jacobian(point)
    for name, values in point.params.items():

        def value(v: Array, name: str = name) -> Array:
            others = {other: values.astype(v.dtype) for other, values in point.params.items()}
            return point.layer.forward({**others, name: v}, point.x)

        assert_agrees(full[name], full_derivative(slope_of(case.analytic), value, values))


@every_layer
@given(data=st.data())
def test_single_precision_agrees_with_double(case: LayerCase, data: st.DataObject) -> None:
    double = data.draw(layer_points(case))
    single = double.as_type(np.float32)
    terms = double.x
    if double.params:
        terms = case.layer.forward({name: np.abs(values) for name, values in double.params.items()}, np.abs(double.x))
    assert_agrees(single.y, double.y, SINGLE, least=max(0.1, float(np.abs(terms).max(initial=0))))
    expected = jacobian(double)
    for name, values in jacobian(single).items():
        assert_agrees(values, expected[name], SINGLE, least=0.1)
