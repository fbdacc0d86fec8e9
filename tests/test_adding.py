"""The diffs of CONTRIBUTING.md add what they say: applied to a copy, they pass the tests of the registry."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What each of the five is called in the names of tests, and how many of them there are at the least.
ADDED = {"LogSigmoid": 20, "SignDescent": 10, "SquaredError": 10, "amount": 3}
RUN = (
    *("tests/test_registry.py", "tests/layers", "tests/losses", "tests/inspection/test_entries.py"),
    *("tests/optimizers/test_every_optimizer.py", "tests/optimizers/test_first_order.py"),
    *("tests/optimizers/test_steps.py", "tests/tables/test_every_kind.py"),
    *("src/chainrule/layers/activations.py", "src/chainrule/losses/classification.py"),
)
USE = """
import numpy as np
from chainrule import Classifier, diagnose, export, ledger, load, save

x = np.random.default_rng(0).normal(size=(60, 3))
y = (x[:, 0] > 0).astype(int)
model = Classifier((5,), activation="log_sigmoid", optimizer="sign_descent", batch_size=20, max_epochs=3, tol=0)
model.fit(x, y)
again = load(save(model, "model.safetensors"))
assert (again.predict_proba(x) == model.predict_proba(x)).all()
assert export(model, "model.onnx", "onnx", check=x) < 1e-6
assert "h1 = -log(1 + exp(-a1))" in str(ledger(model, x, y)), str(ledger(model, x, y))
assert "w - 0.001 g / (|g| + 1e-08)" in str(ledger(model, x, y)), str(ledger(model, x, y))
assert diagnose(model, x, y).examined["parameters"] == "26 parameters for 60 rows"
"""


def applied(diff: str, root: Path) -> None:
    """Change the files under a folder as a diff says, whose hunks stand wherever their lines do."""
    for part in re.split(r"^--- ", diff, flags=re.M)[1:]:
        old_name, new_name, *hunks = re.split(r"\n\+\+\+ b/|\n@@\n", part)
        file = root / new_name
        text = "" if old_name == "/dev/null" else file.read_text(encoding="utf-8")
        for hunk in hunks:
            lines = hunk.rstrip("\n").split("\n")
            old, new = ("".join(f"{line[1:]}\n" for line in lines if line[:1] in ("", " ", sign)) for sign in "-+")
            assert not text or text.count(old) == 1, f"{new_name} no longer has these lines once:\n{old}"
            text = text.replace(old, new) if text else new
        file.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source and its tests with all five additions."""
    root = tmp_path_factory.mktemp("copy")
    for folder in ("src", "tests"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "browser", "peers"))
    shutil.copy(ROOT / "pyproject.toml", root)
    diffs = re.findall(r"```diff\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), flags=re.S)
    assert len(diffs) == 5
    for diff in diffs:
        applied(diff, root)
    return root


def run(copy: Path, *arguments: str) -> str:
    """What a program prints, run where only the copy is to be imported."""
    environment = {**os.environ, "PYTHONPATH": str(copy / "src")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    return done.stdout


def test_the_tests_of_the_registry_run_on_what_is_added_and_pass(copy: Path) -> None:
    chosen = " or ".join((*ADDED, "test_registry"))
    told = run(copy, "-m", "pytest", "-p", "no:cacheprovider", "-rp", "-k", chosen, *RUN)
    for name, least in ADDED.items():
        assert len(re.findall(rf"^PASSED .*{name}", told, flags=re.M)) >= least, name


def test_what_is_added_can_be_asked_for_by_name_saved_exported_and_explained(copy: Path) -> None:
    pytest.importorskip("onnxruntime")
    run(copy, "-c", USE)
