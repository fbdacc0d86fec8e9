"""Processor time of short commands, from a cold process to its end, beyond what the interpreter takes to start.

And the time that a warm process takes to open a model file.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from chainrule import load

# Rows of the table: so few that training is short beside starting.
ROWS = 600
# Processes of each figure: of seven, some are not disturbed.
REPEATS = 7
# Seconds that a user takes for at once; nearly all of it is loading libraries.
LIMIT_PREDICT = 0.8
# The same with training and a report.
LIMIT_TRAIN = 1.0
# Times that a model is opened, each a millisecond or two.
OPENED = 50
# Milliseconds: a model is opened before anything is asked of it, and should not be noticed.
LIMIT_OPEN = 5.0


def figures() -> Iterator[tuple[str, str, float, list[float]]]:
    """Yield name, unit, limit and measured values of each figure."""
    with tempfile.TemporaryDirectory() as folder:
        table, one, model = (Path(folder) / name for name in ("table.csv", "one.csv", "model"))
        lines = [f"{x:.3f},{y:.3f},{'ab'[int(x > y)]}" for x, y in np.random.default_rng(0).normal(size=(ROWS, 2))]
        table.write_text("\n".join(["x,y,class", *lines]))
        one.write_text("x,y\n1.0,2.0\n")
        chainrule = (sys.executable, "-m", "chainrule")
        train = (
            *chainrule,
            "train",
            str(table),
            "--target",
            "class",
            "--model",
            "softmax",
            "--out",
            str(model),
            "--force",
        )
        commands = {
            f"train of {ROWS} rows, a process": (train, LIMIT_TRAIN),
            "predict of a row, a process": ((*chainrule, "predict", str(model), str(one)), LIMIT_PREDICT),
        }
        for name, (command, limit) in commands.items():
            bare = min(_seconds((sys.executable, "-c", "pass")) for _ in range(REPEATS))
            yield name, "s", limit, [_seconds(command) - bare for _ in range(REPEATS)]
        yield "a model file is opened", "ms", LIMIT_OPEN, [_milliseconds_to_open(model) for _ in range(OPENED)]


def _milliseconds_to_open(model: Path) -> float:
    start = time.perf_counter()
    load(model)
    return 1000 * (time.perf_counter() - start)


def _seconds(command: tuple[str, ...]) -> float:
    """Return the processor time of a command with one thread for matrix products."""
    before = os.times()
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])
