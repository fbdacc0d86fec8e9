"""The times of the lesson: its training, its decision function, the import and the whole page."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

import numpy as np

from chainrule import Cost, GradientDescent, datasets, train
from chainrule.pages.lesson import gaussians

# Runs within a process: of so many the median hardly varies.
REPEATS = 101
# Processes, with and without Chainrule by turns: their median is not moved by three that were disturbed.
PROCESSES = 7


def figures() -> Iterator[tuple[str, str, float, list[float]]]:
    """Yield each figure: its name, unit, limit and the times measured."""
    yield "part 1: 50 steps of gradient descent", "ms", 5.0, [1e3 * s for s in fifty_steps()]
    yield "part 1: decision function on 40,000 points", "ms", 20.0, [1e3 * s for s in decision_function()]
    yield "import chainrule, beyond its dependencies", "s", 0.3, import_times()
    yield "chainrule lesson, both parts, cold process", "s", 15.0, whole_lesson()


def fifty_steps() -> list[float]:
    x, t = datasets.three_gaussians()
    cost = Cost.of(gaussians.network, gaussians.loss, x, t, reduction="sum")
    start = gaussians.starting_parameters()
    return seconds(lambda: train(cost, GradientDescent(gaussians.RATE), start, max_epochs=gaussians.STEPS))


def decision_function() -> list[float]:
    axis = np.linspace(-5, 5, 200)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    theta = gaussians.starting_parameters()
    return seconds(lambda: gaussians.probabilities(theta, points).argmax(axis=1))


def import_times() -> list[float]:
    """Return the import's own seconds: with and without Chainrule, in fresh processes taken in turn."""
    dependencies = "import numpy, numpy.random, scipy.special"
    times = []
    for _ in range(PROCESSES):
        without = process(sys.executable, "-c", dependencies)
        times.append(process(sys.executable, "-c", f"{dependencies}, chainrule") - without)
    return times


def whole_lesson() -> list[float]:
    with tempfile.TemporaryDirectory() as out:
        return [process(sys.executable, "-m", "chainrule", "lesson", "--out", out) for _ in range(3)]


def seconds(task: Callable[[], object]) -> list[float]:
    task()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return times


def process(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    return time.perf_counter() - start
