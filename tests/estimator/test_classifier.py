"""The estimator: scikit-learn's own checks, the optimum against scikit-learn's, and what users meet."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_limits

from chainrule import Adam, Classifier, Tanh
from chainrule.arrays import Array


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # some checks train on labels of noise
@parametrize_with_checks([Classifier(), Classifier(hidden=(8,))])  # type: ignore[untyped-decorator]
def test_scikit_learns_checks(estimator: Classifier, check: Callable[[Classifier], None]) -> None:
    check(estimator)


def classes(n: int, i: int, k: int, seed: int, **options: Any) -> tuple[Array, Array]:
    data: tuple[Array, Array] = make_classification(
        n, i, n_informative=i, n_redundant=0, n_classes=k, n_clusters_per_class=1, random_state=seed, **options
    )
    return data


def scaled(x: Array) -> Array:
    return x * np.logspace(-6, 6, x.shape[1])


def with_copies(x: Array) -> Array:
    return np.column_stack([x, x[:, 0], 2 * x[:, 1], np.full(len(x), 7.0)])


PROBLEMS: dict[str, tuple[Array, Array]] = {
    "iris": load_iris(return_X_y=True),
    "wine": load_wine(return_X_y=True),
    "breast cancer": load_breast_cancer(return_X_y=True),
    "digits": load_digits(return_X_y=True),
    "two classes": classes(200, 5, 2, 0),
    "four classes": classes(300, 6, 4, 1),
    "rare class": classes(400, 5, 3, 2, weights=[0.9, 0.07, 0.03]),
    "scales from 1e-6 to 1e6": (scaled(classes(200, 7, 3, 3)[0]), classes(200, 7, 3, 3)[1]),
    "collinear and constant": (with_copies(classes(200, 5, 3, 4)[0]), classes(200, 5, 3, 4)[1]),
    "separable": classes(100, 4, 2, 5, class_sep=10.0),
}


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_optimum_is_scikit_learns(name: str, weighted: bool) -> None:
    x, y = PROBLEMS[name]
    x = StandardScaler().fit_transform(x)
    weights = np.random.default_rng(0).uniform(0.2, 3, len(x)) if weighted else None
    ours = Classifier(standardize=False, tol=1e-11, max_epochs=100).fit(x, y, sample_weight=weights)
    theirs = LogisticRegression(solver="newton-cg", tol=1e-11, max_iter=2000).fit(x, y, sample_weight=weights)
    scale = np.abs(theirs.coef_).max()
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5 * scale)
    np.testing.assert_allclose(ours.intercept_ - ours.intercept_.mean(), _centred(theirs), atol=1e-5 * scale)
    assert cost(ours, x, y, weights) == pytest.approx(cost(theirs, x, y, weights), rel=1e-9)


def _centred(model: LogisticRegression) -> Array:
    intercept: Array = model.intercept_ - model.intercept_.mean()
    return intercept


def cost(model: Any, x: Array, y: Array, weights: Array | None) -> float:
    total = len(x) if weights is None else weights.sum()
    mean: float = log_loss(y, model.predict_proba(x), sample_weight=weights)
    return mean + (model.coef_**2).sum() / 2 / total


@pytest.mark.parametrize("name", ["iris", "scales from 1e-6 to 1e6"])
def test_coefficients_are_those_of_the_columns_as_given(name: str) -> None:
    x, y = PROBLEMS[name]
    model = Classifier().fit(x, y)
    np.testing.assert_allclose(x @ model.coef_.T + model.intercept_, model.decision_function(x), rtol=1e-9, atol=1e-9)


HSBDEMO = Path(__file__).parents[2] / "shared" / "data" / "hsbdemo" / "hsbdemo.csv"


@pytest.mark.skipif(not HSBDEMO.exists(), reason="the data set hsbdemo is not here")
def test_the_published_regression_of_hsbdemo() -> None:
    with HSBDEMO.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    x = np.array([[row["ses"] == "middle", row["ses"] == "high", row["write"]] for row in rows], dtype=float)
    y = np.array([row["prog"] for row in rows])
    model = Classifier(l2=0, tol=1e-12).fit(x, y)
    against_academic = np.column_stack([model.intercept_, model.coef_])
    against_academic -= against_academic[list(model.classes_).index("academic")]
    published = {
        "general": [2.852198, -0.5332810, -1.1628226, -0.0579287],
        "vocation": [5.218260, 0.2913859, -0.9826649, -0.1136037],
    }
    for label, values in published.items():  # by an optimizer that stopped when the likelihood had these digits
        np.testing.assert_allclose(against_academic[list(model.classes_).index(label)], values, atol=1e-4)
    assert log_loss(y, model.predict_proba(x), normalize=False) == pytest.approx(179.981726, abs=1e-6)


def test_a_multilayer_perceptron_learns_what_a_line_cannot() -> None:
    generator = np.random.default_rng(0)
    x = generator.uniform(-1, 1, (400, 2))
    y = np.where(x[:, 0] * x[:, 1] > 0, "same", "other")
    assert Classifier().fit(x, y).score(x, y) < 0.65
    model = Classifier(hidden=(16,), activation=Tanh(), random_state=0).fit(x, y)
    assert model.score(x, y) > 0.97
    with pytest.raises(AttributeError, match="hidden layers"):
        _ = model.coef_


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_mini_batches_reach_a_good_network() -> None:
    x, y = PROBLEMS["digits"]
    model = Classifier(hidden=(32,), optimizer="adam", batch_size=64, max_epochs=30, tol=0.05, random_state=0)
    assert model.fit(x[:1200], y[:1200]).score(x[1200:], y[1200:]) > 0.9


def test_the_same_seed_gives_the_same_numbers() -> None:
    x, y = PROBLEMS["wine"]
    probabilities = [
        Classifier(hidden=(4,), optimizer=Adam(0.01), batch_size=16, tol=0.1, random_state=3).fit(x, y).predict_proba(x)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(probabilities[0], probabilities[1])


def test_balanced_classes_weigh_the_same() -> None:
    x, y = PROBLEMS["rare class"]
    weights = len(y) / 3 / np.bincount(y)
    balanced = Classifier(class_weight="balanced", tol=1e-10).fit(x, y)
    by_row = Classifier(tol=1e-10).fit(x, y, sample_weight=weights[y])
    np.testing.assert_allclose(balanced.coef_, by_row.coef_, rtol=1e-6)
    assert (balanced.predict(x) == 2).sum() > (Classifier().fit(x, y).predict(x) == 2).sum()


@pytest.mark.parametrize("k", [2, 3])
def test_probabilities_are_consistent(k: int) -> None:
    x, y = classes(100, 4, k, 0)
    model = Classifier().fit(x, y)
    y_hat = model.predict_proba(x)
    np.testing.assert_allclose(y_hat.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(x)), y_hat, rtol=1e-9)
    np.testing.assert_array_equal(model.classes_[y_hat.argmax(axis=1)], model.predict(x))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("labels", [2, 3])
@pytest.mark.parametrize("hidden", [(), (5,)])
def test_predictions_in_blocks_are_those_of_single_rows_whatever_the_threads(
    hidden: tuple[int, ...], labels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainrule.estimator.predictor.BLOCK_NUMBERS", 1)
    x, y = classes(300, 4, labels, 0)
    model = Classifier(hidden, dtype="float64", random_state=0).fit(x, y)
    many = np.tile(x, (20, 1))
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, "blas"):
            found.append(model.predict_proba(many))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_allclose(found[1][:300], [model.predict_proba(row[None])[0] for row in x])
    np.testing.assert_allclose(found[1], np.tile(found[1][:300], (20, 1)))
    many[5000, 1] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.predict_proba(many)


def test_a_run_cut_short_says_how_far_it_got_and_what_to_change() -> None:
    x, y = PROBLEMS["iris"]
    with pytest.warns(ConvergenceWarning, match=r"tol = auto: max_epochs = 2 reached.*norm .*raise max_epochs"):
        model = Classifier(max_epochs=2).fit(x, y)
    assert model.n_iter_ == len(model.loss_curve_) == 2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"activation": "cosine"}, "activation must be a layer or one of identity, .*, found 'cosine'"),
        ({"optimizer": "best"}, "optimizer must be an optimizer or one of auto, newton, .*, found 'best'"),
        ({"l2": "some"}, "l2 must be \"auto\" or a number of at least 0, found 'some'"),
        ({"l2": -1.0}, "finite number of at least 0, found -1.0"),
        ({"label_smoothing": 1.0}, "label_smoothing must be a number of at least 0 and less than 1, found 1.0"),
        ({"tol": "tight"}, "tol must be \"auto\" or a number of at least 0, found 'tight'"),
        ({"hidden": (0,)}, "hidden must be a whole number"),
        ({"batch_size": 0}, 'batch_size must be "auto", None or a whole number of at least 1, found 0'),
        ({"batch_size": 8, "optimizer": "lbfgs"}, "needs all rows at once"),
        ({"max_epochs": 0}, 'max_epochs must be "auto" or a whole number of at least 1, found 0'),
    ],
)
def test_wrong_parameters_are_named(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Classifier(**parameters).fit(*PROBLEMS["iris"])


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match=r"y has only one class \(b\) in 3 rows"):
        Classifier().fit([[1.0], [2.0], [3.0]], ["b", "b", "b"])


@pytest.mark.parametrize("hidden", [(), (3,)])
@pytest.mark.parametrize("kind", [np.asarray, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_not_predicted(
    hidden: tuple[int, ...], kind: Any, standardize: bool, wrong: float
) -> None:
    rng = np.random.default_rng(0)
    x = np.hstack([rng.normal(size=(60, 2)), np.ones((60, 1)), np.zeros((60, 1))])
    for classes in (2, 3):
        model = Classifier(hidden, standardize=standardize, max_epochs=200, random_state=0)
        model.fit(kind(x), rng.integers(0, classes, 60))
        for column in range(4):
            rows = x.copy()
            rows[7, column] = wrong
            for predict in (model.predict, model.predict_proba, model.predict_log_proba, model.decision_function):
                with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
                    predict(kind(rows))
