"""The rate against the largest curvature: steps just below the limit settle, steps just above do not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chainrule import Classifier, Cost, GradientDescent, Momentum
from chainrule.diagnosis.model_under_test import ModelUnderTest
from chainrule.diagnosis.rate import largest_curvature, rate_against_curvature
from tests.diagnosis.models import clouds, fitted, treated
from tests.optimizers.quadratic import diagonal


def test_the_largest_curvature_is_that_of_the_written_out_hessian() -> None:
    x, y = clouds(classes=3)
    model = Classifier().fit(x, y)
    tested = ModelUnderTest(model, x, y)
    cost = tested.model.objective(tested.rows)
    theta = tested.model.theta
    hessian = np.array([cost.curvature_product(theta, unit) for unit in np.eye(len(theta))])
    assert largest_curvature(cost, theta) == pytest.approx(np.linalg.eigvalsh(hessian).max(), rel=1e-2)
    step = 1e-6 * np.linalg.eigh(hessian)[1][:, -1]
    ahead, behind = (cost.value_and_gradient(theta + sign * step)[1] for sign in (1, -1))
    assert largest_curvature(cost, theta) == pytest.approx(np.linalg.norm(ahead - behind) / 2e-6, rel=1e-2)


def test_a_single_parameter_has_a_curvature_too() -> None:
    x, y = clouds(columns=1)
    model = Classifier(bias=False, l2=0.0).fit(x, y)
    tested = ModelUnderTest(model, x, y)
    z = tested.model.standardized(x)
    p = 1 / (1 + np.exp(-z @ tested.model.theta))
    assert largest_curvature(tested.model.objective(tested.rows), tested.model.theta) == pytest.approx(
        (p * (1 - p) * z[:, 0] ** 2).mean()
    )


@pytest.mark.parametrize(
    "optimizer",
    [GradientDescent(1.0), Momentum(1.0, momentum=0.8), Momentum(1.0, momentum=0.8, nesterov=True)],
    ids=repr,
)
def test_steps_converge_below_the_limit_of_the_rate_and_not_above(optimizer: GradientDescent | Momentum) -> None:
    x, y = clouds()
    x[:, 0] *= 5
    tested = ModelUnderTest(fitted(Classifier(optimizer=optimizer, standardize=False, max_epochs=2), x, y), x, y)
    measured = rate_against_curvature(tested).measured
    limit, curvature = measured["limit"], measured["curvature"]

    for rate, settles in ((0.98 * limit, True), (1.02 * limit, False)):
        steps: Any = replace(optimizer, rate=rate)
        theta, state = np.zeros(1), steps.init(np.zeros(1))
        for _ in range(500):
            theta, state, *_ = steps.step(diagonal(curvature), theta, state)
        assert (abs(theta[0] - 1) < 1) == settles


@pytest.mark.parametrize("given", ["by name", "as an object", "with l1"])
def test_too_high_a_rate_is_a_problem_and_the_remedy_settles(given: str) -> None:
    x, y = clouds()
    optimizer = GradientDescent(100.0) if given == "as an object" else "gradient_descent"
    model = Classifier(
        optimizer=optimizer,
        rate=None if given == "as an object" else 100.0,
        batch_size=None,
        l1=0.01 * (given == "with l1"),
    )
    fitted(model, x, y)
    (finding,) = rate_against_curvature(ModelUnderTest(model, x, y)).findings
    assert finding.severity == "problem"
    assert "GradientDescent, rate 100" in finding.where
    better = treated(finding, model, x, y)
    assert not rate_against_curvature(ModelUnderTest(better, x, y)).findings
    assert better.history_.cost[-1] < 0.5


def test_a_rate_far_too_low_is_a_note_where_epochs_ran_out() -> None:
    x, y = clouds()
    model = fitted(Classifier(optimizer="gradient_descent", rate=1e-4, batch_size=None, max_epochs=50), x, y)
    (finding,) = rate_against_curvature(ModelUnderTest(model, x, y)).findings
    assert finding.severity == "note"
    assert "times shorter than necessary" in finding.evidence


def test_a_hidden_network_with_a_sound_rate_is_left_alone() -> None:
    x, y = clouds()
    model = fitted(Classifier((8,), optimizer="momentum", rate=0.1, random_state=0), x, y)
    examined = rate_against_curvature(ModelUnderTest(model, x, y))
    assert not examined.findings
    assert "rates up to" in examined.summary


def test_methods_that_find_their_own_steps_are_only_measured() -> None:
    x, y = clouds()
    examined = rate_against_curvature(ModelUnderTest(Classifier().fit(x, y), x, y))
    assert not examined.findings
    assert "Newton chooses its own step length" in examined.summary
    assert examined.measured["curvature"] > 0


def test_weights_of_rows_count() -> None:
    x, y = clouds()
    weights = np.where(y == 1, 5.0, 1.0)
    model = Classifier().fit(x, y, sample_weight=weights)
    tested = ModelUnderTest(model, x, y, weights)
    twice = np.repeat(np.arange(len(y)), weights.astype(int))
    z = tested.model.standardized(x)[twice]
    cost = Cost.of(
        model.network_,
        tested.model.objective(tested.rows).loss,
        z,
        y[twice],
        penalty=tested.model.objective(tested.rows).penalty,
    )
    assert rate_against_curvature(tested).measured["curvature"] >= largest_curvature(cost, tested.model.theta) * 0.99
    start = largest_curvature(cost, np.zeros_like(tested.model.theta))
    assert rate_against_curvature(tested).measured["curvature"] == pytest.approx(start, rel=0.03)
