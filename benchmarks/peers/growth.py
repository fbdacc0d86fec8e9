"""Seconds and memory of a fit against rows, columns, classes, width and depth, beside scikit-learn's."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, final

from benchmarks.peers.measure import Run, Settings, exponent, failure, spread
from benchmarks.peers.results import Case

CONTENDERS = ("Chainrule", "scikit-learn")
# Fits of each size: starting a process takes longer than most, and a curve shows by itself where one was disturbed.
REPEATS = 2
# Seconds that the fits of one size take at most, before they are repeated no more.
BUDGET = 2.0
# Sizes of a quick run: as many as a slope needs.
QUICK_SIZES = 2


@final
@dataclass(frozen=True)
class Task:
    """What is fitted: rows of two clouds or more, and a network or softmax regression."""

    rows: int = 10_000
    columns: int = 20
    classes: int = 5
    hidden: tuple[int, ...] = ()


SOFTMAX = Task()
NETWORK = Task(hidden=(64,))
CURVES: dict[str, tuple[tuple[int, ...], Callable[[int], Task]]] = {
    "softmax regression by rows": (
        (1000, 10_000, 100_000, 1_000_000),
        lambda size: replace(SOFTMAX, rows=size),
    ),
    "softmax regression by columns": (
        (10, 100, 1000, 10_000),
        lambda size: replace(SOFTMAX, rows=2000, columns=size),
    ),
    "softmax regression by classes": (
        (2, 10, 100, 1000),
        lambda size: replace(SOFTMAX, classes=size),
    ),
    "network by rows": (
        (1000, 10_000, 100_000),
        lambda size: replace(NETWORK, rows=size),
    ),
    "network by width": ((16, 64, 256, 1024), lambda size: replace(NETWORK, hidden=(size,))),
    "network by depth": ((1, 4, 16), lambda size: replace(NETWORK, hidden=(64,) * size)),
}


def cases(run: Run) -> Iterator[Case]:
    """Yield a case for each curve."""
    for group, (sizes, task_of) in CURVES.items():
        if run.wanted(group):
            sizes = sizes[:QUICK_SIZES] if run.settings.quick else sizes
            yield Case("growth", group, "curve", {}, curves=curve(sizes, task_of, run.settings))


def curve(sizes: tuple[int, ...], task_of: Callable[[int], Task], settings: Settings) -> dict[str, Any]:
    """Return each contender's runs by size, taking turns, and the exponents of seconds and bytes.

    A contender whose fit takes longer than the cap is not asked for a larger size.
    """
    runs: dict[str, dict[int, Any]] = {name: {} for name in CONTENDERS}
    for size in sizes:
        found: dict[str, Any] = {name: [] for name in CONTENDERS}
        for turn in range(min(settings.repeats, REPEATS)):
            for name in CONTENDERS:
                failed = isinstance(found[name], str)
                if failed or stopped(runs[name], settings.cap) or (turn and sum_of(found[name]) > BUDGET):
                    continue
                try:
                    found[name].append(fit(name, task_of(size)))
                except RuntimeError as error:
                    found[name] = failure(error)
        for name in CONTENDERS:
            if found[name]:
                runs[name][size] = found[name]
    return {name: summary(by_size) for name, by_size in runs.items()}


def stopped(by_size: dict[int, Any], cap: float) -> bool:
    """Return whether the largest size so far failed or took too long."""
    if not by_size:
        return False
    last = by_size[max(by_size)]
    return isinstance(last, str) or spread([run["seconds"] for run in last]).median > cap


def sum_of(runs: Any) -> float:
    return 0.0 if isinstance(runs, str) else sum(run["seconds"] for run in runs)


def fit(name: str, task: Task) -> dict[str, float]:
    """Return seconds, bytes and log loss of a fit in a process of its own.

    Raises:
        RuntimeError: the process failed; the message is its last line.
    """
    words = [name, str(task.rows), str(task.columns), str(task.classes), *map(str, task.hidden)]
    command = [sys.executable, "-m", "benchmarks.peers.growth_fit", *words]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def summary(by_size: dict[int, Any]) -> dict[str, Any]:
    """Return the runs of a contender, and the exponents of their medians."""
    good = {size: runs for size, runs in by_size.items() if not isinstance(runs, str)}
    exponents = {}
    for what in ("seconds", "bytes"):
        values = [spread([run[what] for run in runs]).median for runs in good.values()]
        exponents[what] = exponent(list(good), values) if len(good) > 1 and min(values) > 0 else None
    return {"runs": {str(size): runs for size, runs in by_size.items()}, "exponents": exponents}
