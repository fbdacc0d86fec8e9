"""The numbers of a report against other routes to them."""

import copy
import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import log_softmax
from sklearn.inspection import permutation_importance
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline

from chainrule import influence
from chainrule.evaluation.scores import BINS
from chainrule.pages.report.columns import RESOLUTION
from chainrule.pages.report.numbers import ReportNumbers, numbers_of
from chainrule.pages.report.scores import scaling_of, share_of
from tests.pages.reports import flower_run, matrix_run


@pytest.fixture(scope="module")
def numbers() -> ReportNumbers:
    return numbers_of(flower_run())


@pytest.fixture(scope="module")
def deep() -> ReportNumbers:
    return numbers_of(flower_run(3, (8,)))


def indices() -> np.ndarray:
    run = flower_run()
    return np.searchsorted(run.model.classes_, run.held_out_labels)


def test_the_headline_is_what_the_probabilities_say(numbers: ReportNumbers) -> None:
    run, t = flower_run(), indices()
    y = run.model.predict_proba(run.held_out)
    scores = numbers.scores
    assert scores.accuracy.value == pytest.approx(run.model.score(run.held_out, run.held_out_labels))
    assert scores.log_loss == pytest.approx(-np.log(y[np.arange(len(t)), t]).mean())
    _, counts = np.unique(run.train_labels, return_counts=True)
    assert scores.baseline == np.bincount(t).max() / len(t)
    assert scores.baseline_loss == pytest.approx(-np.log(counts / counts.sum())[t].mean())
    areas = []
    for c in range(3):
        inside, outside = y[t == c, c], y[t != c, c]
        areas.append((inside[:, None] > outside).mean() + (inside[:, None] == outside).mean() / 2)
    assert scores.auc == pytest.approx(np.mean(areas))
    assert [each.auc for each in scores.classes] == pytest.approx(areas)


def test_wilsons_interval_solves_his_equation() -> None:
    share = share_of(37, 50)
    for end in (share.low, share.high):
        assert abs(share.value - end) == pytest.approx(1.959964 * np.sqrt(end * (1 - end) / 50), rel=1e-6)


def test_each_class_has_its_own_scores(numbers: ReportNumbers) -> None:
    t, said = indices(), flower_run().model.predict(flower_run().held_out)
    said = np.searchsorted(flower_run().model.classes_, said)
    for c, each in enumerate(numbers.scores.classes):
        found = ((t == c) & (said == c)).sum()
        assert each.precision == pytest.approx(found / (said == c).sum())
        assert each.recall == pytest.approx(found / (t == c).sum())
        assert each.f1 == pytest.approx(2 * found / ((said == c).sum() + (t == c).sum()))
        assert each.support == (t == c).sum()
    confused = [[((t == i) & (said == j)).sum() for j in range(3)] for i in range(3)]
    np.testing.assert_array_equal(numbers.scores.confusion, confused)
    worst = numbers.scores.mistakes(1)[0]
    assert worst.rows == (np.array(confused) - np.diag(np.diag(confused))).max()


def test_the_calibration_error_is_the_weighted_distance_from_the_diagonal(numbers: ReportNumbers) -> None:
    run, t = flower_run(), indices()
    y = run.model.predict_proba(run.held_out)
    error = 0.0
    for b in range(BINS):
        inside = (y.max(axis=1) >= b / BINS) & (y.max(axis=1) < (b + 1) / BINS)
        if inside.any():
            right = y[inside].argmax(axis=1) == t[inside]
            error += inside.mean() * abs(right.mean() - y[inside].max(axis=1).mean())
    assert numbers.calibration.error == pytest.approx(error)
    assert 0 < numbers.calibration.by_chance < 0.1
    assert sum(each.rows for each in numbers.calibration.bins) == len(t)


def test_the_temperature_is_the_best_and_is_tried_on_other_rows() -> None:
    random = np.random.default_rng(0)
    z = 2 * random.standard_normal((300, 3))
    t = (z + random.gumbel(size=z.shape)).argmax(axis=1)
    found = scaling_of(t, log_softmax(3 * z, axis=1))
    assert found is not None
    assert found.temperature == pytest.approx(3, rel=0.2)

    def loss(rows: np.ndarray, temperature: float) -> float:
        return -float(log_softmax(3 * z[rows] / temperature, axis=1)[np.arange(len(rows)), t[rows]].mean())

    everything, grid = np.arange(300), np.geomspace(1, 9, 4000)
    assert found.temperature == pytest.approx(min(grid, key=lambda each: loss(everything, each)), rel=2e-3)
    folds = KFold(5, shuffle=True, random_state=0).split(z)
    crossed = [loss(own, min(grid[::10], key=lambda each: loss(rest, each))) for rest, own in folds]
    assert found.log_loss == pytest.approx(np.mean(crossed), rel=1e-3)
    assert found.error < 0.1 < found.log_loss_before - found.log_loss


