"""The page of results: a summary, and a table for each group of cases."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from statistics import median
from typing import Any

from benchmarks.peers.curves import curves
from benchmarks.peers.measure import OURS, Times, ratio, spread
from benchmarks.peers.results import groups

TITLES = {
    "first": "The first fit of a fresh process",
    "passes": "One pass",
    "convex": "Softmax regression to the optimum",
    "networks": "Networks",
    "cold": "From a fresh process",
    "prediction": "Prediction",
    "growth": "Growth with size",
}
INTRODUCTION = """# Speed compared with other libraries

Chainrule, scikit-learn, PyTorch, JAX with optax, glum, skglm and statsmodels on CPU: the same rows, number type, cores
and threads, in one run, in turns (A, B, C, A, B, C, ...). `make bench-peers` writes this page; every measured time is
in [{file}]({file}).

Each cell has the median time and, in brackets, the quartiles (of four or fewer repeats, the minimum and the maximum);
then the median over the turns of the ratio to Chainrule's time: above 1 where Chainrule is faster. The limit is the
time in which this machine can read the rows once from memory or do the operations of the products once, whichever is
longer, at the rates below, which were measured at the start. (Rows of a few MB stay in the cache, which is faster than
memory: there the limit only gives the scale.) A method whose name is in brackets does less than the task, and is
listed for scale. Cold means a fresh process, with everything that it loads and compiles; otherwise JAX's code is
compiled beforehand.
"""
EXPLANATIONS = {
    "first": """The seconds of `fit` alone, each in a fresh process that has imported what it needs, on rows from a
NumPy file: what a script that fits once waits for. Networks have Adam with a rate of 1e-3 and no penalty, in float32.
""",
    "convex": """Every solver fits from scratch, with one and the same penalty (`C` as scikit-learn has it: l2 is one
over `C` times the rows), as many iterations as it needs for a cost that is within a relative gap of the lowest,
`(f - f*) / f*`: iterations are doubled until the gap is reached, then narrowed down to a factor of 1.25, and then timed
anew. Costs are computed in float64 by one function for all; the lowest cost is confirmed by a second solver or by a
certificate (`benchmarks/peers/optima.json`). Preparing the rows and compiling are not in these times. `Chainrule` and
those of scikit-learn, glum and skglm are estimators, which check rows and labels first; PyTorch, JAX and `Chainrule,
from a Cost` begin with both ready. A solver that would take more than 15 seconds, or more than 2 seconds and 30 times
as long as Chainrule to the last target, is shown with `>`, the seconds it had, and how far it came in them. The limit
is the time of one pass over the rows: a solver needs several.""",
    "networks": """Adam with a rate of 1e-3 on mini-batches in float32, ReLU between the layers, no penalty. A step is
a whole epoch divided by its mini-batches. Cold is a whole process, from its start through import, compiling and
training to the accuracy on held-out rows; rows are read from a NumPy file. Each repeat has other starting weights.""",
    "cold": """Whole processes from start to end: `python -c`, which reads the rows from a NumPy file, imports, and
fits.""",
    "prediction": "Class probabilities of NumPy rows, standardised first, as NumPy arrays.",
    "growth": """One fit in a process of its own: softmax regression with default settings, a network for five epochs of
