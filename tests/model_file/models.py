"""Models and tables that the tests of model files share."""

import functools
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline, make_pipeline

from chainrule import Classifier, TableEncoder
from chainrule.arrays import Array


@functools.cache
def passengers(rows: int = 240, seed: int = 0) -> pd.DataFrame:
    """A table with a column of each kind but text, with missing values in most, and rare words."""
    generator = np.random.default_rng(seed)
    ports = np.array(["Cherbourg", "Queenstown", "Southampton", None], dtype=object)
    port = generator.choice(ports, rows, p=[0.3, 0.2, 0.4, 0.1])
    port[:2] = "Belfast", "Cork"
    age = generator.normal(30, 12, rows)
    age[generator.random(rows) < 0.2] = np.nan
    boarded = pd.Timestamp("1912-01-10") + pd.to_timedelta(generator.integers(0, 900, rows * 24), unit="h")[:rows]
    return pd.DataFrame(
        {
            "age": age,
            "fare paid": np.round(generator.gamma(2, 15, rows), 2),
            "port": port,
            "alone": generator.random(rows) < 0.5,
            "boarded": pd.Series(boarded).mask(generator.random(rows) < 0.1),
        }
    )


def answers(table: pd.DataFrame, classes: int = 2, seed: int = 1) -> Array:
    """Labels that depend on the table, with noise."""
    noise = np.random.default_rng(seed).normal(0, 0.5, len(table))
    score = table["fare paid"] / 30 + table["alone"] + (table["port"] == "Cherbourg") + noise
    names = np.array(["drowned", "saved", "lost"])[:classes]
    return names[pd.qcut(score, classes, labels=False).to_numpy()]


def table_model(table: pd.DataFrame, y: Array, kinds: dict[str, str] | None = None, **settings: Any) -> Pipeline:
    """A fitted pipeline of an encoder and a classifier."""
    settings = {"max_epochs": 5, "random_state": 0, "tol": 0.5, **settings}
    return make_pipeline(TableEncoder(kinds=kinds), Classifier(**settings)).fit(table, y)


def rows(n: int = 60, inputs: int = 4, classes: int = 3, dtype: type[Any] = np.float64) -> tuple[Array, Array]:
    """Rows and the numbers of their classes."""
    generator = np.random.default_rng(0)
    y = np.arange(n) % classes
    return (generator.normal(0, 1, (n, inputs)) * 3 + y[:, None] + 5).astype(dtype), y
