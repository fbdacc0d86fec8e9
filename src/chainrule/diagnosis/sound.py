"""The usual causes behind training that fails, whatever it fails by: columns of any size, and steps of any length."""

from typing import Any

from chainrule.diagnosis.column_scales import LARGEST_RATIO, size_ratio
from chainrule.diagnosis.model_under_test import ModelUnderTest

ADAM_RATE = 0.003
PLAIN = ("gradient_descent", "momentum")


def sound_training(tested: ModelUnderTest) -> dict[str, Any]:
    """Return the settings that take the usual causes away; none where they are not there."""
    classifier = tested.classifier
    settings: dict[str, Any] = {"standardize": True} if size_ratio(tested) > LARGEST_RATIO else {}
    chosen = classifier.optimizer
    if not isinstance(chosen, str) or chosen in PLAIN or classifier.rate not in (None, ADAM_RATE):
        settings |= {"optimizer": "adam", "rate": ADAM_RATE}
    return settings


def in_words(settings: dict[str, Any]) -> str:
    """Return what settings of `sound_training` do, to begin a list with.

    >>> in_words({"standardize": True})
    'standardise the columns, '
    """
    words = {"standardize": "standardise the columns, ", "optimizer": "train with Adam at its default rate, "}
    return "".join(said for name, said in words.items() if name in settings)
