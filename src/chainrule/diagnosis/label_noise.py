"""How many labels are slips, by what a model says of rows that it was not trained on.

    probability of a label = (1 - slips) · softmax(z / temperature) + slips / k

A slip puts any of the k classes down; temperature and share of slips are those under which the labels are most
probable. Where classes merely overlap, the share comes out as next to nothing.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax

from chainrule.arrays import Array
from chainrule.diagnosis.model_under_test import Predictions
from chainrule.evaluation.scores import COLDEST, HOTTEST, best_temperature

# Where there are no slips, twice the gain in log-likelihood is 0 half the time and else chi-squared with one degree of
# freedom, since a share is never negative: 1.35 is exceeded once in twenty times.
LEAST_GAIN = 1.35
# Begin with a slip in fifty rows, and with logits as they are or much too small, as a strong penalty makes them.
SLIPS_AT_FIRST, TEMPERATURES_AT_FIRST = -4.0, (0.3, 1.0)
MOST_ROWS = 20_000


class Slips(NamedTuple):
    """Labels that may be slips.

    Attributes:
        share: of the labels that are slips; 0 where the rows give no reason to think of any.
        gain: in log-likelihood, by thinking of slips.
        log_y: logarithms of the probabilities without slips (n, k).
        chance: of each label that it is one (n,).
    """

    share: float
    gain: float
    log_y: Array
    chance: Array


def slips_among(judged: Predictions) -> Slips:
    """Return how many labels are slips, and which.

    >>> z = np.linspace(-9, 9, 200)
    >>> t = (z > 0).astype(int)
    >>> t[[0, 5, 199]] = 1 - t[[0, 5, 199]]
    >>> log_y = -np.logaddexp(0, np.stack([z, -z], axis=1))
    >>> np.flatnonzero(slips_among(Predictions(t, log_y, np.ones(200), "rows")).chance > 0.5)
    array([  0,   5, 199])
    """
    few = _some(judged)
    classes = judged.log_y.shape[1]

    def lost(temperature: float, share: float) -> float:
        """Return minus the log-likelihood."""
        y = np.exp(log_softmax(few.log_y / temperature, axis=1)[np.arange(len(few.t)), few.t])
        return -float(few.weights @ np.log((1 - share) * y + share / classes + np.finfo(float).tiny))

    def lost_at(place: Array) -> float:
        return lost(*_parameters(place))

    starts = [np.array([np.log(heat), SLIPS_AT_FIRST]) for heat in TEMPERATURES_AT_FIRST]
    best = min((minimize(lost_at, start, method="Nelder-Mead") for start in starts), key=lambda end: end.fun)
    plain = best_temperature(few.t, few.log_y, few.weights)
    gain = lost(plain, 0.0) - float(best.fun)
    heat, share = _parameters(best.x) if gain > LEAST_GAIN else (plain, 0.0)
    log_y = log_softmax(judged.log_y / heat, axis=1)
    given = (1 - share) * np.exp(log_y[np.arange(len(judged.t)), judged.t])
    return Slips(share, gain, log_y, share / classes / np.maximum(given + share / classes, np.finfo(float).tiny))


def _parameters(place: Array) -> tuple[float, float]:
    """Return temperature and share of slips for two numbers of any size."""
    return float(np.clip(np.exp(np.clip(place[0], -9, 9)), COLDEST, HOTTEST)), float(expit(place[1]))


def _some(judged: Predictions) -> Predictions:
    """Return at most `MOST_ROWS` rows, drawn at random with a fixed seed."""
    if len(judged.t) <= MOST_ROWS:
        return judged
    rows = np.random.default_rng(0).permutation(len(judged.t))[:MOST_ROWS]
    return judged._replace(t=judged.t[rows], log_y=judged.log_y[rows], weights=judged.weights[rows])
