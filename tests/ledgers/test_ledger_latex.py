"""The ledger's LaTeX compiles in a real TeX with what it says it needs, whatever the columns and classes are called."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from chainrule import Classifier, TableEncoder
from chainrule.common.display import escaped
from chainrule.ledgers import ledger

DOCUMENT = "\\documentclass{article}\n\\usepackage{amsmath}\n\\begin{document}\n%s\n\\end{document}\n"
NAMES = [
    "a_b^c",
    "100 % & more",
    "$x$ #1",
    "~\\input{nothing}",
    "größe",
    "日本語",
    "−5 × 3",
    "‮reversed",
    "new\nline",
    "[6pt] odd",
]


def compiled(body: str, folder: Path) -> Any:
    (folder / "ledger.tex").write_text(DOCUMENT % body, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "ledger.tex"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex is here")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("hidden", [(), (12,), (4, 14)], ids=str)
def test_the_latex_of_a_ledger_compiles(hidden: tuple[int, ...], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.normal(size=60) for name in NAMES})
    y = np.array(["yes & no", "50 %_off", "{}"])[rng.integers(0, 3, 60)]
    model = make_pipeline(TableEncoder(), Classifier(hidden, max_epochs=3, random_state=0)).fit(frame, y)
    body = ledger(model, frame, y, [3], None).to_latex()
    assert ("MaxMatrixCols" in body) == (hidden == (12,))  # larger matrices are told in words
    result = compiled(body, tmp_path)
    assert result.returncode == 0, result.stdout[-2000:]
    assert (tmp_path / "ledger.pdf").stat().st_size > 10_000


def test_signs_that_tex_lacks_are_named() -> None:
    assert escaped("日 a_b −1 ü") == r"(U+65E5) a\_b $-$1 ü"
    assert escaped("a\nb‮") == "a b(U+202E)"
