"""What is done with a model file: `evaluate`, `predict`, `export`."""

import json
import struct
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from chainrule import load
from tests.cli.conftest import Run, write_flowers


@pytest.fixture
def model(run: Run, flowers: Path, tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    assert run("train", flowers, "--model", "softmax", "--target", "flower", "--out", path).exit_code == 0
    return path


def test_predictions_keep_the_rows_order_and_all_columns(run: Run, model: Path, tmp_path: Path) -> None:
    new = write_flowers(tmp_path / "new.csv", rows=40, seed=2)
    frame = pd.read_csv(new).drop(columns="flower").assign(remark=[f"row {i}" for i in range(40)])
    frame.to_csv(new, index=False)
    for ending, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
        out = tmp_path / f"predicted{ending}"
        result = run("predict", model, new, "--proba", "--out", out)
        assert result.exit_code == 0, result.output
        found = read(out)
        assert found["remark"].tolist() == frame["remark"].tolist()
        expected = load(model).predict_proba(frame)
        assert found["predicted flower"].tolist() == load(model).predict(frame).tolist()
        np.testing.assert_allclose(found[[f"probability of {name}" for name in ("aster", "rose", "tulip")]], expected)


def test_predictions_go_to_the_terminal(run: Run, model: Path, flowers: Path) -> None:
    lines = run("predict", model, flowers).stdout.splitlines()
    assert len(lines) == 151
    assert lines[0].replace('"', "").endswith(",predicted flower")


def test_a_file_without_a_header_may_lack_the_target(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2)).round(3)
    train, new = tmp_path / "train.csv", tmp_path / "new.csv"
    pd.DataFrame({"a": x[:, 0], "t": np.where(x[:, 0] > 0, "up", "down"), "b": x[:, 1]}).to_csv(
        train, header=False, index=False
    )
    pd.DataFrame(x).to_csv(new, header=False, index=False)
    model = tmp_path / "m.safetensors"
    assert run("train", train, "--model", "softmax", "--target", 1, "--out", model).exit_code == 0
    out = tmp_path / "out.csv"
    assert run("predict", model, new, "--out", out).exit_code == 0
    predicted = pd.read_csv(out)["predicted column 1"]
    assert (predicted == np.where(x[:, 0] > 0, "up", "down")).mean() > 0.9
    narrow = tmp_path / "narrow.csv"
    pd.DataFrame(x[:, :1]).to_csv(narrow, header=False, index=False)
    assert "has 1 columns; the model needs the 3 columns it was trained on" in run("predict", model, narrow).stderr


def test_images_are_predicted_without_labels_beside_them(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 40).astype(np.uint8)
    pixels = (rng.integers(0, 100, (40, 2, 2)) + 100 * labels[:, None, None]).astype(np.uint8)
    train, model, out = tmp_path / "train-images-idx3-ubyte", tmp_path / "m.safetensors", tmp_path / "out.csv"
    train.write_bytes(b"\0\0\x08\x03" + struct.pack(">3I", 40, 2, 2) + pixels.tobytes())
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + struct.pack(">I", 40) + labels.tobytes())
    assert run("train", train, "--model", "softmax", "--out", model).exit_code == 0
    alone = tmp_path / "pictures"
    train.rename(alone)
    result = run("predict", model, alone, "--out", out)
    assert result.exit_code == 0, result.output
    assert (pd.read_csv(out)["predicted label"] == labels).mean() > 0.9
    assert "Cannot find the labels of" in run("evaluate", model, alone).stderr


def test_labels_that_end_in_a_full_stop_are_the_same(run: Run, model: Path, flowers: Path, tmp_path: Path) -> None:
    dotted = tmp_path / "dotted.csv"
    pd.read_csv(flowers).assign(flower=lambda table: table["flower"] + ".").to_csv(dotted, index=False)
    plain, with_dots = (json.loads(run("evaluate", model, file, "--json").stdout) for file in (flowers, dotted))
    assert plain == with_dots
    assert "full stop, which was removed" in run("evaluate", model, dotted).stdout


def test_an_onnx_model_takes_the_columns_and_is_compared_first(run: Run, model: Path, flowers: Path) -> None:
    result = run("export", model, "--to", "onnx")
    assert result.exit_code == 0, result.output
    assert f"Largest difference from ONNX Runtime on the rows of {flowers}" in result.stdout
    session = onnxruntime.InferenceSession(model.with_suffix(".onnx"))
    assert {given.name for given in session.get_inputs()} == {"length", "width", "colour"}


def test_numbers_are_exported(run: Run, model: Path) -> None:
    assert run("export", model, "--to", "json").exit_code == 0
    assert model.with_suffix(".json").stat().st_size > 100


def test_a_page_and_a_module_hold_the_model_and_no_row(run: Run, model: Path, flowers: Path) -> None:
    for to, needed in (("html", "Content-Security-Policy"), ("js", "export function predict(rows)")):
        assert run("export", model, "--to", to).exit_code == 0
        written = model.with_suffix(f".{to}").read_text(encoding="utf-8")
        assert needed in written
        assert not any(f"{length}" in written for length in pd.read_csv(flowers)["length"] if len(f"{length}") > 8)
    assert '"baseline":[' in model.with_suffix(".html").read_text(encoding="utf-8")


def test_mistakes_are_said_in_one_line(run: Run, model: Path, flowers: Path, tmp_path: Path) -> None:
    junk, narrow = tmp_path / "junk.safetensors", tmp_path / "narrow.csv"
    junk.write_bytes(b"\x00\x01 no model")
    pd.read_csv(flowers)[["id", "length", "flower"]].to_csv(narrow, index=False)
    new_label = tmp_path / "label.csv"
    pd.read_csv(flowers).replace("rose", "lily").to_csv(new_label, index=False)
    taken = tmp_path / "taken.csv"
    taken.write_text("mine")
    cases = {
        ("predict", junk, flowers): "is not a model file",
        ("predict", tmp_path / "none.safetensors", flowers): "none.safetensors",
        ("predict", flowers, flowers): "is not a model file",
        ("predict", model, tmp_path / "none.csv"): "none.csv",
        ("predict", model, narrow): "no column width, colour, which the model needs",
        ("predict", model, flowers, "--out", taken): "--force",
        ("predict", model, flowers, "--out", tmp_path / "out.xlsx"): ".xlsx",
        ("evaluate", model, new_label): "lily in the target flower, which is not in the training data",
        ("evaluate", model, junk): "junk.safetensors",
        ("export", model, "--to", "pickle"): "json, onnx, js or html",
        ("export", model, "--to", "onnx", "--check", narrow): "no column",
        ("export", junk, "--to", "json"): "is not a model file",
    }
    before = sorted(tmp_path.iterdir())
    for words, message in cases.items():
        result = run(*words)
        assert result.exit_code == 2, (words, result.output, result.exception)
        assert result.stderr.count("\n") == 1, (words, result.stderr)
        assert message in result.stderr, (words, result.stderr)
    assert sorted(tmp_path.iterdir()) == before
    assert taken.read_text() == "mine"
