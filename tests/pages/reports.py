"""Small trained models for the tests of their reports."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

from chainrule import Classifier
from chainrule.pages.report import Run
from chainrule.tables import TableEncoder

TITLE = "flowers.csv"
COMMAND = "chainrule train flowers.csv --target kind"


def flowers(rows: int, seed: int, classes: int = 3) -> tuple[pd.DataFrame, np.ndarray]:
    """A table of all kinds of columns, and labels that depend on some of them."""
    random = np.random.default_rng(seed)
    length, width = random.normal(5, 2, rows), random.normal(0, 0.1, rows)
    colour = random.choice(["red", "blue", "$5 <b>&"], rows)
    score = length / 2 + 10 * width + 1.5 * (colour == "red") + random.normal(0, 0.4, rows)
    labels = np.array([f"kind {chr(97 + i)}" for i in range(classes)])[
        np.clip(((score - 1.5) * classes / 4).astype(int), 0, classes - 1)
    ]
    table = pd.DataFrame(
        {
            "flower_id": np.arange(rows) + 1,
            "length": np.where(random.random(rows) < 0.1, np.nan, length),
            "width": width,
            "colour": pd.Series(colour).mask(random.random(rows) < 0.1),
            "wild": random.random(rows) < 0.5,
            "petals": random.integers(3, 7, rows),
            "place": "garden",
        }
    )
    return table, labels


@cache
def flower_run(classes: int = 3, hidden: tuple[int, ...] = ()) -> Run:
    """A run on the flowers."""
    (train, train_labels), (held_out, labels) = flowers(600, 0, classes), flowers(200, 1, classes)
    classifier = Classifier(hidden, max_epochs=60, tol=1e-2, validation_fraction=0.2 if hidden else 0, random_state=0)
    model = make_pipeline(TableEncoder(), classifier).fit(train, train_labels)
    return Run(
        model, train, train_labels, held_out, labels, TITLE, COMMAND, "kind", None, {"seed": "7"}, ["Two <i> notes."]
    )


@cache
def matrix_run(columns: int = 4, hidden: tuple[int, ...] = (), dtype: Any = np.float64) -> Run:
    """A run on a plain matrix."""
    random = np.random.default_rng(3)
    x = (random.standard_normal((300, columns)) * np.arange(1, columns + 1)).astype(dtype)
    t = (x[:, 0] + x[:, 1] / 2 + random.normal(0, 0.5, 300) > 0).astype(int)
    model = Classifier(hidden, tol=1e-2, random_state=0).fit(x[:200], t[:200])
    return Run(model, x[:200], t[:200], x[200:], t[200:], "matrix", "none")
