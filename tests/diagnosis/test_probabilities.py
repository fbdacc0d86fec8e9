"""Rare classes, confidence and labels that may be wrong."""

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits, load_iris

from chainrule import AutoClassifier, Classifier
from chainrule.diagnosis.calibration import confidence_against_accuracy
from chainrule.diagnosis.classes import class_imbalance
from chainrule.diagnosis.label_noise import estimated_label_noise, suspect_labels
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError, Predictions
from chainrule.evaluation.scores import best_temperature, calibration_error
from tests.diagnosis.models import clouds, treated


def rare() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.where(rng.random(1000) < 0.02, "fraud", "fair")
    return rng.normal(size=(1000, 3)) + 0.8 * (y == "fraud")[:, None], y


def test_a_rare_class_that_is_never_predicted_is_a_problem_and_balancing_finds_it() -> None:
    x, y = rare()
    model = Classifier().fit(x, y)
    (finding,) = class_imbalance(ModelUnderTest(model, x, y)).findings
    assert (finding.severity, finding.where) == ("problem", "class fraud")
    assert finding.numbers["share"] == pytest.approx((y == "fraud").mean())
    assert finding.numbers["predicted"] == (model.predict(x) == "fraud").sum() == 0
    assert "--class-weight balanced" in finding.sentence("chainrule train t.csv")
    better = treated(finding, model, x, y)
    assert (better.predict(x)[y == "fraud"] == "fraud").mean() > 0.7
    assert not class_imbalance(ModelUnderTest(better, x, y)).findings


def test_shares_and_recalls_are_weighted() -> None:
    x, y = rare()
    weights = np.random.default_rng(5).uniform(0.1, 9, len(y)) * np.where(y == "fraud", 20, 1)
    model = Classifier().fit(x, y, sample_weight=weights)
    measured, right = class_imbalance(ModelUnderTest(model, x, y, weights)).measured, model.predict(x) == y
    for name in ("fair", "fraud"):
        own = y == name
        assert measured["shares"][name] == pytest.approx(weights[own].sum() / weights.sum())
        assert measured["recall"][name] == pytest.approx(weights[own & right].sum() / weights[own].sum())
        assert measured["recall"][name] != pytest.approx(right[own].mean())


def test_weights_of_rows_make_a_class_less_rare() -> None:
    x, y = rare()
    weights = np.where(y == "fraud", 49.0, 1.0)
    model = Classifier().fit(x, y, sample_weight=weights)
    assert not class_imbalance(ModelUnderTest(model, x, y, weights)).findings


def test_a_rare_class_that_is_found_is_no_finding() -> None:
    x, y = rare()
    x[y == "fraud"] += 10
    assert not class_imbalance(ModelUnderTest(Classifier().fit(x, y), x, y)).findings


def test_a_common_class_that_is_hardly_found_is_not_rare() -> None:
    x, y = clouds(rows=300, classes=3)
    x[y == 1] = x[y == 0]
    model = Classifier().fit(x, y)
    examined = class_imbalance(ModelUnderTest(model, x, y))
    assert min(examined.measured["recall"].values()) < 0.5
    assert not examined.findings


def predictions_of(y: np.ndarray, t: np.ndarray) -> Predictions:
    return Predictions(t, np.log(y), np.ones(len(t)), "some rows")


def test_the_calibration_error_is_that_of_the_bins() -> None:
    y = np.array([[0.9, 0.1], [0.9, 0.1], [0.3, 0.7], [0.4, 0.6]])
    right = predictions_of(y, np.array([0, 1, 1, 1])).correct
    assert calibration_error(y.max(axis=1), right) == pytest.approx((2 * 0.4 + 0.3 + 0.4) / 4)


@pytest.mark.parametrize("heat", [0.5, 1.0, 3.0])
def test_the_temperature_is_the_one_that_logits_were_multiplied_by(heat: float) -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(20_000, 3)) * 2
    y = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    t = (rng.random((len(z), 1)) > y.cumsum(axis=1)).sum(axis=1)
    hot = np.exp(heat * z) / np.exp(heat * z).sum(axis=1, keepdims=True)
    assert best_temperature(t, predictions_of(hot, t).log_y) == pytest.approx(heat, rel=0.05)


def test_an_overconfident_model_is_found_and_the_remedy_calibrates_it() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 30))
    y = (x[:, 0] + 2 * rng.normal(size=600) > 0).astype(int)
    model = Classifier((32,), l2=0.0, validation_fraction=0, random_state=0).fit(x[:200], y[:200])
    held_out = x[200:], y[200:]
    (finding,) = confidence_against_accuracy(ModelUnderTest(model, x[:200], y[:200], None, held_out)).findings
    assert (finding.what, finding.severity) == ("overconfidence", "problem")
    assert finding.numbers["temperature"] > 2
    probabilities = model.predict_proba(held_out[0]).max(axis=1)
    assert finding.numbers["mean confidence"] == pytest.approx(probabilities.mean())
    calibrated = treated(finding, model, x, y, X_held=held_out[0], y_held=held_out[1])
    sure, right = calibrated.predict_proba(held_out[0]).max(axis=1).mean(), calibrated.score(*held_out)
    assert abs(sure - right) < 0.05


