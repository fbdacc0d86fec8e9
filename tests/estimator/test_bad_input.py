"""Rows, targets and networks that do not fit are refused in one sentence that names what was found."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule import (
    Cost,
    Dense,
    Network,
    PerceptronCriterion,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    Tanh,
    check_gradients,
    initialize,
    trace,
)
from tests.mistakes import Mistakes, assert_refused

NAN = float("nan")
X = [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]
T = [0, 1, 1]
NETWORK = Network((Dense(2, 2),))
ONE_OUTPUT = Network((Dense(2, 1),))
THETA = NETWORK.zeros()
LOSS = SoftmaxCrossEntropy()
YES_NO = SigmoidCrossEntropy()
SHAPES = "{'weights': (2, 2), 'bias': (2,)}"


def cost(x: object = X, t: object = T, network: Network = NETWORK, loss: Any = LOSS, **options: Any) -> Cost:
    return Cost.of(network, loss, x, t, **options)


def yes_no(t: object, network: Network = ONE_OUTPUT) -> Cost:
    return cost(t=t, network=network, loss=YES_NO)


ROWS_OF_A_COST: Mistakes = {
    "no rows": (
        lambda: cost(x=np.empty((0, 2)), t=[]),
        "x must be a table of at least one row and one column, found shape (0, 2).",
    ),
    "negative weight": (
        lambda: cost(weights=[1, 2, -1]),
        "Weights must be finite and not negative, found -1.0 in row 2.",
    ),
    "columns": (lambda: cost(x=np.ones((3, 4))), "x has 4 columns, but the network takes 2 inputs."),
    "reduction": (lambda: cost(reduction="median"), 'reduction must be "mean" or "sum", found \'median\'.'),
}


@pytest.mark.parametrize(("mistake", "message"), ROWS_OF_A_COST.values(), ids=ROWS_OF_A_COST)
def test_rows_of_a_cost_are_refused_in_one_sentence(mistake: Callable[[], object], message: str) -> None:
    assert_refused(mistake, message)


TARGETS: Mistakes = {
    "broken class": (
        lambda: cost(t=[0.0, 1.0, 1.0]),
        "One-dimensional targets must be whole class indices, found numbers of type float64.",
    ),
    "negative class": (
        lambda: cost(t=[0, -1, 1]),
        "Target of row 1 is class -1, but there are 2 classes, 0 to 1.",
    ),
    "unknown class": (lambda: cost(t=[0, 1, 2]), "Target of row 2 is class 2, but there are 2 classes, 0 to 1."),
    "wrong number of classes": (
        lambda: cost(t=np.eye(3)),
        "Targets must have shape (n,) of class indices or (n, 2) of class probabilities, found (3, 3).",
    ),
    "no distribution": (
        lambda: cost(t=[[1, 0], [0.5, 0.6], [0, 1]]),
        "Target of row 1 is no distribution: its class probabilities sum to 1.1, expected 1.",
    ),
    "negative probability": (
        lambda: cost(t=[[1, 0], [1.5, -0.5], [0, 1]]),
        "Target of row 1, column 0 is 1.5, expected a probability from 0 to 1.",
    ),
    "one class": (
        lambda: cost(t=[1, 1, 1]),
        "All 3 rows are of one class (1); a classifier needs rows of at least two.",
    ),
    "one class, one-hot": (
        lambda: cost(t=[[1, 0]] * 3),
        "All 3 rows are of one class (0); a classifier needs rows of at least two.",
    ),
    "one class, yes or no": (
        lambda: yes_no([1, 1, 1]),
        "All 3 rows are of one class (1); a classifier needs rows of at least two.",
    ),
    "neither yes nor no": (
        lambda: yes_no([0, 1, 2]),
        "Target of row 2, column 0 is 2, expected a probability from 0 to 1.",
    ),
    "yes or no in two columns": (
        lambda: yes_no(np.eye(3)[:, :2]),
        "Targets must have shape (n,) or (n, 1) for a network with 1 outputs, found (3, 2).",
    ),
    "one answer for two questions": (
        lambda: yes_no(T, NETWORK),
        "Targets must have shape (n, 2) for a network with 2 outputs, found (3,).",
    ),
    "criterion": (
        lambda: cost(t=[0, 1, -1], network=ONE_OUTPUT, loss=PerceptronCriterion()),
        "Target of row 2, column 0 is -1, expected a probability from 0 to 1.",
    ),
}


@pytest.mark.parametrize(("mistake", "message"), TARGETS.values(), ids=TARGETS)
def test_targets_are_refused_in_one_sentence(mistake: Callable[[], object], message: str) -> None:
    assert_refused(mistake, message)


NETWORKS: Mistakes = {
    "no inputs": (lambda: Dense(0, 2), "Dense needs a positive whole number of inputs, found 0."),
    "negative outputs": (lambda: Dense(2, -1), "Dense needs a positive whole number of outputs, found -1."),
    "half a perceptron": (lambda: Dense(2, 1.5), "Dense needs a positive whole number of outputs, found 1.5."),  # type: ignore[arg-type]
    "rows for a layer": (
        lambda: Dense(2, 3).output_size(4),
        "Dense(inputs=2, outputs=3, bias=True) takes rows of 2 numbers, found rows of 4.",
    ),
    "layers do not fit": (
        lambda: Network((Dense(2, 3), Dense(4, 2))),
        "Layer 1, Dense(inputs=4, outputs=2, bias=True), takes 4 inputs, but the outputs of layer 0, "
        "Dense(inputs=2, outputs=3, bias=True), give 3: make the two equal.",
    ),
    "no layer": (
        lambda: Network(()),
        "A network starts with a layer that fixes its inputs, such as Dense(4, 8): found no layer.",
    ),
    "starts with an activation": (
        lambda: Network((Tanh(),)),
        "A network starts with a layer that fixes its inputs, such as Dense(4, 8): found Tanh().",
    ),
    "theta": (lambda: cost().value(np.zeros(5)), "theta must have shape (6,) for this network, found (5,)."),
    "theta of the gradient": (
        lambda: cost().value_and_gradient(np.zeros((6, 1))),
        "theta must have shape (6,) for this network, found (6, 1).",
    ),
    "x": (
        lambda: NETWORK.forward(THETA, np.ones((4, 3))),
        "x must have shape (n, 2) for this network, found (4, 3).",
    ),
    "flatten": (lambda: NETWORK.flatten([]), "Expected parameters for 1 layers, found 0."),
    "flatten shapes": (
        lambda: NETWORK.flatten([{"weights": np.ones((2, 3)), "bias": np.ones(2)}]),
        f"Layer 0, Dense(inputs=2, outputs=2, bias=True), has parameters of shapes {SHAPES}, "
        "found {'weights': (2, 3), 'bias': (2,)}.",
    ),
    "flatten without bias": (
        lambda: NETWORK.flatten([{"weights": np.ones((2, 2))}]),
        f"Layer 0, Dense(inputs=2, outputs=2, bias=True), has parameters of shapes {SHAPES}, "
        "found {'weights': (2, 2)}.",
    ),
    "initializer": (
        lambda: initialize(NETWORK, 0, initializer="xavier"),
        "No initializer is called 'xavier'; there are auto, glorot_uniform, glorot_normal, he_uniform, he_normal, "
        "lecun_uniform, lecun_normal, orthogonal, zeros.",
    ),
}


@pytest.mark.parametrize(("mistake", "message"), NETWORKS.values(), ids=NETWORKS)
def test_networks_are_refused_in_one_sentence(mistake: Callable[[], object], message: str) -> None:
    assert_refused(mistake, message)


INSPECTION: Mistakes = {
    "several rows": (
        lambda: trace(NETWORK, LOSS, THETA, X, T),
        "trace follows one row (i,), found an array of shape (3, 2).",
    ),
    "one number": (
        lambda: trace(NETWORK, LOSS, THETA, 1.0, 0),
        "trace follows one row (i,), found an array of shape ().",
    ),
    "long row": (
        lambda: trace(NETWORK, LOSS, THETA, [1.0, 2.0, 3.0], 0),
        "x must have shape (n, 2) for this network, found (1, 3).",
    ),
    "NaN in the row": (lambda: trace(NETWORK, LOSS, THETA, [NAN, 1.0], 0), "x must be finite, found nan."),
    "unknown class": (
        lambda: trace(NETWORK, LOSS, THETA, X[0], 2),
        "Target of row 0 is class 2, but there are 2 classes, 0 to 1.",
    ),
    "checked rows": (
        lambda: check_gradients(NETWORK, LOSS, THETA, [[1.0]], [0]),
        "x must have shape (n, 2) for this network, found (1, 1).",
    ),
    "checked targets": (
        lambda: check_gradients(NETWORK, LOSS, THETA, X, [0, 1]),
        "Targets must have one entry for each of the 3 rows, found shape (2,).",
    ),
    "checked NaN": (lambda: check_gradients(NETWORK, LOSS, THETA, [[NAN, 1.0]], [0]), "x must be finite, found nan."),
}


@pytest.mark.parametrize(("mistake", "message"), INSPECTION.values(), ids=INSPECTION)
def test_inspected_rows_are_refused_in_one_sentence(mistake: Callable[[], object], message: str) -> None:
    assert_refused(mistake, message)
