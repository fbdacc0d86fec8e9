"""Regressions to estimate, real and synthetic, and the same written out row by row."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

from chainrule import Classifier
from chainrule.arrays import Array

DATA = Path(__file__).parents[2].parent / "shared" / "data"
HSBDEMO = DATA / "hsbdemo" / "hsbdemo.csv"
Problem = tuple[Array, Array]


def hsbdemo() -> Problem:
    with HSBDEMO.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    x = [[row["ses"] == "middle", row["ses"] == "high", row["write"]] for row in rows]
    return np.array(x, dtype=float), np.array([row["prog"] for row in rows])


def red_wine() -> Problem:
    table = np.loadtxt(DATA / "wine_quality" / "winequality-red.csv", delimiter=",")
    return table[:, :-1], table[:, -1].clip(4, 7).astype(int)


def drawn(n: int, columns: int, classes: int, seed: int, scale: Any = 1.0, shift: Any = 0.0) -> Problem:
    """Rows whose classes are drawn with the probabilities of a softmax regression."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, columns))
    z = x @ rng.normal(0, 0.7, (columns, classes)) + rng.normal(0, 0.5, classes)
    return x * scale + shift, (z + rng.gumbel(size=z.shape)).argmax(axis=1)


def real() -> dict[str, Problem]:
    iris_x, iris_y = load_iris(return_X_y=True)
    wine_x, wine_y = load_wine(return_X_y=True)
    cancer_x, cancer_y = load_breast_cancer(return_X_y=True)
    diabetes_x, diabetes_y = load_diabetes(return_X_y=True)
    return {
        "iris, two of the three": (iris_x[50:], iris_y[50:]),
        "wine, three columns": (wine_x[:, [1, 2, 4]], wine_y),
        "breast cancer, five columns": (cancer_x[:, :5], cancer_y),
        "diabetes in four": (diabetes_x, np.searchsorted([90, 140, 210], diabetes_y)),
    }


def synthetic() -> dict[str, Problem]:
    return {
        "two classes": drawn(500, 3, 2, 0),
        "five classes": drawn(2000, 6, 5, 1),
        "scales from 1e-6 to 1e6": drawn(600, 4, 3, 2, scale=[1e-6, 1e-2, 1.0, 1e6]),
        "far from zero": drawn(600, 2, 3, 3, shift=[2000.0, -1e4]),
    }


def unpenalised(x: Any, y: Array, **others: Any) -> Classifier:
    return Classifier(l2=0, max_epochs=30, tol=1e-6, **others).fit(x, y)


def scores(x: Array, t: Array, params: Array) -> Array:
    """The gradient of the log-likelihood of each row (n, (k-1)·j), the first class as reference: Kronecker products."""
    z = np.hstack([np.zeros((len(x), 1)), x @ params.T])
    y = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    residuals = (np.eye(z.shape[1])[t] - y)[:, 1:]
    return np.array([np.kron(residual, row) for residual, row in zip(residuals, x, strict=True)])


def information(x: Array, params: Array) -> Array:
    """Minus the Hessian of the log-likelihood, row by row."""
    z = np.hstack([np.zeros((len(x), 1)), x @ params.T])
    y = (np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))[:, 1:]
    each = (np.kron(np.diag(p) - np.outer(p, p), np.outer(row, row)) for p, row in zip(y, x, strict=True))
    return np.add.reduce(list(each))
