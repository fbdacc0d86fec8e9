"""How far a trained softmax regression is from the optimum."""

from typing import Any

from sklearn.utils.validation import check_is_fitted, validate_data

from chainrule.classifier import Classifier
from chainrule.labelled import labelled_rows
from chainrule.optimizers import Certificate, certificate
from chainrule.predictor import FLOATS


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
    check_is_fitted(model)
    X, y = validate_data(model, X, y, dtype=FLOATS, accept_sparse="csr", reset=False)
    rows = labelled_rows(X, y, model.classes_, model.class_weight, sample_weight)
    return certificate(model._cost(rows), model.theta_)
