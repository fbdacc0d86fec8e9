"""A run whose cost blows up ends with finite parameters, and says at which step, at which rate, and what to try."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from chainrule import (
    Cost,
    Dense,
    GradientDescent,
    Identity,
    Momentum,
    Network,
    ReLU,
    SoftmaxCrossEntropy,
    Tanh,
    epochs,
    initialize,
    train,
)
from chainrule.arrays import Array
from chainrule.exceptions import DivergenceWarning
from chainrule.layers import Layer
from chainrule.optimizers import Objective
from tests.optimizers.quadratic import BatchedQuadratic, diagonal
from tests.registry import AnyOptimizer

pytestmark = pytest.mark.usefixtures("steps")
MESSAGE = re.compile(
    r"diverged at step (\d+) with rate (\S+): (the cost was (inf|nan)|the gradient or the parameters were not finite); "
    r"the last parameters of finite cost are kept\. "
    r"Try a rate of (\S+) or less, or standardise the columns of x\."
)


def deep_cost(activation: Layer) -> Cost:
    network = Network((Dense(2, 4), activation, Dense(4, 4), activation, Dense(4, 3)))
    generator = np.random.default_rng(0)
    return Cost.of(network, SoftmaxCrossEntropy(), generator.normal(size=(20, 2)), np.arange(20) % 3)


@pytest.mark.parametrize("batch_size", [None, 1, 7])
@pytest.mark.parametrize("rate", [1e10, 1e60, 1e155, 1e300])
@pytest.mark.parametrize("make", [GradientDescent, Momentum], ids=["descent", "momentum"])
@pytest.mark.parametrize("activation", [ReLU(), Identity(), Tanh()], ids=repr)
def test_whatever_happens_parameters_and_their_cost_are_finite(
    batch_size: int | None, rate: float, make: type[GradientDescent | Momentum], activation: Layer
) -> None:
    cost = deep_cost(activation)
    optimizer: AnyOptimizer = make(rate)
    start = initialize(cost.network, 0)
    *_, last = epochs(cost, optimizer, start, max_epochs=6, batch_size=batch_size, random_state=0)
    assert np.isfinite(last.theta).all()
    assert np.isfinite(last.cost)
    with np.errstate(over="ignore"):
        assert np.isfinite(cost.value(last.theta))
    found = MESSAGE.fullmatch(str(last.stop))
    assert found or str(last.stop).startswith("max_epochs = 6 reached")
    if found:
        assert int(found[1]) == last.iterations
        assert float(found[2]) == rate
        assert float(found[5]) < rate


@pytest.mark.parametrize("batch_size", [None, 4])
@pytest.mark.parametrize("optimizer", [GradientDescent(1e60), Momentum(1e60)], ids=repr)
def test_train_warns_once_with_the_same_words(batch_size: int | None, optimizer: AnyOptimizer) -> None:
    cost = deep_cost(Identity())
    with pytest.warns(DivergenceWarning) as warnings:
        training = train(
            cost, optimizer, initialize(cost.network, 0), max_epochs=50, batch_size=batch_size, random_state=0
        )
    assert len(warnings) == 1
    assert str(warnings[0].message) == training.stop
    assert MESSAGE.fullmatch(training.stop)
    assert np.isfinite(training.history.cost).all()
    assert np.isfinite(cost.value(training.theta))


def test_a_quadratic_that_doubles_its_distance_keeps_the_last_point_of_finite_cost() -> None:
    objective = diagonal(1.0)
    *before, last = epochs(objective, GradientDescent(1e60), np.zeros(1), max_epochs=100)
    np.testing.assert_array_equal(last.theta, before[-1].theta)
    assert last.cost == before[-1].cost
    assert last.gradient_norm == before[-1].gradient_norm
    assert np.isfinite(objective.value(last.theta))


def test_within_an_epoch_of_mini_batches_it_keeps_the_last_point_of_finite_cost_too() -> None:
    objective = BatchedQuadratic(np.eye(1), np.ones(1))
    (first, last) = epochs(objective, GradientDescent(1e40), np.zeros(1), max_epochs=100, batch_size=1)
    assert first.theta.item() == pytest.approx(-1e80)
    assert last.theta.item() == pytest.approx(1e120)
    assert last.iterations == 4


@dataclass
class Cliff(Objective):
    """A slope of one downhill, and no finite cost beyond `edge`; an epoch has three mini-batches."""

    edge: float

    def value(self, theta: Array) -> float:
        return -float(theta.sum()) if theta.max() < self.edge else np.inf

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        return self.value(theta), -np.ones_like(theta)

    def curvature_product(self, theta: Array, v: Array) -> Array:
        return np.zeros_like(v)

    def weights(self, theta: Array) -> Array:
        return theta

    def batches(self, size: int, generator: np.random.Generator) -> Iterator[tuple[float, "Cliff"]]:
        yield from [(1 / 3, self)] * 3


@pytest.mark.parametrize("edge", [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5])
@pytest.mark.parametrize("batch_size", [None, 1])
def test_the_last_step_before_a_cliff_is_kept(edge: float, batch_size: int | None) -> None:
    *_, last = epochs(Cliff(edge), GradientDescent(1.0), np.zeros(1), max_epochs=9, batch_size=batch_size)
    assert last.theta.item() == np.floor(edge)
    assert str(last.stop).startswith("diverged")


def test_a_good_rate_never_warns() -> None:
    cost = deep_cost(Tanh())
    for batch_size in (None, 5):
        training = train(
            cost,
            GradientDescent(0.3),
            initialize(cost.network, 0),
            max_epochs=30,
            batch_size=batch_size,
            random_state=0,
        )
        assert training.history.cost[-1] < training.history.cost[0]
