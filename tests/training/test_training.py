"""The training loop: when it stops, what it records, that it waits to be asked and is the same on every run."""

import random
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest

from chainrule import (
    Cost,
    Dense,
    GradientBelow,
    GradientDescent,
    InverseTimeDecay,
    Momentum,
    Network,
    Newton,
    SoftmaxCrossEntropy,
    Stalled,
    Tanh,
    TimeLimit,
    datasets,
    epochs,
    initialize,
    train,
)
from chainrule.optimizers import Objective
from chainrule.training.history import History
from tests.optimizers.quadratic import BatchedQuadratic, diagonal

pytestmark = pytest.mark.usefixtures("steps")
NETWORK = Network((Dense(2, 4), Tanh(), Dense(4, 3)))
START = initialize(NETWORK, random_state=0)
OPTIMIZER = Momentum(rate=0.1)


def three_blobs() -> Cost:
    generator, t = np.random.default_rng(0), np.arange(60) % 3
    x = generator.normal(size=(60, 2)) + np.array([[-2.0, 0], [0, 1], [2, 0]])[t]
    return Cost.of(NETWORK, SoftmaxCrossEntropy(), x, t)


def test_epochs_of_a_quadratic_are_its_steps() -> None:
    objective, theta = diagonal(1.0, 4.0), np.zeros(2)
    for number, epoch in enumerate(epochs(objective, GradientDescent(0.1), theta, max_epochs=5), 1):
        theta = theta - 0.1 * objective.value_and_gradient(theta)[1]
        value, gradient = objective.value_and_gradient(theta)
        np.testing.assert_array_equal(epoch.theta, theta)
        assert (epoch.number, epoch.iterations, epoch.rate) == (number, number, 0.1)
        assert epoch.cost == value
        assert epoch.gradient_norm == pytest.approx(np.linalg.norm(gradient), rel=1e-14)


def test_an_epoch_on_all_rows_costs_one_gradient() -> None:
    objective = diagonal(1.0, 4.0)
    assert len(list(epochs(objective, GradientDescent(0.1), np.zeros(2), max_epochs=10))) == 10
    assert objective.calls == {"value": 0, "gradient": 11, "curvature": 0}


def test_nothing_is_computed_before_it_is_asked_for() -> None:
    objective = diagonal(1.0, 4.0)
    run = epochs(objective, GradientDescent(0.1), np.zeros(2))
    assert objective.calls["gradient"] == 0
    for asked in (2, 3, 4):
        next(run)
        assert objective.calls["gradient"] == asked


def test_without_a_stop_it_goes_on_for_as_long_as_it_is_asked() -> None:
    run = epochs(diagonal(1.0), GradientDescent(0.1), np.zeros(1))
    assert [epoch.number for epoch in islice(run, 500)][-1] == 500


def test_a_pause_changes_nothing() -> None:
    cost = three_blobs()
    at_once = [epoch.theta for epoch in epochs(cost, OPTIMIZER, START, max_epochs=6, batch_size=7, random_state=0)]
    run = epochs(cost, OPTIMIZER, START, max_epochs=6, batch_size=7, random_state=0)
    with_pauses = []
    for epoch in run:
        with_pauses.append(epoch.theta)
        cost.value_and_gradient(START * 5)
        np.random.default_rng(0).normal(size=10)
    np.testing.assert_array_equal(at_once, with_pauses)


def test_mini_batches_add_up_their_costs_and_count_their_steps() -> None:
    objective = BatchedQuadratic(np.eye(1), np.ones(1))
    run = list(epochs(objective, GradientDescent(0.5), np.zeros(1), max_epochs=2, batch_size=1))
    assert [epoch.iterations for epoch in run] == [2, 4]
    np.testing.assert_allclose([epoch.theta.item() for epoch in run], [0.75, 0.9375])
    assert run[0].cost == pytest.approx((1.0**2 + 0.5**2) / 2 / 2)
    assert run[0].gradient_norm == pytest.approx((1.0 + 0.5) / 2)


def test_mini_batches_learn_three_blobs() -> None:
    cost = three_blobs()
    training = train(cost, OPTIMIZER, START, max_epochs=20, batch_size=8, random_state=0)
    y = SoftmaxCrossEntropy().activation.forward({}, NETWORK.forward(training.theta, cost.rows.x)[-1])
    assert (y.argmax(axis=1) == cost.rows.t).mean() > 0.75
    assert training.history.iterations[-1] == 20 * 8


def test_the_start_is_not_changed() -> None:
    start = START.copy()
    train(three_blobs(), OPTIMIZER, start, max_epochs=3)
    train(three_blobs(), OPTIMIZER, start, max_epochs=3, batch_size=10, random_state=0)
    np.testing.assert_array_equal(start, START)


def test_one_seed_gives_one_run_and_another_seed_another() -> None:
    def run(random_state: int | np.random.Generator) -> list[float]:
        training = train(three_blobs(), OPTIMIZER, START, max_epochs=4, batch_size=8, random_state=random_state)
        return training.theta.tolist()

    assert run(1) == run(1) == run(np.random.default_rng(1))
    assert run(1) != run(2)


def test_the_global_random_states_are_neither_read_nor_moved() -> None:
    def run() -> list[float]:
        theta = initialize(NETWORK, random_state=3)
        return train(three_blobs(), OPTIMIZER, theta, max_epochs=2, batch_size=8, random_state=0).theta.tolist()

    np.random.seed(0)
    random.seed(0)
    before, python_before = np.random.get_state(legacy=False), random.getstate()
    first = run()
    assert repr(np.random.get_state(legacy=False)) == repr(before)
    assert random.getstate() == python_before
    np.random.seed(99)
    assert run() == first


