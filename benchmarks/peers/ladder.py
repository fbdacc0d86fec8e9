"""How many iterations a solver needs: doubled until it is near enough, then narrowed down, each time from scratch."""

from collections.abc import Callable, Sequence
from math import isfinite, sqrt
from typing import NamedTuple

# How near two numbers of iterations come before no more are tried: a quarter, less than times vary.
FINE = 1.25


class Rung(NamedTuple):
    """What so many iterations came to.

    Attributes:
        iterations: at most.
        seconds: that they took.
        gap: how far the cost is above the optimum, relative to it.
        accuracy: on the test rows.
    """

    iterations: int
    seconds: float
    gap: float
    accuracy: float


def climb(run: Callable[[int], Rung], targets: Sequence[float], cap: float) -> list[Rung]:
    """Return the rungs of a solver's ladder, by iterations, up to the one that reaches every target.

    The ladder ends early where a run takes `cap` seconds, near enough, or where more iterations change nothing.
    Between the first rung that reaches a target and the last one before it, more are put until they are as close
    together as a factor of 1.25.
    """
    rungs = [run(1)]
    while (last := rungs[-1]).gap > min(targets):
        more = int(last.iterations * min(2.0, cap / last.seconds))
        if more < FINE * last.iterations:
            break
        rungs.append(run(more))
        if rungs[-1].gap == last.gap or not isfinite(rungs[-1].gap):
            break
    for target in targets:
        while (found := reaching(rungs, target)) is not None:
            short = [rung for rung in rungs if rung.iterations < found.iterations]
            if not short or found.iterations <= max(short[-1].iterations * FINE, short[-1].iterations + 1):
                break
            between = run(round(sqrt(short[-1].iterations * found.iterations)))
            rungs = sorted([*rungs, between])
    return rungs


def reaching(rungs: Sequence[Rung], target: float) -> Rung | None:
    """Return the first rung that reaches a target, if any."""
    return next((rung for rung in rungs if rung.gap <= target), None)
