"""Runs killed at any moment, many times each, end in the very model of a run that nothing stopped."""

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from chainrule import load

pytestmark = pytest.mark.long
# Kills of each kind of run, at moments drawn over its length: two dozen in all.
KILLS = 6
# More of them, where by then none met a run that was going on after another.
MOST_KILLS = 24
# Checkpoints ten times as often as usual, so that every run makes progress between its kills.
PROGRAM = "import chainrule.cli.training_run as c; c.SECONDS = 0.2; from chainrule.cli import main; main()"
STEPS = "--optimizer adam --patience 100000 --tol 0"


def write_clouds(path: Path, rows: int, columns: int, classes: int) -> Path:
    """Write rows of numbers around a point for each class."""
    generator = np.random.default_rng(0)
    labels = generator.integers(0, classes, rows)
    x = (generator.normal(size=(classes, columns))[labels] + generator.normal(size=(rows, columns))).round(3)
    names = ",".join(f"x{column}" for column in range(columns))
    np.savetxt(path, np.column_stack([x, labels]), "%g", ",", header=f"{names},label", comments="")
    return path


def command(data: Path, out: Path, settings: str) -> list[str]:
    words = ["train", str(data), "--target", "label", "--out", str(out), *settings.split()]
    return [sys.executable, "-c", PROGRAM, *words]


@pytest.mark.parametrize(
    ("size", "settings"),
    [
        ((3_000, 20, 3), f"--hidden 16 {STEPS} --batch-size 8 --max-epochs 25 --l1 1e-6"),
        ((20_000, 20, 3), f"--hidden 64,64 {STEPS} --batch-size 32 --max-epochs 30"),
        ((3_000, 20, 3), "--model softmax --optimizer gradient_descent --rate 0.001 --max-epochs 700 --tol 0"),
        ((24_000, 40, 40), "--model softmax --optimizer lbfgs --l2 1e-9 --max-epochs 80 --tol 1e-14"),
    ],
    ids=["network", "network, compiled", "softmax", "softmax, compiled"],
)
def test_runs_killed_at_any_moment_reach_the_same_bits(
    size: tuple[int, int, int], settings: str, tmp_path: Path
) -> None:
    data, whole, cut = write_clouds(tmp_path / "data.csv", *size), tmp_path / "whole", tmp_path / "cut"
    checkpoint = cut.with_name("cut.checkpoint")
    start = time.monotonic()
    subprocess.run(command(data, whole, settings), check=True, capture_output=True)
    length = time.monotonic() - start
    moments, kills, went_on = random.Random(0), 0, 0
    while kills < KILLS or (not went_on and kills < MOST_KILLS):
        resumed = ["--resume"] if checkpoint.exists() else []
        process = subprocess.Popen([*command(data, cut, settings), *resumed], stderr=subprocess.PIPE, text=True)
        try:
            process.wait(moments.uniform(0, length))
        except subprocess.TimeoutExpired:
            process.kill()
            kills += 1
            went_on += bool(resumed)
        _, told = process.communicate()
        if process.returncode == 0:  # it ended first: the next one begins anew
            _compare(whole, cut)
            cut.unlink()
        else:
            assert process.returncode == -9, told
    resumed = ["--resume"] if checkpoint.exists() else []
    subprocess.run([*command(data, cut, settings), *resumed, "--force"], check=True, capture_output=True)
    _compare(whole, cut)
    assert went_on


def _compare(whole: Path, cut: Path) -> None:
    one, other = load(whole)[-1], load(cut)[-1]
    assert one.theta_.tobytes() == other.theta_.tobytes()
    assert (one.history_.cost, one.stop_) == (other.history_.cost, other.stop_)
