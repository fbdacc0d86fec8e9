"""Calibration: how often the class predicted with a probability of 80 % is the true one."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from scipy.special import log_softmax
from sklearn.model_selection import KFold

from chainrule.arrays import Array
from chainrule.evaluation.calibration import COLDEST, HOTTEST, best_temperature
from chainrule.pages.report.rows import enough, sample
from chainrule.pages.report.scores import Share, log_loss, share_of

BINS, DRAWS, FOLDS = 15, 1000, 5


class Bin(NamedTuple):
    """Rows of about the same confidence.

    Attributes:
        rows: how many.
        confidence: mean probability of their most probable class.
        right: the share for which that class is the true one.
    """

    rows: int
    confidence: float
    right: Share


@final
@dataclass(frozen=True, eq=False)
class Calibration:
    """How far confidence and truth agree.

    Attributes:
        bins: from low to high confidence, those that have rows.
        error: expected calibration error, `Σ_b n_b/n |right_b - confidence_b|`.
        by_chance: what that error would be on average, were the probabilities exactly right.
    """

    bins: list[Bin]
    error: float
    by_chance: float

    @property
    def lean(self) -> float:
        """How much larger the mean confidence is than the share that is right."""
        rows = sum(each.rows for each in self.bins)
        return sum(each.rows * (each.confidence - each.right.value) for each in self.bins) / rows


class Scaling(NamedTuple):
    """What a temperature would do.

    Attributes:
        temperature: by which the logits are divided; it fits the held-out rows best.
        error, log_loss: on held-out rows, each with the temperature that fits the others.
        log_loss_before: without any.
        rows: how many were used.
        bounded: whether a temperature beyond the limits would fit better still.
    """

    temperature: float
    error: float
    log_loss: float
    log_loss_before: float
    rows: int
    bounded: bool


def calibration_of(t: Array, y: Array) -> Calibration:
    """Return how far the most probable classes of `y` (n, k) turn out to be the true ones `t` (n,).

    >>> found = calibration_of(np.array([0, 1]), np.array([[0.9, 0.1], [0.9, 0.1]]))
    >>> round(found.error, 6), len(found.bins)
    (0.4, 1)
    """
    confidence, right = y.max(axis=1), y.argmax(axis=1) == t
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = [
        Bin(int(inside.sum()), float(confidence[inside].mean()), share_of(int(right[inside].sum()), int(inside.sum())))
        for inside in (place == number for number in np.unique(place))
    ]
    rows, means = np.array([each.rows for each in bins]), np.array([each.confidence for each in bins])
    shares = np.array([each.right.value for each in bins])
    drawn = np.random.default_rng(0).binomial(rows, np.clip(means, 0, 1), (DRAWS, len(bins))) / rows
    weights = rows / len(t)
    return Calibration(bins, float(weights @ np.abs(shares - means)), float((np.abs(drawn - means) @ weights).mean()))


def scaling_of(t: Array, log_y: Array) -> Scaling | None:
    """Return what dividing the logits by a temperature would do, or None for fewer than 4 rows a fold.

    Parameters:
        t: true class of each row (n,).
        log_y: logarithms of the probabilities (n, k), which are logits too.
    """
    if len(t) < 4 * FOLDS:
        return None
    some = sample(len(t), enough(log_y.shape[1]))
    t, log_y = t[some], log_y[some]
    scaled = np.empty_like(log_y)
    for others, own in KFold(FOLDS, shuffle=True, random_state=0).split(t):
        scaled[own] = log_softmax(log_y[own] / best_temperature(t[others], log_y[others]), axis=1)
    best = best_temperature(t, log_y)
    y = np.exp(scaled)
    return Scaling(
        temperature=best,
        error=calibration_of(t, y).error,
        log_loss=log_loss(t, y),
        log_loss_before=log_loss(t, np.exp(log_softmax(log_y, axis=1))),
        rows=len(t),
        bounded=not 1.02 * COLDEST < best < HOTTEST / 1.02,
    )
