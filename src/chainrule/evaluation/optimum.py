"""How far a trained softmax regression is from the optimum."""

from typing import Any

from chainrule.estimator.classifier import Classifier
from chainrule.estimator.fitted import fitted_rows
from chainrule.optimizers import Certificate, certificate


def optimality(model: Classifier, X: Any, y: Any, sample_weight: Any = None) -> Certificate:
    """Return how far the cost of a classifier without hidden layers is above the lowest there is.

    Parameters:
        model: fitted.
        X: the rows that it was trained on (n, i).
        y: their labels (n,).
        sample_weight: as `fit` had it.

    Raises:
        ValueError: the model has hidden layers, or the data does not fit it.

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> optimality(Classifier().fit(x, y), x, y).relative < 1e-6
    True
    """
    rows = fitted_rows(model, X, y, sample_weight).rows
    return certificate(model._cost(rows), model.theta_)