def test_few_rows_have_no_temperature() -> None:
    assert scaling_of(np.zeros(10, int), np.log(np.full((10, 2), 0.5))) is None


def test_importance_agrees_with_that_of_scikit_learn(numbers: ReportNumbers) -> None:
    run = flower_run()
    theirs = permutation_importance(
        run.model, run.held_out, run.held_out_labels, scoring="neg_log_loss", n_repeats=20, random_state=1
    )
    expected = dict(zip(run.held_out.columns, theirs.importances_mean, strict=True))
    ours = {each.name: each for each in numbers.importance}
    assert set(ours) == {"length", "width", "colour", "wild", "petals"}
    for name, each in ours.items():
        assert each.loss == pytest.approx(expected[name], abs=4 * each.spread + 0.002)
    assert [each.loss for each in numbers.importance] == sorted(
        (each.loss for each in numbers.importance), reverse=True
    )


def test_an_odds_ratio_is_what_happens_to_the_odds(numbers: ReportNumbers) -> None:
    run = flower_run()
    table = run.held_out[run.held_out["width"].notna()].head(5)
    scale = run.train["width"].std(ddof=0)
    before = np.log(run.model.predict_proba(table))
    after = np.log(run.model.predict_proba(table.assign(width=table["width"] + scale)))
    change = (after - after.mean(axis=1, keepdims=True)) - (before - before.mean(axis=1, keepdims=True))
    told = {each.target: each.value for each in numbers.coefficients if each.input.name == "width"}
    np.testing.assert_allclose(change, np.tile([told[name] for name in numbers.model.classes], (5, 1)), atol=1e-9)


def test_coefficients_of_a_matrix_count_in_standard_deviations() -> None:
    run, numbers = matrix_run(), numbers_of(matrix_run())
    for each in numbers.coefficients:
        column = int(each.input.name.removeprefix("column "))
        moved = run.held_out.copy()
        moved[:, column] += run.train[:, column].std()
        change = run.model.decision_function(moved) - run.model.decision_function(run.held_out)
        np.testing.assert_allclose(change, each.value)


def test_coefficients_do_not_depend_on_what_all_classes_share(numbers: ReportNumbers) -> None:
    run = flower_run()
    classifier = copy.copy(run.model[-1])
    weights = [
        {name: part.copy() for name, part in layer.items()} for layer in classifier.network_.views(classifier.theta_)
    ]
    weights[0]["weights"] += np.arange(len(weights[0]["weights"]))[:, None]
    classifier.theta_ = classifier.network_.flatten(weights)
    shifted = numbers_of(dataclasses.replace(run, model=make_pipeline(run.model[0], classifier))).coefficients
    expected = {(each.input.name, each.target): each.value for each in numbers.coefficients}
    for each in shifted:
        assert each.value == pytest.approx(expected[each.input.name, each.target], abs=1e-9)


def test_partial_dependence_is_the_mean_over_changed_rows(numbers: ReportNumbers) -> None:
    run = flower_run()
    found = {each.name: each for each in numbers.dependence}
    assert set(found) == {"length", "width", "colour", "wild", "petals"}
    assert found["colour"].words[-1] == "missing"
    assert found["petals"].words == ["3", "4", "5", "6"]
    for name in ("width", "petals", "wild"):
        for value, y in zip(found[name].values, found[name].y, strict=True):
            changed = run.held_out.assign(**{name: value})
            np.testing.assert_allclose(run.model.predict_proba(changed).mean(axis=0), y, atol=1e-12)


def test_surfaces_are_pinned_to_the_row_they_name(numbers: ReportNumbers) -> None:
    run, found = flower_run(), numbers.surfaces
    assert found is not None
    assert [plane.names for plane in found.planes] == [("width", "length"), ("width", "petals"), ("length", "petals")]
    plane = found.planes[0]
    corner = run.held_out.iloc[[found.row]].assign(width=plane.limits[1], length=plane.limits[2])
    np.testing.assert_allclose(run.model.predict_proba(corner)[0], plane.y[RESOLUTION - 1], atol=1e-12)


def test_the_hardest_rows_have_the_largest_losses(numbers: ReportNumbers) -> None:
    run, t = flower_run(), indices()
    loss = -np.log(run.model.predict_proba(run.held_out)[np.arange(len(t)), t])
    assert [each.row for each in numbers.hardest] == list(np.argsort(-loss)[:10])
    first = numbers.hardest[0]
    assert first.measure == pytest.approx(loss.max())
    assert first.y_true == pytest.approx(np.exp(-loss.max()))
    assert first.true == run.held_out_labels[first.row]


