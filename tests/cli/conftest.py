"""Tables on disk, and the command line as a user meets it."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from chainrule.cli.app import app

Run = Callable[..., Any]


@pytest.fixture
def run() -> Run:
    """Run `chainrule` with these words."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def write_flowers(path: Path, rows: int = 150, seed: int = 0) -> Path:
    """Write a table of two numbers with gaps, a word, a row number, and the kind of flower, which they tell."""
    rng = np.random.default_rng(seed)
    names = np.array(["aster", "rose", "tulip"])
    kinds = rng.integers(0, 3, rows)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "length", "width", "colour", "flower"])
        for row, kind in enumerate(kinds):
            length = "" if rng.random() < 0.1 else f"{kind + rng.normal(0, 0.5):.3f}"
            colour = rng.choice(["red", "blue"]) if kind else "white"
            writer.writerow([row, length, f"{rng.normal() - kind:.3f}", colour, names[kind]])
    return path


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """A labelled table."""
    return write_flowers(tmp_path / "flowers.csv")
