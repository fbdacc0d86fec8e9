"""Every real data set from its file as it is: held-out accuracy and time beside scikit-learn's, five seeds.

    python -m benchmarks.tables [--data FOLDER] [--seeds N] [--only softmax|network] [NAME ...]

Each row is one data set and one kind of model, softmax regression or a network of 100 hidden units, both with default
settings. A seed is a split into rows to train on and rows to score on, the same for both, and the difference of the
mean accuracies stands beside its standard error, which allows for the rows that the splits share (Nadeau & Bengio,
Inference for the generalization error, 2003). Where the rows to score on are always the same ones, it knows of the
chance in training alone. Times are of preparing the columns and training; medians over the seeds, run by run next to
each other.
"""

import argparse
import time
import warnings
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder, StandardScaler

from chainrule import Classifier, TableEncoder
from chainrule.cli.labelled_file import LabelledFile, matched, read_labelled
from chainrule.estimator.preparation import split

FOLDER = Path(__file__).parents[2] / "shared" / "data"
# Numbers of a table of which scikit-learn gets a tenth of the iterations, since more would take hours.
MANY_NUMBERS = 10_000_000
# scikit-learn's default network.
HIDDEN = (100,)


@dataclass(frozen=True)
class DataSet:
    """Where a data set is, what it predicts, and its own test file or the row where its test rows begin."""

    file: str
    target: str | None
    test: str | int | None = None
    drop: tuple[str, ...] = ()


SETS = {
    "iris": DataSet("iris/iris.csv", "-1"),
    "penguins": DataSet("penguins/penguins.csv", "species"),
    "titanic": DataSet("titanic/titanic.csv", "survived", drop=("alive",)),
    "hsbdemo": DataSet("hsbdemo/hsbdemo.csv", "prog", drop=("id", "column 0")),
    "sonar": DataSet("sonar/sonar.csv", "-1"),
    "breast_cancer_wisconsin": DataSet("breast_cancer_wisconsin/breast-cancer-wisconsin.csv", "-1"),
    "german_credit": DataSet("german_credit/german.csv", "-1"),
    "wine_red": DataSet("wine_quality/winequality-red.csv", "-1"),
    "wine_white": DataSet("wine_quality/winequality-white.csv", "-1"),
    "spambase": DataSet("spambase/spambase.data", "-1"),
    "mushroom": DataSet("mushroom/agaricus-lepiota.data", "0"),
    "dry_bean": DataSet("dry_bean/Dry_Bean_Dataset.csv", "Class"),
    "covertype": DataSet("covertype_kaggle15k/train.csv", "Cover_Type", drop=("Id",)),
    "letter": DataSet("letter/letter-recognition.data", "0", test=16000),
    "a9a": DataSet("a9a_sparse/a9a", None, test="a9a_sparse/a9a.t"),
    "adult": DataSet("adult/adult-train.csv", "-1", test="adult/adult-test.csv"),
    "fashion_mnist": DataSet(
        "fashion_mnist/train-images-idx3-ubyte.gz", None, test="fashion_mnist/t10k-images-idx3-ubyte.gz"
    ),
}


def rows_of(folder: Path, data: DataSet, seed: int) -> tuple[LabelledFile, LabelledFile]:
    """Return the rows to train on and those to score on."""
    whole = read_labelled(folder / data.file, data.target)
    if isinstance(data.test, str):
        columns = None if whole.is_table else whole.x.shape[1]
        held = read_labelled(folder / data.test, data.target, columns=columns)
        return whole, matched(held, np.unique(whole.labels), Path(data.test))
    if data.test is not None:
        order = np.arange(len(whole))
        return whole.take(order[: data.test]), whole.take(order[data.test :])
    train, test = split(whole.labels, 0.25, np.random.default_rng(seed))
    return whole.take(train), whole.take(test)


