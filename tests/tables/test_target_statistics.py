"""Categories of many levels as shares of the classes in their rows, of which no row of training sees its own label."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import TargetEncoder

import chainrule
from chainrule import Classifier, TableEncoder, infer
from chainrule.arrays import Array
from chainrule.exceptions import ModelFileError
from chainrule.tables.kinds import ColumnStats, Target, coded_words
from chainrule.tables.target_statistics import FOLDS, PRIOR_ROWS, TargetStatistics
from tests.model_file.readers import inputs_of

every_number_of_classes = pytest.mark.parametrize("classes", [2, 3])

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def shops(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """A table with a column of thirty levels, some of them rare and some missing."""
    random = np.random.default_rng(seed)
    shop = np.array([f"shop {int(number)}" for number in random.triangular(0, 0, 30, rows)], dtype=object)
    shop[random.random(rows) < 0.1] = None
    return pd.DataFrame(
        {"shop": shop, "size": random.normal(size=rows), "colour": random.choice(["red", "blue"], rows)}
    )


def labels(table: pd.DataFrame, classes: int) -> Array:
    effect = table["shop"].fillna("").str.len() + table["size"] + (table["shop"] == "shop 3")
    return np.array(["a", "b", "c"])[:classes][pd.qcut(effect, classes, labels=False).to_numpy()]


def learned(words: list[Any], t: Any, weights: Any = None, classes: int = 2) -> TargetStatistics:
    """The column of some words as it is learned."""
    coded = coded_words(np.array(words, dtype=object))
    counts = None if weights is None else np.array(weights, np.float64)
    target = Target(np.array(t), tuple(f"c{number}" for number in range(classes)))
    return TargetStatistics.of(ColumnStats("x", coded.words, 0, 0, coded=coded, weights=counts, target=target))


rows_of_words = st.lists(
    st.tuples(st.sampled_from([None, "a", "b", "c"]), st.integers(0, 2), st.integers(1, 3)), min_size=2, max_size=30
)


@given(rows_of_words)
def test_shares_are_what_their_formula_says(rows: list[tuple[Any, int, int]]) -> None:
    words, t, weights = (list(each) for each in zip(*rows, strict=True))
    column = learned(words, t, weights, classes=3)
    total = sum(weight for *_, weight in rows)
    prior = [sum(weight for _, t, weight in rows if t == c) / total for c in (1, 2)]
    for word, found in zip([*column.words, None], column.shares, strict=True):
        own = [(t, weight) for each, t, weight in rows if each == word]
        counted = sum(weight for _, weight in own)
        expected = [
            (sum(weight for t, weight in own if t == c) + PRIOR_ROWS * prior[c - 1]) / (counted + PRIOR_ROWS)
            for c in (1, 2)
        ]
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
    repeated = [row for row in rows for _ in range(row[2])]
    again = learned([word for word, *_ in repeated], [t for _, t, _ in repeated], classes=3)
    assert again.words == column.words
    for name in ("shares", "prior", "scale"):
        np.testing.assert_allclose(getattr(again, name), getattr(column, name), rtol=1e-9, atol=1e-12)


@every_number_of_classes
def test_shares_are_those_of_scikit_learn(classes: int) -> None:
    table = shops().dropna()
    y = labels(table, classes)
    encoder = TableEncoder(target_statistics=True, drop=["size", "colour"]).fit(table, y)
    peer = TargetEncoder(smooth=PRIOR_ROWS).fit(table[["shop"]], y)
    expected = peer.transform(table[["shop"]])[:, -(classes - 1) :]
    (column,) = encoder.learned_
    assert isinstance(column, TargetStatistics)
    np.testing.assert_allclose(encoder.transform(table) * column.scale + column.prior, expected, rtol=1e-12)
    assert encoder.get_feature_names_out().tolist() == [f"shop (share of {one})" for one in ("b", "c")[: classes - 1]]


def test_no_row_sees_its_own_label() -> None:
    table = shops()
    y = labels(table, 2)
    of_shop = TableEncoder(target_statistics=True, drop=["size", "colour"])

    def shares(given: Array) -> Array:
        inputs = of_shop.fit_transform(table, given)
        (column,) = of_shop.learned_
        assert isinstance(column, TargetStatistics)
        return np.asarray(inputs[:, 0] * column.scale + column.prior)

    before = shares(y)
    for row in (0, 17, 300):
        changed = y.copy()
        changed[row] = {"a": "b", "b": "a"}[y[row]]
        after = shares(changed)
        assert after[row] == pytest.approx(before[row], rel=1e-12)
        assert not np.allclose(after, before, rtol=0, atol=1e-6)  # other rows see it


@pytest.mark.parametrize("weighted", [False, True])
def test_each_row_of_training_has_the_shares_of_the_other_parts(weighted: bool) -> None:
    table = shops()
    weights = np.random.default_rng(1).integers(1, 4, len(table)).astype(float) if weighted else np.ones(len(table))
    y = labels(table, 3)
    encoder = TableEncoder(target_statistics=True, drop=["size", "colour"])
    inputs = encoder.fit_transform(table, y, weights if weighted else None)
    (column,) = encoder.learned_
    assert isinstance(column, TargetStatistics)
    fold = np.random.default_rng(0).permutation(len(table)) % FOLDS
    t = np.searchsorted(["a", "b", "c"], y)
    for number in range(FOLDS):
        others = fold != number
        words: list[Any] = [None if pd.isna(word) else word for word in table["shop"]]
        part = learned([word for word, kept in zip(words, others, strict=True) if kept], t[others], weights[others], 3)
        known = dict(zip(part.words, part.shares, strict=False))
        for row in np.flatnonzero(~others):
            share = part.shares[-1] if words[row] is None else known.get(words[row], part.prior)
            np.testing.assert_allclose(inputs[row] * column.scale + column.prior, share, rtol=1e-12)


def test_random_labels_are_not_learned() -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame({"shop": [f"shop {number}" for number in random.integers(0, 100, 800)]})
    y = random.choice(["a", "b"], 800)
    encoder = TableEncoder(target_statistics=True)
    fitted_to = encoder.fit_transform(table, y)[:, 0]
    assert (
        abs(np.corrcoef(fitted_to, y == "b")[0, 1]) < 0.12
    )  # three standard errors, and what five parts owe to chance
    assert np.corrcoef(encoder.transform(table)[:, 0], y == "b")[0, 1] > 0.25


def test_levels_that_are_few_or_never_seen() -> None:
    table = shops()
    y = labels(table, 2)
    encoder = TableEncoder(target_statistics=True).fit(table, y)
    assert [type(column).__name__ for column in encoder.learned_] == ["TargetStatistics", "Number", "Category"]
    told = encoder.columns_[0]
    assert told.kind == "category"
    assert told.decision == f"target statistics of {told.distinct} levels; unseen levels: the share in all rows"
    inputs = encoder.transform(pd.DataFrame({"shop": ["nowhere", None, "?"], "size": 0.0, "colour": "red"}))
    assert inputs[0, 0] == 0
    assert inputs[1, 0] == inputs[2, 0] != 0
    assert all(column.kind != "target statistics" for column in TableEncoder().fit(table, y).learned_)


@pytest.mark.parametrize("number", [int, float])
def test_numbers_that_are_categories_are_the_same_words(number: type) -> None:
    random = np.random.default_rng(0)
    codes = random.integers(0, 40, 400)
    y = (codes % 3 == 0) ^ (random.random(400) < 0.2)
    encoder = TableEncoder({"zip": "category"}, target_statistics=True).fit({"zip": codes}, y)
    as_words = {"zip": [str(code) for code in codes]}
    np.testing.assert_array_equal(encoder.transform({"zip": codes.astype(number)}), encoder.transform(as_words))


def test_what_cannot_be_is_refused() -> None:
    table = shops()
    with pytest.raises(ValueError, match="target_statistics are learned from labels: give y"):
        TableEncoder(target_statistics=True).fit(table)
    with pytest.raises(ValueError, match="target_statistics must be true, false, or a number of levels from 2 on"):
        TableEncoder(target_statistics=1).fit(table, labels(table, 2))
    model = make_pipeline(TableEncoder(target_statistics=True), Classifier(l2=0)).fit(table, labels(table, 2))
    with pytest.raises(ValueError, match="columns of target statistics, which are estimates themselves"):
        infer(model, table, labels(table, 2))


@pytest.mark.parametrize("weights", [[0.0] * 390 + [1.0] * 10, [0.0] * 399 + [1.0]], ids=["ten", "one"])
def test_rows_of_training_stay_finite_where_hardly_any_counts(weights: list[float]) -> None:
    table = shops()
    encoder = TableEncoder(target_statistics=True, drop=["size", "colour"])
    assert np.isfinite(encoder.fit_transform(table, labels(table, 3), weights)).all()


def model_of(table: pd.DataFrame, classes: int) -> Pipeline:
    model = make_pipeline(TableEncoder(target_statistics=True), Classifier((4,), max_epochs=5, random_state=0))
    return model.fit(table, labels(table, classes))


@every_number_of_classes
def test_a_model_is_the_same_from_its_file_and_pickled(classes: int, tmp_path: Path) -> None:
    table = shops()
    model = model_of(table, classes)
    for again in (chainrule.load(chainrule.save(model, tmp_path / "m.safetensors")), pickle.loads(pickle.dumps(model))):
        assert again[0].learned_ == model[0].learned_
        np.testing.assert_array_equal(again.predict_proba(table), model.predict_proba(table))


@every_number_of_classes
def test_json_and_onnx_say_the_same(classes: int, tmp_path: Path) -> None:
    table = shops()
    model = model_of(table, classes)
    new = pd.concat([shops(seed=1), table[:2].assign(shop="nowhere")])
    chainrule.export(model, tmp_path / "model.json", "json")
    read = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    np.testing.assert_allclose(inputs_of(read, new.to_dict("records")), model[0].transform(new), rtol=0, atol=1e-12)
    assert TargetStatistics.reading in read["reading"]
    pytest.importorskip("onnxruntime")
    difference = chainrule.export(model, tmp_path / "model.onnx", "onnx", check=new)
    assert difference is not None
    assert difference < 1e-10


def test_the_ledger_shows_the_shares_of_a_level() -> None:
    table = shops()
    model = model_of(table, 3)
    for row in (0, int(np.flatnonzero(table["shop"].isna())[0])):
        steps = model[0].encoding_of(table, row)
        for step in steps[:2]:
            assert step.column == "shop"
            assert step.input.startswith("shop (share of ")
            assert eval(step.formula) == pytest.approx(step.value, abs=1e-3)
        assert steps[0].formula in str(chainrule.ledger(model, table, labels(table, 3), row))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"words": ("a", "a")}, "a list without repetitions"),
        ({"shares": ((0.5,),)}, "shares must be a share for each of the words and a missing one"),
        ({"prior": (0.5, 0.5)}, "classes must be as many as each share, prior and scale has numbers"),
        ({"scale": (0.0,)}, "must be a finite number"),
    ],
    ids=str,
)
def test_a_file_whose_shares_cannot_be_is_refused(changed: dict[str, Any], message: str, tmp_path: Path) -> None:
    model = model_of(shops(), 2)
    for name, value in changed.items():
        object.__setattr__(model[0].learned_[0], name, value)
    with pytest.raises(ModelFileError, match=message):
        chainrule.load(chainrule.save(model, tmp_path / "model.safetensors"))


@pytest.mark.parametrize(("levels", "shares"), [(2, True), (40, False), (False, False), (True, True)])
def test_shares_are_learned_from_a_number_of_levels_on(levels: bool | int, shares: bool) -> None:
    table = shops()
    encoder = TableEncoder(target_statistics=levels, drop=("colour",)).fit(table, labels(table, 2))
    assert 21 <= table["shop"].nunique() < 40
    assert any(isinstance(column, TargetStatistics) for column in encoder.learned_) == shares
