"""Class probabilities of one row, a thousand and a million, from NumPy rows to NumPy probabilities."""

import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.peers.machine import least_seconds
from benchmarks.peers.measure import Run, Settings, in_turns, seconds
from benchmarks.peers.results import Case
from chainrule import Classifier
from chainrule.arrays import Array

Predict: TypeAlias = Callable[[Array], Any]
MODELS: dict[str, tuple[int, ...]] = {"softmax regression, 20 columns, 5 classes": (), "network 20-64-5": (64,)}
# Those that the names of the models say.
COLUMNS = 20
CLASSES = 5
# Rows of a call: a single one, where all is overhead, a batch in the cache, and a table from memory.
SIZES = (1, 1000, 1_000_000)


def cases(run: Run) -> Iterator[Case]:
    """Yield a case for each model and number of rows; softmax regression is in float64, the network in float32."""
    for group, hidden in MODELS.items():
        if not run.wanted(group):
            continue
        dtype = np.float32 if hidden else np.float64
        generator = np.random.default_rng(0)
        x: Array = generator.normal(3, 2, (2000, COLUMNS)).astype(dtype)
        t = (x @ generator.normal(size=(COLUMNS, CLASSES))).argmax(axis=1)
        models = contenders(hidden, x, t)
        for rows in SIZES[:2] if run.settings.quick else SIZES:
            given = generator.normal(3, 2, (rows, COLUMNS)).astype(dtype)
            works = {name: timer(predict, given, run.settings) for name, predict in models.items()}
            limit = least_seconds(run.limits, *demand(rows, hidden, given.itemsize), np.dtype(dtype).name)
            about = f"{np.dtype(dtype).name}. PyTorch and JAX have the parameters and the scaling of Chainrule."
            name = "1 row" if rows == 1 else f"{rows:,} rows"
            yield Case("prediction", group, name, in_turns(works, run.settings), limit, {}, about)


def contenders(hidden: tuple[int, ...], x: Array, t: Array) -> dict[str, Predict]:
    """Return what predicts, each fitted to the same rows, which takes PyTorch's and JAX's from ours."""
    ours = Classifier(hidden, max_epochs=20, random_state=0).fit(x, t)
    peer = MLPClassifier(hidden, max_iter=20, random_state=0) if hidden else LogisticRegression()
    theirs = make_pipeline(StandardScaler(), peer).fit(x, t)
    views = [view for view in ours.network_.views(ours.theta_) if view]
    layers = [(np.array(view["weights"]), np.array(view["bias"])) for view in views]
    mean, scale = x.mean(axis=0), x.std(axis=0)
    return {
        "Chainrule": ours.predict_proba,
        "scikit-learn": theirs.predict_proba,
        "PyTorch": pytorch(layers, mean, scale),
        "JAX": compiled(layers, mean, scale),
    }


def pytorch(layers: list[tuple[Array, Array]], mean: Array, scale: Array) -> Predict:
    import torch

    parameters = [(torch.from_numpy(weights), torch.from_numpy(bias)) for weights, bias in layers]
    shift, factor = torch.from_numpy(mean), torch.from_numpy(1 / scale)

    def predict(x: Array) -> Any:
        with torch.inference_mode():
            z = (torch.from_numpy(x) - shift) * factor
            for place, (weights, bias) in enumerate(parameters):
                z = torch.addmm(bias, torch.relu(z) if place else z, weights)
            return torch.softmax(z, dim=1).numpy()

    return predict


def compiled(layers: list[tuple[Array, Array]], mean: Array, scale: Array) -> Predict:
    import jax

    jax.config.update("jax_enable_x64", True)

    def probabilities(x: Any) -> Any:
        z = (x - mean) / scale
        for place, (weights, bias) in enumerate(layers):
            z = (jax.nn.relu(z) if place else z) @ weights + bias
        return jax.nn.softmax(z)

    run = jax.jit(probabilities)
    return lambda x: np.asarray(run(x))


def timer(predict: Predict, x: Array, settings: Settings) -> Callable[[], float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        predict(x)
    return lambda: seconds(lambda: predict(x), settings.least)


def demand(rows: int, hidden: tuple[int, ...], itemsize: int) -> tuple[int, int]:
    """Return the bytes that must be read and written, and the operations of the products."""
    widths = (COLUMNS, *hidden, CLASSES)
    operations = sum(2 * rows * a * b for a, b in pairwise(widths))
    return rows * (COLUMNS + CLASSES) * itemsize, operations
