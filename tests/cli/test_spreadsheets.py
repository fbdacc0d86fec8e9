"""Predictions written as CSV run nothing in a spreadsheet, whatever columns and classes are called."""

import csv
import io
from pathlib import Path

from chainrule.tables.readers.files import read_table
from tests.cli.conftest import Run


def test_names_and_classes_that_look_like_formulas(run: Run, tmp_path: Path) -> None:
    data, out = tmp_path / "a.csv", tmp_path / "m.safetensors"
    rows = [f"{i / 7:.3f},=1+{i % 3},{'@evil' if i % 2 else '+bad()'}" for i in range(60)]
    data.write_text("\n".join(["=x(),note,=target", *rows]))
    assert run("train", data, "--model", "softmax", "--target", "=target", "--out", out).exit_code == 0
    printed = run("predict", out, data, "--proba")
    cells = [cell for row in csv.reader(io.StringIO(printed.stdout)) for cell in row]
    assert {"'=x()", "'=1+1", "'@evil", "'+bad()", "probability of @evil"} <= set(cells)
    assert not [cell for cell in cells if cell[:1] in ("=", "@", "+")]
    assert "spreadsheet would execute were prefixed with an apostrophe" in printed.stderr
    run("predict", out, data, "--out", tmp_path / "p.parquet")
    assert read_table(tmp_path / "p.parquet").column_names[:2] == ["=x()", "note"]
