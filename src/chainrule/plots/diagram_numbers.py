"""Numbers on lines that cross: a place for each, on its own line, away from the other numbers and lines."""

from collections.abc import Sequence

import numpy as np

from chainrule.arrays import Array

CANDIDATES = 25
SWEEPS = 12


def places_on_lines(starts: Array, ends: Array, widths: Sequence[float], height: float, margin: float) -> Array:
    """Return the centres (e, 2) of labels on lines, such that as few as can be overlap or cover another line.

    Each label in turn moves to the best of a few places on its line, given where the others are, until none moves.
    Several starts are tried: all labels at the same share of their lines, or staggered by where the lines begin.

    Parameters:
        starts: of the lines (e, 2), left of their ends.
        ends: of the lines (e, 2).
        widths: of the labels (e,).
        height: of a label.
        margin: to keep from both ends of a line, besides half a label.

    >>> places_on_lines(np.array([[0., 0.], [0., 8.]]), np.array([[100., 0.], [100., 8.]]), [20, 20], 10, 5)[:, 1]
    array([0., 8.])
    """
    half = np.column_stack([np.asarray(widths) / 2 + 1, np.full(len(widths), height / 2)])
    room = (margin + half[:, 0]) / np.maximum(ends[:, 0] - starts[:, 0], 1e-9)
    share = np.clip(room, 0, 0.5)[:, None] + (1 - 2 * np.clip(room, 0, 0.5))[:, None] * np.linspace(0, 1, CANDIDATES)
    candidates = starts[:, None] + share[:, :, None] * (ends - starts)[:, None]
    crossed = np.array([_lines_covered(candidates[e], half[e], starts, ends, e) for e in range(len(starts))])
    fixed = 0.6 * crossed + 0.8 * np.square(share - 0.5)
    best, least = _first_choice(starts), np.inf
    for choice in (_first_choice(starts), _first_choice(ends), np.full(len(starts), CANDIDATES // 2)):
        cost = _settle(choice, candidates, half, fixed)
        if cost < least:
            best, least = choice, cost
    return candidates[np.arange(len(starts)), best]


def _first_choice(points: Array) -> Array:
    """Return a place for each label that differs between the heights where lines begin."""
    _, rank = np.unique(points[:, 1], return_inverse=True)
    return np.round((rank + 0.5) / (rank.max() + 1) * (CANDIDATES - 1)).astype(int)


def _lines_covered(places: Array, half: Array, starts: Array, ends: Array, own: int) -> Array:
    """Return how many other lines a label covers at each of its places (c,)."""
    slope = (ends[:, 1] - starts[:, 1]) / np.maximum(ends[:, 0] - starts[:, 0], 1e-9)
    at_left = starts[:, 1] + slope * (places[:, :1] - half[0] - starts[:, 0])
    at_right = at_left + 2 * slope * half[0]
    low, high = np.minimum(at_left, at_right), np.maximum(at_left, at_right)
    covered = (low < places[:, 1:] + half[1]) & (high > places[:, 1:] - half[1])
    covered[:, own] = False
    return covered.sum(axis=1)


def _settle(choice: Array, candidates: Array, half: Array, fixed: Array) -> float:
    """Move the labels of `choice` until none gets better, and return what their places cost."""

    def costs(label: int) -> Array:
        others = np.delete(np.arange(len(choice)), label)
        centres = candidates[others, choice[others]]
        apart = np.abs(candidates[label][:, None] - centres)
        overlap = np.clip(half[label] + half[others] - apart, 0, None).prod(axis=2)
        return fixed[label] + 0.5 * overlap.sum(axis=1) + 3.0 * (overlap > 0).sum(axis=1)

    for _ in range(SWEEPS):
        before = choice.copy()
        for label in range(len(choice)):
            choice[label] = int(costs(label).argmin())
        if (choice == before).all():
            break
    return float(sum(costs(label)[choice[label]] for label in range(len(choice))))
