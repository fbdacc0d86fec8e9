"""A trained model and rows, as its network takes them: what everything that explains a model begins with."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from sklearn.utils.validation import check_is_fitted

from chainrule.arrays import Array
from chainrule.engine import Rows
from chainrule.estimator.classifier import Classifier
from chainrule.estimator.preparation import checked, labelled_rows
from chainrule.estimator.standardizer import Standardizer
from chainrule.network import Network


@final
@dataclass(frozen=True, eq=False)
class FittedRows:
    """A trained classifier and labelled rows.

    Attributes:
        classifier: the last step of the model, or the model itself.
        names: of the inputs of its network (i,).
        rows: inputs as the classifier takes them (n, i), before it standardises them; class indices; weights or None.
    """

    classifier: Classifier
    names: tuple[str, ...]
    rows: Rows

    @property
    def network(self) -> Network:
        """The trained network."""
        return self.classifier.network_

    @property
    def theta(self) -> Array:
        """Its parameters for standardised inputs (p,), in double precision."""
        return self.classifier.theta_.astype(np.float64)

    @property
    def standardizer(self) -> Standardizer:
        """What standardises the inputs."""
        return self.classifier._standardizer

    @property
    def classes(self) -> list[str]:
        """The labels in words (k,)."""
        return [str(label) for label in self.classifier.classes_]

    def standardized(self) -> Rows:
        """Return the rows with inputs as the network takes them, in double precision."""
        x = self.standardizer.apply(self.rows.x, np.dtype(np.float64))
        return Rows(x, self.rows.t, self.rows.weights)


def fitted_rows(model: Any, X: Any, y: Any, sample_weight: Any = None) -> FittedRows:
    """Return a trained model and labelled rows in one form, whatever they are given in.

    Parameters:
        model: a trained `Classifier`, or a pipeline that ends in one.
        X: rows as `model.predict` takes them (n, ...).
        y: their labels (n,), among `model.classes_`.
        sample_weight: of each row (n,), or None; it multiplies the classifier's `class_weight`.

    Raises:
        TypeError: the model does not end in a `Classifier`.
        ValueError: its parameters are not finite, or the rows do not fit it.

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> fitted_rows(Classifier().fit(x, y), x, y).names
    ('x0', 'x1', 'x2', 'x3')
    """
    before, classifier = _steps(model)
    inputs = before.transform(X) if len(before) else X
    x, labels = checked(classifier, inputs, y, labelled=True, reset=False)
    rows = labelled_rows(x, labels, classifier.classes_, classifier.class_weight, sample_weight)
    return FittedRows(classifier, _names(before, classifier), rows)


def network_inputs(model: Any, X: Any) -> Array:
    """Return rows without labels as the classifier of a trained model takes them (n, i), before it standardises them.

    Parameters:
        model: a trained `Classifier`, or a pipeline that ends in one.
        X: rows as `model.predict` takes them (n, ...).

    Raises:
        TypeError: the model does not end in a `Classifier`.
        ValueError: its parameters are not finite, or the rows do not fit it.

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> network_inputs(Classifier().fit(x, y), x[:2]).shape
    (2, 4)
    """
    before, classifier = _steps(model)
    inputs = before.transform(X) if len(before) else X
    found: Array = checked(classifier, inputs, reset=False)
    return found


def _steps(model: Any) -> tuple[Any, Classifier]:
    """Return what a trained model does to rows first, and the classifier that it ends in."""
    before: Any = model[:-1] if hasattr(model, "steps") else ()
    classifier = model[-1] if hasattr(model, "steps") else model
    if not isinstance(classifier, Classifier):
        raise TypeError(f"Expected a Classifier or a pipeline that ends in one, found {type(classifier).__name__}.")
    check_is_fitted(classifier)
    if not np.isfinite(classifier.theta_).all():
        raise ValueError("The model's parameters are not finite because training diverged: retrain it first.")
    return before, classifier


def _names(before: Any, classifier: Classifier) -> tuple[str, ...]:
    """Return the names of the inputs of a network."""
    try:
        given = before.get_feature_names_out() if len(before) else None
    except (AttributeError, ValueError):  # a step that names nothing, such as a function of one's own
        given = None
    if given is None or len(given) != classifier.network_.inputs:
        given = getattr(classifier, "feature_names_in_", [f"x{i}" for i in range(classifier.network_.inputs)])
    return tuple(map(str, given))


def input_names(model: Any) -> tuple[str, ...]:
    """Return the names of the inputs of a trained model's network (i,), as `network_inputs` returns them.

    >>> from sklearn.datasets import load_iris
    >>> input_names(Classifier().fit(*load_iris(return_X_y=True)))
    ('x0', 'x1', 'x2', 'x3')
    """
    return _names(*_steps(model))
