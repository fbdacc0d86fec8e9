"""Models that candidates can be made into, compared by what they predict for rows that they have not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.estimator.candidates import (
    AS_IT_IS,
    SHARPNESS,
    SHARPNESSES,
    Candidate,
    Trial,
    difference,
    sharpness_of,
)
from chainrule.estimator.metrics import LOG_LOSS, Metric, jackknife
from chainrule.losses.members import joint_logits

# Rows from which on the temperature of an ensemble is extrapolated: of fewer, its trend is too uncertain to lower the
# loss, as it did on four of four real tables with more.
TREND_ROWS = 1000


@final
@dataclass(frozen=True, eq=False)
class Choice:
    """A model that could be chosen: the trials whose members it is made of, and what they say of held-out rows.

    Attributes:
        name: in words.
        trials: of one candidate or of several.
    """

    name: str
    trials: tuple[Trial, ...]

    @property
    def is_network(self) -> bool:
        """Whether it has hidden layers."""
        return bool(self.trials[0].candidate.hidden)

    @property
    def sharpnesses(self) -> Array:
        """What the logits are multiplied by where it is compared (s,): a regression needs no temperature."""
        return SHARPNESSES if self.is_network else AS_IT_IS

    @property
    def is_cut(self) -> bool:
        """Whether time was over before a member was trained."""
        return any(member.cut for trial in self.trials for member in trial.members)

    def logits(self, rows: Array) -> Array:
        """Return the logits that the trials gave for some rows, side by side (m, trials · k)."""
        return np.hstack([trial.z[rows] for trial in self.trials])

    def sharpness(self, t: Array, weights: Array, rows: Array) -> float:
        """Return what the logits are to be multiplied by, as some rows say; 1 for regressions, which need none."""
        if not self.is_network:
            return 1.0
        return sharpness_of(self.logits(rows), t[rows], weights[rows], len(self.trials))

    def losses(self, t: Array, rows: Array) -> Array:
        """Return the losses (s, m) of some rows at each of its sharpnesses: those of the mean of the probabilities."""
        logs = [-trial.losses(t)[:, rows].astype(np.float64) for trial in self.trials]
        return np.log(len(logs)) - np.logaddexp.reduce(logs)

    def joint(self, sharpness: float, rows: Array) -> Array:
        """Return the logits of the mean of the trials' probabilities for some rows (m, k)."""
        z = self.logits(rows)
        return joint_logits(z * np.asarray(sharpness, z.dtype), len(self.trials))


class Comparison(NamedTuple):
    """What cross-validation says of a model that could be chosen.

    Attributes:
        name: of the model.
        loss: mean cross-entropy of rows that it was not trained on.
        error: standard error of that mean.
        accuracy: share of these rows that it classifies rightly.
        behind: how much higher its loss is than that of the best model; where the choice follows another metric, how
            much lower that is than the best model's.
        behind_error: standard error of that difference, over the rows.
        networks: how many members the model has, 0 for a regression.
        seconds: that its cross-validation took.
        chosen: whether it is the one.
        metric: that the choice follows, in words.
        score: value of that metric, and its standard error; of the log loss as `loss` and `error`.
        score_error: standard error of the score.
    """

    name: str
    loss: float
    error: float
    accuracy: float
    behind: float
    behind_error: float
    networks: int
    seconds: float
    chosen: bool = False
    metric: str = "log loss"
    score: float = 0.0
    score_error: float = 0.0


def choices_of(trials: Sequence[Trial], both: str) -> list[Choice]:
    """Return the models that can be made of trials, the simplest first.

    Beaten candidates are none. Trials that have not predicted all rows are only looked at where no network has. Of a
    candidate that was tried several times, the first trial is a model, the first two, and so on: one with more members
    is chosen only where it is better.

    Parameters:
        trials: from the simplest candidate to the most complex, of which some may have several.
        both: name of the model made of the networks of all candidates.
    """
    running = [trial for trial in trials if trial.members and not trial.beaten]
    if any(trial.candidate.hidden and trial.is_whole for trial in running):
        running = [trial for trial in running if trial.is_whole]
    by_candidate: dict[Candidate, list[Trial]] = {}
    for trial in running:
        by_candidate.setdefault(trial.candidate, []).append(trial)
    choices = [
        Choice(candidate.name, tuple(some[: number + 1]))
        for candidate, some in by_candidate.items()
        for number in range(len(some))
    ]
    networks = [some for candidate, some in by_candidate.items() if candidate.hidden]
    if len(networks) > 1:
        times = max(map(len, networks))
        joint = [tuple(trial for some in networks for trial in some[:number]) for number in range(1, times + 1)]
        choices += [Choice(both, some) for some in joint]
    return choices


