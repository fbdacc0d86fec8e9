"""How well probabilities fit labels: the few numbers that say it, by scikit-learn's metrics."""

import warnings
from typing import Any

import numpy as np
from sklearn.metrics import balanced_accuracy_score, f1_score, log_loss, roc_auc_score

from chainrule.arrays import Array


def scores(labels: Array, probabilities: Array, classes: Array, weights: Array | None = None) -> dict[str, float]:
    """Return accuracy, balanced accuracy, macro F1, log loss, ROC AUC, and the accuracy of the commonest class.

    Parameters:
        labels: of rows (n,), all among the classes.
        probabilities: of each class (n, k).
        classes: the labels (k,), sorted.
        weights: what each row counts (n,); None where all count the same.

    What rows of these labels cannot tell, such as the ROC AUC where only one class is there, is left out.

    >>> scores(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1]))["accuracy"]
    1.0
    """
    predicted = classes[probabilities.argmax(axis=1)]
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
            "accuracy of the commonest class": float(of_class.max() / of_class.sum()),
        }
    if len(present) == len(classes):
        p = probabilities[:, 1] if len(classes) == 2 else probabilities.astype(np.float64)
        p = p if len(classes) == 2 else p / p.sum(axis=1, keepdims=True)
        found["ROC AUC"] = float(roc_auc_score(labels, p, multi_class="ovr", **each))
    return found
