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
from sklearn.utils.metaestimators import available_if

from chainrule import Adam, Classifier, Momentum
from chainrule.arrays import Array

OPTIMIZERS = {
    "lbfgs": "lbfgs",
    "newton-cg": "newton",
    "newton-cholesky": "newton",
    "liblinear": "newton",
    "sag": "lbfgs",
    "saga": "auto",
}
OTHER_TOLERANCE = ("liblinear", "sag", "saga")  # theirs is relative, or of how far coefficients move in an epoch
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
            "optimizer": OPTIMIZERS[self.solver],
            "class_weight": self.class_weight,
            "standardize": False,
            "tol": min(self.tol / 100, 1e-5) if self.solver in OTHER_TOLERANCE else self.tol,
            "max_epochs": self.max_iter,
            "warm_start": self.warm_start,
            "random_state": self.random_state,
        }
        with in_the_peers_words(NOT_CONVERGED[self.solver].format(self.max_iter)):
            return self._fit(settings, X, y, sample_weight)

    def _total_weight(self, y: Any, sample_weight: Any) -> float:
        classes, index = np.unique(y, return_inverse=True)
        weights = np.ones(len(index)) if sample_weight is None else np.asarray(sample_weight)
        by_class = compute_class_weight(self.class_weight, classes=classes, y=np.asarray(y), sample_weight=weights)
        return float(weights @ by_class[index])

    @property
    def n_iter_(self) -> Array:
        return np.array([self.classifier_.n_iter_])


class MLPClassifier(Adapted):
    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 1e-4,
        batch_size: Any = "auto",
        learning_rate_init: float = 1e-3,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 10,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        with in_the_peers_words():
            return self._fit(self._settings(X), X, y, sample_weight)

    @available_if(lambda self: hasattr(Classifier(optimizer=self._optimizer()), "partial_fit"))  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        if not hasattr(self, "classifier_"):
            self.classifier_ = Classifier()
        with in_the_peers_words():
            self.classifier_.set_params(**self._settings(X)).partial_fit(X, y, classes)
        return self

    def _optimizer(self) -> Any:
        return {
            "lbfgs": "lbfgs",
            "sgd": Momentum(self.learning_rate_init, nesterov=True),
            "adam": Adam(self.learning_rate_init),
        }[self.solver]

    def _settings(self, X: Any) -> dict[str, Any]:
        rows, sizes = len(X) if isinstance(X, list) else X.shape[0], self.hidden_layer_sizes
        batch = min(200, rows) if self.batch_size == "auto" else self.batch_size
        return {
            "hidden": (sizes,) if isinstance(sizes, int) else tuple(sizes),
            "activation": self.activation,
            "optimizer": self._optimizer(),
            "batch_size": None if self.solver == "lbfgs" else batch,
            "l2": self.alpha / (rows if self.solver == "lbfgs" else batch),
            "standardize": False,
            "dtype": "float32" if getattr(X, "dtype", None) == np.float32 else "float64",
            "tol": self.tol,
            "max_epochs": self.max_iter,
            "warm_start": self.warm_start,
            "random_state": self.random_state,
            "validation_fraction": self.validation_fraction if self.early_stopping else 0.0,
            "patience": self.n_iter_no_change if self.early_stopping else None,
        }

    @property
    def coefs_(self) -> list[Array]:
        return [layer["weights"] for layer in self._layers()]

    @property
    def intercepts_(self) -> list[Array]:
        return [layer["bias"] for layer in self._layers()]

    def _layers(self) -> list[dict[str, Array]]:
        return [layer for layer in self.classifier_.network_.views(self.classifier_.theta_) if layer]

    @property
    def best_loss_(self) -> float | None:
        return None if self.early_stopping else min(self.classifier_.history_.cost)

    @property
    def validation_scores_(self) -> list[float] | None:
        return self.classifier_.history_.validation_accuracy if self.early_stopping else None

    @property
    def best_validation_score_(self) -> float | None:
        return None if self.validation_scores_ is None else max(self.validation_scores_)


PEERS_WORDS = {
    "warm_start continues with the classes (.+), found (.+): use": (
        "warm_start can only be used where `y` has the same classes as in the previous call to fit."
        " Previously got [{}], `y` has [{}]"
    ),
    "partial_fit holds out no rows, found .+": "partial_fit does not support early_stopping=True",
}


@contextmanager
def in_the_peers_words(not_converged: str = "") -> Iterator[None]:
    """Say mistakes, and that training ended short of its tolerance, as scikit-learn's tests expect them to be said."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except ValueError as error:
            for ours, theirs in PEERS_WORDS.items():
                if found := re.match(ours, str(error)):
                    raise ValueError(theirs.format(*(group.replace(",", "") for group in found.groups()))) from error
            raise
    for warning in caught:
        short = not_converged if issubclass(warning.category, ConvergenceWarning) else ""
        warnings.warn(f"{short} {warning.message}", warning.category, stacklevel=4)
