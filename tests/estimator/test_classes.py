"""The classes that labels have: what is refused, and what is only pointed out."""

from typing import Any

import numpy as np
import pytest

from chainrule.estimator.preparation import classes_of


@pytest.mark.parametrize("kind", [int, str, float, bool, object])
def test_classes_are_sorted(kind: Any) -> None:
    labels = np.array([1, 0, 1, 1, 0]).astype(str if kind is object else kind).astype(kind)
    np.testing.assert_array_equal(classes_of(labels), np.unique(labels))


@pytest.mark.parametrize("kind", [int, str, float])
def test_nearly_as_many_classes_as_rows_are_pointed_out(kind: Any) -> None:
    with pytest.warns(UserWarning, match="unique classes"):
        classes_of(np.arange(30).astype(kind))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0.5, 1.5, 2.0]), "continuous"),
        (np.array(["a", "a"]), "y has only one class"),
        (np.array([1, None, "a"], dtype=object), "no label"),
    ],
)
def test_what_are_no_classes_is_refused(labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        classes_of(labels)
