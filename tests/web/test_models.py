"""Exported modules against Python, on rows as people write them: every kind of column, missing, rare and never seen."""

import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from chainrule import Classifier
from chainrule.arrays import Array, dense
from chainrule.layers import LeakyReLU
from chainrule.model_file import export
from chainrule.model_file.web_export import double_probabilities
from chainrule.network import ensemble
from chainrule.tables import TableEncoder
from chainrule.tables.formats import DATES, NUMBERS

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed: exported modules were not run")
ROWS = 1000
# What rows are read with that the exported module computes as Python does.
CLOSE = 1e-12
NUMBER_WORDS = {
    "1,234.5": ("$1,234.50", "(2)", "3%", "-4", "+5.5e2", "1,000,000", "US$ 12", ".5"),
    "1.234,5": ("1.234,5 €", "(2,25)", "3 %", "−4,5", "12", "1.000.000", "EUR 7,"),
    "1 234.5": ("1 234.5", "1\u00a0000", "-12.5", "7"),
    "1 234,5": ("1 234,5 kr", "1\u202f000,25", "-12", "7,5"),
    "1'234.5": ("CHF 1'234.50", "1’000", "-3.5", "7"),
    "1'234,5": ("1'234,5", "-12,5", "7", "2'000"),
}
DATE_WORDS = {
    "d.m.y": ("31.12.2023", "1. 2. 1999", "29.02.2024 13:45", "05.06.68"),
    "m/d/y": ("12/31/2023", "2/1/99", "02/29/2024 1:45 PM"),
    "d/m/y": ("31/12/2023", "1/2/69", "29/02/2024, 12:00 am"),
    "m-d-y": ("12-31-2023", "2-1-1999"),
    "d-m-y": ("31-12-2023", "1-2-1999 23:59:59"),
    "y-m-d": ("2023-12-31", "1999-02-01 10:30:15", "1965-07-04T06:00"),
    "y/m/d": ("2023/12/31", "1999/2/1"),
    "y.m.d": ("2023.12.31", "1999.2.1"),
    "d mon y": ("31 Dec 2023", "1. März 1999", "2-okt-24", "03 September 2020"),
    "mon d, y": ("Dec 31, 2023", "March 1st, 1999", "Oct. 2 24"),
}


def words_table(n: int, seed: int) -> dict[str, list[str | None]]:
    """Columns of words, as a file has them: numbers, categories, dates and texts."""
    generator = np.random.default_rng(seed)

    def chosen(words: tuple[str | None, ...], missing: float = 0.05) -> list[str | None]:
        gone = ("", "?", "NA", None)
        picked = [words[i] for i in generator.integers(0, len(words), n)]
        return [gone[i % 4] if generator.random() < missing else word for i, word in enumerate(picked)]

    numbers = tuple(f"{x:.3f}" for x in generator.normal(3, 10, 40))
    texts = (
        "A quick fox",
        "the LAZY dog sleeps, the dog",
        "good morning to all foxes",
        "Ünïcödé wörds, two twö",
        "x y",
    )
    return {
        "plain": chosen((*numbers, "1e3", " 7 ", "-")),
        "skewed": chosen(tuple(f"{x:.4g}" for x in np.exp(generator.normal(0, 2, 60)))),
        "colour": chosen(("red", "blue", "green", "<b>odd</b>", "__proto__", "constructor")),
        "always": chosen(("yes", "no"), 0.0),
        "day": chosen(
            tuple(f"{day:02}.{month:02}.20{year}" for day, month, year in generator.integers(10, 13, (40, 3)))
        ),
        "remark": chosen(texts),
        "town": chosen(tuple(f"town {i}" for i in range(40))),
    }


def labels_of(table: dict[str, list[str | None]], classes: int) -> Array:
    score = [
        len(str(a)) + len(str(b)) + (c == "red")
        for a, b, c in zip(*(table[name] for name in ("plain", "town", "colour")), strict=True)
    ]
    return np.array(["a", "b", "c <i>"])[np.array(score) % classes]


def unseen(table: dict[str, list[str | None]]) -> dict[str, list[str | None]]:
    """The same columns with words that training did not have."""
    changed = {name: list(values) for name, values in table.items()}
    for row in range(0, ROWS, 7):
        changed["colour"][row], changed["town"][row] = "never seen", "toString"
        changed["remark"][row], changed["plain"][row] = "unknown wörds alone", "12345.678"
    return changed


