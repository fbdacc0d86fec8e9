"""The cost is a sum over blocks of rows: how they are cut changes rounding and nothing else."""

from typing import Literal

import numpy as np
import pytest

from chainrule import Cost
from chainrule.engine import objective
from tests.engine.problems import NETWORK, THETA, cost_of, dense_cost_and_gradient, table

every_reduction = pytest.mark.parametrize("reduction", ["mean", "sum"])


def in_blocks(cost: Cost, size: int, monkeypatch: pytest.MonkeyPatch) -> Cost:
    """The same cost with blocks of `size` rows (at least 16)."""
    bytes_a_row = 8 * (NETWORK.widths[0] + 2 * sum(NETWORK.widths[1:]))
    monkeypatch.setattr(objective, "BLOCK_BYTES", size * bytes_a_row)
    assert cost.block_size == min(max(16, size), len(cost.rows))
    return cost


@every_reduction
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("size", [16, 17, 40, 99, 100, 1000])
def test_any_block_size_gives_the_dense_formula(
    reduction: Literal["mean", "sum"], weighted: bool, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, t, weights = table(100)
    cost = in_blocks(cost_of(x, t, weights if weighted else None, reduction), size, monkeypatch)
    value, gradient = cost.value_and_gradient(THETA)
    expected = dense_cost_and_gradient(THETA, x, t, weights if weighted else np.ones(100), reduction)
    assert value == pytest.approx(expected[0], rel=1e-13)
    assert cost.value(THETA) == pytest.approx(expected[0], rel=1e-13)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-11, atol=1e-13)


def test_any_block_size_gives_the_same_curvature(monkeypatch: pytest.MonkeyPatch) -> None:
    x, t, weights = table(100)
    v = np.random.default_rng(9).normal(size=NETWORK.size)
    whole = cost_of(x, t, weights).curvature_product(THETA, v)
    pieces = in_blocks(cost_of(x, t, weights), 16, monkeypatch).curvature_product(THETA, v)
    np.testing.assert_allclose(pieces, whole, rtol=1e-11, atol=1e-13)


def test_the_same_call_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    x, t, weights = table(100)
    first, second = (in_blocks(cost_of(x, t, weights), 16, monkeypatch) for _ in range(2))
    value, gradient = first.value_and_gradient(THETA)
    first.value_and_gradient(THETA * 2)
    for cost in (first, second):
        again, gradient_again = cost.value_and_gradient(THETA)
        assert again == value
        np.testing.assert_array_equal(gradient_again, gradient)


def test_a_returned_gradient_is_never_overwritten_by_a_later_call() -> None:
    x, t, _ = table(50)
    cost = cost_of(x, t)
    _, gradient = cost.value_and_gradient(THETA)
    product = cost.curvature_product(THETA, THETA)
    copies = gradient.copy(), product.copy()
    cost.value_and_gradient(THETA * 3)
    cost.curvature_product(THETA * 3, THETA)
    np.testing.assert_array_equal(gradient, copies[0])
    np.testing.assert_array_equal(product, copies[1])


@every_reduction
def test_the_cost_does_not_change_what_it_is_given(reduction: Literal["mean", "sum"]) -> None:
    x, t, weights = table(50)
    theta = THETA.copy()
    copies = [array.copy() for array in (x, t, weights, theta)]
    cost = cost_of(x, t, weights, reduction)
    cost.value_and_gradient(theta)
    cost.curvature_product(theta, theta)
    for array, copy in zip((x, t, weights, theta), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@every_reduction
def test_a_weight_is_a_row_given_that_many_times(reduction: Literal["mean", "sum"]) -> None:
    x, t, _ = table(12)
    times = np.array([0, 1, 2, 3] * 3)
    weighted, repeated = (
        cost_of(x, t, times, reduction),
        cost_of(np.repeat(x, times, axis=0), np.repeat(t, times), None, reduction),
    )
    assert weighted.value(THETA) == pytest.approx(repeated.value(THETA), rel=1e-13)
    for found, expected in (
        (weighted.value_and_gradient(THETA)[1], repeated.value_and_gradient(THETA)[1]),
        (weighted.curvature_product(THETA, THETA), repeated.curvature_product(THETA, THETA)),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


def test_the_sum_is_the_mean_times_the_total_weight() -> None:
    x, t, weights = table(30)
    mean, plain_sum = cost_of(x, t, weights), cost_of(x, t, weights, "sum")
    assert plain_sum.value(THETA) == pytest.approx(weights.sum() * mean.value(THETA), rel=1e-13)
    np.testing.assert_allclose(
        plain_sum.value_and_gradient(THETA)[1], weights.sum() * mean.value_and_gradient(THETA)[1], rtol=1e-11
    )


def test_single_precision_rows_and_parameters_give_a_single_precision_gradient() -> None:
    x, t, weights = table(100)
    cost = cost_of(x.astype(np.float32), t, weights.astype(np.float32))
    value, gradient = cost.value_and_gradient(THETA.astype(np.float32))
    expected = dense_cost_and_gradient(THETA, x, t, weights, "mean")
    assert isinstance(value, float)
    assert gradient.dtype == np.float32
    assert value == pytest.approx(expected[0], rel=1e-6)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-5, atol=1e-6)