def held_out_rows(choices: Sequence[Choice]) -> Array:
    """Return the rows that all choices have predicted without having been trained on them (m,)."""
    known = [np.isfinite(trial.z[:, 0]) for choice in choices for trial in choice.trials]
    return np.flatnonzero(np.logical_and.reduce(known))


def temperature_of_ensemble(choice: Choice, trials: Sequence[Trial], t: Array, weights: Array) -> float:
    """Return what the logits of a choice's members are to be divided by, so that the mean of all is calibrated.

    Held-out rows are predicted by one member of each trial, new rows by all of them. The mean of more probabilities is
    right more often, but surer it is not: it needs a lower temperature. Of `m` members that is taken to be

        T(m) = a + b / m

    where `a` and `b` follow from held-out rows: from the temperatures of one member and of the mean of several trials.
    Where logits are those of the true model and noise of each member, this holds for little noise, and for much noise
    `T(m)` is too high rather than too low. A choice of one trial is joined with another trial of networks; where there
    is none, `b` is 0.

    Parameters:
        choice: of networks; a regression needs no temperature.
        trials: all that there are, the choice's among them.
        t, weights: classes and weights of all rows (n,).
    """
    if not choice.is_network:
        return 1.0
    own, members, rows = len(choice.trials), sum(len(trial.members) for trial in choice.trials), held_out_rows([choice])
    temperature = 1 / choice.sharpness(t, weights, rows)
    others = [trial for trial in trials if trial.candidate.hidden and trial.members and trial not in choice.trials]
    joint = Choice("", choice.trials if own > 1 else (*choice.trials, *others[:1]))
    if len(joint.trials) == 1 or members == own or len(rows) < TREND_ROWS:
        return temperature
    rows = held_out_rows([joint])
    of_one = np.mean([1 / Choice("", (trial,)).sharpness(t, weights, rows) for trial in joint.trials])
    b = (of_one - 1 / joint.sharpness(t, weights, rows)) / (1 - 1 / len(joint.trials))
    return float(np.clip(temperature - b * (1 / own - 1 / members), 1 / SHARPNESS[1], temperature))


@final
@dataclass(frozen=True, eq=False)
class Judged:
    """What rows say of a model.

    Attributes:
        choice: the model.
        rows: that it has predicted (m,).
        sharpness: of the lowest mean loss.
        losses: of the rows at that sharpness (m,).
    """

    choice: Choice
    rows: Array
    sharpness: float
    losses: Array

    @classmethod
    def of(cls, choice: Choice, rows: Array, losses: Array, weights: Array) -> "Judged":
        """Return what rows (m,) with weights (m,) and losses (s, m) at each sharpness say of a choice."""
        best = int(np.argmin(losses @ weights))
        return cls(choice, rows, float(choice.sharpnesses[best]), losses[best])

    @property
    def z(self) -> Array:
        """Logits of the rows (m, k), or (m, 1) for two classes."""
        return self.choice.joint(self.sharpness, self.rows)


def _chosen(
    judged: Sequence[Judged], metric: Metric, t: Array, weights: Array, part: Array, simplest: bool
) -> tuple[int, list[tuple[float, float]]]:
    """Return which model rows with classes `t` (m,) choose, and how far each is behind the best, with standard error.

    The error of a metric that is no mean over rows, as the log loss is, is that of the jackknife over their parts.
    """
    if metric.is_log_loss:
        best = int(np.argmin([float(weights @ one.losses) for one in judged]))
        behind = [difference(one.losses, judged[best].losses, weights) for one in judged]
    else:
        logits = [one.z for one in judged]
        scores = [metric.score(z, t, weights) for z in logits]
        best = int(np.argmax(scores))
        groups = np.unique(part) if simplest else ()
        without = [[metric.score(z, t, weights * (part != group)) for group in groups] for z in logits]
        apart = [np.subtract(without[best], some) for some in without]
        errors = [jackknife(some) if len(some) else 0.0 for some in apart]
        behind = [(scores[best] - score, error) for score, error in zip(scores, errors, strict=True)]
    return next(i for i, (mean, error) in enumerate(behind) if mean <= error) if simplest else best, behind