Adam. Libraries are loaded before. Memory is the highest during the fit beyond that before it,
the rows themselves not counted. Exponents are slopes of the logarithms over the upper half of the sizes. The log loss
is that of the rows fitted.""",
}


def page(content: Mapping[str, Any], file: str) -> str:
    """Return the page of the results that `file` holds."""
    machine, limits, cases = (content[name] for name in ("machine", "limits", "cases"))
    lines = [INTRODUCTION.format(file=file), "| machine | |", "| --- | --- |"]
    lines += [f"| {name} | {what} |" for name, what in machine.items()]
    rates = {name: f"{rate / 1e9:.1f}e9" for name, rate in limits.items()}
    lines += [f"| {name} | {rate} |" for name, rate in rates.items()]
    versions = sorted({f"{case['commit']} ({case['date'][:10]})" for case in cases})
    lines += [f"| measured | {', '.join(versions)} |", "", "## Summary", "", *summary(cases)]
    for part, title in TITLES.items():
        found = list(groups(cases, part))
        if found:
            lines += ["", f"## {title}", "", *([EXPLANATIONS[part]] if part in EXPLANATIONS else [])]
        for group, members in found:
            lines += ["", f"### {group}", ""]
            lines += curves(members) if part == "growth" else [*table(members), "", members[0]["about"]]
    return "\n".join(lines) + "\n"


def summary(cases: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each case that has times: ours, the fastest other, the ratio, the limit."""
    yield "| case | Chainrule | fastest other | its time | ratio | limit | share of it reached |"
    yield "| --- | ---: | --- | ---: | ---: | ---: | ---: |"
    for case in cases:
        if not case["seconds"]:
            continue
        ours, others = apart(case["seconds"])
        best = min(others, key=lambda name: median_of(others[name]), default="none")
        theirs = others.get(best, "none")
        mine = duration(median(ours)) if not isinstance(ours, str) else ours
        their = "none" if isinstance(theirs, str) else duration(median(theirs))
        times = "" if isinstance(ours, str) or isinstance(theirs, str) else f"{ratio(theirs, ours):.2f}×"
        limit = case["limit"]
        reached = "" if limit is None or isinstance(ours, str) else percent(limit / median(ours))
        bound = "" if limit is None else duration(limit)
        yield f"| {case['group']}: {case['name']} | {mine} | {best} | {their} | {times} | {bound} | {reached} |"


def apart(times: Mapping[str, Times]) -> tuple[Times, dict[str, Times]]:
    """Return our times, and those of all other contenders: a name in brackets is none."""
    mine = next(name for name in times if name.startswith(OURS))
    return times[mine], {name: their for name, their in times.items() if not name.startswith((OURS, "("))}


def table(members: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a group's table: a line for each contender, a column for each case."""
    names = list(dict.fromkeys(name for case in members for name in case["seconds"]))
    noted = any(case["notes"] for case in members)
    heads = [case["name"] for case in members] + (["notes"] if noted else [])
    yield f"| | {' | '.join(heads)} |"
    yield f"| --- | {' | '.join(['---:'] * len(members) + (['---'] if noted else []))} |"
    for name in names:
        cells = [cell(name, case["seconds"]) for case in members]
        notes = "; ".join(case["notes"][name] for case in members if name in case["notes"])
        yield f"| {name} | {' | '.join(cells + ([notes] if noted else []))} |"
    bounds = ["" if case["limit"] is None else duration(case["limit"]) for case in members] + ([""] if noted else [])
    if any(bounds):
        yield f"| limit | {' | '.join(bounds)} |"


def cell(name: str, seconds: Mapping[str, Times]) -> str:
    """Return a contender's median, spread and ratio, or why it has none."""
    times = seconds.get(name, "")
    if isinstance(times, str):
        return times
    middle, low, high = spread(times)
    ours = apart(seconds)[0]
    beside = "" if name.startswith(OURS) or isinstance(ours, str) else f", {ratio(times, ours):.2f}×"
    return f"{duration(middle)} ({duration(low)} to {duration(high)}){beside}"


def median_of(times: Times) -> float:
    return inf if isinstance(times, str) else median(times)


def percent(share: float) -> str:
    """Return a share as a percentage of two digits, or more where it is above 100.

    >>> percent(0.0567), percent(1.234)
    ('5.7 %', '123 %')
    """
    return f"{100 * share:.0f} %" if share >= 1 else f"{100 * share:.2g} %"


def duration(seconds: float) -> str:
    """Return a time with three digits and a unit.

    >>> duration(0.0123)
    '12.3 ms'
    """
    unit, factor = next((u, f) for u, f, least in UNITS if seconds >= least)
    number = seconds * factor
    return f"{number:.{max(0, 2 - len(str(int(number))) + 1)}f} {unit}"


UNITS = (("s", 1.0, 1.0), ("ms", 1e3, 1e-3), ("µs", 1e6, 1e-6), ("ns", 1e9, 0.0))
