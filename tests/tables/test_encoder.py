"""Tables to numbers: what columns are taken for, and what becomes of each."""

import datetime
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule import Classifier, TableEncoder
from chainrule.tables import LeakageWarning


def mixed(n: int = 60, seed: int = 0) -> dict[str, list[Any]]:
    rng = np.random.default_rng(seed)
    return {
        "size": [None if i % 7 == 0 else float(v) for i, v in enumerate(rng.normal(5, 2, n))],
        "count": rng.integers(0, 9, n).tolist(),
        "colour": [None if i % 11 == 0 else str(v) for i, v in enumerate(rng.choice(["red", "green", "blue"], n))],
        "new": (rng.random(n) > 0.5).tolist(),
        "day": [datetime.date(2024, 1, 1) + datetime.timedelta(int(v)) for v in rng.integers(0, 300, n)],
        "row": list(range(1, n + 1)),
        "same": ["x"] * n,
    }


def kinds(table: Any, y: Any = None, **options: Any) -> dict[str, str]:
    return {column.name: column.kind for column in TableEncoder(**options).fit(table, y).columns_}


def test_kinds_are_found() -> None:
    assert kinds(mixed()) == {
        "size": "number",
        "count": "number",
        "colour": "category",
        "new": "boolean",
        "day": "date",
        "row": "identifier",
        "same": "constant",
    }


def test_kinds_can_be_said_and_columns_dropped() -> None:
    found = kinds(mixed(), kinds={"count": "category", "row": "number"}, drop=("size",))
    assert (found["count"], found["row"], found["size"]) == ("category", "number", "dropped")


