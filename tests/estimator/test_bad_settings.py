"""Rates, strengths and sizes out of their range are refused in one sentence that names what was found."""

from collections.abc import Callable

import numpy as np
import pytest

from chainrule import (
    ELU,
    Cost,
    Dense,
    GradientDescent,
    LeakyReLU,
    Momentum,
    Network,
    Newton,
    Penalty,
    PerceptronRule,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    Stalled,
    StepDecay,
    Warmup,
    check_gradients,
    epochs,
    train,
)
from tests.mistakes import Mistakes, assert_refused

NAN = float("nan")
INF = float("inf")
NETWORK = Network((Dense(2, 2),))
THETA = NETWORK.zeros()
DESCENT = GradientDescent(0.1)


def cost() -> Cost:
    return Cost.of(NETWORK, SoftmaxCrossEntropy(), [[0.0, 1.0], [1.0, 0.0]], [0, 1])


NUMBERS: Mistakes = {
    "slope NaN": (lambda: LeakyReLU(NAN), "LeakyReLU needs a finite slope, found nan."),
    "alpha infinite": (lambda: ELU(INF), "ELU needs a finite alpha, found inf."),
    "tolerance of a check": (
        lambda: check_gradients(NETWORK, SoftmaxCrossEntropy(), THETA, [[0.0, 1.0]], [0], tolerance=0),
        "check_gradients needs a tolerance above zero and at least one entry, found 0 and 200.",
    ),
    "rate 0": (
        lambda: GradientDescent(0.0),
        "GradientDescent needs a finite number above zero for its rate, found 0.0.",
    ),
    "rate below 0": (
        lambda: GradientDescent(-0.1),
        "GradientDescent needs a finite number above zero for its rate, found -0.1.",
    ),
    "rate NaN": (
        lambda: Momentum(NAN),
        "Momentum needs a finite number above zero for its rate, found nan.",
    ),
    "rate infinite": (
        lambda: Momentum(INF),
        "Momentum needs a finite number above zero for its rate, found inf.",
    ),
    "rate of a schedule": (
        lambda: Momentum(lambda iteration: -1.0 - iteration),
        "Momentum needs a finite number above zero for its rate, found -1.0.",
    ),
    "perceptron": (
        lambda: PerceptronRule(0.0),
        "PerceptronRule needs a finite number above zero for its rate, found 0.0.",
    ),
    "momentum": (
        lambda: Momentum(0.1, momentum=1.0),
        "Momentum needs a momentum of at least 0 and less than 1, found 1.0.",
    ),
    "accuracy": (lambda: Newton(NAN), "Newton needs an accuracy above 0 and below 1, found nan."),
    "schedule": (
        lambda: StepDecay(1.0, every=0),
        "StepDecay needs a finite number above zero for its every, found 0.",
    ),
    "warmup": (
        lambda: Warmup(StepDecay(1.0), 0),
        "Warmup needs a finite number above zero for its iterations, found 0.",
    ),
    "penalty": (lambda: Penalty(l2=-1.0), "Penalty needs a finite l2 of at least 0, found -1.0."),
    "penalty NaN": (lambda: Penalty(l1=NAN), "Penalty needs a finite l1 of at least 0, found nan."),
    "smoothing": (
        lambda: SoftmaxCrossEntropy(1.0),
        "label_smoothing must be at least 0 and less than 1, found 1.0.",
    ),
    "smoothing NaN": (
        lambda: SigmoidCrossEntropy(NAN),
        "label_smoothing must be at least 0 and less than 1, found nan.",
    ),
    "patience": (lambda: Stalled(patience=0), "Stalled needs a patience of at least 1, found 0."),
}


@pytest.mark.parametrize(("mistake", "message"), NUMBERS.values(), ids=NUMBERS)
def test_numbers_are_refused_in_one_sentence(mistake: Callable[[], object], message: str) -> None:
    assert_refused(mistake, message)


TRAINING: Mistakes = {
    "no batch": (
        lambda: epochs(cost(), DESCENT, THETA, batch_size=0),
        "batch_size must be a whole number of at least 1, found 0.",
    ),
    "half a row": (
        lambda: epochs(cost(), DESCENT, THETA, batch_size=0.5),  # type: ignore[arg-type]
        "batch_size must be a whole number of at least 1, found 0.5.",
    ),
    "no epoch": (
        lambda: train(cost(), DESCENT, THETA, max_epochs=0),
        "max_epochs must be a whole number of at least 1, found 0.",
    ),
    "an epoch and a half": (
        lambda: train(cost(), DESCENT, THETA, max_epochs=1.5),  # type: ignore[arg-type]
        "max_epochs must be a whole number of at least 1, found 1.5.",
    ),
    "theta": (
        lambda: train(cost(), DESCENT, np.zeros(3)),
        "theta must have shape (6,) for this network, found (3,).",
    ),
    "theta NaN": (
        lambda: epochs(cost(), DESCENT, np.array([0.0, NAN, INF, 0.0, 0.0, 0.0])),
        "theta must be finite to start from, found nan.",
    ),
}


@pytest.mark.parametrize(("mistake", "message"), TRAINING.values(), ids=TRAINING)
def test_trainings_are_refused_in_one_sentence(mistake: Callable[[], object], message: str) -> None:
    assert_refused(mistake, message)
