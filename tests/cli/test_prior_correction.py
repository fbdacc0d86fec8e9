"""Weights of classes change what probabilities are of: that is said, and corrected where it is asked for."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from chainrule import Classifier, diagnose
from chainrule.arrays import Array
from chainrule.evaluation.scores import positive_class, scores
from tests.cli.conftest import Run
from tests.mistakes import assert_refused


def loans(n: int = 4000, seed: int = 0) -> tuple[Array, Array]:
    """Rows of which about one in twenty is bad."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    bad = x @ [1.0, -0.5, 0.0] + rng.logistic(size=n) > 3.6
    return x, np.where(bad, "bad", "good")


@pytest.mark.parametrize("hidden", [(), (6,)], ids=["softmax", "network"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_corrected_probabilities_are_as_frequent_as_the_class(hidden: tuple[int, ...]) -> None:
    x, y = loans()
    new_x, new_y = loans(seed=1)
    weighted, corrected = (
        Classifier(hidden, class_weight="balanced", prior_correction=wanted, l2=1e-4, random_state=0).fit(x, y)
        for wanted in (False, True)
    )
    share = float(np.mean(new_y == "bad"))
    assert weighted.predict_proba(new_x)[:, 0].mean() > 5 * share
    assert corrected.predict_proba(new_x)[:, 0].mean() == pytest.approx(share, rel=0.25)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_correction_is_bayes_rule(classes: int) -> None:
    x, y = load_iris(return_X_y=True)
    x, y = x[y < classes, :2], y[y < classes]
    weights = {0: 1.0, 1: 5.0, 2: 0.25}
    weights = {label: weights[label] for label in range(classes)}
    weighted, corrected = (
        Classifier(class_weight=weights, prior_correction=wanted).fit(x, y) for wanted in (False, True)
    )
    expected = weighted.predict_proba(x) / list(weights.values())
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(corrected.predict_proba(x), expected, rtol=1e-10)
    np.testing.assert_array_equal(corrected.coef_, weighted.coef_)


def test_what_cannot_be_corrected_is_refused() -> None:
    x, y = loans(100)
    for settings, given in (({"bias": False}, "bias=False"), ({"warm_start": True}, "warm_start=True")):
        message = f"prior_correction adjusts the biases after training, found {given}: omit one of them."
        assert_refused(lambda s=settings: Classifier(prior_correction=True, **s).fit(x, y), message)  # type: ignore[misc]
    message = "prior_correction needs all rows at once, but partial_fit takes parts: set it to False."
    assert_refused(
        lambda: Classifier(prior_correction=True, optimizer="adam").partial_fit(x, y, ["bad", "good"]), message
    )


def test_the_diagnosis_judges_rows_as_they_are_and_names_the_correction() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 2))
    y = np.where(x[:, 0] + rng.logistic(size=2000) > 0, "good", "bad")
    settings: dict[str, Any] = {"class_weight": {"bad": 20.0, "good": 1.0}, "l2": 1e-4}
    found = diagnose(Classifier(**settings).fit(x, y), x, y)
    (finding,) = [one for one in found.findings if one.what == "overconfidence"]
    assert "its probabilities reflect class_weight, not the class frequencies" in str(finding)
    assert "prior_correction=True" in str(finding)
    again = diagnose(Classifier(**settings, prior_correction=True).fit(x, y), x, y)
    assert not [one for one in again.findings if "confidence" in one.what]


def test_train_says_whose_probabilities_they_are(run: Run, tmp_path: Path) -> None:
    x, y = loans(1500)
    data, out = tmp_path / "loans.csv", tmp_path / "m.safetensors"
    pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "status": y}).to_csv(data, index=False)
    words = (
        "train",
        data,
        "--model",
        "softmax",
        "--target",
        "status",
        "--out",
        out,
        "--force",
        "--class-weight",
        "balanced",
    )
    first = run(*words).stdout.splitlines()[0]
    assert first.startswith("Probabilities reflect --class-weight, not the class frequencies")
    assert "the mean probability of bad is 0." in first
    corrected = run(*words, "--prior-correction", "--report", tmp_path / "r.html").stdout
    assert "Probabilities reflect --class-weight" not in corrected
    assert "recall of bad" in run(*words, "--prior-correction").stdout
    assert "recall of good" in run(*words, "--positive", "good").stdout
    refused = run(*words, "--positive", "ugly")
    assert (refused.exit_code, refused.stderr) == (
        2,
        "chainrule: --positive must be one of the classes bad and good, found ugly.\n",
    )


def test_the_positive_class_is_the_rarer_one() -> None:
    labels = np.array([0, 0, 0, 1, 1])
    assert positive_class(None, np.array([0, 1]), labels) == "1"
    assert positive_class(None, np.array([0, 1]), 1 - labels) == "0"
    assert positive_class("0", np.array([0, 1]), labels) == "0"
    assert positive_class(None, np.array([0, 1, 2]), labels) is None
    y = np.array([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    found = scores(labels, y, np.array([0, 1]), positive="1")
    assert (found["precision of 1"], found["recall of 1"], found["F1 of 1"]) == (0.5, 0.5, 0.5)
