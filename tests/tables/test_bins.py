"""Numbers cut into bins, or scaled robustly: what becomes of them, and that whatever reads a model knows it."""

import json
import math
import pickle
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline, make_pipeline

import chainrule
from chainrule import Classifier, TableEncoder, attribute, infer
from chainrule.arrays import Array
from chainrule.estimator.trained_model import TrainedModel
from chainrule.exceptions import ModelFileError
from chainrule.tables.assembly import clipped_smoothly
from chainrule.tables.columns import Number
from chainrule.tables.kinds import quantiles
from tests.model_file.models import answers, passengers
from tests.model_file.readers import inputs_of

SETTINGS: list[dict[str, Any]] = [{"bins": 5}, {"scaling": "robust"}, {"bins": 3, "scaling": "robust"}]
every_setting = pytest.mark.parametrize("settings", SETTINGS, ids=str)
numbers = st.one_of(
    st.integers(-5, 5).map(float), st.floats(-1e9, 1e9), st.floats(allow_nan=False, allow_infinity=False)
)
small = st.integers(-50, 50)
columns = st.lists(st.one_of(st.none(), numbers), min_size=2, max_size=40)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def fitted(values: list[Any], weights: Any = None, **settings: Any) -> TableEncoder:
    return TableEncoder(kinds={"x": "number"}, **settings).fit({"x": values}, None, weights)


def number(encoder: TableEncoder) -> Any:
    """The one column, as it was learned."""
    (column,) = encoder.learned_
    return column


def counted(values: list[Any]) -> bool:
    """Whether the spread of the known values is one that a float holds."""
    known = [value for value in values if value is not None]
    return bool(known) and max(known) - min(known) < 1e150


def of_bins(encoder: TableEncoder, values: list[Any]) -> Array:
    """What the encoder makes of its bins (n, bins)."""
    inputs = encoder.transform({"x": values})
    return np.asarray(inputs[:, inputs.shape[1] - len(number(encoder).bin_means) :])


@given(columns, st.integers(2, 9))
def test_bins_are_what_their_formula_says(values: list[Any], bins: int) -> None:
    if not counted(values):
        return
    encoder = fitted(values, bins=bins)
    column = number(encoder)
    known = [value for value in values if value is not None]
    assert len(column.bin_means) <= min(bins, len(set(known)) - 1)
    assert len(column.bin_means) != 1
    assert set(column.edges) <= set(known)
    assert len(set(encoder.get_feature_names_out())) == len(encoder.get_feature_names_out())
    shares = np.array([[min(1, max(0, (x - a) / (b - a))) for a, b in pairwise(column.edges)] for x in known])
    found = of_bins(encoder, values)
    expected = shares - shares.mean(axis=0) if len(column.edges) else shares
    np.testing.assert_allclose(found[[value is not None for value in values]], expected, rtol=0, atol=1e-12)
    assert not found[[value is None for value in values]].any()


@given(columns, st.data(), st.sampled_from(SETTINGS))
def test_a_row_of_weight_two_is_the_row_twice(values: list[Any], data: st.DataObject, settings: dict[str, Any]) -> None:
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values)))
    repeated = [value for value, weight in zip(values, weights, strict=True) for _ in range(weight)]
    if not counted(repeated) or not counted(values):
        return
    found, expected = number(fitted(values, weights, **settings)), number(fitted(repeated, **settings))
    assert found.edges == expected.edges
    np.testing.assert_allclose(found.bin_means, expected.bin_means, rtol=0, atol=1e-12)
    if found.clipped:
        assert (found.mean, found.scale) == (expected.mean, expected.scale)


@given(st.lists(numbers, min_size=1, max_size=30), st.integers(1, 8))
def test_quantiles_are_those_of_numpy(values: list[float], parts: int) -> None:
    found = quantiles(np.array(values), None, parts)
    shares = np.arange(parts + 1) / parts
    if parts in (1, 2, 4, 8):  # shares that a float holds: of others NumPy takes the next number now and then
        np.testing.assert_array_equal(found, np.quantile(values, shares, method="inverted_cdf"))
    assert found[0] == min(values)
    assert found[-1] == max(values)


