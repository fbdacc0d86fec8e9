"""Curves of time and memory against size, as tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.peers.measure import spread


def curves(members: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a group's table: two lines for each contender, a column for each size and the exponent."""
    (case,) = members
    found: Mapping[str, Any] = case["curves"]
    sizes = sorted({size for one in found.values() for size in one["runs"]}, key=int)
    yield f"| | {' | '.join(sizes)} | exponent |"
    yield f"| --- | {' | '.join(['---:'] * (len(sizes) + 1))} |"
    for what, unit, factor, digits in (("seconds", "s", 1.0, 3), ("bytes", "MiB", 2**-20, 1), ("log loss", "", 1.0, 4)):
        for name, one in found.items():
            cells = [cell(one["runs"].get(size, ""), what, factor, digits) for size in sizes]
            slope = one["exponents"].get(what)
            yield f"| {name}, {unit or what} | {' | '.join(cells)} | {'' if slope is None else f'{slope:.2f}'} |"


def cell(runs: Any, what: str, factor: float, digits: int) -> str:
    """Return the median of some runs, or why there is none."""
    if isinstance(runs, str):
        return runs
    return f"{factor * spread([run[what] for run in runs]).median:.{digits}f}"
