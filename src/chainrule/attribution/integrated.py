"""Integrated gradients: how much each input contributes to the difference between a row and a baseline.

    contribution_i = (x_i - b_i) · ∫₀¹ ∂f/∂x_i (b + α (x - b)) dα        Σ_i contribution_i = f(x) - f(b)

The second equation is completeness. It also holds for each piece of the way from the baseline `b` to the row `x`, so it
tells where the integral is not exact yet. A piece is cut where a rectifier changes its side, which is known exactly, as
what it gets is linear in between; else in half. Each piece is integrated by Gauss-Legendre quadrature.

Source: M. Sundararajan, A. Taly, Q. Yan, "Axiomatic attribution for deep networks", ICML 2017.
"""

from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.attribution.result import Answers
from chainrule.layers import Activation

POINTS, POINT_WEIGHTS = np.polynomial.legendre.leggauss(8)
NODES, NODE_WEIGHTS = (POINTS + 1) / 2, POINT_WEIGHTS / 2
MOST_ROUNDS, SHORTEST = 60, 2.0**-40
AT_AN_END, SAME_SIDE = 1e-9, 1e-12
SMALLEST_SHARE = 1 / 128
NUMBERS_AT_ONCE = 1 << 21


class Pieces(NamedTuple):
    """Pieces of the ways from the baseline to rows: which row (m,), and where on its way from 0 to 1 (m,)."""

    rows: Array
    starts: Array
    ends: Array

    def take(self, chosen: Array) -> "Pieces":
        """Return some of them."""
        return Pieces(*(each[chosen] for each in self))


def integrated_gradients(answers: Answers, x: Array, baseline: Array, tolerance: float) -> tuple[Array, Array]:
    """Return contributions (n, i), and how far their sum is from the difference of the answers (n,).

    Parameters:
        answers: what is explained.
        x: rows as the network takes them (n, i).
        baseline: a row (i,).
        tolerance: of the sum, for a difference of at most 1; relative to larger ones.
    """
    way = x - baseline
    ends = [answers.values(answers.network.forward(answers.theta, rows)[-1]) for rows in (x, x - way)]
    difference = ends[0] - ends[1]
    allowed = tolerance * np.maximum(1, np.abs(difference)) / 2
    contributions = np.zeros_like(way)
    pieces = Pieces(np.arange(len(x)), np.zeros(len(x)), np.ones(len(x)))
    at_once = max(1, NUMBERS_AT_ONCE // (len(NODES) * sum(answers.network.widths)))
    for number in range(MOST_ROUNDS):
        cut: list[Pieces] = []
        for first in range(0, len(pieces.rows), at_once):
            some = pieces.take(np.arange(first, min(first + at_once, len(pieces.rows))))
            integral = _integral(answers, some, baseline, way)
            change, cuts = _ends(answers, some, baseline, way)
            length = some.ends - some.starts
            close = np.abs(integral.sum(axis=1) - change) <= allowed[some.rows] * np.maximum(length, SMALLEST_SHARE)
            done = (close & np.isnan(cuts)) | (length < SHORTEST) | (number == MOST_ROUNDS - 1)
            np.add.at(contributions, some.rows[done], integral[done])
            cut.append(_cut(some.take(~done), cuts[~done]))
        pieces = Pieces(*(np.concatenate(each) for each in zip(*cut, strict=True)))
        if not len(pieces.rows):
            break
    return contributions, np.abs(contributions.sum(axis=1) - difference)


def _points(baseline: Array, way: Array, pieces: Pieces, alpha: Array) -> Array:
    return baseline + alpha[:, None] * way[pieces.rows]


def _integral(answers: Answers, pieces: Pieces, baseline: Array, way: Array) -> Array:
    """Return the contributions of each piece (m, i)."""
    length = pieces.ends - pieces.starts
    total = np.zeros((len(length), way.shape[1]))
    of_rows = answers.take(pieces.rows)
    for node, weight in zip(NODES, NODE_WEIGHTS, strict=True):
        alpha = pieces.starts + node * length
        total += weight * of_rows.gradient(_points(baseline, way, pieces, alpha))
    return total * length[:, None] * way[pieces.rows]


def _ends(answers: Answers, pieces: Pieces, baseline: Array, way: Array) -> tuple[Array, Array]:
    """Return how much the answer changes along each piece (m,), and where on it a rectifier changes side, or NaN."""
    start, end = (
        answers.network.forward(answers.theta, _points(baseline, way, pieces, alpha))
        for alpha in (pieces.starts, pieces.ends)
    )
    of_rows = answers.take(pieces.rows)
    cuts = np.full(len(pieces.rows), np.nan)
    for number, layer in enumerate(answers.network.layers):
        if isinstance(layer, Activation) and layer.kinked:
            nearest = _nearest_crossing(start[number], end[number])
            cuts = np.where(
                np.isnan(cuts), nearest, cuts
            )  # what a later layer gets is linear once no earlier one bends
    return of_rows.values(end[-1]) - of_rows.values(start[-1]), cuts


def _nearest_crossing(start: Array, end: Array) -> Array:
    """Return the share of the way from `start` to `end` (m, u) where one is 0, nearest to the middle (m,), or NaN."""
    apart = start - end
    share = np.divide(start, apart, out=np.zeros_like(start), where=np.abs(apart) > SAME_SIDE)
    middle = np.where((share > AT_AN_END) & (share < 1 - AT_AN_END), np.abs(share - 0.5), np.inf)
    nearest = middle.argmin(axis=1)[:, None]
    found = np.isfinite(np.take_along_axis(middle, nearest, axis=1))
    return np.where(found, np.take_along_axis(share, nearest, axis=1), np.nan)[:, 0]


def _cut(pieces: Pieces, cuts: Array) -> Pieces:
    """Return both parts of each piece, cut at a share of its length (m,), or in half where that is NaN."""
    at = pieces.starts + np.where(np.isnan(cuts), 0.5, cuts) * (pieces.ends - pieces.starts)
    return Pieces(
        np.concatenate([pieces.rows, pieces.rows]),
        np.concatenate([pieces.starts, at]),
        np.concatenate([at, pieces.ends]),
    )
