"""Columns of very different sizes, constant, duplicated and collinear ones."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.pipeline import make_pipeline

from chainrule import Classifier, TableEncoder
from chainrule.diagnosis.columns import badly_scaled_columns, constant_and_collinear_columns
from chainrule.diagnosis.model_under_test import ModelUnderTest
from tests.diagnosis.models import clouds, fitted, found, treated


def test_badly_scaled_columns_are_named_and_the_remedy_standardises() -> None:
    x, y = clouds()
    x[:, 1] *= 1e4
    x[:, 3] /= 100
    model = fitted(Classifier(standardize=False), x, y)
    (finding,) = badly_scaled_columns(ModelUnderTest(model, x, y)).findings
    assert finding.severity == "problem"
    sizes = np.sqrt(np.square(x).mean(axis=0))
    assert finding.numbers["columns"] == pytest.approx({"x3": sizes[3], "x1": sizes[1]})
    assert finding.remedy.code == "model.set_params(standardize=True).fit(X, y)"
    assert not badly_scaled_columns(ModelUnderTest(treated(finding, model, x, y), x, y)).findings


def test_one_huge_column_stands_beside_the_bias() -> None:
    x, y = clouds(columns=1)
    assert badly_scaled_columns(ModelUnderTest(fitted(Classifier(standardize=False), x * 1e4, y), x * 1e4, y)).findings
    without = fitted(Classifier(standardize=False, bias=False), x * 1e4, y)
    assert not badly_scaled_columns(ModelUnderTest(without, x * 1e4, y)).findings


def test_sizes_are_the_same_for_sparse_rows_and_blind_to_rarity() -> None:
    x, y = clouds()
    x[:, 0] = 0
    x[7, 0] = 1  # as rare as can be, and of size 1 all the same
    dense, sparse = (
        ModelUnderTest(fitted(Classifier(standardize=False), rows, y), rows, y) for rows in (x, csr_array(x))
    )
    assert dense.size_ratio == pytest.approx(sparse.size_ratio)
    assert not badly_scaled_columns(dense).findings


def test_constant_columns_are_named() -> None:
    x, y = clouds()
    x[:, 2] = 5
    model = Classifier().fit(x, y)
    (finding,) = constant_and_collinear_columns(ModelUnderTest(model, x, y)).findings
    assert (finding.what, finding.severity, finding.where) == ("constant columns", "note", "x2")
    smaller = treated(finding, model, x, y)
    assert smaller.n_features_in_ == 3
    assert finding.remedy.options == "--drop x2"


def test_a_column_again_in_other_units_is_found_and_dropped_from_a_frame() -> None:
    x, y = clouds()
    frame = pd.DataFrame(x, columns=["a", "b", "c", "d"]).assign(fahrenheit=32 - 1.8 * x[:, 1])
    model = Classifier().fit(frame, y)
    (finding,) = constant_and_collinear_columns(ModelUnderTest(model, frame, y)).findings
    assert (finding.what, finding.where) == ("repeated column", "fahrenheit")
    assert finding.evidence == "b alone determines it, exactly, in the 200 rows checked"
    smaller = treated(finding, model, frame, y)
    assert smaller.feature_names_in_.tolist() == ["a", "b", "c", "d"]


def test_a_sum_of_columns_is_found_with_its_parts() -> None:
    x, y = clouds()
    x = np.column_stack([x, 3 * x[:, 0] - x[:, 2] + 1e-5 * np.random.default_rng(0).normal(size=len(x))])
    model = Classifier().fit(x, y)
    (finding,) = constant_and_collinear_columns(ModelUnderTest(model, x, y)).findings
    assert finding.what == "collinear column"
    assert {finding.where, *finding.numbers["by"]} == {"x0", "x2", "x4"} == {finding.where, *finding.numbers["shares"]}
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    places = [int(name[1:]) for name in finding.numbers["shares"]]
    expected = np.linalg.lstsq(z[:, places], z[:, int(finding.where[1:])], rcond=None)[0]
    assert list(finding.numbers["shares"].values()) == pytest.approx(expected.tolist(), abs=1e-4)
    assert treated(finding, model, x, y).n_features_in_ == 4


def test_columns_that_are_only_much_alike_are_none() -> None:
    x, y = clouds()
    x[:, 1] = x[:, 0] + 0.02 * x[:, 1]
    assert not constant_and_collinear_columns(ModelUnderTest(Classifier().fit(x, y), x, y)).findings


def test_more_inputs_than_rows_are_no_finding() -> None:
    x, y = clouds(rows=20, columns=50)
    assert not constant_and_collinear_columns(ModelUnderTest(Classifier().fit(x, y), x, y)).findings


def test_the_values_of_a_category_are_no_finding_but_a_repeated_column_is() -> None:
    x, y = clouds()
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "green", "blue"], len(x))
    table = pd.DataFrame({"size": x[:, 0], "sex": rng.choice(["f", "m"], len(x)), "colour": colour})
    model = make_pipeline(TableEncoder(), Classifier(standardize=False)).fit(table, y)
    assert not constant_and_collinear_columns(ModelUnderTest(model, table, y)).findings
    table["size in mm"], table["remark"] = 1000 * table["size"], "none"
    model.set_params(tableencoder__drop=["remark"]).fit(table, y)
    (finding,) = found(constant_and_collinear_columns(ModelUnderTest(model, table, y)), "repeated column")
    assert finding.where == "size in mm"
    assert finding.remedy.options == "--drop 'remark,size in mm'"
    smaller = treated(finding, model, table, y)
    assert [column.name for column in smaller[0].learned_] == ["size", "sex", "colour"]


def test_a_category_that_another_column_tells_is_found_whichever_comes_first() -> None:
    x, y = clouds()
    who = np.random.default_rng(0).choice(["man", "woman", "child"], len(x))
    table = pd.DataFrame({"size": x[:, 0], "man": np.where(who == "man", "yes", "no"), "who": who})
    for columns in (["size", "man", "who"], ["who", "size", "man"]):
        model = make_pipeline(TableEncoder(), Classifier(standardize=False)).fit(table[columns], y)
        (finding,) = constant_and_collinear_columns(ModelUnderTest(model, table[columns], y)).findings
        assert (finding.what, finding.where) == ("repeated column", "man")
        assert finding.evidence == "who alone determines it, exactly, in the 200 rows checked"


def test_many_such_columns_are_one_finding_and_leaving_them_out_is_enough() -> None:
    x, y = clouds()
    x = np.column_stack([x, x @ np.random.default_rng(0).normal(size=(4, 6))])
    model = Classifier().fit(x, y)
    (finding,) = constant_and_collinear_columns(ModelUnderTest(model, x, y)).findings
    assert finding.what == "collinear columns"
    assert set(finding.numbers["columns"]) == {f"x{i}" for i in range(4, 10)}
    assert treated(finding, model, x, y).n_features_in_ == 4


def test_a_value_in_one_row_of_many_makes_a_column_vary() -> None:
    x, y = clouds(rows=6000)
    x[:, 1] = 0
    for sparse in (False, True):
        rows = csr_array(x) if sparse else x
        model = Classifier().fit(rows, y)
        assert found(constant_and_collinear_columns(ModelUnderTest(model, rows, y)), "constant columns")
    drawn = ModelUnderTest(model, x, y, numbers=np.arange(6000)).drawn(5000).x
    assert len(drawn) == 5000
    left_out = next(row for row in range(6000) if not (drawn[:, 0] == x[row, 0]).any())
    x[left_out, 1] = 1
    assert not constant_and_collinear_columns(ModelUnderTest(Classifier().fit(x, y), x, y)).findings


def test_sparse_rows_are_examined_too() -> None:
    x, y = clouds()
    x = csr_array(np.where(x > 0.5, x, 0))
    twice = csr_array(np.column_stack([x.toarray(), 2 * x.toarray()[:, 0]]))
    model = Classifier().fit(twice, y)
    (finding,) = constant_and_collinear_columns(ModelUnderTest(model, twice, y)).findings
    assert finding.where == "x4"
    assert treated(finding, model, twice, y).n_features_in_ == 4
