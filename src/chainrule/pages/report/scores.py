"""How good the probabilities of rows are: the headline numbers, those of each class, and calibration."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from scipy.special import log_softmax
from scipy.stats import binomtest
from sklearn import metrics
from sklearn.model_selection import KFold

from chainrule.arrays import Array
from chainrule.common.format import percent
from chainrule.evaluation import scores
from chainrule.pages.report.rows import enough, sample

# Points of a curve: more than a figure has pixels to show apart, few enough for a small page.
CURVE_POINTS = 300


class Share(NamedTuple):
    """A share of rows, with its 95 % interval (Wilson)."""

    value: float
    low: float
    high: float


class OfClass(NamedTuple):
    """The scores of one class against all others; NaN where they are not defined."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    auc: float
    average_precision: float


class Curve(NamedTuple):
    """Points of a line."""

    x: Array
    y: Array


class ConfusedPair(NamedTuple):
    """How often one class was misclassified as another."""

    true: str
    predicted: str
    rows: int
    share: float


@final
@dataclass(frozen=True, eq=False)
class Scores:
    """The scores of rows.

    Attributes:
        rows: how many.
        accuracy: share of the rows whose most probable class is the true one.
        balanced: mean recall of the classes that occur.
        log_loss: mean of `-log y` of the true class.
        baseline: share of the rows that are of their most frequent class.
        baseline_class: that class.
        paired: the model against the baseline, on the same rows.
        baseline_loss: log loss of predicting the class shares of the training rows for every row.
        auc: area under the ROC curve; for several classes the mean of one against the others. NaN for one class.
        confusion: rows of each true class (k, k), by predicted class.
        classes: scores of each class.
        roc: false positive rate and recall, by class, of those that can be drawn.
        precision_recall: recall and precision, by class.
    """

    rows: int
    accuracy: Share
    balanced: float
    log_loss: float
    baseline: float
    baseline_class: str
    paired: scores.AgainstBaseline
    baseline_loss: float
    auc: float
    confusion: Array
    classes: list[OfClass]
    roc: dict[str, Curve]
    precision_recall: dict[str, Curve]

    def mistakes(self, most: int) -> list[ConfusedPair]:
        """Return the most frequent mistakes."""
        wrong = self.confusion - np.diag(np.diag(self.confusion))
        totals = self.confusion.sum(axis=1)
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        pairs = [divmod(int(place), len(wrong)) for place in order if wrong.flat[place]]
        return [
            ConfusedPair(self.classes[t].name, self.classes[p].name, int(wrong[t, p]), float(wrong[t, p] / totals[t]))
            for t, p in pairs
        ]


def share_of(right: int, rows: int) -> Share:
    """Return a share of rows with its interval.

    >>> [round(value, 3) for value in share_of(8, 10)]
    [0.8, 0.49, 0.943]
    """
    interval = binomtest(right, rows).proportion_ci(0.95, method="wilson")
    return Share(right / rows, float(interval.low), float(interval.high))


def scores_of(t: Array, y: Array, predicted: Array, names: list[str], training_counts: Array) -> Scores:
    """Return the scores of rows with class indices `t` (n,) and probabilities `y` (n, k).

    Parameters:
        t: true class of each row, at least one row.
        y: probability of each class.
        predicted: class of each row (n,).
        names: of the k classes.
        training_counts: training rows of each class (k,).
    """
    k = len(names)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        t, predicted, labels=range(k), zero_division=np.nan
    )
    roc, precision_recall, auc, average = {}, {}, np.full(k, np.nan), np.full(k, np.nan)
    for c in range(k):
        positive = t == c
        if positive.all() or not positive.any():
            continue
        false, true, _ = metrics.roc_curve(positive, y[:, c])
        roc[names[c]] = _thinned(false, true)
        auc[c] = metrics.auc(false, true)
        found, recalled, _ = metrics.precision_recall_curve(positive, y[:, c], drop_intermediate=True)
        precision_recall[names[c]] = _thinned(recalled[::-1], found[::-1])
        average[c] = metrics.average_precision_score(positive, y[:, c])
    common = int(np.bincount(t, minlength=k).argmax())
    numbers = [each.tolist() for each in (precision, recall, f1, support, auc, average)]
    shares = np.tile(training_counts / training_counts.sum(), (len(t), 1))
    return Scores(
        rows=len(t),
        accuracy=share_of(int((predicted == t).sum()), len(t)),
        balanced=float(np.nanmean(recall)),
        log_loss=log_loss(t, y),
        baseline=float((t == common).mean()),
        baseline_class=names[common],
        paired=scores.against_baseline(predicted == t, t == common),
        baseline_loss=log_loss(t, shares),
        auc=float(np.nanmean(auc)) if roc else float("nan"),
        confusion=metrics.confusion_matrix(t, predicted, labels=range(k)),
        classes=[OfClass(*each) for each in zip(names, *numbers, strict=True)],
        roc=roc,
        precision_recall=precision_recall,
    )


def log_loss(t: Array, y: Array) -> float:
    """Return the mean of `-log y` of the true class `t` (n,), for probabilities `y` (n, k)."""
    return float(metrics.log_loss(t, y, labels=range(y.shape[1])))


def macro_average(roc: dict[str, Curve]) -> Curve:
    """Return the mean recall of several ROC curves at each false positive rate."""
    x = np.linspace(0, 1, CURVE_POINTS)
    return Curve(x, np.mean([np.interp(x, curve.x, curve.y) for curve in roc.values()], axis=0))


def _thinned(x: Array, y: Array) -> Curve:
    """Return at most some hundred of the points, evenly taken, with both ends."""
    kept = np.unique(np.linspace(0, len(x) - 1, CURVE_POINTS).round().astype(int))
    return Curve(x[kept], y[kept])


def interval(share: Share, rows: int) -> str:
    r"""Return the interval of a share of so many rows.

    >>> interval(Share(0.8, 0.49, 0.943), 10)
    '49 to 94\xa0%'
    """
    return f"{percent(share.low, rows).split()[0]} to {percent(share.high, rows)}"


# Calibration: how often the class predicted with a probability of 80 % is the true one.

# Draws of the calibration error by chance: its mean is then known to about three hundredths of its spread.
DRAWS = 1000
# Of cross-validation of the temperature, which needs four rows in each.
FOLDS = 5


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
    def overconfidence(self) -> float:
        """Mean confidence minus accuracy."""
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
    place = scores.confidence_bins(confidence)
    bins = [
        Bin(int(inside.sum()), float(confidence[inside].mean()), share_of(int(right[inside].sum()), int(inside.sum())))
        for inside in (place == number for number in np.unique(place))
    ]
    rows, means = np.array([each.rows for each in bins]), np.array([each.confidence for each in bins])
    drawn = np.random.default_rng(0).binomial(rows, np.clip(means, 0, 1), (DRAWS, len(bins))) / rows
    by_chance = float((np.abs(drawn - means) @ (rows / len(t))).mean())
    return Calibration(bins, scores.calibration_error(confidence, right), by_chance)


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
        scaled[own] = log_softmax(log_y[own] / scores.best_temperature(t[others], log_y[others]), axis=1)
    best = scores.best_temperature(t, log_y)
    y = np.exp(scaled)
    return Scaling(
        temperature=best,
        error=calibration_of(t, y).error,
        log_loss=log_loss(t, y),
        log_loss_before=log_loss(t, np.exp(log_softmax(log_y, axis=1))),
        rows=len(t),
        bounded=not 1.02 * scores.COLDEST < best < scores.HOTTEST / 1.02,
    )
