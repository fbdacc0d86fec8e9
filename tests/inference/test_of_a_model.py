"""Effects and intervals of a trained model, as a user asks for them."""

import csv

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.pipeline import make_pipeline

from chainrule import Classifier, TableEncoder, infer
from chainrule.inference import Inference
from tests.inference.problems import HSBDEMO
from tests.inference.regressions import PROBLEMS, Regression, regression, statsmodels


def inferred(problem: Regression, reference: str | None = None) -> Inference:
    model = Classifier(l2=0, dtype="float64").fit(problem.x, problem.t)
    return infer(model, problem.x, problem.t, reference=reference)


@pytest.mark.parametrize("name", PROBLEMS)
def test_effects_of_a_trained_model_are_those_of_statsmodels(name: str) -> None:
    problem = regression(name)
    result = inferred(problem, reference="1")
    for at, place in (("average", "overall"), ("means", "mean")):
        expected = problem.found.get_margeff(at=place)
        found = result.marginal_effects(at=at)  # type: ignore[arg-type]
        own = slice(1, 2) if len(found.classes) == 2 else slice(None)
        np.testing.assert_allclose(found.effects[own], np.atleast_2d(expected.margeff.T), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(found.standard_errors[own], np.atleast_2d(expected.margeff_se.T), rtol=1e-6)


def test_probabilities_of_a_trained_model_are_those_it_predicts() -> None:
    problem = regression("hsbdemo")
    model = Classifier(l2=0, dtype="float64").fit(problem.x, problem.t)
    found = infer(model, problem.x, problem.t, reference="2").probability_intervals(csr_array(problem.x[:9]))
    np.testing.assert_allclose(found.probabilities, model.predict_proba(problem.x[:9]), atol=1e-6)
    bounds = found.confidence_intervals()
    assert (bounds[..., 0] < found.probabilities).all()
    assert (found.probabilities < bounds[..., 1]).all()


@pytest.mark.skipif(not HSBDEMO.exists(), reason="the data set hsbdemo is not here")
def test_steps_of_a_table_are_those_of_its_categories() -> None:
    with HSBDEMO.open(newline="") as file:
        table = pd.DataFrame(list(csv.DictReader(file, delimiter=";")))
    table["write"] = table["write"].astype(float)
    x, y = table[["ses", "write"]], table["prog"]
    model = make_pipeline(TableEncoder(), Classifier(l2=0, standardize=False, dtype="float64")).fit(x, y)
    result = infer(model, x, y)
    problem = regression("hsbdemo")
    expected = inferred(problem).marginal_effects(steps=True)
    assert expected.steps == ("x0", "x1")
    found = result.marginal_effects(steps=True)
    assert len(found.steps) == len(found.names) - 1 == 2
    write = found.names.index("write")
    np.testing.assert_allclose(found.effects[:, write], expected.effects[:, 2], rtol=1e-5)
    np.testing.assert_allclose(found.standard_errors[:, write], expected.standard_errors[:, 2], rtol=1e-5)
    assert found.classes == ("academic", "general", "vocation")
    np.testing.assert_allclose(result.probability_intervals(x).probabilities, model.predict_proba(x), atol=1e-6)


def test_without_an_intercept_effects_are_those_of_statsmodels_too() -> None:
    problem = regression("hsbdemo")
    x, t = problem.x, problem.t
    expected = statsmodels.MNLogit(t, x).fit(method="newton", maxiter=30, disp=0, warn_convergence=False).get_margeff()
    found = infer(Classifier(l2=0, bias=False, dtype="float64").fit(x, t), x, t).marginal_effects()
    assert found.names == ("x0", "x1", "x2")
    np.testing.assert_allclose(found.effects, expected.margeff.T, rtol=1e-6)
    np.testing.assert_allclose(found.standard_errors, expected.margeff_se.T, rtol=1e-6)
    np.testing.assert_allclose(found.p_values, expected.pvalues.T, rtol=1e-5)
    np.testing.assert_allclose(found.confidence_intervals(0.9)[0], expected.conf_int(0.1)[:, :, 0], rtol=1e-5)
