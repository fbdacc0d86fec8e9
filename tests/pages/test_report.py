"""The report: everything a reader is promised is on the page, whatever the data, and nothing is half written."""

import copy
import dataclasses
import os
import re
from collections.abc import Callable
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from chainrule import Classifier
from chainrule.pages.report import Run, write_report
from chainrule.tables import TableEncoder
from tests.pages.reports import COMMAND, TITLE, flower_run, matrix_run


@pytest.fixture(scope="module", params=[(3, ()), (2, (8,))], ids=["softmax", "network"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(path, flower_run(*request.param))
    return without_scripts(path)


def without_scripts(path: Path) -> str:
    """The page as it is read without scripts: tests of the panel are in tests/web."""
    return re.sub(r"<script.*?</script>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def written(path: Path, run: Run) -> str:
    write_report(path / "report.html", run)
    return without_scripts(path / "report.html")


def words_of(page: str) -> str:
    """The page as a reader sees it, in one line."""
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_every_section_is_there_and_in_the_contents(page: str) -> None:
    anchors = re.findall(r'<li><a href="#([a-z]+)">([^<]+)</a>', page)
    assert len(anchors) == 8
    for anchor, name in anchors:
        assert f'<h2 id="{anchor}">{name}</h2>' in page
    headings = {"balance", "training", "confusion", "classes", "thresholds", "importance", "dependence", "surfaces"}
    assert headings | {"hardest", "influential"} <= set(re.findall(r'<h3 id="([a-z]+)"', page))


def test_the_columns_are_shown_with_their_encodings(page: str) -> None:
    text = words_of(page)
    for column in flower_run().model[0].columns_:
        assert f"{column.name} {column.kind} {column.reason} {column.decision}" in text
    assert "Left out: flower_id (identifier: unique whole numbers that only" in text
    assert "place (constant: every value is garden)." in text


def test_the_headline_stands_first(page: str) -> None:
    several = "kind c" in page
    run = flower_run(3) if several else flower_run(2, (8,))
    accuracy = run.model.score(run.held_out, run.held_out_labels)
    text = words_of(page)
    assert text.startswith(f"The report of a classifier {TITLE} Target: kind . The model classifies")
    assert f"The model classifies {100 * accuracy:.1f} % of 200 held-out rows correctly." in text
    log_loss = -run.model.predict_log_proba(run.held_out)[
        np.arange(200), np.searchsorted(run.model.classes_, run.held_out_labels)
    ].mean()
    assert f"Log loss {log_loss:.3f}" in text
    for name in ("95 % interval (Wilson)", "ROC AUC 0.", "Baseline", "Expected calibration error 0.0", "temperature"):
        assert name in text


def test_softmax_regression_shows_odds_ratios_and_a_network_does_not(page: str) -> None:
    assert ("odds ratio" in page) == ("kind c" in page)
    if "kind c" in page:
        assert re.search(r"The largest 30 of \d+ coefficients|All coefficients", page)


def test_the_settings_that_reproduce_the_run_are_shown(page: str) -> None:
    text = words_of(page)
    assert COMMAND in text
    assert "seed 7" in text
    assert "random_state=0" in text
    assert "Two <i> notes." in text


def test_every_figure_says_what_it_shows_with_numbers(page: str) -> None:
    alternatives = re.findall(r'<img [^>]*alt="([^"]*)"', page)
    assert len(alternatives) == 10  # softmax regression has coefficients, the network a history of its accuracy
    for alternative in alternatives:
        assert len(alternative) > 40
        assert re.search(r"\d", alternative), alternative


def test_the_page_needs_nothing_else(page: str) -> None:
    assert re.findall(r'(?:src|href)="(?!data:|#)([^"]*)"', page) == []
    assert set(re.findall(r'https?://[^"\s<]+', page)) <= {"http://www.w3.org/1998/Math/MathML"}
    assert "<script" not in page
    assert "details::details-content" in page


def test_tables_scroll_in_their_own_box(page: str) -> None:
    assert page.count("<table") == len(re.findall(r'<div class="scroll[^"]*"><table', page)) > 5


def test_names_are_never_markup_nor_formulas(page: str) -> None:
    assert "<b>" not in page
    assert "&#36;5 &lt;b&gt;&amp;" in page
    assert "$" not in page.replace("&#36;", "")


def test_numbers_bear_few_digits(page: str) -> None:
    shown = re.sub(r"<style.*?</style>|<td class=\"text\">.*?</td>|data:[^\"]*", "", page, flags=re.DOTALL)
    decimals = re.findall(r"\d+\.\d+", shown)
    assert len(decimals) > 100
    assert [number for number in decimals if len(number.replace(".", "").lstrip("0")) > 4] == []


def test_the_same_run_makes_the_same_bytes(tmp_path: Path) -> None:
    run = held_out(flower_run(2), slice(0, 30))
    assert written(tmp_path / "first", run) == written(tmp_path / "second", run)


def held_out(run: Run, chosen: Any) -> Run:
    return dataclasses.replace(run, held_out=run.held_out[chosen], held_out_labels=run.held_out_labels[chosen])


def without_class(run: Run, name: str) -> Run:
    return held_out(run, run.held_out_labels != name)


def with_unknown_class() -> Run:
    run = flower_run(2)
    labels = run.held_out_labels.astype(object)
    labels[:20] = "kind z"
    return dataclasses.replace(run, held_out_labels=labels)


def one_row_class() -> Run:
    run = flower_run(2)
    labels = run.train_labels.astype("U9")
    labels[0] = "only one"
    model = make_pipeline(TableEncoder(), Classifier(tol=1e-2)).fit(run.train, labels)
    return dataclasses.replace(run, model=model, train_labels=labels)


def separable() -> Run:
    x = np.repeat([[0.0, 1.0], [1.0, 0.0]], 60, axis=0) + np.linspace(0, 0.1, 120)[:, None]
    t = np.repeat([False, True], 60)
    model = Classifier().fit(x, t)
    return Run(model, x, t, x, t, "separable", "none", names=["a", "b"])


def many_classes(k: int = 45) -> Run:
    random = np.random.default_rng(0)
    x = random.standard_normal((800, 5))
    t = np.array([f"$c_{i}$" for i in range(k)])[np.clip(((x[:, 0] + 2) * k / 4).astype(int), 0, k - 1)]
    model = Classifier(tol=1e-1).fit(x[:600], t[:600])
    return Run(model, x[:600], t[:600], x[600:], t[600:], "many", "none")


def text_and_dates() -> Run:
    random = np.random.default_rng(0)
    words = np.array(["ash", "beech", "cedar", "elm", "fir", "larch", "maple", "oak", "pine", "rowan", "spruce", "yew"])
    texts = [" ".join(random.choice(words, 5)) for _ in range(200)]
    t = np.array(["oak" in text for text in texts])
    days = pd.Timestamp("2024-01-31") + pd.to_timedelta(random.integers(0, 300, 200), "D")
    table = pd.DataFrame({"text": texts, "day": days})
    model = make_pipeline(TableEncoder(), Classifier(tol=1e-2)).fit(table[:150], t[:150])
    return Run(model, table[:150], t[:150], table[150:], t[150:], "texts", "none")


def sparse() -> Run:
    random = np.random.default_rng(0)
    x = sp.random_array((300, 50), density=0.1, rng=random, format="csr")
    t = np.asarray(x[:, :5].sum(axis=1)).ravel() > 0.2
    model = Classifier(tol=1e-2).fit(x[:200], t[:200])
    return Run(model, x[:200], t[:200], x[200:], t[200:], "sparse", "none")


def whole_numbers() -> Run:
    x = np.random.default_rng(0).integers(0, 255, (200, 1), dtype=np.uint8)
    t = x[:, 0] > 100
    model = Classifier((3,), tol=1e-2, random_state=0).fit(x, t)
    return Run(model, x, t, x, t, "pixels", "none")


def strange_letters() -> Run:
    run = matrix_run()
    t, held_out_t = (np.array(["𓀀", r"$\no$"])[t] for t in (run.train_labels, run.held_out_labels))
    model = Classifier((3, 2), ["tanh", "relu"], tol=1e-2, random_state=0, callbacks=[lambda _: None])
    return dataclasses.replace(
        run, model=model.fit(run.train, t), train_labels=t, held_out_labels=held_out_t, names=["𓀁", "b", "c", "d"]
    )


def diverging() -> Run:
    run = matrix_run(40, (4,), np.float32)
    model = copy.deepcopy(run.model)
    model.history_.cost[-1] = np.inf
    return dataclasses.replace(run, model=model)


EDGES: dict[str, Callable[[], Run]] = {
    "ten rows, none of one class": lambda: held_out(without_class(flower_run(3), "kind b"), slice(0, 10)),
    "one row": lambda: held_out(flower_run(2, (8,)), slice(0, 1)),
    "a class that the model does not know": with_unknown_class,
    "a class of one row, and none of it held out": one_row_class,
    "every row right, and labels true or false": separable,
    "45 classes": many_classes,
    "text and dates": text_and_dates,
    "one column of small whole numbers": whole_numbers,
    "letters that no font has, and an activation for each layer": strange_letters,
    "a sparse matrix": sparse,
    "40 columns in single precision, and a cost that is not finite": diverging,
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The words of the page about each, written once."""
    return cache(lambda name: words_of(written(tmp_path_factory.mktemp("edge"), EDGES[name]())))


# Those that other tests write too, and those that differ most; the others take longer than all other tests here.
QUICK_EDGES = (
    *("ten rows, none of one class", "a class that the model does not know", "45 classes"),
    *("one row", "text and dates", "a sparse matrix"),
)


@pytest.mark.parametrize(
    "name", [name if name in QUICK_EDGES else pytest.param(name, marks=pytest.mark.long) for name in EDGES]
)
def test_a_report_is_written_whatever_the_rows(name: str, edge: Callable[[str], str]) -> None:
    text = edge(name)
    assert " nan" not in text
    assert "How to reproduce this run" in text
    assert " at 0x" not in text


def test_rows_of_unknown_classes_are_counted_as_wrong_too(edge: Callable[[str], str]) -> None:
    run = with_unknown_class()
    text = edge("a class that the model does not know")
    accuracy = (run.model.predict(run.held_out) == run.held_out_labels).mean()
    assert "20 held-out rows have classes that no training row has and are left out" in text
    assert f"counted as wrong, the accuracy is {100 * accuracy:.0f} %" in text


def test_a_reader_is_told_that_few_rows_say_little(edge: Callable[[str], str]) -> None:
    text = edge("ten rows, none of one class")
    assert "10 rows are few" in text
    assert "too few held-out rows to say whether temperature scaling would help" in text


def test_of_many_classes_the_worst_are_drawn(edge: Callable[[str], str]) -> None:
    assert re.search(r"Of 4\d classes, the 3 worst are drawn\.", edge("45 classes"))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"held_out_labels": np.array(["kind a"])}, ValueError, "held_out has 200 rows, but held_out_labels has 1"),
        ({"held_out_labels": np.array(["x"] * 200)}, ValueError, "at least one held-out row of a class"),
        (
            {"model": LogisticRegression()},
            TypeError,
            "Expected a Classifier or a pipeline that ends in one, found LogisticRegression",
        ),
    ],
)
def test_an_unsupported_run_is_refused(
    change: dict[str, Any], error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        write_report(tmp_path / "report.html", dataclasses.replace(flower_run(), **change))
    assert list(tmp_path.iterdir()) == []


def test_a_diverged_model_is_refused(tmp_path: Path) -> None:
    run = matrix_run()
    model = Classifier().fit(run.train, run.train_labels)
    model.theta_ = model.theta_ * np.nan
    with pytest.raises(ValueError, match="parameters are not finite because training diverged"):
        write_report(tmp_path / "report.html", dataclasses.replace(run, model=model))


def test_a_matrix_needs_names_that_fit(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="names must name the 4 columns of the matrix, found 1"):
        write_report(tmp_path / "report.html", dataclasses.replace(matrix_run(), names=["a"]))
    with pytest.raises(TypeError, match="needs a matrix, found DataFrame"):
        write_report(tmp_path / "report.html", dataclasses.replace(matrix_run(), held_out=pd.DataFrame([[1.0]])))


def test_a_full_disk_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "report.html"
    target.write_text("old")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_report(target, matrix_run())
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
