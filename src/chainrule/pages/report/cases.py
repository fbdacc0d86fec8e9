"""Single rows: those that the model finds hardest, and those without which it would change most."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.common.format import number
from chainrule.engine import Rows
from chainrule.estimator.preparation import labelled_rows
from chainrule.influences import influence_of
from chainrule.pages.report.fitted import Fitted, Run
from chainrule.pages.report.rows import ReportRows, enough, sample

# Rows of a table of the page, and the columns and the letters of a value that it has room for.
SHOWN = 10
MOST_COLUMNS = 12
MOST_LETTERS = 40
# Parameters of the last layer whose Hessian is inverted: memory grows with their square (to 32 MB), time with the cube.
MOST_PARAMETERS = 2000
# Multiplications of the measure, rows times parameters squared: about a second.
MOST_WORK = 4_000_000_000
# Numbers of the rows: 160 MB in double precision.
MOST_NUMBERS = 20_000_000
# Rows that are looked at however many parameters there are, so that the largest influences are among them more often.
LEAST_ROWS = 1000


class Case(NamedTuple):
    """One row.

    Attributes:
        row: its number, from 0.
        true, predicted: classes.
        y_true, y_predicted: their probabilities.
        measure: its loss, or its influence.
        values: of some columns, in words.
    """

    row: int
    true: str
    predicted: str
    y_true: float
    y_predicted: float
    measure: float
    values: list[str]


def hardest(model: Fitted, t: Array, log_y: Array, kept: Array, columns: Sequence[str]) -> list[Case]:
    """Return the held-out rows of the largest loss `-log y` of their class.

    Parameters:
        model: with its rows.
        t: class of each row (n,).
        log_y: logarithms of the probabilities (n, k).
        kept: number of each of these rows in the file of held-out rows (n,).
        columns: whose values are shown.
    """
    loss = -log_y[np.arange(len(t)), t]
    order = np.argsort(-loss, kind="stable")[:SHOWN]
    rows = model.held_out.take(order)
    return _cases(model, rows, kept[order], t[order], np.exp(log_y[order]), loss[order], columns)


class Influential(NamedTuple):
    """The training rows of most influence.

    Attributes:
        cases: the rows, the largest first.
        searched: how many rows were searched.
        by_gradient: whether the measure is the norm of the gradient of their loss, and not Cook's distance.
    """

    cases: list[Case]
    searched: int
    by_gradient: bool


def most_influential(model: Fitted, run: Run, t: Array, columns: Sequence[str]) -> Influential:
    """Return the training rows without which the last layer would change most, by Cook's distance.

    Where its Hessian is too large to be inverted, the gradients of the rows are compared instead.

    Parameters:
        model: with its rows.
        run: whose they are.
        t: class of each training row (n,).
        columns: whose values are shown.
    """
    network = model.trained.network
    size = sum(part.stop - part.start for part, _ in network.layout[-1].values())
    by_gradient = size > MOST_PARAMETERS or network.members > 1
    most = enough(len(model.classes))
    if not by_gradient:
        most = min(most, max(LEAST_ROWS, min(MOST_NUMBERS // network.inputs, MOST_WORK // size**2)))
    some = sample(len(t), most)
    rows = model.train.take(some)
    if by_gradient:
        measure = model.gradient_norms(rows, t[some])
    else:
        measure = influence_of(model.trained, _taken(model, run, rows, some)).cooks_distance
    order = np.argsort(-measure, kind="stable")[:SHOWN]
    numbers = some[order] if run.train_rows is None else np.asarray(run.train_rows)[some[order]]
    shown = rows.take(order)
    cases = _cases(model, shown, numbers, t[some[order]], model.probabilities(shown), measure[order], columns)
    return Influential(cases, len(some), by_gradient)


def _taken(model: Fitted, run: Run, rows: ReportRows, some: Array) -> Rows:
    """Return some of the training rows as the classifier takes them, with what each counted in training."""
    classifier, labels = model.classifier, np.asarray(run.train_labels)
    weighing: dict[str, Any] = {"class_weight": classifier.class_weight, "sample_weight": run.train_weights}
    every = labelled_rows(np.zeros((len(labels), 1)), labels, classifier.classes_, **weighing)
    weights = None if every.weights is None else every.weights[some]
    return Rows(model.inputs(rows), every.t[some], weights)


def row_in_words(rows: ReportRows, row: int, columns: Sequence[str]) -> list[str]:
    """Return the values of one row."""
    one = rows.take(np.array([row]))
    return [in_words(one.column(name)[0].as_py()) for name in columns]


def _cases(
    model: Fitted, rows: ReportRows, numbers: Array, t: Array, y: Array, measure: Array, columns: Sequence[str]
) -> list[Case]:
    values = [[in_words(value) for value in rows.column(name).to_pylist()] for name in columns]
    predicted = model.decided(y)
    return [
        Case(
            int(numbers[i]),
            model.classes[t[i]],
            model.classes[predicted[i]],
            float(y[i, t[i]]),
            float(y[i, predicted[i]]),
            float(measure[i]),
            [column[i] for column in values],
        )
        for i in range(len(t))
    ]


def in_words(value: object) -> str:
    """Return a value of a table as a page shows it.

    >>> in_words(7.250001), in_words(None), in_words(3), in_words(True), in_words(datetime(2024, 1, 31))
    ('7.25', 'missing', '3', 'true', '2024-01-31')
    """
    if value is None or value != value:
        return "missing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, float):
        return number(value, 4)
    text = str(value)
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1].rstrip() + "…"
