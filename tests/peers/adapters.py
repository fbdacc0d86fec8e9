"""`Classifier` under the names that scikit-learn's estimators have for its parameters and attributes."""

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model._base import LinearClassifierMixin
from sklearn.utils import compute_class_weight

from chainrule import Adam, Classifier, Momentum
from chainrule.arrays import Array

OPTIMIZERS = {
    "lbfgs": "lbfgs",
    "newton-cg": "newton",
    "newton-cholesky": "newton",
    "liblinear": "newton",
    "sag": "auto",
    "saga": "auto",
}
NOT_CONVERGED = {
    "lbfgs": "lbfgs failed to converge",
    "newton-cg": "newton-cg failed to converge. Increase the number of iterations.",
    "newton-cholesky": "Newton solver did not converge after {} iterations",
    "liblinear": "Liblinear failed to converge, increase the number of iterations.",
    "sag": "The max_iter was reached which means the coef_ did not converge",
    "saga": "The max_iter was reached which means the coef_ did not converge",
}


class Adapted(LinearClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """An estimator whose work a `Classifier` does."""

    def _fit(self, settings: dict[str, Any], X: Any, y: Any, sample_weight: Any) -> Self:
        if not (self.warm_start and hasattr(self, "classifier_")):
            self.classifier_ = Classifier()
        self.classifier_.set_params(**settings).fit(X, y, sample_weight)
        return self

    def __getattr__(self, name: str) -> Any:
        if name == "classifier_" or not name.endswith("_") or name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.classifier_, name)

    def decision_function(self, X: Any) -> Array:
        return self.classifier_.decision_function(X)

    def predict(self, X: Any) -> Array:
        return self.classifier_.predict(X)

    def predict_proba(self, X: Any) -> Array:
        return self.classifier_.predict_proba(X)

    def predict_log_proba(self, X: Any) -> Array:
        return self.classifier_.predict_log_proba(X)


class LogisticRegression(Adapted):
    def __init__(
        self,
        penalty: str | None = "deprecated",
        *,
        C: float = 1.0,
        l1_ratio: float = 0.0,
        dual: bool = False,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        intercept_scaling: float = 1.0,
        class_weight: Any = None,
        random_state: Any = None,
        solver: str = "lbfgs",
        max_iter: int = 100,
        verbose: int = 0,
        warm_start: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        l1_share = {"l1": 1.0, "l2": 0.0}.get(self.penalty or "", self.l1_ratio)
        strength = 1 / (self.C * self._total_weight(y, sample_weight))
        settings = {
            "bias": self.fit_intercept,
            "l2": (1 - l1_share) * strength,
            "l1": l1_share * strength,
            "optimizer": OPTIMIZERS[self.solver] if not l1_share else "auto",
            "class_weight": self.class_weight,
            "standardize": False,
            "tol": self.tol,
            "max_epochs": self.max_iter,
            "warm_start": self.warm_start,
            "random_state": self.random_state,
        }
        words = NOT_CONVERGED[self.solver].format(self.max_iter)
        with in_words_of(words):
            return self._fit(settings, X, y, sample_weight)

    def _total_weight(self, y: Any, sample_weight: Any) -> float:
        classes, index = np.unique(y, return_inverse=True)
        weights = np.ones(len(index)) if sample_weight is None else np.asarray(sample_weight)
        by_class = compute_class_weight(self.class_weight, classes=classes, y=np.asarray(y), sample_weight=weights)
        return float(weights @ by_class[index])

    @property
    def n_iter_(self) -> Array:
        return np.array([self.classifier_.n_iter_])


@contextmanager
def in_words_of(words: str) -> Iterator[None]:
    """Say in these words that training ended short of its tolerance."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        short = issubclass(warning.category, ConvergenceWarning)
        warnings.warn(f"{words}: {warning.message}" if short else str(warning.message), warning.category, stacklevel=3)
