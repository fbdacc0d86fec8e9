"""The model and rows that all examinations use."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np

from chainrule.arrays import Array, floating, is_sparse
from chainrule.common.arguments import check
from chainrule.engine import Rows
from chainrule.estimator.trained_model import TrainedModel
from chainrule.losses import Penalty
from chainrule.training.history import History

# Of cross-validation: the usual number. More would train on more of the rows, and take longer.
FOLDS = 5
# Of cross-validation, in rows × parameters × epochs × folds: some ten seconds.
MOST_WORK = 1e10
# Rows of which the sizes of inputs are measured: sizes are compared by powers of ten, for which these are enough.
MOST_ROWS_MEASURED = 50_000
# What to do where no rows were held out.
GIVE_ROWS = "give held_out=(X, y), or --valid FILE on the command line"


class NotExaminedError(Exception):
    """Raised by an examination that does not apply; the message says why."""


class Predictions(NamedTuple):
    """What a model predicts for rows.

    Attributes:
        t: class of each row (n,).
        log_y: logarithms of the probabilities (n, k).
        weights: of each row (n,).
        source: which rows these are, in words.
    """

    t: Array
    log_y: Array
    weights: Array
    source: str

    @property
    def losses(self) -> Array:
        """The cross-entropy of each row (n,)."""
        return -self.log_y[np.arange(len(self.t)), self.t]

    @property
    def correct(self) -> Array:
        """Whether the most probable class of each row is the true one (n,)."""
        return self.log_y.argmax(axis=1) == self.t

    @property
    def effective_sample_size(self) -> float:
        """How many rows of equal weight say as much: `(Σw)² / Σw²`."""
        return float(self.weights.sum() ** 2 / np.square(self.weights).sum())

    def mean(self, values: Array) -> float:
        """Return the weighted mean of one number for each row."""
        return float(np.average(values, weights=self.weights))


@final
class ModelUnderTest:
    """A trained model, the rows that it was trained on, and rows held out, where there are any.

    Rows of weight zero are left out.

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
        self.model, self.X, self.weighted = TrainedModel.of(model), X, sample_weight is not None
        whole = self.model.rows(X, y, sample_weight)
        given = None if sample_weight is None else np.broadcast_to(floating(sample_weight), len(whole))
        counting = slice(None) if whole.weights is None else np.flatnonzero(whole.weights)
        self.rows = whole.take(counting)
        self.numbers = (np.arange(len(whole)) if numbers is None else np.asarray(numbers))[counting]
        self.sample_weight = None if given is None else given[counting]
        pair = held_out is None or (isinstance(held_out, Sequence) and len(held_out) == 2)
        check("held_out", held_out, pair, "a pair (X, y) or None")
        self.held_out = None if held_out is None else self.model.rows(*held_out, class_weight=False)

    @property
    def history(self) -> History:
        """Of its training; without epochs where it was trained by parts."""
        return getattr(self.model.classifier, "history_", History())

    @property
    def penalty(self) -> Penalty:
        """The penalty of its training, on as many rows."""
        return self.model.penalty(self.rows)

    def drawn(self, most: int) -> Rows:
        """Return at most `most` rows, drawn at random with a fixed seed, in order."""
        if len(self.rows) <= most:
            return self.rows
        return self.rows.take(np.sort(np.random.default_rng(0).permutation(len(self.rows))[:most]))

    @cached_property
    def input_sizes(self) -> Array:
        """The root mean square of the numbers of each input that are not 0 (i,), as the network gets them."""
        x = self.model.standardized(self.drawn(MOST_ROWS_MEASURED).x)
        if is_sparse(x):
            squares = np.bincount(x.indices, np.square(x.data), minlength=x.shape[1])
            counts = np.bincount(x.indices, x.data != 0, minlength=x.shape[1])
        else:
            squares, counts = np.square(x).sum(axis=0), np.count_nonzero(x, axis=0)
        return np.sqrt(squares / np.maximum(counts, 1))

    @property
    def size_ratio(self) -> float:
        """Ratio of the largest input's size to the smallest's, with the constant 1 of a bias as an input."""
        sizes = np.append(self.input_sizes[self.input_sizes > 0], [1.0] if self.model.classifier.bias else [])
        return float(sizes.max() / sizes.min()) if len(sizes) else 1.0

    @cached_property
    def training_predictions(self) -> Predictions:
        """What the model predicts for the rows."""
        log_y = self.model.log_probabilities(self.rows.x)
        return Predictions(self.rows.t, log_y, self._row_weights, "the training rows")

    @cached_property
    def unseen_predictions(self) -> Predictions:
        """What the model predicts for rows held out; without any, the cross-validated predictions.

        Raises:
            NotExaminedError: there are neither.
        """
        if self.held_out is None and self.model.network.members > 1:  # its settings train one network, which errs more
            raise NotExaminedError(f"an ensemble is not trained again: {GIVE_ROWS}")
        if self.held_out is None:
            return self.cross_validated_predictions
        t, log_y = self.held_out.t, self.model.log_probabilities(self.held_out.x)
        return Predictions(t, log_y, np.ones(len(t)), f"{len(t):,} held-out rows")

    @cached_property
    def cross_validated_predictions(self) -> Predictions:
        """What models trained anew on four fifths of the rows predict for the other fifth.

        Raises:
            NotExaminedError: it would take too long, or a class has too few rows.
        """
        work = FOLDS * len(self.rows) * self.model.network.size * max(1, self.model.classifier.n_iter_)
        if work > MOST_WORK:
            raise NotExaminedError(f"retraining five times would take too long: {GIVE_ROWS}")
        if np.bincount(self.rows.t, minlength=len(self.model.classes)).min() < FOLDS:
            raise NotExaminedError(f"a class has fewer than {FOLDS} rows: {GIVE_ROWS}")
        log_y = self.model.cross_predict(self.rows, self.sample_weight, folds=FOLDS)
        return Predictions(self.rows.t, log_y, self._row_weights, f"rows held out in {FOLDS}-fold cross-validation")

    @property
    def _row_weights(self) -> Array:
        """The weight of each row in an assessment (n,): without the class weights that training may have had."""
        return np.ones(len(self.rows)) if self.sample_weight is None else self.sample_weight