def compared(
    choices: Sequence[Choice],
    t: Array,
    weights: Array,
    rows: Array,
    *,
    simplest: bool,
    metric: Metric = LOG_LOSS,
    part: Array | None = None,
) -> tuple[list[Comparison], int]:
    """Return what some rows say of each choice, and which one they choose.

    The losses told are those of these rows, plus how much higher that of the first choice is on all rows that it has
    predicted: a model that was not tried on all rows yet is told by its difference to the simplest.

    Parameters:
        choices: the simplest first.
        t: classes of all rows (n,).
        weights: of all rows (n,).
        rows: that decide (m,), which all choices have predicted.
        simplest: whether the simplest one is chosen of those within one standard error of the lowest loss, as
            in L. Breiman et al., "Classification and regression trees", 1984; else the one with the lowest.
        metric: that the choice follows.
        part: of each row (n,), for the standard error of another metric.
    """
    w, found, judged = weights[rows], [], []
    parts = np.zeros(len(rows)) if part is None else part[rows]
    for choice in choices:
        one = Judged.of(choice, rows, choice.losses(t, rows), w)
        right = _guess(one.z) == t[rows]
        members = sum(len(trial.members) for trial in choice.trials) if choice.is_network else 0
        seconds = sum(trial.seconds for trial in choice.trials)
        mean, error = difference(one.losses, np.zeros(len(rows)), w)
        found.append(Comparison(choice.name, mean, error, float(w @ right / w.sum()), 0.0, 0.0, members, seconds))
        judged.append(one)
    chosen, behind = _chosen(judged, metric, t[rows], w, parts, simplest)
    more = held_out_rows(choices[:1])
    on_all = float((choices[0].losses(t, more) @ weights[more]).min() / weights[more].sum())
    found = [
        one._replace(loss=one.loss - found[0].loss + on_all, behind=mean, behind_error=error, chosen=number == chosen)
        for number, (one, (mean, error)) in enumerate(zip(found, behind, strict=True))
    ]
    if metric.is_log_loss:
        return [one._replace(score=one.loss, score_error=one.error) for one in found], chosen
    for place, one in enumerate(judged):
        score = metric.score(one.z, t[rows], w)
        error = jackknife([metric.score(one.z, t[rows], w * (parts != group)) for group in np.unique(parts)])
        found[place] = found[place]._replace(metric=metric.name, score=score, score_error=error)
    return found, chosen


def compared_beside(trial: Trial, chosen: Choice, t: Array, weights: Array) -> Comparison:
    """Return what is known of a beaten candidate, beside the model chosen, from the rows that it has predicted."""
    one = Choice(trial.candidate.name, (trial,))
    return compared((chosen, one), t, weights, held_out_rows([one, chosen]), simplest=False)[0][1]


def cross_fitted(
    choices: Sequence[Choice],
    part: Array,
    t: Array,
    weights: Array,
    *,
    simplest: bool,
    metric: Metric = LOG_LOSS,
) -> Array:
    """Return logits of rows (n, k), each of the choice, at the temperature, that the other folds choose.

    They are NaN for rows that not all choices have predicted. Where those of one fold alone are known, its two halves
    choose for each other.

    Parameters:
        choices: as for `compared`.
        part: of each row (n,), two of them a fold.
        t: classes (n,).
        weights: of the rows (n,).
        simplest, metric: as for `compared`.
    """
    known = held_out_rows(choices)
    fold, z = part[known] // 2, np.full_like(choices[0].trials[0].z, np.nan)
    fold = fold if len(np.unique(fold)) > 1 else part[known]
    graded = [choice.losses(t, known) for choice in choices]
    for number in np.unique(fold):
        others, rows, w = known[fold != number], known[fold == number], weights[known[fold != number]]
        of_each = zip(choices, graded, strict=True)
        judged = [Judged.of(choice, others, losses[:, fold != number], w) for choice, losses in of_each]
        chosen, _ = _chosen(judged, metric, t[others], w, part[others], simplest)
        z[rows] = choices[chosen].joint(judged[chosen].sharpness, rows)
    return z


def _guess(z: Array) -> Array:
    return z[:, 0] > 0 if z.shape[1] == 1 else z.argmax(axis=1)