def test_numbers_beside_a_frequent_one_are_cut_more_finely() -> None:
    values = [0.0] * 900 + [float(value) for value in range(1, 101)]
    edges = number(fitted(values, bins=8)).edges
    assert edges[0] == 0
    assert 5 <= len(edges) - 1 <= 8
    tail = np.diff(edges[1:])
    assert max(tail) <= 2 * min(tail)


def test_rows_that_weigh_nothing_have_no_say() -> None:
    encoder = fitted([1.0, 2.0, 3.0, 4.0, 100.0], [1, 1, 1, 1, 0], bins=2)
    assert number(encoder).edges == (1.0, 2.0, 4.0)
    assert number(fitted([1.0, 2.0, 3.0, None], [0, 0, 0, 1], bins=2)).edges == (1.0, 2.0, 3.0)


def test_names_tell_bins_apart() -> None:
    encoder = fitted([0.0, 1 / 3, 20.0, 12345.0, 20.0], bins=16)
    assert encoder.get_feature_names_out().tolist() == [
        "x",
        "x from 0 to 0.3333",
        "x from 0.3333 to 20",
        "x from 20 to 12345",
    ]
    close = fitted([1.0, 1.0 + 2**-52, 1.0 + 2**-51, 1.25], bins=16)
    assert len(set(close.get_feature_names_out())) == 4


@pytest.mark.parametrize("values", [[1.0, 2.0], [3.0, 3.0], [-1e308, 0.0, 1e308]], ids=str)
def test_few_values_or_hardly_different_ones_have_no_bins(values: list[float]) -> None:
    with np.errstate(over="ignore"):
        assert number(fitted(values, bins=4)).edges == ()


def test_decisions_say_how_numbers_are_encoded() -> None:
    values = [1.0, 2.0, 3.0, 4.0, None, None, None, None, None]
    said = fitted(values, bins=2).columns_[0].decision
    assert said == (
        "standardised (mean 2.5, sd 1.118), and 2 bins between quantiles; missing values: mean,"
        " plus a missing indicator"
    )
    said = fitted(values, scaling="robust").columns_[0].decision
    assert said.startswith("scaled by median 2 and quartile range 2, smoothly clipped at ±3; missing values: median")


@given(columns)
def test_robust_scaling_is_what_its_formula_says(values: list[Any]) -> None:
    if not counted(values):
        return
    encoder = fitted(values, scaling="robust")
    known = sorted(value for value in values if value is not None)
    least, lower, median, upper, most = (known[max(0, math.ceil(len(known) * part / 4) - 1)] for part in range(5))
    scale = upper - lower or (most - least) / 2 or 1.0
    found = encoder.transform({"x": values})[:, 0]
    for value, x in zip(values, found, strict=True):
        z = 0.0 if value is None else (value - median) / scale
        z = math.copysign(3.0, z) if abs(z) > 1e100 else z / math.sqrt(1 + (z / 3) ** 2)
        assert math.isclose(x, z, rel_tol=1e-12, abs_tol=1e-15)


def test_smooth_clipping_ends_at_three() -> None:
    np.testing.assert_array_equal(clipped_smoothly(np.array([-1e308, 0.0, 1e308])), [-3, 0, 3])


@every_setting
def test_numbers_that_cannot_be_are_refused(settings: dict[str, Any]) -> None:
    encoder = TableEncoder(**settings).fit({"x": [1.0, 2.0, 3.0, 4.0, None]})
    with pytest.raises(ValueError, match="Column x must hold finite numbers, found -inf in row 1"):
        encoder.transform({"x": [None, -np.inf]})
    with pytest.raises(ValueError, match="must hold finite numbers, found inf in row 1"):
        TableEncoder(**settings).fit({"x": [1.0, np.inf, 2.0]})


@pytest.mark.parametrize("bins", [-1, 257, 2.5, True, "many", None])
def test_bins_must_be_a_whole_number(bins: Any) -> None:
    with pytest.raises(ValueError, match="bins must be a whole number from 0 to 256, found"):
        TableEncoder(bins=bins).fit({"x": [1.0, 2.0]})


