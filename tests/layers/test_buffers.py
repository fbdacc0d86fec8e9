"""Buffers are hints: with `out=` and `grad=` every layer returns the same bits, and it never changes its arguments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.arrays import Array
from tests.registry import LAYERS, LayerCase, named
from tests.strategies import LayerPoint, layer_points

every_layer = pytest.mark.parametrize("case", LAYERS, ids=named(LAYERS))


def garbage(shape: tuple[int, ...]) -> Array:
    return np.full(shape, np.nan)


def arrays_of(point: LayerPoint) -> list[Array]:
    return [point.x, point.y, point.dy, point.dx, *point.params.values(), *point.dparams.values()]


@every_layer
@given(data=st.data())
def test_forward_fills_the_buffer(case: LayerCase, data: st.DataObject) -> None:
    point = data.draw(layer_points(case))
    out = garbage(point.y.shape)
    returned = point.layer.forward(point.params, point.x, out=out)
    assert returned is out
    np.testing.assert_array_equal(out, point.y)


@every_layer
@given(data=st.data())
def test_vjp_fills_the_buffer(case: LayerCase, data: st.DataObject) -> None:
    point = data.draw(layer_points(case))
    out = garbage(point.x.shape)
    expected = point.layer.vjp(point.params, point.x, point.y, point.dy)
    returned = point.layer.vjp(point.params, point.x, point.y, point.dy, out=out)
    assert returned is out
    np.testing.assert_array_equal(out, expected)


@every_layer
@given(data=st.data(), order=st.sampled_from("CF"))
def test_vjp_overwrites_the_gradients_in_any_memory_order(case: LayerCase, data: st.DataObject, order: str) -> None:
    point = data.draw(layer_points(case))
    shapes = point.layer.parameter_shapes().items()
    expected = {name: garbage(shape) for name, shape in shapes}
    found = {name: garbage(shape[::-1]).T if order == "F" else garbage(shape) for name, shape in shapes}
    for grad in (expected, found):
        point.layer.vjp(point.params, point.x, point.y, point.dy, grad=grad)
    for name, values in found.items():
        assert np.isfinite(values).all()
        np.testing.assert_allclose(values, expected[name], rtol=1e-14, atol=1e-14)


@every_layer
@given(data=st.data())
def test_without_dx_only_the_gradients_are_made(case: LayerCase, data: st.DataObject) -> None:
    point = data.draw(layer_points(case))
    with_dx, without_dx = ({name: garbage(values.shape) for name, values in point.params.items()} for _ in range(2))
    point.layer.vjp(point.params, point.x, point.y, point.dy, grad=with_dx)
    assert point.layer.vjp(point.params, point.x, point.y, point.dy, need_dx=False, grad=without_dx) is None
    for name, values in without_dx.items():
        np.testing.assert_array_equal(values, with_dx[name])


@every_layer
@given(data=st.data())
def test_no_method_changes_its_arguments(case: LayerCase, data: st.DataObject) -> None:
    point = data.draw(layer_points(case))
    before = [array.copy() for array in arrays_of(point)]
    for array in arrays_of(point):
        array.flags.writeable = False
    point.layer.forward(point.params, point.x)
    point.layer.vjp(point.params, point.x, point.y, point.dy)
    point.layer.jvp(point.params, point.x, point.y, point.dx, point.dparams)
    point.layer.jacobian(point.params, point.x, point.y)
    for array, copy in zip(arrays_of(point), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@every_layer
@given(data=st.data())
def test_output_size_and_shapes_are_what_forward_returns(case: LayerCase, data: st.DataObject) -> None:
    point = data.draw(layer_points(case))
    n, inputs = point.x.shape
    assert point.y.shape == (n, point.layer.output_size(inputs))
    assert point.layer.inputs in (None, inputs)


@every_layer
@given(data=st.data())
def test_complex_rows_have_the_real_rows_as_their_real_part(case: LayerCase, data: st.DataObject) -> None:
    point = data.draw(layer_points(case))
    out = np.full(point.y.shape, np.nan, complex)
    y = point.layer.forward(point.params, point.x + 1e-30j)
    returned = point.layer.forward(point.params, point.x + 1e-30j, out=out)
    assert np.iscomplexobj(y)
    np.testing.assert_array_equal(returned, y)
    np.testing.assert_allclose(y.real, point.y, rtol=1e-12, atol=1e-14)
