"""Every number of a report, computed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array
from chainrule.estimator.comparison import Comparison
from chainrule.pages.report import columns
from chainrule.pages.report.cases import MOST_COLUMNS, Case, Influential, hardest, most_influential, row_in_words
from chainrule.pages.report.fitted import Fitted, Run
from chainrule.pages.report.rows import enough, sample
from chainrule.pages.report.scores import (
    Calibration,
    Scaling,
    Scores,
    Share,
    calibration_of,
    scaling_of,
    scores_of,
    share_of,
)

# Columns whose partial dependence is drawn: three rows of two panels.
DEPENDENT = 6


@final
@dataclass(frozen=True, eq=False)
class ReportNumbers:
    """The numbers that a report shows.

    Attributes:
        comparison: of the models among which this one was chosen, the simplest first.
        model: with its rows, those held-out rows left out whose class the model does not know.
        unknown: how many those are.
        accuracy_with_unknown: the accuracy if they count as wrong.
        training_counts, held_out_counts: rows of each class (k,).
        training: share of the training rows, or of so many of them as are asked, that is right.
        scores: of the held-out rows.
        calibration, scaling: of their probabilities.
        importance: the columns looked at, the one that matters most first.
        coefficients: of softmax regression, the largest first.
        dependence: on the columns that matter most.
        surfaces: over pairs of them.
        pinned_row, pinned: the row that the surfaces are pinned to, its number and values.
        shown_columns: whose values are shown for single rows.
        hardest: held-out rows.
        influential: training rows.
    """

    model: Fitted
    comparison: Sequence[Comparison]
    unknown: int
    accuracy_with_unknown: Share
    training_counts: Array
    held_out_counts: Array
    training: Share
    scores: Scores
    calibration: Calibration
    scaling: Scaling | None
    importance: list[columns.Importance]
    coefficients: list[columns.Coefficient]
    dependence: list[columns.PartialDependence]
    surfaces: columns.Surfaces | None
    pinned_row: int
    pinned: list[str]
    shown_columns: list[str]
    hardest: list[Case]
    influential: Influential

    @property
    def kept_epoch(self) -> int | None:
        """The epoch whose parameters were kept, from 1; None where it is the last one."""
        classifier = self.model.classifier
        costs = classifier.history_.validation_cost
        if classifier.patience is None or not costs:
            return None
        lowest = int(np.argmin(costs)) + 1
        return lowest if lowest < len(costs) else None


def numbers_of(run: Run) -> ReportNumbers:
    """Return every number of the report about a run.

    Raises:
        ValueError: no held-out row has a class that the model knows, labels do not fit their rows, or the model's
            parameters are not finite.
        TypeError: the model is none that a report can be about.
    """
    model = Fitted(run)
    places = np.arange(len(model.held_out)) if run.held_out_rows is None else np.asarray(run.held_out_rows)
    known = _known(run, model)
    t = np.searchsorted(model.classifier.classes_, np.asarray(run.held_out_labels)[known])
    trained = np.searchsorted(model.classifier.classes_, np.asarray(run.train_labels))
    unknown = len(model.held_out) - len(known)
    if unknown:
        model.held_out = model.held_out.take(known)
    k = len(model.classes)
    log_y = model.log_probabilities(model.held_out) if run.held_out_probabilities is None else _given(run, known)
    y = np.exp(log_y)
    y /= y.sum(axis=1, keepdims=True)
    predicted = model.decided(y)
    if run.held_out_predicted is not None:
        predicted = np.searchsorted(model.classifier.classes_, np.asarray(run.held_out_predicted)[known])
    scores = scores_of(t, y, predicted, model.classes, np.bincount(trained, minlength=k))
    importance = columns.importance_of(model, t)
    names = [each.name for each in importance]
    shown = names[:MOST_COLUMNS]
    some = sample(len(trained), enough(k))
    right = int((model.decided(model.probabilities(model.train.take(some))) == trained[some]).sum())
    surfaces = columns.surfaces_of(model, t, names)
    return ReportNumbers(
        model=model,
        comparison=run.comparison,
        unknown=unknown,
        accuracy_with_unknown=share_of(round(scores.accuracy.value * len(t)), len(t) + unknown),
        training_counts=np.bincount(trained, minlength=k),
        held_out_counts=np.bincount(t, minlength=k),
        training=share_of(right, len(some)),
        scores=scores,
        calibration=calibration_of(t, y),
        scaling=scaling_of(t, log_y),
        importance=importance,
        coefficients=columns.coefficients_of(model),
        dependence=[found for name in names[:DEPENDENT] if (found := columns.dependence_of(model, name)) is not None],
        surfaces=surfaces,
        pinned_row=0 if surfaces is None else int(places[known][surfaces.row]),
        pinned=[] if surfaces is None else row_in_words(model.held_out, surfaces.row, shown),
        shown_columns=shown,
        hardest=hardest(model, t, log_y, places[known], shown),
        influential=most_influential(model, run, trained, shown),
    )


def _given(run: Run, known: Array) -> Array:
    """Return the logarithms of the probabilities of cross-validation (n, k) for some of the held-out rows, finite."""
    y = np.asarray(run.held_out_probabilities, np.float64)[known]
    return np.log(np.maximum(y, np.finfo(np.float64).tiny))


def _known(run: Run, model: Fitted) -> Array:
    """Return the numbers of the held-out rows whose class the model knows."""
    for rows, labels, name in (
        (model.train, run.train_labels, "train"),
        (model.held_out, run.held_out_labels, "held_out"),
    ):
        if len(rows) != len(labels):
            raise ValueError(f"{name} has {len(rows)} rows, but {name}_labels has {len(labels)}.")
    known = np.flatnonzero(np.isin(np.asarray(run.held_out_labels), model.classifier.classes_))
    if not len(known):
        raise ValueError("A report needs at least one held-out row of a class that the model knows, found none.")
    return known