def test_scaling_must_be_known() -> None:
    with pytest.raises(ValueError, match="scaling must be standard, robust or auto, found 'none'"):
        TableEncoder(scaling="none").fit({"x": [1.0, 2.0]})


@every_setting
@pytest.mark.parametrize("sparse", [False, True])
def test_rows_are_encoded_piece_by_piece(
    settings: dict[str, Any], sparse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = passengers()
    encoder = TableEncoder(**settings).fit(table)
    assert encoder.sparse_ is False  # bins are hardly ever 0
    expected = encoder.transform(table)
    encoder.sparse_ = sparse
    monkeypatch.setattr("chainrule.tables.assembly.ROWS", 100)
    found = encoder.transform(table)
    np.testing.assert_array_equal(found.toarray() if sparse else found, expected)


def model_of(table: pd.DataFrame, settings: dict[str, Any]) -> Pipeline:
    model = make_pipeline(TableEncoder(**settings), Classifier((6,), max_epochs=5, random_state=0))
    return model.fit(table, answers(table, 3))


@every_setting
def test_a_model_is_the_same_from_its_file_and_pickled(settings: dict[str, Any], tmp_path: Path) -> None:
    table = passengers()
    model = model_of(table, settings)
    for again in (chainrule.load(chainrule.save(model, tmp_path / "m.safetensors")), pickle.loads(pickle.dumps(model))):
        assert repr(again[0].learned_) == repr(model[0].learned_)
        assert again[0].get_params() == model[0].get_params()
        np.testing.assert_array_equal(again.predict_proba(table), model.predict_proba(table))


@every_setting
def test_json_alone_gives_the_inputs(settings: dict[str, Any], tmp_path: Path) -> None:
    table = passengers()
    model = model_of(table, settings)
    chainrule.export(model, tmp_path / "model.json", "json")
    read = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    far = passengers(seed=5).assign(age=lambda other: 100 * other["age"])
    rows: list[Any] = [
        {**row, "boarded": None if pd.isna(row["boarded"]) else row["boarded"].to_pydatetime(warn=False)}
        for row in far.to_dict("records")
    ]
    np.testing.assert_allclose(inputs_of(read, rows), model[0].transform(far), rtol=0, atol=1e-10)
    assert read["inputs"] == model[0].get_feature_names_out().tolist()


@every_setting
def test_onnx_computes_the_same(settings: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    table = passengers()
    far = passengers(seed=5).assign(age=lambda other: 100 * other["age"])
    difference = chainrule.export(model_of(table, settings), tmp_path / "m.onnx", "onnx", check=pd.concat([table, far]))
    assert difference is not None
    assert difference < 1e-10


@given(st.lists(small, min_size=2, max_size=20), st.sampled_from(SETTINGS), st.one_of(st.none(), small))
def test_formulas_of_a_row_come_to_its_inputs(values: list[int], settings: dict[str, Any], value: int | None) -> None:
    encoder = fitted([*values, None, None, None, None, None], **settings)
    steps = encoder.encoding_of({"x": [value]})
    assert [step.input for step in steps] == encoder.get_feature_names_out().tolist()
    for step in steps:
        formula, _, z = step.formula.partition(", z = ")
        if value is None or not formula:
            assert step.value == float(value is None and "missing" in step.input)
        else:
            found = eval(formula.replace("^", "**"), {"sqrt": math.sqrt, "z": eval(z) if z else None})
            assert math.isclose(found, step.value, abs_tol=1e-3)  # of six digits of a mean up to 50, over a small scale


@pytest.mark.parametrize("classes", [2, 3])
def test_contributions_of_a_column_add_up_over_its_inputs(classes: int) -> None:
    table = passengers()
    model = make_pipeline(TableEncoder(bins=4), Classifier((5,), max_epochs=5, random_state=0))
    found = attribute(model.fit(table, answers(table, classes)), table[:20])
    by_column = found.by_column()
    assert list(by_column) == [column.name for column in model[0].learned_]
    of_age = [place for place, name in enumerate(found.names) if name.startswith("age")]
    assert len(of_age) == 6  # the number, where it is missing, and four bins
    np.testing.assert_allclose(by_column["age"], found.contributions[:, of_age].sum(axis=1), rtol=0, atol=1e-12)
    np.testing.assert_allclose(sum(by_column.values()), found.values - found.baseline_values, rtol=0, atol=1e-6)


def test_the_ledger_of_a_row_shows_how_its_columns_are_encoded() -> None:
    table = passengers()
    model, y = model_of(table, {"bins": 3}), answers(table, 3)
    row = int(np.flatnonzero(table["age"].notna() & table["boarded"].notna())[0])
    told = chainrule.ledger(model, table, y, row)
    (of_row,) = told.rows
    np.testing.assert_array_equal([step.value for step in of_row.encoding], model[0].transform(table)[row])
    text = str(told)
    lines = text.split("Standardisation\n")[1].split("How its other columns are encoded")[0].splitlines()
    standardised = [step for step in of_row.encoding if step.standardised]
    assert len(standardised) == 3  # two numbers, and the days of a date
    for step in standardised:
        line = next(line for line in lines if line.startswith(f"  {step.input} "))
        value, mean, sd, x = map(float, line.split()[-4:])
        assert (value - mean) / sd == pytest.approx(x, abs=1e-4 * max(1.0, abs(mean / sd)))
        assert x == pytest.approx(step.value, rel=1e-5)
    assert "How its other columns are encoded" in text
    partial = [step for step in of_row.encoding if "/" in step.formula and not step.standardised]
    assert len(partial) >= 2  # the bins of two numbers that they are within
    for step in partial:
        assert step.input in text
        assert step.formula in text
    assert "\\frac" not in told.to_latex().split("How its other columns")[1].split("subsection")[0]
    assert json.loads(json.dumps(told.to_dict()))["rows"][0]["encoding"][0]["column"] == "age"


def test_of_many_bins_the_ledger_lists_those_that_a_number_is_within() -> None:
    table = passengers()
    model = model_of(table, {"bins": 16})
    text = str(chainrule.ledger(model, table, answers(table, 3), 3))
    assert "bins not listed, which a number lies wholly above or below: 1 or 0, less the mean." in text


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("standardize", [False, True])
def test_the_curve_of_a_number_is_what_it_adds_to_the_logits(classes: int, standardize: bool) -> None:
    table = passengers().assign(age=lambda given: given["age"].fillna(30.0))
    model = make_pipeline(TableEncoder(bins=4), Classifier(standardize=standardize)).fit(table, answers(table, classes))
    trained = TrainedModel.of(model)
    x, added = trained.curve("age")
    assert x[[0, -1]].tolist() == [table["age"].min(), table["age"].max()]
    assert len(x) == 9
    rows = pd.concat([table[:1]] * len(x)).assign(age=x)
    logits = model.decision_function(rows).reshape(len(x), -1)
    np.testing.assert_allclose(added - added[0], logits - logits[0], rtol=0, atol=1e-9)
    middle = (added[:-2:2] + added[2::2]) / 2
    np.testing.assert_allclose(added[1::2], middle, rtol=0, atol=1e-12)


def test_a_number_without_bins_has_a_curve_too() -> None:
    x, inputs = fitted([1.0, 2.0, 6.0], scaling="robust").curve("x")
    np.testing.assert_allclose(inputs[:, 0], clipped_smoothly((x - 2) / 5))
    with pytest.raises(ValueError, match="port must be a column of numbers in use: age, fare paid"):
        TableEncoder(bins=3).fit(passengers()).curve("port")
    with pytest.raises(ValueError, match="Only softmax regression right after a TableEncoder has a curve"):
        TrainedModel.of(model_of(passengers(), {"bins": 3})).curve("age")


def test_inference_says_what_is_not_available_of_numbers_cut_into_bins() -> None:
    random = np.random.default_rng(0)
    table = {"age": random.integers(18, 80, 500).astype(float), "height": random.normal(170, 9, 500)}
    y = random.random(500) < 1 / (1 + np.exp(-np.sin(table["age"] / 10)))
    model = make_pipeline(TableEncoder(bins=3), Classifier(l2=0)).fit(table, y)
    found = infer(model, table, y)
    assert list(found.undefined) == [names[-1] for names in found.cut.values()]
    assert "Cut into bins: age, height. The coefficients" in str(found)
    with pytest.raises(ValueError, match=r"all are cut into bins \(age, height\): ask probability_intervals"):
        found.marginal_effects()
    table["tall"] = table["height"] > 170
    model = make_pipeline(TableEncoder(bins=3), Classifier(l2=0)).fit(table, y)
    effects = infer(model, table, y).marginal_effects()
    assert effects.names == ("tall = true",)
    assert "Cut into bins, so that they have no one slope: age, height." in str(effects)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"edges": (1.0, 3.0, 2.0)}, "edges must be ascending numbers"),
        ({"edges": (-1.5e308, 1.5e308, 1.6e308)}, "edges must be ascending numbers"),
        ({"edges": (1.0, 2.0)}, "bin_means must be a number for each two edges"),
        ({"edges": (1.0,), "bin_means": ()}, "bin_means must be a number for each two edges"),
        ({"edges": (1.0, math.nan, 3.0)}, "must be a finite number"),
    ],
    ids=str,
)
def test_a_file_whose_bins_cannot_be_is_refused(changed: dict[str, Any], message: str, tmp_path: Path) -> None:
    table = {"x": [1.0, 2.0, 3.0, 4.0] * 5}
    model = make_pipeline(TableEncoder(bins=2), Classifier(max_epochs=2)).fit(table, [0, 1] * 10)
    (column,) = model[0].learned_
    for name, value in changed.items():
        object.__setattr__(column, name, value)
    with pytest.raises(ModelFileError, match=message):
        chainrule.load(chainrule.save(model, tmp_path / "model.safetensors"))


