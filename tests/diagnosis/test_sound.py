"""Remedies take away the usual causes of failed training, and only where they are there."""

from typing import Any

import pytest

from chainrule import Adam, Classifier, GradientDescent
from chainrule.diagnosis.finding import settings_in_words, sound_training
from chainrule.diagnosis.model_under_test import ModelUnderTest
from tests.diagnosis.models import clouds, fitted

ADAM = {"optimizer": "adam", "rate": 0.003}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {}),
        ({"optimizer": "adam"}, {}),
        ({"optimizer": "adam", "rate": 0.003}, {}),
        ({"optimizer": "adam", "rate": 1.0}, ADAM),
        ({"optimizer": "momentum"}, ADAM),
        ({"optimizer": GradientDescent(0.1)}, ADAM),
        ({"optimizer": Adam(0.1)}, ADAM),
        ({"standardize": False}, {"standardize": True}),
        ({"standardize": False, "optimizer": "gradient_descent"}, {"standardize": True, **ADAM}),
    ],
    ids=repr,
)
def test_what_is_sound_already_is_left_alone(settings: dict[str, Any], expected: dict[str, Any]) -> None:
    x, y = clouds(rows=40)
    x[:, 0] *= 1e5
    model = fitted(Classifier((4,), max_epochs=2, **settings), x, y)
    found = sound_training(ModelUnderTest(model, x, y))
    assert found == expected
    assert ("standardise" in settings_in_words(found), "Adam" in settings_in_words(found)) == (
        "standardize" in found,
        "rate" in found,
    )
