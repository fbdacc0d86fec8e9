"""What the README says to type runs, one block after the other."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = re.findall(r"^    chainrule (.*?)(?:  +#.*)?$", README, flags=re.MULTILINE)
DATA = Path(__file__).parents[2] / "shared" / "data"
TABLES = {
    "titanic.csv": "titanic/titanic.csv",
    "new.csv": "titanic/titanic.csv",
    "hsbdemo.csv": "hsbdemo/hsbdemo.csv",
    "wine.csv": "wine_quality/winequality-red.csv",
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_python_examples_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.chdir(tmp_path)
    assert len(BLOCKS) >= 5
    names: dict[str, Any] = {}
    for block in BLOCKS:
        exec(block, names)
    assert "likelihood" in capsys.readouterr().out


def write_tables(folder: Path) -> None:
    """Write small tables of random numbers with the names that the README's commands use."""
    rng = np.random.default_rng(0)
    rows = 300
    passengers = pd.DataFrame(
        {
            "class": rng.choice(["First", "Second", "Third"], rows),
            "sex": rng.choice(["female", "male"], rows),
            "age": np.where(rng.random(rows) < 0.1, np.nan, rng.integers(1, 80, rows)),
            "fare": rng.gamma(2.0, 15.0, rows).round(2),
        }
    )
    chance = 1 / (1 + np.exp(1.0 - 2.5 * (passengers["sex"] == "female") + 0.02 * passengers["age"].fillna(30)))
    passengers["survived"] = (rng.random(rows) < chance).astype(int)
    pupils = pd.DataFrame({"ses": rng.choice(["low", "middle", "high"], rows), "write": rng.integers(30, 70, rows)})
    pupils["prog"] = np.where(pupils["write"] + rng.normal(0, 15, rows) > 50, "academic", "general")
    wine = pd.DataFrame(rng.normal(size=(rows, 4)).round(3), columns=["acidity", "sugar", "alcohol", "sulphates"])
    wine["quality"] = np.clip((wine["alcohol"] + rng.normal(size=rows)).round().astype(int) + 5, 4, 6)
    for name, table in (("titanic", passengers), ("new", passengers), ("hsbdemo", pupils), ("wine", wine)):
        table.to_csv(folder / f"{name}.csv", index=False)


def run_commands(commands: list[str], folder: Path) -> None:
    """Run commands one after the other, each of which must succeed without a warning of numbers."""
    for command in commands:
        if "given.json" in command:  # what a learner wrote down
            key = json.loads((folder / "sheet-answers.json").read_text(encoding="utf-8"))
            given = {str(answer["blank"]): answer["value"] for answer in key["answers"]}
            (folder / "given.json").write_text(json.dumps(given), encoding="utf-8")
        if "names.csv" in command:  # a class, and what its learners hand in
            (folder / "names.csv").write_text("Ada\nAlan\n", encoding="utf-8")
        if "--mark answers" in command:
            (folder / "answers").mkdir()
            for sheet in json.loads((folder / "class-answers.json").read_text(encoding="utf-8"))["class"]:
                given = {"worksheet": sheet["code"], "1": sheet["answers"][0]["value"]}
                (folder / "answers" / f"{sheet['file']}.json").write_text(json.dumps(given), encoding="utf-8")
        words = [sys.executable, "-W", "error::RuntimeWarning", "-m", "chainrule", *shlex.split(command)]
        ran = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        assert ran.returncode == 0, f"chainrule {command}\n{ran.stderr}"


def test_commands_of_the_readme_run(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    write_tables(tmp_path)
    commands = [command for command in COMMANDS if not command.startswith("lesson")]  # which has tests of its own
    assert len(commands) >= 10
    run_commands(commands, tmp_path)


@pytest.mark.long
@pytest.mark.skipif(not all((DATA / name).exists() for name in TABLES.values()), reason="the data sets are not here")
def test_commands_of_the_readme_run_on_the_real_tables(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    assert len(COMMANDS) >= 12
    for name, source in TABLES.items():
        shutil.copy(DATA / source, tmp_path / name)
    run_commands(COMMANDS, tmp_path)