def test_units_take_inputs_back_to_the_numbers_of_the_table() -> None:
    table = mixed()
    encoder = TableEncoder()
    inputs = pd.DataFrame(encoder.fit_transform(table), columns=encoder.get_feature_names_out())
    origin, unit = encoder.units()
    given = inputs * unit + origin
    known = ~pd.isna(pd.Series(table["size"]))
    np.testing.assert_allclose(given["size"][known], np.array(table["size"], float)[known])
    days = [(day - datetime.date(1970, 1, 1)).days for day in table["day"]]
    np.testing.assert_allclose(given["day (days)"], days)
    words = [name for name in inputs if " = " in name]
    np.testing.assert_array_equal(given[words], inputs[words])


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"])
def test_every_library_s_frame_gives_the_same_numbers(frame: Any) -> None:
    expected = TableEncoder().fit_transform(mixed())
    encoder = TableEncoder()
    np.testing.assert_array_equal(encoder.fit_transform(frame(mixed())), expected)
    assert expected.shape[1] == len(encoder.get_feature_names_out())


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("threads", [False, True])
def test_rows_are_encoded_piece_by_piece(sparse: bool, threads: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = TableEncoder().fit(mixed())
    strange = mixed(61, seed=1)
    strange["colour"][50] = "never seen"
    expected = encoder.transform(strange)
    assert isinstance(expected, np.ndarray)
    encoder.sparse_ = sparse
    monkeypatch.setattr("chainrule.tables.encoder.MANY_ROWS", 1 if threads else 1000)
    monkeypatch.setattr("chainrule.tables.assembly.ROWS", 7)
    np.testing.assert_array_equal(_dense(encoder.transform(strange)), expected)
    strange["size"][58] = float("-inf")
    with pytest.raises(ValueError, match="Column size must hold finite numbers, found -inf in row 58"):
        encoder.transform(strange)
    assert encoder.transform({name: values[:0] for name, values in strange.items()}).shape == (0, expected.shape[1])


def test_tables_of_many_categories_are_sparse() -> None:
    rng = np.random.default_rng(0)
    words = {f"w{i}": [f"{v}" for v in rng.integers(0, 12, 300)] for i in range(5)}
    numbers = {f"n{i}": rng.normal(size=300).tolist() for i in range(20)}
    assert TableEncoder().fit(words).sparse_
    assert TableEncoder().fit(words | numbers).sparse_ is False
    inputs = TableEncoder().fit_transform(words)
    assert (inputs.shape, inputs.nnz, inputs.has_canonical_format) == ((300, 60), 1500, True)


def test_fitting_and_transforming_at_once_are_the_same_as_one_after_the_other() -> None:
    table = mixed() | {
        "text": [f"a word and {i} more" for i in range(60)],
        "size in words": [None if i % 7 == 0 else f"{i / 4}" for i in range(60)],
        "day in words": [f"2024-01-{1 + i % 28:02}" for i in range(60)],
        "some": [["yes", "?", "no", None][i % 4] for i in range(60)],
        "count in gaps": [None if i % 7 == 0 else i % 5 for i in range(60)],
    }
    said = {"size in words": "number", "day in words": "date", "new": "number", "count": "category"}
    expected = TableEncoder(said).fit(table).transform(table)
    np.testing.assert_array_equal(_dense(TableEncoder(said).fit_transform(table)), _dense(expected))
    kept = pd.DataFrame({name: values for name, values in table.items() if name != "day"})
    one_type = kept.select_dtypes("int64")
    for frame in (kept, one_type, one_type.to_numpy()):
        encoder = TableEncoder()
        np.testing.assert_array_equal(_dense(encoder.fit_transform(frame)), _dense(encoder.transform(frame)))


def _dense(inputs: Any) -> Any:
    return inputs if isinstance(inputs, np.ndarray) else inputs.toarray()


def test_numbers_and_categories_are_as_scikit_learn_has_them() -> None:
    frame = pd.DataFrame(mixed())[["size", "count", "colour"]]
    numbers = make_pipeline(SimpleImputer(strategy="mean"), StandardScaler())
    peer = make_column_transformer(
        (numbers, ["count"]), (OneHotEncoder(sparse_output=False), ["colour"]), sparse_threshold=0
    )
    known = frame[frame.colour.notna()]
    ours = TableEncoder().fit(known).transform(known)
    np.testing.assert_allclose(ours[:, 2:], peer.fit_transform(known), atol=1e-12)
    size = known["size"]
    np.testing.assert_allclose(ours[:, 0], ((size - size.mean()) / size.std(ddof=0)).fillna(0), atol=1e-12)
    np.testing.assert_array_equal(ours[:, 1], size.isna())


def test_rare_unknown_and_missing_words() -> None:
    train = {"c": ["a"] * 9 + ["b"] * 8 + ["z"] + [None]}
    encoder = TableEncoder().fit(train)
    assert encoder.get_feature_names_out().tolist() == ["c = a", "c = b", "c = (rare)", "c = (missing)"]
    np.testing.assert_array_equal(
        encoder.transform({"c": ["a", "z", "never seen", None, "?"]}),
        [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1]],
    )
    without = TableEncoder().fit({"c": ["a"] * 9 + ["b"] * 8})
    np.testing.assert_array_equal(without.transform({"c": ["never seen", None]}), [[0, 0], [0, 0]])


def test_a_missing_number_not_foreseen_is_the_mean() -> None:
    encoder = TableEncoder().fit({"x": [1.0, 2.0, 6.0]})
    np.testing.assert_allclose(encoder.transform({"x": [None, 3.0]}), [[0], [0]], atol=1e-15)


def test_numbers_missing_in_a_few_rows_have_no_input_that_says_so() -> None:
    for missing, names in ((0, ["x"]), (4, ["x"]), (5, ["x", "x is missing"])):
        encoder = TableEncoder().fit({"x": [1.0, 2.0, 6.0] * 9 + [None] * missing})
        assert encoder.get_feature_names_out().tolist() == names
        np.testing.assert_allclose(encoder.transform({"x": [None]})[0, 0], 0, atol=1e-15)
        said = encoder.columns_[0].decision
        assert ("missing values: mean" in said) == bool(missing)
        assert ("plus a missing indicator" in said) == (len(names) == 2)


