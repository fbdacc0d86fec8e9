"""From a trained model and rows to estimates with standard errors."""

from functools import partial
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.engine import Rows
from chainrule.engine.threads import single_threaded_blas
from chainrule.estimator.trained_model import TrainedModel
from chainrule.exceptions import NoMaximumError
from chainrule.inference.columns import CoefficientColumns, categories_of, cut_columns_of
from chainrule.inference.laplace_approximation import approximation
from chainrule.inference.likelihood import Likelihood
from chainrule.inference.maximum import KINDS, Maximum, covariance_of, estimable, maximum
from chainrule.inference.result import Inference
from chainrule.inference.separated_classes import separation_of

# The kind of covariance that takes a penalised model as it is, beside those of maximum likelihood.
LAPLACE = "laplace"
# What its estimates are called.
APPROXIMATION = "Laplace approximation"


@single_threaded_blas()  # of many small ones, which several threads only hinder
def infer(
    model: Any,
    X: Any,
    y: Any,
    *,
    sample_weight: Any = None,
    reference: Any = None,
    covariance: str = "observed",
    groups: Any = None,
) -> Inference:
    """Return the estimates of softmax (or logistic) regression, with standard errors, intervals and tests.

    Coefficients are contrasts `β_c - β_reference` of each class with a reference class, in the units of the columns as
    given: `log(y_c / y_reference) = intercept_c + Σ_j params_cj x_j`. They are brought to the maximum of the likelihood
    of these rows by Newton's method, from where training ended. A row of weight 2 counts as two rows.

    The numbers of a table go in as they are in the table, not as its encoder, or a scaler after it, standardises them.
    What a step that does more than scale made of a column says so: `write (after PowerTransformer)`.
    Of columns that add up to one in every row, as the indicators of a category do, the first is left out, and the
    others compare with it. A column that others determine has no coefficient: NA, as R prints it.

    Parameters:
        model: a trained `Classifier` without hidden layers and, but for "laplace", penalty (`l2=0`), or a pipeline that
            ends in one.
        X: the rows it was trained on, as `model.predict` takes them (n, ...).
        y: their labels (n,).
        sample_weight: of each row (n,), at least 0; None where all count the same.
        reference: the class that others are compared with; None for the first.
        covariance: "observed" for the inverse of the observed information, which holds if the model does; "robust" for
            the sandwich, which holds if the rows are independent; "clustered" if only their `groups` are. As weights
            count rows, one that says how likely a row was to be drawn wants "clustered" with a group for each row.
            "laplace" takes a model with an l2 penalty as it was trained: an approximation, see `laplace`.
        groups: of each row (n,), any values; for "clustered".

    Raises:
        ValueError: the model is none of maximum likelihood, the rows do not fit it, or classes are separated, so that
            there is no estimate.

    Sources: A. Agresti, "Categorical Data Analysis", 3rd edition (2013), chapters 5 and 8; W. Greene, "Econometric
    Analysis", 7th edition (2012), section 18.2.

    >>> import numpy as np
    >>> from chainrule import Classifier
    >>> x = np.array([[0.], [0.], [0.], [0.], [1.], [1.], [1.], [1.]])
    >>> y = np.array(["no", "no", "no", "yes", "no", "yes", "yes", "yes"])
    >>> result = infer(Classifier(l2=0).fit(x, y), x, y)
    >>> result.names, result.odds_ratios.round(6)
    (('intercept', 'x0'), array([[0.333333, 9.      ]]))
    >>> result.standard_errors.round(4)
    array([[1.1547, 1.633 ]])
    """
    trained = TrainedModel.of(model)
    trained.refuse_ensemble("infer")
    rows = trained.rows(X, y, sample_weight)
    columns = CoefficientColumns.of(trained, rows)
    label = trained.classes[0] if reference is None else reference
    numbered = _numbered(groups, covariance, rows)
    if covariance != LAPLACE:
        _refuse_what_is_no_likelihood(trained)
    _refuse_absent_classes(trained, rows)
    if covariance == LAPLACE:
        return _penalised(trained, rows, columns).with_reference(label)
    return _of_likelihood(trained, rows, columns, covariance, numbered).with_reference(label)


def _of_likelihood(
    model: TrainedModel, rows: Rows, columns: CoefficientColumns, covariance: str, groups: Array | None
) -> Inference:
    """Return the estimates of maximum likelihood, of the columns that have one."""
    categories = categories_of(model)
    possible = estimable(Likelihood(rows, columns, tuple(model.classes)), categories)
    likelihood = possible.likelihood
    found = _estimate(model, rows, columns, likelihood)
    return Inference.of(
        likelihood,
        found,
        covariance_of(likelihood, found, covariance, groups),
        covariance_kind=covariance,
        omitted=possible.baselines,
        undefined=possible.undefined,
        categories=categories,
        cut=cut_columns_of(model),
        columns_of=partial(_columns_of, model, likelihood.columns),
    )


