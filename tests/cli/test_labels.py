"""Labels stay what they are: what no integer holds is not made one."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from chainrule import load
from chainrule.cli.labelled_file import labels_of, read_labelled
from tests.cli.conftest import Run

ROWS = 60


@pytest.mark.parametrize(
    ("written", "classes"),
    [
        (["1e19", "2e19", "3e20"], ["1e+19", "2e+19", "3e+20"]),
        (["9223372036854775807", "9223372036854775808"], ["9223372036854775807", "9223372036854775808"]),
        (["9007199254740992", "9007199254740993"], [2**53, 2**53 + 1]),
        (["1e3", "1000", "2"], [2, 1000]),
        (["1.0", "2"], [1, 2]),
        (["0.5", "1e19"], ["0.5", "1e+19"]),
        (["0.5", "1"], ["0.5", "1.0"]),
        (["inf", "1"], ["1.0", "inf"]),
        (["-1", "1"], [-1, 1]),
        (["007", "7"], ["007", "7"]),
    ],
)
def test_labels_of_a_file(written: list[str], classes: list[object], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    labels = [written[i % len(written)] for i in range(ROWS)]
    path.write_text("\n".join(["x,y", *(f"{i / 7},{label}" for i, label in enumerate(labels))]))
    assert np.unique(read_labelled(path, "y").labels).tolist() == classes


def test_labels_of_whole_numbers_that_no_float_holds(tmp_path: Path) -> None:
    values = [2**64 - 1, 2**64 - 2, 2**63] * 20
    parquet.write_table(
        pa.table({"x": [i / 7 for i in range(ROWS)], "y": pa.array(values, pa.uint64())}), tmp_path / "a.parquet"
    )
    assert np.unique(read_labelled(tmp_path / "a.parquet", "y").labels).tolist() == sorted(values[:3])


def test_labels_in_svmlight(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_text("".join(f"{label} 1:{i}\n" for i in range(10) for label in ("1e19", "2e19")))
    assert np.unique(read_labelled(path, None).labels).tolist() == ["1e+19", "2e+19"]


def test_large_labels_are_trained_and_predicted(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "\n".join(
            ["x,y", *(f"{k + i / 50},{label}" for i in range(20) for k, label in enumerate(["1e19", "2e19", "3e20"]))]
        )
    )
    out = tmp_path / "m.safetensors"
    told = json.loads(run("train", path, "--model", "softmax", "--target", "y", "--out", out, "--json").stdout)
    assert told["metrics"]["accuracy"] == 1
    assert load(out).classes_.tolist() == ["1e+19", "2e+19", "3e+20"]
    assert json.loads(run("evaluate", out, path, "--json").stdout)["metrics"]["accuracy"] == 1


def test_other_types_of_labels() -> None:
    assert labels_of(pa.array([True, False]), "y").tolist() == [True, False]
    assert labels_of(pa.array(["a", "b"]).dictionary_encode(), "y").tolist() == ["a", "b"]
