"""A stranger's table is learned from and predicted, or refused in one sentence: quickly, and in little memory."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.pipeline import make_pipeline

from chainrule import Classifier, TableEncoder
from chainrule.cli.labelled_file import read_labelled
from chainrule.tables.readers.files import is_matrix, read_batches, read_matrix, read_table, write_table
from tests.hostile.harness import faults, sentence_fault, told
from tests.hostile.tables import hostile_tables, large_tables, write

# Tables of each test run, and of the long checks.
QUICK = 150
MANY = 1200


def learned_and_predicted(given: tuple[str, bytes]) -> Any:
    """Read a file, learn from it, predict its rows and write them: as the command line does."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), *given)
        if is_matrix(path):
            rows = read_labelled(path, None)
            Classifier(max_epochs=3).fit(rows.x, rows.labels).predict_proba(rows.x)
            return None
        rows = read_labelled(path, "y").parsed({})
        encoder = TableEncoder(identifiers=rows.identifiers, formats=rows.written)
        model = make_pipeline(encoder, Classifier(standardize=False, max_epochs=3)).fit(rows.x, rows.labels)
        expected = model.predict_proba(rows.x)
        assert np.isfinite(expected).all()
        parts = list(read_batches(path, as_words=encoder.formats_, rows=7))
        found = np.concatenate([model.predict_proba(part) for part in parts])[rows.rows]
        np.testing.assert_allclose(found, expected, atol=1e-12)
        for name in ("p.csv", "p.jsonl", "p.parquet"):
            write_table(Path(folder, name), parts)
        return None


def read_alone(given: tuple[str, bytes]) -> Any:
    """Read a file, whatever its columns are."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), *given)
        if is_matrix(path):
            read_matrix(path)
        else:
            read_table(path)


def test_some_hostile_tables() -> None:
    found, counts = faults(learned_and_predicted, hostile_tables(QUICK))
    assert not found, told(found)
    assert min(counts["value"], counts["refusal"]) > QUICK // 10


@pytest.mark.long
@pytest.mark.parametrize("function", [learned_and_predicted, read_alone])
def test_many_hostile_tables(function: Any) -> None:
    found, counts = faults(function, hostile_tables(MANY))
    assert not found, told(found)
    assert min(counts["value"], counts["refusal"]) > MANY // 10


@pytest.mark.long
def test_large_hostile_tables() -> None:
    found, _ = faults(learned_and_predicted, large_tables())
    assert not found, told(found)


def test_the_same_table_in_several_formats_is_encoded_alike(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = 80
    table = pa.table(
        {
            "number": [None if i % 9 == 0 else round(float(v), 4) for i, v in enumerate(rng.normal(size=rows))],
            "whole": rng.integers(0, 99, rows),
            "word": [None if i % 11 == 0 else str(v) for i, v in enumerate(rng.choice(["a", "b c", "d,e"], rows))],
            "truth": rng.random(rows) < 0.5,
            "id": np.arange(rows),
            "day": pa.array(rng.integers(0, 9000, rows).astype("int32")).cast(pa.date32()),
        }
    )
    expected = TableEncoder().fit_transform(table)
    for name in ("a.csv", "a.tsv", "a.csv.gz", "a.parquet", "a.jsonl"):
        write_table(tmp_path / name, [table])
        np.testing.assert_array_equal(TableEncoder().fit_transform(read_table(tmp_path / name)), expected, err_msg=name)


@pytest.mark.parametrize("name", ["x" * 3000, "two\nlines", "\u202eback\u2066wards"])
def test_names_and_values_are_shown_on_one_line_that_ends(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_table(path, [pa.table({name: ["1.5", name], "y": ["p", "q"], "z": [1, 2]})])
    for refused in (
        lambda: read_labelled(path, "nothing"),
        lambda: TableEncoder({name: "number"}).fit(read_table(path)),
        lambda: TableEncoder().fit(pa.table({name: [name] * 30})),
        lambda: TableEncoder(formats={name: "d/m/y"}).fit(read_table(path)),
        lambda: TableEncoder().fit({name: [1.0, 2.0]}).transform({name: ["1", name]}),
    ):
        with pytest.raises(ValueError, match=r"\.$") as refusal:
            refused()
        assert sentence_fault(str(refusal.value)) is None