def test_dates_become_days_months_and_weekdays() -> None:
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(i) for i in range(62)]
    encoder = TableEncoder().fit({"day": days, "x": np.arange(62.0).tolist()})
    names = encoder.get_feature_names_out().tolist()
    inputs = encoder.transform({"day": [datetime.date(2024, 2, 5)], "x": [0.0]})[0]
    assert {name for name, value in zip(names, inputs, strict=True) if value == 1} == {
        "day (month) = 2",
        "day (weekday) = 1",
    }


def test_text_is_sparse_and_weighs_words() -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(400)]
    texts = [" ".join(rng.choice(words, 12)) for _ in range(200)]
    table = {"note": texts, "x": rng.normal(size=200).tolist(), "c": ["a", "b"] * 100}
    encoder = TableEncoder().fit(table)
    assert [column.kind for column in encoder.columns_] == ["text", "number", "category"]
    inputs = encoder.transform(table)
    names = encoder.get_feature_names_out()
    assert encoder.sparse_
    assert inputs.format == "csr"
    from sklearn.feature_extraction.text import TfidfVectorizer

    expected = TfidfVectorizer(max_features=5000, min_df=2, sublinear_tf=True).fit(texts).transform(texts)
    np.testing.assert_allclose(inputs[:, 3:].toarray(), expected.toarray(), atol=1e-12)
    assert names[:4].tolist() == ["x", "c = a", "c = b", "note has w0"]
    dense = TableEncoder().fit(table)
    dense.sparse_ = False
    np.testing.assert_array_equal(inputs.toarray(), dense.transform(table))
    strange = {"note": ["w1 w1 unheard", None], "x": [None, 1.0], "c": ["neither", None]}
    np.testing.assert_array_equal(encoder.transform(strange).toarray(), dense.transform(strange))
    assert not encoder.transform(strange).toarray()[:, 1:3].any()


def test_a_column_that_repeats_the_target_is_left_out_and_warned_of() -> None:
    y = np.array(["no", "yes"] * 30)
    table = {"alive": [word == "yes" for word in y], "x": np.arange(60.0).tolist()}
    with pytest.warns(LeakageWarning, match="alive duplicates the target"):
        found = kinds(table, y)
    assert found == {"alive": "repeat", "x": "number"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert kinds(table, y, kinds={"alive": "boolean"})["alive"] == "boolean"
    with pytest.warns(LeakageWarning, match="grade determines the target"):
        kinds({"grade": ["a", "b", "c", "b"] * 15, "x": np.arange(60.0).tolist()}, y)


def test_a_few_rows_tell_nothing_of_leakage() -> None:
    table = {"grade": ["a", "b", "c", "c"], "x": [1.0, 2.0, 3.0, 4.0]}
    assert kinds(table, ["no", "yes", "no", "no"])["grade"] == "category"


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ({"a": ["x"] * 30}, {}, r"No column is left to learn from: a \(constant: every value is x\)"),
        ({"a": [1.0, 2.0]}, {"drop": ["b"]}, "no column b: the table has a"),
        ({"a": [1.0, 2.0]}, {"kinds": {"a": "colour"}}, "cannot be of kind 'colour': choose one of number"),
        ({"a": [None, None], "b": [1.0, 2.0]}, {"kinds": {"a": "number"}}, "every value is missing"),
        (
            {"a": [[1], [2]]},
            {},
            r"No column is left to learn from: a \(unsupported: lists, which cannot be encoded as numbers",
        ),
        ({"a": [1.0, float("inf")]}, {}, "must hold finite numbers, found inf in row 1"),
        ({"a": ["x", "y"]}, {"kinds": {"a": "number"}}, "Column a must hold numbers.*'x' in row 0"),
    ],
)
def test_what_cannot_be_used_is_named(table: dict[str, Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TableEncoder(**options).fit(table)


def test_a_table_that_does_not_fit_the_model_is_refused() -> None:
    encoder = TableEncoder().fit({"a": [1.0, 2.0], "b": [2.0, 5.0]})
    with pytest.raises(ValueError, match="no column b, which the model needs; it has a"):
        encoder.transform({"a": [1.0]})
    with pytest.raises(ValueError, match="must hold numbers, as in the training data, found 'two' in row 1"):
        encoder.transform({"a": ["1", "two"], "b": [1.0, 2.0]})
    with pytest.raises(ValueError, match="Two columns are named a"):
        encoder.transform(pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]))
    with pytest.raises(TypeError, match="must be a data frame or a 2-D array, found str"):
        encoder.transform("a table")


