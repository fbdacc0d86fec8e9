"""Prediction sets that hold the true class as often as promised, whatever the model and however wrong it is.

A score `s(x, c)` says how badly class `c` fits a row. Of `n` calibration rows, which the model was not trained on, the
scores of the true classes are sorted, and the `⌈(n + 1) level⌉`-th smallest is the threshold `q`: the set of a new row
is `{c : s(x, c) ≤ q}`. If the row comes from where the calibration rows come from, the set holds its true class with a
probability of at least `level`, and of at most `level + 1 / (n + 1)` where no scores are equal: on average over all
rows, not for each class or row by itself.

    threshold   s(x, c) = 1 - y_c                               the smallest sets on average
    adaptive    s(x, c) = Σ_{d more probable} y_d + u y_c       sets as large as the row is hard; u uniform in [0, 1)

Sources: V. Vovk, A. Gammerman, G. Shafer, "Algorithmic learning in a random world" (2005); M. Sadinle, J. Lei,
L. Wasserman, "Least ambiguous set-valued classifiers with bounded error levels", JASA 114 (2019); Y. Romano, M. Sesia,
E. Candès, "Classification with valid and adaptive coverage", NeurIPS 2020.
"""

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any, Literal, final

import numpy as np
from sklearn.utils import check_consistent_length, column_or_1d

from chainrule.arrays import Array
from chainrule.common.arguments import check, generator_of, real
from chainrule.common.display import Part, Table
from chainrule.estimator.preparation import class_indices


@final
@dataclass(frozen=True, eq=False)
class Coverage:
    """How often prediction sets held the true class on given rows, beside what they promise.

    Attributes:
        level: what is promised.
        classes: their names (k,).
        share: of the rows whose set holds the true class.
        standard_error: of the share, `√(share (1 - share) / n)`.
        mean_size: number of classes in a set, on average.
        sizes: number of sets of 0, 1, ..., k classes (k + 1,).
        rows_by_class: number of rows of each class (k,).
        share_by_class: the share among the rows of each class (k,); not a number where there are none.
    """

    level: float
    classes: tuple[str, ...]
    share: float
    standard_error: float
    mean_size: float
    sizes: Array
    rows_by_class: Array
    share_by_class: Array

    def __str__(self) -> str:
        rows = int(self.rows_by_class.sum())
        lines = [
            f"{self.share:.1%} of {rows} sets hold the true class (promised: {self.level:.1%} on average over all rows;"
            f" standard error {self.standard_error:.1%}).",
            f"A set has {self.mean_size:.2f} classes on average; by size: "
            + ", ".join(f"{size}: {count}" for size, count in enumerate(self.sizes) if count),
        ]
        each = zip(self.classes, self.rows_by_class, self.share_by_class, strict=True)
        by_class = [(name, f"{share:6.1%} of {count}" if count else "no rows") for name, count, share in each]
        return "\n".join([*lines, Table(parts=[Part((), by_class)]).text("  ")])


