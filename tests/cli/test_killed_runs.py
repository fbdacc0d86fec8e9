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
# Kills of each kind of run: two dozen in all.
KILLS = 6
# More of them, where by then none met a run that was going on after another: each does so about every other time.
MOST_KILLS = 24
# Every how many kills one comes at any moment, imports and reading included; the others come while the run trains.
ANY_MOMENT = 3
# Seconds between two looks at whether a snapshot was written: far fewer than writing one takes.
LOOK = 0.0005
# A snapshot after every epoch, so that on a processor of any speed every run makes progress between its kills.
PROGRAM = "import chainrule.cli.training_run as c; c.SECONDS = 0.0; from chainrule.cli import main; main()"
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
    process = _start(command(data, whole, settings))
    assert _writes(process, whole.with_name("whole.checkpoint"), None)
    training = time.monotonic()
    _, told = process.communicate()
    end = time.monotonic()
    assert process.returncode == 0, told
    moments, kills, went_on = random.Random(0), 0, 0
    while kills < KILLS or (not went_on and kills < MOST_KILLS):
        before = _written(checkpoint)
        resumed = [] if before is None else ["--resume"]
        process = _start([*command(data, cut, settings), *resumed])
        if kills % ANY_MOMENT == 0:
            ended = _ends(process, moments.uniform(0, end - start))
        else:
            ended = not _writes(process, checkpoint, before) or _ends(process, moments.uniform(0, end - training))
        if not ended:
            process.kill()
            kills += 1
            went_on += bool(resumed) and _written(checkpoint) != before
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


def _start(words: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _written(checkpoint: Path) -> int | None:
    """Return when the snapshot was written, in nanoseconds."""
    try:
        return checkpoint.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _writes(process: subprocess.Popen[str], checkpoint: Path, before: int | None) -> bool:
    """Wait until the run writes a snapshot, and return whether it did before it ended."""
    while process.poll() is None:
        if _written(checkpoint) not in (None, before):
            return True
        time.sleep(LOOK)
    return False


def _ends(process: subprocess.Popen[str], seconds: float) -> bool:
    """Return whether the run ends by itself within these seconds."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _compare(whole: Path, cut: Path) -> None:
    one, other = load(whole)[-1], load(cut)[-1]
    assert one.theta_.tobytes() == other.theta_.tobytes()
    assert (one.history_.cost, one.stop_) == (other.history_.cost, other.stop_)
