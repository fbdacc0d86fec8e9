"""The Laplace approximation is exact where it should be, and its curvature that of a brute-force Jacobian product."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from chainrule import Classifier, Cost
from chainrule.arrays import Array
from chainrule.estimator.defaults import loss_of, penalty_of, strength_of
from chainrule.estimator.trained_model import TrainedModel
from chainrule.inference.laplace_approximation import jacobian_factors, laplace
from chainrule.inference.probabilities import probability_intervals
from tests.inference.regressions import hsbdemo, regression

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
laplace_module = import_module("chainrule.inference.laplace_approximation")
WEIGHTS = np.random.default_rng(3).integers(1, 4, 178).astype(float)


def trained(hidden: tuple[int, ...], **options: Any) -> tuple[Classifier, Array, Array]:
    x, t = load_wine(return_X_y=True)
    settings: dict[str, Any] = {"activation": "tanh", "random_state": 0, "dtype": "float64", "max_epochs": 50} | options
    return Classifier(hidden, **settings).fit(x, t), x, t


def brute_force_precision(model: Classifier, x: Array, t: Array, weights: Array | None = None) -> Array:
    """The curvature of the cost times the weight of all rows, one product with each unit vector."""
    fitted = TrainedModel.of(model)
    rows, network = fitted.standardized_rows(fitted.rows(x, t, weights)), fitted.network
    penalty = penalty_of(model.l2, model.l1, rows.total_weight, strength_of(model))
    loss = loss_of(network, 0.0)
    cost = Cost.of(network, loss, rows.x, rows.t, weights=rows.weights, penalty=penalty, reduction="sum")
    return np.stack([cost.curvature_product(fitted.theta, unit) for unit in np.eye(network.size)])


def test_without_a_penalty_softmax_regression_has_the_observed_information() -> None:
    x, t = hsbdemo()
    problem = regression("hsbdemo")
    found = laplace(Classifier(l2=0, dtype="float64", tol=1e-12).fit(x, t), x, t)
    assert found.flat == 4  # the same added to the weights, or to the bias, of all classes
    expected = probability_intervals(problem.contrasts, x, problem.classes)
    own = found.probability_intervals(x)
    np.testing.assert_allclose(own.logits, expected.logits, atol=1e-6)
    np.testing.assert_allclose(own.logit_errors, expected.logit_errors, rtol=1e-6)
    scale, mean = x.std(axis=0), x.mean(axis=0)
    back = np.column_stack([np.diag(1 / scale), np.zeros(3)])
    back = np.vstack([np.append(-mean / scale, 1), back])  # intercept first, from standardised weights and bias last
    order = [*range(3), 9, *range(3, 6), 10, *range(6, 9), 11]
    onto = np.kron(np.array([[-1, 1, 0], [-1, 0, 1]]), back)
    contrasts = onto @ found.covariance[np.ix_(order, order)] @ onto.T
    np.testing.assert_allclose(contrasts, problem.contrasts.covariance, rtol=1e-5, atol=1e-12)


def test_logistic_regression_with_l2_has_the_inverse_of_the_penalised_hessian() -> None:
    x, t = load_breast_cancer(return_X_y=True)
    x = x[:, :5]
    model = Classifier(l2=0.01, dtype="float64").fit(x, t)
    found = laplace(model, x, t)
    design = np.column_stack([(x - x.mean(axis=0)) / x.std(axis=0), np.ones(len(x))])
    y = expit(design @ model.theta_)
    hessian = (design * (y * (1 - y))[:, None]).T @ design + 0.01 * len(x) * np.diag([1, 1, 1, 1, 1, 0])
    np.testing.assert_allclose(found.covariance, np.linalg.inv(hessian), rtol=1e-8)
    assert found.flat == 0
    errors = np.sqrt(np.vecdot(design @ np.linalg.inv(hessian), design))
    np.testing.assert_allclose(found.probability_intervals(x).logit_errors, np.column_stack([errors] * 2), rtol=1e-7)
    np.testing.assert_allclose(found.probability_intervals(x).probabilities, model.predict_proba(x), rtol=1e-9)


@pytest.mark.parametrize("options", [{"l2": 0.003}, {"bias": False}, {"activation": "relu", "l2": 0.1}], ids=str)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weighted", [False, True], ids=["rows", "weighted rows"])
def test_the_curvature_is_that_of_brute_force(options: dict[str, Any], classes: int, weighted: bool) -> None:
    x, t = load_wine(return_X_y=True)
    t, weights = np.minimum(t, classes - 1), WEIGHTS if weighted else None
    settings: dict[str, Any] = {"activation": "tanh", "random_state": 0, "dtype": "float64", "max_epochs": 30} | options
    model = Classifier((4, 3), **settings).fit(x, t, weights)
    precision = brute_force_precision(model, x, t, weights)
    everything, last = (laplace(model, x, t, over=over, sample_weight=weights) for over in ("all", "last"))
    p = len(last.covariance)
    for found, curvature in ((everything, precision), (last, precision[-p:, -p:])):
        np.testing.assert_allclose(found.root.T @ curvature @ found.root, np.eye(found.root.shape[1]), atol=1e-5)
        values = np.linalg.eigvalsh(curvature)
        assert found.flat == (values < 1e-10 * values[-1]).sum() == len(curvature) - found.root.shape[1]
        if values[found.flat] > 1e-5 * values[-1]:
            expected = np.linalg.pinv(curvature, rtol=1e-9, hermitian=True)
            np.testing.assert_allclose(found.covariance, expected, atol=1e-8 * np.abs(expected).max())


@pytest.mark.parametrize("hidden", [(), (5,), (4, 3)], ids=str)
def test_the_jacobian_of_the_logits_is_that_of_products_and_differences(hidden: tuple[int, ...]) -> None:
    model, x, _ = trained(hidden)
    fitted = TrainedModel.of(model)
    network, theta, rows = fitted.network, fitted.theta, fitted.standardized(x)[:7]
    outputs = network.forward(theta, rows)
    found = np.empty((7, network.outputs, network.size))
    for part, outer, inner in jacobian_factors(network, theta, outputs):
        found[:, :, part] = (outer[:, :, :, None] * inner[:, None, None, :]).reshape(*found.shape[:2], -1)
    units = np.eye(network.size)
    np.testing.assert_allclose(found, np.stack([network.jvp(theta, outputs, u) for u in units], axis=2), atol=1e-12)
    differences = [(network.forward(theta + 1e-6 * u, rows)[-1] - outputs[-1]) / 1e-6 for u in units]
    np.testing.assert_allclose(found, np.stack(differences, axis=2), atol=1e-3)


@pytest.mark.parametrize("over", ["last", "all"])
def test_intervals_are_the_delta_method_through_the_network(over: str) -> None:
    model, x, t = trained((4,))
    found = laplace(model, x, t, over=over)  # type: ignore[arg-type]
    intervals = found.probability_intervals(x[:9])
    fitted = TrainedModel.of(model)
    network, theta, rows = fitted.network, fitted.theta, fitted.standardized(x)[:9]
    part = slice(network.size - len(found.covariance), network.size)

    def probabilities(theta: Array) -> Array:
        z = network.forward(theta, rows)[-1]
        y: Array = np.exp(z - z.max(axis=1, keepdims=True))
        return y / y.sum(axis=1, keepdims=True)

    units = 1e-5 * np.eye(network.size)[part]
    jacobian = np.stack([(probabilities(theta + u) - probabilities(theta - u)) / 2e-5 for u in units], axis=2)
    errors = np.sqrt(np.einsum("nkp,pq,nkq->nk", jacobian, found.covariance, jacobian))
    np.testing.assert_allclose(intervals.standard_errors, errors, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(intervals.probabilities, model.predict_proba(x[:9]), rtol=1e-9)
    bounds = intervals.confidence_intervals()
    assert ((bounds > 0) & (bounds < 1)).all()
    assert "Laplace approximation" in intervals.method


@pytest.mark.parametrize("over", ["last", "all"])
def test_pipelines_sparse_rows_and_small_blocks_change_nothing(over: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x, t = load_iris(return_X_y=True)
    scaled = MinMaxScaler().fit_transform(x)
    model = Classifier((4,), activation="tanh", standardize=False, random_state=0, dtype="float64")
    expected = laplace(model.fit(scaled, t), scaled, t, over=over).probability_intervals(scaled)  # type: ignore[arg-type]
    monkeypatch.setattr(laplace_module, "BLOCK_NUMBERS", 1000)
    sparse = csr_array(scaled)
    pipeline = make_pipeline(MinMaxScaler(), Classifier(**model.get_params())).fit(x, t)
    for whole, rows in ((model, sparse), (pipeline, x)):
        found = laplace(whole, rows, t, over=over).probability_intervals(rows)  # type: ignore[arg-type]
        np.testing.assert_allclose(found.logit_errors, expected.logit_errors, rtol=1e-6)


def test_far_from_the_rows_everything_is_less_certain() -> None:
    model, x, t = trained((4,), activation="relu")
    found = laplace(model, x, t, over="all")
    middle = x.mean(axis=0)
    errors = [found.probability_intervals(middle + far * (x[:20] - middle)).logit_errors for far in (1, 10)]
    assert (errors[1] > errors[0]).mean() > 0.9


def test_a_laplace_result_says_that_it_is_an_approximation() -> None:
    model, x, t = trained((4,))
    assert str(laplace(model, x, t, over="last")) == (
        "Laplace approximation over the 15 parameters of the last layer (generalised Gauss-Newton; directions"
        " without curvature that are left out: 1): an approximation, as if these parameters were normal about their"
        " trained values. What the hidden layers leave uncertain is not in it: its 95 % intervals can hold as little as"
        " 58 % of the posterior."
    )
    assert laplace(model, x, t).standard_errors.shape == (4 * 14 + 15,)
    assert "over the 71 parameters of all layers" in str(laplace(model, x, t))


def test_unsupported_models_are_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x, t = trained((4,))
    with pytest.raises(ValueError, match='over must be "last" or "all", found \'first\''):
        laplace(model, x, t, over="first")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"needs a smooth penalty, found l1=0\.01: train the model with l2 alone"):
        laplace(trained((), l1=0.01)[0], x, t)
    monkeypatch.setattr(laplace_module, "MOST_PARAMETERS", 14)
    with pytest.raises(ValueError, match='at most 14 parameters, found 71: use over="last"'):
        laplace(model, x, t, over="all")
    with pytest.raises(ValueError, match="at most 14 parameters, found 15: train a model with fewer inputs"):
        laplace(model, x, t, over="last")


def test_what_the_last_layer_leaves_out_is_said() -> None:
    x, y = load_iris(return_X_y=True)
    model = Classifier(hidden=(3,), random_state=0).fit(x, y)
    last, whole = repr(laplace(model, x, y, over="last")), repr(laplace(model, x, y))
    assert "hidden layers" in last
    assert "58 %" in last
    assert "all layers" in whole
    assert "58 %" not in whole
