"""The scikit-learn estimator: validation, labels and wiring; its mathematics is the engine's."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from chainrule.arrays import Array
from chainrule.engine import Cost, Rows
from chainrule.estimator.candidates import parts_of, sharpened, sharpness_of
from chainrule.estimator.defaults import (
    STRENGTHS,
    Plan,
    build_network,
    build_plan,
    dtype_of,
    hidden_sizes,
    loss_of,
    penalty_of,
    started_at_shares,
    strength_of,
    takes_rows_in_parts,
)
from chainrule.estimator.predictor import Predictor
from chainrule.estimator.preparation import (
    check_same_classes,
    checked,
    classes_of,
    hold_out,
    labelled_rows,
    ready_to_train,
    split,
    weights_of_classes,
)
from chainrule.estimator.settings import check_settings
from chainrule.estimator.standardizer import Standardizer
from chainrule.initializers import initialize
from chainrule.layers import Layer
from chainrule.losses import Penalty
from chainrule.optimizers import Optimizer, Schedule
from chainrule.training.compiled_epochs import form_of_training
from chainrule.training.history import History
from chainrule.training.loop import MAX_EPOCHS, epochs
from chainrule.training.monitor import LOWEST, Callback, Snapshot, all_or_nothing, check_resumable, warn_if_short, watch

# Epochs at most where max_epochs is "auto": nearly all networks end before.
MOST_EPOCHS = 500
# Share of the rows that says for how long a network trains: more would tell better, but leave fewer to learn from.
WATCHED = 0.15
# Rows from which on some are watched: of fewer, those held out would be a handful.
WATCHED_ROWS = 100
# Rows held out from which on they set the temperature: on small real tables that of fewer raised the loss of new rows.
CALIBRATING_ROWS = 200
# Rows up to which all of them, held out in turn, say how strong the penalty is and for how long to train: the WATCHED
# of so few say it by chance.
CROSS_VALIDATED_ROWS = 2000
# Parts that are held out in turn: on nine real tables three were as good as five, at half the time.
PARTS = 3


class Classifier(Predictor):
    """A neural-network classifier of rows: softmax regression with no hidden layer, else a multilayer perceptron.

    It minimises `Σ_r w_r loss_r / Σ_r w_r + l2/2 ‖weights‖²`, the cross-entropy of the rows plus a penalty on the
    weights of the standardised columns, biases excepted. Two classes have one output and a sigmoid, more a softmax.

    The same rows, settings and versions give the same bits on the same kind of processor, whatever was trained before
    and however many threads there are.

    Parameters:
        hidden: neurons of each hidden layer, first to last, or a number for one layer; none is softmax (multinomial
            logistic) regression.
        activation: of the hidden layers: a name, a layer such as `LeakyReLU(0.1)`, or one of these for each.
        bias: whether neurons have one. Without, columns are scaled but not centred.
        l2: strength of the penalty, at least 0; "auto" for `1 / Σ_r w_r`, which is scikit-learn's `C = 1`, and
            thrice that with hidden layers. Where `validation_fraction` is "auto" and there are 100 to 2,000 rows, it is
            3, 10, 30 or 100 times that, by cross-validation with three parts: the next one as long as the loss falls.
        l1: strength of the penalty on the absolute weights, at least 0; it makes weights exactly zero.
        optimizer: a name, an optimizer, or "auto": Newton's method for a convex problem, L-BFGS on all rows for a
            small one (Newton, or OWL-QN for many columns, beside an `l1`), Adam on mini-batches for a large one, where
            `batch_size` is a number, or where rows held out end the training.
        rate: of an optimizer given by name, a number or a schedule of the iteration; None for its own.
        class_weight: weights of the classes: a dictionary, "balanced" for as much of each class, or None.
        prior_correction: whether predictions are of the classes as often as they are, where `class_weight` trains on
            others: after training the bias of each class is lowered by the logarithm of its weight, so that
            `y_k` becomes `y_k / w_k / Σ_j y_j / w_j` (G. King, L. Zeng, "Logistic regression in rare events data",
            Political Analysis 9, 2001).
        threshold: of two classes, the probability of the second one, `classes_[1]`, from which on it is predicted; None
            for the more probable class. It can be set after `fit` too.
        label_smoothing: share of each target spread evenly over the classes, at least 0 and less than 1.
        standardize: whether to bring the columns to mean 0 and variance 1 first, or sparse ones to at most 1.
        tol: with no hidden layer and all rows at once, the gradient's norm to reach; else the relative fall of the cost
            in ten epochs that is worth going on for; "auto" for a norm of 1e-5 with no hidden layer and at most 2000
            parameters, a fall of 1e-2 with more, and of 1e-3 with hidden layers.
        max_epochs: epochs at most; "auto" for 500.
        batch_size: rows of a mini-batch; None for all rows at once; "auto" to leave it to the optimizer.
        validation_fraction: share of the rows to hold out, as many of each class as the whole has; 0 or None for none.
            Their cost is watched, and the parameters of the epoch where it was lowest are kept. "auto" is none, but
            with hidden layers and 100 rows or more 0.15: after that a network is trained on all rows for as many
            epochs, of up to 2,000 rows for as many as cross-validation says, and its logits are divided by the
            temperature that is best for the rows held out, if these are 200 or more (C. Guo et al., "On calibration of
            modern neural networks", ICML 2017). Such a network starts at the shares of the classes. Where `optimizer`,
            `tol`, `max_epochs` or `batch_size` is given, or `patience` is None, training is what they say, and "auto"
            is none.
        patience: epochs without a lower validation cost after which training stops; None to go on, and keep the last
            parameters.
        callbacks: each called after every epoch with its `Progress`; returns why to stop, or None.
        dtype: "float32", "float64", or "auto": float32 for mini-batches, else as given.
        n_threads: threads that share the work, for the same bits with any number; None for as many as NumPy uses.
        warm_start: whether `fit` goes on from the parameters of the last one, with the same classes; it begins anew
            where the network is another one.
        random_state: seed of starting weights, of the held-out rows and of the order of mini-batches.

    Attributes:
        classes_: the labels (k,), sorted.
        network_, theta_: the network and its parameters, for standardised columns.
        standardizer_: what standardises the columns: `(x - mean) / scale`, with a `mean` and a `scale` for each (i,).
        coef_, intercept_: with no hidden layer, weights (k, i) and biases (k,) for the columns as given; (1, i) and
            (1,) for two classes.
        history_: cost, gradient norm and rate of each epoch, as columns; also accuracy, and cost and accuracy of the
            held-out rows, where there are any; of a network that was then trained on all rows, what came before.
        n_iter_: epochs done.
        stop_: why training stopped.
        strength_: what an `l2` of "auto" is times the weight of the rows, where cross-validation chose it.
        plan_: which optimizer trained, on how many rows at a time, why, and by which form; not kept in a model file.

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> Classifier().fit(x, y).score(x, y)
    0.9733333333333334
    """

    history_: History
    n_iter_: int
    stop_: str
    plan_: Plan
    strength_: float
    _state: Any

    def __init__(
        self,
        hidden: Sequence[int] | int = (),
        activation: str | Layer | Sequence[str | Layer] = "relu",
        *,
        bias: bool = True,
        l2: float | str = "auto",
        l1: float = 0.0,
        optimizer: str | Optimizer[Any] = "auto",
        rate: float | Schedule | None = None,
        class_weight: dict[Any, float] | str | None = None,
        prior_correction: bool = False,
        threshold: float | None = None,
        label_smoothing: float = 0.0,
        standardize: bool = True,
        tol: float | str = "auto",
        max_epochs: int | str = "auto",
        batch_size: int | str | None = "auto",
        validation_fraction: float | str | None = "auto",
        patience: int | None = 10,
        callbacks: Sequence[Callback] = (),
        warm_start: bool = False,
        dtype: str = "auto",
        n_threads: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.bias = bias
        self.l2 = l2
        self.l1 = l1
        self.optimizer = optimizer
        self.rate = rate
        self.class_weight = class_weight
        self.prior_correction = prior_correction
        self.threshold = threshold
        self.label_smoothing = label_smoothing
        self.standardize = standardize
        self.tol = tol
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.dtype = dtype
        self.n_threads = n_threads
        self.random_state = random_state

    @all_or_nothing
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation: tuple[Any, Any] | tuple[Any, Any, Any] | None = None,
        resume: Snapshot | None = None,
    ) -> Self:
        """Train on rows `X` (n, i) with labels `y` (n,).

        Parameters:
            X: rows, dense or a SciPy sparse matrix, finite.
            y: labels of at least two classes, of any type.
            sample_weight: of each row (n,), at least 0; None where all count the same.
            validation: rows and labels to watch, and their weights if they have any, instead of holding some out.
            resume: a snapshot of a run on the same rows with the same parameters, to go on with.

        Raises:
            ValueError: the data or a parameter does not fit; the message says what was found and expected.

        Warns:
            ConvergenceWarning: training ended short of `tol`; the message says how far it got and what to change.
        """
        check_settings(vars(self))
        self._check_prior_correction()
        X, y = checked(self, X, y, labelled=True)
        classes = classes_of(y)
        if self.warm_start and hasattr(self, "theta_"):
            check_same_classes("warm_start", classes, self.classes_)
        rows = labelled_rows(X, y, classes, self.class_weight, sample_weight)
        self._seed()
        held_out = whole = None
        if validation is not None:
            given, held_labels, *held_weights = validation
            held_x, held_y = checked(self, given, held_labels, labelled=True, reset=False)
            held_weight = held_weights[0] if held_weights else None
            held_out = labelled_rows(held_x, held_y, classes, self.class_weight, held_weight)
        elif self._held_share:
            rows, held_out = hold_out(rows, self._held_share, self._generator)
        elif self._watches(rows):
            whole = rows
        plan = self._begin(rows, classes, anew=not self.warm_start, watched=whole is not None)
        with threadpool_limits(self.n_threads, "blas") if self.n_threads else nullcontext():
            if whole is None:
                self._run(plan, rows, held_out, resume)
            else:
                self._run_twice(plan, whole, resume)
        if self.prior_correction:
            self.theta_ = self._with_real_priors(weights_of_classes(self.class_weight, classes, y, sample_weight))
        return self

    @property
    def _held_share(self) -> float:
        """The share of the rows to hold out that was asked for."""
        return 0.0 if self.validation_fraction in (None, "auto") else float(self.validation_fraction)

    @property
    def _most_epochs(self) -> int:
        return MOST_EPOCHS if self.max_epochs == "auto" else int(self.max_epochs)

    def _watches(self, rows: Rows) -> bool:
        """Return whether some rows are to say for how long a network trains on all: where nobody said how to train."""
        said = (self.validation_fraction, self.optimizer, self.tol, self.max_epochs, self.batch_size)
        left = all(isinstance(value, str) and value == "auto" for value in said)
        several = len(rows) >= WATCHED_ROWS and bool(hidden_sizes(self.hidden))
        return left and several and self.patience is not None and not self.warm_start

    def _run_twice(self, plan: Plan, rows: Rows, resume: Snapshot | None) -> None:
        """Train while the cost of some rows falls, then on all of them for as many epochs.

        Of few rows, for as many as cross-validation says. Unless a callback ended it: whoever stops a run has no time
        for another one.
        """
        self.theta_ = started_at_shares(self.theta_, self.network_, rows)
        validated = self._cross_validated(plan, rows) if len(rows) <= CROSS_VALIDATED_ROWS else None
        kept, held = split(rows.t, WATCHED, self._generator)
        training, held_out = rows.take(kept), rows.take(held)
        start, weighs = self.theta_, bool(training.total_weight and held_out.total_weight)
        self._run(plan, training if weighs else rows, held_out if weighs else None, resume)
        if not weighs or not self.stop_.startswith((LOWEST, MAX_EPOCHS)):
            return
        sharpness = self._sharpness(held_out) if len(held) >= CALIBRATING_ROWS else 1.0
        lowest = validated or int(np.argmin(self.history_.validation_cost)) + 1
        options: dict[str, Any] = {"batch_size": plan.batch_size, "random_state": self._generator}
        cost = self._cost(rows, in_batches=plan.batch_size is not None)
        for last in epochs(cost, plan.optimizer, start, max_epochs=lowest, **options):
            if last.number == lowest:  # a run that diverges has no such epoch
                self.theta_ = last.theta
                how_many = "as many epochs" if validated is None else f"{lowest} epochs, as cross-validation chose"
                self.stop_ += f"; then it was trained on all rows for {how_many}"
        self.theta_ = sharpened(self.theta_, self.network_, sharpness)

    def _cross_validated(self, plan: Plan, rows: Rows) -> int | None:
        """Set the strength of an "auto" penalty, and return for how many epochs to train.

        Both are those of the lowest loss of held-out rows, on average over the parts; None where a part weighs nothing.
        """
        part = parts_of(rows.t, self._generator, PARTS)
        pairs = [
            (rows.take(np.flatnonzero(part != one)), rows.take(np.flatnonzero(part == one))) for one in range(PARTS)
        ]
        if not all(training.total_weight and held_out.total_weight for training, held_out in pairs):
            return None
        weights, seeds = [held_out.total_weight for _, held_out in pairs], self._generator.integers(2**31, size=PARTS)
        lowest, found, chooses = np.inf, 1, self.l2 == "auto" and not self.l1
        for strength in STRENGTHS if chooses else STRENGTHS[:1]:
            curves = [
                self._held_out_costs(plan, strength, *pair, seed) for pair, seed in zip(pairs, seeds, strict=True)
            ]
            longest = max(map(len, curves))
            mean = np.average([one + one[-1:] * (longest - len(one)) for one in curves], axis=0, weights=weights)
            if not mean.min() < lowest:
                break
            lowest, found = mean.min(), int(mean.argmin()) + 1
            if chooses:
                self.strength_ = strength
        return found

    def _held_out_costs(self, plan: Plan, strength: float, training: Rows, held_out: Rows, seed: int) -> list[float]:
        """Return the cost of held-out rows after each epoch, until it has not fallen for `patience` epochs."""
        penalty = penalty_of(self.l2, self.l1, training.total_weight, strength)
        cost = self._cost(training, penalty, in_batches=plan.batch_size is not None)
        watched = self._cost(held_out, Penalty())
        options: dict[str, Any] = {"batch_size": plan.batch_size, "random_state": int(seed)}
        costs: list[float] = []
        for epoch in epochs(cost, plan.optimizer, self.theta_, max_epochs=self._most_epochs, **options):
            costs.append(watched.value(epoch.theta))
            if len(costs) - int(np.argmin(costs)) > (self.patience or 0):
                break
        return costs

    def _sharpness(self, rows: Rows) -> float:
        """Return one over the temperature that is best for rows that training did not see."""
        x = self.standardizer_.apply(rows.x, self.theta_.dtype)
        weights = np.ones(len(rows)) if rows.weights is None else rows.weights.astype(np.float64)
        return sharpness_of(self.network_.forward(self.theta_, x)[-1], rows.t, weights)

    def _with_real_priors(self, weights: Array) -> Array:
        """Return the parameters (p,) that predict classes as often as they are, trained with their weights (k,)."""
        theta = self.theta_.copy()
        members = self.network_.members
        shift = np.log(weights) if self.network_.outputs > members else np.log(weights[1:] / weights[0])
        self.network_.views(theta)[-1]["bias"] -= np.tile(shift, members).astype(theta.dtype)
        return theta

    def _check_prior_correction(self) -> None:
        if self.prior_correction and (not self.bias or self.warm_start):
            given = "bias=False" if not self.bias else "warm_start=True"
            raise ValueError(f"prior_correction adjusts the biases after training, found {given}: omit one of them.")

    def _run(self, plan: Plan, rows: Rows, held_out: Rows | None, resume: Snapshot | None) -> None:
        self.history_, theta, best, state = History(), self.theta_, self.theta_, None
        if resume is not None:
            check_resumable(resume, plan.optimizer, theta)
            theta, best, state, self._generator.bit_generator.state, history = resume
            self.history_ = history.copy()
        cost = self._cost(rows, in_batches=plan.batch_size is not None)
        self.plan_ = replace(plan, form=form_of_training(cost, plan.optimizer, theta, plan.batch_size))
        run = epochs(
            cost,
            plan.optimizer,
            theta,
            max_epochs=self._most_epochs,
            batch_size=plan.batch_size,
            random_state=self._generator,
            stop=[plan.stop],
            history=self.history_,
            state=state,
        )
        self.theta_, last = watch(
            run,
            self.history_,
            cost,
            None if held_out is None else self._cost(held_out, Penalty()),
            patience=self.patience,
            callbacks=self.callbacks,
            max_epochs=self._most_epochs,
            generator=self._generator,
            best=best,
        )
        self.n_iter_, self.stop_ = last.number, str(last.stop)
        warn_if_short(last, self.tol)

    @available_if(lambda self: takes_rows_in_parts(self.optimizer))  # type: ignore[untyped-decorator]
    @all_or_nothing
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch more on rows `X` (n, i) with labels `y` (n,), going on from where the last one ended.

        Columns are standardised as the first call found them. Where the optimizer is "auto", it is Adam; there is no
        partial_fit for one that needs all rows at once.

        Parameters:
            X: rows, dense or a SciPy sparse matrix, finite.
            y: labels.
            classes: all labels there will ever be; needed in the first call, and the same in all others that give them.
            sample_weight: of each row (n,), at least 0; None where all count the same.

        Raises:
            ValueError: the data or a parameter does not fit, or a label is not one of `classes`.
        """
        check_settings(vars(self))
        if self.prior_correction:
            raise ValueError("prior_correction needs all rows at once, but partial_fit takes parts: set it to False.")
        if self._held_share:
            raise ValueError(
                f"partial_fit holds out no rows, found validation_fraction = {self.validation_fraction}: set it to 0."
            )
        first = not hasattr(self, "theta_")
        X, y = checked(self, X, y, labelled=True, reset=first)
        check_classification_targets(y)
        if first and classes is None:
            raise ValueError("The first call of partial_fit needs classes: the list of all labels.")
        known = self.classes_ if classes is None else np.unique(column_or_1d(classes))
        if not first:
            check_same_classes("partial_fit", known, self.classes_)
        if not len(known):
            raise ValueError("classes must list all labels, found none.")
        rows = labelled_rows(X, y, known, self.class_weight, sample_weight)
        if first:
            self._seed()
        plan = self._begin(rows, known, anew=first, auto="adam")
        cost = self._cost(rows, in_batches=True)
        chosen = isinstance(self.optimizer, str) and self.optimizer == "auto"
        plan = replace(plan, why="partial_fit takes rows in parts") if chosen else plan
        self.plan_ = replace(plan, form=form_of_training(cost, plan.optimizer, self.theta_, plan.batch_size))
        epoch = next(
            epochs(
                cost,
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

    def objective(self, X: Any, y: Any, sample_weight: Any = None) -> Cost:
        """Return the cost that training minimises on rows `X` (n, i) with labels `y` (n,), as a function of `theta`.

            cost(theta) = Σ_r w_r loss_r / Σ_r w_r + l2/2 ‖weights‖² + l1 ‖weights‖₁

        On the rows of training it is lowest near `theta_`, but for what `validation_fraction` held out of them, or
        ended early, and what `prior_correction` and a temperature did after.

        Parameters:
            X: rows, dense or a SciPy sparse matrix, finite; they are standardised as those of training were.
            y: labels, among `classes_`.
            sample_weight: of each row (n,), at least 0, which multiplies `class_weight`; None where all count the same.

        Raises:
            ValueError: the rows do not fit the model, or a label is unknown.

        >>> from sklearn.datasets import load_iris
        >>> x, y = load_iris(return_X_y=True)
        >>> model = Classifier().fit(x, y)
        >>> cost, gradient = model.objective(x, y).value_and_gradient(model.theta_)
        >>> round(cost, 4), bool(np.linalg.norm(gradient) < 1e-5)
        (0.2092, True)
        """
        check_is_fitted(self)
        X, y = checked(self, X, y, labelled=True, reset=False)
        return self._cost(labelled_rows(X, y, self.classes_, self.class_weight, sample_weight))

    def _seed(self) -> None:
        self._generator = np.random.default_rng(check_random_state(self.random_state).randint(2**31))

    def _begin(self, rows: Rows, classes: Array, *, anew: bool, auto: str = "auto", watched: bool = False) -> Plan:
        """Set network, standardizer and starting parameters, or keep those of an earlier call where they fit."""
        if self.threshold is not None and len(classes) != 2:
            raise ValueError(f"threshold is for two classes, found {len(classes)}: set it to None.")
        network = build_network(rows.x.shape[1], self.hidden, self.activation, self.bias, len(classes))
        plan = build_plan(
            network,
            len(rows),
            optimizer=auto if isinstance(self.optimizer, str) and self.optimizer == "auto" else self.optimizer,
            rate=self.rate,
            l1=self.l1,
            batch_size=self.batch_size,
            tol=self.tol,
            watched=watched,
        )
        known = not anew and hasattr(self, "theta_")
        if known and self.network_ == network and np.array_equal(self.classes_, classes):
            return plan
        self.classes_, self.network_, self._state = classes, network, None
        self.__dict__.pop("strength_", None)
        self.standardizer_ = Standardizer.none(network.inputs)
        if self.standardize:
            self.standardizer_ = Standardizer.of(rows.x, rows.weights, center=self.bias)
        theta = network.zeros() if plan.convex else initialize(network, self._generator)
        self.theta_ = theta.astype(dtype_of(self.dtype, rows.x.dtype, plan.batch_size))
        return plan

    def _cost(self, rows: Rows, penalty: Penalty | None = None, *, in_batches: bool = False) -> Cost:
        if penalty is None:
            penalty = penalty_of(self.l2, self.l1, rows.total_weight, strength_of(self))
        x = ready_to_train(rows.x, self.standardizer_, self.theta_.dtype, self.network_, in_batches=in_batches)
        standardized = Rows(x, rows.t, rows.weights)
        loss = loss_of(self.network_, self.label_smoothing)
        return Cost(self.network_, loss, standardized, rows.total_weight, penalty, "mean")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @property
    def loss_curve_(self) -> list[float]:
        """The cost of each epoch."""
        return self.history_.cost
