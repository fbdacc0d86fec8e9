"""Thresholds of two classes: scikit-learn finds the same ones, and all predictions use them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import confusion_matrix, make_scorer
from sklearn.model_selection import TunedThresholdClassifierCV

import chainrule
from chainrule import AutoClassifier, Classifier
from chainrule.arrays import Array
from chainrule.estimator.thresholds import best_threshold, cross_thresholds, of_second_class
from tests.mistakes import assert_refused

GENERATOR = np.random.default_rng(0)
T = GENERATOR.random(400) < 0.2
Y = 1 / (1 + np.exp(-(GENERATOR.normal(size=400) + 2 * T - 2)))


class HeldOut(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose rows are the probabilities that others have found for them."""

    classes_ = np.array([False, True])

    def fit(self, X: Array, y: Array) -> "HeldOut":
        return self

    def predict_proba(self, X: Array) -> Array:
        return np.column_stack([1 - X[:, 0], X[:, 0]])

    def predict(self, X: Array) -> Array:
        return X[:, 0] >= 0.5


def cost(t: Array, predicted: Array) -> float:
    (_, false_positive), (false_negative, _) = confusion_matrix(t, predicted)
    return float(2 * false_positive + 7 * false_negative)


@pytest.mark.parametrize(
    ("criterion", "scoring"),
    [
        ("f1", "f1"),
        ("balanced_accuracy", "balanced_accuracy"),
        ((2, 7), make_scorer(cost, greater_is_better=False)),
    ],
    ids=str,
)
def test_the_threshold_is_the_one_of_scikit_learn(criterion: Any, scoring: Any) -> None:
    tuned = TunedThresholdClassifierCV(HeldOut(), scoring=scoring, cv="prefit", refit=False).fit(Y[:, None], T)
    assert best_threshold(criterion, T, Y) == tuned.best_threshold_


def test_weights_count_as_so_many_rows() -> None:
    weights = np.random.default_rng(1).integers(0, 4, 400)
    again = np.repeat(np.arange(400), weights)
    y = Y.copy()
    y[[0, 1]] = 0.001, 0.999  # the ends of the thresholds that are tried
    weights[[0, 1]] = 1
    again = np.repeat(np.arange(400), weights)
    for criterion in ("f1", "balanced_accuracy", (1.0, 3.0)):
        assert best_threshold(criterion, T, y, weights) == best_threshold(criterion, T[again], y[again])


def test_no_row_chooses_its_own_threshold() -> None:
    fold = np.arange(400) % 5
    found = cross_thresholds("f1", T, Y, np.ones(400), fold)
    for number in range(5):
        others = fold != number
        assert set(found[~others]) == {best_threshold("f1", T[others], Y[others])}


def test_the_first_class_can_be_the_positive_one() -> None:
    y = np.linspace(0, 1, 11)
    positive = y >= 0.3
    np.testing.assert_array_equal((1 - y) >= of_second_class(0.3, 0), ~positive)


def imbalanced(rows: int) -> tuple[pd.DataFrame, Array]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, 2))
    return pd.DataFrame(x, columns=["a", "b"]), np.where(x[:, 0] + generator.normal(size=rows) > 1.8, "bad", "good")


def test_a_classifier_predicts_by_its_threshold_and_keeps_it(tmp_path: Path) -> None:
    frame, y = imbalanced(300)
    x = frame.to_numpy()
    model = Classifier(threshold=0.9).fit(x, y)
    second = model.predict_proba(x)[:, 1] >= 0.9
    assert 0 < second.sum() < (model.predict_proba(x)[:, 1] >= 0.5).sum()
    np.testing.assert_array_equal(model.predict(x), np.where(second, "good", "bad"))
    again = chainrule.load(chainrule.save(model, tmp_path / "m.safetensors"))
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    onnxruntime = pytest.importorskip("onnxruntime")
    chainrule.export(model, tmp_path / "m.onnx", "onnx")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(session.run(["label"], {"x": x})[0], model.predict(x))
    assert_refused(
        lambda: Classifier(threshold=0.9).fit(x, np.arange(300) % 3),
        "threshold is for two classes, found 3: set it to None.",
    )
    assert_refused(
        lambda: Classifier(threshold=2).fit(x, y), "threshold must be a number from 0 to 1, or None, found 2."
    )


def test_auto_chooses_it_on_held_out_rows_alone() -> None:
    frame, y = imbalanced(300)
    model = AutoClassifier(threshold="f1", positive="bad", random_state=0).fit(frame, y)
    assert model.probabilities_ is not None
    assert model.thresholds_ is not None
    held_out = model.probabilities_[:, 0]
    assert model.threshold_ == best_threshold("f1", y == "bad", held_out)
    assert 1 < len(set(model.thresholds_)) <= 5
    bad = model.predict_proba(frame)[:, 0] >= model.threshold_
    np.testing.assert_array_equal(model.predict(frame), np.where(bad, "bad", "good"))
    assert (model.predict(frame) == "bad").sum() > (model.predict_proba(frame)[:, 0] >= 0.5).sum()
    assert_refused(
        lambda: AutoClassifier(threshold="f1").fit(frame[:40], y[:40]),
        "threshold 'f1' is chosen on held-out rows, of which there are none with fewer than 50 rows, found 40: give a"
        " number.",
    )
    assert_refused(
        lambda: AutoClassifier(positive="ugly").fit(frame, y),
        "positive must be one of the classes or None, found 'ugly'.",
    )
