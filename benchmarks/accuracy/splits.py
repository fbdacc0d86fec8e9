"""The tables, and the rows of each split: those to train on and those to score on, the same for every model."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.accuracy.bundled import BUNDLED, table
from benchmarks.tables import SETS, DataSet
from chainrule.arrays import Array
from chainrule.cli.labelled_file import LabelledFile, matched, read_labelled
from chainrule.estimator.preparation import split

# Rows at most: the slowest models take minutes for as many, and all tables together an evening.
MOST_TRAINING_ROWS = 6_000
# Rows at most to score on: of so many, an error has a standard error of half a point at the most.
MOST_TEST_ROWS = 10_000
# Share of the rows to score on where a table has no test rows of its own.
TEST_SHARE = 0.25
# Splits of each table: the mean of fewer depends on which rows they are, and more take longer than an evening.
SPLITS = 5

MORE = {
    "glass": DataSet("glass/glass.csv", "-1"),
    "ecoli": DataSet("ecoli/ecoli.csv", "-1"),
    "ionosphere": DataSet("ionosphere/ionosphere.csv", "-1"),
    "pima": DataSet("pima/pima-indians-diabetes.csv", "-1"),
    "car": DataSet("car/car.csv", "-1"),
    "phoneme": DataSet("phoneme/phoneme.csv", "-1"),
    "magic": DataSet("magic/magic04.csv", "-1"),
    "satimage": DataSet("satimage/sat.trn", "-1", test="satimage/sat.tst"),
    "optdigits": DataSet("optdigits/optdigits.tra", "-1", test="optdigits/optdigits.tes"),
    # How long a call took is known only after it.
    "bank_marketing": DataSet("bank_marketing/bank-additional-full.csv", "y", drop=("duration",)),
}
TABLES: dict[str, DataSet] = dict(sorted((SETS | MORE).items()))

# Lines above the rows that cannot be names of columns, since two are alike: they are skipped.
NUMBERED_COLUMNS = ("satimage",)

# Tables that defaults are chosen on: about every second by the alphabet, and with each those of the same rows in
# another form (a9a and adult) or of the same study (the two of wine).
DEVELOPMENT = (
    *("a9a", "adult", "breast_cancer_wisconsin", "covertype", "ecoli", "glass", "ionosphere", "letter", "mushroom"),
    *("penguins", "pima", "sonar", "titanic", "wine_red", "wine_white"),
)


def held_out() -> frozenset[str]:
    """Return the tables that no default is chosen on."""
    return frozenset(TABLES) - frozenset(DEVELOPMENT)


@dataclass(frozen=True)
class Rows:
    """Rows as a data frame, with the classes of their labels counted from 0."""

    x: pd.DataFrame
    t: Array


class Split(NamedTuple):
    """What to train on, what to score on, and how many classes there are."""

    train: Rows
    test: Rows
    classes: int


def split_of(folder: Path, name: str, number: int) -> Split:
    """Return a split of a table.

    A quarter of the rows is scored on, with the same share of each class; where a table has test rows of its own,
    those are. Of more rows than the caps some are drawn, again with the same share of each class, at least one.
    """
    generator = np.random.default_rng(number)
    if name in BUNDLED:
        return _bundled_split(name, generator)
    whole, own_test = _read(folder, name)
    if own_test is None:
        kept, out = split(whole.labels, TEST_SHARE, generator)
        train, test = whole.take(kept), whole.take(out)
    else:
        train, test = whole, own_test
    train = train.take(drawn(train.labels, MOST_TRAINING_ROWS, generator))
    test = test.take(drawn(test.labels, MOST_TEST_ROWS, generator))
    classes = np.unique(train.labels)
    drop = TABLES[name].drop
    train_rows, test_rows = (Rows(_frame(rows, drop), np.searchsorted(classes, rows.labels)) for rows in (train, test))
    return Split(train_rows, test_rows, len(classes))


def _bundled_split(name: str, generator: np.random.Generator) -> Split:
    """Return a split of a table that needs no file; all its rows count, however many there are."""
    x, y = table(name)
    classes, t = np.unique(y, return_inverse=True)
    train, test = (Rows(x.iloc[part].reset_index(drop=True), t[part]) for part in split(t, TEST_SHARE, generator))
    return Split(train, test, len(classes))


def drawn(labels: Array, most: int, generator: np.random.Generator) -> Array:
    """Return which rows to keep of too many: as many of each class as the whole has, rounded, and at least one."""
    if len(labels) <= most:
        return np.arange(len(labels))
    return split(labels, 1 - most / len(labels), generator)[0]


@lru_cache(maxsize=1)
def _read(folder: Path, name: str) -> tuple[LabelledFile, LabelledFile | None]:
    """Return the rows of a table, and its own test rows where it has some."""
    data = TABLES[name]
    header = False if name in NUMBERED_COLUMNS else None
    whole = read_labelled(folder / data.file, data.target, header=header)
    if data.test is None:
        return whole, None
    if isinstance(data.test, int):
        order = np.arange(len(whole))
        return whole.take(order[: data.test]), whole.take(order[data.test :])
    columns = None if whole.is_table else whole.x.shape[1]
    test = read_labelled(folder / data.test, data.target, header=header, columns=columns)
    if name in NUMBERED_COLUMNS:
        whole, test = (rows.take(np.arange(1, len(rows))) for rows in (whole, test))
    return whole, matched(test, np.unique(whole.labels), Path(data.test))


def _frame(rows: LabelledFile, drop: tuple[str, ...]) -> pd.DataFrame:
    if rows.is_table:
        frame = rows.x.to_pandas()
        return frame.drop(columns=[name for name in drop if name in frame.columns])
    x = rows.x.toarray() if hasattr(rows.x, "toarray") else _smaller(rows.x)
    return pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])])


def _smaller(images: Any) -> Array:
    """Return images of 28 by 28 pixels as 14 by 14, each the mean of four: boosters take minutes for 784 columns."""
    return images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)
