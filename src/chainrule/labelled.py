"""Labelled rows as a user has them, to rows as the engine takes them: class indices, weights, held-out rows."""

from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import compute_class_weight
from sklearn.utils.validation import _check_sample_weight

from chainrule.arrays import Array
from chainrule.engine import Rows


def labelled_rows(x: Array, y: Array, classes: Array, class_weight: Any, sample_weight: Any) -> Rows:
    """Return rows `x` (n, i) with the indices of their labels `y` (n,), and weights if any are asked for.

    Parameters:
        x: rows, checked.
        y: labels, checked.
        classes: all labels (k,), sorted.
        class_weight: as scikit-learn takes it: a dictionary, "balanced" or None.
        sample_weight: of each row (n,), or None.

    Raises:
        ValueError: a label is unknown, a weight is negative, or all are zero.

    >>> labelled_rows(np.zeros((2, 1)), np.array(["b", "a"]), np.array(["a", "b"]), {"a": 2.0, "b": 1.0}, None).weights
    array([1., 2.])
    """
    t = class_indices(y, classes)
    if sample_weight is None and class_weight is None:
        return Rows(x, t)
    weights = _check_sample_weight(sample_weight, x, dtype=x.dtype, ensure_non_negative=True)
    if class_weight is not None:
        by_class = compute_class_weight(class_weight, classes=classes, y=y, sample_weight=sample_weight)
        weights = weights * by_class[t].astype(x.dtype)
    if not weights.any():
        raise ValueError("At least one row must have a sample_weight above zero, found none.")
    return Rows(x, t, weights)


def class_indices(labels: Array, classes: Array) -> Array:
    """Return the place of each label (n,) in `classes` (k,), which are sorted.

    Raises:
        ValueError: a label is not among the classes.

    >>> class_indices(np.array(["b", "a"]), np.array(["a", "b"]))
    array([1, 0])
    """
    places = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    unknown = classes[places] != labels
    if unknown.any():
        row, known = int(unknown.argmax()), ", ".join(map(str, classes))
        raise ValueError(f"The label of row {row} is {labels[row]}, which is not one of the classes {known}.")
    return places


def hold_out(rows: Rows, fraction: float, generator: np.random.Generator) -> tuple[Rows, Rows]:
    """Return the rows to train on and those held out, with the same share of each class in both.

    Raises:
        ValueError: the fraction is not between 0 and 1, or leaves a class without rows on either side.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"validation_fraction must be at least 0 and less than 1, found {fraction}.")
    smallest = int(np.bincount(rows.t).min())
    if not 1 <= round(fraction * smallest) < smallest:
        raise ValueError(
            f"validation_fraction = {fraction} holds out {fraction * smallest:.2g} of the {smallest} rows of the rarest"
            " class: choose one that leaves a row on both sides, or give validation rows of your own."
        )
    seed = int(generator.integers(2**31))
    kept, held = train_test_split(np.arange(len(rows)), test_size=fraction, stratify=rows.t, random_state=seed)
    parts = rows.take(np.sort(kept)), rows.take(np.sort(held))
    if not all(part.total_weight for part in parts):
        raise ValueError("The rows to train on, or the ones held out, all weigh nothing: give validation rows.")
    return parts
