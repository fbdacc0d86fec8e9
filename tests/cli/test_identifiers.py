"""A row number is left out of every split of a table alike, and that is said."""

import json
from pathlib import Path

import numpy as np
import pytest

from chainrule import load
from tests.cli.conftest import Run


@pytest.fixture
def sorted_flowers(tmp_path: Path) -> Path:
    """A table whose row number tells the class, as the rows are sorted by it."""
    rng = np.random.default_rng(0)
    path = tmp_path / "sorted.csv"
    rows = [f"{i + 1},{kind + rng.normal():.2f},{'abc'[kind]}" for i, kind in enumerate(np.repeat([0, 1, 2], 50))]
    path.write_text("\n".join(["obs,length,flower", *rows]))
    return path


@pytest.mark.parametrize("seed", [3, 5, 7, 11, 12])
def test_a_row_number_is_left_out_with_any_seed(seed: int, run: Run, sorted_flowers: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    told = json.loads(
        run(
            "train", sorted_flowers, "--model", "softmax", "--target", "flower", "--seed", seed, "--out", out, "--json"
        ).stdout
    )
    assert told["metrics"]["accuracy"] < 0.9
    assert [column.kind for column in load(out)[0].columns_] == ["identifier", "number"]
    assert told["notes"][0] == (
        "Column obs only identifies the rows and was left out; to keep it, give --kind obs=number."
    )


def test_a_row_number_is_kept_on_request(run: Run, sorted_flowers: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    words = (
        "train",
        sorted_flowers,
        "--model",
        "softmax",
        "--target",
        "flower",
        "--out",
        out,
        "--json",
        "--kind",
        "obs=number",
    )
    told = json.loads(run(*words).stdout)
    assert told["metrics"]["accuracy"] > 0.9
    assert not [note for note in told["notes"] if "apart" in note]
