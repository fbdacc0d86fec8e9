"""Watching a run on held-out rows, and saying so where it ended short of its tolerance."""

import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from chainrule.arrays import Array
from chainrule.engine import Cost
from chainrule.history import Epoch
from chainrule.training import DIVERGED


class Watched(NamedTuple):
    """What came of a run.

    Attributes:
        theta: the parameters to keep (p,): of the epoch with the lowest held-out cost, or of the last one.
        last: the last epoch; its `stop` says why.
        costs: of the held-out rows after each epoch; empty where there are none.
    """

    theta: Array
    last: Epoch
    costs: list[float]


def watch(run: Iterator[Epoch], held_out: Cost | None, patience: int) -> Watched:
    """Return what came of a run, ended early once the held-out cost has not been lower for `patience` epochs."""
    costs: list[float] = []
    for last in run:
        if held_out is None:
            theta = last.theta
            continue
        costs.append(held_out.value(last.theta))
        best = int(np.argmin(costs)) + 1
        if best == last.number:
            theta = last.theta
        if last.number - best >= patience:
            reason = f"the validation cost was lowest in epoch {best} and has not been lower since"
            last = last._replace(stop=reason)
            break
    return Watched(theta, last, costs)


def warn_if_short(last: Epoch, tol: float | str) -> None:
    """Warn with ConvergenceWarning, as from the caller's caller, if a run diverged or used up its epochs."""
    if str(last.stop).startswith((DIVERGED, "max_epochs")):
        warnings.warn(
            f"Training ended short of its tolerance, tol = {tol}: {last.stop}. The cost is {last.cost:.6g}, the "
            f"gradient's norm {last.gradient_norm:.3g}; raise max_epochs, or tol if that is near enough.",
            ConvergenceWarning,
            stacklevel=3,
        )