@pytest.mark.parametrize("which", ["numbers", "deep"])
def test_the_most_influential_rows_have_the_largest_cooks_distances(which: str, request: pytest.FixtureRequest) -> None:
    numbers: ReportNumbers = request.getfixturevalue(which)
    run = flower_run(3, (8,) if which == "deep" else ())
    found = influence(run.model, run.train, run.train_labels)
    assert [each.row for each in numbers.influential.cases] == list(found.top(10))
    assert [each.measure for each in numbers.influential.cases] == pytest.approx(found.cooks_distance[found.top(10)])
    assert (numbers.influential.searched, numbers.influential.by_gradient) == (600, False)
    y = run.model.predict_proba(run.train)
    for each in numbers.influential.cases:
        assert each.true == run.train_labels[each.row]
        assert each.y_predicted == pytest.approx(y[each.row].max())


def test_rows_that_counted_more_in_training_do_so_in_their_influence() -> None:
    run, weights = flower_run(), np.random.default_rng(0).uniform(0.1, 5, 600)
    numbers = numbers_of(dataclasses.replace(run, train_weights=weights))
    found = influence(run.model, run.train, run.train_labels, sample_weight=weights)
    assert [each.row for each in numbers.influential.cases] == list(found.top(10))


@pytest.mark.parametrize("hidden", [(), (8,)])
def test_of_too_many_parameters_the_gradients_are_compared(
    hidden: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainrule.pages.report.cases.MOST_PARAMETERS", 10)
    monkeypatch.setattr("chainrule.pages.report.fitted.NUMBERS_AT_ONCE", 600)
    run = flower_run(3, hidden)
    numbers = numbers_of(run)
    classifier, x = run.model[-1], run.model[0].transform(run.train)
    assert numbers.influential.by_gradient
    for each in numbers.influential.cases[:3]:
        row = classifier.standardizer_.apply(x[[each.row]], classifier.theta_.dtype)
        outputs = classifier.network_.forward(classifier.theta_, row)
        t = run.model.classes_ == run.train_labels[each.row]
        y = run.model.predict_proba(run.train.iloc[[each.row]])
        gradient = classifier.network_.backward(classifier.theta_, outputs, y - t)
        assert each.measure == pytest.approx(np.linalg.norm(gradient))
    measures = [each.measure for each in numbers.influential.cases]
    assert measures == sorted(measures, reverse=True)


def test_a_large_table_is_sampled_with_a_fixed_seed(numbers: ReportNumbers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.pages.report.columns.IMPORTANCE_ROWS", 50)
    monkeypatch.setattr("chainrule.pages.report.fitted.ROWS_AT_ONCE", 64)
    monkeypatch.setattr("chainrule.pages.report.fitted.NUMBERS_AT_ONCE", 600)
    first, second = numbers_of(flower_run()), numbers_of(flower_run())
    assert first.importance == second.importance
    assert first.scores.log_loss == pytest.approx(numbers.scores.log_loss)
    assert [each.measure for each in first.influential.cases] == [each.measure for each in numbers.influential.cases]


def test_of_many_columns_those_with_the_largest_weights_are_tried() -> None:
    numbers = numbers_of(matrix_run(40))
    assert len(numbers.importance) == 30
    assert {"column 0", "column 1"} <= {each.name for each in numbers.importance[:4]}


def test_rows_are_told_as_the_table_has_them(numbers: ReportNumbers) -> None:
    case = numbers.hardest[0]
    row = pa.Table.from_pandas(flower_run().held_out).slice(case.row, 1).to_pylist()[0]
    told = dict(zip(numbers.shown_columns, case.values, strict=True))
    assert told["petals"] == str(row["petals"])
    assert told["colour"] == (row["colour"] or "missing")


def test_rows_are_numbered_as_in_their_file() -> None:
    run = dataclasses.replace(flower_run(), train_rows=np.arange(600) * 2, held_out_rows=np.arange(200) * 2 + 1)
    plain, numbered = numbers_of(flower_run()), numbers_of(run)
    assert [each.row for each in numbered.hardest] == [2 * each.row + 1 for each in plain.hardest]
    assert [each.row for each in numbered.influential.cases] == [2 * each.row for each in plain.influential.cases]
    assert numbered.pinned_row == 2 * plain.pinned_row + 1


def test_the_epoch_that_was_kept_is_known(deep: ReportNumbers, numbers: ReportNumbers) -> None:
    costs = deep.model.classifier.history_.validation_cost
    assert numbers.kept_epoch is None
    assert deep.kept_epoch == (None if min(costs) == costs[-1] else costs.index(min(costs)) + 1)
