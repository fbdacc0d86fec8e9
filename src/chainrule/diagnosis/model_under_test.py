"""The model and rows that all checks use."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold

from chainrule.arrays import Array, floating, is_sparse, softplus
from chainrule.common.arguments import check
from chainrule.diagnosis.finding import NotLookedAtError
from chainrule.engine import Cost, Rows
from chainrule.estimator.classifier import Classifier
from chainrule.estimator.defaults import loss_of, penalty_of
from chainrule.estimator.fitted import FittedRows, fitted_rows
from chainrule.losses import Penalty
from chainrule.training.history import History

BLOCK_NUMBERS = 1 << 20
FOLDS = 5
MOST_WORK = 1e10  # rows × parameters × epochs × folds: some ten seconds


class Column(NamedTuple):
    """A column of the table, and which inputs of the network come from it."""

    name: str
    inputs: Array


class Predictions(NamedTuple):
    """What a model says of rows.

    Attributes:
        t: class of each row (n,).
        log_y: logarithms of the probabilities (n, k).
        weights: of each row (n,).
        how: which rows these are, in words.
    """

    t: Array
    log_y: Array
    weights: Array
    how: str

    @property
    def losses(self) -> Array:
        """The cross-entropy of each row (n,)."""
        return -self.log_y[np.arange(len(self.t)), self.t]

    @property
    def right(self) -> Array:
        """Whether the most probable class of each row is the true one (n,)."""
        return self.log_y.argmax(axis=1) == self.t

    @property
    def effective(self) -> float:
        """How many rows of equal weight say as much: `(Σw)² / Σw²`."""
        return float(self.weights.sum() ** 2 / np.square(self.weights).sum())

    def mean(self, values: Array) -> float:
        """Return the weighted mean of one number for each row."""
        return float(np.average(values, weights=self.weights))


@final
class ModelUnderTest:
    """A trained model, the rows that it was trained on, and rows held out, where there are any.

    Rows that weigh nothing are left out.

    Parameters:
        model: a trained `Classifier`, or a pipeline that ends in one.
        X, y, sample_weight: the rows.
        held_out: rows and labels of others, or None.
        numbers: what to call each row (n,); None to count from 0.
    """

    def __init__(
        self,
        model: Any,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        held_out: tuple[Any, Any] | None = None,
        numbers: Array | None = None,
    ) -> None:
        self.model, self.X, self.weighted = model, X, sample_weight is not None
        whole = fitted_rows(model, X, y, sample_weight)
        given = None if sample_weight is None else np.broadcast_to(floating(sample_weight), len(whole.rows))
        counting = slice(None) if whole.rows.weights is None else np.flatnonzero(whole.rows.weights)
        self.fitted = replace(whole, rows=whole.rows.take(counting))
        self.numbers = (np.arange(len(whole.rows)) if numbers is None else np.asarray(numbers))[counting]
        self.sample_weight = None if given is None else given[counting]
        pair = held_out is None or (isinstance(held_out, Sequence) and len(held_out) == 2)
        check("held_out", held_out, pair, "a pair (X, y) or None")
        self.held_out = None if held_out is None else fitted_rows(model, *held_out)
        # Predictions are assessed without the class weights that training may have had.
        self._own = np.ones(len(self.fitted.rows)) if self.sample_weight is None else self.sample_weight

    @property
    def classifier(self) -> Classifier:
        """The last step of the model, or the model itself."""
        return self.fitted.classifier

    @property
    def history(self) -> History:
        """Of its training; without epochs where it was trained by parts."""
        return getattr(self.classifier, "history_", History())

    @cached_property
    def columns(self) -> list[Column]:
        """The columns that the inputs of the network come from, in the order of the inputs."""
        encoder: Any = self.encoder
        if encoder is None:
            return [Column(name, np.array([place])) for place, name in enumerate(self.fitted.names)]
        sizes = [len(column.names()) for column in encoder.learned_]
        places = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
        return [Column(column.name, each) for column, each in zip(encoder.learned_, places, strict=True)]

    @property
    def encoder(self) -> Any:
        """The `TableEncoder` right in front of the classifier, or None."""
        before = self.model[-2] if hasattr(self.model, "steps") and len(self.model) > 1 else None
        return before if hasattr(before, "learned_") else None

    def drawn(self, most: int) -> Rows:
        """Return so many rows at most, drawn at random with a fixed seed, in order."""
        rows = self.fitted.rows
        if len(rows) <= most:
            return rows
        return rows.take(np.sort(np.random.default_rng(0).permutation(len(rows))[:most]))

    def standardized(self, x: Any) -> Any:
        """Return inputs as the network takes them, in double precision."""
        return self.fitted.standardizer.apply(x, np.dtype(np.float64))

    def outputs(self, fitted: FittedRows) -> Iterator[tuple[Rows, list[Array]]]:
        """Yield all rows some at a time, each time with the outputs of every layer."""
        size = max(16, BLOCK_NUMBERS // sum(fitted.network.widths))
        for block in fitted.rows.blocks(size):
            yield block, fitted.network.forward(fitted.theta, self.standardized(block.x))

    def cost(self, rows: Rows) -> Cost:
        """Return the cost that training minimises, on some of the rows, in double precision."""
        network = self.fitted.network
        loss = loss_of(network, self.classifier.label_smoothing)
        x = Rows(self.standardized(rows.x), rows.t, rows.weights)
        return Cost(network, loss, x, rows.total_weight, self.penalty, "mean")

    @property
    def penalty(self) -> Penalty:
        """The penalty of its training, on as many rows."""
        l2, l1 = self.classifier.l2, self.classifier.l1
        return penalty_of(l2, l1, self.fitted.rows.total_weight, bool(self.classifier.hidden))

    @cached_property
    def judged(self) -> Predictions:
        """What the model says of the rows."""
        return self._judged(self.fitted, self._own, "the training rows")

    @cached_property
    def unseen(self) -> Predictions:
        """What the model says of rows held out; without any, what models trained on four fifths say of the rest."""
        if self.held_out is not None:
            of_held_out = np.ones(len(self.held_out.rows))
            return self._judged(self.held_out, of_held_out, f"{len(self.held_out.rows):,} held-out rows")
        return self.crossed

    @cached_property
    def crossed(self) -> Predictions:
        """What models trained anew on four fifths of the rows say of the other fifth.

        Raises:
            NotLookedAtError: it would take too long, or a class has too few rows.
        """
        rows, classifier = self.fitted.rows, self.classifier
        work = FOLDS * len(rows) * self.fitted.network.size * max(1, classifier.n_iter_)
        if work > MOST_WORK:
            raise NotLookedAtError("retraining five times would take too long: give held_out=(X, y)")
        if np.bincount(rows.t, minlength=len(self.fitted.classes)).min() < FOLDS:
            raise NotLookedAtError(f"a class has fewer than {FOLDS} rows: give held_out=(X, y)")
        log_y = np.empty((len(rows), len(self.fitted.classes)))
        labels = classifier.classes_[rows.t]
        anew = clone(classifier).set_params(callbacks=())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a model that ends short judges all the same
            for others, own in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(labels, labels):
                weights = None if self.sample_weight is None else self.sample_weight[others]
                log_y[own] = anew.fit(rows.x[others], labels[others], weights).predict_log_proba(rows.x[own])
        return Predictions(rows.t, log_y, self._own, f"rows held out in {FOLDS}-fold cross-validation")

    def _judged(self, fitted: FittedRows, weights: Array, how: str) -> Predictions:
        z = np.concatenate([outputs[-1] for _, outputs in self.outputs(fitted)])
        log_y = -softplus(np.hstack([z, -z])) if z.shape[1] == 1 else log_softmax(z, axis=1)
        return Predictions(fitted.rows.t, log_y, weights, how)


def dense(x: Any) -> Array:
    """Return rows as a dense array in double precision."""
    return np.asarray(x.toarray() if is_sparse(x) else x, dtype=np.float64)
