"""Mini-batches: small rows, all of them once, whose costs add up to the cost of all."""

from itertools import pairwise
from typing import Literal

import numpy as np
import pytest

from chainrule.engine import Rows
from tests.engine.problems import THETA, cost_of, table

every_reduction = pytest.mark.parametrize("reduction", ["mean", "sum"])


def numbered(n: int) -> Rows:
    return Rows.checked(np.arange(n)[:, None], np.arange(n) % 2, np.arange(n) + 1.0)


@pytest.mark.parametrize(("n", "size"), [(10, 3), (10, 10), (10, 1), (10, 99), (12, 4)])
def test_an_epoch_takes_every_row_once_with_its_own_target_and_weight(n: int, size: int) -> None:
    batches = list(numbered(n).shuffled(size, np.random.default_rng(0)))
    assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    assert 0 < len(batches[-1]) <= size
    order = np.concatenate([batch.x[:, 0] for batch in batches])
    np.testing.assert_array_equal(np.sort(order), np.arange(n))
    np.testing.assert_array_equal(np.concatenate([batch.t for batch in batches]), order % 2)
    np.testing.assert_array_equal(
        np.concatenate([batch.weights for batch in batches if batch.weights is not None]), order + 1
    )


def test_every_epoch_has_an_order_of_its_own_that_the_seed_decides() -> None:
    rows, generator = numbered(50), np.random.default_rng(3)
    orders = [np.concatenate([batch.x[:, 0] for batch in rows.shuffled(7, generator)]) for _ in range(4)]
    assert all((a != b).any() for a, b in pairwise(orders))
    again = np.concatenate([batch.x[:, 0] for batch in rows.shuffled(7, np.random.default_rng(3))])
    np.testing.assert_array_equal(again, orders[0])


@every_reduction
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("size", [1, 7, 32, 100])
def test_the_cost_of_all_rows_is_the_sum_of_share_times_cost(
    reduction: Literal["mean", "sum"], weighted: bool, size: int
) -> None:
    x, t, weights = table(100)
    cost = cost_of(x, t, weights if weighted else None, reduction)
    value, gradient = 0.0, np.zeros_like(THETA)
    for share, batch in cost.batches(size, np.random.default_rng(0)):
        batch_value, batch_gradient = batch.value_and_gradient(THETA)
        value += share * batch_value
        gradient += share * batch_gradient
    expected_value, expected_gradient = cost.value_and_gradient(THETA)
    assert value == pytest.approx(expected_value, rel=1e-12)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-10, atol=1e-12)


def test_with_the_mean_a_batch_has_the_size_of_the_whole() -> None:
    x, t, _ = table(1000)
    cost = cost_of(x, t)
    for share, batch in cost.batches(250, np.random.default_rng(0)):
        assert share == 0.25
        assert batch.value(THETA) == pytest.approx(cost.value(THETA), rel=0.3)


def test_equal_weights_are_no_weights() -> None:
    x, t, _ = table(40)
    plain, weighted = (
        cost_of(x, t, weights).batches(8, np.random.default_rng(0)) for weights in (None, np.full(40, 3.0))
    )
    for (share, batch), (same_share, same) in zip(plain, weighted, strict=True):
        assert share == same_share
        np.testing.assert_allclose(batch.value_and_gradient(THETA)[1], same.value_and_gradient(THETA)[1], rtol=1e-11)
