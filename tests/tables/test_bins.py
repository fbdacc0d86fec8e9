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
from chainrule import Classifier, TableEncoder
from chainrule.arrays import Array
from chainrule.exceptions import ModelFileError
from chainrule.tables.assembly import clipped_smoothly
from chainrule.tables.kinds import quantiles
from tests.model_file.models import answers, passengers
from tests.model_file.readers import inputs_of

SETTINGS: list[dict[str, Any]] = [{"bins": 5}, {"scaling": "robust"}, {"bins": 3, "scaling": "robust"}]
every_setting = pytest.mark.parametrize("settings", SETTINGS, ids=str)
numbers = st.one_of(
    st.integers(-5, 5).map(float), st.floats(-1e9, 1e9), st.floats(allow_nan=False, allow_infinity=False)
)
columns = st.lists(st.one_of(st.none(), numbers), min_size=2, max_size=40)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def fitted(values: list[Any], weights: Any = None, **settings: Any) -> TableEncoder:
    return TableEncoder(kinds={"x": "number"}, **settings).fit({"x": values}, None, weights)


def counted(values: list[Any]) -> bool:
    """Whether the spread of the known values is one that a float holds."""
    known = [value for value in values if value is not None]
    return bool(known) and max(known) - min(known) < 1e150


def of_bins(encoder: TableEncoder, values: list[Any]) -> Array:
    """What the encoder makes of its bins (n, bins)."""
    (column,) = encoder.learned_
    inputs = encoder.transform({"x": values})
    return np.asarray(inputs[:, inputs.shape[1] - len(column.bin_means) :])


@given(columns, st.integers(2, 9))
def test_bins_are_what_their_formula_says(values: list[Any], bins: int) -> None:
    if not counted(values):
        return
    encoder = fitted(values, bins=bins)
    (column,) = encoder.learned_
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
    (found,), (expected,) = fitted(values, weights, **settings).learned_, fitted(repeated, **settings).learned_
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


def test_rows_that_weigh_nothing_have_no_say() -> None:
    encoder = fitted([1.0, 2.0, 3.0, 4.0, 100.0], [1, 1, 1, 1, 0], bins=2)
    assert encoder.learned_[0].edges == (1.0, 2.0, 4.0)
    assert fitted([1.0, 2.0, 3.0, None], [0, 0, 0, 1], bins=2).learned_[0].edges == (1.0, 2.0, 3.0)


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


@pytest.mark.parametrize("values", [[1.0, 2.0], [3.0, 3.0], [0.0] * 50 + [1.0, 2.0], [-1e308, 0.0, 1e308]], ids=str)
def test_few_values_or_hardly_different_ones_have_no_bins(values: list[float]) -> None:
    with np.errstate(over="ignore"):
        assert fitted(values, bins=4).learned_[0].edges == ()


def test_decisions_say_how_numbers_are_encoded() -> None:
    values = [1.0, 2.0, 3.0, 4.0, None, None, None, None, None]
    said = fitted(values, bins=2).columns_[0].decision
    assert said == (
        "standardised (mean 2.5, sd 1.118), and 2 bins of about equal weight; missing values: mean,"
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


@pytest.mark.parametrize("bins", [-1, 2.5, True, "many", None])
def test_bins_must_be_a_whole_number(bins: Any) -> None:
    with pytest.raises(ValueError, match="bins must be a whole number of at least 0, found"):
        TableEncoder(bins=bins).fit({"x": [1.0, 2.0]})


def test_scaling_must_be_known() -> None:
    with pytest.raises(ValueError, match="scaling must be standard or robust, found 'none'"):
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
    monkeypatch.setattr("chainrule.tables.assembly.ROWS_OF_BINS", 7)
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
    rows = [
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
