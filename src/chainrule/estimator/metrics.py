"""Scores that the choice of a model and the end of its training follow: of rows that it was not trained on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin

from chainrule.arrays import Array
from chainrule.estimator.settings import METRICS

# A score, the higher the better, of an estimator, rows and labels, as scikit-learn's scorers are.
Scorer: TypeAlias = Callable[..., float]


def is_metric(value: Any) -> bool:
    """Return whether a value is the name of a metric, or a scorer."""
    return (isinstance(value, str) and value in METRICS) or (callable(value) and not isinstance(value, type))


def probabilities_of(z: Array) -> Array:
    """Return the probabilities (n, k) of logits (n, k), or (n, 2) of the one logit (n, 1) of two classes."""
    return np.column_stack([1 - expit(z), expit(z)]) if z.shape[1] == 1 else np.asarray(softmax(z, axis=1))


@final
class HeldOut(ClassifierMixin, BaseEstimator):
    """A classifier for scorers, whose rows are the probabilities (n, k) that models gave for them."""

    def __init__(self, classes: Any = ()) -> None:
        self.classes_ = self.classes = classes

    def predict_proba(self, X: Array) -> Array:
        """Return the rows."""
        return X

    def predict(self, X: Array) -> Array:
        """Return the most probable labels."""
        labels: Array = self.classes_[X.argmax(axis=1)]
        return labels

    def __sklearn_is_fitted__(self) -> bool:
        return True


@final
@dataclass(frozen=True, eq=False)
class Metric:
    """A score of held-out rows.

    Attributes:
        chosen: its name, one of `METRICS`, or a scorer.
        classes: the labels (k,), sorted.
        positive: number of the class of two that F1 is of; of more classes it is the mean over all.
    """

    chosen: str | Scorer
    classes: Array
    positive: int = 1

    @property
    def is_log_loss(self) -> bool:
        """Whether it is the log loss, which is a mean over the rows."""
        return self.chosen == "log_loss"

    @property
    def name(self) -> str:
        """The metric in words."""
        return self.chosen.replace("_", " ") if isinstance(self.chosen, str) else "score"

    def score(self, z: Array, t: Array, weights: Array) -> float:
        """Return the score of rows with logits `z` (n, k) and classes `t` (n,), the higher the better; 0 if undefined.

        Parameters:
            z: logits, or the one of two classes (n, 1).
            t: class of each row.
            weights: what each row counts (n,).

        >>> metric = Metric("accuracy", np.array(["a", "b"]))
        >>> metric.score(np.array([[-1.0], [2.0], [3.0], [4.0]]), np.array([0, 1, 1, 0]), np.ones(4))
        0.75
        """
        counting = weights > 0
        if not counting.any():
            return 0.0
        y, t, weights = probabilities_of(z[counting]), t[counting], weights[counting]
        if not isinstance(self.chosen, str):
            more = {} if (weights == weights[0]).all() else {"sample_weight": weights}
            return float(self.chosen(HeldOut(self.classes), y, self.classes[t], **more))
        if self.chosen == "log_loss":
            return float(weights @ np.log(np.maximum(y[np.arange(len(t)), t], np.finfo(float).tiny)) / weights.sum())
        return float(np.nan_to_num(self._of_name(y, t, weights)))

    def _of_name(self, y: Array, t: Array, weights: Array) -> float:
        guess = y.argmax(axis=1)
        if self.chosen == "accuracy":
            return float(weights @ (guess == t) / weights.sum())
        k = y.shape[1]
        if self.chosen == "roc_auc":
            of_each = [_auc(y[:, c], t == c, weights) for c in (range(k) if k > 2 else (1,))]
            return float(np.mean(of_each))
        true, said, right = (
            np.bincount(some, of, k) for some, of in ((t, weights), (guess, weights), (t, weights * (guess == t)))
        )
        if self.chosen == "balanced_accuracy":
            return float((right[true > 0] / true[true > 0]).mean())
        f1 = np.divide(2 * right, true + said, out=np.zeros(k), where=true + said > 0)
        return float(f1[self.positive] if k == 2 else f1[true + said > 0].mean())


LOG_LOSS = Metric("log_loss", np.arange(2))


def _auc(y: Array, positive: Array, weights: Array) -> float:
    """Return the area under the ROC curve: how often a positive row has more probability than a negative one."""
    if positive.all() or not positive.any():
        return float("nan")
    if (weights == weights[0]).all():
        from scipy.stats import rankdata  # slow to load

        n = int(positive.sum())
        above = rankdata(y)[positive].sum() - n * (n + 1) / 2
        return float(above / (n * (len(y) - n)))
    from sklearn.metrics import roc_auc_score  # slow to load

    return float(roc_auc_score(positive, y, sample_weight=weights))


def jackknife(values: Sequence[float] | Array) -> float:
    """Return the standard error of a number, of values without each part of the rows in turn (g,).

    Source: B. Efron, C. Stein, "The jackknife estimate of variance", Annals of Statistics 9, 1981, for groups of rows.

    >>> round(jackknife([0.5, 0.6, 0.7]), 4)
    0.1155
    """
    of_parts = np.asarray(values, float)
    return float(np.sqrt((len(of_parts) - 1) / len(of_parts) * np.square(of_parts - of_parts.mean()).sum()))
