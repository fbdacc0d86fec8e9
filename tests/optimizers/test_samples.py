"""Newton's method on many rows: it starts from the lowest point of some of them, and ends where it would without."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chainrule import (
    Dense,
    GradientBelow,
    Network,
    Newton,
    Penalty,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    train,
)
from chainrule.arrays import Array
from chainrule.engine import Cost, Rows
from chainrule.optimizers.optimizer import is_sampled
from chainrule.optimizers.remembering import Remembering

ROWS, COLUMNS = 60_000, 6


class Whole:
    """A cost that gives no sample."""

    def __init__(self, cost: Cost) -> None:
        for name in ("value", "value_and_gradient", "curvature_product", "curvature", "weights"):
            setattr(self, name, getattr(cost, name))


def cost_of(classes: int, *, weighted: bool = False, penalty: Penalty | None = None) -> Cost:
    rng = np.random.default_rng(classes)
    x = rng.normal(size=(ROWS, COLUMNS))
    z = x @ rng.normal(size=(COLUMNS, classes)) + rng.gumbel(size=(ROWS, classes))
    t = z.argmax(axis=1)
    network = Network((Dense(COLUMNS, 1 if classes == 2 else classes),))
    loss = SigmoidCrossEntropy() if classes == 2 else SoftmaxCrossEntropy()
    weights = rng.integers(0, 3, ROWS).astype(float) if weighted else None
    return Cost.of(network, loss, x, t, weights=weights, penalty=penalty or Penalty(l2=1e-4))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("classes", [2, 4])
def test_the_lowest_point_is_the_same_and_takes_fewer_passes(classes: int, reduction: Any, weighted: bool) -> None:
    cost = replace(cost_of(classes, weighted=weighted), reduction=reduction)
    below = [GradientBelow(1e-9 * (ROWS if reduction == "sum" else 1))]
    start = cost.network.zeros()
    sampled = train(cost, Newton(), start, stop=below)
    whole = train(Whole(cost), Newton(), start, stop=below)  # type: ignore[arg-type]
    np.testing.assert_allclose(sampled.theta, whole.theta, rtol=0, atol=1e-7)
    assert len(sampled.history) < len(whole.history)
    assert sampled.history.cost[0] < whole.history.cost[0]


@pytest.mark.parametrize("weighted", [False, True])
def test_a_sample_costs_what_all_rows_cost_but_for_chance(weighted: bool) -> None:
    cost = cost_of(4, weighted=weighted)
    theta = np.random.default_rng(0).normal(size=cost.network.size)
    sample = cost.sample()
    assert sample is not None
    assert len(sample.rows) == int(3 * np.sqrt(ROWS * theta.size))
    drawn = {tuple(row) for row in sample.rows.x}
    assert len(drawn) == len(sample.rows)
    assert drawn <= {tuple(row) for row in cost.rows.x}
    np.testing.assert_allclose(sample.value(theta), cost.value(theta), rtol=0.1)
    assert sample.value(theta) == cost.sample().value(theta)  # type: ignore[union-attr]


def test_few_rows_and_weights_that_become_zero_are_not_sampled() -> None:
    cost = cost_of(4)
    assert replace(cost, rows=cost.rows.take(slice(10_000))).sample() is None
    assert cost_of(4, penalty=Penalty(l1=1e-3)).sample() is None
    assert not is_sampled(Remembering(Whole(cost)))  # type: ignore[arg-type]


def test_training_that_goes_on_does_not_start_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    cost, asked = cost_of(2), []
    monkeypatch.setattr(Cost, "sample", lambda self: asked.append(self))
    theta = train(cost, Newton(), cost.network.zeros(), max_epochs=2).theta
    assert asked == [cost]
    train(cost, Newton(), theta, max_epochs=2)
    assert asked == [cost]


class Misled(Whole):
    """A cost whose sample has the labels wrong."""

    def __init__(self, cost: Cost) -> None:
        super().__init__(cost)
        rows = cost.rows.take(slice(2000))
        self.wrong = replace(cost, rows=Rows(rows.x, 1 - rows.t), total_weight=2000.0)

    def sample(self) -> Cost:
        return self.wrong


def test_a_sample_that_misleads_is_left_alone() -> None:
    cost = cost_of(2)
    start: Array = cost.network.zeros()
    misled = Newton().step(Misled(cost), start, Newton().init(start))  # type: ignore[arg-type]
    whole = Newton().step(Whole(cost), start, Newton().init(start))  # type: ignore[arg-type]
    np.testing.assert_array_equal(misled.theta, whole.theta)
