"""What records come to over tables: ratios to a base, wins of pairs, ranks with intervals."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import exp, inf, isfinite, log, nan, sqrt
from statistics import mean, stdev
from typing import Any, TypeAlias

import numpy as np
from scipy.stats import rankdata

BASE = "softmax"
# A lower log loss counts as this one in ratios: 0.01 is a probability of 0.99, and without it a table that is
# separable, with a loss of 0.006 or of 0.00001, would be most of the geometric mean.
LEAST_LOSS = 0.01
# Draws of tables, of which the interval is the middle 95 %: its ends are then certain to about a tenth of their width.
DRAWS = 2000

Values: TypeAlias = Mapping[str, Mapping[str, Mapping[int, float]]]
"""A number of each model, table and split."""


@dataclass(frozen=True)
class Standing:
    """How a model does over tables.

    Attributes:
        tables: that both it and the base have finished.
        loss_ratio, time_ratio: geometric means of its mean log loss and mean fit time over the base's; not a number
            where no times are known.
        error_points: mean difference of its error to the base's, in percentage points.
        rank: mean rank by log loss among the models that have every table; None for others.
        interval: 95 % of bootstrap draws of the tables.
    """

    tables: int
    loss_ratio: float
    time_ratio: float
    error_points: float
    rank: float | None
    interval: tuple[float, float] | None


def values_of(records: Iterable[Mapping[str, Any]], score: str) -> Values:
    """Return a score of every model, table and split: infinite where a fit failed or did not finish.

    A record that lacks it is left out: one that another machine measured has no seconds.
    """
    found: dict[str, dict[str, dict[int, float]]] = {}
    for record in records:
        if "failure" in record or score in record:
            splits = found.setdefault(record["model"], {}).setdefault(record["table"], {})
            splits[record["split"]] = inf if "failure" in record else record[score]
    return found


@dataclass(frozen=True)
class Difference:
    """How far the log loss of a model is above the base's on a table, on average over the splits.

    Attributes:
        mean: of the differences.
        error: its standard error as the rows scored on have it: the root mean square over the splits, which share rows.
        between: its standard error as the splits differ; not a number for one.
    """

    mean: float
    error: float
    between: float

    @property
    def behind(self) -> bool:
        """Whether the model is above the base by more than its standard error."""
        return self.mean > self.error


def differences(records: Collection[Mapping[str, Any]], model: str) -> dict[str, Difference]:
    """Return for each table how far a model is above the base, where that was measured row by row."""
    own = [record for record in records if record["model"] == model]
    means, errors = (values_of(own, score).get(model, {}) for score in ("over_softmax", "over_softmax_error"))
    found = {}
    for table, of_splits in means.items():
        each, squares = list(of_splits.values()), [error**2 for error in errors[table].values()]
        between = stdev(each) / sqrt(len(each)) if len(each) > 1 else nan
        found[table] = Difference(mean(each), sqrt(mean(squares)), between)
    return found


def standings(records: Collection[Mapping[str, Any]], tables: Collection[str]) -> dict[str, Standing]:
    """Return the standing of every model over some tables, the best rank first."""
    losses, errors, times = (values_of(records, score) for score in ("log_loss", "error", "fit_seconds"))
    mean_ranks = ranks(losses, tables)
    found = {}
    for model in losses:
        pairs = _finished(losses, model, BASE, tables)
        if not pairs:
            continue
        rank = mean_ranks.get(model)
        found[model] = Standing(
            len(pairs),
            loss_ratio(losses, model, BASE, tables),
            _geometric([a / b for a, b in _finished(times, model, BASE, tables)]),
            100 * mean(a - b for a, b in _finished(errors, model, BASE, tables)),
            None if rank is None else float(rank.mean()),
            None if rank is None else interval(rank),
        )
    return dict(sorted(found.items(), key=lambda each: (each[1].rank is None, each[1].rank, each[1].loss_ratio)))


def means(values: Values, models: Collection[str], table: str) -> dict[str, float]:
    """Return the mean of each model on a table, over the splits that all of them have; {} where there is none."""
    splits = [values.get(model, {}).get(table, {}) for model in models]
    shared = set.intersection(*(set(each) for each in splits)) if splits else set()
    if not shared:
        return {}
    return {model: mean(each[number] for number in shared) for model, each in zip(models, splits, strict=True)}


def wins(values: Values, model: str, other: str, tables: Collection[str]) -> tuple[float, int]:
    """Return on how many tables a model's mean is lower than the other's, half for a tie, and of how many."""
    pairs = [(found[model], found[other]) for table in tables if (found := means(values, (model, other), table))]
    return sum(0.5 if a == b else float(a < b) for a, b in pairs), len(pairs)


def loss_ratio(losses: Values, model: str, other: str, tables: Collection[str]) -> float:
    """Return the geometric mean of a model's log loss over another's, on the tables that both have finished."""
    pairs = _finished(losses, model, other, tables)
    return _geometric([max(a, LEAST_LOSS) / max(b, LEAST_LOSS) for a, b in pairs])


def ranks(values: Values, tables: Collection[str]) -> dict[str, Any]:
    """Return the ranks (tables,) of the models that have all tables; a fit that failed is the last."""
    models = [model for model in values if all(table in values[model] for table in tables)]
    rows = [means(values, models, table) for table in tables]
    rows = [row for row in rows if row]
    if not rows:
        return {}
    ranked = rankdata([list(row.values()) for row in rows], axis=1)
    return dict(zip(models, ranked.T, strict=True))


def interval(ranked: Any) -> tuple[float, float]:
    """Return the middle 95 % of the mean rank over tables drawn with replacement."""
    draws = np.random.default_rng(0).integers(len(ranked), size=(DRAWS, len(ranked)))
    low, high = np.quantile(ranked[draws].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def _finished(values: Values, model: str, base: str, tables: Collection[str]) -> list[tuple[float, float]]:
    """Return the means of a model and of the base on each table that both have finished."""
    found = (means(values, list(dict.fromkeys((model, base))), table) for table in tables)
    return [(each[model], each[base]) for each in found if each and isfinite(each[model] + each[base])]


def _geometric(ratios: Collection[float]) -> float:
    return exp(mean(log(ratio) for ratio in ratios)) if ratios else nan
