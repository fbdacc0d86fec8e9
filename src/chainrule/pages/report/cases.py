"""Single rows: those that the model finds hardest, and those that pull at it most."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.pages.report.fitted import Fitted
from chainrule.pages.report.rows import Rows, enough, sample
from chainrule.plots.labels import number

SHOWN, MOST_COLUMNS, MOST_LETTERS = 10, 12, 40


class Case(NamedTuple):
    """One row.

    Attributes:
        row: its number, from 0.
        true, predicted: classes.
        y_true, y_predicted: their probabilities.
        measure: its loss, or its pull.
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
        columns: whose values are told.
    """
    loss = -log_y[np.arange(len(t)), t]
    order = np.argsort(-loss, kind="stable")[:SHOWN]
    rows = model.held_out.take(order)
    return _cases(model, rows, kept[order], t[order], np.exp(log_y[order]), loss[order], columns)


def most_influential(model: Fitted, t: Array, places: Array | None, columns: Sequence[str]) -> tuple[list[Case], int]:
    """Return the training rows that pull most at the last layer, and among how many they were sought.

    A row's pull is the norm of its loss's gradient with respect to the last layer's weights and bias:
    `‖(y - t) ⊗ (h, 1)‖ = ‖y - t‖ sqrt(‖h‖² + 1)`, with the layer's inputs `h`.

    Parameters:
        model: with its rows.
        t: class of each training row (n,).
        places: numbers of these rows in their file (n,); None to count from 0.
        columns: whose values are told.
    """
    some = sample(len(t), enough(len(model.classes)))
    rows, t = model.train.take(some), t[some]
    y = model.probabilities(rows)
    error = y.copy()
    error[np.arange(len(t)), t] -= 1
    if model.classifier.network_.outputs == 1:
        error = error[:, 1:]
    pull = np.linalg.norm(error, axis=1) * model.last_layer_norms(rows)
    order = np.argsort(-pull, kind="stable")[:SHOWN]
    numbers = some[order] if places is None else np.asarray(places)[some[order]]
    return _cases(model, rows.take(order), numbers, t[order], y[order], pull[order], columns), len(some)


def row_in_words(rows: Rows, row: int, columns: Sequence[str]) -> list[str]:
    """Return the values of one row."""
    one = rows.take(np.array([row]))
    return [in_words(one.column(name)[0].as_py()) for name in columns]


def _cases(
    model: Fitted, rows: Rows, numbers: Array, t: Array, y: Array, measure: Array, columns: Sequence[str]
) -> list[Case]:
    values = [[in_words(value) for value in rows.column(name).to_pylist()] for name in columns]
    predicted = y.argmax(axis=1)
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
