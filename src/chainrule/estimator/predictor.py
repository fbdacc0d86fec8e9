"""What a trained classifier says of rows: logits, probabilities, labels, and coefficients for the columns as given."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from threading import local
from typing import Any, TypeAlias

import numpy as np
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from chainrule.arrays import DENSE_SHARE, Array, fast_to_multiply, filled, is_sparse, softplus
from chainrule.engine import Workspace
from chainrule.engine.threads import parallel_map, single_threaded_blas
from chainrule.estimator.preparation import checked
from chainrule.estimator.standardizer import Standardizer
from chainrule.layers import Softmax
from chainrule.losses import MemberLoss, SoftmaxCrossEntropy
from chainrule.losses.members import joint_logits
from chainrule.network import Network

# Numbers of rows and activations that are held at once, 4 MiB of doubles: they stay in the processor's cache.
BLOCK_NUMBERS = 1 << 19
Finish: TypeAlias = Callable[[Array], Array]


class Encodable(ABC):
    """Rows of a table that know a quicker way to a classifier's logits than by the matrix of its inputs."""

    @abstractmethod
    def logits(self, model: "Predictor", finish: Finish) -> Array:
        """Return what `finish` makes of the logits of a trained classifier (n, k)."""


class Predictor(ClassifierMixin, BaseEstimator):
    """A classifier that has been trained: its network, the parameters, and what standardises the columns."""

    classes_: Array
    network_: Network
    theta_: Array
    standardizer_: Standardizer

    def _logits(self, X: Any, finish: Finish | None = None) -> Array:
        """Return the logits of rows `X` (n, k), of an ensemble those of the mean, or what `finish` makes of all."""
        _refuse_untrained(self)
        if finish is None:
            finish = partial(joint_logits, members=self.network_.members)
        if isinstance(X, Encodable):
            return X.logits(self, finish)
        if len(self.network_.layers) > 1:
            X = checked(self, X, reset=False)
            return self._forward(X, finish)
        z = self._forward(checked(self, X, reset=False, finite=False), finish)
        if not np.isfinite(z).all():  # as they are wherever a number of X is not: there are fewer of them to look at
            checked(self, X, reset=False)
        return z

    def _forward(self, X: Any, finish: Finish) -> Array:
        members, of_thread = self.network_.members, local()
        # in double precision, so that the logarithms of a mean of probabilities are those of the mean
        dtype = self.theta_.dtype if members == 1 else np.dtype(np.float64)
        z = np.empty((X.shape[0], self.network_.outputs // members), dtype)
        hidden = len(self.network_.layers) > 1
        stays_sparse = is_sparse(X) and not (hidden and filled(X) > DENSE_SHARE)
        dense = 0 if stays_sparse else self.network_.inputs
        size = max(256, BLOCK_NUMBERS // (dense + sum(self.network_.widths[1:])))

        def of_block(start: int) -> None:
            rows = X if size >= len(z) else X[start : start + size]
            standardized = fast_to_multiply(self.standardizer_.apply(rows, self.theta_.dtype), wide=hidden)
            with np.errstate(invalid="warn" if hidden else "ignore"):
                workspace = vars(of_thread).setdefault("workspace", Workspace())
                logits = self.network_.forward(self.theta_, standardized, workspace)[-1]
                z[start : start + size] = finish(logits.astype(dtype, copy=False))

        with single_threaded_blas() if size < len(z) else nullcontext():
            parallel_map(of_block, range(0, len(z), size))
        return z

    def decision_function(self, X: Any) -> Array:
        """Return the logits of rows `X`: (n, k), or (n,) for two classes, above zero for the second one."""
        z = self._logits(X)
        return z[:, 0] if len(self.classes_) == 2 else z

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class for rows `X`: (n, k), in the order of `classes_`."""
        _refuse_untrained(self)
        if len(self.classes_) == 2:
            return _of_two_classes(self._logits(X)[:, 0])
        if self.network_.members > 1:
            return self._logits(X, MemberLoss(self.network_.members, SoftmaxCrossEntropy()).probabilities)
        return self._logits(X, lambda z: Softmax().forward({}, z, out=z))

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of `predict_proba`, finite however small the probability."""
        z = self._logits(X)
        if len(self.classes_) == 2:
            return -softplus(np.hstack([z, -z]))
        return np.asarray(log_softmax(z, axis=1))

    def predict(self, X: Any) -> Array:
        """Return the most probable label of each row of `X` (n,), or of two classes the one that the threshold says."""
        if getattr(self, "threshold", None) is not None:
            return decided(self, self.predict_proba(X))
        z = self._logits(X)
        index = (z[:, 0] > 0).astype(int) if len(self.classes_) == 2 else z.argmax(axis=1)
        labels: Array = self.classes_[index]
        return labels

    @property
    def coef_(self) -> Array:
        """Weights of softmax regression for the columns as given: (k, i), or (1, i) for two classes.

        They can be written to where columns are not standardised; else they are read-only.
        """
        return self._as_given()[0].T

    @property
    def intercept_(self) -> Array:
        """Biases of softmax regression for the columns as given: (k,), or (1,) for two classes; as `coef_`."""
        return self._as_given()[1]

    def _as_given(self) -> tuple[Array, Array]:
        _refuse_untrained(self)
        if len(self.network_.layers) > 1:
            raise AttributeError("coef_ and intercept_ exist only without hidden layers; this network has some.")
        layer = self.network_.views(self.theta_)[0]
        without_bias = np.zeros(self.network_.outputs, self.theta_.dtype)
        without_bias.flags.writeable = False
        weights, bias = layer["weights"], layer.get("bias", without_bias)
        if self.standardizer_.changes_nothing:
            return weights, bias
        given = [array.astype(self.theta_.dtype) for array in self.standardizer_.undo(weights, bias)]
        for array in given:
            array.flags.writeable = False  # a copy: to write to it would change no prediction
        return given[0], given[1]


def decided(model: Any, y: Array) -> Array:
    """Return the labels (n,) that a model predicts where its probabilities are `y` (n, k).

    They are the most probable ones, or of two classes those that the threshold of a `Classifier` says.

    Parameters:
        model: a trained classifier, or a pipeline that ends in one.
        y: probabilities (n, k), in the order of its `classes_`.
    """
    threshold = getattr(model[-1] if hasattr(model, "steps") else model, "threshold", None)
    index = y.argmax(axis=1) if threshold is None else (y[:, 1] >= threshold).astype(int)
    labels: Array = np.asarray(model.classes_)[index]
    return labels


def _refuse_untrained(model: Predictor) -> None:
    """Raise scikit-learn's error unless a classifier is trained."""
    if not hasattr(model, "theta_"):  # else scikit-learn's own look at all attributes is a fifth of the time of a row
        check_is_fitted(model)


def _of_two_classes(z: Array) -> Array:
    """Return the probabilities (n, 2) of `1 / (1 + exp(z))` and `1 / (1 + exp(-z))`, accurate in both tails."""
    y = np.stack([-z, z], axis=1)
    np.exp(np.minimum(y, 0, out=y), out=y)  # 1 for the likelier class
    y /= (1 + y[:, 0] * y[:, 1])[:, None]
    return y
