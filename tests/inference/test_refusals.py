"""Models and rows without standard errors are refused in one sentence that names what is wrong and what to do."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from chainrule import Classifier, infer
from chainrule.arrays import Array
from tests.inference.problems import drawn, unpenalised

X, Y = drawn(300, 3, 3, 0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "the model has a penalty .l2='auto', l1=0.0.: train it with l2=0"),
        ({"l2": 0.1}, "a penalty .l2=0.1"),
        ({"l2": 0, "l1": 0.1}, "l1=0.1"),
        ({"l2": 0, "hidden": (2,)}, "hidden layers: train one without them"),
        ({"l2": 0, "class_weight": "balanced"}, "class_weight=None"),
        ({"l2": 0, "label_smoothing": 0.1}, "label_smoothing=0"),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_models_that_are_not_maximum_likelihood_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        infer(Classifier(**settings).fit(X, Y), X, Y)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"covariance": "HC3"}, "one of observed, robust, clustered, laplace, found 'HC3'"),
        ({"covariance": "clustered"}, "go together, found no groups"),
        ({"groups": np.zeros(300)}, "go together, found covariance='observed' with groups"),
        ({"covariance": "clustered", "groups": np.zeros(3)}, r"each of the 300 rows, found shape \(3,\)"),
        ({"covariance": "clustered", "groups": np.zeros(300)}, "two groups of rows or more that count, found one"),
        ({"reference": "z"}, "no class z to compare with: there are 0, 1, 2"),
        ({"sample_weight": Y > 0}, "No row with weight is of class 0, so nothing can be estimated for it"),
        (
            {"covariance": "laplace", "sample_weight": Y > 0},
            "No row with weight is of class 0, so nothing can be estimated for it",
        ),
    ],
)
def test_unknown_covariances_and_groups_that_do_not_fit_are_refused(words: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        infer(unpenalised(X, Y), X, Y, **words)


def named(x: Array) -> pd.DataFrame:
    return pd.DataFrame(x, columns=[f"c{i}" for i in range(x.shape[1])])


@pytest.mark.parametrize(
    ("columns", "undefined"),
    [
        ([X, X[:, :1] * 3 - 2], {"c3": "determined by intercept and c0"}),
        ([X, X[:, :1] + 2 * X[:, 2:]], {"c3": "determined by c0 and c2"}),
        ([np.full((300, 1), 0.1), X], {"c0": "the same in every row"}),
        ([X, X[:, 1:2], X[:, 2:]], {"c3": "determined by c1", "c4": "determined by c2"}),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("units", [1.0, 1e5])
def test_columns_that_others_determine_are_not_estimated(
    columns: list[Array], undefined: dict[str, str], units: float
) -> None:
    x = named(np.hstack(columns) * units)
    found = infer(unpenalised(x, Y), x, Y)
    assert found.undefined == undefined
    left = x.drop(columns=list(undefined))
    expected = infer(unpenalised(left, Y), left, Y)
    assert found.names == expected.names
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(found.params, expected.params, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found.standard_errors, expected.standard_errors, rtol=1e-6)
    for name, why in undefined.items():
        assert f"{name} is {why}" in str(found)
        assert sum(line.split() == [name, "NA"] for line in str(found).splitlines()) == 2


def test_nearly_dependent_columns_are_not_refused() -> None:
    x = np.hstack([X, X[:, :1] + 1e-4 * np.random.default_rng(0).normal(size=(300, 1))])
    result = infer(unpenalised(x, Y), x, Y)
    assert result.standard_errors.max() > 100
    assert result.wald_test(["x0", "x3"]).p_value < 0.01


@pytest.mark.parametrize("shift", [0.0, 30.0])
def test_separated_classes(shift: float) -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(200, 3)), np.repeat([0, 1], 100)
    x[:, 1] = np.abs(x[:, 1]) * np.where(y, 1, -1) + shift
    with pytest.raises(ValueError, match=r"x1 separates 0 from 1 in all 200 rows .*Classifier\(l2=0.005\)"):
        infer(unpenalised(x, y), x, y)


def test_a_value_that_one_class_alone_has() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(300, 3)), rng.integers(0, 3, 300)
    x[:, 2] = (y == 2) & (rng.random(300) < 0.3)
    with pytest.raises(ValueError, match="x2 separates some rows of 2 from every other class"):
        infer(unpenalised(x, y), x, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_one_class_of_three_is_set_apart() -> None:
    from sklearn.datasets import load_iris

    x, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="x3 separates 0 from every other class in all 150 rows"):
        infer(unpenalised(x, y), x, y)
