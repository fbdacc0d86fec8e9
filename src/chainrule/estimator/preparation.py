"""Labelled rows as a user has them, to rows as the engine takes them: class indices, weights, standardised columns."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from chainrule.arrays import Array, fast_to_multiply, is_sparse, refuse_malformed
from chainrule.common.format import described
from chainrule.engine import NARROW, Rescaled, Rows
from chainrule.estimator.settings import check_class_weight
from chainrule.estimator.standardizer import Standardizer
from chainrule.network import Network

# scikit-learn's checks of rows and labels, without what they cost where there is nothing to find.
#
# scikit-learn asks narwhals whether an array is a data frame, and the first time narwhals looks through every installed
# package for more kinds of them: 3 to 5 ms, longer than the fit of a small table. Plain arrays that are in order are
# checked here; whatever else there is, and every refusal, is scikit-learn's.

FLOATS = [np.float64, np.float32]


def checked(
    estimator: Any, X: Any, y: Any = None, *, labelled: bool = False, reset: bool = True, finite: bool = True
) -> Any:
    """Return rows (n, i), and labels (n,) with them, as `sklearn.utils.validation.validate_data` does.

    Parameters:
        estimator: whose rows they are.
        X: rows, dense or a SciPy sparse matrix.
        y: their labels.
        labelled: whether there are labels.
        reset: whether the estimator learns from them how many columns there are, and their names.
        finite: whether every number must be.

    Raises:
        ValueError: what scikit-learn raises.
    """
    if _in_order(estimator, X, reset, finite) and (not labelled or _labels_in_order(y, len(X))):
        if reset:
            estimator.n_features_in_ = X.shape[1]
        return (X, y) if labelled else X
    if is_sparse(X):
        refuse_malformed(X)
    labels = (y,) if labelled else ()
    return validate_data(
        estimator, X, *labels, dtype=FLOATS, accept_sparse="csr", reset=reset, ensure_all_finite=finite
    )


def _in_order(estimator: Any, X: Any, reset: bool, finite: bool) -> bool:
    """Whether these are rows that scikit-learn would return as they are, without a warning."""
    if type(X) is not np.ndarray or X.ndim != 2 or X.dtype not in FLOATS or not X.size:
        return False
    if hasattr(estimator, "feature_names_in_") or (
        not reset and X.shape[1] != getattr(estimator, "n_features_in_", None)
    ):
        return False
    return not finite or _finite(X)


def _labels_in_order(y: Any, rows: int) -> bool:
    if type(y) is not np.ndarray or y.shape != (rows,):
        return False
    return y.dtype.kind in "biuU" or (y.dtype.kind == "f" and _finite(y))


def _finite(numbers: Array) -> bool:
    """Whether the sum is finite: then each number is. One that overflows is left to scikit-learn."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(numbers.sum()))


# Bytes, 32 MiB, of a table that is copied standardised: a larger one is standardised each time that it is read, which
# takes less time than memory for the copy. (The curvature, which is read most often, has one in single precision.)
COPIED_BYTES = 1 << 25
# Sums of weights are squared, and by rows of large numbers: beyond this they would overflow.
LARGEST_WEIGHT = 1e100


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
    try:
        weights = _check_sample_weight(sample_weight, x, dtype=x.dtype, ensure_non_negative=True)
    except OverflowError:
        raise ValueError(f"sample_weight must be finite numbers, found {described(sample_weight)}.") from None
    if class_weight is not None:
        weights = weights * weights_of_classes(class_weight, classes, y, sample_weight)[t].astype(x.dtype)
    largest = float(weights.max(initial=0))
    if largest > LARGEST_WEIGHT:
        raise ValueError(f"sample_weight must be at most {LARGEST_WEIGHT:g}, found {largest:g}: rescale all weights.")
    if not weights.any():
        raise ValueError("At least one row must have a sample_weight above zero, found none.")
    return Rows(x, t, weights)


def weights_of_classes(class_weight: Any, classes: Array, y: Array, sample_weight: Any) -> Array:
    """Return the weight of each class (k,), as scikit-learn takes it: of a dictionary, "balanced" or None.

    Raises:
        ValueError: a weight is none, or is of a label that is no class.

    >>> weights_of_classes("balanced", np.array(["a", "b"]), np.array(["a", "a", "a", "b"]), None)
    array([0.66666667, 2.        ])
    """
    if isinstance(class_weight, Mapping):
        check_class_weight(class_weight, classes.tolist())
    return np.asarray(compute_class_weight(class_weight, classes=classes, y=y, sample_weight=sample_weight))


def classes_of(labels: Array) -> Array:
    """Return the labels there are (k,), sorted.

    Raises:
        ValueError: they are numbers of a regression, or of several types, or all the same.

    >>> classes_of(np.array(["b", "a", "b"]))
    array(['a', 'b'], dtype='<U1')
    """
    names = labels.dtype.kind in "biuU"  # whose check takes as long as the rest, and only warns where they are many
    beyond = labels.dtype.kind == "f" and _beyond_integers(labels)
    if labels.dtype == object:
        _check_alike(labels)
    elif not names and not beyond:
        check_classification_targets(labels)
    classes = np.unique(labels)
    if names and len(classes) > len(labels) // 2:
        check_classification_targets(labels)
    if len(classes) < 2:
        raise ValueError(f"y has only one class ({classes[0]}) in {len(labels)} rows; at least 2 are needed.")
    return np.asarray(classes)


