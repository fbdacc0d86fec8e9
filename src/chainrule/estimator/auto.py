"""The classifier that finds its model: candidates from softmax regression to ensembles of networks, cross-validated."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, final

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from chainrule.arrays import Array, is_sparse
from chainrule.common.arguments import check, real, whole
from chainrule.engine import Rows
from chainrule.estimator.candidates import (
    FOLDS,
    PILOT_FROM,
    PILOT_ROWS,
    Candidate,
    CrossValidation,
    Limit,
    Step,
    Trial,
    Tried,
    now,
    parts_of,
    sharpened,
)
from chainrule.estimator.classifier import Classifier
from chainrule.estimator.comparison import (
    Choice,
    Comparison,
    choices_of,
    compared,
    compared_beside,
    cross_fitted,
    held_out_rows,
    temperature_of_ensemble,
)
from chainrule.estimator.looked_up import asked
from chainrule.estimator.metrics import Metric, Scorer, is_metric, probabilities_of
from chainrule.estimator.preparation import checked, classes_of, labelled_rows
from chainrule.estimator.settings import METRICS, OF_A_CLASSIFIER, Allowed, check_settings
from chainrule.estimator.standardizer import Standardizer
from chainrule.estimator.thresholds import Criterion, best_threshold, cross_thresholds, is_criterion, of_second_class
from chainrule.network import Network, ensemble
from chainrule.tables import TableEncoder
from chainrule.tables.frames import values_of
from chainrule.training.history import History
from chainrule.training.monitor import all_or_nothing

# Bins of a number: of 16, 32 and 64 all were as accurate on 13 real tables, and 16 take the least time.
BINS = 16
# Levels from which on a category becomes the shares of the classes in them: an input for each takes ever more time, and
# learns little of levels with a handful of rows. No category of 26 real tables has as many.
MANY_LEVELS = 256
# Numbers of the encoded rows, 800 MB of single precision, up to which bins are tried: they are 16 inputs a number.
MOST_NUMBERS = 200_000_000
# Rows from which on candidates are compared; of fewer, each of the ten parts would hold hardly any.
LEAST_ROWS = 50
# Rows from which on the additive model is a candidate: on 12 real tables it was more accurate than softmax regression
# but on those of 1,000 rows or fewer.
ADDITIVE_ROWS = 1000
# Neurons of the hidden layers; of 256 in one layer the held-out loss was higher.
HIDDEN = (64, 64)
# Those that "best" tries after these: on 13 real tables the loss was 1 to 5 % lower, at twice the time.
WIDER = (128, 128)
# Rows of their mini-batches: on 10 real tables of up to 4,900 rows the loss was 2 to 3 % lower than with 64 or 128.
SMALLER_BATCH = 32
# Penalty of networks times the weight of the rows: of 0.1 to 100, the one with the lowest cross-validated loss on most
# of 13 real tables without bins; with bins it and 10 had about the same, and its error was 0.24 ± 0.11 points lower.
PENALTY = 3.0
# How often "best" tries them by cross-validation, each time with other parts and other starting weights, where there is
# time: an ensemble of more members gains little, and its file grows.
REPEATS = 6
# Rows that are encoded beside PILOT_ROWS of them to foretell how long all take, and how many times as long each of all
# takes, which do not fit into the cache: 2.7 times of 500,000 rows of ten numbers.
MORE_PILOT_ROWS = 10 * PILOT_ROWS
OUT_OF_CACHE = 3.0
# Seconds without which nothing is compared: cutting numbers into bins alone takes as long on thousands of rows.
COMPARABLE_SECONDS = 0.05
# Seconds that "best" takes where no time budget is given.
BEST_SECONDS = 60.0

SOFTMAX = Candidate("softmax regression", False, (), 1.0)
ADDITIVE = Candidate("additive model", True, (), 1.0)
NETWORKS = Candidate("networks", False, HIDDEN, PENALTY)
NETWORKS_ON_BINS = Candidate("networks on bins", True, HIDDEN, PENALTY)
CANDIDATES: dict[str, tuple[Candidate, ...]] = {
    "auto": (SOFTMAX, ADDITIVE, NETWORKS, NETWORKS_ON_BINS),
    "best": (SOFTMAX, ADDITIVE, NETWORKS, NETWORKS_ON_BINS),
    "softmax": (SOFTMAX,),
    "network": (NETWORKS_ON_BINS._replace(name="network on bins"),),
}
# What an ensemble of networks with and without bins is called.
BOTH = "networks of both kinds"
# What is added to the names of wider networks.
AND_WIDER = ", wider"


def _wider(candidate: Candidate) -> Candidate:
    return candidate._replace(name=candidate.name + AND_WIDER, hidden=WIDER, batch=SMALLER_BATCH)


def _is_step(one: Any) -> bool:
    return isinstance(one, list | tuple) and len(one) == 3 and isinstance(one[0], str) and all(map(whole, one[2:]))


ALLOWED = {
    "model": Allowed(" or ".join(CANDIDATES), lambda v: isinstance(v, str) and v in CANDIDATES),
    "encoder": Allowed("a TableEncoder or None", lambda v: v is None or isinstance(v, TableEncoder)),
    "time_budget": Allowed("a number of seconds above 0, or None", lambda v: v is None or (real(v, 0) and v > 0)),
    "steps": Allowed("the steps_ of an earlier fit, or None", lambda v: v is None or all(map(_is_step, v))),
    "metric": Allowed(f"{', '.join(METRICS)} or a scorer", is_metric),
    "threshold": Allowed(
        'a number from 0 to 1, "f1", "balanced_accuracy", the costs of a false positive and a false negative, or None',
        lambda v: OF_A_CLASSIFIER["threshold"].fits(v) or is_criterion(v),
    ),
    **{name: OF_A_CLASSIFIER[name] for name in ("class_weight", "callbacks", "random_state")},
}


@final
@dataclass(frozen=True, eq=False)
class Encoded:
    """Rows as the candidates are given them.

    Attributes:
        encoder: that made them; None where the rows are sparse, which are taken as they are.
        x: the inputs (n, i).
        standardizer: what scales them for networks: bins to variance 1, all else as it is.
        plain: places of the inputs that are no bins.
    """

    encoder: TableEncoder | None
    x: Any
    standardizer: Standardizer
    plain: Array

    @classmethod
    def of_table(cls, encoder: TableEncoder, X: Any, y: Array, sample_weight: Any, bins: int) -> "Encoded":
        """Return rows encoded by `encoder`, which is fitted to them."""
        x = encoder.set_params(bins=bins).fit_transform(X, y, sample_weight)
        if bins and np.prod(x.shape, dtype=float) > MOST_NUMBERS:
            return cls.of_table(encoder, X, y, sample_weight, 0)
        of_bins = encoder.bin_inputs()
        scale = np.ones(x.shape[1])
        scale[of_bins] = Standardizer.of(x[:, of_bins]).scale if len(of_bins) else 1.0
        plain = np.setdiff1d(np.arange(len(scale)), of_bins)
        return cls(encoder, x, Standardizer(np.zeros(len(scale)), scale), plain)

    def without_bins(self) -> "Encoded":
        """Return the rows as an encoder without bins would encode them."""
        if self.encoder is None or len(self.plain) == self.x.shape[1]:
            return self
        encoder, x = self.encoder.without_bins(), self.x[:, self.plain]
        x = csr_array(x) if encoder.sparse_ else x.toarray() if is_sparse(x) else np.ascontiguousarray(x)
        return Encoded(encoder, x, Standardizer.none(x.shape[1]), np.arange(x.shape[1]))

    def scaled(self) -> Any:
        """Return the inputs as networks train on them: dense unless they are very many, in single precision."""
        x = self.standardizer.apply(self.x, np.dtype(np.float32))
        return x.toarray() if is_sparse(x) and np.prod(x.shape, dtype=float) <= MOST_NUMBERS else x


class AutoClassifier(ClassifierMixin, BaseEstimator):
    """A classifier of tables that finds its model by cross-validation, and says what others would have given.

    Softmax regression, an additive model (softmax regression of numbers cut into bins), networks, and networks on bins
    are each trained on four fifths of the rows and tested on the fifth, in turn. Of the networks, those of all fifths
    are one ensemble: its prediction is the mean of their probabilities. The model is a pipeline of a `TableEncoder` and
    a `Classifier`, so that whatever explains, checks, saves or exports these does so with it.

    The scores are of rows that neither trained nor chose what scores them: the parameters of a network are chosen by
    the other half of the fifth that it is tested on, kind of model and temperature by the other four fifths. Only two
    things are decided by all held-out rows: when training ends, some epochs after the parameters that are kept, and
    which candidates are left out early, those far behind.

    Parameters:
        model: "auto" for the simplest model whose loss is within one standard error of the lowest; "best" for the
            lowest, with wider networks too, more of them the more time there is; "softmax" for softmax regression;
            "network" for a single network, which one fifth of the rows stops.
        time_budget: seconds that `fit` may take; None for as long as it needs, or for "best" 60. Where they do not
            suffice for all that would be tried, the best so far is the model; with "best" more of them never raise the
            loss that is told, once networks have been tried on all rows.
        steps: `steps_` of an earlier fit, to repeat it to the bit without a clock, with the same `random_state`.
        encoder: how columns are encoded, a `TableEncoder`, of which a copy with or without bins is fitted; None for one
            that infers it all, `TableEncoder(scaling="auto", target_statistics=256)`; for "softmax" `TableEncoder()`.
        class_weight: weights of the classes: a dictionary, "balanced", or None.
        metric: what the choice and the end of training follow: "log_loss", "accuracy", "roc_auc", "balanced_accuracy",
            "f1", or a scorer as scikit-learn has them, of an estimator, rows and labels, with `sample_weight` where
            rows have weights. The best is then the highest; of equal ones in training, that of the lower log loss.
        threshold: of two classes, the probability of the positive one from which on it is predicted: a number; "f1" or
            "balanced_accuracy" for the one of the best score, or what a false positive and a false negative cost, such
            as (1, 5), for that of the least cost, chosen on held-out rows; None for the more probable class.
        positive: label of the positive class of two, for "f1" and the threshold; None for the second one.
        callbacks: each called with the `Trial` after each model that has been trained; returns why to try no more, or
            None.
        random_state: seed of the parts, of starting weights and of the order of mini-batches.

    Attributes:
        classes_: the labels (k,), sorted.
        model_: the model, a pipeline that ends in a `Classifier`.
        comparison_: what cross-validation says of each model, the simplest first; empty for fewer than 50 rows.
        probabilities_: of the classes for the rows of training (n, k), each by models that the row neither trained nor
            chose: any score of them is one for new rows. NaN for rows that time was too short to hold out, and with
            "network" for the four fifths that train it. None for fewer than 50 rows.
        threshold_: probability of the positive class from which on it is predicted; None for the more probable class.
        thresholds_: the same for each row of training (n,), chosen by rows of other parts: with `probabilities_` it
            says what is predicted for the row by what it did not choose. None where no threshold was chosen.
        steps_: the models that were trained, one after another, each a `Step`: name, part held out, epochs.
        tried_: what each of them gave and took, a `Tried` for each cross-validation of a candidate.
        temperature_: what the logits of the networks are divided by, fitted on rows that training did not see; of 1,000
            rows and more it is that of the mean of all members, `a + b / m` of the `m` of them, as one and two foretell
            it. It is part of the model's parameters.

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> model = AutoClassifier(random_state=0).fit(x, y)
    >>> model.score(x, y) > 0.95
    True
    """

    classes_: Array
    n_features_in_: int
    feature_names_in_: Array
    model_: Pipeline
    comparison_: list[Comparison]
    probabilities_: Array | None
    steps_: list[Step]
    tried_: list[Tried]
    temperature_: float
    threshold_: float | None
    thresholds_: Array | None

    def __init__(
        self,
        model: str = "auto",
        *,
        time_budget: float | None = None,
        steps: Sequence[Step] | None = None,
        encoder: TableEncoder | None = None,
        class_weight: dict[Any, float] | str | None = None,
        metric: str | Scorer = "log_loss",
        threshold: float | Criterion | None = None,
        positive: Any = None,
        callbacks: Sequence[Callable[[Trial], str | None]] = (),
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.model = model
        self.time_budget = time_budget
        self.steps = steps
        self.encoder = encoder
        self.class_weight = class_weight
        self.metric = metric
        self.threshold = threshold
        self.positive = positive
        self.callbacks = callbacks
        self.random_state = random_state

    @all_or_nothing
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Find and train the model for rows `X` (n, i) with labels `y` (n,).

        Parameters:
            X: a data frame of any library, or rows, dense or a SciPy sparse matrix.
            y: labels of at least two classes, of any type.
            sample_weight: of each row (n,), at least 0; None where all count the same.

        Raises:
            ValueError: the data or a parameter does not fit; the message says what was found and expected.
        """
        check_settings(vars(self), ALLOWED)
        limit = self._limit()
        X, y = (X, np.asarray(y)) if is_table(X) else checked(self, X, y, labelled=True)
        encoder = self._encoder(X)
        classes = classes_of(y)
        metric = Metric(self.metric, classes, self._positive(classes))
        labelled = labelled_rows(np.empty((len(y), 0)), y, classes, self.class_weight, sample_weight)
        seed = int(check_random_state(self.random_state).randint(2**31))
        candidates = self._candidates(len(y))
        if is_sparse(X):
            encoded = Encoded(None, X, Standardizer.of(X), np.arange(X.shape[1]))
        else:
            candidates = _in_time(candidates, encoder, X, y, limit)
            bins = BINS if any(candidate.bins for candidate in candidates) else 0
            encoded = Encoded.of_table(encoder, X, y, sample_weight, bins)
        if len(encoded.plain) == encoded.x.shape[1]:
            candidates = tuple({one.hidden: one._replace(bins=False) for one in reversed(candidates)}.values())[::-1]
        rows = replace(labelled, x=encoded.x)
        parts = parts_of(rows.t, np.random.default_rng(seed))
        trials, self.steps_, self.tried_ = [], [], []
        if len(y) >= LEAST_ROWS:
            scaled = replace(rows, x=encoded.scaled())
            validation = CrossValidation(scaled, encoded.plain, len(classes), parts, limit, self.steps_, metric)
            trials = self._trials(validation, candidates, seed)
        self._check_steps()
        choice = self._compared(trials, rows, parts, metric)
        chosen = [SOFTMAX] if choice is None else [trial.candidate for trial in choice.trials]
        if encoded.encoder is not None and not any(candidate.bins for candidate in chosen):
            encoded = encoded.without_bins()
        if choice is not None and (choice.is_network or choice.is_cut):
            classifier = self._ensemble(choice, encoded, classes, rows.total_weight, seed)
        else:
            classifier = self._regression(chosen[0], encoded, y, sample_weight, rows.total_weight)
        if limit.why is not None and self.steps is None:
            classifier.stop_ += f"; {limit.why}, the best model so far is kept"
        self._set_threshold(classifier, labelled, metric.positive, sample_weight, parts)
        steps = []
        if encoded.encoder is not None:
            steps = [("table", encoded.encoder)]
            self.n_features_in_ = encoded.encoder.n_features_in_
            if is_table(X):
                self.feature_names_in_ = encoded.encoder.feature_names_in_
        self.model_, self.classes_ = Pipeline([*steps, ("classifier", classifier)]), classes
        return self

    def _encoder(self, X: Any) -> TableEncoder:
        """Return the encoder to fit; every column of an array is taken as a number."""
        if is_table(X) and self.encoder is not None:
            return clone(self.encoder)
        kinds = None if is_table(X) else {f"column {i}": "number" for i in range(X.shape[1])}
        return (TableEncoder if self.model == "softmax" else usual_encoder)(kinds=kinds)

    def _positive(self, classes: Array) -> int:
        """Return the number of the positive class.

        Raises:
            ValueError: it is none of the classes, or a threshold is asked for and there are not two.
        """
        if self.threshold is not None and len(classes) != 2:
            raise ValueError(f"threshold is for two classes, found {len(classes)}: set it to None.")
        check(
            "positive", self.positive, self.positive is None or self.positive in classes, "one of the classes or None"
        )
        return 1 if self.positive is None else classes.tolist().index(self.positive)

    def _set_threshold(
        self, classifier: Classifier, rows: Rows, positive: int, sample_weight: Any, part: Array
    ) -> None:
        """Set the threshold of the model and of each row, where one is asked for."""
        self.threshold_, self.thresholds_ = None, None
        threshold: Any = self.threshold
        if threshold is None:
            return
        if not is_criterion(threshold):
            self.threshold_, self.thresholds_ = float(threshold), np.full(len(rows), float(threshold))
        elif self.probabilities_ is None:
            raise ValueError(
                f"threshold {threshold!r} is chosen on held-out rows, of which there are none with fewer than"
                f" {LEAST_ROWS} rows, found {len(rows)}: give a number."
            )
        else:
            known = np.flatnonzero(np.isfinite(self.probabilities_[:, 0]))
            fold = part[known] // 2
            fold = fold if len(np.unique(fold)) > 1 else part[known]
            weights = np.broadcast_to(np.float64(1) if sample_weight is None else np.float64(sample_weight), len(rows))
            given = rows.t[known] == positive, self.probabilities_[known, positive], weights[known]
            self.threshold_, self.thresholds_ = best_threshold(threshold, *given), np.full(len(rows), np.nan)
            self.thresholds_[known] = cross_thresholds(threshold, *given, fold)
        classifier.threshold = of_second_class(self.threshold_, positive)

    def _candidates(self, rows: int) -> tuple[Candidate, ...]:
        """Return what is compared on so many rows."""
        hurried = self.steps is None and self.time_budget is not None and self.time_budget < COMPARABLE_SECONDS
        if rows < LEAST_ROWS:
            return (SOFTMAX,)
        some = CANDIDATES[self.model][: 1 if hurried else None]
        return tuple(one for one in some if one is not ADDITIVE or rows >= ADDITIVE_ROWS)

    def _limit(self) -> Limit:
        """Return when the search ends."""
        if self.steps is not None:
            return Limit(epochs=sum(Step(*step).epochs for step in self.steps))
        seconds = BEST_SECONDS if self.model == "best" else float("inf")
        return Limit(seconds if self.time_budget is None else self.time_budget)

    def _check_steps(self) -> None:
        """Refuse steps to repeat that are those of other rows or settings."""
        if self.steps is not None and self.steps_ != [Step(*step) for step in self.steps]:
            raise ValueError(
                "steps must be those of a fit to the same rows with the same settings and seed, found others: omit"
                " them."
            )

    def _trials(self, validation: CrossValidation, candidates: Sequence[Candidate], seed: int) -> list[Trial]:
        """Return the trials of the candidates; for "best", of wider networks too, several times while there is time."""

        def told(trial: Trial) -> str | None:
            reasons = [callback(trial) for callback in self.callbacks]
            return next((reason for reason in reasons if reason is not None), None)

        trials = validation.race(candidates, seed, told, folds=1 if self.model == "network" else FOLDS)
        self._tell(validation, trials, 1)
        running = [_wider(one.candidate) for one in trials if one.candidate.hidden and not one.beaten]
        for repeat in range(1, REPEATS + 1 if self.model == "best" and running else 1):
            if validation.limit.over:
                break
            parts = parts_of(validation.rows.t, np.random.default_rng((seed, repeat)))
            again = replace(validation, part=parts).race(running, seed + 2 * FOLDS * repeat, told)
            self._tell(validation, again, repeat)
            trials += [trial for trial in again if trial.is_whole]
        return trials

    def _tell(self, validation: CrossValidation, trials: Sequence[Trial], repetition: int) -> None:
        """Record what each trial gave and how long it took."""
        begun = [trial for trial in trials if trial.members]
        self.tried_ += [trial.told(validation.rows, repetition, validation.limit.why) for trial in begun]

    def _compared(self, trials: list[Trial], of: Rows, part: Array, metric: Metric) -> Choice | None:
        """Set what cross-validation says of the models, and return the best one, or None if there are none."""
        t, weights = of.t, np.ones(len(of)) if of.weights is None else of.weights.astype(np.float64)
        self.comparison_, self.probabilities_, self.temperature_ = [], None, 1.0
        narrow = [trial for trial in trials if trial.candidate.hidden != WIDER]
        choices = choices_of(narrow, BOTH) + choices_of(trials[len(narrow) :], BOTH + AND_WIDER)
        if not choices:
            return None
        simplest, rows = self.model != "best", held_out_rows(choices)
        found, number = compared(choices, t, weights, rows, simplest=simplest, metric=metric, part=part)
        chosen = choices[number]
        found += [compared_beside(trial, chosen, t, weights) for trial in trials if trial.beaten]
        found.sort(key=lambda one: (not one.chosen, one.loss))
        names = [candidate.name for candidate in CANDIDATES[self.model]]
        order = [*names, BOTH, *(f"{name}{AND_WIDER}" for name in (*names, BOTH))]
        of_name = [[one for one in found if one.name == name] for name in order]
        self.comparison_ = [same[0] for same in of_name if same]
        self.temperature_ = temperature_of_ensemble(chosen, trials, t, weights)
        z = cross_fitted(choices, part, t, weights, simplest=simplest, metric=metric)
        self.probabilities_ = probabilities_of(z)
        return chosen

    def _ensemble(self, choice: Choice, encoded: Encoded, classes: Array, total_weight: float, seed: int) -> Classifier:
        """Return the classifier whose members are the networks of a choice, at its temperature."""
        inputs = encoded.x.shape[1]
        wide = choice.trials[0].candidate.network(inputs, len(classes))
        thetas = []
        for trial in choice.trials:
            narrow = trial.candidate.network(inputs if trial.candidate.bins else len(encoded.plain), len(classes))
            used = slice(None) if trial.candidate.bins else encoded.plain
            thetas += [
                sharpened(_widened(narrow, one.theta, wide, used), wide, 1 / self.temperature_) for one in trial.members
            ]
        network, theta = (wide, thetas[0]) if len(thetas) == 1 else ensemble([wide] * len(thetas), thetas)
        candidate, epochs = choice.trials[0].candidate, [one.epochs for trial in choice.trials for one in trial.members]
        classifier = Classifier(
            candidate.hidden,
            l2=candidate.penalty / total_weight,
            optimizer="adam",
            standardize=False,
            class_weight=self.class_weight,
            random_state=seed,
        )
        classifier.classes_, classifier.network_, classifier.theta_ = classes, network, theta
        classifier.standardizer_, classifier.n_features_in_ = encoded.standardizer, inputs
        classifier.history_, classifier.n_iter_ = History(), max(epochs)
        range_of = f"{min(epochs)} epochs" if min(epochs) == max(epochs) else f"{min(epochs)} to {max(epochs)} epochs"
        classifier.stop_ = f"the held-out loss was lowest after {range_of}"
        classifier._state, classifier._generator = None, np.random.default_rng(seed)
        return classifier

    def _regression(
        self, candidate: Candidate, encoded: Encoded, y: Array, sample_weight: Any, total_weight: float
    ) -> Classifier:
        """Return the softmax regression of all rows."""
        classifier = Classifier(
            l2=candidate.penalty / total_weight,
            standardize=encoded.encoder is None,
            class_weight=self.class_weight,
        )
        return classifier.fit(encoded.x, y, sample_weight)

    def _asked(self, method: str, X: Any) -> Array:
        """Return what a method of the model says of rows."""
        check_is_fitted(self)
        return asked(self.model_, method, X if is_table(X) else checked(self, X, reset=False))

    def predict(self, X: Any) -> Array:
        """Return the most probable label of each row of `X` (n,)."""
        return self._asked("predict", X)

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class for rows `X`: (n, k), in the order of `classes_`."""
        return self._asked("predict_proba", X)

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of `predict_proba`, finite however small the probability."""
        return self._asked("predict_log_proba", X)

    def decision_function(self, X: Any) -> Array:
        """Return the logits of rows `X`: (n, k), or (n,) for two classes, above zero for the second one."""
        return self._asked("decision_function", X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _in_time(
    candidates: tuple[Candidate, ...], encoder: TableEncoder, X: Any, y: Array, limit: Limit
) -> tuple[Candidate, ...]:
    """Return the candidates; of many rows the simplest alone where time is too short to encode them for all.

    How long it takes is foretold by how much longer some of the rows take than fewer of them.
    """
    if not limit.is_of_time or len(y) < PILOT_FROM or len(candidates) == 1:
        return candidates
    columns, took = values_of(X), []
    for rows in (PILOT_ROWS, PILOT_ROWS, MORE_PILOT_ROWS):  # the first time prepares what the others find
        step = len(y) // rows
        some, started = {name: values[::step] for name, values in columns.items()}, now()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # which of all rows come again
            Encoded.of_table(clone(encoder), some, y[::step], None, BINS)
        took.append(now() - started)
    seconds = OUT_OF_CACHE * (took[2] - took[1]) * len(y) / (MORE_PILOT_ROWS - PILOT_ROWS)
    return candidates if limit.left > seconds else candidates[:1]


def usual_encoder(**settings: Any) -> TableEncoder:
    """Return the encoder of a table for the models that are tried, with further settings.

    >>> usual_encoder(drop=("id",))
    TableEncoder(drop=('id',), scaling='auto', target_statistics=256)
    """
    return TableEncoder(scaling="auto", target_statistics=MANY_LEVELS, **settings)


def is_table(X: Any) -> bool:
    """Return whether rows come with named columns, as those of a data frame do."""
    return not is_sparse(X) and (isinstance(X, dict) or hasattr(X, "column_names") or hasattr(X, "columns"))


def _widened(narrow: Network, theta: Array, wide: Network, used: Any) -> Array:
    """Return the parameters of a network that is given more inputs, and makes nothing of those that it did not have."""
    given = [dict(views) for views in narrow.views(theta)]
    weights = np.zeros((wide.inputs, given[0]["weights"].shape[1]), theta.dtype)
    weights[used] = given[0]["weights"]
    given[0]["weights"] = weights
    return wide.flatten(given).astype(theta.dtype)
