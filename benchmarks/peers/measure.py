"""How a time is taken, how contenders take turns, and what their times come to."""

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple, TypeAlias

import numpy as np

Times: TypeAlias = list[float] | str
OURS = "Chainrule"
PAUSE = 0.03
"""Seconds before a measurement, in which the waiting threads of the contender before fall asleep."""


@dataclass(frozen=True)
class Settings:
    """How long to measure.

    Attributes:
        repeats: of each contender.
        cap: seconds that one run may take.
        least: seconds that a measurement takes at the least: short work is done many times over.
        budget: seconds that all repeats of a contender take at most, two repeats excepted.
        quick: whether to see only that everything works.
    """

    repeats: int = 5
    cap: float = 5.0
    least: float = 0.02
    budget: float = 2.0
    quick: bool = False


@dataclass(frozen=True)
class Run:
    """What the parts of a run share.

    Attributes:
        folder: of the data sets.
        settings: how long to measure.
        limits: of the machine, a second.
        only: groups whose name has one of these words; all if there are none.
    """

    folder: Path
    settings: Settings
    limits: Mapping[str, float]
    only: tuple[str, ...] = ()

    def wanted(self, group: str) -> bool:
        """Return whether a group is to be measured."""
        return not self.only or any(name.lower() in group.lower() for name in self.only)


class Spread(NamedTuple):
    """The median of some numbers, and between what the middle half of them lies; of four or fewer, all of them."""

    median: float
    low: float
    high: float


def seconds(work: Callable[[], object], least: float = 0.0) -> float:
    """Return how long the work takes: the mean of as many runs as take `least` seconds together."""
    runs, start = 0, time.perf_counter()
    while True:
        work()
        runs += 1
        total = time.perf_counter() - start
        if total >= least:
            return total / runs


def in_turns(contenders: Mapping[str, Callable[[], float]], settings: Settings) -> dict[str, Times]:
    """Return the seconds that each contender says it took, all of them taking turns: A, B, C, A, B, C, ...

    A contender whose repeats would take longer than the budget has fewer, two at the least. One that fails has the
    reason in place of its times.
    """
    times: dict[str, Times] = {name: [] for name in contenders}
    for turn in range(settings.repeats):
        for name, contender in contenders.items():
            so_far = times[name]
            if isinstance(so_far, str) or (turn >= 2 and sum(so_far) + so_far[-1] > settings.budget):
                continue
            gc.collect()
            time.sleep(PAUSE)
            try:
                so_far.append(contender())
            except Exception as error:
                times[name] = failure(error)
    return times


def failure(error: Exception) -> str:
    """Return in a line why a contender has no time."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:160]}"


def process_seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Return how long a process takes from its start to its end.

    Raises:
        RuntimeError: it failed; the message is its last line.
    """
    start = time.perf_counter()
    process_output(command, environment)
    return time.perf_counter() - start


def process_output(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return what a process of Python prints.

    Raises:
        RuntimeError: it failed; the message is its last line.
    """
    done = subprocess.run([sys.executable, *command], env=dict(environment), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no message"])[-1])
    return done.stdout


def spread(times: Sequence[float]) -> Spread:
    """Return the median and the quartiles of some times."""
    if len(times) <= 4:
        return Spread(median(times), min(times), max(times))
    low, middle, high = quantiles(times, n=4, method="inclusive")
    return Spread(middle, low, high)


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """Return how many times as long they take: the median of the ratios turn by turn."""
    return median(their / our for their, our in zip(theirs, ours, strict=False))


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return `b` of `value = a · size^b`, fitted to the upper half of the sizes.

    >>> round(exponent([1, 10, 100, 1000], [5, 5, 20, 2000]), 6)
    2.0
    """
    upper = slice(-max(2, (len(sizes) + 1) // 2), None)
    return float(np.polyfit(np.log(sizes[upper]), np.log(values[upper]), 1)[0])
