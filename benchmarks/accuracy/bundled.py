"""Tables that need no download: those that scikit-learn and statsmodels bring, and simulated ones of unusual kinds.

`python -m benchmarks.accuracy --suite bundled` compares models on them. Two defaults of AutoClassifier were chosen on
them: robust scaling of heavy tails, on heavy_tails, and shares of the classes for 256 levels or more, on many_levels.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn import datasets

from chainrule.arrays import Array

# Rows of the simulated tables, unless it is what the table is about: enough to learn from, and a second to fit.
ROWS = 4000


class Table(NamedTuple):
    """Columns as a data frame, and labels (n,)."""

    x: pd.DataFrame
    y: Array


def _of_scikit_learn(name: str) -> Table:
    found = getattr(datasets, f"load_{name}")(as_frame=True)
    return Table(found.data, found.target.to_numpy())


def _of_statsmodels(name: str, target: str, drop: tuple[str, ...] = ()) -> Table:
    from statsmodels import datasets as bundled  # of the development environment only

    frame = getattr(bundled, name).load_pandas().data
    return Table(frame.drop(columns=[target, *drop]), frame[target].to_numpy())


def _fair() -> Table:
    table = _of_statsmodels("fair", "affairs")
    return Table(table.x, (table.y > 0).astype(int))


def _numbers(generator: np.random.Generator, rows: int, columns: int) -> pd.DataFrame:
    return pd.DataFrame(generator.normal(size=(rows, columns)), columns=[f"x{i}" for i in range(columns)])


def _drawn(generator: np.random.Generator, logits: Array) -> Array:
    """Return classes drawn with the probabilities of logits (n,) or (n, k)."""
    z = np.column_stack((np.zeros(len(logits)), logits)) if logits.ndim == 1 else logits
    return np.asarray((z + generator.gumbel(size=z.shape)).argmax(axis=1))


def many_columns(generator: np.random.Generator) -> Table:
    """200 rows of 600 columns, of which ten matter."""
    x = _numbers(generator, 200, 600)
    return Table(x, _drawn(generator, x.iloc[:, :10].to_numpy() @ generator.normal(size=10)))


def rare_class(generator: np.random.Generator) -> Table:
    """One class of two in a hundred rows, by a threshold and a product."""
    x = _numbers(generator, 2 * ROWS, 8)
    z = -6 + 2 * (x["x0"] > 0.5) + 1.5 * x["x1"] * x["x2"] + x["x3"]
    return Table(x, _drawn(generator, z.to_numpy()))


def many_classes(generator: np.random.Generator) -> Table:
    """25 classes with 20 rows each, around centres."""
    t = np.repeat(np.arange(25), 20)
    centres = generator.normal(scale=1.5, size=(25, 10))
    return Table(_numbers(generator, len(t), 10) + centres[t], t)


def many_levels(generator: np.random.Generator) -> Table:
    """A category of 1,000 levels, each with its own tendency, beside three numbers."""
    x, level = _numbers(generator, 2 * ROWS, 3), generator.integers(1000, size=2 * ROWS)
    tendency = generator.normal(scale=1.5, size=1000)
    x["place"] = [f"place {one}" for one in level]
    return Table(x, _drawn(generator, tendency[level] + x["x0"].to_numpy()))


def dates(generator: np.random.Generator) -> Table:
    """A date as text whose month and weekday matter, beside two numbers."""
    x = _numbers(generator, ROWS, 2)
    days = pd.Timestamp("2015-01-01") + pd.to_timedelta(generator.integers(3000, size=ROWS), unit="D")
    x["date"] = days.strftime("%Y-%m-%d")
    z = 1.5 * np.sin(2 * np.pi * days.month.to_numpy() / 12) + 1.5 * (days.dayofweek >= 5) + x["x0"]
    return Table(x, _drawn(generator, np.asarray(z)))


def short_texts(generator: np.random.Generator) -> Table:
    """Texts of six words out of 60, of which a few matter, beside two numbers."""
    x, words = _numbers(generator, ROWS, 2), generator.integers(60, size=(ROWS, 6))
    worth = np.where(np.arange(60) < 8, generator.normal(scale=2, size=60), 0)
    x["text"] = [" ".join(f"word{one}" for one in row) for row in words]
    return Table(x, _drawn(generator, worth[words].sum(axis=1) + x["x0"].to_numpy()))


def missing_values(generator: np.random.Generator) -> Table:
    """Half of all numbers are missing, the larger ones more often, and that they are tells something."""
    x = _numbers(generator, ROWS, 10)
    missing = generator.random(x.shape) < 1 / (1 + np.exp(-x))
    z = x["x0"] + x["x1"] * (x["x2"] > 0) + 1.5 * missing["x3"] - 0.75
    return Table(x.mask(missing), _drawn(generator, z.to_numpy()))


def heavy_tails(generator: np.random.Generator) -> Table:
    """Numbers of Cauchy's distribution, whose logarithms matter."""
    x = pd.DataFrame(generator.standard_cauchy((ROWS, 8)) ** 3, columns=[f"x{i}" for i in range(8)])
    z = np.sign(x["x0"]) * np.log1p(abs(x["x0"])) / 2 + (abs(x["x1"]) > 1) - 0.5
    return Table(x, _drawn(generator, z.to_numpy()))


