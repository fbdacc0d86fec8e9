"""Prediction sets keep their promise, on drawn and on real rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import Classifier
from chainrule.arrays import Array
from chainrule.evaluation.conformal import class_scores, conformal_sets

DATA = Path(__file__).parents[2] / "shared" / "data"
SCORES = ("threshold", "adaptive")


class Oracle:
    """A model whose probabilities are the rows themselves."""

    classes_ = np.array(["a", "b", "c"])

    def predict_proba(self, x: Array) -> Array:
        return x


def drawn(n: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Rows of probabilities, and labels that do not follow them."""
    y = generator.dirichlet([0.5, 0.5, 0.5], n)
    wrong = y**0.3 / (y**0.3).sum(axis=1, keepdims=True)
    return y, Oracle.classes_[(generator.random((n, 1)) > wrong.cumsum(axis=1)).sum(axis=1).clip(max=2)]


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_coverage_reaches_the_level_and_hardly_exceeds_it_even_for_a_wrong_model(level: float, score: Any) -> None:
    generator, shares = np.random.default_rng(0), []
    for _ in range(200):
        x, y = drawn(139, generator)
        sets = conformal_sets(Oracle(), x[:39], y[:39], level=level, score=score, random_state=generator)
        shares.append(sets.coverage(x[39:], y[39:]).share)
    error = np.std(shares) / np.sqrt(200)
    assert abs(np.mean(shares) - np.ceil(40 * level) / 40) < 3 * error


def test_an_adaptive_score_sums_the_more_probable_classes_and_a_share_of_its_own() -> None:
    y = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]])
    shares = np.random.default_rng(7).random(2)
    u, v = shares
    expected = [[0.8 + 0.2 * u, 0.5 * u, 0.5 + 0.3 * u], [v, 1.0, 1.0]]
    np.testing.assert_allclose(class_scores(y, "adaptive", np.random.default_rng(7)), expected)
    np.testing.assert_allclose(class_scores(y, "threshold", np.random.default_rng(7)), 1 - y)


def test_the_threshold_is_the_score_of_the_right_rank() -> None:
    x = np.column_stack([np.linspace(0.1, 0.9, 9), np.linspace(0.9, 0.1, 9), np.zeros(9)])
    sets = conformal_sets(Oracle(), x, ["a"] * 9, level=0.8, score="threshold")
    np.testing.assert_allclose(sets.quantile, 0.8)  # the eighth of nine: ceil(10 * 0.8)
    assert sets.predict(np.array([[0.21, 0.19, 0.6], [0.1, 0.1, 0.8], [0.3, 0.4, 0.3]])) == [
        ["a", "c"],
        ["c"],
        ["a", "b", "c"],
    ]


def test_coverage_is_counted_by_class_and_size() -> None:
    x = np.array([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [0.45, 0.45, 0.1]])
    sets = conformal_sets(Oracle(), x[[0] * 4], ["b"] * 4, level=0.5, score="threshold")
    found = sets.coverage(x, ["a", "b", "a", "a"])
    assert (found.share, found.mean_size) == (0.75, 1.75)
    np.testing.assert_array_equal(found.sizes, [0, 1, 3, 0])
    np.testing.assert_array_equal(found.rows_by_class, [3, 1, 0])
    np.testing.assert_array_equal(found.share_by_class, [2 / 3, 1, np.nan])
    assert str(found).splitlines() == [
        "75.0% of 4 sets hold the true class (promised: 50.0% on average over all rows; standard error 21.7%).",
        "A set has 1.75 classes on average; by size: 1: 1, 2: 3",
        "  a   66.7% of 3",
        "  b  100.0% of 1",
        "  c  no rows",
    ]


def test_draws_follow_the_random_state() -> None:
    x, y = drawn(300, np.random.default_rng(0))
    one, same = (conformal_sets(Oracle(), x, y, random_state=1) for _ in range(2))
    np.testing.assert_array_equal(one.membership(x), same.membership(x))
    assert (one.membership(x) != one.membership(x)).any()


def test_levels_that_cannot_be_guaranteed_are_refused_in_one_sentence() -> None:
    x, y = drawn(18, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"A level of 0\.95 needs at least 19 calibration rows, found 18: give more"):
        conformal_sets(Oracle(), x, y, level=0.95)
    x, y = drawn(19, np.random.default_rng(0))
    conformal_sets(Oracle(), x, y, level=0.95)
    with pytest.raises(ValueError, match=r"must be above 0 and below 1, such as 0\.9, found 90"):
        conformal_sets(Oracle(), x, y, level=90)
    with pytest.raises(ValueError, match='score must be "threshold" or "adaptive", found \'lac\''):
        conformal_sets(Oracle(), x, y, score="lac")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="label of row 0 is d, which is not one of the classes a, b, c"):
        conformal_sets(Oracle(), x, ["d", *y[1:]])
    with pytest.raises(ValueError, match="need at least one labelled row, found none"):
        conformal_sets(Oracle(), x, y).coverage(x[:0], y[:0])


def letters() -> tuple[Array, Array]:
    path = DATA / "letter" / "letter-recognition.data"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    table = np.loadtxt(path, delimiter=",", dtype=str)[:3000]
    return table[:, 1:].astype(float), table[:, 0]


REAL: dict[str, Callable[[], tuple[Array, Array]]] = {
    "iris": lambda: load_iris(return_X_y=True),
    "wine": lambda: load_wine(return_X_y=True),
    "digits": lambda: load_digits(return_X_y=True),
    "letter": letters,
}


def mean_and_error(name: str, score: Any, splits: int, model: Any) -> tuple[float, float]:
    x, y = REAL[name]()
    shares, generator = [], np.random.default_rng(1)
    for _ in range(splits):
        train, calibrate, test = np.array_split(generator.permutation(len(y)), 3)
        fitted = model.fit(x[train], y[train])
        sets = conformal_sets(fitted, x[calibrate], y[calibrate], score=score, random_state=generator)
        shares.append(sets.coverage(x[test], y[test]).share)
    return float(np.mean(shares)), float(np.std(shares) / np.sqrt(splits))


@pytest.mark.parametrize("score", SCORES)
def test_coverage_reaches_the_level_for_models_of_scikit_learn(score: Any) -> None:
    mean, error = mean_and_error("wine", score, 10, make_pipeline(StandardScaler(), LogisticRegression()))
    assert mean > 0.9 - 3 * error


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("hidden", [(), (16,)], ids=["softmax regression", "one hidden layer"])
@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("name", REAL)
def test_coverage_reaches_the_level_on_real_rows_over_fifty_splits(
    name: str, score: Any, hidden: tuple[int, ...]
) -> None:
    model = Classifier(hidden, random_state=0, max_epochs=30)
    mean, error = mean_and_error(name, score, 50, model)
    print(f"{name}, {score}, {hidden}: {mean:.4f} +- {error:.4f}")
    assert mean > 0.9 - 3 * error