def test_a_model_that_is_held_back_too_hard_is_underconfident() -> None:
    x, y = clouds(rows=400)
    (finding,) = confidence_against_accuracy(ModelUnderTest(Classifier(l2=3.0).fit(x, y), x, y)).findings
    assert finding.what == "underconfidence"
    assert finding.numbers["temperature"] < 1


def test_swapped_labels_are_named_with_their_rows() -> None:
    x, y = load_iris(return_X_y=True)
    frame = pd.DataFrame(x)
    frame.columns = [f"c{i}" for i in range(4)]
    labels = np.array(["setosa", "versicolor", "virginica"])[y]
    labels[[3, 120]] = ["virginica", "setosa"]
    model = Classifier().fit(frame, labels)
    (finding,) = suspect_labels(ModelUnderTest(model, frame, labels)).findings
    assert finding.severity == "note"
    rows = {one["row"]: (one["label"], one["looks like"]) for one in finding.numbers["first"]}
    assert rows == {3: ("virginica", "setosa"), 120: ("setosa", "virginica")}
    assert set(treated(finding, model, frame, labels).index) == {3, 120}


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_the_rate_of_label_noise_is_the_one_that_was_drawn(share: float) -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(5000, 3)) * 3
    y = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    t = (rng.random((len(z), 1)) > y.cumsum(axis=1)).sum(axis=1)
    noisy = rng.random(len(t)) < share
    t[noisy] = rng.integers(0, 3, noisy.sum())
    timid = np.exp(0.4 * z) / np.exp(0.4 * z).sum(axis=1, keepdims=True)
    noise = estimated_label_noise(predictions_of(timid, t))
    assert noise.rate == pytest.approx(share, abs=0.02)
    likely = (1 - share) * y[np.arange(len(t)), t]
    np.testing.assert_allclose(noise.probability, share / 3 / (share / 3 + likely), atol=0.1)


def test_suspects_have_the_numbers_that_rows_have() -> None:
    x, y = load_iris(return_X_y=True)
    y = y.copy()
    y[3] = 2
    tested = ModelUnderTest(Classifier().fit(x, y), x, y, np.arange(150) != 0, numbers=np.arange(150) + 1000)
    (finding,) = suspect_labels(tested).findings
    assert "row 1003" in finding.where


def test_many_wrong_labels_of_digits_are_mostly_found_and_few_right_ones() -> None:
    x, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(1)
    wrong = rng.permutation(len(y))[:89]
    labels = y.copy()
    labels[wrong] = (y[wrong] + rng.integers(1, 10, 89)) % 10
    tested = ModelUnderTest(Classifier().fit(x, labels), x, labels)
    (finding,) = suspect_labels(tested).findings
    listed = [one["row"] for one in finding.numbers["first"]]
    assert len(set(listed) - set(wrong)) <= 2
    assert 80 <= finding.numbers["suspects"] <= 110
    assert np.mean([one["looks like"] == str(y[one["row"]]) for one in finding.numbers["first"]]) >= 0.8


@pytest.mark.long
def test_right_labels_are_seldom_suspected_however_much_classes_overlap() -> None:
    alarms = examined = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rows, columns, classes = int(rng.integers(60, 1500)), int(rng.integers(2, 12)), int(rng.integers(2, 5))
        y = rng.integers(0, classes, rows)
        x = rng.normal(size=(classes, columns))[y] * rng.uniform(0.6, 1.5) + rng.normal(size=(rows, columns))
        with suppress(NotExaminedError):  # where the model is wrong too often to tell
            alarms += len(suspect_labels(ModelUnderTest(Classifier().fit(x, y), x, y)).findings)
            examined += 1
    assert examined >= 50
    assert alarms <= 6


def test_the_confidence_of_an_ensemble_is_that_on_rows_held_out() -> None:
    x = np.random.default_rng(0).normal(size=(400, 2))
    y = (np.abs(x[:, 0]) < 0.7).astype(int)
    found = AutoClassifier(random_state=0).fit(x[:300], y[:300])
    assert found.model_[-1].network_.members > 1
    with pytest.raises(NotExaminedError, match="an ensemble is not trained again: give held_out"):
        confidence_against_accuracy(ModelUnderTest(found.model_, x[:300], y[:300]))
    other = ModelUnderTest(found.model_, x[:300], y[:300], held_out=(x[300:], y[300:]))
    measured = confidence_against_accuracy(other).measured
    assert measured["accuracy"] == (found.predict(x[300:]) == y[300:]).mean()
