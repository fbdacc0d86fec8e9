"""The certificate: its estimate and its bound against the lowest cost, known from a tight solution."""

from math import inf
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris

from chainrule import (
    Cost,
    Dense,
    Network,
    Newton,
    Penalty,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    Tanh,
    certificate,
)
from chainrule.arrays import Array
from tests.mistakes import assert_refused
from tests.optimizers.quadratic import random_quadratic

PROBLEMS = {"iris": load_iris, "cancer": load_breast_cancer, "digits": load_digits}
PENALTIES = {"l2": Penalty(l2=0.01), "weak l2": Penalty(l2=1e-4), "l1": Penalty(l1=0.01), "both": Penalty(0.01, 0.01)}


def cost_of(name: str, penalty: Penalty, bias: bool = True) -> Cost:
    x, t = PROBLEMS[name](return_X_y=True)
    x = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1)
    outputs = 1 if name == "cancer" else int(t.max()) + 1
    loss: Any = SigmoidCrossEntropy() if outputs == 1 else SoftmaxCrossEntropy()
    return Cost.of(Network((Dense(x.shape[1], outputs, bias),)), loss, x, t, penalty=penalty)


def path(cost: Cost) -> list[Array]:
    """The points that Newton's method goes through, the last one the lowest."""
    thetas = [cost.network.zeros()]
    state = Newton().init(thetas[0])
    for _ in range(300):
        step = Newton().step(cost, thetas[-1], state)
        thetas.append(step.theta)
        state = step.state
        if np.linalg.norm(step.gradient) < 1e-10 or step.rate == 0:
            break
    return thetas


@pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES)
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_estimate_is_right_near_the_optimum(name: str, penalty: Penalty) -> None:
    cost = cost_of(name, penalty)
    best = path(cost)[-1]
    lowest = cost.value(best)
    for share in (1e-2, 1e-3):
        theta = best * (1 + share)
        found = certificate(cost, theta)
        assert found.relative == found.estimate / found.cost
        assert found.estimate == pytest.approx(cost.value(theta) - lowest, rel=20 * share)
    assert certificate(cost, best).relative < 1e-12


@pytest.mark.parametrize("penalty", [Penalty(l2=0.01), Penalty(l1=0.01, l2=0.1)], ids=["l2", "both"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_without_biases_the_bound_holds_everywhere(name: str, penalty: Penalty) -> None:
    cost = cost_of(name, penalty, bias=False)
    thetas = path(cost)
    lowest = cost.value(thetas[-1])
    for theta in [*thetas, thetas[-1] + 0.1, np.ones_like(thetas[-1]) * 3]:
        bound = certificate(cost, theta).bound
        assert np.isfinite(bound)
        assert cost.value(theta) - lowest <= bound + 1e-14


def test_a_slope_at_a_bias_leaves_no_bound() -> None:
    cost = cost_of("cancer", Penalty(l2=0.01))
    assert certificate(cost, cost.network.zeros()).bound == inf


def test_the_sum_and_weighted_rows_say_the_same_of_the_relative_distance() -> None:
    x, t = np.random.default_rng(0).normal(size=(50, 3)), np.arange(50) % 3
    network, weights = Network((Dense(3, 3),)), np.random.default_rng(1).uniform(0, 2, 50)
    mean, total = (
        Cost.of(network, SoftmaxCrossEntropy(), x, t, weights=weights, penalty=Penalty(l2=0.1), reduction=reduction)
        for reduction in ("mean", "sum")
    )
    theta = np.linspace(-1, 1, network.size)
    first, second = certificate(mean, theta), certificate(total, theta)
    assert second.relative == pytest.approx(first.relative, rel=1e-5)
    assert second.estimate == pytest.approx(weights.sum() * first.estimate, rel=1e-5)


def test_what_is_not_convex_is_refused() -> None:
    network = Network((Dense(2, 2), Tanh(), Dense(2, 2)))
    cost = Cost.of(network, SoftmaxCrossEntropy(), np.eye(2), [0, 1])
    for objective, theta in ((cost, network.zeros()), (random_quadratic(2), np.zeros(2))):
        assert_refused(
            lambda objective=objective, theta=theta: certificate(objective, theta),  # type: ignore[misc]
            f"A certificate needs a convex cost, found a {type(objective).__name__} that is not known to be convex: "
            "use a network without hidden layers.",
        )
