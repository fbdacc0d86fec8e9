"""Tests of hypotheses, beside statsmodels and formulas of their own; another reference class; coverage of intervals."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, norm

from chainrule import Classifier, infer
from tests.inference.problems import drawn, information, scores, unpenalised
from tests.inference.test_estimates import PROBLEMS, with_statsmodels


@pytest.fixture(scope="module")
def result() -> Any:
    x, y = PROBLEMS["five classes"]
    return infer(unpenalised(x, y), x, y)


def test_a_wald_test_of_one_coefficient_is_its_z_squared() -> None:
    x, y = PROBLEMS["two classes"]
    result = infer(unpenalised(x, y), x, y)
    test = result.wald_test("x1")
    assert test.statistic == pytest.approx(result.z[0, 2] ** 2)
    assert test.p_value == pytest.approx(result.p_values[0, 2])
    assert (test.df, test.columns) == (1, ("x1",))


@pytest.mark.parametrize("covariance", ["observed", "robust"])
def test_a_wald_test_of_several_columns(covariance: str) -> None:
    x, y = PROBLEMS["five classes"]
    result = infer(unpenalised(x, y), x, y, covariance=covariance)
    test = result.wald_test(["x4", "x0"])
    at = [c * 7 + j for c in range(4) for j in (1, 5)]
    tested = result.params.ravel()[at]
    expected = tested @ np.linalg.solve(result.covariance[np.ix_(at, at)], tested)
    assert test.statistic == pytest.approx(expected)
    assert test.p_value == pytest.approx(chi2.sf(expected, 8), rel=1e-9)
    assert test.columns == ("x0", "x4")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("columns", [["x2"], ["x0", "x5"]])
def test_a_ratio_of_likelihoods_is_that_of_two_fits_of_statsmodels(result: Any, columns: list[str]) -> None:
    x, y = PROBLEMS["five classes"]
    rest = np.delete(x, [int(name[1:]) for name in columns], axis=1)
    difference = 2 * (with_statsmodels(x, y).llf - with_statsmodels(rest, y).llf)
    test = result.likelihood_ratio_test(columns)
    assert test.statistic == pytest.approx(difference, rel=1e-6)
    assert test.df == 4 * len(columns)


def test_a_score_test_written_out(result: Any) -> None:
    x, y = PROBLEMS["five classes"]
    rest = infer(unpenalised(x[:, [0, 2, 3, 4]], y), x[:, [0, 2, 3, 4]], y)
    exog, params = np.hstack([np.ones((len(x), 1)), x]), np.zeros((4, 7))
    params[:, [0, 1, 3, 4, 5]] = rest.params
    score = scores(exog, y, params).sum(axis=0)
    test = result.score_test(["x1", "x5"])
    assert test.statistic == pytest.approx(score @ np.linalg.solve(information(exog, params), score), rel=1e-7)
    assert test.df == 8


@pytest.mark.parametrize("bias", [True, False])
def test_all_columns_together_are_tested_against_the_null_model(bias: bool) -> None:
    x, y = PROBLEMS["five classes"]
    result = infer(unpenalised(x, y, bias=bias), x, y)
    test = result.likelihood_ratio_test()
    assert test.statistic == pytest.approx(2 * (result.log_likelihood - result.log_likelihood_null))
    assert test.df == result.df_model == 24
    exog, params = (np.hstack([np.ones((len(x), 1)), x]), np.zeros((4, 7))) if bias else (x, np.zeros((4, 6)))
    if bias:
        shares = np.bincount(y) / len(y)
        params[:, 0] = np.log(shares[1:] / shares[0])
    score = scores(exog, y, params).sum(axis=0)
    expected = score @ np.linalg.solve(information(exog, params), score)
    assert result.score_test([f"x{i}" for i in range(6)]).statistic == pytest.approx(expected, rel=1e-7)


def test_everything_can_be_tested_at_once(result: Any) -> None:
    test = result.likelihood_ratio_test(result.names)
    assert test.statistic == pytest.approx(2 * (result.log_likelihood + 2000 * np.log(5)))
    assert test.df == 28
    x, y = PROBLEMS["five classes"]
    exog = np.hstack([np.ones((len(x), 1)), x])
    score = scores(exog, y, np.zeros((4, 7))).sum(axis=0)
    expected = score @ np.linalg.solve(information(exog, np.zeros((4, 7))), score)
    assert result.score_test(result.names).statistic == pytest.approx(expected, rel=1e-7)


def test_the_intercept_can_be_tested_too(result: Any) -> None:
    x, y = PROBLEMS["five classes"]
    without = infer(unpenalised(x, y, bias=False), x, y)
    test = result.likelihood_ratio_test("intercept")
    assert test.statistic == pytest.approx(2 * (result.log_likelihood - without.log_likelihood), rel=1e-7)
    exog, params = np.hstack([np.ones((len(x), 1)), x]), np.zeros((4, 7))
    params[:, 1:] = without.params
    score = scores(exog, y, params).sum(axis=0)
    expected = score @ np.linalg.solve(information(exog, params), score)
    assert result.score_test("intercept").statistic == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("covariance", ["observed", "robust"])
def test_another_reference_is_another_form_of_the_same(covariance: str) -> None:
    x, y = PROBLEMS["five classes"]
    first = infer(unpenalised(x, y), x, y, covariance=covariance)
    order = np.array([3, 0, 1, 2, 4])  # class 3 is the first where labels are numbered anew
    anew = infer(unpenalised(x, np.argsort(order)[y]), x, np.argsort(order)[y], covariance=covariance)
    changed = first.with_reference(3)
    assert changed.compared == ("0", "1", "2", "4")
    np.testing.assert_allclose(changed.params, anew.params, rtol=1e-8)
    np.testing.assert_allclose(changed.covariance, anew.covariance, rtol=1e-8, atol=1e-14)
    assert changed.wald_test("x1").statistic == pytest.approx(first.wald_test("x1").statistic)
    assert changed.score_test("x1").statistic == pytest.approx(first.score_test("x1").statistic)
    assert infer(unpenalised(x, y), x, y, covariance=covariance, reference=3).reference == "3"
    np.testing.assert_allclose(changed.with_reference(0).covariance, first.covariance, rtol=1e-9, atol=1e-14)


def test_pseudo_r2(result: Any) -> None:
    value, null, n = result.log_likelihood, result.log_likelihood_null, 2000
    assert result.pseudo_r2 == pytest.approx(1 - value / null)
    cox_snell = 1 - (np.exp(null / n) / np.exp(value / n)) ** 2
    assert result.pseudo_r2_cox_snell == pytest.approx(cox_snell)
    assert result.pseudo_r2_nagelkerke == pytest.approx(cox_snell / (1 - np.exp(null / n) ** 2))


def test_intervals_and_odds_ratios(result: Any) -> None:
    bounds = result.confidence_intervals(0.9)
    np.testing.assert_allclose(norm.cdf((bounds[..., 1] - result.params) / result.standard_errors), 0.95)
    np.testing.assert_allclose(bounds.mean(axis=2), result.params)
    np.testing.assert_allclose(result.odds_ratio_intervals(0.9), np.exp(bounds))
    np.testing.assert_allclose(np.log(result.odds_ratios), result.params)
    with pytest.raises(ValueError, match=r"must be above 0 and below 1.*found 95"):
        result.confidence_intervals(95)


def test_tests_refuse_what_they_cannot_tell(result: Any) -> None:
    with pytest.raises(ValueError, match="There is no column 'age' to test: the columns are intercept, x0"):
        result.wald_test("age")
    with pytest.raises(ValueError, match="found none"):
        result.likelihood_ratio_test([])
    with pytest.raises(ValueError, match="no class 9 to compare with: there are 0, 1, 2, 3, 4"):
        result.with_reference(9)
    with pytest.raises(ValueError, match="maximum likelihood, but these are of the Laplace approximation"):
        replace(result, kind="Laplace approximation", maximum=None).score_test("x1")
    x, y = PROBLEMS["five classes"]
    few = infer(unpenalised(x, y), x, y, covariance="clustered", groups=np.arange(len(y)) % 3)
    with pytest.raises(ValueError, match="these 12 coefficients is singular"):
        few.wald_test(["x0", "x1", "x2"])


@pytest.mark.long
@pytest.mark.parametrize("covariance", ["observed", "robust"])
def test_intervals_of_95_percent_cover_what_they_promise(covariance: str) -> None:
    rng = np.random.default_rng(11)
    true = np.array([[0.3, 0.8, -0.5], [-0.2, 0.0, 1.0]])
    covered = []
    for _ in range(2000):
        x = rng.normal(size=(400, 2))
        z = np.hstack([np.zeros((400, 1)), true[:, 0] + x @ true[:, 1:].T])
        y = (z + rng.gumbel(size=z.shape)).argmax(axis=1)
        bounds = infer(Classifier(l2=0).fit(x, y), x, y, covariance=covariance).confidence_intervals()
        covered.append((bounds[..., 0] <= true) & (true <= bounds[..., 1]))
    share = np.mean(covered, axis=0)
    assert ((share > 0.93) & (share < 0.97)).all(), share


@pytest.mark.long
def test_clustered_intervals_cover_where_rows_of_a_group_are_alike() -> None:
    rng = np.random.default_rng(12)
    groups = np.repeat(np.arange(150), 10)
    covered = []
    for _ in range(1000):
        x = np.repeat(rng.normal(size=(150, 1)), 10, axis=0)  # a group has one x, and its rows tend to the same class
        shared = rng.random(1500) < 0.7
        drawn_for = np.where(shared, np.repeat(rng.random(150), 10), rng.random(1500))
        y = (drawn_for < 1 / (1 + np.exp(-0.2 - 0.7 * x[:, 0]))).astype(int)
        model = Classifier(l2=0).fit(x, y)
        each = [infer(model, x, y), infer(model, x, y, covariance="clustered", groups=groups)]
        bounds = np.array([result.confidence_intervals()[0] for result in each])
        covered.append((bounds[..., 0] <= [0.2, 0.7]) & (bounds[..., 1] >= [0.2, 0.7]))
    share = np.mean(covered, axis=0)
    assert (share[0] < 0.8).all(), share
    assert ((share[1] > 0.93) & (share[1] < 0.97)).all(), share


def test_a_column_that_tells_nothing_is_found_out_as_often_as_promised() -> None:
    found = []
    for seed in range(60):
        x, y = drawn(200, 2, 3, 100 + seed)
        noise = np.random.default_rng(seed).normal(size=(200, 1))
        result = infer(unpenalised(np.hstack([x, noise]), y), np.hstack([x, noise]), y)
        tests = (result.wald_test("x2"), result.likelihood_ratio_test("x2"), result.score_test("x2"))
        found.append([test.p_value for test in tests])
    assert (np.mean(np.array(found) < 0.5, axis=0) > 0.3).all()
    assert (np.mean(np.array(found) < 0.5, axis=0) < 0.7).all()
