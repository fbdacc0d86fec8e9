"""How well probabilities fit labels: the few numbers that say it, by scikit-learn's metrics."""

import warnings
from typing import Any

import numpy as np
from sklearn.metrics import (
    balanced_accuracy_score,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

from chainrule.arrays import Array


def scores(
    labels: Array,
    probabilities: Array,
    classes: Array,
    weights: Array | None = None,
    positive: str | None = None,
) -> dict[str, float]:
    """Return accuracy, balanced accuracy, macro F1, log loss, ROC AUC, and the accuracy of the most frequent class.

    Parameters:
        labels: of rows (n,), all among the classes.
        probabilities: of each class (n, k).
        classes: the labels (k,), sorted.
        weights: what each row counts (n,); None where all count the same.
        positive: of two classes, the one in words whose precision, recall and F1 are told too; None for none.

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
    if len(names) > 2:
        if given is not None:
            raise ValueError(f"--positive is for two classes, found {len(names)}: leave it out.")
        return None
    if given is None:
        first, second = ((labels == label).sum() for label in classes)
        return names[1] if second <= first else names[0]
    if given not in names:
        raise ValueError(f"--positive must be one of the classes {names[0]} and {names[1]}, found {given}.")
    return given
