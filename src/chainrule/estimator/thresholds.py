"""From which probability on the positive one of two classes is predicted, chosen on rows that were not trained on.

As scikit-learn's `TunedThresholdClassifierCV` does it: of a hundred thresholds between the lowest and the highest
probability, the first with the best score.
"""

from typing import Any, TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import real

# What a threshold is chosen by: a score's name, or what a false positive and a false negative cost.
Criterion: TypeAlias = str | tuple[float, float]

# Scores that a threshold can be chosen by.
SCORES = ("f1", "balanced_accuracy")
# Thresholds that are compared: as many as scikit-learn does.
TRIED = 100


def is_criterion(value: Any) -> bool:
    """Return whether a value says what a threshold is chosen by.

    >>> is_criterion("f1"), is_criterion((1.0, 5.0)), is_criterion(0.5)
    (True, True, False)
    """
    if isinstance(value, str):
        return value in SCORES
    costs = isinstance(value, tuple | list) and len(value) == 2 and all(real(cost, 0) for cost in value)
    return costs and max(value) > 0


def best_threshold(criterion: Criterion, positive: Array, y: Array, weights: Array | None = None) -> float:
    """Return the threshold of the best score: rows whose probability is at least that are predicted to be positive.

    With the weights TP, FP, FN and TN of true and false positives and negatives, the scores are

        f1 = 2 TP / (2 TP + FP + FN)    balanced accuracy = (TP / (TP + FN) + TN / (TN + FP)) / 2

    and for costs of a false positive and a false negative, `-(cost_FP FP + cost_FN FN)`.

    Parameters:
        criterion: "f1", "balanced_accuracy", or these two costs.
        positive: whether each row is of the positive class (n,).
        y: its probability of that class (n,), by a model that was not trained on it.
        weights: what each row counts (n,); None where all count the same.

    >>> best_threshold("f1", np.array([False, False, True, True]), np.array([0.1, 0.2, 0.3, 0.9])) <= 0.3
    True
    >>> best_threshold((1, 0.1), np.array([False, True, False, True]), np.array([0.1, 0.2, 0.3, 0.9])) > 0.3
    True
    """
    weights = np.ones(len(y)) if weights is None else weights
    tried, order = np.linspace(y.min(), y.max(), TRIED), np.argsort(y, kind="stable")
    below = np.searchsorted(y[order], tried)
    of_positive, of_negative = (np.append(0.0, np.cumsum((weights * some)[order])) for some in (positive, ~positive))
    false_negatives, true_negatives = of_positive[below], of_negative[below]
    true_positives, false_positives = of_positive[-1] - false_negatives, of_negative[-1] - true_negatives
    if criterion == "f1":
        score = 2 * true_positives / (2 * true_positives + false_positives + false_negatives)
    elif criterion == "balanced_accuracy":
        score = true_positives / of_positive[-1] + true_negatives / of_negative[-1]
    else:
        of_false_positive, of_false_negative = map(float, criterion)
        score = -(of_false_positive * false_positives + of_false_negative * false_negatives)
    return float(tried[int(score.argmax())])


def cross_thresholds(criterion: Criterion, positive: Array, y: Array, weights: Array, fold: Array) -> Array:
    """Return the threshold of each row (n,), which the rows of the other folds choose: as for `best_threshold`."""
    found = np.empty(len(y))
    for number in np.unique(fold):
        others = fold != number
        found[~others] = best_threshold(criterion, positive[others], y[others], weights[others])
    return found


def of_second_class(threshold: float, positive: int) -> float:
    """Return the threshold for the probability of the second of two classes, where it was for the one of this number.

    >>> of_second_class(0.25, 1), round(of_second_class(0.25, 0), 6)
    (0.25, 0.75)
    """
    return threshold if positive == 1 else float(np.nextafter(1 - threshold, 2))
