"""One small drawing of every kind: what each test of all figures runs over."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes

from chainrule import LeakyReLU, Network, Sigmoid, plots
from chainrule.arrays import Array
from chainrule.layers import Dense, Softmax

Drawing: TypeAlias = Callable[..., Axes]

NETWORK = Network((Dense(2, 3), LeakyReLU(), Dense(3, 3)))
THETA = np.sin(np.arange(NETWORK.size)) * 2
ROWS = np.array([[0.0, 1.0], [1.0, 0.5], [0.3, 0.2], [0.8, 0.9]])
LIMITS = (0.0, 1.0, 0.0, 1.0)


def predict(x: Array) -> Array:
    """Return probabilities of three classes (m, 3)."""
    return Softmax().forward({}, NETWORK.forward(THETA, x)[-1])


def first_probability(x: Array) -> Array:
    return predict(x)[:, 0]


FLAT: dict[str, Callable[..., Axes]] = {
    "scatter_classes": lambda **ax: plots.scatter_classes(ROWS, [0, 1, 2, 0], names="abc", **ax),
    "decision_regions": lambda **ax: plots.decision_regions(
        predict, LIMITS, "abc", resolution=20, rows=ROWS, classes=[0, 1, 2, 0], **ax
    ),
    "map_of": lambda **ax: plots.map_of(first_probability, LIMITS, resolution=20, label="first", **ax),
    "cost_curve": lambda **ax: plots.cost_curve([3.0, 2.0, 1.0], label="cost", **ax),
    "curves": lambda **ax: plots.curves({"plain": [3.0, 2.0, 1.0], "Newton": [3.0, 1.0]}, log=True, **ax),
    "activation_shapes": lambda **ax: plots.activation_shapes([Sigmoid(), LeakyReLU()], **ax),
    "confusion": lambda **ax: plots.confusion([[3, 1], [0, 2]], "ab", **ax),
    "matrix_heat": lambda **ax: plots.matrix_heat([[1.0, -0.5]], row_names="a", column_names="bc", **ax),
    "probability_bars": lambda **ax: plots.probability_bars(predict(ROWS), [0, 1, 2, 0], "abc", **ax),
    "value_bars": lambda **ax: plots.value_bars("abc", [0.5, -0.2, 0.1], spreads=[0.1, 0.1, 0], label="rise", **ax),
    "value_dots": lambda **ax: plots.value_dots("abc", [0.5, 0.2, 0.3], [0.1, 0.1, 0], marked=1, label="loss", **ax),
    "roc": lambda **ax: plots.roc({"a": ([0, 0.1, 1], [0, 0.8, 1])}, **ax),
    "precision_recall": lambda **ax: plots.precision_recall({"a": ([0, 1], [1, 0.5])}, share=0.5, **ax),
    "reliability": lambda **ax: plots.reliability([0.6, 0.9], [0.5, 0.9], rows=[2, 8], **ax),
    "dependence": lambda **ax: plots.dependence([1, 2, 3], [[0.1], [0.2], [0.4]], "a", seen=[1, 2, 2, 3], **ax),
    "layer_sizes": lambda **ax: plots.layer_sizes(NETWORK, **ax),
    "network_diagram": lambda **ax: plots.network_diagram(NETWORK, THETA, **ax),
}


def surface(**ax: Any) -> Axes:
    return plots.probability_surface(first_probability, LIMITS, resolution=9, **ax)


DRAWINGS: dict[str, Drawing] = {**FLAT, "probability_surface": surface}
