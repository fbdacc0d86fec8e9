"""Marginal effects are those of statsmodels, of differences, and of a brute-force delta method."""

import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_array

from chainrule.arrays import Array
from chainrule.engine import Rows
from chainrule.inference import effects
from chainrule.inference.effects import marginal_effects, zero_one_columns
from chainrule.inference.hypotheses import Contrasts, dense_doubles
from tests.inference.regressions import PROBLEMS, Regression, regression, slopes_by_delta_method, softmax

PLACES = {"average": "overall", "means": "mean"}


def found_by_statsmodels(problem: Regression, at: str, steps: list[int]) -> tuple[Array, Array]:
    """Effects (k, i) and errors; of steps among several classes, where it fails, from its predictions alone."""
    k = problem.contrasts.classes
    if not steps or k == 2:
        found = problem.found.get_margeff(at=PLACES[at], dummy=bool(steps))
        return np.asarray(found.margeff).T, np.asarray(found.margeff_se).T
    effects, errors = found_by_statsmodels(problem, at, [])
    x = problem.x if at == "average" else problem.x.mean(axis=0)[None]

    def values(params: Array) -> Array:
        columns = []
        for column in steps:
            moved = np.column_stack([np.ones(len(x)), x]), np.column_stack([np.ones(len(x)), x])
            moved[0][:, 1 + column], moved[1][:, 1 + column] = 0, 1
            below, above = (problem.found.model.predict(params.T, exog=rows) for rows in moved)
            columns.append((above - below).mean(axis=0))
        return np.stack(columns, axis=1)

    effects[:, steps] = values(problem.contrasts.params)
    errors[:, steps] = slopes_by_delta_method(values, problem.contrasts.params, problem.contrasts.covariance, 1e-4)
    return effects, errors


