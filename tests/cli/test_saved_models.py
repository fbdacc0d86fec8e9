"""The verbs work on a model file that was saved from Python, whatever its facts say, and name what they still need."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import chainrule
from tests.cli.conftest import Run
from tests.hostile.model_files import saved

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def written(kind: str, folder: Path, about: dict[str, Any] | None) -> tuple[Path, Path]:
    """Return the file of a model saved from Python, and its rows with their labels in the last column, answer."""
    model, x, y, _ = saved()[kind]
    table = x if isinstance(x, pd.DataFrame) else pd.DataFrame(x, columns=[f"column {i}" for i in range(x.shape[1])])
    table.assign(answer=y).to_csv(folder / "rows.csv", index=False)
    return chainrule.save(model, folder / "model.safetensors", about), folder / "rows.csv"


@pytest.mark.parametrize("about", [None, {"target": "answer"}], ids=["no facts", "the target"])
@pytest.mark.parametrize("kind", ["numbers", "names", "scaled", "columns", "places", "one hot", "table"])
def test_every_kind_of_model_is_used(kind: str, about: dict[str, Any] | None, run: Run, tmp_path: Path) -> None:
    model, data = written(kind, tmp_path, about)
    x, y = saved()[kind].x, saved()[kind].y
    new, target = tmp_path / "new.csv", () if about else ("--target", "answer")
    pd.read_csv(data).drop(columns="answer").to_csv(new, index=False)
    result = run("predict", model, new, "--out", tmp_path / "out.csv", "--proba")
    assert result.exit_code == 0, result.stderr
    name = "predicted answer" if about else "prediction"
    predicted = pd.read_csv(tmp_path / "out.csv")
    assert predicted[name].astype(str).tolist() == [str(label) for label in saved()[kind].model.predict(x)]
    result = run("evaluate", model, data, "--json", *target)
    assert result.exit_code == 0, result.stderr
    assert f'"accuracy": {saved()[kind].model.score(x, y)!r}' in result.stdout
    result = run("trace", model, data, "--row", 3, *target)
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("kind", ["scaled", "columns"])
def test_every_kind_of_model_is_checked(kind: str, run: Run, tmp_path: Path) -> None:
    model, data = written(kind, tmp_path, None)
    result = run("check", model, data, "--target", "answer")
    assert result.exit_code == 0, result.stderr
    assert "Gradients:" in result.stdout


def test_models_with_other_pipeline_steps_are_not_exported(run: Run, tmp_path: Path) -> None:
    for kind, found in (("names", None), ("columns", "ColumnTransformer, Classifier")):
        model, data = written(kind, tmp_path, None)
        for to in ("json", "onnx"):
            result = run("export", model, "--to", to, "--force", *(("--check", data) if to == "onnx" else ()))
            assert (result.exit_code == 0) == (found is None), result.stderr
            if found is not None:
                assert f"a Classifier, alone or after a TableEncoder: found {found}" in result.stderr


def test_what_is_missing_is_named(run: Run, tmp_path: Path) -> None:
    model, data = written("numbers", tmp_path, None)
    for words in (("evaluate", model, data), ("check", model, data), ("trace", model, data, "--row", 0)):
        result = run(*words)
        assert result.exit_code == 2
        assert result.stderr == f"chainrule: {model} does not name its target: give it with --target.\n"
    result = run("predict", model, data)
    assert result.exit_code == 2
    assert "takes 4 unnamed numeric columns, but the file has 5" in result.stderr
    encoder = chainrule.save(saved()["table"].model[0], tmp_path / "encoder.safetensors")
    result = run("predict", encoder, data)
    assert result.exit_code == 2
    assert "holds a TableEncoder, which is not a classifier" in result.stderr


@pytest.mark.parametrize(
    ("kind", "column", "value", "reason"),
    [
        ("columns", "b", "new", "Found unknown categories ['new'] in column 1 during transform"),
        ("names", "c", None, "Input X contains NaN"),
        ("names", "c", "high", "could not convert string to float: 'high'"),
    ],
)
def test_rows_that_a_model_cannot_take_are_the_users_mistake(
    kind: str, column: str, value: Any, reason: str, run: Run, tmp_path: Path
) -> None:
    model, data = written(kind, tmp_path, {"target": "answer"})
    table = pd.read_csv(data)
    table[column] = table[column].astype(object)
    table.loc[3, column] = value
    table.to_csv(data, index=False)
    for words in (("predict", model, data), ("evaluate", model, data), ("check", model, data)):
        result = run(*words)
        assert result.exit_code == 2, (words, result.output)
        assert result.stderr.count("\n") == 1
        assert f"The model cannot use these rows: {reason}" in result.stderr


@pytest.mark.parametrize(
    "about",
    [
        {"target": 3, "columns": "ab", "header": "no", "separator": 1, "data": ["x"], "command": {"a": 1}},
        {"target": "answer", "columns": [1, 2], "data": "", "sha256": 5, "command": "train 'it", "separator": ""},
    ],
)
def test_facts_that_make_no_sense_change_nothing(about: dict[str, Any], run: Run, tmp_path: Path) -> None:
    model, data = written("names", tmp_path, about)
    for words in (("predict", model, data), ("evaluate", model, data, "--target", "answer"), ("export", model)):
        result = run(*words, *(("--to", "onnx") if words[0] == "export" else ()))
        assert result.exit_code == 0, (words, result.output, result.exception)
    result = run("check", model, data, "--target", "answer")
    assert result.exit_code == 0, (result.output, result.exception)
