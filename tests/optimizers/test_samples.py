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
from chainrule.engine import Cost, Rows
from chainrule.optimizers import Objective
from chainrule.optimizers.optimizer import CachedObjective

# More than 250 rows for each parameter, so that a sample is drawn.
ROWS = 60_000
COLUMNS = 6


def whole(cost: Cost, **others: Any) -> Objective:
    """A cost that gives no sample, or another one."""
    names = ("value", "value_and_gradient", "curvature_product", "curvature", "weights")
    given = {name: getattr(cost, name) for name in names} | others
    methods = {name: staticmethod(method) for name, method in given.items()}
    return type("Whole", (Objective,), methods)()


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
    unsampled = train(whole(cost), Newton(), start, stop=below)
    np.testing.assert_allclose(sampled.theta, unsampled.theta, rtol=0, atol=1e-7)
    assert len(sampled.history) < len(unsampled.history)
    assert sampled.history.cost[0] < unsampled.history.cost[0]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_sample_costs_what_all_rows_cost_but_for_chance(reduction: Any, weighted: bool) -> None:
    cost = replace(cost_of(4, weighted=weighted), reduction=reduction)
    theta = np.random.default_rng(0).normal(size=cost.network.size)
    sampled, repeated = cost.sample(), cost.sample()
    assert sampled is not None
    assert repeated is not None
    sample, again = sampled[0], repeated[0]
    assert len(sample.rows) == int(3 * np.sqrt(ROWS * theta.size))
    assert sampled[1] == theta.size / len(sample.rows)
    drawn = {tuple(row) for row in sample.rows.x}
    assert len(drawn) == len(sample.rows)
    assert drawn <= {tuple(row) for row in cost.rows.x}
    np.testing.assert_allclose(sample.value(theta), cost.value(theta), rtol=0.1)
    assert sample.value(theta) == again.value(theta)


def test_few_rows_and_weights_that_become_zero_are_not_sampled() -> None:
    cost = cost_of(4)
    assert replace(cost, rows=cost.rows.take(slice(5000))).sample() is None
    assert cost_of(4, penalty=Penalty(l1=1e-3)).sample() is None
    assert CachedObjective(whole(cost)).sample() is None


def test_training_that_goes_on_does_not_start_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    cost, asked = cost_of(2), []
    monkeypatch.setattr(Cost, "sample", lambda self: asked.append(self))
    theta = train(cost, Newton(), cost.network.zeros(), max_epochs=2).theta
    assert asked == [cost]
    train(cost, Newton(), theta, max_epochs=2)
    assert asked == [cost]


def test_a_sample_that_misleads_is_left_alone() -> None:
    cost = cost_of(2)
    rows, start = cost.rows.take(slice(2000)), cost.network.zeros()
    wrong = replace(cost, rows=Rows(rows.x, 1 - rows.t), total_weight=2000.0)
    steps = [
        Newton().step(objective, start, Newton().init(start))
        for objective in (whole(cost, sample=lambda: (wrong, 0.01)), whole(cost))
    ]
    np.testing.assert_array_equal(steps[0].theta, steps[1].theta)
