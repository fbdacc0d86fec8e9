"""Newton's method: one step on a quadratic, few on logistic regression, and the same answer as scikit-learn."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix
from sklearn.linear_model import LogisticRegression

from chainrule import (
    Dense,
    GradientBelow,
    Network,
    Newton,
    Penalty,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    Tanh,
    initialize,
    train,
)
from chainrule.arrays import Array
from chainrule.engine import Cost, Rows
from chainrule.engine.curvature import KeptCurvature
from chainrule.engine.preconditioner import class_hessian
from chainrule.losses import Loss
from chainrule.optimizers import Objective
from chainrule.optimizers.conjugate_gradients import Solution, solve
from chainrule.optimizers.line_search import backtrack
from tests.optimizers.quadratic import Quadratic, diagonal, random_quadratic

START = Newton().init(np.zeros(1))


@pytest.mark.parametrize("size", [1, 2, 5, 20])
def test_a_quadratic_is_solved_in_one_step(size: int) -> None:
    objective = random_quadratic(size)
    step = Newton().step(objective, np.zeros(size), START)
    np.testing.assert_allclose(step.theta, objective.lowest, rtol=0, atol=1e-8)
    assert step.rate == 1
    assert step.state.taken == 1


def test_directions_without_curvature_are_left_alone() -> None:
    objective = Quadratic(np.diag([2.0, 0.0]), np.array([1.0, 0.0]))
    np.testing.assert_allclose(Newton().step(objective, np.array([5.0, 7.0]), START).theta, [1, 7], atol=1e-12)


def test_a_slope_without_any_curvature_is_followed_downhill() -> None:
    """The cost of one row that a certain network gets wrong: its probabilities are 0 and 1, its curvature is zero."""
    network = Network((Dense(1, 2, bias=False),))
    rows = Rows(np.array([[1.0]]), np.array([0]))
    cost = Cost(network, SoftmaxCrossEntropy(), rows, 1.0, Penalty(), "mean")
    theta = np.array([-500.0, 500.0])
    _, gradient = cost.value_and_gradient(theta)
    np.testing.assert_array_equal(gradient, [-1, 1])
    step = Newton().step(cost, theta, START)
    np.testing.assert_array_equal(step.theta, theta - gradient)


def blobs(classes: int) -> tuple[Array, Array]:
    generator = np.random.default_rng(0)
    t = np.arange(90) % classes
    return generator.normal(size=(90, 3)) + generator.normal(0, 1, (classes, 3))[t], t


@pytest.mark.parametrize("C", [0.05, 1.0, 50.0])
def test_softmax_regression_is_that_of_scikit_learn(C: float) -> None:
    x, t = blobs(3)
    network = Network((Dense(3, 3),))
    cost = Cost.of(network, SoftmaxCrossEntropy(), x, t, penalty=Penalty(l2=1 / (C * len(x))))
    training = train(cost, Newton(), network.zeros(), max_epochs=50, stop=[GradientBelow(1e-12)])
    reference = LogisticRegression(C=C, tol=1e-12, max_iter=10_000).fit(x, t)
    (params,) = network.views(training.theta)
    np.testing.assert_allclose(params["weights"], reference.coef_.T, rtol=1e-5, atol=1e-6)
    bias = params["bias"] - params["bias"].mean()
    np.testing.assert_allclose(bias, reference.intercept_ - reference.intercept_.mean(), rtol=1e-5, atol=1e-6)
    assert "norm" in training.stop
    assert len(training.history) <= 15


def test_logistic_regression_with_weighted_rows_is_that_of_scikit_learn() -> None:
    x, t = blobs(2)
    weights = np.random.default_rng(1).uniform(0, 2, 90)
    network = Network((Dense(3, 1),))
    penalty = Penalty(l2=1 / weights.sum())
    cost = Cost.of(network, SigmoidCrossEntropy(), x, t, weights=weights, penalty=penalty)
    theta = train(cost, Newton(), network.zeros(), max_epochs=50, stop=[GradientBelow(1e-12)]).theta
    reference = LogisticRegression(C=1.0, tol=1e-12, max_iter=10_000).fit(x, t, sample_weight=weights)
    np.testing.assert_allclose(theta, [*reference.coef_[0], *reference.intercept_], rtol=1e-5, atol=1e-6)


def test_every_step_lowers_the_cost_of_a_network_with_hidden_layers() -> None:
    x, t = blobs(3)
    network = Network((Dense(3, 4), Tanh(), Dense(4, 3)))
    cost = Cost.of(network, SoftmaxCrossEntropy(), x, t, penalty=Penalty(l2=0.01))
    history = train(cost, Newton(), initialize(network, 0), max_epochs=15).history
    assert all(after <= before for before, after in zip(history.cost, history.cost[1:], strict=False))
    assert history.cost[-1] < 0.9 * history.cost[0]


def test_backtracking_halves_until_the_cost_falls_enough() -> None:
    objective, theta = diagonal(1.0), np.array([0.0])
    value, gradient = objective.value_and_gradient(theta)
    for times, expected in ((1, 1.0), (3, 0.5), (100, 1 / 64)):
        direction = -times * gradient
        assert backtrack(objective, theta, direction, value, float(gradient @ direction)) == expected


def test_backtracking_uphill_gives_up() -> None:
    objective, theta = diagonal(1.0), np.array([0.0])
    value, gradient = objective.value_and_gradient(theta)
    assert backtrack(objective, theta, gradient, value, -1.0) == 0


def run(cost: Cost, steps: int, optimizer: Newton | None = None) -> tuple[Array, list[float], list[float]]:
    """The last point, and the costs and gradient norms on the way to it."""
    theta, costs, norms = cost.network.zeros(), [], []
    for _ in range(steps):
        step = (optimizer or Newton()).step(cost, theta, START)
        costs.append(step.value)
        norms.append(float(np.linalg.norm(step.gradient)))
        theta = step.theta
        if step.rate == 0:
            break
    return theta, costs, norms


@pytest.fixture
def never_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.engine.curvature.is_cheap", lambda *_: False)


@pytest.mark.usefixtures("never_written_out", "plain_regression")
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_kept_curvature_is_that_of_the_products(classes: int, weighted: bool) -> None:
    x, t = blobs(classes)
    weights = np.random.default_rng(2).uniform(0, 2, len(x)) if weighted else None
    network = Network((Dense(3, classes if classes > 2 else 1),))
    loss: Loss = SoftmaxCrossEntropy(0.1) if classes > 2 else SigmoidCrossEntropy()
    cost = Cost.of(network, loss, x, t, weights=weights, penalty=Penalty(l2=0.1), reduction="sum")
    generator = np.random.default_rng(3)
    theta, v = generator.normal(size=network.size), generator.normal(size=network.size)
    kept = cost.curvature(theta)
    assert isinstance(kept, KeptCurvature)
    np.testing.assert_allclose(kept.product(v), cost.curvature_product(theta, v), rtol=1e-10, atol=1e-12)


@pytest.mark.usefixtures("never_written_out")
@pytest.mark.parametrize("kind", [np.asarray, csr_array, csr_matrix])
@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("at_a_time", [30, 1 << 19])
def test_the_preconditioner_inverts_in_single_precision(
    kind: Any, classes: int, l2: float, bias: bool, at_a_time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainrule.engine.preconditioner.AT_A_TIME", at_a_time)
    x, t = blobs(classes)
    network = Network((Dense(3, 1 if classes == 2 else classes, bias),))
    loss = SigmoidCrossEntropy() if classes == 2 else SoftmaxCrossEntropy()
    curvature = Cost.of(network, loss, kind(x), t, penalty=Penalty(l2=l2)).curvature(network.zeros())
    unit = np.eye(network.size)
    hessian, inverse = (np.stack([map_(v) for v in unit]) for map_ in (curvature.product, curvature.preconditioner()))
    np.testing.assert_allclose(inverse, inverse.T, atol=1e-5 * np.abs(inverse).max())
    if classes == 2:
        np.testing.assert_allclose(hessian @ inverse @ hessian, hessian, atol=1e-3 * np.abs(hessian).max())
    else:  # what the classes share is left out: a quarter of each block where all are as likely
        sizes = np.sort(np.linalg.eigvals(inverse @ hessian).real)
        flat = (0 if l2 else 3) + bias
        assert sizes[flat:].min() > 0.99
        assert sizes.max() < 4 / 3 + 0.01
    free = unit[0] > 0
    np.testing.assert_allclose(curvature.preconditioner(free)(np.ones(network.size)) * hessian[0, 0], free, rtol=1e-4)


@pytest.mark.usefixtures("never_written_out", "plain_regression")
@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_a_hessian_too_large_to_write_out_is_inverted_by_its_diagonal(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainrule.engine.preconditioner.MOST_COLUMNS", 0)
    x, t = blobs(2)
    network = Network((Dense(3, 1),))
    curvature = Cost.of(network, SigmoidCrossEntropy(), kind(x), t, penalty=Penalty(l2=0.1)).curvature(network.zeros())
    diagonal = np.diag([float(v @ curvature.product(v)) for v in np.eye(4)])
    found = np.stack([curvature.preconditioner()(v) for v in np.eye(4)])
    np.testing.assert_allclose(found, np.linalg.inv(diagonal), rtol=1e-6)


@pytest.mark.usefixtures("never_written_out", "plain_regression")
@pytest.mark.parametrize("classes", [2, 4])
def test_long_systems_get_the_preconditioner(classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns of very different sizes take plain conjugate gradients many products."""
    x = np.random.default_rng(0).normal(size=(400, 40)) * np.logspace(0, 2, 40)
    t = (np.arange(400) + (x[:, 0] > 0)) % classes
    network = Network((Dense(40, classes if classes > 2 else 1),))
    loss: Loss = SoftmaxCrossEntropy() if classes > 2 else SigmoidCrossEntropy()
    cost = Cost.of(network, loss, x, t, penalty=Penalty(l2=1e-4))
    curvature, b = cost.curvature(network.zeros()), -cost.value_and_gradient(network.zeros())[1]
    with_it = solve(curvature, b, 1e-8)
    monkeypatch.setattr(KeptCurvature, "cost_in_products", 10**9)
    without = solve(curvature, b, 1e-8)
    assert with_it.products < without.products / 2
    assert np.linalg.norm(curvature.product(with_it.x) - b) <= 2e-8 * np.linalg.norm(b)


