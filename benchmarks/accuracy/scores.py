"""What predicted probabilities are worth, in NumPy alone: the same code scores every model."""

import numpy as np
from scipy.stats import rankdata

from chainrule.arrays import Array

# Bins of equal width, as C. Guo et al., "On calibration of modern neural networks", ICML 2017, have them.
BINS = 15
# Draws of which labels are right: the mean of so many calibration errors is known to a few hundredths of it.
DRAWS = 500


def scores(y: Array, t: Array) -> dict[str, float]:
    """Return every score of probabilities `y` (n, k) of rows whose classes are `t` (n,)."""
    return {
        "log_loss": log_loss(y, t),
        "error": float(np.mean(y.argmax(axis=1) != t)),
        "auc": auc(y, t),
        "calibration_error": calibration_error(y, t),
        "calibration_error_by_chance": calibration_error_by_chance(y),
    }


def log_loss(y: Array, t: Array) -> float:
    """Return the mean of `-log y_t`, where a probability of 0 counts as the smallest step of a double, 2e-16.

    >>> round(log_loss(np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([0, 1])), 4)
    0.4581
    """
    return float(_log_losses(y, t).mean())


def over_base(y: Array, base: Array, t: Array) -> dict[str, float]:
    """Return how far the log loss of `y` (n, k) is above that of a base on the same rows, and its standard error.

    The error is that of the mean of the rows' differences: what both find hard is in neither.

    >>> found = over_base(np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([0, 1]))
    >>> {name: round(value, 4) for name, value in found.items()}
    {'over_softmax': -0.235, 'over_softmax_error': 0.235}
    """
    differences = _log_losses(y, t) - _log_losses(base, t)
    error = differences.std(ddof=1) / np.sqrt(len(t)) if len(t) > 1 else float("nan")
    return {"over_softmax": float(differences.mean()), "over_softmax_error": float(error)}


def _log_losses(y: Array, t: Array) -> Array:
    chosen = y[np.arange(len(t)), t] / y.sum(axis=1)
    return np.asarray(-np.log(np.clip(chosen, np.finfo(np.float64).eps, 1)))


def auc(y: Array, t: Array) -> float:
    """Return the area under the ROC curve of each class against the rest, weighted by its rows.

    >>> auc(np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]]), np.array([0, 1, 1]))
    1.0
    """
    rows = np.bincount(t, minlength=y.shape[1])
    present = np.flatnonzero((rows > 0) & (rows < len(t)))
    areas = [_area(y[:, k], t == k) for k in present]
    return float(np.average(areas, weights=rows[present])) if areas else float("nan")


def _area(score: Array, positive: Array) -> float:
    """Return the share of pairs of a positive and another row where the positive scores higher; ties are half."""
    many = int(positive.sum())
    above = rankdata(score)[positive].sum() - many * (many + 1) / 2
    return float(above / (many * (len(score) - many)))


def calibration_error(y: Array, t: Array) -> float:
    """Return the expected calibration error of the predicted class: `Σ_b n_b / n |right_b - confidence_b|`.

    >>> round(calibration_error(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1])), 6)
    0.4
    """
    return _gap(y.max(axis=1), y.argmax(axis=1) == t)


def calibration_error_by_chance(y: Array) -> float:
    """Return the calibration error to expect of so many rows if the probabilities `y` (n, k) are the true ones.

    The absolute gaps of bins cannot cancel, so that it is above 0, and the more so the fewer the rows are: the
    predicted classes are right by chance, each with its probability.

    >>> y = np.full((100, 2), 0.5)  # heads of 100 coins: the mean absolute deviation is √(2 / π · 0.25 / 100) = 0.0399
    >>> abs(calibration_error_by_chance(y) - 0.0399) < 0.003
    True
    """
    confidence, generator = y.max(axis=1), np.random.default_rng(0)
    return float(np.mean([_gap(confidence, generator.random(len(y)) < confidence) for _ in range(DRAWS)]))


def _gap(confidence: Array, right: Array) -> float:
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(places, right - confidence, minlength=BINS)).sum() / len(right))
