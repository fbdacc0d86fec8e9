"""Models that can be of a table, compared by cross-validation: what `AutoClassifier` chooses among.

1. The rows are cut into five parts with the same share of each class, and each part into two halves.
2. Each candidate is trained on four parts and predicts the fifth, for each part in turn: the simplest one on all of
   them first, the others by turns. After each turn, candidates whose loss is clearly above that of the best one end.
3. A network is trained until the loss of the held-out part, at the temperature that makes it lowest, has not fallen for
   some epochs. Each half of that part is predicted by the parameters that were best on the other half: no row's own
   label chose what predicts it.
4. What is compared are these losses, row by row: the difference of two candidates has a standard error.

The five networks of a candidate, one for each part that was held out, are the members of an ensemble.

All of this is one sequence of epochs that depends on rows, settings and seed alone. The clock says only where it ends:
as many epochs again give the same model, to the bit.

Sources: M. Stone, "Cross-validatory choice and assessment of statistical predictions", JRSS B 36, 1974; O. Maron,
A. Moore, "Hoeffding races", NeurIPS 1993; L. Breiman, "Bagging predictors", Machine Learning 24, 1996; E. Berta,
D. Holzmüller, M. Jordan, F. Bach, "Rethinking early stopping: refine, then calibrate", arXiv 2501.19195.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter as clock
from typing import Any, NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.engine import Cost, Rows
from chainrule.estimator.defaults import BATCH, build_network, build_plan, loss_of
from chainrule.estimator.metrics import LOG_LOSS, Metric
from chainrule.initializers import initialize
from chainrule.losses import Penalty
from chainrule.losses.members import joint_logits
from chainrule.network import Network
from chainrule.optimizers import Adam, ExponentialDecay
from chainrule.training.loop import epochs

# Parts of the rows in cross-validation: the usual number, so that each network learns from four fifths.
FOLDS = 5
# Epochs without a lower held-out loss after which a network's training ends, for few rows: of 5, 8 and 10, the fewest
# that cost no accuracy on 13 real tables. For many rows, as many epochs as take this number of rows, and three at
# least: of many rows each epoch is many steps.
PATIENCE = 8
PATIENT_ROWS = 40_000
LEAST_PATIENCE = 3
# Epochs at most: nearly all networks on real tables of up to 6,000 rows stopped before 80.
MOST_EPOCHS = 200
# Adam's rate: of 1e-3 to 2e-2 the lowest held-out loss on 13 real tables, in the fewest epochs. It falls to four fifths
# every so many steps.
RATE = 1e-2
DECAY = 0.8
DECAY_STEPS = 2000
# A candidate is not trained on further parts where its loss is above that of the best one by so many standard errors,
CLEARLY_WORSE = 2.0
# and by such a share: what is a little worse by itself still makes an ensemble better, on most of 13 real tables.
MUCH_WORSE = 0.1
# Rows that this is decided on, at least: of fewer, a standard error says little.
DECIDING_ROWS = 200
# Rows that the temperature is fitted on, at most: one number needs no more.
TEMPERATURE_ROWS = 20_000
# The logits are multiplied by at least and at most this.
SHARPNESS = (0.2, 5.0)
# Where models are compared, one of so many steps between these is near enough: a tenth more or less changes the loss by
# a few thousandths.
SHARPNESSES = np.geomspace(*SHARPNESS, 17)
# Sharpnesses that a network's held-out loss is the lowest of, epoch by epoch: training goes on while it learns to tell
# classes apart, although it grows too sure of itself, which the temperature makes good again. Of fewer held-out rows
# than DECIDING_ROWS the loss is taken as it is: there the choice among six is chance.
REFINED = np.array([0.35, 0.5, 0.7, 1.0, 1.4, 2.0], np.float32)
AS_IT_IS = np.ones(1, np.float32)


# Times as long as that of a part, to train a regression on all rows when the search is over: a quarter more rows, and a
# fifth to spare.
REFIT = 1.5
# Rows of an epoch that is tried first where time is limited, and of how many rows on: of a network on many rows the
# first epoch alone may take longer than there is, and this one, which is thrown away, takes a hundredth of it at most.
PILOT_ROWS = 1000
PILOT_FROM = 100 * PILOT_ROWS
# Times as long as its losses take, to compare a candidate with the others when the search is over.
COMPARING = 4.0


def now() -> float:
    """Return the seconds on the clock: tests put another one in its place."""
    return clock()


@final
class Limit:
    """When a search ends: after some seconds, or after as many epochs as another one took.

    Parameters:
        seconds: from now, at which all is to be done; infinite for no limit.
        epochs: to take at most, of all models together; None for any number.

    Attributes:
        why: why no further epoch is to begin; None as long as one may.
        taken: epochs so far.
        reserved: seconds to keep for what is to be done when the search is over, by what it is.
    """

    def __init__(self, seconds: float = float("inf"), epochs: int | None = None) -> None:
        self.why: str | None = None
        self.taken = 0
        self.reserved: dict[str, float] = {}
        self._most, self._longest = float("inf") if epochs is None else epochs, 0.0
        self._before = now()
        self._deadline = self._before + seconds

    @property
    def over(self) -> bool:
        """Whether no further epoch is to begin."""
        return self.why is not None

    @property
    def is_of_time(self) -> bool:
        """Whether the clock ends it."""
        return self._deadline < float("inf")

    @property
    def left(self) -> float:
        """Seconds left until the deadline, negative after it."""
        return self._deadline - now()

    def reserve(self, what: str, since: float, times: float = 1.0) -> None:
        """Keep as long as has passed since then, or so many times that, for what is done when the search is over."""
        self.reserved[what] = max(self.reserved.get(what, 0.0), times * (now() - since))

    def begin(self, first: float = 0.0) -> None:
        """Note that a model begins: time is over where there is none for an epoch, of `first` seconds at least."""
        self._before = now()
        self._check(first)

    def count(self) -> None:
        """Note that an epoch has ended: time is over where another one, as long as the longest, would end too late."""
        ended = now()
        self._longest, self._before = max(self._longest, ended - self._before), ended
        self.taken += 1
        self._check()

    def _check(self, least: float = 0.0) -> None:
        late = self._before + max(self._longest, least) + sum(self.reserved.values()) > self._deadline
        if self.why is None and (late or self.taken >= self._most):
            self.why = "time was up" if late else "as many epochs as before were taken"


class Step(NamedTuple):
    """A model that was trained in a search.

    Attributes:
        model: its name.
        part: which part was held out, counted on over the repetitions of cross-validation.
        epochs: that it was trained for.
    """

    model: str
    part: int
    epochs: int


class Tried(NamedTuple):
    """What a candidate gave in a cross-validation, and what it took.

    Attributes:
        model: its name.
        repetition: which cross-validation of this model it was, from 1.
        parts: that were held out, of five.
        epochs: that it was trained for, on all of them together.
        loss: mean cross-entropy of the rows held out, before they are calibrated by a temperature.
        seconds: that it took.
        ended: why it ended before all parts; empty where it did not.
    """

    model: str
    repetition: int
    parts: int
    epochs: int
    loss: float
    seconds: float
    ended: str


class Candidate(NamedTuple):
    """A kind of model.

    Attributes:
        name: in words.
        bins: whether it is given the bins of numbers, beside the numbers.
        hidden: neurons of each hidden layer.
        penalty: its l2 penalty times the total weight of the rows.
        batch: rows of a mini-batch.
    """

    name: str
    bins: bool
    hidden: tuple[int, ...]
    penalty: float
    batch: int = BATCH

    def network(self, inputs: int, classes: int) -> Network:
        """Return its network for so many inputs and classes."""
        return build_network(inputs, self.hidden, "relu", True, classes)


class Member(NamedTuple):
    """A model trained on all parts but one.

    Attributes:
        theta: its parameters (p,), best on the whole of the part that was held out.
        z: logits of the held-out rows (m, k), each by parameters that the row's label did not choose.
        epochs: after how many epochs they were best.
        cut: whether time was over before its training was.
    """

    theta: Array
    z: Array
    epochs: int
    cut: bool = False


@final
@dataclass(eq=False)
class Trial:
    """What cross-validation found of a candidate so far.

    Attributes:
        candidate: that was tried.
        members: trained ones, one for each part that was held out.
        z: logits of all rows (n, k), NaN where a row has not been held out yet.
        seconds: that training took.
        epochs: that they were trained for together.
        beaten: whether it ended early, because another one was clearly better.
        loss: mean loss of the part that was held out last.
    """

    candidate: Candidate
    z: Array
    members: list[Member] = field(default_factory=list)
    seconds: float = 0.0
    epochs: int = 0
    beaten: bool = False
    loss: float = float("nan")
    _losses: Array | None = None

    def losses(self, t: Array) -> Array:
        """Return the losses (s, n) of all rows with classes `t` (n,), NaN where there are none, at each sharpness."""
        if self._losses is None:
            steps = SHARPNESSES if self.candidate.hidden else AS_IT_IS
            self._losses = np.array([row_losses(self.z, t, float(step)) for step in steps], np.float32)
        return self._losses

    def told(self, of: Rows, repetition: int, ended: str | None) -> Tried:
        """Return what it gave of some rows and took, and why it ended if it did so early and was not beaten."""
        known = np.isfinite(self.z[:, 0])
        weights = np.ones(len(of)) if of.weights is None else of.weights
        loss = float(np.average(row_losses(self.z[known], of.t[known]), weights=weights[known]))
        why = "clearly worse" if self.beaten else "" if self.is_whole else ended or ""
        return Tried(self.candidate.name, repetition, len(self.members), self.epochs, loss, self.seconds, why)

    @property
    def is_whole(self) -> bool:
        """Whether it has predicted all rows."""
        return bool(np.isfinite(self.z[:, 0]).all())


@final
@dataclass(frozen=True, eq=False)
class CrossValidation:
    """Rows cut into parts, and what candidates make of them.

    Attributes:
        rows: encoded and scaled, with their classes (n,) and weights.
        plain: places of the inputs that are no bins (i,).
        classes: how many there are.
        part: which of the parts each row is in (n,), 0 to 9: two halves of each of the five that are held out.
        limit: when to end.
        steps: the models trained, added to as they are.
        metric: that the training of networks follows, before the loss.
        first_epochs: seconds that the first epoch of a network takes, about, as far as it is known.
    """

    rows: Rows
    plain: Array
    classes: int
    part: Array
    limit: Limit
    steps: list[Step] = field(default_factory=list)
    metric: Metric = LOG_LOSS
    first_epochs: dict[Candidate, float] = field(default_factory=dict)

    def inputs(self, candidate: Candidate) -> Any:
        """Return the inputs (n, i) that a candidate is given."""
        x = self.rows.x
        return x if candidate.bins or len(self.plain) == x.shape[1] else x[:, self.plain]

    def race(
        self, candidates: Sequence[Candidate], seed: int, told: Callable[[Trial], str | None], folds: int = FOLDS
    ) -> list[Trial]:
        """Return the trials of candidates, those clearly worse than the best one ended early.

        Parameters:
            candidates: from the simplest to the most complex.
            seed: of starting weights and of the order of the rows.
            told: called with a trial after each part; returns why to stop there, or None.
            folds: parts to hold out, at most.

        Raises:
            KeyboardInterrupt: Ctrl-C before any model was trained; after, it ends the search.
        """
        k = 1 if self.classes == 2 else self.classes
        trials = [Trial(candidate, np.full((len(self.rows), k), np.nan, np.float32)) for candidate in candidates]
        first = 0 if candidates[0].hidden else 1
        turns = [(fold, trials[:first]) for fold in range(folds)] + [(fold, trials[first:]) for fold in range(folds)]
        inputs = {candidate: self.inputs(candidate) for candidate in candidates}
        for fold, racing in turns:
            for trial in racing:
                if not trial.beaten:
                    self._try(trial, inputs[trial.candidate], fold, seed, told)
                if self.limit.over:
                    return trials
            self._mark_beaten(trials)
        return trials

    def _try(self, trial: Trial, x: Any, fold: int, seed: int, told: Callable[[Trial], str | None]) -> None:
        """Hold a part out of a trial; Ctrl-C then ends the search before it, where there is a model already."""
        try:
            self._hold_out(trial, x, fold, seed)
            self.limit.why = told(trial) or self.limit.why
        except KeyboardInterrupt:
            if not self.steps:
                raise
            self.limit.why, self.limit.taken = "interrupted", sum(step.epochs for step in self.steps)

    def _hold_out(self, trial: Trial, x: Any, fold: int, seed: int) -> None:
        rows = Rows(x, self.rows.t, self.rows.weights)
        self.limit.begin(self._first_epoch(trial.candidate, rows))
        if self.limit.over and self.steps:
            return
        started, taken = now(), self.limit.taken
        held = self.part // 2 == fold
        training, out = rows.take(np.flatnonzero(~held)), rows.take(np.flatnonzero(held))
        if trial.candidate.hidden:
            halves = self.part[held] % 2 == 0
            member = _network_member(self, trial.candidate, training, out, halves, seed + fold)
        else:
            member = _regression_member(self, trial.candidate, training, out)
        if not trial.candidate.hidden:
            self.limit.reserve("refit", started, REFIT)
        self.steps.append(Step(trial.candidate.name, len(trial.members), self.limit.taken - taken))
        if not (member.cut and trial.members):
            trial.members.append(member)
            trial.z[held], trial.loss = member.z, float(row_losses(member.z, out.t).mean())
        trial.seconds, trial.epochs = trial.seconds + now() - started, trial.epochs + self.limit.taken - taken
        if trial.is_whole and self.limit.is_of_time:
            started = now()
            trial.losses(self.rows.t)
            self.limit.reserve(f"comparing {trial.candidate.name}, {seed}", started, COMPARING)

    def _first_epoch(self, candidate: Candidate, rows: Rows) -> float:
        """Return the seconds of an epoch of a network, about, by one of some rows; 0 where that is no matter."""
        if not (candidate.hidden and self.limit.is_of_time and len(rows) >= PILOT_FROM):
            return 0.0
        if candidate not in self.first_epochs:
            some = rows.take(np.arange(PILOT_ROWS))
            network, generator = candidate.network(some.x.shape[1], self.classes), np.random.default_rng(0)
            cost = Cost(network, loss_of(network, 0.0), some, some.total_weight, Penalty(), "mean")
            theta = initialize(network, generator).astype(np.float32)
            two = epochs(cost, Adam(RATE), theta, batch_size=candidate.batch, random_state=generator, max_epochs=2)
            next(two)  # which also prepares what the second one finds
            started = now()
            next(two)
            self.first_epochs[candidate] = (now() - started) * len(rows) / PILOT_ROWS
        return self.first_epochs[candidate]

    def _mark_beaten(self, trials: Sequence[Trial]) -> None:
        """Mark the trials that are clearly worse than the best one, on the rows that all have been tested on."""
        running = [trial for trial in trials if trial.members and not trial.beaten]
        known = np.logical_and.reduce([np.isfinite(trial.z[:, 0]) for trial in running])
        t = self.rows.t[known]
        if len(t) < DECIDING_ROWS or not self.metric.is_log_loss:  # which may like what the loss does not
            return
        weights = np.ones(len(t)) if self.rows.weights is None else self.rows.weights[known]
        losses = [row_losses(trial.z[known], t) for trial in running]
        best = min(losses, key=lambda some: float(weights @ some))
        lowest = float(weights @ best / weights.sum())
        for trial, some in zip(running, losses, strict=True):
            mean, error = difference(some, best, weights)
            trial.beaten = not trial.is_whole and mean > max(CLEARLY_WORSE * error, MUCH_WORSE * lowest)


def parts_of(t: Array, generator: np.random.Generator, parts: int = 2 * FOLDS) -> Array:
    """Return which of the parts each row is in (n,), with about the same share of each class `t` (n,) in all of them.

    >>> np.bincount(parts_of(np.array([0] * 20 + [1] * 10), np.random.default_rng(0)))
    array([3, 3, 3, 3, 3, 3, 3, 3, 3, 3])
    """
    part, begun = np.empty(len(t), np.int64), 0
    for label in np.unique(t):
        rows = generator.permutation(np.flatnonzero(t == label))
        part[rows] = (np.arange(len(rows)) + begun) % parts
        begun += len(rows)
    return part


def row_losses(z: Array, t: Array, sharpness: float = 1.0) -> Array:
    """Return the cross-entropy (n,) of logits `z` (n, k), or (n, 1) for two classes, multiplied by a sharpness.

    >>> row_losses(np.zeros((1, 1)), np.array([1])).round(4)
    array([0.6931])
    """
    loss = loss_of(build_network(1, (), "relu", True, max(2, z.shape[1])), 0.0)
    return np.asarray(loss.value(z * np.asarray(sharpness, z.dtype), t), np.float64)


def difference(losses: Array, others: Array, weights: Array) -> tuple[float, float]:
    """Return the weighted mean of the differences of two losses of rows (n,), and its standard error.

    >>> difference(np.array([1.0, 3.0]), np.array([0.0, 0.0]), np.ones(2))
    (2.0, 0.7071067811865476)
    """
    differences, total = losses - others, weights.sum()
    mean = float(weights @ differences / total)
    return mean, float(np.sqrt(weights**2 @ (differences - mean) ** 2) / total)


def sharpness_of(z: Array, t: Array, weights: Array, members: int = 1) -> float:
    """Return what the logits of each member `z` (n, m k) are best multiplied by, one over the temperature.

    It minimises the loss of the mean of the members' probabilities on these rows, which training did not see.

    Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.

    >>> z = np.array([[4.0], [4.0], [4.0], [-4.0]])
    >>> round(sharpness_of(z, np.array([1, 1, 0, 0]), np.ones(4)) * 4, 3)  # right three times of four: log 3
    1.099
    """
    step = -(-len(t) // TEMPERATURE_ROWS)
    z, t, weights = z[::step], t[::step], weights[::step]

    def cost(logarithm: float) -> float:
        sharp = z * np.asarray(np.exp(logarithm), z.dtype)
        return float(weights @ row_losses(joint_logits(sharp, members), t))

    from scipy.optimize import minimize_scalar  # slow to load

    found = minimize_scalar(cost, bounds=np.log(SHARPNESS), method="bounded", options={"xatol": 1e-3})
    return float(np.exp(found.x))


def _network_member(
    validation: CrossValidation, candidate: Candidate, training: Rows, out: Rows, halves: Array, seed: int
) -> Member:
    """Return a network trained on some rows, for as long as the loss of others falls."""
    network = candidate.network(training.x.shape[1], validation.classes)
    loss, generator = loss_of(network, 0.0), np.random.default_rng(seed)
    penalty = Penalty(l2=candidate.penalty / training.total_weight)
    cost = Cost(network, loss, training, training.total_weight, penalty, "mean")
    theta = initialize(network, generator).astype(np.float32)
    optimizer = Adam(ExponentialDecay(RATE, factor=DECAY, every=max(DECAY_STEPS, len(training) // candidate.batch)))
    patience = max(LEAST_PATIENCE, min(PATIENCE, PATIENT_ROWS // len(training)))
    weights = np.ones(len(out)) if out.weights is None else out.weights
    parts = np.array([weights * halves, weights * ~halves, weights])
    steps = REFINED if len(out) >= DECIDING_ROWS else AS_IT_IS
    lowest, best, sharpness, number_of_best = [(np.inf, np.inf)] * 3, [theta] * 3, [1.0] * 3, [0] * 3
    batch_size, cut = min(candidate.batch, len(training)), False
    for epoch in epochs(cost, optimizer, theta, batch_size=batch_size, random_state=generator, max_epochs=MOST_EPOCHS):
        z = network.forward(epoch.theta, out.x, cost.workspace)[-1]
        sums = parts @ np.array([loss.value(z * step, out.t) for step in steps]).T
        for place, of_steps in enumerate(sums):
            step, metric = int(of_steps.argmin()), validation.metric
            score = 0.0 if metric.is_log_loss else metric.score(z * steps[step], out.t, parts[place])
            if (-score, of_steps[step]) < lowest[place]:
                lowest[place] = -score, float(of_steps[step])
                best[place], number_of_best[place] = epoch.theta, epoch.number
                sharpness[place] = float(steps[step])
        validation.limit.count()
        if epoch.number - max(number_of_best) >= patience:
            break
        cut = validation.limit.over and epoch.stop is None
        if cut:
            break
    kept = [sharpened(theta, network, sharp) for theta, sharp in zip(best, sharpness, strict=True)]
    of_first, of_second = (network.forward(theta, out.x)[-1] for theta in kept[:2])
    return Member(kept[2], np.where(halves[:, None], of_second, of_first), number_of_best[2], cut)


def sharpened(theta: Array, network: Network, sharpness: float) -> Array:
    """Return the parameters whose logits are those of `theta` (p,), multiplied by a sharpness."""
    theta = theta.copy()
    for view in network.views(theta)[-1].values():
        view *= sharpness
    return theta


def _regression_member(validation: CrossValidation, candidate: Candidate, training: Rows, out: Rows) -> Member:
    """Return a softmax regression of some rows; nothing of it is chosen by others."""
    network = candidate.network(training.x.shape[1], validation.classes)
    penalty = Penalty(l2=candidate.penalty / training.total_weight)
    cost = Cost(network, loss_of(network, 0.0), training, training.total_weight, penalty, "mean")
    plan = build_plan(network, len(training), optimizer="auto", rate=None, l1=0.0, batch_size="auto", tol="auto")
    theta = network.zeros().astype(training.x.dtype)
    for epoch in epochs(cost, plan.optimizer, theta, max_epochs=MOST_EPOCHS, stop=[plan.stop]):
        theta, number = epoch.theta, epoch.number
        validation.limit.count()
        cut = validation.limit.over and epoch.stop is None
        if cut:
            break
    return Member(theta, network.forward(theta, out.x)[-1], number, cut)
