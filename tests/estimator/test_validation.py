"""Rows and labels are checked as scikit-learn checks them: the same answers, errors, warnings and attributes."""

import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from chainrule import Classifier, Cost, Dense, Network, SoftmaxCrossEntropy
from chainrule.estimator.preparation import FLOATS, checked

GENERATOR = np.random.default_rng(0)
ROWS = GENERATOR.normal(size=(6, 3))
HUGE = np.full((6, 3), 1e308)
NOT_FINITE = np.where(np.arange(18).reshape(6, 3) == 7, np.nan, ROWS)
FRAME = pd.DataFrame(ROWS, columns=["a", "b", "c"])
LABELS = np.arange(6) % 3
X: dict[str, Any] = {
    "float64": ROWS,
    "float32": ROWS.astype(np.float32),
    "whole numbers": np.arange(18).reshape(6, 3),
    "float16": ROWS.astype(np.float16),
    "other byte order": ROWS.astype(">f8"),
    "columns": np.asfortranarray(ROWS),
    "every second": np.repeat(ROWS, 2, axis=0)[::2],
    "sum overflows": HUGE,
    "not a number": NOT_FINITE,
    "infinite": np.where(np.isnan(NOT_FINITE), np.inf, NOT_FINITE),
    "complex": ROWS + 0j,
    "one dimension": ROWS[:, 0],
    "no rows": ROWS[:0],
    "no columns": ROWS[:, :0],
    "other columns": ROWS[:, :2],
    "list": ROWS.tolist(),
    "sparse": csr_array(ROWS),
    "frame": FRAME,
}
Y: dict[str, Any] = {
    "whole numbers": LABELS,
    "truths": LABELS > 0,
    "words": LABELS.astype(str),
    "objects": LABELS.astype(object),
    "floats": LABELS.astype(float),
    "not a number": np.where(LABELS == 2, np.nan, LABELS),
    "column": LABELS[:, None],
    "too few": LABELS[:5],
    "list": LABELS.tolist(),
    "complex": LABELS + 0j,
    "none": None,
}


def outcome(function: Any) -> tuple[Any, ...]:
    """What a call returns or raises, with its warnings and the attributes that it leaves."""
    estimator = BaseEstimator()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            answer = function(estimator)
        except (ValueError, TypeError) as error:
            answer = f"{type(error).__name__}: {error}"
    attributes = {name: np.asarray(value).tolist() for name, value in vars(estimator).items()}
    return answer, [str(warning.message) for warning in warned], attributes


def assert_same(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> None:
    assert ours[1:] == theirs[1:]
    if isinstance(theirs[0], str):
        assert ours[0] == theirs[0]
        return
    for one, other in zip(
        *(found if isinstance(found, tuple) else (found,) for found in (ours[0], theirs[0])), strict=True
    ):
        assert type(one) is type(other)
        assert one.dtype == other.dtype
        dense, expected = (part.toarray() if hasattr(part, "toarray") else part for part in (one, other))
        np.testing.assert_array_equal(dense, expected)


@pytest.mark.parametrize("labels", Y)
@pytest.mark.parametrize("rows", X)
def test_fits_are_checked_as_scikit_learn_does(rows: str, labels: str) -> None:
    ours = outcome(lambda estimator: checked(estimator, X[rows], Y[labels], labelled=True))
    theirs = outcome(lambda estimator: validate_data(estimator, X[rows], Y[labels], dtype=FLOATS, accept_sparse="csr"))
    assert_same(ours, theirs)


@pytest.mark.parametrize("finite", [True, False])
@pytest.mark.parametrize("fitted_on", ["float64", "frame"])
@pytest.mark.parametrize("rows", X)
def test_predictions_are_checked_as_scikit_learn_does(rows: str, fitted_on: str, finite: bool) -> None:
    def by(check: Any) -> tuple[Any, ...]:
        def fitted_and_asked(estimator: Any) -> Any:
            validate_data(estimator, X[fitted_on])
            return check(estimator)

        return outcome(fitted_and_asked)

    checks: dict[str, Any] = {"dtype": FLOATS, "accept_sparse": "csr", "reset": False, "ensure_all_finite": finite}
    ours = by(lambda estimator: checked(estimator, X[rows], reset=False, finite=finite))
    assert_same(ours, by(lambda estimator: validate_data(estimator, X[rows], **checks)))


def test_a_fit_on_an_array_forgets_the_names_of_an_earlier_frame() -> None:
    estimator = BaseEstimator()
    checked(estimator, FRAME, LABELS, labelled=True)
    assert estimator.feature_names_in_.tolist() == ["a", "b", "c"]
    checked(estimator, ROWS[:, :2], LABELS, labelled=True)
    assert not hasattr(estimator, "feature_names_in_")
    assert estimator.n_features_in_ == 2


def test_a_plain_array_does_not_ask_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.estimator.preparation.validate_data", lambda *_, **__: pytest.fail("it was asked"))
    found = checked(BaseEstimator(), ROWS, LABELS, labelled=True)
    assert found[0] is ROWS
    assert found[1] is LABELS
    with pytest.raises(pytest.fail.Exception, match=re.escape("it was asked")):
        checked(BaseEstimator(), NOT_FINITE, LABELS, labelled=True)


MALFORMED = {
    "column too large": ("indices", 1, 9),
    "column below zero": ("indices", 1, -1),
    "rows that run backwards": ("indptr", 2, 0),
    "more than there are": ("indptr", -1, 99),
}


@pytest.mark.parametrize("form", ["csr", "csc"])
@pytest.mark.parametrize("fault", MALFORMED)
def test_a_malformed_sparse_matrix_is_refused_by_all_that_read_it(fault: str, form: str) -> None:
    part, place, wrong = MALFORMED[fault]
    sound = csr_array(np.eye(6)[:, :4] + np.eye(6)[:, 1:5])
    malformed = sound.asformat(form, copy=True)
    getattr(malformed, part)[place] = wrong
    model = Classifier(l2=1.0, max_epochs=20).fit(sound, LABELS)
    for read in (
        lambda: Classifier(hidden=(3,), max_epochs=1).fit(malformed, LABELS),
        lambda: Classifier().partial_fit(malformed, LABELS, classes=[0, 1, 2]),
        lambda: model.predict(malformed),
        lambda: Cost.of(Network((Dense(4, 3),)), SoftmaxCrossEntropy(), malformed, LABELS),
    ):
        with pytest.raises(ValueError, match=r"^X is not a valid sparse matrix \(.*\): rebuild it"):
            read()