def test_words_of_numbers_and_whole_numbers_as_words_are_the_same() -> None:
    encoder = TableEncoder(kinds={"c": "category"}).fit({"x": [1.0, 2.0] * 9, "c": [1, 2] * 9})
    expected = encoder.transform({"x": [2.0], "c": [1]})
    for table in ({"x": ["2"], "c": ["1"]}, {"x": [2], "c": [1.0]}):
        np.testing.assert_array_equal(encoder.transform(table), expected)
    for mark in (".", " - ", "?"):
        np.testing.assert_array_equal(encoder.transform({"x": [mark], "c": [1]})[:, 0], [0])


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-1e6, 1e6)), st.one_of(st.none(), st.sampled_from("abc")), st.booleans()
        ),
        min_size=2,
        max_size=40,
    )
)
def test_any_table_gives_finite_numbers_row_by_row(rows: list[tuple[Any, Any, bool]]) -> None:
    table = dict(zip(("x", "c", "b"), map(list, zip(*rows, strict=True)), strict=True))
    try:
        encoder = TableEncoder().fit(table)
    except ValueError as error:
        assert "No column is left" in str(error)  # noqa: PT017
        return
    inputs = encoder.transform(table)
    assert np.isfinite(inputs).all()
    single = [encoder.transform({name: values[i : i + 1] for name, values in table.items()}) for i in range(len(rows))]
    np.testing.assert_array_equal(np.vstack(single), inputs)


def test_a_pipeline_learns_from_a_frame() -> None:
    frame = pd.DataFrame(mixed(300))
    y = np.where(frame["count"] > 4, "many", "few")
    with pytest.warns(LeakageWarning, match=r"^Column count alone predicts the target without error, by thresholds"):
        model = make_pipeline(TableEncoder(), Classifier()).fit(frame, y)
    assert model.score(frame, y) > 0.95


def test_numbers_are_standardised_with_the_weights_of_their_rows() -> None:
    rng = np.random.default_rng(0)
    weights = rng.integers(0, 4, 60)
    table = {
        "size": np.where(rng.random(60) < 0.2, np.nan, rng.normal(3, 2, 60)),
        "price": rng.integers(0, 9, 60),
        "day": np.datetime64("2024-01-01") + rng.integers(0, 200, 60),
    }
    repeated = {name: np.repeat(column, weights) for name, column in table.items()}
    units = TableEncoder().fit(table, None, weights).units()
    expected = TableEncoder().fit(repeated).units()
    for found, other in zip(units, expected, strict=True):
        np.testing.assert_allclose(found[:3], other[:3], rtol=1e-13)
    np.testing.assert_array_equal(
        TableEncoder().fit_transform(table, None, weights), TableEncoder().fit(table, None, weights).transform(table)
    )


def test_a_column_known_only_in_rows_that_do_not_count_stays_finite() -> None:
    table = {"size": [1.0, 3.0, None, None], "other": [1.0, 2.0, 3.0, 4.0]}
    inputs = TableEncoder().fit_transform(table, None, [0, 0, 1, 1])
    np.testing.assert_allclose(inputs[:2, 0], [-1, 1])
    assert np.isfinite(inputs).all()


@pytest.mark.parametrize("weights", [[1, 2], [1, 1, -1], [1, 1, np.nan], [0, 0, 0], "abc", [1, 1, 10**400]])
def test_weights_that_cannot_be_are_refused(weights: Any) -> None:
    with pytest.raises(ValueError, match="sample_weight must be finite numbers of at least 0 for each of the 3 rows"):
        TableEncoder().fit({"size": [1.0, 2.0, 4.0]}, None, weights)
