"""Columns that alone tell the target."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.pipeline import make_pipeline

from chainrule import Classifier, TableEncoder
from chainrule.diagnosis.leakage import leaking_columns
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError
from tests.diagnosis.models import clouds, treated


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("sparse", [False, True])
def test_a_column_made_from_the_target_is_named_and_dropped(classes: int, sparse: bool) -> None:
    x, y = clouds(classes=classes)
    x[:, 2] = (y == 1) * 3 + (y == 2) * -2 + 0.05 * np.random.default_rng(0).normal(size=len(y))
    rows = csr_array(x) if sparse else x
    model = Classifier().fit(rows, y)
    (finding,) = leaking_columns(ModelUnderTest(model, rows, y)).findings
    assert (finding.what, finding.where, finding.severity) == ("leaked target", "column x2", "problem")
    assert finding.numbers["mean recall"] == 1
    assert finding.numbers["best other"] < 0.95
    assert finding.numbers["majority"] == pytest.approx(1 / classes, abs=0.01)
    better = treated(finding, model, rows, y)
    assert better.n_features_in_ == 3
    assert not leaking_columns(ModelUnderTest(better, np.delete(x, 2, axis=1), y)).findings


def test_a_category_known_afterwards_is_found_among_its_values() -> None:
    x, y = clouds()
    rng = np.random.default_rng(1)
    words = np.where(y == 1, rng.choice(["paid", "late", "sued"], len(y)), rng.choice(["open", "void"], len(y)))
    table = pd.DataFrame({"size": x[:, 0], "state": words})
    with pytest.warns(UserWarning, match="state determines the target"):
        model = make_pipeline(TableEncoder(), Classifier(standardize=False)).fit(table, y)
    (finding,) = leaking_columns(ModelUnderTest(model, table, y)).findings
    assert finding.where == "column state"
    assert finding.remedy.options == "--drop state"
    assert [column.name for column in treated(finding, model, table, y)[0].learned_] == ["size"]


def test_a_rare_class_is_not_told_by_a_column_that_names_the_common_one() -> None:
    x, y = clouds(rows=2000)
    y = (np.arange(len(y)) < 20).astype(int)
    assert not leaking_columns(ModelUnderTest(Classifier().fit(x, y), x, y)).findings


def test_a_column_that_tells_half_of_a_rare_class_is_not_taken_for_a_leak() -> None:
    x, y = clouds(rows=4000)
    y = (np.arange(len(y)) % 100 == 0).astype(int)
    x[:, 1] = (y == 1) & (np.random.default_rng(0).random(len(y)) < 0.5)  # right in 99.5 % of the rows
    examined = leaking_columns(ModelUnderTest(Classifier().fit(x, y), x, y))
    assert not examined.findings
    assert examined.measured["mean recall"]["x1"] < 0.9


def test_a_row_number_tells_nothing() -> None:
    x, y = clouds()
    x[:, 0] = np.arange(len(x))
    assert not leaking_columns(ModelUnderTest(Classifier().fit(x, y), x, y)).findings


def test_too_few_rows_are_not_examined() -> None:
    x, y = clouds(rows=12)
    with pytest.raises(NotExaminedError, match="fewer than two classes have 10 rows"):
        leaking_columns(ModelUnderTest(Classifier().fit(x, y), x, y))
