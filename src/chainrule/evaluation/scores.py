"""How good a trained model is: scores, calibration, cautions, and the distance from the optimum."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import bdtr, log_softmax
from sklearn.metrics import balanced_accuracy_score, f1_score, log_loss, precision_recall_fscore_support, roc_auc_score

from chainrule.arrays import Array
from chainrule.common.format import listed, some_of
from chainrule.estimator.trained_model import TrainedModel
from chainrule.optimizers import Certificate, certificate

# Cautions: printed first on the terminal, and at the top of the report.

# The usual significance level of statistics.
SIGNIFICANT = 0.05


class AgainstBaseline(NamedTuple):
    """A model against the baseline that always predicts one class, on the same rows.

    Attributes:
        gained: rows that only the model gets right.
        lost: rows that only the baseline gets right.
        p: of McNemar's exact test that both are right equally often.
    """

    gained: int
    lost: int
    p: float


def against_baseline(right: Array, baseline_right: Array) -> AgainstBaseline:
    """Return whether two ways to predict the same rows (n,) differ by more than chance.

    Of the rows that only one of the two gets right, each is as likely to be the one's as the other's if they are
    equally good: their number is binomial with 1/2.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947); the exact form.

    >>> against_baseline(np.array([True] * 9 + [False]), np.array([False] * 10))
    AgainstBaseline(gained=9, lost=0, p=0.00390625)
    """
    gained, lost = int((right & ~baseline_right).sum()), int((baseline_right & ~right).sum())
    # the exact binomial test of an even chance, which is symmetric; that of scipy.stats takes 0.3 s to load
    p = min(1.0, 2 * bdtr(min(gained, lost), gained + lost, 0.5))
    return AgainstBaseline(gained, lost, float(p))


def cautions(trained_on: Array, labels: Array, predicted: Array, classes: Array) -> list[str]:
    """Return cautions about a model, a sentence each.

    Parameters:
        trained_on: labels of the rows of training.
        labels: of the held-out rows (n,).
        predicted: for the held-out rows (n,).
        classes: all labels (k,), sorted.
    """
    return [*_single_rows(trained_on, classes), *_no_better(labels, predicted), *_never(labels, predicted, classes)]


def _single_rows(trained_on: Array, classes: Array) -> list[str]:
    alone = [str(label) for label in classes.tolist() if (trained_on == label).sum() == 1]
    if not alone:
        return []
    which = f"Class {alone[0]} has only one training row"
    if len(alone) > 1:
        which = f"{len(alone)} classes ({some_of(alone)}) have only one training row each"
    return [f"{which}, too few to learn from: get more rows or merge classes."]


def _no_better(labels: Array, predicted: Array) -> list[str]:
    values, counts = np.unique(labels, return_counts=True)
    baseline, rows = values[counts.argmax()], len(labels)
    right = int((predicted == labels).sum())
    found = against_baseline(predicted == labels, labels == baseline)
    if found.gained > found.lost and found.p < SIGNIFICANT:
        return []
    counted = f"{right} of {rows} held-out rows correct, against {counts.max()} for always predicting {baseline}"
    worse, test = found.gained <= found.lost, f" (exact McNemar test, p = {found.p:.2g})"
    verb = "is" if worse else "may be"
    return [f"The model {verb} no better than the baseline (most frequent class): {counted}{'' if worse else test}."]


def _never(labels: Array, predicted: Array, classes: Array) -> list[str]:
    there, said = set(labels.tolist()), set(predicted.tolist())
    never = [str(label) for label in classes.tolist() if label in there and label not in said]
    if not never:
        return []
    if len(never) == 1:
        return [f"Class {never[0]} is never predicted, although it occurs in the held-out rows."]
    return [f"{len(never)} classes ({some_of(never)}) are never predicted, although they occur in the held-out rows."]


def scores(
    labels: Array,
    probabilities: Array,
    classes: Array,
    weights: Array | None = None,
    positive: str | None = None,
    predicted: Array | None = None,
) -> dict[str, float]:
    """Return accuracy, balanced accuracy, macro F1, log loss, ROC AUC, and the accuracy of the most frequent class.

    Parameters:
        labels: of rows (n,), all among the classes.
        probabilities: of each class (n, k).
        classes: the labels (k,), sorted.
        weights: what each row counts (n,); None where all count the same.
        positive: name of the class of two whose precision, recall and F1 are added; None for none.
        predicted: label of each row (n,), as a threshold decides; None for the most probable ones.

    What rows of these labels do not determine, such as the ROC AUC where only one class is there, is left out.

    >>> scores(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1]))["accuracy"]
    1.0
    """
    predicted = classes[probabilities.argmax(axis=1)] if predicted is None else predicted
    present, places = np.unique(labels, return_inverse=True)
    of_class = np.bincount(places, weights)
    each: Any = {"sample_weight": weights}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class that is predicted but not there
        found = {
            "accuracy": float(np.average(predicted == labels, weights=weights)),
            "balanced accuracy": float(balanced_accuracy_score(labels, predicted, **each)),
            "macro F1": float(f1_score(labels, predicted, average="macro", **each)),
            "log loss": float(log_loss(labels, probabilities.astype(np.float64), labels=classes, **each)),
            "baseline (most frequent class)": float(of_class.max() / of_class.sum()),
        }
    if positive is not None:
        names = np.array([str(label) == positive for label in classes])
        true, said = (names[np.searchsorted(classes, some)] for some in (labels, predicted))
        precision, recall, f1, _ = precision_recall_fscore_support(
            true, said, average="binary", zero_division=np.nan, **each
        )
        of_positive = {"precision": precision, "recall": recall, "F1": f1}
        found |= {f"{name} of {positive}": float(value) for name, value in of_positive.items() if not np.isnan(value)}
    if len(present) == len(classes):
        p = probabilities[:, 1] if len(classes) == 2 else probabilities.astype(np.float64)
        p = p if len(classes) == 2 else p / p.sum(axis=1, keepdims=True)
        found["ROC AUC"] = float(roc_auc_score(labels, p, multi_class="ovr", **each))
    return found


def positive_class(given: str | None, classes: Array, labels: Array) -> str | None:
    """Return in words which of two classes is the positive one: the one given, else the rarer one of labels (n,).

    None where there are more than two.

    Raises:
        ValueError: there is no such class, or there are more than two.

    >>> positive_class(None, np.array(["bad", "good"]), np.array(["good", "bad", "good"]))
    'bad'
    """
    names = [str(label) for label in classes]
    if given is not None and (len(names) > 2 or given not in names):
        fits = f"one of the classes {listed(names)}" if len(names) == 2 else f"omitted with {len(names)} classes"
        raise ValueError(f"--positive must be {fits}, found {given}.")
    if len(names) > 2:
        return None
    if given is None:
        first, second = ((labels == label).sum() for label in classes)
        return names[1] if second <= first else names[0]
    return given


# Calibration: whether of predictions with a probability of 80 % four in five are right.

# Bins of equal width from 0 to 1: as many as in Guo et al., cited below, so that errors compare with published ones.
BINS = 15
# Temperatures are sought between these two: a logit times 20, or a twentieth of it, is as good as certain or as even.
COLDEST = 0.05
HOTTEST = 20.0


def confidence_bins(confidence: Array) -> Array:
    """Return the number of the bin, from 0, of each confidence (n,)."""
    return np.minimum((confidence * BINS).astype(int), BINS - 1)


def calibration_error(confidence: Array, right: Array, weights: Array | None = None) -> float:
    """Return the expected calibration error, `Σ_b w_b/w |right_b - confidence_b|` over bins of like confidence.

    Parameters:
        confidence: probability of the predicted class of each row (n,).
        right: whether that class is the true one (n,).
        weights: of each row (n,), None where all count the same.

    Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.

    >>> round(calibration_error(np.array([0.9, 0.9]), np.array([True, False])), 6)
    0.4
    """
    weights = np.ones(len(confidence)) if weights is None else weights
    gap = np.bincount(confidence_bins(confidence), weights * (right - confidence))
    return float(np.abs(gap).sum() / weights.sum())


def best_temperature(t: Array, log_y: Array, weights: Array | None = None) -> float:
    """Return the number to divide logits by that makes the mean loss of rows lowest, from 0.05 to 20.

    Parameters:
        t: true class of each row (n,).
        log_y: logarithms of the probabilities (n, k), which are logits too.
        weights: of each row (n,), None where all count the same.

    Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.

    >>> log_y = np.log([[0.9, 0.1]] * 10)
    >>> round(best_temperature(np.arange(10) // 7, log_y), 2)  # 70 % right where 90 % are promised
    2.59
    """

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(log_y / np.exp(log_temperature), axis=1)
        return -float(np.average(scaled[np.arange(len(t)), t], weights=weights))

    limits = (np.log(COLDEST), np.log(HOTTEST))
    return float(np.exp(minimize_scalar(loss, bounds=limits, method="bounded", options={"xatol": 1e-4}).x))


# How far a trained softmax regression is from the optimum.


def optimality(model: Any, X: Any, y: Any, sample_weight: Any = None) -> Certificate:
    """Return how far the cost of a classifier without hidden layers is above the lowest there is.

    Parameters:
        model: a trained `Classifier`, or a pipeline that ends in one.
        X: the rows that it was trained on (n, i).
        y: their labels (n,).
        sample_weight: as `fit` had it.

    Raises:
        ValueError: the model has hidden layers, or the data does not fit it.

    >>> from sklearn.datasets import load_iris
    >>> from chainrule import Classifier
    >>> x, y = load_iris(return_X_y=True)
    >>> optimality(Classifier().fit(x, y), x, y).relative < 1e-6
    True
    """
    trained = TrainedModel.of(model)
    return certificate(trained.classifier.objective(trained.transform(X), y, sample_weight), trained.classifier.theta_)
