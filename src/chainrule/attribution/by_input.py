"""What each input has to do with what a trained model says of a row."""

from typing import Any

import numpy as np

from chainrule.arrays import Array, is_sparse
from chainrule.attribution.integrated import integrated_gradients
from chainrule.attribution.result import Answers, Attribution, Scale
from chainrule.common.arguments import real, told
from chainrule.estimator.classifier import Classifier
from chainrule.estimator.fitted import input_names, network_inputs

MOST_NUMBERS, ROWS_OF_NUMBERS = 1 << 24, 1 << 20


def attribute(
    model: Any,
    X: Any,
    *,
    label: Any = None,
    scale: Scale = "logit",
    baseline: Any = None,
    tolerance: float = 1e-6,
) -> Attribution:
    """Return how the answer of a trained model for each row depends on its inputs, and what each contributes to it.

    The slopes are `∂P(class)/∂x` and `∂logit/∂x` at the row, for inputs as the classifier gets them. The contributions
    are integrated gradients: they add up to the difference between the answer for the row and the one for the baseline.
    With no hidden layer those to the logit are exact, `coefficient · (x - baseline)`.

    Parameters:
        model: a trained `Classifier`, or a pipeline that ends in one.
        X: rows as `model.predict` takes them (n, ...).
        label: the class to explain; None for the one that each row is predicted to be.
        scale: contributions to its "logit" or to its "probability".
        baseline: rows as `X`, whose mean is what each row is compared with; None for the mean of the rows of training,
            or of `X` where the model does not know it, for it does not centre its inputs.
        tolerance: how far the contributions may be from adding up, relative to a difference of more than 1.

    Raises:
        TypeError: the model does not end in a `Classifier`.
        ValueError: the rows do not fit it, the label is unknown, or there is nothing to compare a row with.

    Source: M. Sundararajan, A. Taly, Q. Yan, "Axiomatic attribution for deep networks", ICML 2017.

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> found = attribute(Classifier(hidden=(8,), random_state=0).fit(x, y), x[:3])
    >>> found.contributions.shape, bool(found.errors.max() < 1e-6)
    ((3, 4), True)
    """
    if scale not in ("logit", "probability"):
        raise ValueError(f"scale must be logit or probability, found {told(scale)}.")
    if not real(tolerance, 0) or tolerance == 0:
        raise ValueError(f"attribute needs a tolerance above zero, found {told(tolerance)}.")
    inputs = network_inputs(model, X)
    classifier: Classifier = model[-1] if hasattr(model, "steps") else model
    n, width = inputs.shape
    if n * width > MOST_NUMBERS:
        raise ValueError(
            f"X has {n} rows of {width} inputs, too many to list what each contributes: give at most "
            f"{MOST_NUMBERS // width} rows at a time."
        )
    names, chosen = input_names(model), _classes(classifier, inputs, label)
    return Attribution(
        names=names,
        columns=_columns(model, names),
        labels=tuple(str(classifier.classes_[index]) for index in chosen),
        scale=scale,
        **_numbers(classifier, inputs, chosen, scale, _baseline(model, classifier, inputs, baseline), tolerance),
    )


def _numbers(
    classifier: Classifier, inputs: Any, chosen: Array, scale: Scale, start: Array, tolerance: float
) -> dict[str, Array]:
    """Return the numbers of an `Attribution` by name, computed a block of rows at a time.

    Parameters:
        classifier: trained.
        inputs: as it takes them (n, i).
        chosen: the class to explain in each row (n,).
        scale: of the contributions.
        start: what rows are compared with (i,), in units of the inputs as given.
        tolerance: of the contributions' sum.
    """
    (n, width), theta, standardizer = inputs.shape, classifier.theta_.astype(np.float64), classifier._standardizer
    numbers = {name: np.zeros((n, width)) for name in ("inputs", "probability_slopes", "logit_slopes", "contributions")}
    errors, values = np.zeros(n), np.zeros(n)
    from_there = standardizer.apply(start[None], np.dtype(np.float64))[0]
    step = max(1, ROWS_OF_NUMBERS // sum(classifier.network_.widths))
    for rows in (slice(first, first + step) for first in range(0, n, step)):
        given = _dense(inputs[rows]).astype(np.float64)
        x = standardizer.apply(given, np.dtype(np.float64))
        answers = {each: Answers(classifier.network_, theta, each, chosen[rows]) for each in ("logit", "probability")}
        numbers["inputs"][rows] = given
        for each, of in answers.items():
            numbers[f"{each}_slopes"][rows] = of.gradient(x) / standardizer.scale
        explained = answers[scale]
        values[rows] = explained.values(classifier.network_.forward(theta, x)[-1])
        numbers["contributions"][rows], errors[rows] = integrated_gradients(explained, x, from_there, tolerance)
    everywhere = Answers(classifier.network_, theta, scale, chosen)
    z = classifier.network_.forward(theta, from_there[None])[-1]
    there = everywhere.values(np.broadcast_to(z, (n, z.shape[1])))
    return {**numbers, "values": values, "baseline": start, "baseline_values": there, "errors": errors}


def _classes(classifier: Classifier, inputs: Any, label: Any) -> Array:
    """Return the index of the class to explain for each row (n,)."""
    known = list(classifier.classes_)
    if label is None:
        places = np.searchsorted(classifier.classes_, classifier.predict(inputs))
        return np.asarray(places)
    if label not in known:
        raise ValueError(f"label must be one of the classes {', '.join(map(str, known))}, found {told(label)}.")
    return np.full(inputs.shape[0], known.index(label))


def _baseline(model: Any, classifier: Classifier, inputs: Any, baseline: Any) -> Array:
    """Return what rows are compared with (i,), in units of the inputs as given."""
    if baseline is not None:
        return _mean(network_inputs(model, baseline))
    mean = classifier._standardizer.mean
    if mean.any():
        return mean
    if inputs.shape[0] == 1:
        raise ValueError("One row has nothing to be compared with: give rows as baseline, such as those of training.")
    return _mean(inputs)


def _mean(inputs: Any) -> Array:
    return np.asarray(inputs.mean(axis=0), dtype=np.float64).ravel()


def _dense(inputs: Any) -> Array:
    return inputs.toarray() if is_sparse(inputs) else inputs


def _columns(model: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the column of the table that each input comes from: itself, where no encoder made it."""
    learned = getattr(model[0], "learned_", ()) if hasattr(model, "steps") else ()
    columns = tuple(column.name for column in learned for _ in column.names())
    return columns if len(columns) == len(names) else names