def usual_preparation(x: Any, drop: tuple[str, ...]) -> Any:
    """Return what scikit-learn's users do first with such columns."""
    if not isinstance(x, pd.DataFrame):
        return MaxAbsScaler() if hasattr(x, "tocsr") else StandardScaler()
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"), OneHotEncoder(handle_unknown="ignore")
    )
    keep = [name for name in x.columns if name not in drop]
    numeric = [name for name in make_column_selector(dtype_include="number")(x) if name in keep]
    return make_column_transformer((numbers, numeric), (words, [name for name in keep if name not in numeric]))


def ours(x: Any, hidden: tuple[int, ...], drop: tuple[str, ...], seed: int) -> Any:
    """Return our pipeline with its default settings."""
    if not isinstance(x, pd.DataFrame):
        return Classifier(hidden, random_state=seed)
    columns = tuple(name for name in drop if name in x.columns)
    return make_pipeline(TableEncoder(drop=columns), Classifier(hidden, standardize=False, random_state=seed))


def theirs(x: Any, hidden: tuple[int, ...], drop: tuple[str, ...], seed: int) -> Any:
    """Return scikit-learn's pipeline with its default settings, and more iterations where those take seconds."""
    enough = 1000 if x.shape[0] * x.shape[1] < MANY_NUMBERS else 100
    model = MLPClassifier(hidden, random_state=seed) if hidden else LogisticRegression(max_iter=enough)
    return make_pipeline(usual_preparation(x, drop), model)


def measured(model: Any, train: Any, labels: Any, held: Any, held_labels: Any) -> tuple[float, float, float]:
    """Return seconds to train, held-out accuracy, held-out log loss."""
    start = time.perf_counter()
    model.fit(train, labels)
    seconds = time.perf_counter() - start
    probabilities = model.predict_proba(held).astype(float)
    accuracy = float(np.mean(model.classes_[probabilities.argmax(axis=1)] == held_labels))
    return seconds, accuracy, float(log_loss(held_labels, probabilities, labels=model.classes_))


def compare(folder: Path, name: str, hidden: tuple[int, ...], seeds: int) -> str:
    """Return a line that compares the two on a data set."""
    data = SETS[name]
    results: dict[str, list[tuple[float, float, float]]] = {"ours": [], "theirs": []}
    for seed in range(seeds):
        train, held = rows_of(folder, data, seed)
        x, held_x = (rows.x.to_pandas() if rows.is_table else rows.x for rows in (train, held))
        for who, make in (("ours", ours), ("theirs", theirs)):
            model = make(x, hidden, data.drop, seed)
            results[who].append(measured(model, x, train.labels, held_x, held.labels))
    (a, b), kind = results.values(), "network" if hidden else "softmax"
    ratio = median(their[0] / our[0] for our, their in zip(a, b, strict=True))
    means = [mean(run[i] for run in runs) for i in (1, 2) for runs in (a, b)]
    differences = [our[1] - their[1] for our, their in zip(a, b, strict=True)]
    shared = len(held) / len(train) if data.test is None else 0
    error = f"±{stdev(differences) * sqrt(1 / seeds + shared):.4f}" if seeds > 1 else ""
    return (
        f"{name:24} {kind:8} {means[0]:.4f} {means[1]:.4f} {mean(differences):+.4f} {error:7}"
        f"   {means[2]:.4f} {means[3]:.4f}"
        f"   {median(r[0] for r in a):8.3f} {median(r[0] for r in b):8.3f} {ratio:6.1f}x"
    )


def main() -> None:
    """Print the comparison of the data sets asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="of data sets; all if none are given")
    parser.add_argument("--data", type=Path, default=FOLDER, help="the folder of the data sets")
    parser.add_argument("--seeds", type=int, default=5, help="how many splits; 20 or more to tell small differences")
    parser.add_argument("--only", choices=("softmax", "network"))
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{'':34}accuracy                        log loss          seconds, median")
    both = f"{'ours':6} {'peer':6}"
    print(f"{'data set':24} {'model':8} {both} {'':15}   {both}   {'ours':>8} {'peer':>8}  ratio")
    for name in given.names or SETS:
        for hidden in ((), HIDDEN):
            if given.only in (None, "network" if hidden else "softmax"):
                print(compare(given.data, name, hidden, given.seeds), flush=True)


if __name__ == "__main__":
    main()
