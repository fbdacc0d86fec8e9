"""The scikit-learn estimator: validation, labels and wiring; its mathematics is the engine's."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from chainrule.arrays import Array, logistic, softplus
from chainrule.engine import Cost, Rows, Workspace
from chainrule.history import History
from chainrule.initializers import initialize
from chainrule.labelled import hold_out, labelled_rows
from chainrule.layers import Layer, Softmax
from chainrule.losses import Penalty
from chainrule.network import Network
from chainrule.optimizers import Optimizer
from chainrule.plan import Plan, build_network, build_plan, penalty_of
from chainrule.standardizer import Standardizer
from chainrule.training import epochs
from chainrule.watching import warn_if_short, watch

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
        tol: with no hidden layer and all rows at once, the gradient's norm to reach; else the relative fall of the cost
            in ten epochs that is worth going on for; "auto" for 1e-5 and 1e-3.
        max_epochs: epochs at most.
        batch_size: rows of a mini-batch; None for all rows at once; "auto" to leave it to the optimizer.
        validation_fraction: share of the rows to hold out, as many of each class as the whole has; 0 for none. Their
            cost is watched, and the parameters of the epoch where it was lowest are kept.
        patience: epochs without a lower validation cost after which training stops.
        warm_start: whether `fit` goes on from the parameters of the last one, if they fit.
        random_state: seed of starting weights, of the held-out rows and of the order of mini-batches.

    Attributes:
        classes_: the labels (k,), sorted.
        network_, theta_: the network and its parameters, for standardised columns.
        coef_, intercept_: with no hidden layer, weights (k, i) and biases (k,) for the columns as given; (1, i) and
            (1,) for two classes.
        history_: cost, gradient norm and rate of each epoch, as columns.
        validation_cost_: mean loss of the held-out rows after each epoch; empty where none are held out.
        n_iter_: epochs done.
        stop_: why training stopped.

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> Classifier().fit(x, y).score(x, y)
    0.9733333333333334
    """

    classes_: Array
    network_: Network
    theta_: Array
    history_: History
    validation_cost_: list[float]
    n_iter_: int
    stop_: str
    _state: Any

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
        tol: float | str = "auto",
        max_epochs: int = 500,
        batch_size: int | str | None = "auto",
        validation_fraction: float = 0.0,
        patience: int = 10,
        warm_start: bool = False,
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
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.warm_start = warm_start
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, validation: tuple[Any, Any] | None = None) -> Self:
        """Train on rows `X` (n, i) with labels `y` (n,).

        Parameters:
            X: rows, dense, finite.
            y: labels of at least two classes, of any type.
            sample_weight: of each row (n,), at least 0; None where all count the same.
            validation: rows and labels to watch, instead of holding some out.

        Raises:
            ValueError: the data or a parameter does not fit; the message says what was found and expected.

        Warns:
            ConvergenceWarning: training ended short of `tol`; the message says how far it got and what to change.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        classes = np.unique(y)
        if len(classes) < 2:
            raise ValueError(f"All {len(y)} rows are of one class ({classes[0]}): two are the least.")
        rows = labelled_rows(X, y, classes, self.class_weight, sample_weight)
        self._seed()
        held_out = None
        if validation is not None:
            held_x, held_y = validate_data(self, *validation, dtype=[np.float64, np.float32], reset=False)
            held_out = labelled_rows(held_x, held_y, classes, self.class_weight, None)
        elif self.validation_fraction:
            rows, held_out = hold_out(rows, self.validation_fraction, self._generator)
        if held_out is not None and self.patience < 1:
            raise ValueError(f"patience must be at least 1 epoch, found {self.patience}.")
        self._begin(rows, classes, anew=not self.warm_start)
        plan, self.history_ = self._plan(len(rows)), History()
        run = epochs(
            self._cost(plan, rows),
            plan.optimizer,
            self.theta_,
            max_epochs=self.max_epochs,
            batch_size=plan.batch_size,
            random_state=self._generator,
            stop=[plan.stop],
            history=self.history_,
        )
        watched = None if held_out is None else self._cost(plan, held_out, Penalty())
        self.theta_, last, self.validation_cost_ = watch(run, watched, self.patience)
        self.n_iter_, self.stop_ = last.number, str(last.stop)
        warn_if_short(last, self.tol)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch more on rows `X` (n, i) with labels `y` (n,), going on from where the last one ended.

        Columns are standardised as the first call found them. Where the optimizer is "auto", it is Adam.

        Parameters:
            X: rows, dense, finite.
            y: labels.
            classes: all labels there will ever be; needed in the first call.
            sample_weight: of each row (n,), at least 0; None where all count the same.

        Raises:
            ValueError: the data or a parameter does not fit, or a label is not one of `classes`.
        """
        first = not hasattr(self, "theta_")
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], reset=first)
        check_classification_targets(y)
        if first and classes is None:
            raise ValueError("The first call of partial_fit needs classes: all labels there will ever be.")
        known = np.unique(classes) if first else self.classes_
        rows = labelled_rows(X, y, known, self.class_weight, sample_weight)
        if first:
            self._seed()
        self._begin(rows, known, anew=first)
        plan = self._plan(len(rows), auto="adam")
        epoch = next(
            epochs(
                self._cost(plan, rows),
                plan.optimizer,
                self.theta_,
                batch_size=plan.batch_size,
                random_state=self._generator,
                state=None if first else self._state,
            )
        )
        self.theta_, self._state, self.stop_ = epoch.theta, epoch.state, str(epoch.stop)
        self.n_iter_ = 1 if first else self.n_iter_ + 1
        warn_if_short(epoch, self.tol)
        return self

    def _seed(self) -> None:
        self._generator = np.random.default_rng(check_random_state(self.random_state).randint(2**31))

    def _begin(self, rows: Rows, classes: Array, *, anew: bool) -> None:
        """Set network, standardizer and starting parameters, or keep those of an earlier call where they fit."""
        network = build_network(rows.x.shape[1], self.hidden, self.activation, self.bias, len(classes))
        known = not anew and hasattr(self, "theta_")
        if known and self.network_ == network and np.array_equal(self.classes_, classes):
            return
        self.classes_, self.network_, self._state = classes, network, None
        self._standardizer = Standardizer.none(network.inputs)
        if self.standardize:
            self._standardizer = Standardizer.of(rows.x, rows.weights, center=self.bias)
        convex = len(network.layers) == 1
        self.theta_ = (network.zeros() if convex else initialize(network, self._generator)).astype(rows.x.dtype)

    def _plan(self, rows: int, auto: str = "auto") -> Plan:
        return build_plan(
            self.network_,
            rows,
            optimizer=auto if isinstance(self.optimizer, str) and self.optimizer == "auto" else self.optimizer,
            label_smoothing=self.label_smoothing,
            batch_size=self.batch_size,
            tol=self.tol,
        )

    def _cost(self, plan: Plan, rows: Rows, penalty: Penalty | None = None) -> Cost:
        penalty = penalty_of(self.l2, rows.total_weight) if penalty is None else penalty
        standardized = Rows(self._standardizer.apply(rows.x), rows.t, rows.weights)
        return Cost(plan.network, plan.loss, standardized, rows.total_weight, penalty, "mean")

    def _logits(self, X: Any) -> Array:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        z, workspace = np.empty((len(X), self.network_.outputs), self.theta_.dtype), Workspace()
        for start in range(0, len(X), PREDICTION_ROWS):
            part = slice(start, start + PREDICTION_ROWS)
            z[part] = self.network_.forward(self.theta_, self._standardizer.apply(X[part]), workspace)[-1]
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
        return np.asarray(log_softmax(z, axis=1))

    def predict(self, X: Any) -> Array:
        """Return the most probable label of each row of `X` (n,)."""
        z = self._logits(X)
        index = (z[:, 0] > 0).astype(int) if len(self.classes_) == 2 else z.argmax(axis=1)
        labels: Array = self.classes_[index]
        return labels

    @property
    def coef_(self) -> Array:
        """Weights of softmax regression for the columns as given: (k, i), or (1, i) for two classes."""
        return self._as_given()[0].T

    @property
    def intercept_(self) -> Array:
        """Biases of softmax regression for the columns as given: (k,), or (1,) for two classes."""
        return self._as_given()[1]

    def _as_given(self) -> tuple[Array, Array]:
        check_is_fitted(self)
        if len(self.network_.layers) > 1:
            raise AttributeError("coef_ and intercept_ are those of one layer; this network has hidden layers too.")
        layer = self.network_.views(self.theta_)[0]
        weights, bias = self._standardizer.undo(layer["weights"], layer.get("bias", np.zeros(self.network_.outputs)))
        return weights.astype(self.theta_.dtype), bias.astype(self.theta_.dtype)

    @property
    def loss_curve_(self) -> list[float]:
        """The cost of each epoch."""
        return self.history_.cost