@pytest.mark.parametrize("steps", [False, True], ids=["slopes", "steps"])
@pytest.mark.parametrize("at", PLACES)
@pytest.mark.parametrize("name", PROBLEMS)
def test_effects_and_their_errors_are_those_of_statsmodels(name: str, at: str, steps: bool) -> None:
    problem = regression(name)
    model, rows = problem.contrasts, problem.rows
    columns = zero_one_columns(model, rows) if steps else []
    found = marginal_effects(model, rows, problem.names, problem.classes, at=at, steps=columns)  # type: ignore[arg-type]
    expected, errors = found_by_statsmodels(problem, at, columns)
    k = model.classes
    own = found.effects[1] if k == 2 else found.effects, found.standard_errors[1] if k == 2 else found.standard_errors
    np.testing.assert_allclose(own[0], expected, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(own[1], errors, rtol=1e-6, atol=1e-12)


def effects_of(params: Array, problem: Regression, at: str, steps: list[int], weights: Array) -> Array:
    """Differences of probabilities instead of derivatives: a second route to the effects (k, i)."""
    x = problem.x if at == "average" else np.average(problem.x, axis=0, weights=weights)[None]
    weights = weights if at == "average" else np.ones(1)
    columns = []
    for column in range(x.shape[1]):
        above, below = x.copy(), x.copy()
        h = 1e-4 * problem.x[:, column].std()
        above[:, column], below[:, column] = (1, 0) if column in steps else (x[:, column] + h, x[:, column] - h)
        width = 1 if column in steps else 2 * h
        columns.append(np.average(softmax(params, above) - softmax(params, below), axis=0, weights=weights) / width)
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("at", PLACES)
@pytest.mark.parametrize("name", ["hsbdemo", "two classes", "four classes, steps"])
def test_effects_and_their_errors_are_those_of_differences(name: str, at: str) -> None:
    problem = regression(name)
    model, weights = problem.contrasts, np.random.default_rng(0).uniform(0, 3, len(problem.x))
    rows = Rows(problem.x, problem.t, weights)
    steps = zero_one_columns(model, rows)
    assert steps
    found = marginal_effects(model, rows, problem.names, problem.classes, at=at, steps=steps)  # type: ignore[arg-type]

    def values(params: Array) -> Array:
        return effects_of(params, problem, at, steps, weights)

    errors = slopes_by_delta_method(values, model.params, model.covariance, 1e-4)
    np.testing.assert_allclose(found.effects, values(model.params), rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(found.standard_errors, errors, rtol=1e-4)


@pytest.mark.parametrize("at", PLACES)
def test_another_reference_class_changes_no_effect(at: str) -> None:
    problem = regression("four classes, steps")
    model, c, j = problem.contrasts, 3, 6
    onto = np.insert(np.eye(c), 0, 0, axis=0)  # all four classes from three contrasts with the first
    onto = np.delete(onto - onto[2], 2, axis=0)
    change = np.kron(onto, np.eye(j))
    other = Contrasts(onto @ model.params, change @ model.covariance @ change.T, reference=2)
    named = problem.names, problem.classes
    expected = marginal_effects(model, problem.rows, *named, at=at, steps=[0])  # type: ignore[arg-type]
    found = marginal_effects(other, problem.rows, *named, at=at, steps=[0])  # type: ignore[arg-type]
    np.testing.assert_allclose(found.effects, expected.effects, rtol=1e-9)
    np.testing.assert_allclose(found.standard_errors, expected.standard_errors, rtol=1e-9)


@pytest.mark.parametrize("at", PLACES)
def test_weights_count_rows_and_sparse_rows_are_rows(at: str) -> None:
    problem = regression("hsbdemo")
    counts = np.random.default_rng(1).integers(0, 4, len(problem.x))
    repeated = Rows(np.repeat(problem.x, counts, axis=0), np.repeat(problem.t, counts))
    named = problem.names, problem.classes
    expected = marginal_effects(problem.contrasts, repeated, *named, at=at, steps=[1])  # type: ignore[arg-type]
    for x in (problem.x, csr_array(problem.x)):
        weighted = Rows(x, problem.t, counts.astype(float))
        found = marginal_effects(problem.contrasts, weighted, *named, at=at, steps=[1])  # type: ignore[arg-type]
        np.testing.assert_allclose(found.effects, expected.effects, rtol=1e-10)
        np.testing.assert_allclose(found.standard_errors, expected.standard_errors, rtol=1e-10)


def test_the_size_of_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = regression("hsbdemo")
    expected = marginal_effects(problem.contrasts, problem.rows, problem.names, problem.classes, steps=[0])
    monkeypatch.setattr(effects, "BLOCK_NUMBERS", 300)
    found = marginal_effects(problem.contrasts, problem.rows, problem.names, problem.classes, steps=[0])
    np.testing.assert_allclose(found.effects, expected.effects, rtol=1e-11)
    np.testing.assert_allclose(found.standard_errors, expected.standard_errors, rtol=1e-11)
    assert zero_one_columns(problem.contrasts, problem.rows) == [0, 1]


def test_columns_of_zeros_and_ones_hold_both_and_nothing_else() -> None:
    x = np.array([[0, 0, 0, 1, 0, 1], [1, 1, 0, 1, 0.5, 0], [0, 2, 0, 1, 1, 1.0]])
    assert zero_one_columns(Contrasts(np.zeros((1, 7)), np.eye(7)), Rows(x, np.zeros(3, int))) == [0, 5]


def test_without_an_intercept_the_rows_given_are_left_alone() -> None:
    generator = np.random.default_rng(0)
    x = np.column_stack([generator.integers(0, 2, 50), generator.normal(size=50)]).astype(float)
    before = x.copy()
    model = Contrasts(generator.normal(size=(2, 2)), np.eye(4), biased=False, columns=dense_doubles)
    found = marginal_effects(model, Rows(x, np.zeros(50, int)), ["a", "b"], ["k", "l", "m"], steps=[0])
    np.testing.assert_array_equal(x, before)
    assert found.effects.shape == (3, 2)
    biased = Contrasts(np.insert(model.params, 0, 0, axis=1), np.diag([0.0, 1, 1, 0, 1, 1]))
    same = marginal_effects(biased, Rows(x, np.zeros(50, int)), ["a", "b"], ["k", "l", "m"], steps=[0])
    np.testing.assert_allclose(found.effects, same.effects, rtol=1e-12)
    np.testing.assert_allclose(found.standard_errors, same.standard_errors, rtol=1e-12)


def test_many_rows_take_no_more_memory_than_few() -> None:
    generator = np.random.default_rng(0)
    model = Contrasts(generator.normal(size=(3, 6)), np.eye(18))

    def peak(n: int) -> int:
        rows = Rows(generator.normal(size=(n, 5)), np.zeros(n, int))
        tracemalloc.start()
        marginal_effects(model, rows, list("abcde"), list("klmn"), steps=[0])
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(200_000) < 1.1 * peak(40_000)


def test_a_table_of_effects_says_the_same_as_text_html_and_frame() -> None:
    problem = regression("hsbdemo")
    classes, names = ["academic", "<general>", "vocation"], ["middle", "high", "write"]
    found = marginal_effects(problem.contrasts, problem.rows, names, classes, steps=[0, 1])
    np.testing.assert_allclose(found.effects.sum(axis=0), 0, atol=1e-12)
    frame = found.to_frame(level=0.9)
    line = frame[(frame["class"] == "vocation") & (frame["column"] == "high")].iloc[0]
    effect, error = found.effects[2, 1], found.standard_errors[2, 1]
    assert (line["effect"], line["standard error"], line["z"]) == (effect, error, effect / error)
    bounds = line[["low", "high"]].astype(float)
    np.testing.assert_allclose(bounds, effect + error * 1.6448536269514722 * np.array([-1, 1]))
    text, html, latex = str(found), found._repr_html_(), found.to_latex()
    for told in (text, html, latex):
        assert f"{effect:.4f}" in told
        assert "The effect is that of the step from 0 to 1: middle, high." in told
    assert "<th>&lt;general&gt;</th>" in html
    assert "<caption>Average marginal effects</caption>" in html
    assert r"$<$general$>$ & dy/dx & std err & z" in latex
    assert max(map(len, text.splitlines()[:-2])) == len(text.splitlines()[1])


def test_an_unknown_value_of_at_is_refused() -> None:
    problem = regression("hsbdemo")
    with pytest.raises(ValueError, match='at must be "average" or "means", found \'median\''):
        marginal_effects(problem.contrasts, problem.rows, problem.names, problem.classes, at="median")  # type: ignore[arg-type]