def _estimate(model: TrainedModel, rows: Rows, columns: CoefficientColumns, likelihood: Likelihood) -> Maximum:
    """Return the maximum of the likelihood, from where training ended; else say why there is none."""
    try:
        return maximum(likelihood, _contrasts(model, model.theta, columns, likelihood.columns))
    except NoMaximumError as error:
        raise ValueError(_why_there_is_none(model, rows) or str(error)) from None


def _why_there_is_none(model: TrainedModel, rows: Rows) -> str:
    """Return which columns separate which classes; nothing where that is not decided, as with thousands of columns."""
    try:
        separated = separation_of(model, rows, model.units.names)
    except ValueError:
        return ""
    return separated.sentence if separated else ""


def _penalised(model: TrainedModel, rows: Rows, columns: CoefficientColumns) -> Inference:
    """Return the coefficients that training ended with, and the covariance of their Laplace approximation."""
    if len(model.network.layers) > 1:
        remedy = "call laplace for what its probabilities may be"
        raise ValueError(f"A model with hidden layers has no coefficients: {remedy}.")
    root = approximation(model, rows, "last").root
    likelihood = Likelihood(rows, columns, tuple(model.classes))
    params = _contrasts(model, model.theta, columns, columns)
    spread = np.stack([_contrasts(model, direction, columns, columns).ravel() for direction in root.T], axis=1)
    covariance = spread @ spread.T
    return Inference.of(
        likelihood,
        Maximum(params, likelihood.at(params), covariance),
        covariance,
        covariance_kind=LAPLACE,
        columns_of=partial(_columns_of, model, columns),
        cut=cut_columns_of(model),
        kind=APPROXIMATION,
    )


def _columns_of(model: TrainedModel, columns: CoefficientColumns, X: Any) -> Array:
    """Return what the coefficients multiply (n, j), for rows as the whole model takes them."""
    return columns.original_units(model.inputs(X))


def _refuse_what_is_no_likelihood(model: TrainedModel) -> None:
    """Raise ValueError where training sought something else than the maximum of the likelihood of coefficients."""
    classifier, found = model.classifier, ""
    if len(model.network.layers) > 1:
        found = "hidden layers: train one without them, and with l2=0, or call laplace"
    elif classifier.l2 != 0 or classifier.l1 != 0:
        found = f"a penalty (l2={classifier.l2!r}, l1={classifier.l1!r}): train it with l2=0, or ask for "
        found += f"covariance={LAPLACE!r}"
    elif classifier.label_smoothing != 0 or classifier.class_weight is not None:
        found = "smoothed labels or weighted classes: train it with label_smoothing=0 and class_weight=None"
    elif any(getattr(column, "kind", "") == "target statistics" for column in getattr(model.encoder, "learned_", ())):
        found = "columns of target statistics, which are estimates themselves: train it with target_statistics=False"
    if found:
        raise ValueError(f"Standard errors are those of maximum likelihood, but the model has {found}.")


def _refuse_absent_classes(model: TrainedModel, rows: Rows) -> None:
    present = np.bincount(rows.t, rows.weights, len(model.classes)) > 0
    if not present.all():
        absent = model.classes[int(present.argmin())]
        raise ValueError(
            f"No row with weight is of class {absent}, so nothing can be estimated for it: add rows of it."
        )


def _numbered(groups: Any, covariance: str, rows: Rows) -> Array | None:
    """Return the number of the group of each row (n,), from 0, where they are asked for."""
    kinds = (*KINDS, LAPLACE)
    check("covariance", covariance, covariance in kinds, f"one of {', '.join(kinds)}")
    if (groups is None) == (covariance == "clustered"):
        raise ValueError(
            'groups and covariance="clustered" go together, found '
            + (f"covariance={covariance!r} with groups." if groups is not None else "no groups.")
        )
    if groups is None:
        return None
    given = np.asarray(groups)
    if given.shape != (len(rows),):
        raise ValueError(f"groups must have one value for each of the {len(rows)} rows, found shape {given.shape}.")
    numbered = np.asarray(np.unique(given, return_inverse=True)[1])
    if np.count_nonzero(np.bincount(numbered, rows.weights)) < 2:
        raise ValueError("A clustered covariance needs two groups of rows or more that count, found one.")
    return numbered


def _contrasts(model: TrainedModel, theta: Array, columns: CoefficientColumns, kept: CoefficientColumns) -> Array:
    """Return parameters (p,) as contrasts (k-1, j) of scaled columns: a linear map."""
    layer = model.network.views(theta)[0]
    weights, bias = model.standardizer.undo(layer["weights"], layer.get("bias", np.zeros(model.network.outputs)))
    weights = weights / columns.unit[:, None]
    params = np.hstack([(bias - columns.origin @ weights)[:, None][:, : columns.biased], weights.T])
    contrasts = params if len(params) == 1 else params[1:] - params[0]
    return kept.for_scaled(contrasts[:, [columns.names.index(name) for name in kept.names]])
