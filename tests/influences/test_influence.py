"""Every measure beside its definition, written out with plain linear algebra for each row."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import Classifier
from chainrule.arrays import Array
from chainrule.engine import Rows
from chainrule.estimator.defaults import loss_of
from chainrule.estimator.trained_model import TrainedModel
from chainrule.influences import Influence, influence, measure
from tests.influences.problems import regression_of, rows_of

# Influence is measured at the lowest cost: models that are compared with it number by number are trained to it.
OPTIMAL = 1e-12


def some(classes: int, n: int = 40, i: int = 3, seed: int = 0) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, i))
    noisy = x @ generator.normal(size=(i, classes)) + generator.gumbel(size=(n, classes))
    y = noisy.argmax(axis=1)
    y[:classes] = np.arange(classes)
    return x, y


def check_steps(found: Influence, model: Classifier, x: Any, y: Array, weight: Array | None = None) -> None:
    """Each row by itself: Newton's step on the cost without it, by least squares; Cook's distance; losses; leverage."""
    regression, theta = regression_of(model, x, y, weight)
    hessian = regression.hessian(theta)
    order = np.arange(theta.size).reshape(theta.shape)
    inputs = theta.shape[1] - model.bias
    in_theta = np.concatenate([order[:, :inputs].ravel(), order[:, inputs:].ravel()])
    pseudo = np.linalg.pinv(hessian, rcond=1e-12, hermitian=True)
    for row in range(len(y)):
        error = regression.probabilities(theta)[row] - regression.targets[row]
        gradient = regression.weights[row] * np.kron(error, regression.x[row])
        left = hessian - regression.row_hessian(theta, row)
        step = np.linalg.pinv(left, rcond=1e-12, hermitian=True) @ gradient
        np.testing.assert_allclose(found.changes([row])[0], step[in_theta], rtol=1e-6, atol=1e-9)
        assert found.cooks_distance[row] == pytest.approx(step @ hessian @ step / found.rank, rel=1e-6, abs=1e-12)
        after = regression.losses(theta + step.reshape(theta.shape))[row]
        assert found.loss_change[row] == pytest.approx(after - regression.losses(theta)[row], rel=1e-6, abs=1e-9)
        assert found.leverage[row] == pytest.approx(np.trace(pseudo @ regression.row_hessian(theta, row)), rel=1e-6)
    slope = regression.gradient(theta).ravel()
    assert found.unsettled == pytest.approx(slope @ pseudo @ slope / found.rank, rel=1e-3, abs=1e-20)
    np.testing.assert_allclose(found.loss, regression.losses(theta), rtol=1e-9)


@given(
    classes=st.integers(2, 4),
    i=st.integers(1, 4),
    l2=st.sampled_from(["auto", 0.02]),
    bias=st.booleans(),
    standardize=st.booleans(),
    smoothing=st.sampled_from([0.0, 0.1]),
    weighted=st.booleans(),
    seed=st.integers(0, 99),
)
@settings(max_examples=15, deadline=None)
def test_the_step_is_newtons_without_the_row(
    classes: int, i: int, l2: Any, bias: bool, standardize: bool, smoothing: float, weighted: bool, seed: int
) -> None:
    x, y = some(classes, 8 + 3 * i, i, seed)
    weight = np.random.default_rng(seed).uniform(0, 2, len(y)).round(1) if weighted else None
    model = Classifier(l2=l2, bias=bias, standardize=standardize, label_smoothing=smoothing, tol=OPTIMAL).fit(
        x, y, weight
    )
    found = influence(model, x, y, sample_weight=weight, steps=1)
    check_steps(found, model, x, y, weight)
    assert found.rank == (1 if classes == 2 else classes - 1) * (i + bias)


@pytest.mark.parametrize("classes", [2, 3])
def test_without_a_penalty_leverages_add_up_to_the_parameters(classes: int) -> None:
    x, y = some(classes, 80)
    model = Classifier(l2=0, tol=1e-9).fit(x, y)
    found = influence(model, x, y, steps=1)
    check_steps(found, model, x, y)
    assert found.rank == (classes - 1) * 4
    assert found.leverage.sum() == pytest.approx(found.rank)
    for repeated in (x, x @ [[1], [2], [3]], x @ [[0.3, 0.7], [-1, 1], [0.1, 0.2]]):
        wide = np.hstack([x, repeated])
        same = influence(Classifier(l2=0, tol=1e-9).fit(wide, y), wide, y)
        assert same.rank == found.rank
        np.testing.assert_allclose(same.cooks_distance, found.cooks_distance, rtol=1e-5)


def test_of_two_classes_cooks_distance_is_that_of_a_generalised_linear_model() -> None:
    x, y = some(2, 60)
    found = influence(Classifier(l2=0, tol=1e-9, standardize=False).fit(x, y), x, y)
    columns = np.column_stack([np.ones(len(y)), x])
    model = Classifier(l2=0, tol=1e-9, standardize=False).fit(x, y)
    mu = model.predict_proba(x)[:, 1]
    root = columns * np.sqrt(mu * (1 - mu))[:, None]
    hat = np.einsum("ni,ij,nj->n", root, np.linalg.inv(root.T @ root), root)
    pearson = (y - mu) / np.sqrt(mu * (1 - mu))
    np.testing.assert_allclose(found.leverage, hat, rtol=1e-6)
    np.testing.assert_allclose(found.cooks_distance, (pearson / (1 - hat)) ** 2 * hat / 4, rtol=1e-6)  # as R has it


@pytest.mark.parametrize("classes", [2, 3])
def test_predictions_change_as_the_parameters_do(classes: int) -> None:
    x, y = some(classes)
    on, labels = some(classes, 7, seed=1)
    model = make_pipeline(StandardScaler(), Classifier(tol=OPTIMAL)).fit(x, y)
    probabilities = influence(model, x, y, on=on).on_probability_change
    found = influence(model, x, y, on=(on, labels))
    assert probabilities is not None
    assert found.on_loss_change is not None
    assert found.on_probability_change is None
    theta, before = model[-1].theta_.copy(), model.predict_proba(on)
    for row, change in enumerate(found.changes(np.arange(len(y)))):
        model[-1].theta_ = theta + change
        after = model.predict_proba(on)
        np.testing.assert_allclose(probabilities[row], after - before, atol=1e-12)
        lost = -np.log(after / before)[np.arange(7), labels].sum()
        assert found.on_loss_change[row] == pytest.approx(lost, abs=1e-10)


@pytest.mark.parametrize("hidden", [(), (5,), (4, 3)])
@pytest.mark.parametrize("classes", [2, 3])
def test_the_gradient_of_a_row_is_that_of_its_own_pass_backward(classes: int, hidden: tuple[int, ...]) -> None:
    x, y = some(classes)
    tol = "auto" if hidden else OPTIMAL
    model = Classifier(hidden, activation="tanh", random_state=0, tol=tol).fit(x, y)
    found, fitted = influence(model, x, y), TrainedModel.of(model)
    rows, loss = fitted.standardized_rows(fitted.rows(x, y)), loss_of(fitted.network, 0.0)
    for row, gradient in zip([3, 0, 39], found.gradients([3, 0, 39]), strict=True):
        outputs = fitted.network.forward(fitted.theta, rows.x[[row]])
        own = fitted.network.backward(fitted.theta, outputs, loss.gradient(outputs[-1], rows.t[[row]]))
        np.testing.assert_allclose(gradient, own, rtol=1e-12, atol=1e-15)
        assert found.gradient_norm[row] == pytest.approx(np.linalg.norm(own))


@pytest.mark.parametrize("classes", [2, 3])
def test_of_hidden_layers_the_last_one_moves(classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "at_the_optimum", lambda layer: layer)  # where the last layer is not
    x, y = some(classes)
    model = Classifier((5, 4), activation="tanh", random_state=0, l2=0.01).fit(x, y)
    fitted = TrainedModel.of(model)
    h = fitted.network.forward(fitted.theta, fitted.standardized(x))[-2]
    alone = Classifier(l2=0.01, standardize=False).fit(h, y)
    alone.theta_ = fitted.theta[-alone.network_.size :]
    found, of_alone = influence(model, x, y), influence(alone, h, y)
    for name in ("cooks_distance", "leverage", "loss_change"):
        np.testing.assert_allclose(getattr(found, name), getattr(of_alone, name), rtol=1e-9)
    assert "last layer" in found.method
    assert "last layer" not in of_alone.method


def test_further_steps_go_to_the_refit() -> None:
    x, y = some(3)
    weight = np.random.default_rng(0).uniform(0.2, 2, len(y))
    model = Classifier(tol=1e-10).fit(x, y, weight)
    regression, theta = regression_of(model, x, y, weight)
    refits = np.array([regression.without(row).fit(theta) - theta for row in range(len(y))])
    found = [influence(model, x, y, sample_weight=weight, steps=steps, on=(x, y)) for steps in (1, 2, 3, 30)]
    order = np.concatenate([[0, 1, 2], [4, 5, 6], [8, 9, 10], [3, 7, 11]])
    away = [np.abs(each.changes(np.arange(40)) - refits.reshape(40, -1)[:, order]).max() for each in found]
    assert away[0] > 1.5 * away[1] > 2 * away[2]
    assert away[3] < 1e-6
    lost = [(regression.losses(theta + refit) - regression.losses(theta)).sum() for refit in refits]
    np.testing.assert_allclose(found[3].on_loss_change, lost, atol=1e-6)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found[0].cooks_distance, found[3].cooks_distance)
    with pytest.raises(ValueError, match="steps must be a whole number from 1 to 100, found 0"):
        influence(model, x, y, steps=0)


@pytest.mark.parametrize(("classes", "n", "seed"), [(4, 13, 3), (3, 16, 12), (4, 17, 20)])
def test_of_rows_that_are_nearly_separated_one_step_may_be_uphill_but_several_never(
    classes: int, n: int, seed: int
) -> None:
    x, y = some(classes, n, 4, seed)
    model = Classifier(l2=1e-4, tol=1e-9, max_epochs=5000).fit(x, y)
    regression, theta = regression_of(model, x, y)
    found = [influence(model, x, y, steps=steps).changes(np.arange(n)) for steps in (1, 2, 5)]
    order = np.hstack([np.arange(4 * classes).reshape(classes, 4), np.arange(classes)[:, None] + 4 * classes])
    without = [regression.without(row) for row in range(n)]
    start = np.array([each.cost(theta) for each in without])
    one, two, five = (
        np.array([each.cost(theta + change[order]) for each, change in zip(without, changes, strict=True)])
        for changes in found
    )
    uphill = one > start + 1
    assert uphill.any()
    assert (two[uphill] < start[uphill] - 1e-3).all()
    assert (two < start + 1e-9).all()
    assert (five < two + 1e-9).all()


def test_many_rows_take_one_step_unless_more_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = some(2)
    model = Classifier().fit(x, y)
    assert influence(model, x, y).steps == 3
    monkeypatch.setattr("chainrule.influences.measure.MOST_WORK", 40 * 40 * 4 - 1)
    assert influence(model, x, y).steps == 1
    assert influence(model, x, y, steps=2).method == "2 Newton steps without each row."


def test_sparse_rows_are_as_dense_ones() -> None:
    x, y = some(3)
    x[np.random.default_rng(0).random(x.shape) < 0.6] = 0
    sparse = Classifier(tol=OPTIMAL).fit(csr_array(x), y)
    found = influence(sparse, csr_array(x), y, on=csr_array(x[:2]), steps=1)
    check_steps(found, sparse, csr_array(x), y)
    np.testing.assert_allclose(found.gradients([0, 1]), influence(sparse, x, y).gradients([0, 1]))
    np.testing.assert_allclose(found.gradient_norm, influence(sparse, x, y).gradient_norm)


def test_blocks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = rows_of("wine")
    model = Classifier().fit(x, y)
    whole = influence(model, x, y, on=(x, y))
    monkeypatch.setattr("chainrule.influences.last_layer.NUMBERS_AT_ONCE", 1)
    parts = influence(model, x, y, on=(x, y))
    for name in ("cooks_distance", "leverage", "loss_change", "on_loss_change", "gradient_norm"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-9)


def test_a_row_that_counts_twice_is_two_rows_left_out_together() -> None:
    x, y = some(3)
    weight = np.ones(len(y))
    weight[5] = 2
    model = Classifier(l2=0.02, tol=OPTIMAL).fit(x, y, weight)
    found = influence(model, x, y, sample_weight=weight, steps=1)
    check_steps(found, model, x, y, weight)
    balanced = Classifier(class_weight="balanced", tol=OPTIMAL).fit(x, y)
    check_steps(influence(balanced, x, y, steps=1), balanced, x, y)


def test_weights_that_l1_holds_at_zero_stay_there() -> None:
    x, y = some(3, 60, 6)
    model = Classifier(l1=0.05, tol=1e-9).fit(x, y)
    zero = model.theta_ == 0
    assert 0 < zero.sum() < 12
    found = influence(model, x, y)
    changes = found.changes(np.arange(60))
    assert not changes[:, zero].any()
    assert changes[:, ~zero].all()
    assert found.unsettled < 1e-10
    row = int(found.top(1)[0])
    total, fitted = len(y), TrainedModel.of(model)
    without = Rows(np.delete(fitted.standardized(x), row, axis=0), np.delete(fitted.rows(x, y).t, row))
    again = Classifier(l1=0.05 * total / (total - 1), tol=1e-10, standardize=False).fit(without.x, without.t)
    move = again.theta_ - model.theta_
    move[-3:] -= move[-3:].mean()
    assert np.corrcoef(move, changes[row])[0, 1] > 0.97


def test_a_row_that_alone_determines_a_direction_has_no_bounds() -> None:
    x, y = some(2, 30)
    alone = np.zeros((30, 1))
    alone[4] = 1
    columns = np.hstack([x, alone])
    model = Classifier(l2=0, standardize=False, label_smoothing=0.1, tol=1e-10).fit(columns, y)
    found = influence(model, columns, y, on=(columns, y))
    assert np.flatnonzero(np.isinf(found.cooks_distance)).tolist() == [4]
    assert np.isinf(found.loss_change[4])
    assert found.on_loss_change is not None
    assert np.isnan(found.on_loss_change[4])
    assert found.leverage[4] == pytest.approx(1)
    assert found.top(1)[0] == found.top(1, "on_loss_change")[0] == 4
