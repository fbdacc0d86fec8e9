"""All examinations together: what a user reads, and what a program gets."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import Classifier, TableEncoder, diagnose
from chainrule.diagnosis.run import EXAMINATIONS
from tests.diagnosis.models import HEALTHY, clouds, fitted, found, healthy, treated

NOTES = {  # what is so in these data all the same
    "digits": {"constant columns"},
    "wine, hidden": {"dead units"},
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name == "digits" else name for name in HEALTHY]
)
def test_healthy_models_have_no_problem(name: str) -> None:
    model, x, y = healthy(name)
    diagnosis = diagnose(model, x, y)
    assert not diagnosis.problems, str(diagnosis)
    assert {finding.what for finding in diagnosis.findings} <= NOTES.get(name, set()), str(diagnosis)


def test_nothing_found_says_what_was_examined() -> None:
    model, x, y = healthy("iris")
    text = str(diagnose(model, x, y))
    assert text.startswith("No problems found in 150 rows. Checks run:")
    for name in EXAMINATIONS:
        assert f"  {name}: " in text
    assert "units: the network has no hidden layer" in text.split("Not checked:")[1]


def test_problems_come_before_notes_and_everything_is_json() -> None:
    x, y = clouds()
    x = np.column_stack([x, np.zeros(len(y)), y + 0.01 * x[:, 0], 1e5 * x[:, 1]])
    model = fitted(Classifier((8,), standardize=False, random_state=0, max_epochs=3), x, y)
    diagnosis = diagnose(model, x, y)
    severities = [finding.severity for finding in diagnosis.findings]
    assert severities == sorted(severities, reverse=True)
    assert len(diagnosis.problems) == severities.count("problem") > 1
    assert diagnosis.findings[0].what == "leaked target"
    lines = str(diagnosis).split("\n")
    for finding, line in zip(diagnosis.findings, lines, strict=False):
        assert line == str(finding)
        assert line.startswith(f"{finding.severity.capitalize()}: {finding.what}, {finding.where}: ")
        assert finding.remedy.advice in line
        assert finding.remedy.code in line
    again = json.loads(json.dumps(diagnosis.to_dict(), allow_nan=False))
    assert [finding["what"] for finding in again["findings"]] == [finding.what for finding in diagnosis.findings]
    assert again["rows"] == 200
    assert set(again["measured"]) | set(again["not_examined"]) == set(EXAMINATIONS)


def test_the_remedy_is_for_the_model_as_it_was_given() -> None:
    x, y = clouds(rows=1000)
    y = np.where(np.arange(1000) < 30, "rare", "common")
    weights = np.linspace(1, 2, 1000)
    model = make_pipeline(StandardScaler(), Classifier()).fit(x, y, classifier__sample_weight=weights)
    (finding,) = found(diagnose(model, x, y, sample_weight=weights), "class imbalance")
    assert finding.remedy.code == (
        "model.set_params(classifier__class_weight='balanced').fit(X, y, classifier__sample_weight=sample_weight)"
    )
    assert treated(finding, model, x, y, sample_weight=weights)[-1].class_weight == "balanced"


def test_rows_can_be_sparse_a_frame_or_partly_weightless() -> None:
    x, y = clouds()
    sparse = csr_array(np.where(x > 0.3, x, 0))
    weights = np.r_[np.zeros(20), np.ones(180)]
    for rows, weight in ((sparse, None), (pd.DataFrame(x).rename(columns=str), None), (x, weights)):
        model = Classifier((4,), "tanh", random_state=0).fit(rows, y, sample_weight=weight)
        diagnosis = diagnose(model, rows, y, sample_weight=weight)
        assert diagnosis.rows == (200 if weight is None else 180)
        assert not diagnosis.problems, str(diagnosis)


def test_rows_that_weigh_nothing_change_nothing() -> None:
    x, y = clouds()
    x[:20] *= 1e6
    weights = np.r_[np.zeros(20), np.ones(180)]
    model = Classifier().fit(x, y, sample_weight=weights)
    with_them, without = diagnose(model, x, y, sample_weight=weights), diagnose(model, x[20:], y[20:])
    assert with_them.examined == without.examined


def test_tables_are_examined_by_their_columns() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"size": rng.normal(size=300), "colour": rng.choice(["red", "green", "blue"], 300)})
    y = np.where(table["size"] + (table["colour"] == "red") + rng.normal(size=300) > 0.4, "yes", "no")
    model = make_pipeline(TableEncoder(), Classifier((4,), standardize=False, random_state=0)).fit(table, y)
    diagnosis = diagnose(model, table, y)
    assert not diagnosis.findings, str(diagnosis)
    assert "of 2 columns size is the strongest single predictor" in diagnosis.examined["leakage"]


def test_a_model_trained_by_parts_is_examined_as_far_as_it_goes() -> None:
    x, y = clouds()
    model = Classifier((4,), random_state=0).partial_fit(x, y, classes=[0, 1])
    assert "convergence" in diagnose(model, x, y).examined


def test_another_estimator_is_refused() -> None:
    x, y = clouds()
    with pytest.raises(TypeError, match="Expected a Classifier or a pipeline that ends in one"):
        diagnose(LogisticRegression().fit(x, y), x, y)
