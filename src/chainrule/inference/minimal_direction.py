"""The plainest direction that separates what can be separated: few columns, none of which can be left out."""

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from chainrule.arrays import Array
from chainrule.inference.separation_search import EXACT, HIDDEN, Pairs

PAIRS_AT_A_TIME = 500
SHORT_OF_ONE = 1e-6
NOTHING = 1e-6
BIAS_COST = 1e-3
MOST_COLUMNS_TRIED = 30


def plainest_direction(rows: Pairs, separable: Array) -> Array:
    """Return weights of the standardised columns (k, j) with margins of at least 1 where separable, and 0 elsewhere.

    Their absolute sum is the least there is. Then columns are left out one at a time, the least ones first, as long as
    the others can do without. Of two classes, the first one's weights are zero.

    Parameters:
        rows: beside the classes that are not theirs.
        separable: the pairs (n, k) that `separable_pairs` returns, at least one.

    Raises:
        ValueError: rounding leaves no direction that does it.
    """
    programme = _Programme.of(rows, separable)
    found, used = programme.solve(np.zeros(programme.columns, bool))
    if found is None:
        raise ValueError(HIDDEN)
    left_out = used_by(found) == 0
    left_out[: int(rows.whitened.biased)] = False
    candidates = np.flatnonzero(~left_out)[int(rows.whitened.biased) :]
    if len(candidates) <= MOST_COLUMNS_TRIED:
        for column in candidates[used_by(found)[candidates].argsort()]:
            without = left_out.copy()
            without[column] = True
            other, used = programme.solve(without, used)
            if other is not None:
                found, left_out = other, without
    return found


def used_by(weights: Array) -> Array:
    """Return how much of a direction (k, j) is of each column (j,)."""
    return np.abs(weights).sum(axis=0)


class _Programme(NamedTuple):
    """The least absolute sum of weights with a margin of 1 for separable pairs: of `[b⁺, b⁻, c]`, `b = b⁺ - b⁻`."""

    rows: Pairs
    separable: Array
    others: Array
    free: Array
    movable: Array

    @classmethod
    def of(cls, rows: Pairs, separable: Array) -> "_Programme":
        others = rows.others & ~separable
        movable = np.arange(1 if rows.classes == 2 else 0, rows.classes)
        return cls(rows, separable, others, rows.free_of(others), movable)

    @property
    def columns(self) -> int:
        return int(self.rows.whitened.coordinates.shape[1])

    def solve(self, left_out: Array, begin: Array | None = None) -> tuple[Array | None, Array]:
        """Return the weights (k, j) without those of some columns, or None where there are none; and the pairs used."""
        whitened, k, m = self.rows.whitened, self.rows.classes, len(self.movable)
        contrasts = np.column_stack([-np.ones(k - 1), np.eye(k - 1)])[:, self.movable]
        into_coordinates = sparse.csr_array(np.kron(contrasts, whitened.coordinates))
        free = sparse.csr_array(self.free[1:].reshape(-1, self.free.shape[-1]))
        equal = sparse.hstack([into_coordinates, -into_coordinates, -free])
        cost = np.ones((m, self.columns))
        cost[:, : int(whitened.biased)] = BIAS_COST
        highest = np.where(left_out, 0, np.inf) + np.zeros((m, 1))
        bounds = [(0, high) for high in np.tile(highest.ravel(), 2)] + [(None, None)] * self.free.shape[-1]
        among = np.argwhere(self.separable)
        used = np.zeros_like(self.separable) if begin is None else begin
        chosen = among[np.linspace(0, len(among) - 1, min(len(among), PAIRS_AT_A_TIME)).astype(int)]
        weights = np.zeros((k, self.columns))
        while len(chosen):
            used[tuple(chosen.T)] = True
            sides = self._sides(*np.nonzero(used))
            solution = linprog(
                np.concatenate([cost.ravel(), cost.ravel(), np.zeros(self.free.shape[-1])]),
                A_ub=sparse.hstack([-sides, sides, sparse.csr_array((sides.shape[0], self.free.shape[-1]))]),
                b_ub=-np.ones(sides.shape[0]),
                A_eq=equal,
                b_eq=np.zeros(equal.shape[0]),
                bounds=bounds,
                options=EXACT,
            )
            if solution.status:
                return None, used
            positive, negative = solution.x[: 2 * m * self.columns].reshape(2, m, -1)
            weights[self.movable] = positive - negative
            weights[np.abs(weights) < NOTHING * np.abs(weights).max()] = 0
            margins = self.rows.margins(self.rows.logits(weights @ whitened.coordinates.T))
            if np.abs(margins[self.others]).max(initial=0) > SHORT_OF_ONE:
                return None, used
            short = np.argwhere(self.separable & ~used & (margins < 1 - SHORT_OF_ONE))
            chosen = short[margins[tuple(short.T)].argsort()[:PAIRS_AT_A_TIME]]
        return weights, used

    def _sides(self, rows: Array, others: Array) -> Any:
        """Return what makes margins of the weights of movable classes, a pair a row."""
        x, place = (
            self.rows.whitened.chosen_standardized(rows),
            np.searchsorted(self.movable, np.arange(self.rows.classes)),
        )
        found = np.zeros((len(rows), len(self.movable), self.columns))
        for classes, sign in ((self.rows.t[rows], 1), (others, -1)):
            there = np.isin(classes, self.movable)
            found[np.flatnonzero(there), place[classes[there]]] = sign * x[there]
        return sparse.csr_array(found.reshape(len(rows), -1))
