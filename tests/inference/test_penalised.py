"""Coefficients of penalised regression have the covariance of the penalised Hessian, written out in their own units."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline

from chainrule import Classifier, TableEncoder, infer, laplace
from tests.inference.regressions import hsbdemo, softmax


def test_logistic_regression_has_the_inverse_of_its_penalised_hessian() -> None:
    x, t = load_breast_cancer(return_X_y=True)
    x = x[:, :5]
    weights = np.random.default_rng(0).integers(1, 4, len(x)).astype(float)
    model = Classifier(l2=0.01, dtype="float64").fit(x, t, weights)
    result = infer(model, x, t, sample_weight=weights, covariance="laplace")
    design = np.column_stack([np.ones(len(x)), x])
    mean = np.average(x, axis=0, weights=weights)
    square_scales = np.append(0, np.average((x - mean) ** 2, axis=0, weights=weights))
    np.testing.assert_allclose(result.params, np.hstack([model.intercept_[:, None], model.coef_]), rtol=1e-9)
    y = expit(design @ result.params[0])
    hessian = (design * (weights * y * (1 - y))[:, None]).T @ design + 0.01 * weights.sum() * np.diag(square_scales)
    np.testing.assert_allclose(result.covariance, np.linalg.inv(hessian), rtol=1e-5)
    np.testing.assert_allclose(result.log_likelihood, weights @ np.log(np.where(t, y, 1 - y)))


@pytest.mark.parametrize("reference", [0, 2])
def test_softmax_regression_has_the_contrasts_of_its_penalised_hessian(reference: int) -> None:
    x, t = hsbdemo()
    model = Classifier(dtype="float64").fit(x, t)
    result = infer(model, x, t, covariance="laplace", reference=reference)
    design, y = np.column_stack([np.ones(len(x)), x]), model.predict_proba(x)
    bend = y[:, :, None] * (np.eye(3) - y[:, None, :])
    hessian = np.einsum("ncd,ni,nj->cidj", bend, design, design).reshape(12, 12)
    hessian += np.kron(np.eye(3), np.diag(np.append(0, x.var(axis=0))))
    contrasts = np.delete(np.eye(3) - np.eye(3)[reference], reference, axis=0)
    onto = np.kron(contrasts, np.eye(4))
    np.testing.assert_allclose(result.covariance, onto @ np.linalg.pinv(hessian, rtol=1e-12) @ onto.T, rtol=1e-6)
    np.testing.assert_allclose(softmax(result.params, x, reference), y, rtol=1e-8)


def test_without_a_penalty_it_is_the_observed_information() -> None:
    x, t = hsbdemo()
    model = Classifier(l2=0, dtype="float64", tol=1e-12).fit(x, t)
    exact, found = infer(model, x, t), infer(model, x, t, covariance="laplace")
    np.testing.assert_allclose(found.standard_errors, exact.standard_errors, rtol=1e-6)


def test_a_table_has_the_intervals_and_effects_of_its_laplace_approximation() -> None:
    x, t = hsbdemo()
    table = pd.DataFrame(
        {"ses": np.array(["low", "middle", "high"])[(x[:, :2] @ [1, 2]).astype(int)], "write": x[:, 2]}
    )
    model = make_pipeline(TableEncoder(), Classifier(standardize=False, dtype="float64")).fit(table, t)
    result = infer(model, table, t, covariance="laplace")
    expected = laplace(model, table, t).probability_intervals(table)
    found = result.probability_intervals(table)
    np.testing.assert_allclose(found.probabilities, expected.probabilities, rtol=1e-8)
    np.testing.assert_allclose(found.logit_errors, expected.logit_errors, rtol=1e-6)
    effects = result.marginal_effects(steps=True)
    assert effects.steps == ("ses = high", "ses = low", "ses = middle")
    assert (effects.standard_errors > 0).all()


def test_a_penalised_result_says_that_it_is_a_laplace_approximation_and_refuses_likelihood_ratios() -> None:
    x, t = hsbdemo()
    model = Classifier().fit(x, t)
    result = infer(model, x, t, covariance="laplace")
    assert "These are estimates of the Laplace approximation" in str(result)
    with pytest.raises(ValueError, match="maximum likelihood, but these are of the Laplace approximation"):
        result.likelihood_ratio_test()
    with pytest.raises(ValueError, match="or ask for covariance='laplace'"):
        infer(model, x, t)
    with pytest.raises(ValueError, match='groups and covariance="clustered" go together'):
        infer(model, x, t, covariance="laplace", groups=t)
    hidden: Any = Classifier((2,), random_state=0).fit(x, t)
    with pytest.raises(ValueError, match="hidden layers has no coefficients: call laplace"):
        infer(hidden, x, t, covariance="laplace")
