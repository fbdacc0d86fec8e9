"""What is to be known before a model is believed is told first, and chance is judged by a paired test."""

import numpy as np
import pytest
from scipy.stats import binom

from chainrule.common.format import fixed
from chainrule.evaluation.scores import against_baseline, cautions


@pytest.mark.parametrize(("gained", "lost", "both"), [(9, 0, 50), (30, 12, 5), (4, 4, 0), (0, 0, 7), (1, 6, 100)])
def test_the_paired_test_is_the_exact_binomial_one(gained: int, lost: int, both: int) -> None:
    right = np.array([True] * gained + [False] * lost + [True] * both)
    baseline = np.array([False] * gained + [True] * lost + [True] * both)
    found = against_baseline(right, baseline)
    assert (found.gained, found.lost) == (gained, lost)
    extreme = min(gained, lost)
    assert found.p == pytest.approx(min(1.0, 2 * binom.cdf(extreme, gained + lost, 0.5)) if gained + lost else 1.0)


def test_a_good_model_of_well_filled_classes_needs_no_caution() -> None:
    labels = np.repeat(["a", "b"], 40)
    assert cautions(labels, labels, labels, np.array(["a", "b"])) == []


def test_a_class_of_one_row_one_never_predicted_and_a_model_that_is_no_better_are_told() -> None:
    classes = np.array(["a", "b", "c"])
    trained_on = np.array(["a"] * 50 + ["b"] * 20 + ["c"])
    labels = np.array(["a"] * 12 + ["b"] * 8)
    assert cautions(trained_on, labels, np.full(20, "a"), classes) == [
        "Class c has only one training row, too few to learn from: get more rows or merge classes.",
        "The model is no better than the baseline (most frequent class): 12 of 20 held-out rows correct, against 12 for"
        " always predicting a.",
        "Class b is never predicted, although it occurs in the held-out rows.",
    ]
    predicted = np.array(["a"] * 16 + ["b"] * 4)  # better by four rows, which chance makes once in eight
    assert cautions(trained_on[:-1], labels, predicted, classes[:2]) == [
        "The model may be no better than the baseline (most frequent class): 16 of 20 held-out rows correct, against 12"
        " for always predicting a (exact McNemar test, p = 0.12)."
    ]


@pytest.mark.parametrize("value", [0.99998, 1 - 1e-9, 1e-9, -1e-9, 0.5, 1.0, 0.0, 123.456789, -1.0])
@pytest.mark.parametrize("places", [0, 3, 4])
def test_no_number_is_rounded_to_what_would_be_perfect(value: float, places: int) -> None:
    text = fixed(value, places)
    assert (abs(float(text)) in (0.0, 1.0)) == (abs(value) in (0.0, 1.0))
    assert float(text) == pytest.approx(value, abs=0.5 * 10.0**-places + 1e-15)
