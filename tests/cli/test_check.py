"""`chainrule check`: derivatives compared, and a diagnosis with options to paste."""

import json
import shlex
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chainrule.layers import Tanh
from tests.cli.conftest import Run, write_flowers


@pytest.fixture
def model(run: Run, flowers: Path, tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    assert run("train", flowers, "--model", "softmax", "--target", "flower", "--out", path).exit_code == 0
    return path


def test_a_sound_model_is_told_so(run: Run, model: Path, flowers: Path) -> None:
    result = run("check", model, flowers)
    assert result.exit_code == 0, result.output
    first, second = result.stdout.splitlines()[:2]
    assert first.startswith("Gradients: ")
    assert "all agree" in first
    assert second == "No problems found in 150 rows. Checks run:"


@pytest.mark.parametrize("known", [True, False], ids=["as it was trained", "trained from Python"])
def test_a_leak_is_told_with_the_command_that_removes_it(
    run: Run, flowers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    table = pd.read_csv(flowers)
    kind = table["flower"].astype("category").cat.codes
    table["after it"] = kind + np.random.default_rng(0).normal(size=len(table)) / 50
    data, model = tmp_path / "leak.csv", tmp_path / "leak.safetensors"
    table.to_csv(data, index=False)
    words = (
        "train",
        str(data),
        "--model",
        "softmax",
        "--target",
        "flower",
        "--l2",
        "0.02",
        "--out",
        str(model),
        "--force",
    )
    monkeypatch.setattr(sys, "argv", ["chainrule", *words] if known else ["python"])
    assert run(*words).exit_code == 0
    result = run("check", model, data)
    assert result.exit_code == 0
    assert "Problem: leaked target, column after it: " in result.stdout
    _, pasted = next(line for line in result.stdout.splitlines() if "leaked" in line).split(": chainrule ")
    assert pasted.count("--out") == pasted.count("--force") == 1
    assert ("--l2 0.02" in pasted) == known
    before = model.read_bytes()
    assert run(*shlex.split(pasted)).exit_code == 0
    assert model.read_bytes() == before
    assert "leaked" not in run("check", tmp_path / "leak-treated.safetensors", data).stdout


def test_held_out_rows_are_judged_where_they_are_given(run: Run, model: Path, flowers: Path, tmp_path: Path) -> None:
    other = write_flowers(tmp_path / "other.csv", rows=70, seed=5)
    said = json.loads(run("check", model, flowers, "--valid", other, "--json").stdout)
    assert said["measured"]["overfitting"]["other rows"] == "70 held-out rows"
    assert said["gradients"]["passed"]
    assert said["gradients"]["compared"] > 100
    assert said["rows"] == 150


def test_rows_are_numbered_as_in_the_file(run: Run, flowers: Path, tmp_path: Path) -> None:
    table = pd.read_csv(flowers)
    table["length"] = 10.0 * (table["flower"] == "aster") + table["width"] / 10
    table["width"] = 10.0 * (table["flower"] == "rose") - table["width"] / 10
    table.loc[100, "flower"] = "aster" if table.loc[100, "flower"] != "aster" else "tulip"
    table.loc[[4, 9], "flower"] = None
    data, model = tmp_path / "gaps.csv", tmp_path / "gaps.safetensors"
    table.to_csv(data, index=False)
    assert run("train", data, "--model", "softmax", "--target", "flower", "--out", model).exit_code == 0
    assert "suspect labels, row 100:" in run("check", model, data).stdout


def test_a_wrong_derivative_ends_in_status_1(
    run: Run, flowers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "hidden.safetensors"
    words = ("--target", "flower", "--hidden", "4", "--activation", "tanh", "--out", model)
    assert run("train", flowers, *words).exit_code == 0
    assert run("check", model, flowers).exit_code == 0
    right = Tanh.derivative
    monkeypatch.setattr(Tanh, "derivative", lambda *given: 1.1 * right(*given))
    result = run("check", model, flowers)
    assert result.exit_code == 1
    assert "Layer 1, Tanh()" in result.stdout


def test_mistakes_are_one_line(run: Run, model: Path, flowers: Path, tmp_path: Path) -> None:
    result = run("check", model, tmp_path / "none.csv")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    result = run("check", flowers, flowers)
    assert result.exit_code == 2
    assert "is not a model file" in result.stderr
