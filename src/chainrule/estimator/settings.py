"""Whether a classifier's parameters can be what they are, told in a sentence that names the one that cannot.

Only types and ranges are looked at, without the rows; what does not go together is refused where it meets.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.common.arguments import flag, real, whole
from chainrule.common.format import described, some_of

# Of one layer: more would not fit in memory with a single column.
MOST_UNITS = 1 << 28
# Names of metrics that the choice of a model can follow, as scikit-learn has them.
METRICS = ("log_loss", "accuracy", "roc_auc", "balanced_accuracy", "f1")


class Allowed(NamedTuple):
    """What a parameter may be.

    Attributes:
        expected: in words, as they follow "must be".
        fits: whether a value is that.
    """

    expected: str
    fits: Callable[[Any], bool]


def _sizes(value: Any) -> bool:
    return _size(value) or (isinstance(value, list | tuple) and all(map(_size, value)))


def _size(value: Any) -> bool:
    return whole(value) and value <= MOST_UNITS


def _activation(value: Any) -> bool:
    return isinstance(value, str) or (hasattr(value, "forward") and hasattr(value, "vjp"))


def _activations(value: Any) -> bool:
    return _activation(value) or (isinstance(value, list | tuple) and all(map(_activation, value)))


def _class_weight(value: Any) -> bool:
    return value is None or isinstance(value, Mapping) or (isinstance(value, str) and value == "balanced")


def _auto(value: Any) -> bool:
    return isinstance(value, str) and value == "auto"


def _callbacks(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(map(callable, value))


def _seed(value: Any) -> bool:
    return value is None or isinstance(value, np.random.RandomState) or (whole(value, 0) and int(value) < 1 << 32)


TRUTH = Allowed("True or False", flag)
OF_A_CLASSIFIER: dict[str, Allowed] = {
    "hidden": Allowed("a whole number of at least 1, or a sequence of them, such as (16, 8)", _sizes),
    "activation": Allowed("the name of an activation or a layer, or a sequence of these", _activations),
    "bias": TRUTH,
    "l2": Allowed('"auto" or a finite number of at least 0', lambda v: isinstance(v, str) or real(v, 0)),
    "l1": Allowed("a finite number of at least 0", lambda v: real(v, 0)),
    "optimizer": Allowed(
        "the name of an optimizer, or an optimizer such as Adam()", lambda v: isinstance(v, str) or hasattr(v, "step")
    ),
    "rate": Allowed(
        "a finite number above 0, a schedule, or None",
        lambda v: v is None or callable(v) or (real(v, 0) and v > 0),
    ),
    "class_weight": Allowed('a dictionary from labels to weights, "balanced" or None', _class_weight),
    "prior_correction": TRUTH,
    "threshold": Allowed("a number from 0 to 1, or None", lambda v: v is None or (real(v, 0) and v <= 1)),
    "label_smoothing": Allowed("a number of at least 0 and less than 1", lambda v: real(v, 0, 1)),
    "standardize": TRUTH,
    "tol": Allowed('"auto" or a finite number of at least 0', lambda v: isinstance(v, str) or real(v, 0)),
    "max_epochs": Allowed('"auto" or a whole number of at least 1', lambda v: _auto(v) or whole(v)),
    "batch_size": Allowed(
        '"auto", None or a whole number of at least 1', lambda v: v is None or isinstance(v, str) or whole(v)
    ),
    "validation_fraction": Allowed(
        '"auto", None or a number of at least 0 and less than 1', lambda v: v is None or _auto(v) or real(v, 0, 1)
    ),
    "patience": Allowed("a whole number of at least 1 epoch, or None", lambda v: v is None or whole(v)),
    "callbacks": Allowed("a sequence of functions", _callbacks),
    "warm_start": TRUTH,
    "dtype": Allowed('"auto", "float32" or "float64"', lambda v: isinstance(v, str)),
    "n_threads": Allowed("a whole number of at least 1, or None", lambda v: v is None or whole(v)),
    "random_state": Allowed("None, a whole number from 0 to 2³² - 1, or a RandomState", _seed),
}


def check_settings(settings: Mapping[str, Any], allowed: Mapping[str, Allowed] = OF_A_CLASSIFIER) -> None:
    """Raise ValueError for the first setting that cannot be what it is.

    >>> check_settings({"tol": float("nan")})
    Traceback (most recent call last):
    ValueError: tol must be "auto" or a finite number of at least 0, found nan.
    """
    for name, value in settings.items():
        if name in allowed and not allowed[name].fits(value):
            raise ValueError(f"{name} must be {allowed[name].expected}, found {described(value)}.")


def check_class_weight(weights: Mapping[Any, Any], classes: Sequence[Any]) -> None:
    """Raise ValueError for a weight that is none, or is of a label that no row has."""
    for label, weight in weights.items():
        if not real(weight, 0):
            expected = "must be a finite number of at least 0"
            raise ValueError(f"class_weight of {described(label)} {expected}, found {described(weight)}.")
        if label not in classes:
            known = some_of(classes)
            raise ValueError(
                f"class_weight names {described(label)}, which is not a class of y; the classes are {known}."
            )
