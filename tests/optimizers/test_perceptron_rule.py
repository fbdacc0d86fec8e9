"""Rosenblatt's rule: it corrects mistakes, rests once there are none, and never rests where no line separates."""

import numpy as np
import pytest

from chainrule import Dense, Network, PerceptronCriterion, PerceptronRule, epochs
from chainrule.arrays import Array
from chainrule.engine import Cost

NETWORK = Network((Dense(2, 1),))


def separable(n: int, margin: float) -> tuple[Array, Array]:
    """Rows on both sides of the line `x₁ + 2 x₂ = 1`, none closer to it than `margin`."""
    generator = np.random.default_rng(0)
    normal = np.array([1.0, 2.0]) / np.sqrt(5)
    side = np.where(np.arange(n) % 2, 1.0, -1.0)
    along = generator.normal(0, 2, (n, 1)) * [normal[1], -normal[0]]
    x = along + (side * (margin + generator.exponential(1, n)))[:, None] * normal + normal / np.sqrt(5)
    return x, np.arange(n) % 2


def mistakes(theta: Array, x: Array, t: Array) -> int:
    return int(((NETWORK.forward(theta, x)[-1][:, 0] > 0) != t).sum())


def test_one_row_at_a_time_the_steps_are_those_of_rosenblatts_rule() -> None:
    x, t = separable(6, 0.1)
    cost, rule = Cost.of(NETWORK, PerceptronCriterion(), x, t, reduction="sum"), PerceptronRule(rate=0.5)
    weights, bias, theta = np.zeros(2), 0.0, NETWORK.zeros()
    for _, batch in cost.batches(1, np.random.default_rng(7)):
        theta = rule.step(batch, theta, 0).theta
        (row,), (target,) = batch.rows.x, batch.rows.t
        error = target - float(row @ weights + bias > 0)
        weights, bias = weights + 0.5 * error * row, bias + 0.5 * error
        np.testing.assert_allclose(theta, [*weights, bias], rtol=1e-13)


@pytest.mark.parametrize("rate", [0.1, 1.0, 30.0])
def test_separable_rows_are_learned_and_then_nothing_changes(rate: float) -> None:
    x, t = separable(30, 0.2)
    cost = Cost.of(NETWORK, PerceptronCriterion(), x, t, reduction="sum")
    run = epochs(cost, PerceptronRule(rate), NETWORK.zeros(), max_epochs=60, batch_size=1, random_state=0)
    thetas = [epoch.theta for epoch in run]
    assert mistakes(thetas[-1], x, t) == 0
    first = next(k for k, theta in enumerate(thetas) if mistakes(theta, x, t) == 0)
    for theta in thetas[first:]:
        np.testing.assert_array_equal(theta, thetas[first])


def test_from_zero_weights_the_rate_only_scales_them() -> None:
    x, t = separable(20, 0.1)
    cost = Cost.of(NETWORK, PerceptronCriterion(), x, t, reduction="sum")
    small, large = (
        [e.theta for e in epochs(cost, PerceptronRule(r), NETWORK.zeros(), max_epochs=5, batch_size=1, random_state=1)]
        for r in (1.0, 8.0)
    )
    for a, b in zip(small, large, strict=True):
        np.testing.assert_array_equal(8 * a, b)


def test_rows_that_no_line_separates_are_never_learned() -> None:
    x, t = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    cost = Cost.of(NETWORK, PerceptronCriterion(), x, t, reduction="sum")
    run = epochs(cost, PerceptronRule(), NETWORK.zeros(), max_epochs=100, batch_size=1, random_state=0)
    assert all(mistakes(epoch.theta, x, t) > 0 for epoch in run)


def test_the_state_counts_the_corrections() -> None:
    cost = Cost.of(NETWORK, PerceptronCriterion(), [[-1.0, 0], [1.0, 0]], [0, 1], reduction="sum")
    rule, theta, state = PerceptronRule(), NETWORK.zeros(), 0
    for _ in range(5):
        theta, state, *_ = rule.step(cost, theta, state)
    assert mistakes(theta, cost.rows.x, cost.rows.t) == 0
    assert 0 < state < 5
