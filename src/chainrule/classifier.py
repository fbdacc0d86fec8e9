"""The scikit-learn estimator: validation, labels and wiring; its mathematics is the engine's."""

import warnings
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy.special import log_softmax as _log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from chainrule.arrays import Array, logistic, softplus
from chainrule.engine import Cost, Rows, Workspace
from chainrule.history import History
from chainrule.initializers import initialize
from chainrule.layers import Layer, Softmax
from chainrule.optimizers import Optimizer
from chainrule.plan import Plan, build_network, build_plan, penalty_of
from chainrule.training import DIVERGED, epochs

PREDICTION_ROWS = 4096


class Classifier(ClassifierMixin, BaseEstimator):
    """A neural-network classifier of rows: softmax regression with no hidden layer, else a multilayer perceptron.

    It minimises `Σ_r w_r loss_r / Σ_r w_r + l2/2 ‖weights‖²`, the cross-entropy of the rows plus a penalty on the
    weights of the standardised columns, biases excepted. Two classes have one output and a sigmoid, more a softmax.

    Parameters:
        hidden: neurons of each hidden layer, first to last; none is softmax (multinomial logistic) regression.
        activation: of the hidden layers: a name, or a layer such as `LeakyReLU(0.1)`.
        bias: whether neurons have one. Without, columns are scaled but not centred.
        l2: strength of the penalty, at least 0; "auto" for `1 / Σ_r w_r`, which is scikit-learn's `C = 1`.
        optimizer: a name, an optimizer, or "auto": Newton's method for a convex problem, L-BFGS on all rows for a
            small one, Adam on mini-batches for a large one.
        class_weight: weights of the classes: a dictionary, "balanced" for as much of each class, or None.
        label_smoothing: share of each target spread evenly over the classes, at least 0 and less than 1.
        standardize: whether to bring the columns to mean 0 and variance 1 first, inside the model.
        tol: with all rows at once, the gradient's norm to reach; with mini-batches, the relative fall of the cost in
            ten epochs that is worth going on for.
        max_epochs: epochs at most.
        batch_size: rows of a mini-batch; None for all rows at once; "auto" to leave it to the optimizer.
        random_state: seed of starting weights and of the order of mini-batches.

    Attributes:
        classes_: the labels (k,), sorted.
        network_, theta_: the network and its parameters, for standardised columns.
        coef_, intercept_: with no hidden layer, weights (k, i) and biases (k,) for the columns as given; (1, i) and
            (1,) for two classes.
        history_: cost, gradient norm and rate of each epoch, as columns.
        n_iter_: epochs done.
        stop_: why training stopped.

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> Classifier().fit(x, y).score(x, y)
    0.9733333333333334
    """

    def __init__(
        self,
        hidden: Sequence[int] = (),
        activation: str | Layer = "relu",
        *,
        bias: bool = True,
        l2: float | str = "auto",
        optimizer: str | Optimizer[Any] = "auto",
        class_weight: dict[Any, float] | str | None = None,
        label_smoothing: float = 0.0,
        standardize: bool = True,
        tol: float = 1e-5,
        max_epochs: int = 200,
        batch_size: int | str | None = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.bias = bias
        self.l2 = l2
        self.optimizer = optimizer
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.standardize = standardize
        self.tol = tol
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows `X` (n, i) with labels `y` (n,).

        Parameters:
            X: rows, dense, finite.
            y: labels of at least two classes, of any type.
            sample_weight: of each row (n,), at least 0; None where all count the same.

        Raises:
            ValueError: the data or a parameter does not fit; the message says what was found and expected.

        Warns:
            ConvergenceWarning: training ended short of `tol`; the message says how far it got and what to change.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self.classes_, t = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"All {len(y)} rows are of one class ({self.classes_[0]}); a classifier needs at least two."
            )
        weights = self._row_weights(X, y, t, sample_weight)
        self._measure_columns(X, weights)
        rows = Rows(self._standardized(X), t, weights)
        self.network_ = build_network(X.shape[1], self.hidden, self.activation, self.bias, len(self.classes_))
        plan = build_plan(
            self.network_,
            len(t),
            optimizer=self.optimizer,
            label_smoothing=self.label_smoothing,
            batch_size=self.batch_size,
            tol=self.tol,
        )
        self._train(plan, rows)
        return self

    def _row_weights(self, X: Array, y: Array, t: Array, sample_weight: Any) -> Array | None:
        if sample_weight is None and self.class_weight is None:
            return None
        weights = _check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
        if self.class_weight is not None:
            by_class = compute_class_weight(self.class_weight, classes=self.classes_, y=y, sample_weight=sample_weight)
            weights = weights * by_class[t].astype(X.dtype)
        if not weights.any():
            raise ValueError("At least one row must have a sample_weight above zero, found none.")
        return weights

    def _measure_columns(self, X: Array, weights: Array | None) -> None:
        """Set the mean and scale that standardise the columns: 0 and 1 where they stay as they are."""
        mean, scale = np.zeros(X.shape[1]), np.ones(X.shape[1])
        if self.standardize:
            mean = np.average(X, axis=0, weights=weights).astype(np.float64)
            scale = np.sqrt(np.average(np.square(X - mean), axis=0, weights=weights))
            scale[scale <= 10 * np.finfo(X.dtype).eps * np.abs(mean)] = 1
        self._mean = mean if self.bias else np.zeros_like(mean)
        self._scale = np.where(scale == 0, 1, scale)

    def _standardized(self, X: Array) -> Array:
        return ((X - self._mean) / self._scale).astype(X.dtype, copy=False)

    def _train(self, plan: Plan, rows: Rows) -> None:
        generator = np.random.default_rng(check_random_state(self.random_state).randint(2**31))
        penalty = penalty_of(self.l2, rows.total_weight)
        cost = Cost(plan.network, plan.loss, rows, rows.total_weight, penalty, "mean")
        start = plan.network.zeros() if plan.convex else initialize(plan.network, generator)
        self.history_ = History()
        run = epochs(
            cost,
            plan.optimizer,
            start.astype(rows.x.dtype),
            max_epochs=self.max_epochs,
            batch_size=plan.batch_size,
            random_state=generator,
            stop=[plan.stop],
            history=self.history_,
        )
        for epoch in run:
            last = epoch
        self.theta_, self.n_iter_, self.stop_ = last.theta, last.number, str(last.stop)
        if self.stop_.startswith((DIVERGED, "max_epochs")):
            warnings.warn(
                f"Training ended short of tol = {self.tol:g}: {self.stop_}. The cost is {last.cost:.6g}, the "
                f"gradient's norm {last.gradient_norm:.3g}; raise max_epochs, or tol if that is near enough.",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _logits(self, X: Any) -> Array:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        z, workspace = np.empty((len(X), self.network_.outputs), self.theta_.dtype), Workspace()
        for start in range(0, len(X), PREDICTION_ROWS):
            part = slice(start, start + PREDICTION_ROWS)
            z[part] = self.network_.forward(self.theta_, self._standardized(X[part]), workspace)[-1]
        return z

    def decision_function(self, X: Any) -> Array:
        """Return the logits of rows `X`: (n, k), or (n,) for two classes, above zero for the second one."""
        z = self._logits(X)
        return z[:, 0] if len(self.classes_) == 2 else z

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class for rows `X`: (n, k), in the order of `classes_`."""
        z = self._logits(X)
        if len(self.classes_) == 2:
            return logistic(np.hstack([-z, z]))
        return Softmax().forward({}, z, out=z)

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of `predict_proba`, finite however small the probability."""
        z = self._logits(X)
        if len(self.classes_) == 2:
            return -softplus(np.hstack([z, -z]))
        return np.asarray(_log_softmax(z, axis=1))

    def predict(self, X: Any) -> Array:
        """Return the most probable label of each row of `X` (n,)."""
        z = self._logits(X)
        index = (z[:, 0] > 0).astype(int) if len(self.classes_) == 2 else z.argmax(axis=1)
        labels: Array = self.classes_[index]
        return labels

    @property
    def coef_(self) -> Array:
        """Weights of softmax regression for the columns as given: (k, i), or (1, i) for two classes."""
        return (self._single_layer()["weights"].T / self._scale).astype(self.theta_.dtype)

    @property
    def intercept_(self) -> Array:
        """Biases of softmax regression for the columns as given: (k,), or (1,) for two classes."""
        layer = self._single_layer()
        bias = layer.get("bias", np.zeros(self.network_.outputs))
        return (bias - (self._mean / self._scale) @ layer["weights"]).astype(self.theta_.dtype)

    def _single_layer(self) -> dict[str, Array]:
        check_is_fitted(self)
        if len(self.network_.layers) > 1:
            raise AttributeError("coef_ and intercept_ are those of one layer; this network has hidden layers too.")
        return self.network_.views(self.theta_)[0]

    @property
    def loss_curve_(self) -> list[float]:
        """The cost of each epoch."""
        return self.history_.cost