def test_heavy_tails_are_scaled_robustly_where_that_is_left_to_the_encoder() -> None:
    rng = np.random.default_rng(0)
    heavy, spike = rng.standard_cauchy(4000) ** 3, np.where(rng.random(4000) < 0.9, 0.0, rng.normal(size=4000))
    table = {"heavy": heavy, "normal": rng.normal(size=4000), "spike": spike, "few": np.append(np.zeros(3999), 1e9)}
    table["outlier"] = np.append(rng.normal(size=3999), 80.0)  # 50 sd away, but the sd is little more than usual
    found = TableEncoder(scaling="auto").fit(table)
    clipped = [column.name for column in found.learned_ if isinstance(column, Number) and column.clipped]
    assert clipped == ["heavy"]
    usual = TableEncoder().fit(table)
    np.testing.assert_array_equal(found.transform(table)[:, 1:], usual.transform(table)[:, 1:])
    robust = TableEncoder(scaling="robust").fit(table)
    np.testing.assert_array_equal(found.transform(table)[:, 0], robust.transform(table)[:, 0])


@pytest.mark.parametrize("scaling", ["standard", "robust", "auto"])
@pytest.mark.parametrize("levels", [0, 60])
def test_without_bins_an_encoder_is_as_if_fitted_without(scaling: str, levels: int) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=500), "heavy": rng.standard_cauchy(500) ** 3})
    table["day"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(900, size=500), unit="D")
    table["gaps"] = table["a"].where(rng.random(500) < 0.8)
    if levels:
        table["word"] = [f"word {one}" for one in rng.integers(levels, size=500)]
    found = TableEncoder(bins=8, scaling=scaling).fit(table).without_bins()
    expected = TableEncoder(scaling=scaling).fit(table)
    assert (found.columns_, found.learned_, found.sparse_) == (expected.columns_, expected.learned_, expected.sparse_)
    assert found.get_params() == expected.get_params()
    a, b = (each.transform(table) for each in (found, expected))
    assert type(a) is type(b)
    np.testing.assert_array_equal(*(each.toarray() if expected.sparse_ else each for each in (a, b)))