def run_module(model: Any, folder: Path, rows: list[dict[str, Any]], refused: list[Any] | None = None) -> Any:
    """What the exported module of a model says of rows."""
    module, given = folder / "model.mjs", folder / "rows.json"
    export(model, module, "js")
    given.write_text(json.dumps({"rows": rows, "refused": refused or []}))
    script = Path(__file__).with_name("predict.mjs")
    run = subprocess.run([str(NODE), str(script), str(module), str(given)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout)


def rows_of(table: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


def in_double(model: Any, table: Any) -> Array:
    """The probabilities that Python finds with the layers in double precision."""
    twin = copy.copy(model[-1])
    twin.theta_ = twin.theta_.astype(np.float64)
    return twin.predict_proba(model[0].transform(table))


MEMBERS = 3


def together(model: Any, x: Any, y: Array) -> Any:
    """The same pipeline, whose network is an ensemble of several of it, from different starting weights."""
    members = [clone(model[-1]).set_params(random_state=seed).fit(x, y) for seed in range(MEMBERS)]
    joint = model[-1]
    joint.network_, theta = ensemble([each.network_ for each in members], [each.theta_ for each in members])
    joint.theta_ = theta
    return model


SETTINGS: dict[str, tuple[TableEncoder, Classifier, int]] = {
    "softmax": (TableEncoder(kinds={"remark": "text"}), Classifier(standardize=False), 3),
    "two classes": (TableEncoder(bins=5, scaling="robust"), Classifier(standardize=False), 2),
    "hidden": (
        TableEncoder(kinds={"remark": "text"}, target_statistics=True),
        Classifier(hidden=(9, 4), activation=("gelu", LeakyReLU(0.2)), random_state=0, max_epochs=5),
        3,
    ),
    "ensemble": (TableEncoder(), Classifier(hidden=(8,), standardize=False, max_epochs=5), 2),
    "ensemble of three classes": (TableEncoder(), Classifier(hidden=(8,), standardize=False, max_epochs=5), 3),
}


@pytest.mark.filterwarnings("ignore:Training ended short")
@pytest.mark.parametrize("name", SETTINGS)
def test_the_module_computes_what_python_does_on_a_thousand_rows(name: str, tmp_path: Path) -> None:
    encoder, classifier, classes = SETTINGS[name]
    table = words_table(600, 1)
    model = make_pipeline(encoder, classifier).fit(pa.table(table), labels_of(table, classes))
    if name.startswith("ensemble"):
        model = together(model, model[0].transform(pa.table(table)), labels_of(table, classes))
    fresh = unseen(words_table(ROWS, 2))
    found = run_module(model, tmp_path, rows_of(fresh))
    expected = in_double(model, pa.table(fresh))
    probabilities = np.array([prediction["probabilities"] for prediction in found["predictions"]])
    assert np.abs(np.array(found["inputs"]) - dense(model[0].transform(pa.table(fresh)))).max() <= CLOSE
    assert np.abs(probabilities - expected).max() <= CLOSE
    assert np.abs(probabilities / expected - 1).max() <= 1e-10
    assert found["selfTest"] <= CLOSE
    assert [prediction["label"] for prediction in found["predictions"]] == model.classes_[
        expected.argmax(axis=1)
    ].tolist()


def test_numbers_and_dates_are_read_as_python_reads_them(tmp_path: Path) -> None:
    assert (*NUMBER_WORDS, *DATE_WORDS) == (*(one.name for one in NUMBERS), *DATES)
    words = {**NUMBER_WORDS, **DATE_WORDS}
    n = 60
    table: dict[str, list[str]] = {name: [given[i % len(given)] for i in range(n)] for name, given in words.items()}
    kinds = dict.fromkeys(NUMBER_WORDS, "number") | dict.fromkeys(DATE_WORDS, "date")
    encoder = TableEncoder(formats={name: name for name in words}, kinds=kinds)
    model = make_pipeline(encoder, Classifier(standardize=False)).fit(pa.table(table), np.arange(n) % 2)
    bad = {
        "1,234.5": "1.234,5",
        "1.234,5": "1,234.5",
        "d.m.y": "31.02.2023",
        "m/d/y": "13/1/2023",
        "y-m-d": "yesterday",
    }
    refused = [{**rows_of(table)[0], name: word} for name, word in bad.items()]
    found = run_module(model, tmp_path, rows_of(table)[:20], refused)
    assert np.abs(np.array(found["inputs"]) - dense(model[0].transform(pa.table(table)))[:20]).max() <= CLOSE
    for (name, word), message in zip(bad.items(), found["refused"], strict=True):
        assert message is not None, name
        assert f"written like {name}, as in the training data" in message
        assert json.dumps(word) in message
        with pytest.raises(ValueError, match="as in the training data"):
            model.predict(pa.table({**{key: values[:1] for key, values in table.items()}, name: [word]}))


def test_what_cannot_be_read_is_told_by_column_and_row(tmp_path: Path) -> None:
    table = words_table(300, 3)
    model = make_pipeline(TableEncoder(), Classifier(standardize=False)).fit(pa.table(table), labels_of(table, 2))
    row = rows_of(table)[0]
    without = {name: cell for name, cell in row.items() if name != "town"}
    found = run_module(model, tmp_path, [row], [{**row, "plain": "tall"}, {**row, "plain": "inf"}, without])
    assert found["refused"] == [
        'Column plain must hold numbers written like 1,234.5, as in the training data, found "tall" in row 0.',
        'Column plain must hold numbers written like 1,234.5, as in the training data, found "inf" in row 0.',
        "Row 0 has no column town, which the model needs.",
    ]


def test_a_model_of_numbers_alone_takes_them_by_name(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(5, 3, (200, 3))
    model = Classifier(hidden=(6,), activation="selu", random_state=0, threshold=0.8).fit(
        x, (x[:, 0] > 5).astype(int) + 3
    )
    rows = [{f"column {i}": value for i, value in enumerate(row)} for row in x.tolist()]
    found = run_module(model, tmp_path, rows)
    probabilities = np.array([prediction["probabilities"] for prediction in found["predictions"]])
    assert np.abs(probabilities - double_probabilities(model, rows)).max() <= CLOSE
    assert np.abs(probabilities - model.predict_proba(x)).max() <= 1e-5  # which computes in single precision
    assert found["classes"] == [3, 4]
    labels = [prediction["label"] for prediction in found["predictions"]]
    assert labels == model.predict(x).tolist() != np.array([3, 4])[probabilities.argmax(axis=1)].tolist()
