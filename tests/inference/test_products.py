"""The effect of a column counts its powers and products: as differences of the probabilities say, with their errors."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from chainrule import Classifier, infer
from chainrule.arrays import Array
from chainrule.engine import Rows
from chainrule.inference.effects import Products, marginal_effects, products_among
from chainrule.inference.hypotheses import Contrasts
from tests.inference.regressions import slopes_by_delta_method, softmax

NAMES = ("dose", "old", "age", "dose2", "dose2·age", "age:old", "cube", "alone")
EPS = 2.0**-52


def columns(dose: Array, old: Array, age: Array, alone: Array) -> Array:
    return np.stack([dose, old, age, dose**2, dose**2 * age, age * old, age**3, alone], axis=1)


def base(n: int = 400) -> tuple[Array, ...]:
    rng = np.random.default_rng(0)
    return rng.normal(1, 1, n), (rng.random(n) < 0.3).astype(float), rng.normal(0.5, 0.7, n), rng.normal(size=n)


def found_in(x: Array, names: tuple[str, ...] = NAMES) -> dict[int, dict[int, int]]:
    return {column: dict(powers) for column, powers in products_among([x], x, names, EPS).powers.items()}


def by_differences(params: Array, at: str, steps: bool, weights: Array) -> Array:
    """Differences of probabilities where one of the four columns moves, and all that is made of it with it (k, 4)."""
    given = base() if at == "average" else tuple(np.average(one, weights=weights)[None] for one in base())
    weights = weights if at == "average" else np.ones(1)
    effects = []
    for place in range(4):
        step, h = steps and place == 1, 1e-4
        moved = [list(given), list(given)]
        for sign, one in zip((1, -1), moved, strict=True):
            one[place] = np.full_like(given[place], sign > 0) if step else given[place] + sign * h
        above, below = (softmax(params, columns(*one)) for one in moved)
        effects.append(np.average(above - below, axis=0, weights=weights) / (1 if step else 2 * h))
    return np.stack(effects, axis=1)


@pytest.mark.parametrize("steps", [False, True])
@pytest.mark.parametrize("at", ["average", "means"])
def test_effects_and_errors_count_powers_and_products(at: str, steps: bool) -> None:
    rng = np.random.default_rng(1)
    x, weights = columns(*base()), rng.uniform(0, 3, 400)
    params, root = rng.normal(size=(2, 9)), rng.normal(size=(18, 18))
    model = Contrasts(params, root @ root.T / 100)
    rows = Rows(x, rng.integers(0, 3, 400), weights)
    found = marginal_effects(model, rows, NAMES, ("a", "b", "c"), at=at, steps=[1] if steps else [])  # type: ignore[arg-type]
    assert found.names == ("dose", "old", "age", "alone")
    assert found.steps == (("old",) if steps else ())
    products = ("dose2 = dose^2", "dose2·age = dose^2 · age", "age:old = old · age", "cube = age^3")
    assert found.counted == products
    effects = partial(by_differences, at=at, steps=steps, weights=weights)
    errors = slopes_by_delta_method(effects, params, model.covariance, 1e-4)
    # Differences over 2e-4 miss a slope by the square of that times third derivatives, and rounding by 1e-12.
    np.testing.assert_allclose(found.effects, effects(params), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.standard_errors, errors, rtol=1e-5, atol=1e-6)


def test_products_are_found_in_powers_of_what_is_none() -> None:
    found = found_in(columns(*base()))
    assert found == {3: {0: 2}, 4: {0: 2, 2: 1}, 5: {2: 1, 1: 1}, 6: {2: 3}}
    x = np.linspace(1, 2, 50)
    assert found_in(np.stack([x**4, x, x**3, x**2], axis=1), NAMES[:4]) == {0: {1: 4}, 2: {1: 3}, 3: {1: 2}}


def test_columns_that_are_products_of_each_other_end() -> None:
    x = np.linspace(1, 2, 50)
    assert found_in(np.stack([x**2, 1 / x, x], axis=1), NAMES[:3]) == {0: {2: 2}}


def test_indicators_are_products_only_by_name() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.random((2, 200)) < 0.5).astype(float)
    x = np.stack([a, b, a * b], axis=1)
    assert found_in(x, ("a", "b", "rare")) == {}
    for name in ("a b", "b:a", "a_x_b"):
        assert found_in(x, ("a", "b", name)) == {2: {0: 1, 1: 1}}


def test_one_row_that_is_no_product_is_enough() -> None:
    x = columns(*base(10_000))
    x[7001, 3] += 1e-6
    some = x[::3]
    assert 3 not in products_among(iter([x[:5000], x[5000:]]), some, NAMES, EPS).powers
    assert 3 in products_among(iter([x[:5000]]), some, NAMES, EPS).powers


@given(arrays(np.float64, (30, 4), elements=st.floats(-1e6, 1e6)))
def test_what_is_found_is_a_product(x: Array) -> None:
    for column, powers in found_in(x, NAMES[:4]).items():
        product = np.prod([x[:, place] ** power for place, power in powers.items()], axis=0)
        np.testing.assert_allclose(x[:, column], product, rtol=1e-9, atol=1e-9 * np.abs(x[:, column]).max())


def test_slopes_of_products_at_zero() -> None:
    powers = Products({1: {0: 2}, 3: {0: 1, 2: 1}})
    x: Array = np.array([[0.0, 0.0, 5.0, 0.0]])
    np.testing.assert_array_equal(powers.slopes(x, 0), [[1, 0, 0, 5]])
    np.testing.assert_array_equal(powers.slopes(x, 2), [[0, 0, 1, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_pipeline_with_powers_and_products_tells_the_effects_of_its_columns(dtype: type) -> None:
    rng = np.random.default_rng(0)
    x: Array = rng.normal(2, 1, (3000, 2)).astype(dtype)
    y = (x[:, 0] * x[:, 1] - x[:, 0] ** 2 / 2 + rng.logistic(size=3000) > 0).astype(int)
    model = make_pipeline(PolynomialFeatures(2, include_bias=False), StandardScaler(), Classifier(l2=0)).fit(x, y)
    result = infer(model, x, y)
    found = result.marginal_effects()
    assert found.names == ("x0", "x1")
    assert found.counted == ("x0^2", "x0 x1 = x0 · x1", "x1^2")
    assert "Included in the effects" in str(found)
    for place in range(2):
        h = np.zeros(2)
        h[place] = 1e-3
        above, below = (model.predict_proba(x.astype(np.float64) + sign * h)[:, 1].mean() for sign in (1, -1))
        assert found.effects[1, place] == pytest.approx((above - below) / 2e-3, abs=2e-4)
