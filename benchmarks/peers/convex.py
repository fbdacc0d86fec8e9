"""Softmax regression: the time until the cost is near the optimum, and the test accuracy there."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import inf
from typing import Any

from benchmarks.peers.ladder import Rung, climb, reaching
from benchmarks.peers.machine import least_seconds
from benchmarks.peers.measure import OURS, Run, Settings, Times, failure, in_turns, seconds
from benchmarks.peers.optima import optimum
from benchmarks.peers.problems import Problem, load
from benchmarks.peers.results import Case
from benchmarks.peers.solvers import Fit, Prepared, solvers

# How far the cost is above the lowest, as a share of it: rough, as usual, and all digits of single precision.
TARGETS = (1e-2, 1e-4, 1e-6)
# Rows of a quick run: few, since it only shows that all works.
QUICK_ROWS = 3000
DATA = (
    *(("hsbdemo", True), ("iris", True), ("digits", True), ("letter", True), ("letter", False)),
    *(("covertype", True), ("covertype", False), ("adult", True), ("a9a", True), ("fashion_mnist", True)),
)
# scikit-learn's C: its default, and a strong penalty.
STRENGTHS = (1.0, 0.01)
# Small and not separated, so that there is a lowest cost without a penalty.
UNPENALISED = "hsbdemo"
# How many times as long as ours another solver may take: what is slower still need not be known more exactly.
TIMES_OURS = 10
# Seconds that it may take at least: less would leave out what starts slowly.
LEAST_CAP = 1.0


def problems(run: Run) -> Iterator[Problem]:
    """Yield the problems whose name is wanted."""
    for name, scaled in DATA:
        strengths = (inf,) if name == UNPENALISED else STRENGTHS
        names = {c: f"{name}{'' if scaled else ', columns as they are'}, C = {c:g}" for c in strengths}
        if any(map(run.wanted, names.values())):
            data = load(run.folder, name, scaled=scaled, rows=QUICK_ROWS if run.settings.quick else None)
            yield from (Problem(names[c], data, c) for c in strengths if run.wanted(names[c]))


def cases(run: Run) -> Iterator[Case]:
    """Yield a case for each problem and target."""
    for problem in problems(run):
        try:
            lowest = optimum(problem, keep=not run.settings.quick)
        except ValueError as error:
            yield Case("convex", problem.name, "the lowest cost", {OURS: failure(error)})
            continue
        yield from measured(problem, lowest, run.settings, run.limits)


def measured(problem: Problem, lowest: float, settings: Settings, limits: Mapping[str, float]) -> Iterator[Case]:
    """Yield the times to each target; each solver's iterations are found first, and then timed by turns."""
    ready: dict[str, Prepared] = {}
    ladders: dict[str, list[Rung] | str] = {}
    cap = settings.cap
    for name, prepare in solvers(problem).items():
        start = time.perf_counter()
        try:
            ready[name] = prepare(problem)
            ladders[name] = ladder_of(ready[name].fit, problem, lowest, cap)
        except Exception as error:
            ladders[name] = failure(error)
        if name == OURS:
            cap = cap_beside(ladders[name], settings.cap)
        print(f"    {problem.name}: ladder of {name}, {time.perf_counter() - start:.1f} s", flush=True)
    limit = least_seconds(limits, problem.bytes, problem.operations, str(problem.data.x.dtype))
    for target in TARGETS:
        times: dict[str, Times] = {}
        chosen: dict[str, Callable[[], float]] = {}
        notes: dict[str, str] = {}
        for name, ladder in ladders.items():
            rung = None if isinstance(ladder, str) else reaching(ladder, target)
            if rung is None:
                times[name] = ladder if isinstance(ladder, str) else short_of(ladder)
                continue
            chosen[name] = partial(seconds, partial(ready[name].fit, rung.iterations), settings.least)
            notes[name] = f"{rung.iterations} it., accuracy {rung.accuracy:.4f}"
        times |= in_turns(chosen, settings)
        in_order = {name: times[name] for name in ladders}
        yield Case("convex", problem.name, f"gap {target:.0e}", in_order, limit, notes, about(problem, lowest, ready))


def ladder_of(fit: Fit, problem: Problem, lowest: float, cap: float) -> list[Rung]:
    """Return the rungs of a solver, after a first fit that loads and compiles what it needs.

    Raises:
        ValueError: a cost is lower than the optimum, which then is none.
    """

    def run(iterations: int) -> Rung:
        found: list[Any] = []
        taken = seconds(lambda: found.append(fit(iterations)))
        gap = (problem.cost(*found[0]) - lowest) / lowest
        if gap < -1e-7:
            raise ValueError(f"a cost {-gap:.1e} of itself below the optimum was found: the optimum is wrong")
        return Rung(iterations, taken, gap, problem.accuracy(*found[0]))

    fit(1)
    return climb(run, TARGETS, cap)


def cap_beside(ours: Sequence[Rung] | str, most: float) -> float:
    """Return the seconds that another solver may take: ten times as long as ours takes to the last target."""
    found = None if isinstance(ours, str) else reaching(ours, min(TARGETS))
    return most if found is None else min(most, max(LEAST_CAP, TIMES_OURS * found.seconds))


def short_of(ladder: Sequence[Rung]) -> str:
    """Return in words how far a solver got that does not reach a target."""
    best, last = min(ladder, key=lambda rung: rung.gap), ladder[-1]
    if len(ladder) > 1 and last.gap == ladder[-2].gap:
        return f"stops at a gap of {best.gap:.0e}"
    return f"> {last.seconds:.2g} s (gap {best.gap:.0e})"


def about(problem: Problem, lowest: float, ready: dict[str, Prepared]) -> str:
    """Return what the problem is, and what compiling took beside."""
    rows, kind = len(problem.data.t), "sparse" if problem.sparse else str(problem.data.x.dtype)
    compiling = ", ".join(f"{name} {one.compiling:.1f} s" for name, one in ready.items() if one.compiling)
    return (
        f"{rows} × {problem.columns}, {problem.data.classes} classes, {kind}; lowest cost {lowest:.9g}; the limit is "
        f"one pass over the rows. Compiling, beside these times: {compiling}."
    )