def repeated_rows(generator: np.random.Generator) -> Table:
    """500 rows, each about eight times, with labels of their own."""
    once = _numbers(generator, 500, 6)
    x = once.iloc[generator.integers(500, size=ROWS)].reset_index(drop=True)
    return Table(x, _drawn(generator, (2 * x["x0"] + x["x1"] * x["x2"]).to_numpy()))


def in_time(generator: np.random.Generator) -> Table:
    """Rows in order of time, of which a column drifts and another follows the seasons."""
    x, day = _numbers(generator, ROWS, 4), np.arange(ROWS)
    x["day"], x["x0"] = day, x["x0"] + day / 1000
    return Table(x, _drawn(generator, (x["x0"] - day / 1000 + 2 * np.sin(day / 100) + x["x1"]).to_numpy()))


def codes(generator: np.random.Generator) -> Table:
    """Whole numbers that are codes without an order, beside columns that are constant."""
    code = generator.integers(100, 140, size=(ROWS, 3))
    worth = generator.normal(scale=1.2, size=(40, 3))
    x = pd.DataFrame(code, columns=["code0", "code1", "code2"]).assign(same=1.0, word="a")
    return Table(x, _drawn(generator, sum(worth[code[:, i] - 100, i] for i in range(3))))


def rules(generator: np.random.Generator) -> Table:
    """Three classes by thresholds of five numbers of twenty: what trees are made for."""
    x = _numbers(generator, ROWS, 20)
    a, b, c = (x[name].to_numpy() > 0 for name in ("x0", "x1", "x2"))
    which = (a ^ b).astype(int) + (c & (x["x3"] > 0.5) & (x["x4"] < 0.5)).to_numpy()
    return Table(x, _drawn(generator, 3 * np.eye(3)[which]))


def many_rows(generator: np.random.Generator) -> Table:
    """150,000 rows of ten numbers and two categories, with products and thresholds."""
    x = _numbers(generator, 150_000, 10)
    x["a"], x["b"] = (generator.choice(list("abcdefgh"), len(x)) for _ in range(2))
    z = x["x0"] * x["x1"] + 2 * (x["x2"] > 1) + np.sin(2 * x["x3"]) + (x["a"] == x["b"]) - 0.5
    return Table(x, _drawn(generator, z.to_numpy()))


def _simulated(make: Callable[[np.random.Generator], Table]) -> Table:
    return make(np.random.default_rng(0))


SIMULATED: tuple[Callable[[np.random.Generator], Table], ...] = (
    many_columns,
    rare_class,
    many_classes,
    many_levels,
    dates,
    short_texts,
    missing_values,
    heavy_tails,
    repeated_rows,
    in_time,
    codes,
    rules,
    many_rows,
)
BUNDLED: dict[str, Callable[[], Table]] = {
    **{f"sklearn_{name}": partial(_of_scikit_learn, name) for name in ("iris", "wine", "breast_cancer", "digits")},
    "statsmodels_anes96": partial(_of_statsmodels, "anes96", "PID"),
    "statsmodels_anes96_vote": partial(_of_statsmodels, "anes96", "vote"),
    "statsmodels_fair": _fair,
    "statsmodels_heart": partial(_of_statsmodels, "heart", "censors"),
    "statsmodels_modechoice": partial(_of_statsmodels, "modechoice", "choice", drop=("individual",)),
    "statsmodels_spector": partial(_of_statsmodels, "spector", "GRADE"),
    **{f"simulated_{one.__name__}": partial(_simulated, one) for one in SIMULATED},
}


@lru_cache(maxsize=1)
def table(name: str) -> Table:
    """Return a table by its name."""
    return BUNDLED[name]()
