"""The objective of a classifier is the cost that its training minimised."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from chainrule import Classifier

WEIGHTS = np.random.default_rng(0).uniform(0.5, 2, 150)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"l2": 0.01, "label_smoothing": 0.1, "standardize": False},
        {"l1": 0.01},
        {"class_weight": {0: 1.0, 1: 2.0, 2: 0.5}, "bias": False},
        {"optimizer": "lbfgs"},
    ],
    ids=str,
)
def test_its_gradient_is_zero_where_training_converged_and_its_value_the_last_cost(
    settings: dict[str, Any], sparse: bool
) -> None:
    x, y = load_iris(return_X_y=True)
    given: Any = csr_array(x) if sparse else x
    model = Classifier(**settings, tol=1e-6).fit(given, y, WEIGHTS)
    cost, gradient = model.objective(given, y, WEIGHTS).value_and_gradient(model.theta_)
    assert np.linalg.norm(gradient) < 1e-6
    assert cost == pytest.approx(model.history_.cost[-1], rel=1e-12)


@pytest.mark.parametrize("classes", [2, 3])
def test_of_hidden_layers_its_value_is_the_last_cost_too(classes: int) -> None:
    x, y = load_iris(return_X_y=True)
    x, y = x[y < classes], y[y < classes]
    model = Classifier((4, 3), activation="tanh", optimizer="lbfgs", random_state=0).fit(x, y)
    assert model.objective(x, y).value(model.theta_) == pytest.approx(model.history_.cost[-1], rel=1e-12)


def test_it_needs_a_trained_model_and_rows_that_fit_it() -> None:
    x, y = load_iris(return_X_y=True)
    with pytest.raises(NotFittedError):
        Classifier().objective(x, y)
    model = Classifier().fit(x, y)
    with pytest.raises(ValueError, match="3 features"):
        model.objective(x[:, :3], y)
    with pytest.raises(ValueError, match="The label of row 0 is 7, which is not one of the classes"):
        model.objective(x, np.where(np.arange(150) == 0, 7, y))
