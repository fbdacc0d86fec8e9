"""A trained model in one form, whatever it was given in: what everything that explains a model begins with."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self, final

import numpy as np
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from chainrule.arrays import Array, softplus
from chainrule.engine import Cost, Rows
from chainrule.estimator.classifier import Classifier
from chainrule.estimator.defaults import SMALL_WORK, build_plan, loss_of, penalty_of, strength_of
from chainrule.estimator.preparation import checked, labelled_rows, ready_to_train
from chainrule.estimator.standardizer import Standardizer
from chainrule.layers.members import MemberDense, MemberScale
from chainrule.losses import Loss, Penalty
from chainrule.losses.members import joint_logits
from chainrule.network import Network
from chainrule.optimizers import Optimizer, Proximal

DOUBLE = np.dtype(np.float64)
# Numbers of all layers' outputs that are held at once, 8 MiB of doubles: they stay in the processor's cache, and blocks
# are still large enough for the products of matrices to take the time.
BLOCK_NUMBERS = 1 << 20
# Rows of a block at least: of fewer, the calls take longer than what they compute.
LEAST_BLOCK_ROWS = 16


class SourceColumn(NamedTuple):
    """A column of the table, and which inputs of the network come from it."""

    name: str
    inputs: Array


class Units(NamedTuple):
    """The inputs of a network in the units of the table, as far back as the steps before it can be undone.

    Attributes:
        names: of the inputs (i,); those that a step made of a column of the same name say so.
        origin, unit: what takes them to what the names stand for, `x · unit + origin` (i,).
    """

    names: tuple[str, ...]
    origin: Array
    unit: Array


@final
@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A trained classifier, what comes before it, and what training minimised: make one with `TrainedModel.of`.

    Rows come in two forms: as the classifier takes them, after the steps before it, and standardised in double
    precision, as its network takes them.

    Attributes:
        estimator: the model as it was given.
        steps: the fitted steps before the classifier: a pipeline, or nothing.
        classifier: the last step, or the model itself.
        names: of the inputs of the network (i,).
    """

    estimator: Any
    steps: Any
    classifier: Classifier
    names: tuple[str, ...]

    @classmethod
    def of(cls, model: Any) -> Self:
        """Return a trained model in this form.

        Parameters:
            model: a trained `Classifier`, a pipeline that ends in one, or an `AutoClassifier`, whose model is taken.

        Raises:
            TypeError: the model does not end in a `Classifier`.
            ValueError: its parameters are not finite.

        >>> from sklearn.datasets import load_iris
        >>> x, y = load_iris(return_X_y=True)
        >>> model = TrainedModel.of(Classifier().fit(x, y))
        >>> model.names, model.penalty(model.rows(x, y)).l2 == 1 / 150
        (('x0', 'x1', 'x2', 'x3'), True)
        """
        model = getattr(model, "model_", model)  # that an AutoClassifier has found
        piped = hasattr(model, "steps")
        steps: Any = model[:-1] if piped else ()
        classifier = model[-1] if piped else model
        if not isinstance(classifier, Classifier):
            raise TypeError(f"Expected a Classifier or a pipeline that ends in one, found {type(classifier).__name__}.")
        check_is_fitted(classifier)
        if not np.isfinite(classifier.theta_).all():
            raise ValueError("The model's parameters are not finite because training diverged: retrain it first.")
        return cls(model, steps, classifier, _names(steps, classifier))

    @property
    def network(self) -> Network:
        """The trained network."""
        return self.classifier.network_

    @cached_property
    def theta(self) -> Array:
        """Its parameters for standardised inputs (p,), in double precision."""
        return self.classifier.theta_.astype(np.float64)

    @property
    def standardizer(self) -> Standardizer:
        """What standardises the inputs."""
        return self.classifier.standardizer_

    @property
    def labels(self) -> Array:
        """The labels (k,), sorted."""
        return self.classifier.classes_

    @cached_property
    def classes(self) -> list[str]:
        """The labels in words (k,)."""
        return [str(label) for label in self.labels]

    @cached_property
    def loss(self) -> Loss:
        """The loss of a row that training minimised."""
        return loss_of(self.network, self.classifier.label_smoothing)

    def refuse_ensemble(self, caller: str) -> None:
        """Raise ValueError if the network is an ensemble, which has no curvature or coefficients of its own."""
        if self.network.members > 1:
            raise ValueError(
                f"{caller} is of one network, and this model is an ensemble of {self.network.members}: train softmax"
                f" regression, Classifier() or --model softmax, or one network, Classifier({self.classifier.hidden})."
            )

    def penalty(self, rows: Rows) -> Penalty:
        """Return the penalty of training on some rows: an "auto" strength depends on how much they weigh."""
        classifier = self.classifier
        return penalty_of(classifier.l2, classifier.l1, rows.total_weight, strength_of(classifier))

    @cached_property
    def optimizer(self) -> Optimizer[Any]:
        """What trained the model: whether "auto" took mini-batches, the history says, as no file holds the plan.

        Of one whose steps make weights zero, the optimizer within.
        """
        classifier, history = self.classifier, getattr(self.classifier, "history_", None)
        asked = classifier.optimizer
        if history is None and asked == "auto":
            asked = "adam"  # as partial_fit chooses
        in_parts = history is not None and len(history) > 0 and history.iterations[-1] > history.number[-1]
        optimizer = build_plan(
            self.network,
            SMALL_WORK + 1 if in_parts else 1,
            optimizer=asked,
            rate=classifier.rate,
            l1=classifier.l1,
            batch_size=classifier.batch_size,
            tol=classifier.tol,
        ).optimizer
        return optimizer.optimizer if isinstance(optimizer, Proximal) else optimizer

    @cached_property
    def encoder(self) -> Any:
        """The `TableEncoder` that made the inputs, scaled one by one at most since; None where none did."""
        for step in reversed(list(self.steps)):
            if hasattr(step, "learned_"):
                return step
            if _does_something(step) and (hasattr(step, "get_support") or _undone(step) is None):
                return None
        return None

    @cached_property
    def columns(self) -> list[SourceColumn]:
        """The columns that the inputs come from, in the order of the inputs: themselves, where no encoder made them."""
        if self.encoder is None:
            return [SourceColumn(name, np.array([place])) for place, name in enumerate(self.names)]
        sizes = [len(column.names()) for column in self.encoder.learned_]
        places = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
        return [SourceColumn(column.name, each) for column, each in zip(self.encoder.learned_, places, strict=True)]

    @cached_property
    def units(self) -> Units:
        """The inputs in the units of the table.

        The steps are undone from the last to the first, as far as each scales and shifts every column by itself. What
        one that does something else makes of a column is no longer that column, and its name says so.
        """
        origin, unit = np.zeros(len(self.names)), np.ones(len(self.names))
        places = np.arange(len(self.names))
        for number, step in reversed(list(enumerate(self.steps))):
            if not _does_something(step):
                continue
            if hasattr(step, "get_support"):  # a selector, known without loading scikit-learn's
                places = np.flatnonzero(step.get_support())[places]
                continue
            undone = _undone(step)
            if undone is None:
                return Units(_after_step(self.names, self.steps, number), origin, unit)
            origin, unit = origin * undone[1][places] + undone[0][places], unit * undone[1][places]
        return Units(self.names, origin, unit)

    @cached_property
    def input_weights(self) -> Array:
        """How large the first neurons' weights for each standardised input are (i,): their Euclidean norm.

        Of an ensemble these are the neurons of all members, whose weights are times their scales of the input.

        >>> from sklearn.datasets import load_iris
        >>> x, y = load_iris(return_X_y=True)
        >>> model = Classifier().fit(x, y)
        >>> weights = model.network_.views(model.theta_)[0]["weights"]
        >>> bool(np.allclose(TrainedModel.of(model).input_weights, np.linalg.norm(weights, axis=1)))
        True
        """
        layers, views = self.network.layers, self.network.views(self.theta)
        if not isinstance(layers[0], MemberScale):
            return np.asarray(np.linalg.norm(views[0]["weights"], axis=1))
        scales, inputs = views[0]["scale"], self.network.inputs
        of_each = layers[0].members if isinstance(layers[1], MemberDense) else 1
        squares = np.square(views[1]["weights"]).reshape(inputs, of_each, -1).sum(axis=2)
        return np.sqrt((squares * np.square(scales).reshape(-1, inputs).T).sum(axis=1))

    def curve(self, name: str) -> tuple[Array, Array]:
        """Return numbers of a column, ascending (m,), and what each adds to the logits (m, k), or to the one (m, 1).

        The logits of softmax regression are the sum of what the columns add, and the biases: of a number that is cut
        into bins it is a curve of straight lines.

        Raises:
            ValueError: the model is no softmax regression right after a `TableEncoder`, or that has no such numbers.
        """
        if len(self.network.layers) > 1 or len(self.steps) != 1 or self.encoder is None:
            raise ValueError("Only softmax regression right after a TableEncoder has a curve for each number.")
        x, inputs = self.encoder.curve(name)
        (places,) = (column.inputs for column in self.columns if column.name == name)
        weights = self.network.views(self.theta)[0]["weights"][places]
        standardizer = self.standardizer
        return x, (inputs - standardizer.mean[places]) / standardizer.scale[places] @ weights

    def prefix(self, step: Any) -> str:
        """Return what the parameters of a step begin with in `set_params` of the model: nothing if it is the model."""
        steps = getattr(self.estimator, "steps", ())
        return next((f"{name}__" for name, one in steps if one is step), "")

    def with_classifier(self, classifier: Classifier) -> Any:
        """Return the model as it was given, with another trained classifier at its end."""
        if not len(self.steps):
            return classifier
        (name, _) = self.estimator.steps[-1]
        return type(self.estimator)([*self.steps.steps, (name, classifier)])

    def inputs(self, X: Any) -> Any:
        """Return rows as the classifier takes them (n, i), before it standardises them.

        Parameters:
            X: rows as `predict` of the model takes them (n, ...).

        Raises:
            ValueError: the rows do not fit the model.

        >>> from sklearn.datasets import load_iris
        >>> x, y = load_iris(return_X_y=True)
        >>> TrainedModel.of(Classifier().fit(x, y)).inputs(x[:2]).shape
        (2, 4)
        """
        return checked(self.classifier, self.transform(X), reset=False)

    def rows(self, X: Any, y: Any, sample_weight: Any = None, *, class_weight: bool = True) -> Rows:
        """Return labelled rows as the classifier takes them, with class indices, and weights where there are any.

        Parameters:
            X: rows as `predict` of the model takes them (n, ...).
            y: their labels (n,), among the model's.
            sample_weight: of each row (n,), or None.
            class_weight: whether a row also counts as much as training had its class count.

        Raises:
            ValueError: the rows do not fit the model.
        """
        x, labels = checked(self.classifier, self.transform(X), y, labelled=True, reset=False)
        of_classes = self.classifier.class_weight if class_weight else None
        return labelled_rows(x, labels, self.labels, of_classes, sample_weight)

    def transform(self, X: Any) -> Any:
        """Return rows `X` (n, ...) as the steps before the classifier leave them (n, i), unchecked."""
        return self.steps.transform(X) if len(self.steps) else X

    def standardized(self, x: Any) -> Any:
        """Return rows `x` (n, i) of the classifier as its network takes them, in double precision."""
        return self.standardizer.apply(x, DOUBLE)

    def standardized_rows(self, rows: Rows) -> Rows:
        """Return labelled rows of the classifier as its network takes them, in double precision."""
        return Rows(self.standardized(rows.x), rows.t, rows.weights)

    def objective(self, rows: Rows, penalty: Penalty | None = None) -> Cost:
        """Return the cost that training minimises on labelled rows of the classifier, in double precision.

            cost(theta) = Σ_r w_r loss_r / Σ_r w_r + l2/2 ‖weights‖² + l1 ‖weights‖₁

        Parameters:
            rows: as `rows` returns them.
            penalty: that of training on other rows, of which these are some; None for that of these.
        """
        x = ready_to_train(rows.x, self.standardizer, DOUBLE, self.network, in_batches=False)
        penalty = self.penalty(rows) if penalty is None else penalty
        return Cost(self.network, self.loss, Rows(x, rows.t, rows.weights), rows.total_weight, penalty, "mean")

    def outputs(self, x: Any) -> Iterator[list[Array]]:
        """Yield the outputs of every layer for rows `x` (n, i) of the classifier, a block of rows at a time."""
        size = max(LEAST_BLOCK_ROWS, BLOCK_NUMBERS // sum(self.network.widths))
        for start in range(0, x.shape[0], size):
            block = x if size >= x.shape[0] else x[start : start + size]
            yield self.network.forward(self.theta, self.standardized(block))

    def log_probabilities(self, x: Any) -> Array:
        """Return the logarithms of the probabilities (n, k) of rows `x` (n, i) of the classifier."""
        z = joint_logits(np.concatenate([outputs[-1] for outputs in self.outputs(x)]), self.network.members)
        return -softplus(np.hstack([z, -z])) if z.shape[1] == 1 else np.asarray(log_softmax(z, axis=1))

    def cross_predict(self, rows: Rows, sample_weight: Array | None = None, *, folds: int = 5) -> Array:
        """Return the logarithms of the probabilities (n, k) by classifiers that were trained without each row.

        The rows are split into folds with the same share of each class. For each, the classifier is trained anew with
        its settings on the others; the steps before it, which learned from all rows, stay as they are: those that
        learned from labels, such as target statistics, make the probabilities look better than they are.

        Parameters:
            rows: as `rows` returns them, of at least `folds` of each class.
            sample_weight: of each row (n,), without that of its class, or None.
            folds: how many.

        >>> from sklearn.datasets import load_iris
        >>> x, y = load_iris(return_X_y=True)
        >>> model = TrainedModel.of(Classifier().fit(x, y))
        >>> float((model.cross_predict(model.rows(x, y)).argmax(axis=1) == y).mean())
        0.96
        """
        from sklearn.model_selection import StratifiedKFold  # which takes as long to load as a small table to train on

        log_y, labels = np.empty((len(rows), len(self.classes))), self.labels[rows.t]
        anew = clone(self.classifier).set_params(callbacks=())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # one that ends short is as good as the model itself
            for others, own in StratifiedKFold(folds, shuffle=True, random_state=0).split(labels, labels):
                weights = None if sample_weight is None else sample_weight[others]
                log_y[own] = anew.fit(rows.x[others], labels[others], weights).predict_log_proba(rows.x[own])
        return log_y


def first_encoder(model: Any) -> Any:
    """Return the `TableEncoder` that a pipeline begins with, so that it takes tables as they are, or None."""
    first = model[0] if hasattr(model, "steps") else None
    return first if hasattr(first, "learned_") else None


def _names(steps: Any, classifier: Classifier) -> tuple[str, ...]:
    """Return the names of the inputs of a network."""
    try:
        given = steps.get_feature_names_out() if len(steps) else None
    except (AttributeError, ValueError):  # a step that names nothing, such as a function of one's own
        given = None
    if given is None or len(given) != classifier.network_.inputs:
        given = getattr(classifier, "feature_names_in_", [f"x{i}" for i in range(classifier.network_.inputs)])
    return tuple(map(str, given))


def _does_something(step: Any) -> bool:
    return step is not None and not (isinstance(step, str) and step == "passthrough")


def _undone(step: Any) -> tuple[Array, Array] | None:
    """Return what takes the outputs of a step to its inputs, `x · unit + origin`; None where that is no such thing."""
    if hasattr(step, "units"):
        origin, unit = step.units()
        return origin, unit
    from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler  # slow to load

    if isinstance(step, MinMaxScaler) and not step.clip:
        return -step.min_ / step.scale_, 1 / step.scale_
    if isinstance(step, StandardScaler | RobustScaler | MaxAbsScaler) and not getattr(step, "clip", False):
        centre = getattr(step, "mean_" if isinstance(step, StandardScaler) else "center_", None)
        shifted = getattr(step, "with_mean", getattr(step, "with_centering", False))
        unit = np.ones(step.n_features_in_) if step.scale_ is None else np.asarray(step.scale_, np.float64)
        return np.asarray(centre, np.float64) if shifted else np.zeros_like(unit), unit
    return None


def _after_step(names: tuple[str, ...], steps: Any, number: int) -> tuple[str, ...]:
    """Return the names of inputs that were made by the step of this number, which cannot be undone.

    A column that keeps its name says what it went through, but for powers and products, whose names say it all; where
    steps before it changed units, all say it.
    """
    from sklearn.preprocessing import PolynomialFeatures

    step = steps[number]
    scaled = any(map(_does_something, steps[:number]))
    if isinstance(step, PolynomialFeatures) and not scaled:
        return names
    try:
        given = {str(name) for name in (steps[:number].get_feature_names_out() if number else step.feature_names_in_)}
    except (AttributeError, ValueError):  # the steps name nothing: then a name may be anything
        given = set(names)
    after = f" (after {type(step).__name__})"
    return tuple(name + after if scaled or name in given else name for name in names)
