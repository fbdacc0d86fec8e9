"""A setting of a classifier that cannot be what it is, is named in one sentence, with what it can be."""

import threading
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

from chainrule import Classifier
from chainrule.estimator.settings import OF_A_CLASSIFIER
from tests.hostile.harness import sentence_fault
from tests.mistakes import assert_refused

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAN = float("nan")
INF = float("inf")
X, Y = load_iris(return_X_y=True)
STRANGE: list[Any] = [
    *(None, True, "", "x", -1, 0, 1.5, NAN, INF, -INF, 1e300, 10**400, b"x", 1j, [], [None], {}, {0: 1.0}, object()),
    *((5.5,), (0,), [[3]], ["relu", 3], np.array([1.0, 2.0]), np.array([]), np.float64(NAN), lambda: None),
    *(np.random.default_rng(0), Classifier, threading.Lock()),
]


@pytest.mark.parametrize("name", OF_A_CLASSIFIER)
def test_a_strange_setting_trains_or_is_named(name: str) -> None:
    for value in STRANGE:
        settings = {"max_epochs": 2, "hidden": (3,) if name in ("activation", "rate") else (), name: value}
        try:
            Classifier(**settings).fit(X[::5], Y[::5])
        except ValueError as error:
            message = str(error)
        else:
            continue
        assert sentence_fault(message) is None, message
        assert name in message or name in ("rate", "optimizer"), message


def test_every_parameter_has_its_check() -> None:
    assert OF_A_CLASSIFIER.keys() == Classifier().get_params().keys()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tol": NAN}, 'tol must be "auto" or a finite number of at least 0, found nan.'),
        ({"n_threads": 0}, "n_threads must be a whole number of at least 1, or None, found 0."),
        ({"n_threads": 1.5}, "n_threads must be a whole number of at least 1, or None, found 1.5."),
        ({"class_weight": {0: NAN}}, "class_weight of 0 must be a finite number of at least 0, found nan."),
        ({"class_weight": {0: -1}}, "class_weight of 0 must be a finite number of at least 0, found -1."),
        ({"class_weight": {"no": 1}}, "class_weight names 'no', which is not a class of y; the classes are 0, 1, 2."),
    ],
    ids=str,
)
def test_the_sentence_names_the_setting(settings: dict[str, Any], message: str) -> None:
    assert_refused(lambda: Classifier(**settings).fit(X, Y), message)
    assert_refused(lambda: Classifier(**settings, optimizer="adam").partial_fit(X, Y, [0, 1, 2]), message)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_one_hidden_layer_may_be_given_by_its_size_alone() -> None:
    one, other = (Classifier(hidden, max_epochs=3, random_state=0).fit(X, Y) for hidden in (5, (5,)))
    np.testing.assert_array_equal(one.theta_, other.theta_)


@pytest.mark.parametrize(
    "labels",
    [[1e19, 2e19, 3e20], [10**30, 2 * 10**30, 3 * 10**30], [-(2**63), 0, 2**63 - 1], [2**63, 2**63 + 1, 2**64 - 1]],
    ids=str,
)
def test_labels_that_no_integer_holds_stay_what_they_are(labels: list[Any]) -> None:
    y = np.array(labels)[Y]
    model = Classifier().fit(X, y)
    assert model.classes_.tolist() == labels
    assert np.mean(model.predict(X) == y) > 0.9


def test_rows_without_a_label_and_labels_of_several_types_are_named() -> None:
    y = np.array(["a", "b", "c"], dtype=object)[Y]
    y[7] = None
    message = "y has no label (None) in row 7: drop such rows, or label them."
    assert_refused(lambda: Classifier().fit(X, y), message)
    y[7] = 3
    message = "y must hold labels of one type, found 'a' (str) in row 0 and 3 (int) in row 7: convert them all to text."
    assert_refused(lambda: Classifier().fit(X, y), message)


@pytest.mark.parametrize("bias", [True, False])
def test_a_weight_counts_rows_in_standardising_and_in_watching(bias: bool) -> None:
    weights = 1 + np.arange(150) % 3
    again = np.repeat(np.arange(150), weights)
    held = np.arange(150) % 5 == 0
    settings: dict[str, Any] = {"hidden": (), "bias": bias, "random_state": 0}
    weighed = Classifier(**settings).fit(
        X[~held], Y[~held], weights[~held], validation=(X[held], Y[held], weights[held])
    )
    rows = again[~held[again]], again[held[again]]
    repeated = Classifier(**settings).fit(X[rows[0]], Y[rows[0]], validation=(X[rows[1]], Y[rows[1]]))
    np.testing.assert_allclose(weighed.standardizer_.mean, repeated.standardizer_.mean, rtol=1e-12)
    np.testing.assert_allclose(weighed.standardizer_.scale, repeated.standardizer_.scale, rtol=1e-12)
    np.testing.assert_allclose(weighed.coef_, repeated.coef_, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(weighed.history_.validation_cost[-1], repeated.history_.validation_cost[-1], rtol=1e-5)
