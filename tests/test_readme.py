"""What the README says to type runs, one block after the other."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

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


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_its_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.chdir(tmp_path)
    assert len(BLOCKS) >= 5
    names: dict[str, Any] = {}
    for block in BLOCKS:
        exec(block, names)
    assert "likelihood" in capsys.readouterr().out


@pytest.mark.long
@pytest.mark.skipif(not all((DATA / name).exists() for name in TABLES.values()), reason="the data sets are not here")
def test_its_commands_run(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    assert len(COMMANDS) >= 12
    for name, source in TABLES.items():
        shutil.copy(DATA / source, tmp_path / name)
    for command in COMMANDS:
        if "given.json" in command:  # what a learner wrote down
            key = json.loads((tmp_path / "sheet-answers.json").read_text(encoding="utf-8"))
            given = {str(answer["blank"]): answer["value"] for answer in key["answers"]}
            (tmp_path / "given.json").write_text(json.dumps(given), encoding="utf-8")
        words = [sys.executable, "-W", "error::RuntimeWarning", "-m", "chainrule", *shlex.split(command)]
        ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
        assert ran.returncode == 0, f"chainrule {command}\n{ran.stderr}"