@pytest.mark.parametrize("classes", [2, 3])
def test_columns_that_repeat_each_other_need_no_penalty(classes: int) -> None:
    x, t = blobs(classes)
    t = np.where(np.arange(90) % 7 == 0, (t + 1) % classes, t)
    x = np.hstack([x, x[:, :1] - 2 * x[:, 1:2], np.zeros((90, 1)), np.ones((90, 1))])
    loss: Loss = SoftmaxCrossEntropy() if classes > 2 else SigmoidCrossEntropy()
    cost = Cost.of(Network((Dense(6, classes if classes > 2 else 1),)), loss, x, t)
    theta, costs, norms = run(cost, 30)
    assert min(norms) < 1e-9
    assert np.isfinite(theta).all()
    assert np.abs(theta).max() < 100
    assert all(after <= before + 1e-15 for before, after in pairwise(costs))


@pytest.mark.parametrize("classes", [2, 3])
def test_classes_that_can_be_told_apart_without_penalty_go_to_zero_cost_and_stay_finite(classes: int) -> None:
    t = np.arange(30) % classes
    x = np.eye(classes)[t] + 0.01 * np.random.default_rng(0).normal(size=(30, classes))
    loss: Loss = SoftmaxCrossEntropy() if classes > 2 else SigmoidCrossEntropy()
    cost = Cost.of(Network((Dense(classes, classes if classes > 2 else 1),)), loss, x, t)
    theta, costs, norms = run(cost, 200)
    assert costs[-1] < 1e-10
    assert norms[-1] < 1e-9
    assert np.isfinite(theta).all()
    assert all(after <= before for before, after in pairwise(costs))


