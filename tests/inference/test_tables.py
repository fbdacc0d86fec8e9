"""Regressions of tables: told in the units of the table, and against the first word of each category."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from chainrule import Classifier, TableEncoder, infer
from chainrule.arrays import Array
from tests.inference.problems import drawn, unpenalised


def table(rows: int = 400) -> tuple[pd.DataFrame, Array]:
    rng = np.random.default_rng(5)
    size, colour = rng.normal(50, 8, rows), rng.choice(["blue", "green", "red"], rows)
    z = 0.1 * (size - 50) + (colour == "red")
    return pd.DataFrame({"size": size, "colour": colour}), np.where(z + rng.logistic(size=rows) > 0, "yes", "no")


def test_a_table_is_told_of_in_its_own_units_and_against_the_first_word() -> None:
    x, y = table()
    model = make_pipeline(TableEncoder(), Classifier(l2=0, standardize=False)).fit(x, y)
    result = infer(model, x, y)
    assert result.names == ("intercept", "size", "colour = green", "colour = red")
    assert result.omitted == ("colour = blue",)
    given = np.column_stack([x["size"], x["colour"] == "green", x["colour"] == "red"]).astype(float)
    plain = infer(unpenalised(given, y), given, y)
    np.testing.assert_allclose(result.params, plain.params, rtol=1e-7)
    np.testing.assert_allclose(result.covariance, plain.covariance, rtol=1e-7)


def test_without_an_intercept_numbers_stay_as_they_were_encoded() -> None:
    x, y = table()
    model = make_pipeline(TableEncoder(), Classifier(l2=0, bias=False, standardize=False)).fit(x, y)
    result, inputs = infer(model, x, y), model[0].transform(x)
    assert result.names == ("size", "colour = blue", "colour = green", "colour = red")
    plain = infer(unpenalised(inputs, y, bias=False), inputs, y)
    np.testing.assert_allclose(result.params, plain.params, rtol=1e-7)


def test_indicators_of_scikit_learn_too() -> None:
    x, y = table()
    x["shape"] = np.random.default_rng(6).choice(["long", "round"], len(x))
    model = make_pipeline(OneHotEncoder(), Classifier(l2=0)).fit(x[["colour", "shape"]], y)
    result = infer(model, x[["colour", "shape"]], y)
    assert result.names == ("intercept", "colour_green", "colour_red", "shape_round")
    assert result.omitted == ("colour_blue", "shape_long")


@pytest.mark.parametrize("encoded", [True, False])
def test_the_columns_of_new_rows_times_the_coefficients_are_the_logits(encoded: bool) -> None:
    if encoded:
        x, y = table()
        y = np.where(np.random.default_rng(7).random(len(y)) < 0.3, "perhaps", y)
        model = make_pipeline(TableEncoder(), Classifier(l2=0, tol=1e-9, standardize=False)).fit(x, y)
    else:
        x, y = drawn(300, 3, 3, 0)
        model = Classifier(l2=0, tol=1e-9).fit(x, y)
    result = infer(model, x, y)
    for one in (result, pickle.loads(pickle.dumps(result)).with_reference(result.classes[2])):
        assert one.columns_of is not None
        columns = one.columns_of(x[:20])
        assert columns.shape == (20, len(one.names))
        logits = np.zeros((20, 3))
        logits[:, [one.classes.index(label) for label in one.compared]] = columns @ one.params.T
        np.testing.assert_allclose(softmax(logits, axis=1), model.predict_proba(x[:20]), rtol=1e-6)