def _beyond_integers(labels: Array) -> bool:
    """Return whether labels are whole numbers of which one is larger than any integer type holds."""
    return bool((labels == np.floor(labels)).all()) and bool(np.abs(labels).max(initial=0) >= 2**63)


def _check_alike(labels: Array) -> None:
    """Refuse labels that are objects of no type, or of several, which have no order."""
    first: dict[type, int] = {}
    for row, label in enumerate(labels.tolist()):
        first.setdefault(type(label), row)
    if type(None) in first:
        raise ValueError(f"y has no label (None) in row {first[type(None)]}: drop such rows, or label them.")
    if len(first) > 1 and not first.keys() <= {int, float, bool}:
        (one, row), (other, elsewhere), *_ = first.items()
        raise ValueError(
            f"y must hold labels of one type, found {described(labels[row])} ({one.__name__}) in row {row} and"
            f" {described(labels[elsewhere])} ({other.__name__}) in row {elsewhere}: convert them all to text."
        )
    if not first.keys() <= {str, int, float, bool}:
        check_classification_targets(labels)


def class_indices(labels: Array, classes: Array) -> Array:
    """Return the place of each label (n,) in `classes` (k,), which are sorted.

    Raises:
        ValueError: a label is not among the classes.

    >>> class_indices(np.array(["b", "a"]), np.array(["a", "b"]))
    array([1, 0])
    """
    try:
        places = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    except TypeError:  # words beside numbers have no order
        known = ", ".join(map(described, classes))
        raise ValueError(
            f"The labels, such as {described(labels[:1].tolist()[0])}, are of another type than the classes {known}."
        ) from None
    unknown = classes[places] != labels
    if unknown.any():
        row, known = int(unknown.argmax()), ", ".join(map(str, classes))
        raise ValueError(f"The label of row {row} is {labels[row]}, which is not one of the classes {known}.")
    return places


def split(labels: Array, fraction: float, generator: np.random.Generator) -> tuple[Array, Array]:
    """Return which rows to keep and which to hold out, in order: the same share of each class, rounded.

    At least one row of each class is kept.

    Raises:
        ValueError: the fraction is not between 0 and 1, or holds no row out.

    >>> split(np.array([0, 0, 0, 0, 1, 1]), 0.5, np.random.default_rng(0))
    (array([1, 3, 4]), array([0, 2, 5]))
    """
    if not 0 < fraction < 1:
        raise ValueError(f"The share of rows to hold out must be above 0 and less than 1, found {fraction}.")
    held: list[Array] = []
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        held.append(rows[: min(round(fraction * len(rows)), len(rows) - 1)])
    out = np.sort(np.concatenate(held))
    if not len(out):
        raise ValueError(
            f"A share of {fraction} of {len(labels)} rows holds out no row of any class: choose a larger share, or give"
            " your own validation rows."
        )
    return np.setdiff1d(np.arange(len(labels)), out), out


def check_same_classes(caller: str, classes: Array, before: Array) -> None:
    """Raise ValueError unless the classes (k,) are those that training goes on from.

    >>> check_same_classes("warm_start", np.array(["a", "b"]), np.array(["a", "b"]))
    """
    if not np.array_equal(classes, before):
        found, expected = (", ".join(map(str, some)) for some in (classes, before))
        raise ValueError(f"{caller} continues with the classes {expected}, found {found}: use the same, or start over.")


def hold_out(rows: Rows, fraction: float, generator: np.random.Generator) -> tuple[Rows, Rows]:
    """Return the rows to train on and those held out, with the same share of each class in both.

    Raises:
        ValueError: as `split`, or all rows of a part weigh nothing.
    """
    kept, held = split(rows.t, fraction, generator)
    parts = rows.take(kept), rows.take(held)
    if not all(part.total_weight for part in parts):
        raise ValueError("All training rows, or all held-out rows, have weight zero: give validation rows.")
    return parts


def ready_to_train(
    x: Any, standardizer: Standardizer, dtype: np.dtype[Any], network: Network, *, in_batches: bool
) -> Any:
    """Return rows `x` (n, i), standardised, in the form that trains fastest: a copy, but of a large table.

    Parameters:
        x: dense or sparse.
        standardizer: of its columns.
        dtype: of the numbers that train.
        network: that they train.
        in_batches: whether some rows at a time train it. Where all train a network of one layer at once, a large table
            is standardised as it is read.

    >>> from chainrule import Dense
    >>> standardizer, network = Standardizer.of(np.array([[1.], [3.]])), Network((Dense(1, 2),))
    >>> ready_to_train(np.array([[3.]]), standardizer, np.dtype(float), network, in_batches=False)
    array([[1.]])
    """
    one_layer = len(network.layers) == 1 and not in_batches
    narrow, large = x.shape[1] < NARROW, not is_sparse(x) and x.size * dtype.itemsize > COPIED_BYTES
    if one_layer and large and not standardizer.changes_nothing:
        return Rescaled(x, standardizer.mean, standardizer.scale, dtype)
    standardized = standardizer.apply(x, dtype, by_column=one_layer and narrow)
    return fast_to_multiply(standardized, wide=network.widths[1] > 1)