class Bowl(Objective):
    """The function `Σ √(1 + θ²)`, from whose walls Newton's step leads far beyond the other side."""

    def value(self, theta: Array) -> float:
        return float(np.sqrt(1 + theta * theta).sum())

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        return self.value(theta), theta / np.sqrt(1 + theta * theta)

    def curvature_product(self, theta: Array, v: Array) -> Array:
        return np.asarray(v / (1 + theta * theta) ** 1.5)

    def weights(self, theta: Array) -> Array:
        return theta


def test_steps_that_were_too_long_are_followed_by_damped_ones_until_they_are_right() -> None:
    theta, state, dampings = np.array([3.0]), START, []
    for _ in range(12):
        step = Newton().step(Bowl(), theta, state)
        theta, state = step.theta, step.state
        dampings.append(state.damping)
    assert dampings[0] == 0.1
    assert dampings[-1] == 0
    np.testing.assert_allclose(theta, 0, atol=1e-8)


def test_a_step_begins_with_the_preconditioner_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Any] = []

    def noted(*arguments: Any, **options: Any) -> Solution:
        begun.append(options["preconditioner"])
        return solve(*arguments, **options)

    monkeypatch.setattr("chainrule.optimizers.newton.solve", noted)
    monkeypatch.setattr(KeptCurvature, "cost_in_products", 0)
    x, t = blobs(3)
    wide = np.hstack([x, np.random.default_rng(0).normal(size=(len(x), 60))])
    network = Network((Dense(wide.shape[1], 3),))
    cost = Cost.of(network, SoftmaxCrossEntropy(), wide, t, penalty=Penalty(l2=1e-3))
    monkeypatch.setattr("chainrule.engine.curvature.is_cheap", lambda *_: False)
    first = Newton(accuracy=1e-5).step(cost, network.zeros(), START)
    assert first.state.preconditioner is not None
    Newton(accuracy=1e-5).step(cost, first.theta, first.state)
    assert begun == [None, first.state.preconditioner]


def test_rows_drawn_for_a_block_stand_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, curvature = rng.normal(size=(40_000, 3)), rng.uniform(size=40_000) ** 6
    x[:, 0] += 3 * (curvature > 0.5)
    whole = class_hessian(x, curvature, biased=True)
    monkeypatch.setattr("chainrule.engine.preconditioner.rows_drawn", lambda _: 10_000)
    drawn = class_hessian(x, curvature, biased=True)
    assert not np.array_equal(drawn, whole)
    np.testing.assert_allclose(drawn, whole, atol=0.03 * np.abs(whole).max())
