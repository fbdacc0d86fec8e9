"""Every loss against independent derivatives: value, gradient, factors and curvature tell the same story."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import MemberLoss
from chainrule.arrays import Array
from tests.oracles import (
    assert_agrees,
    complex_slope,
    full_derivative,
    perceptron_criterion,
    sigmoid_cross_entropy,
    slope_of,
    softmax_cross_entropy,
)
from tests.registry import LOSSES, LossCase, named
from tests.strategies import LossPoint, loss_points

Formula: TypeAlias = Callable[[Array, Array], Array]


def mean_of_members(members: int, formula: Formula, z: Array, t: Array) -> Array:
    return sum((formula(each, t) for each in np.split(z, members, axis=1)), np.zeros(len(z))) / members


FORMULAS: dict[str, Formula] = {
    "SoftmaxCrossEntropy": softmax_cross_entropy,
    "SoftmaxCrossEntropy, smooth": lambda z, t: softmax_cross_entropy(z, 0.9 * t + 0.1 / z.shape[1]),
    "SigmoidCrossEntropy": sigmoid_cross_entropy,
    "SigmoidCrossEntropy, smooth": lambda z, t: sigmoid_cross_entropy(z, 0.7 * t + 0.15),
    "PerceptronCriterion": perceptron_criterion,
}
FORMULAS |= {
    case.name: partial(mean_of_members, case.loss.members, FORMULAS[case.name.split(", ", 1)[1]])
    for case in LOSSES
    if isinstance(case.loss, MemberLoss)
}

SECOND = [case for case in LOSSES if case.name in FORMULAS]
SMOOTH = [case for case in LOSSES if case.analytic]

every_loss = pytest.mark.parametrize("case", LOSSES, ids=named(LOSSES))


def hard(point: LossPoint) -> bool:
    return bool(np.isin(point.rows, (0, 1)).all())


def test_every_formula_is_of_a_loss() -> None:
    assert [case.name for case in SECOND] == list(FORMULAS)


@pytest.mark.parametrize("case", SECOND, ids=named(SECOND))
@given(data=st.data())
def test_the_value_is_that_of_the_formula(case: LossCase, data: st.DataObject) -> None:
    point = data.draw(loss_points(case).filter(lambda p: case.analytic or hard(p)))
    value = case.loss.value(point.z, point.t)
    assert value.shape == (len(point.z),)
    assert_agrees(value, FORMULAS[case.name](point.z, point.rows), 1e-13, least=1)


@every_loss
@given(data=st.data())
def test_the_gradient_is_the_derivative_of_the_value_row_by_row(case: LossCase, data: st.DataObject) -> None:
    point = data.draw(loss_points(case))
    derivative = full_derivative(slope_of(case.analytic), lambda z: case.loss.value(z, point.t), point.z)  # (n, n, k)
    gradient = case.loss.gradient(point.z, point.t)
    assert_agrees(gradient[:, None, :] * np.eye(len(point.z))[:, :, None], derivative)


@every_loss
@given(data=st.data())
def test_value_and_gradient_returns_the_value_and_the_gradient(case: LossCase, data: st.DataObject) -> None:
    point = data.draw(loss_points(case))
    value, gradient = case.loss.value_and_gradient(point.z, point.t)
    np.testing.assert_array_equal(value, case.loss.value(point.z, point.t))
    np.testing.assert_array_equal(gradient, case.loss.gradient(point.z, point.t))


@every_loss
@given(data=st.data())
def test_the_gradient_fills_its_buffer_and_leaves_the_logits_alone(case: LossCase, data: st.DataObject) -> None:
    point = data.draw(loss_points(case))
    expected = case.loss.gradient(point.z, point.t)
    point.z.flags.writeable = point.t.flags.writeable = False
    for method in (case.loss.gradient, lambda z, t, out: case.loss.value_and_gradient(z, t, out=out)[1]):
        out = np.full(point.z.shape, np.nan)
        assert method(point.z, point.t, out=out) is out
        np.testing.assert_array_equal(out, expected)


@every_loss
@given(data=st.data())
def test_the_factors_multiply_to_the_gradient(case: LossCase, data: st.DataObject) -> None:
    point = data.draw(loss_points(case))
    dloss_dy, dy_dz = case.loss.factors(point.z, point.t)
    assert_agrees(np.einsum("nk,nkl->nl", dloss_dy, dy_dz), case.loss.gradient(point.z, point.t), 1e-14, least=1)


@pytest.mark.parametrize("case", SMOOTH, ids=named(SMOOTH))
@given(data=st.data())
def test_the_second_factor_is_the_jacobian_of_the_activation(case: LossCase, data: st.DataObject) -> None:
    point = data.draw(loss_points(case))
    y = case.loss.activation.forward({}, point.z)
    expected = case.loss.activation.jacobian({}, point.z, y)["x"]
    assert_agrees(case.loss.factors(point.z, point.t)[1], expected, 1e-14)


@every_loss
@given(data=st.data())
def test_curvature_is_the_derivative_of_the_gradient(case: LossCase, data: st.DataObject) -> None:
    point = data.draw(loss_points(case))
    slope = slope_of(case.analytic)
    expected = slope(lambda z: case.loss.gradient(z, point.t), point.z, point.v)
    assert_agrees(case.loss.curvature_product(point.z, point.t, point.v), expected)


@every_loss
@given(data=st.data())
def test_curvature_is_symmetric_and_never_negative(case: LossCase, data: st.DataObject) -> None:
    point = data.draw(loss_points(case))

    def product(v: Array) -> Array:
        return case.loss.curvature_product(point.z, point.t, v)

    u, v = point.v[:, ::-1], point.v
    assert_agrees((u * product(v)).sum(axis=1), (v * product(u)).sum(axis=1), 1e-13, least=1)
    assert ((v * product(v)).sum(axis=1) >= -1e-15).all()


@every_loss
@given(data=st.data())
def test_single_precision_agrees_with_double(case: LossCase, data: st.DataObject) -> None:
    point = data.draw(loss_points(case))
    z, v = point.z.astype(np.float32), point.v.astype(np.float32)
    t = point.t if point.t.ndim == 1 else point.t.astype(np.float32)
    gradient, curvature = case.loss.gradient(z, t), case.loss.curvature_product(z, t, v)
    assert gradient.dtype == curvature.dtype == np.float32
    assert_agrees(case.loss.value(z, t), case.loss.value(point.z, point.t), 2e-6, least=1)
    assert_agrees(gradient, case.loss.gradient(point.z, point.t), 2e-6, least=1)
    assert_agrees(curvature, case.loss.curvature_product(point.z, point.t, point.v), 4e-6, least=1)
    assert_agrees(np.einsum("nk,nkl->nl", *case.loss.factors(z, t)), gradient, 2e-6, least=1)


@pytest.mark.parametrize("case", SMOOTH, ids=named(SMOOTH))
def test_complex_logits_of_exactly_zero_give_the_gradient_too(case: LossCase) -> None:
    z, t = np.zeros((2, 2 * case.members)), np.eye(2)
    derivative = full_derivative(complex_slope, lambda z: case.loss.value(z, t).sum(), z)
    assert_agrees(case.loss.gradient(z, t), derivative)
