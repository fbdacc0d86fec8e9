"""The leaderboard scores, keeps and compares what it should, without any peer."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import sem
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from benchmarks.accuracy import run, splits
from benchmarks.accuracy.aggregates import LEAST_LOSS, differences, interval, ranks, standings, values_of, wins
from benchmarks.accuracy.bundled import BUNDLED
from benchmarks.accuracy.models import MODELS, AsCategories, Model
from benchmarks.accuracy.page import halves, page
from benchmarks.accuracy.results import Record, Results, read
from benchmarks.accuracy.scores import calibration_error, calibration_error_by_chance, over_base, scores
from benchmarks.accuracy.worker import measured
from benchmarks.tables import FOLDER
from chainrule.evaluation.scores import calibration_error as our_calibration_error

MACHINE = {"processor": "a"}
NEEDS_DATA = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the tables are not there: {FOLDER}")
HERE = [name for name, model in MODELS.items() if model.package in ("chainrule", "scikit-learn")]


def predicted(rows: int, classes: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    y = rng.dirichlet(np.ones(classes), rows).round(2) + 1e-3  # rounded, so that some are ties
    return y / y.sum(axis=1, keepdims=True), rng.integers(classes, size=rows)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_scores_are_those_of_scikit_learn(classes: int) -> None:
    y, t = predicted(60, classes)
    found, labels = scores(y, t), np.arange(classes)
    area = (
        roc_auc_score(t, y[:, 1])
        if classes == 2
        else roc_auc_score(t, y, multi_class="ovr", average="weighted", labels=labels)
    )
    assert found["log_loss"] == pytest.approx(log_loss(t, y, labels=labels), rel=1e-12)
    assert found["error"] == pytest.approx(1 - accuracy_score(t, y.argmax(axis=1)), abs=1e-12)
    assert found["auc"] == pytest.approx(area, rel=1e-12)
    assert found["calibration_error"] == pytest.approx(
        our_calibration_error(y.max(axis=1), y.argmax(axis=1) == t), rel=1e-12
    )


@pytest.mark.parametrize(("rows", "near"), [(20, 0.1), (200, 0.04), (20_000, 0.004)])
def test_the_calibration_error_by_chance_is_that_of_labels_drawn_from_the_probabilities(rows: int, near: float) -> None:
    rng = np.random.default_rng(0)
    y = rng.dirichlet(np.ones(3), rows)
    drawn = [calibration_error(y, (y.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1)) for _ in range(300)]
    found = calibration_error_by_chance(y)
    assert found == pytest.approx(np.mean(drawn), abs=5 * np.std(drawn) / np.sqrt(300))
    assert found > near


def test_a_probability_of_zero_costs_as_much_as_in_scikit_learn() -> None:
    y, t = np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([1, 0])
    assert scores(y, t)["log_loss"] == pytest.approx(log_loss(t, y), rel=1e-12)


def test_what_is_over_the_base_has_the_standard_error_of_paired_rows() -> None:
    y, t = predicted(60, 3)
    base = np.roll(y, 1, axis=0)
    found = over_base(y, base, t)
    each = np.log(base[np.arange(60), t]) - np.log(y[np.arange(60), t])
    assert found["over_softmax"] == pytest.approx(log_loss(t, y) - log_loss(t, base), rel=1e-9)
    assert found["over_softmax_error"] == pytest.approx(sem(each), rel=1e-9)


def test_a_model_is_behind_by_more_than_the_standard_error_of_its_rows() -> None:
    records = [
        {"model": "m", "table": table, "split": split, "over_softmax": over, "over_softmax_error": error}
        for table, split, over, error in (("a", 0, 0.3, 0.1), ("a", 1, 0.1, 0.2), ("b", 0, 0.1, 0.2))
    ]
    found = differences(records, "m")
    assert found["a"].mean == pytest.approx(0.2)
    assert found["a"].error == pytest.approx(np.sqrt((0.1**2 + 0.2**2) / 2))
    assert found["a"].between == pytest.approx(sem([0.3, 0.1]))
    assert (found["a"].behind, found["b"].behind) == (True, False)
    assert np.isnan(found["b"].between)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in BUNDLED if name != "simulated_many_rows"])
def test_a_table_that_needs_no_file_has_splits(name: str) -> None:
    if name.startswith("statsmodels"):
        pytest.importorskip("statsmodels")
    rows = splits.split_of(Path(), name, 0)
    assert len(rows.train.t) == len(rows.train.x) > len(rows.test.t) == len(rows.test.x) > 5
    assert set(rows.test.t) <= set(rows.train.t) == set(range(rows.classes))
    pd.testing.assert_frame_equal(splits.split_of(Path(), name, 0).test.x, rows.test.x)


def test_a_class_without_rows_has_no_area() -> None:
    y, t = predicted(40, 2)
    three = np.column_stack((y * 0.99, np.full(len(y), 0.01)))
    assert scores(three, t)["auc"] == pytest.approx(roc_auc_score(t, y[:, 1]), rel=1e-12)


def test_the_calibration_error_is_the_gap_of_each_bin_by_its_rows() -> None:
    y = np.array([[0.6, 0.4], [0.6, 0.4], [0.95, 0.05], [0.95, 0.05]])
    assert calibration_error(y, np.array([0, 1, 0, 0])) == pytest.approx((2 * 0.1 + 2 * 0.05) / 4)


def mixed() -> tuple[pd.DataFrame, Any]:
    """Return rows with words, missing values and truth values, and their classes."""
    rng = np.random.default_rng(1)
    t = np.arange(90) % 3
    frame = pd.DataFrame(
        {
            "size": np.where(rng.random(90) < 0.1, np.nan, t + rng.normal(size=90)),
            "colour": [None if rng.random() < 0.1 else ("red", "green", "blue")[k] for k in t],
            "new": rng.random(90) < 0.5,
        }
    )
    return frame, t


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", HERE)
def test_a_model_takes_a_frame_as_it_is_and_words_that_it_has_not_seen(name: str) -> None:
    x, t = mixed()
    test = x.assign(colour=["violet", *x["colour"][1:]])
    record = measured(MODELS[name].make(0), splits.Split(splits.Rows(x, t), splits.Rows(test, t), 3), 60)
    assert "failure" not in record, record
    assert record["rows"] == 90
    assert record["columns"] == 3
    assert record["log_loss"] < np.log(3)


@pytest.mark.filterwarnings("ignore")
def test_a_class_that_a_model_does_not_know_has_the_probability_zero() -> None:
    x, t = mixed()
    known = t != 1
    rows = splits.Split(splits.Rows(x[known], t[known]), splits.Rows(x, t), 3)
    record = measured(MODELS["softmax"].make(0), rows, 60)
    assert record["log_loss"] > 30 * -np.log(np.finfo(float).eps) / 90
    assert record["error"] >= 0.333


def test_a_fit_that_fails_says_why() -> None:
    x, t = mixed()
    record = measured(MODELS["softmax"].make(0), splits.Split(splits.Rows(x, t[:-1]), splits.Rows(x, t), 3), 60)
    assert record["failure"].startswith("ValueError: ")


def test_words_become_the_categories_of_training() -> None:
    encoder = AsCategories().fit(pd.DataFrame({"a": ["x", "y", None], "b": [1.0, 2.0, 3.0]}))
    found = encoder.transform(pd.DataFrame({"a": ["y", "z", None], "b": [1.0, 2.0, 3.0]}))
    assert list(found["a"].cat.categories) == ["x", "y"]
    assert found["a"].isna().tolist() == [False, True, True]
    assert found["b"].dtype == float


def test_the_rows_drawn_have_the_shares_of_the_whole_and_every_class() -> None:
    labels = np.repeat([0, 1, 2], [600, 399, 1])
    kept = splits.drawn(labels, 100, np.random.default_rng(0))
    assert np.bincount(labels[kept]).tolist() == [60, 40, 1]
    assert len(splits.drawn(labels, 1000, np.random.default_rng(0))) == 1000


def test_every_table_is_in_one_half_with_its_twin() -> None:
    everything, development, held = halves().values()
    assert sorted(development + held) == everything == sorted(splits.TABLES)
    for twin in ({"a9a", "adult"}, {"wine_red", "wine_white"}):
        assert len(splits.held_out() & twin) != 1


@NEEDS_DATA
def test_a_split_is_the_same_each_time_and_the_next_is_another() -> None:
    first, again, other = (splits.split_of(FOLDER, "iris", number) for number in (0, 0, 1))
    pd.testing.assert_frame_equal(first.train.x, again.train.x)
    assert not first.train.x.equals(other.train.x)
    assert len(first.train.t) + len(first.test.t) == 150
    assert np.bincount(first.test.t).tolist() == [12, 12, 12]


@NEEDS_DATA
def test_the_line_of_column_numbers_is_no_row() -> None:
    rows = splits.split_of(FOLDER, "satimage", 0)
    assert (len(rows.train.t), len(rows.test.t), rows.classes) == (4435, 2000, 6)


def given(folder: Path, **changed: Any) -> argparse.Namespace:
    settings = {"models": ["softmax"], "tables": ["iris"], "splits": [0], "limit": 60.0, "again": False, "data": folder}
    return argparse.Namespace(**settings | changed)


@NEEDS_DATA
def test_what_is_there_is_not_measured_again_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "accuracy.json"
    run.run(given(FOLDER), Results(path, MACHINE))
    machine, (record,) = read(path)
    assert machine == MACHINE
    assert record["test_rows"] == 36
    assert record["log_loss"] < 0.3
    marked = record | {"log_loss": 9.0}
    Results(path, MACHINE).add(marked)
    run.run(given(FOLDER), Results(path, MACHINE))
    assert read(path)[1][0]["log_loss"] == 9.0
    run.run(given(FOLDER, again=True), Results(path, MACHINE))
    assert read(path)[1][0]["log_loss"] == record["log_loss"]


def test_another_machine_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "accuracy.json"
    Results(path, MACHINE).add({"model": "softmax", "table": "iris", "split": 0})
    with pytest.raises(ValueError, match="another machine"):
        Results(path, {"processor": "b"})


def test_a_process_that_ends_early_is_recorded_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def lines(_: str, jobs: list[tuple[str, int]], *__: Any) -> Iterator[Record]:
        yield {"ready": True}
        for table, number in jobs:
            if table == "b":
                yield {"ended": "not finished in 5 s"}
                return
            yield {"table": table, "split": number, "log_loss": 1.0}

    monkeypatch.setattr(run, "_lines", lines)
    records = list(run.measured("softmax", [("a", 0), ("b", 0), ("c", 0)], Path(), 5.0))
    assert [record["table"] for record in records] == ["a", "b", "c"]
    assert records[1]["failure"] == "not finished in 5 s"
    assert records[2]["log_loss"] == 1.0


def test_a_peer_that_is_not_installed_is_skipped_visibly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(MODELS, "absent", Model(MODELS["softmax"].make, "no-such-package"))
    run.run(given(tmp_path, models=["absent"]), Results(tmp_path / "accuracy.json", MACHINE))
    assert "absent: skipped, no-such-package is not installed" in capsys.readouterr().out


def record(model: str, table: str, split: int, loss: float, seconds: float = 1.0) -> Record:
    found = {"log_loss": loss, "error": loss / 10, "auc": 0.5, "calibration_error": 0.1, "predict_seconds": 0.1}
    return {"model": model, "table": table, "split": split, "fit_seconds": seconds, "version": "chainrule a"} | found


def some_records() -> list[Record]:
    return [
        record("softmax", "iris", 0, 0.2),
        record("softmax", "iris", 1, 0.4),
        record("softmax", "car", 0, 0.004),
        record("other", "iris", 1, 0.1, 4.0),  # only split 1 is compared
        record("other", "car", 0, 0.02, 9.0),
    ]


def test_standings_by_hand() -> None:
    found = standings(some_records(), ["iris", "car"])
    other = found["other"]
    assert other.tables == 2
    assert other.loss_ratio == pytest.approx((0.1 / 0.4 * 0.02 / LEAST_LOSS) ** 0.5)
    assert other.time_ratio == pytest.approx((4 * 9) ** 0.5)
    assert other.error_points == pytest.approx(100 * ((0.01 - 0.04) + (0.002 - 0.0004)) / 2)
    assert other.rank == found["softmax"].rank == 1.5
    assert found["softmax"].loss_ratio == 1


def test_scores_without_seconds_have_no_time_and_count_otherwise() -> None:
    untimed = [{name: value for name, value in each.items() if "seconds" not in name} for each in some_records()[3:]]
    found = standings([*some_records()[:3], *untimed], ["iris", "car"])["other"]
    assert np.isnan(found.time_ratio)
    assert found.loss_ratio == standings(some_records(), ["iris", "car"])["other"].loss_ratio
    dated = [each | {"date": "2026-11-28 20:00", "version": "v"} for each in [*some_records()[:3], *untimed]]
    text = page(MACHINE, dated, "accuracy.json")
    assert "| other | 2 | 0.707 | -1.42 |  |  |" in text


def test_a_fit_that_did_not_finish_ranks_last_and_a_model_without_a_table_not_at_all() -> None:
    failed = {"model": "slow", "split": 0, "failure": "not finished in 5 s", "fit_seconds": 5.0}
    records = [*some_records(), failed | {"table": "car"}, record("slow", "iris", 1, 0.01)]
    records += [record("partial", "iris", 1, 0.01)]
    values = values_of(records, "log_loss")
    found = ranks(values, ["iris", "car"])
    assert {name: list(rank) for name, rank in found.items()} == {"softmax": [3, 1], "other": [2, 2], "slow": [1, 3]}
    assert wins(values, "slow", "softmax", ["iris", "car"]) == (1, 2)
    assert wins(values, "partial", "softmax", ["iris", "car"]) == (1, 1)
    standing = standings(records, ["iris", "car"])
    assert (standing["slow"].tables, standing["partial"].rank) == (1, None)


def test_the_interval_of_a_rank_is_that_of_the_mean() -> None:
    ranked = np.tile([1.0, 3.0], 50)
    low, high = interval(ranked)
    assert (low, high) == pytest.approx((2 - 1.96 / 10, 2 + 1.96 / 10), abs=0.03)


def test_the_page_has_every_cell_losses_and_failures_included() -> None:
    failed = {"model": "CatBoost", "table": "car", "split": 0, "failure": "not finished in 5 s", "fit_seconds": 5.0}
    records = [each | {"date": "2026-11-28 20:00", "version": "v"} for each in [*some_records(), failed]]
    text = page(MACHINE, json.loads(json.dumps(records)), "accuracy.json")
    assert "| processor | a |" in text
    assert "| car | held-out | 0.0040 | not finished in 5 s | 0.0200 |" in text
    assert "| iris | held-out | 0.3000 |  | 0.1000 |" in text
    assert "| other | 1 of 2, 0.707 | 1 of 1 |  |" in text


def test_a_process_that_somebody_stops_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/sh")
    monkeypatch.setattr(run, "WORKER", ("-c", "cat > /dev/null; kill -TERM $$"))
    with pytest.raises(ValueError, match="stopped from outside"):
        list(run.measured("softmax", [("iris", 0)], Path(), 5.0))


def test_a_process_that_takes_too_long_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/sh")
    monkeypatch.setattr(run, "WORKER", ("-c", "cat > /dev/null; echo '{\"ready\": true}'; kill -XCPU $$"))
    (record,) = run.measured("softmax", [("iris", 0)], Path(), 5.0)
    assert record["failure"] == "not finished in 5 s"