@final
class ConformalSets:
    """Prediction sets of a trained model: made by `conformal_sets`.

    Attributes:
        model: with `predict_proba` and `classes_`.
        level: how often a set holds the true class, at least.
        score: "threshold" or "adaptive".
        quantile: the largest score that a class of a set may have.
    """

    def __init__(self, model: Any, level: float, score: str, quantile: float, generator: np.random.Generator) -> None:
        self.model, self.level, self.score, self.quantile = model, level, score, quantile
        self._generator = generator

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels in words (k,)."""
        return tuple(map(str, self.model.classes_))

    def membership(self, X: Any) -> Array:
        """Return whether each class is in the set of each row of `X` (n, k).

        Where the model is sure, or with an adaptive score, a set may be empty. An adaptive score draws anew each time.
        """
        return class_scores(probabilities_of(self.model, X), self.score, self._generator) <= self.quantile

    def predict(self, X: Any) -> list[list[Any]]:
        """Return the labels in the set of each row of `X`, in the order of `classes_`."""
        labels = self.model.classes_
        return [labels[held].tolist() for held in self.membership(X)]

    def coverage(self, X: Any, y: Any) -> Coverage:
        """Return how often the sets of rows `X` hold the labels `y` (n,), and how large they are.

        The rows must be neither those of training nor those of calibration, or the share says too much.

        Raises:
            ValueError: a label is not among the classes, or there are no rows.
        """
        held, t = self.membership(X), true_classes(self.model, X, y)
        k, hits = held.shape[1], held[np.arange(len(t)), t]
        rows = np.bincount(t, minlength=k)
        with np.errstate(invalid="ignore"):
            by_class = np.bincount(t, weights=hits, minlength=k) / rows
        share, count = float(hits.mean()), held.sum(axis=1)
        error = sqrt(share * (1 - share) / len(t))
        sizes = np.bincount(count, minlength=k + 1)
        return Coverage(self.level, self.classes, share, error, float(count.mean()), sizes, rows, by_class)


def conformal_sets(
    model: Any,
    X: Any,
    y: Any,
    *,
    level: float = 0.9,
    score: Literal["threshold", "adaptive"] = "adaptive",
    random_state: int | np.random.Generator | None = None,
) -> ConformalSets:
    """Return prediction sets that hold the true class with a probability of at least `level`.

    Parameters:
        model: any trained classifier with `predict_proba` and `classes_`.
        X: calibration rows, as `model.predict_proba` takes them, that the model was not trained on.
        y: their labels (n,).
        level: the probability, between 0 and 1; with `n` rows at most `n / (n + 1)`.
        score: "threshold" for the smallest sets on average, "adaptive" for sets as large as the row is hard.
        random_state: of the draws of an adaptive score.

    Raises:
        ValueError: the level needs more rows or is not between 0 and 1, a label is unknown, or the score is another
            word.

    >>> from sklearn.datasets import load_iris
    >>> from chainrule import Classifier
    >>> x, y = load_iris(return_X_y=True)
    >>> sets = conformal_sets(Classifier().fit(x[::2], y[::2]), x[1::4], y[1::4], score="threshold")
    >>> sets.predict(x[[3, 63]])
    [[0], [1]]
    >>> sets.coverage(x[3::4], y[3::4]).share > 0.8
    True
    """
    check("score", score, score in ("threshold", "adaptive"), '"threshold" or "adaptive"')
    check("The level of prediction sets", level, real(level, 0, 1) and level > 0, "above 0 and below 1, such as 0.9")
    generator = generator_of(random_state)
    t = true_classes(model, X, y)
    rank = ceil(round((len(t) + 1) * level, 9))
    if rank > len(t):
        needed = ceil(round(level / (1 - level), 9))
        expected = f"at least {needed} calibration rows, found {len(t)}"
        raise ValueError(f"A level of {level} needs {expected}: give more, or lower the level.")
    scores = class_scores(probabilities_of(model, X), score, generator)[np.arange(len(t)), t]
    return ConformalSets(model, level, score, float(np.partition(scores, rank - 1)[rank - 1]), generator)


def class_scores(y: Array, score: str, generator: np.random.Generator) -> Array:
    """Return how badly each class fits each row (n, k), given the probabilities `y` (n, k).

    >>> class_scores(np.array([[0.7, 0.3]]), "threshold", np.random.default_rng(0))
    array([[0.3, 0.7]])
    """
    if score == "threshold":
        return 1 - y
    order = np.argsort(-y, axis=1, kind="stable")
    falling = np.take_along_axis(y, order, axis=1)
    shares = generator.random((len(y), 1))
    scores = np.empty_like(y)
    np.put_along_axis(scores, order, np.cumsum(falling, axis=1) - (1 - shares) * falling, axis=1)
    return scores


def probabilities_of(model: Any, X: Any) -> Array:
    """Return `model.predict_proba(X)` (n, k) in double precision."""
    return np.asarray(model.predict_proba(X), np.float64)


def true_classes(model: Any, X: Any, y: Any) -> Array:
    """Return the place of each label of `y` (n,) among the model's classes."""
    trained = not isinstance(model, type) and hasattr(model, "predict_proba") and hasattr(model, "classes_")
    check("model", model, trained, "a trained classifier that has predict_proba")
    labels = column_or_1d(y)
    check_consistent_length(X, labels)
    if not len(labels):
        raise ValueError("Prediction sets need at least one labelled row, found none.")
    return class_indices(labels, model.classes_)
