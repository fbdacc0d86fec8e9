"""Separation: classes that a linear function separates, so that the likelihood has no maximum."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, is_sparse
from chainrule.common.arguments import check, flag
from chainrule.common.format import listed
from chainrule.engine import Rows
from chainrule.estimator.preparation import FLOATS, labelled_rows
from chainrule.estimator.trained_model import TrainedModel
from chainrule.inference.columns import INTERCEPT
from chainrule.inference.separation_search import OrthonormalRows, Pairs, minimal_direction, separable_pairs

# What a search for separation found, in numbers and in words.


@final
@dataclass(frozen=True, eq=False)
class Separation:
    """Whether the maximum-likelihood estimate of softmax regression exists on some rows, and what stands in its way.

    A direction gives each class `c` weights `b_c`. It separates where `(b_y - b_c)ᵀ x >= 0` in each row for its class
    `y` and every other class `c`, and not all of these margins are 0: along it the likelihood rises for ever.

    Attributes:
        kind: "none", "quasi-complete", or "complete" where a direction has all margins above 0.
        direction: weights of each class that has some, by column, in its own units, and "intercept"; the others are 0.
        columns: those in the direction, of which none can be left out; of more than 30, few but not the fewest.
        classes: those in the direction; of two classes, the second.
        separable: beside which other classes each row has a margin of at least 1 in the direction (n, k).
        undetermined: the rows that are not separable from every other class (u,).
        rows: how many there are, without those that weigh nothing.
        smallest, largest: the smallest margin where separable, and the largest elsewhere, which rounding leaves.
        evidence: how one column, or each category, spreads over the classes, in words.
        categories: of few columns, which have two values only.
        collinear: columns that are combinations of columns before them: no separation, but no single estimate either.
        who: which classes are separable from which, in words.
        kind_without: the kind that is left without the columns; "" where that was not looked for, as they are many.
    """

    kind: str
    direction: dict[str, dict[str, float]]
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    separable: Array
    undetermined: Array
    rows: int
    smallest: float
    largest: float
    evidence: str
    categories: tuple[str, ...]
    collinear: tuple[str, ...]
    who: str
    kind_without: str

    def __bool__(self) -> bool:
        return self.kind != "none"

    @property
    def l2(self) -> float:
        """A penalty that keeps coefficients finite and changes predictions little: `1 / n`, with two digits."""
        return float(f"{1 / self.rows:.2g}")

    @property
    def cause(self) -> str:
        """What separates which classes, and what then happens to the coefficients, as part of a sentence."""
        return f"{self._what}, so that the coefficients of {self._coefficients} grow without limit"

    @property
    def finding(self) -> str:
        """What was found, with its evidence."""
        if not self:
            return f"No separation: in every direction classes overlap among the {self.rows} rows."
        proof = (
            f"In the direction that does it the smallest margin of these rows is {self.smallest:.3g}, and the largest"
            f" other one {self.largest:.1g}."
        )
        return _sentences(f"{self.kind.capitalize()} separation: {self._what}.", self.evidence, proof)

    @property
    def consequence(self) -> str:
        """What follows for coefficients and their standard errors."""
        endless = (
            f"The likelihood has no maximum: the coefficients of {self._coefficients} grow without limit, and their"
            " standard errors faster, so that their z, p and intervals say nothing wherever an optimizer stops."
        )
        others = "What the other coefficients tend to, the undetermined rows alone decide."
        flat = (
            f"The likelihood does not change along {listed(self.collinear)}, combinations of columns before them"
            " (collinear, which is no separation): their coefficients have no single value and no standard errors."
        )
        return _sentences(
            endless if self else "" if self.collinear else "The likelihood has its maximum at finite coefficients.",
            others if self.kind == "quasi-complete" and len(self.undetermined) else "",
            flat if self.collinear else "",
        )

    @property
    def remedy(self) -> str:
        """What to do, "" where there is nothing to be done."""
        columns, alone = listed(self.columns), len(self.columns) == 1
        ways = [f"Keep a penalty, `Classifier(l2={self.l2:g})`, which makes them finite"]
        if self.columns and self.categories == self.columns:
            ways.append(f"merge {columns} with {'a more common category' if alone else 'more common categories'}")
        if self.kind_without == "none":
            ways.append(f"leave {columns} out")
        return _sentences(
            f"{'; or '.join(ways)}." if self else "",
            f"Leaving {columns} out is not enough, for other columns separate classes too."
            if self.kind_without not in ("", "none")
            else "",
            f"See first that {columns} is known before the target is, and not made from it."
            if alone and self.kind == "complete"
            else "",
            f"Leave {listed(self.collinear)} out, or keep a penalty." if self.collinear else "",
        )

    @property
    def sentence(self) -> str:
        """All of it in one sentence, "" where each coefficient has one finite estimate."""
        if self:
            or_without = f", or leave {listed(self.columns)} out" if self.kind_without == "none" else ""
            return (
                f"There is no maximum-likelihood estimate, for {self.cause} and have no standard errors"
                f" ({self.kind} separation): keep a penalty, such as Classifier(l2={self.l2:g}){or_without}."
            )
        if self.collinear:
            return (
                f"The columns {listed(self.collinear)} are combinations of columns before them, so that their"
                " coefficients have no single value and no standard errors: leave them out."
            )
        return ""

    def __str__(self) -> str:
        return _sentences(self.finding, self.consequence, self.remedy)

    @property
    def _what(self) -> str:
        by = "" if len(self.columns) == 1 else "a sum of " if self.columns else "a constant"
        rows = int(self.separable.any(axis=1).sum())
        of_all = f"all {rows}" if rows == self.rows else f"{rows} of {self.rows}"
        return f"{by}{listed(self.columns)} separates {self.who} in {of_all} rows without error"

    @property
    def _coefficients(self) -> str:
        return f"{listed(self.columns) or 'the intercept'} for {listed(self.classes)}"


def _sentences(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


# Columns of a direction whose values are shown, and without which separation is looked for once more.
FEW_COLUMNS = 6
# Coefficients at most: the matrix of Newton's step has their square of numbers, and each step takes their cube.
MOST_COEFFICIENTS = 2000


def separation(
    X: Any, y: Any, *, model: Any = None, sample_weight: Any = None, names: Any = None, bias: bool = True
) -> Separation:
    """Return whether a linear function of the columns separates classes, wholly or in some rows.

    Newton's method and a linear programme decide it, and what either finds is checked on all rows. Margins below a
    millionth of a direction's length count as 0.

    Parameters:
        X: rows (n, i) of numbers: an array, a data frame or a SciPy sparse matrix.
        y: labels (n,) of at least two classes.
        model: a trained `Classifier` without hidden layers, or a pipeline that ends in one: X is then as it takes it,
            the columns are its inputs, and it knows their names and whether there is a bias.
        sample_weight: of each row (n,); only whether it is 0 matters.
        names: of the columns (i,); None for those of the data frame, or x0, x1, ...
        bias: whether the model has one.

    Raises:
        ValueError: the rows do not fit, the model has hidden layers, or there are more than 2000 coefficients.

    Source: A. Albert, J. A. Anderson, "On the existence of maximum likelihood estimates in logistic regression
    models", Biometrika 71 (1984).

    >>> found = separation([[0.], [1.], [1.], [2.]], ["a", "a", "b", "b"], names=["dose"])
    >>> found.kind, found.columns, found.undetermined
    ('quasi-complete', ('dose',), array([1, 2]))
    """
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _get_feature_names, check_X_y

    if model is not None:
        trained = TrainedModel.of(model)
        return separation_of(trained, trained.rows(X, y, sample_weight))
    known = _get_feature_names(X) if names is None else names
    try:
        x, labels = check_X_y(X, y, dtype=FLOATS, accept_sparse="csr")
    except ValueError as error:
        if "could not convert" in str(error):
            raise ValueError(f"X must hold numbers, but {error}: give the model that encodes it, as model=.") from None
        raise
    check_classification_targets(labels)
    known = [f"x{column}" for column in range(x.shape[1])] if known is None else known
    check("names", known, isinstance(known, Collection), "a list of the names of the columns")
    check("names", len(known), len(known) == x.shape[1], f"one entry for each of the {x.shape[1]} columns", "have")
    check("bias", bias, flag(bias), "True or False")
    weights = labelled_rows(x, labels, np.unique(labels), None, sample_weight).weights
    classes = np.unique(labels if weights is None else labels[weights > 0])
    if not len(classes):
        raise ValueError("At least one row must have a sample_weight above zero, found none.")
    if len(classes) < 2:
        raise ValueError(f"All rows that weigh something are of one class ({classes[0]}): two are the least.")
    t = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    return _separation(x, t, weights, [str(name) for name in known], [str(label) for label in classes], bias)


def separation_of(model: TrainedModel, rows: Rows, names: Sequence[str] | None = None) -> Separation:
    """Return whether a model without hidden layers has its classes separated, wholly or in some rows.

    Parameters:
        model: trained.
        rows: of its classifier.
        names: to call its inputs by (i,); None for its own.

    Raises:
        ValueError: the model has hidden layers, or more than 2000 coefficients.

    >>> from sklearn.datasets import load_iris
    >>> from chainrule import Classifier
    >>> x, y = load_iris(return_X_y=True)
    >>> model = TrainedModel.of(Classifier().fit(x, y))
    >>> found = separation_of(model, model.rows(x, y))
    >>> found.kind, found.classes, found.columns
    ('quasi-complete', ('0',), ('x3',))
    """
    if len(model.network.layers) > 1:
        raise ValueError("Separation is of a model without hidden layers, found one with: train Classifier(hidden=()).")
    names = model.names if names is None else names
    return _separation(rows.x, rows.t, rows.weights, names, model.classes, bool(model.classifier.bias))


def _separation(
    x: Any, t: Array, weights: Array | None, names: Sequence[str], classes: Sequence[str], bias: bool
) -> Separation:
    coefficients = (x.shape[1] + bias) * (len(classes) - 1)
    if coefficients > MOST_COEFFICIENTS:
        most = f"at most {MOST_COEFFICIENTS} coefficients"
        raise ValueError(f"Separation is looked for among {most}, found {coefficients}: leave out columns.")
    counting = np.arange(len(t)) if weights is None else np.flatnonzero(weights)
    n, (x, t) = len(t), (x, t) if len(counting) == len(t) else (x[counting], t[counting])
    rows = Pairs(OrthonormalRows.of(x, biased=bias), t, len(classes))
    separable = separable_pairs(rows)
    b = minimal_direction(rows, separable) if separable.any() else np.zeros((rows.classes, x.shape[1] + bias))
    margins = rows.margins(rows.logits(b @ rows.orthonormal.coordinates.T))
    places = [int(place) for place in np.flatnonzero(b[:, int(bias) :].any(axis=0))]
    few = 0 < len(places) <= FEW_COLUMNS
    contents = {names[place]: _column(x, place) for place in places if few}
    categories = tuple(name for name, values in contents.items() if len(np.unique(values)) == 2)
    shown = contents if len(contents) == 1 else {name: contents[name] for name in categories}
    of_all, given = [INTERCEPT] * bias + list(names), rows.orthonormal.original_units(b)
    separable_of_all = np.zeros((n, rows.classes), bool)
    separable_of_all[counting] = separable
    return Separation(
        kind=_kind(separable, rows),
        direction={
            label: {of_all[int(place)]: float(of_class[place]) for place in np.flatnonzero(of_class)}
            for label, of_class in zip(classes, given, strict=True)
            if of_class.any()
        },
        columns=tuple(names[place] for place in places),
        classes=tuple(
            classes[int(c)] for c in np.flatnonzero((given[:, int(bias) :] if places else given).any(axis=1))
        ),
        separable=separable_of_all,
        undetermined=counting[(rows.others & ~separable).any(axis=1)],
        rows=len(t),
        smallest=float(margins[separable].min(initial=np.inf)),
        largest=float(np.abs(margins[rows.others & ~separable]).max(initial=0)),
        evidence=" ".join(_by_class(name, values, t, classes) for name, values in shown.items()),
        categories=categories,
        collinear=tuple(of_all[place] for place in rows.orthonormal.dependent),
        who=_who(separable, t, classes) if separable.any() else "",
        kind_without=_kind_without(places, x, rows) if few else "",
    )


def _kind(separable: Array, rows: Pairs) -> str:
    if not separable.any():
        return "none"
    return "complete" if separable[rows.others].all() else "quasi-complete"


def _kind_without(places: Sequence[int], x: Any, rows: Pairs) -> str:
    left = np.setdiff1d(np.arange(x.shape[1]), places)
    without = Pairs(OrthonormalRows.of(x[:, left], biased=rows.orthonormal.biased), rows.t, rows.classes)
    return _kind(separable_pairs(without), without)


def _column(x: Any, column: int) -> Array:
    return np.asarray(x[:, [column]].toarray()[:, 0] if is_sparse(x) else x[:, column], np.float64)


def _who(separable: Array, t: Array, classes: Sequence[str]) -> str:
    """Return which classes are separable from which, in words: whole classes where there are any."""
    k = len(classes)
    beside = np.array([[separable[t == c, other].all() for other in range(k)] for c in range(k)])
    whole = beside & beside.T | np.eye(k, dtype=bool)
    alone = np.flatnonzero(whole.all(axis=1))
    if len(alone) == k:
        return " from ".join(classes) if k == 2 else "each class from every other"
    if len(alone):
        return f"{_named(alone, classes)} from every other class"
    if whole.sum() > k:
        return listed([f"{classes[a]} from {classes[b]}" for a, b in np.argwhere(np.triu(whole, 1)).tolist()])
    some, from_which = np.unique(t[separable.any(axis=1)]), np.flatnonzero(separable.any(axis=0))
    if len(some) == 1 and len(from_which) == k - 1 > 1:
        others = "every other class"
    else:
        others = "other classes" if np.isin(some, from_which).any() else _named(from_which, classes)
    return f"some rows of {_named(some, classes)} from {others}"


def _named(places: Array, classes: Sequence[str]) -> str:
    return listed([classes[place] for place in places])


def _by_class(name: str, values: Array, t: Array, classes: Sequence[str]) -> str:
    """Return how the values of a column spread over the classes, in words."""
    different, counts = np.unique(values, return_counts=True)
    if len(different) == 2:
        rare = different[counts.argmin()]
        there = np.bincount(t[values == rare], minlength=len(classes))
        found = [f"{count} of {label}" for count, label in zip(there, classes, strict=True)]
        return f"{name} is {rare:g} in {there.sum()} rows: {listed(found)}."
    of_classes = [(label, values[t == c]) for c, label in enumerate(classes) if (t == c).any()]
    return f"{name} is {listed([f'{v.min():.6g} to {v.max():.6g} in {label}' for label, v in of_classes])}."
