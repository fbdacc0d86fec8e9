"""Small trained models and their ledgers."""

import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline

from chainrule import Classifier, ledger
from chainrule.ledgers import Ledger
from chainrule.tables import TableEncoder

COLOURS = ["red", "blue", "$5 <b>&_%"]


def table(rows: int = 120, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    length = random.normal(5, 2, rows)
    return pd.DataFrame(
        {"length": length, "width": random.normal(0, 0.1, rows), "colour": random.choice(COLOURS, rows)}
    )


def labels(frame: pd.DataFrame, classes: int) -> np.ndarray:
    score = frame["length"] + 10 * frame["width"] + (frame["colour"] == "red")
    return np.array([f"kind {chr(97 + i)}" for i in range(classes)])[pd.qcut(score, classes, labels=False)]


@cache
def trained(classes: int = 3, hidden: tuple[int, ...] = (5, 4), **settings: Any) -> Any:
    frame = table()
    classifier = Classifier(hidden, "tanh", max_epochs=15, random_state=0, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return make_pipeline(TableEncoder(), classifier).fit(frame, labels(frame, classes))


def followed(classes: int = 3, row: Any = 7, weight: str | None = "1,width,2", **settings: Any) -> Ledger:
    return ledger(trained(classes, **settings), table(), labels(table(), classes), row, weight)


def entries(found: Ledger) -> dict[str, np.ndarray]:
    return {entry.key: entry.values for part in found.rows[0].sections for entry in part.entries}
