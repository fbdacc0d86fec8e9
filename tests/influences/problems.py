"""Real data for influence, and the regression that a classifier has fitted to it."""

import csv
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from chainrule import Classifier
from chainrule.arrays import Array
from chainrule.estimator.defaults import penalty_of, strength_of
from chainrule.estimator.trained_model import TrainedModel
from tests.influences.refits import Regression

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def _read(name: str, delimiter: str = ",") -> list[list[str]]:
    with (DATA / name / f"{name}.csv").open(newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def iris() -> tuple[Array, Array]:
    x, y = load_iris(return_X_y=True)
    return x, y


def two_irises() -> tuple[Array, Array]:
    x, y = iris()
    return x[y > 0], y[y > 0]


def wine() -> tuple[Array, Array]:
    x, y = load_wine(return_X_y=True)
    return x, y


def breast_cancer() -> tuple[Array, Array]:
    x, y = load_breast_cancer(return_X_y=True)
    return x, y


def five_columns() -> tuple[Array, Array]:
    x, y = breast_cancer()
    return x[:, [0, 1, 4, 8, 9]], y


def hsbdemo() -> tuple[Array, Array]:
    head, *rows = _read("hsbdemo", ";")
    of = [dict(zip(head, row, strict=True)) for row in rows]
    x = [[row["ses"] == "middle", row["ses"] == "high", float(row["write"])] for row in of]
    return np.array(x, dtype=float), np.array([row["prog"] for row in of])


def titanic() -> tuple[Array, Array]:
    head, *rows = _read("titanic")
    of = [dict(zip(head, row, strict=True)) for row in rows]
    of = [row for row in of if row["age"]]
    numbers = ("pclass", "age", "sibsp", "parch", "fare")
    x = [[row["sex"] == "male", *(float(row[name]) for name in numbers)] for row in of]
    return np.array(x, dtype=float), np.array([row["survived"] for row in of])


def sonar() -> tuple[Array, Array]:
    rows = _read("sonar")
    return np.array([row[:-1] for row in rows], dtype=float), np.array([row[-1] for row in rows])


EVERY = (iris, two_irises, wine, breast_cancer, five_columns, hsbdemo, titanic, sonar)
PROBLEMS = {each.__name__: each for each in EVERY}
BUNDLED = {"iris", "two_irises", "wine", "breast_cancer", "five_columns"}


@cache
def rows_of(name: str) -> tuple[Array, Array]:
    return PROBLEMS[name]()


def regression_of(model: Classifier, x: Any, y: Array, sample_weight: Array | None = None) -> tuple[Regression, Array]:
    """What the model has fitted, by itself, and its optimum."""
    fitted = TrainedModel.of(model)
    rows = fitted.standardized_rows(fitted.rows(x, y, sample_weight))
    total = rows.total_weight
    dense = rows.x.toarray() if hasattr(rows.x, "toarray") else rows.x
    columns = np.hstack([dense, np.ones((len(y), int(model.bias)))])
    k = model.network_.outputs
    targets = rows.t[:, None].astype(float) if k == 1 else np.eye(k)[rows.t]
    targets = targets * (1 - model.label_smoothing) + model.label_smoothing / max(k, 2)
    strength = penalty_of(model.l2, model.l1, total, strength_of(model)).l2 * total
    l2 = np.full((k, columns.shape[1]), strength)
    l2[:, dense.shape[1] :] = 0
    weights = np.ones(len(y)) if rows.weights is None else rows.weights.astype(float)
    layer = model.network_.views(fitted.theta)[-1]
    theta = np.vstack([layer["weights"], *([layer["bias"]] if model.bias else [])]).T
    return Regression(columns, targets, weights, l2), theta