@pytest.mark.parametrize("batch_size", [None, 8])
def test_the_caller_keeps_its_own_floating_point_errors_between_epochs(batch_size: int | None) -> None:
    with np.errstate(all="raise", under="ignore"):
        mine = np.geterr()
        for _ in epochs(three_blobs(), OPTIMIZER, START, max_epochs=3, batch_size=batch_size, random_state=0):
            assert np.geterr() == mine
            with pytest.raises(FloatingPointError):
                np.float64(1e308) * 10
        assert np.geterr() == mine


def test_history_has_a_line_for_every_epoch() -> None:
    history = History()
    run = list(epochs(three_blobs(), GradientDescent(InverseTimeDecay(0.5)), START, max_epochs=4, history=history))
    assert len(history) == 4
    for column in ("number", "cost", "gradient_norm", "rate", "iterations", "seconds"):
        assert getattr(history, column) == [getattr(epoch, column) for epoch in run]
    assert history.rate == pytest.approx([0.5, 0.25, 0.5 / 3, 0.125])
    assert history.seconds == sorted(history.seconds)


def test_train_is_the_last_of_the_epochs() -> None:
    *_, last = epochs(three_blobs(), OPTIMIZER, START, max_epochs=7)
    training = train(three_blobs(), OPTIMIZER, START, max_epochs=7)
    np.testing.assert_array_equal(training.theta, last.theta)
    assert training.stop == last.stop == "max_epochs = 7 reached"
    assert len(training.history) == 7


def history_of(*costs: float) -> History:
    history = History()
    for number, cost in enumerate(costs, 1):
        history.append(number, cost, cost / 10, 0.1, number, float(number))
    return history


def test_gradient_below_stops_at_its_tolerance() -> None:
    assert GradientBelow(0.1)(history_of(2.0)) is None
    assert GradientBelow(0.1)(history_of(2.0, 1.0)) == "the gradient's norm, 0.1, is at most 0.1"


def test_stalled_waits_for_its_patience_and_looks_at_the_lowest_cost() -> None:
    rule = Stalled(tolerance=0.1, patience=2)
    assert rule(history_of(1.0, 1.0)) is None
    assert rule(history_of(1.0, 1.0, 0.95)) == "the cost has not fallen by more than 0.1 of itself in 2 epochs"
    assert rule(history_of(1.0, 5.0, 0.8)) is None
    assert rule(history_of(1.0, 0.5, 2.0, 0.49)) is not None


def test_time_limit_stops_after_the_epoch_that_passes_it() -> None:
    assert TimeLimit(3.0)(history_of(1, 1)) is None
    assert TimeLimit(3.0)(history_of(1, 1, 1)) == "the time limit of 3 s is reached"


def test_the_first_rule_that_speaks_ends_the_run() -> None:
    def impatient(history: History) -> str | None:
        return "enough" if len(history) else None

    run = epochs(diagonal(1.0), GradientDescent(0.5), np.zeros(1), stop=[GradientBelow(0.1), impatient])
    assert [epoch.stop for epoch in run] == ["enough"]
    *_, last = epochs(diagonal(1.0), GradientDescent(0.5), np.zeros(1), stop=[GradientBelow(0.1)], max_epochs=50)
    assert (last.number, last.stop) == (4, "the gradient's norm, 0.0625, is at most 0.1")


def test_newton_stops_when_no_step_lowers_the_cost_any_more() -> None:
    class Stuck(Objective):
        """Says that it falls along its gradient, and never does."""

        def value(self, theta: np.ndarray) -> float:
            return 1.0 + float(theta.any())

        def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
            return self.value(theta), np.ones_like(theta)

        def curvature_product(self, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
            return v

        def weights(self, theta: np.ndarray) -> np.ndarray:
            return theta

    training = train(Stuck(), Newton(), np.zeros(2), max_epochs=10)
    assert training.stop == "no step along the direction lowers the cost any more"
    np.testing.assert_array_equal(training.theta, [0, 0])


def test_a_rising_cost_at_the_end_names_the_rate_to_try() -> None:
    training = train(diagonal(1.0), GradientDescent(3.0), np.zeros(1), max_epochs=3)
    assert training.stop == "max_epochs = 3 reached; the cost rose from 2 to 32 with rate 3: try 0.3"


def test_an_objective_without_batches_needs_none() -> None:
    def run() -> Iterator[object]:
        return epochs(diagonal(1.0), GradientDescent(0.1), np.zeros(1), batch_size=4)

    with pytest.raises(ValueError, match="Quadratic has no mini-batches: leave batch_size out"):
        run()


@pytest.mark.parametrize("batch_size", [None, 4])
def test_resuming_from_an_epoch_gives_the_run_without_a_stop(batch_size: int | None) -> None:
    network = Network((Dense(2, 3),))
    x, t = datasets.three_gaussians()
    cost = Cost.of(network, SoftmaxCrossEntropy(), x, t)
    whole, parts = np.random.default_rng(0), np.random.default_rng(0)
    *_, uninterrupted = epochs(
        cost, Momentum(0.1), network.zeros(), batch_size=batch_size, random_state=whole, max_epochs=6
    )
    *_, paused = epochs(cost, Momentum(0.1), network.zeros(), batch_size=batch_size, random_state=parts, max_epochs=4)
    *_, resumed = epochs(
        cost, Momentum(0.1), paused.theta, state=paused.state, batch_size=batch_size, random_state=parts, max_epochs=2
    )
    np.testing.assert_array_equal(resumed.theta, uninterrupted.theta)
