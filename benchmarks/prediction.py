"""Opening a model file, one row through it, and 100,000 rows of 20 mixed columns through pipelines and found models.

python -m benchmarks.prediction
"""

import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from chainrule import AutoClassifier, Classifier, TableEncoder, ensemble, load, save
from chainrule.estimator.looked_up import asked

# Rows that are predicted: enough that what a call costs by itself is nothing.
ROWS = 100_000
# Predictions of each, by turns: the median of seven is not moved by three that were disturbed.
REPEATS = 7
# Rows that models are fitted to: enough for every level.
FITTED = 5000
# Of the ensembles that AutoClassifier finds, the one of five networks on bins: its members,
MEMBERS = 5
# the neurons of their hidden layers,
HIDDEN = (64, 64)
# and the bins of a number.
BINS = 16


def mixed_table(rows: int, seed: int = 0) -> pd.DataFrame:
    """Return ten columns of numbers, two of them with gaps, eight of words, one with gaps, and two of truth values."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"number {i}": rng.normal(i, 1 + i, rows) for i in range(10)}
    for i in range(2):
        columns[f"number {i}"][rng.random(rows) < 0.1] = np.nan
    for i in range(8):
        words = np.array([f"word {j}" for j in range(3 + 4 * i)], dtype=object)
        columns[f"words {i}"] = words[rng.integers(0, len(words), rows)]
    columns["words 0"][rng.random(rows) < 0.1] = None
    columns |= {f"truth {i}": rng.random(rows) < 0.5 for i in range(2)}
    return pd.DataFrame(columns)


def peer(table: pd.DataFrame) -> Any:
    """Return scikit-learn's usual pipeline for such a table."""
    numbers = [name for name in table if name.startswith("number")]
    words = [name for name in table if not name.startswith("number")]
    return make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), words),
        ),
        LogisticRegression(max_iter=1000),
    )


def of_networks(table: pd.DataFrame, y: Any) -> Pipeline:
    """Return the ensemble that AutoClassifier makes where networks on bins are best, trained for one epoch each."""
    encoder = TableEncoder(bins=BINS)
    x = encoder.fit_transform(table, y)
    members = [
        Classifier(HIDDEN, optimizer="adam", max_epochs=1, standardize=False, random_state=seed)
        for seed in range(MEMBERS)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # how well they are trained changes no time
        for one in members:
            one.fit(x, y)
    last = members[-1]
    last.network_, last.theta_ = ensemble([one.network_ for one in members], [one.theta_ for one in members])
    return Pipeline([("table", encoder), ("classifier", last)])


def of_tables(table: pd.DataFrame, y: Any) -> None:
    """Print how long models of tables take on one thread, for all rows and for one, and how large their files are."""
    models = {
        "what AutoClassifier finds": AutoClassifier(random_state=0).fit(table[:FITTED], y[:FITTED]).model_,
        f"{MEMBERS} networks on bins": of_networks(table[:FITTED], y[:FITTED]),
    }
    for name, model in models.items():
        with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
            all_rows = [seconds(partial(asked, model, "predict_proba", table)) for _ in range(REPEATS)]
            row, classifier = model[0].transform(table[:1]), model[-1]
            once = [seconds(partial(classifier.predict_proba, row)) for _ in range(500)]
            size = save(model, Path(folder, "model")).stat().st_size
        print(
            f"{name}, {model[-1].network_.inputs} inputs, one thread: {ROWS} rows {1e3 * median(all_rows):.0f} ms"
            f" (limit 150), one encoded row {1e3 * median(once):.3f} ms (limit 0.2), file {size / 1e6:.2f} MB (limit 3)"
        )


def seconds(work: Callable[[], Any]) -> float:
    """Return how long it takes once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor_seconds(work: Callable[[], Any]) -> float:
    """Return how much time of a processor it takes once."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Print each figure beside its limit."""
    x, y = load_digits(return_X_y=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "digits.safetensors")
        save(Classifier().fit(x, y), path)
        model = load(path)
        opened = [processor_seconds(lambda: load(path)) for _ in range(200)]
    print(f"opening a model file of 64 numbers and ten classes: median {1e3 * median(opened):.2f} ms (limit 5)")
    row = x[:1]
    once = [seconds(lambda: model.predict_proba(row)) for _ in range(500)]
    print(f"one row of 64 numbers through a loaded model: median {1e3 * median(once):.3f} ms (limit 1)")
    table = mixed_table(ROWS)
    y = np.where(table["number 3"] + 5 * (table["words 3"] == "word 1") > 4, "yes", "no")
    ours = make_pipeline(TableEncoder(), Classifier(standardize=False)).fit(table[:FITTED], y[:FITTED])
    theirs = peer(table).fit(table[:FITTED].fillna({"words 0": "missing"}), y[:FITTED])
    filled = table.fillna({"words 0": "missing"})
    pairs = [
        (seconds(lambda: ours.predict_proba(table)), seconds(lambda: theirs.predict_proba(filled)))
        for _ in range(REPEATS)
    ]
    a, b = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(their / our for our, their in pairs)
    print(f"{ROWS} rows of 20 mixed columns: {1e3 * a:.0f} ms, scikit-learn {1e3 * b:.0f} ms, {ratio:.1f}x (aim 10x)")
    of_tables(table, y)


if __name__ == "__main__":
    main()
