"""What drives the predictions: which columns matter, and how the probabilities change with them."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.pages.report.cases import in_words
from chainrule.pages.report.fitted import Fitted, Input
from chainrule.pages.report.rows import sample
from chainrule.pages.report.scores import log_loss
from chainrule.tables.frames import as_words, is_words

IMPORTANCE_ROWS, IMPORTANCE_COLUMNS, REPEATS = 2000, 30, 5
DEPENDENCE_ROWS, DEPENDENCE_POINTS, MOST_WORDS, FEW_NUMBERS = 500, 25, 10, 8


class Importance(NamedTuple):
    """What is lost when a column's values are shuffled among the rows.

    Attributes:
        name: of the column.
        loss: mean rise of the log loss.
        spread: its standard deviation over the repeats.
        accuracy: mean fall of the accuracy.
    """

    name: str
    loss: float
    spread: float
    accuracy: float


class Coefficient(NamedTuple):
    """A coefficient of softmax regression.

    Attributes:
        input: what it multiplies.
        target: class whose odds it changes.
        value: of so much more of the input as `input.unit` says; the mean over the classes is 0.
    """

    input: Input
    target: str
    value: float


class Dependence(NamedTuple):
    """Mean probabilities of rows that all have the same value in one column.

    Attributes:
        name: of the column.
        values: that it was set to (v,), numbers or words.
        y: mean probability of each class (v, k).
        seen: values of the column in the rows, where they are numbers; else how many rows have each value.
        numeric: whether they are numbers to draw a line through.
        hidden: how many other words there are.
    """

    name: str
    values: list[Any]
    y: Array
    seen: Array
    numeric: bool
    hidden: int

    @property
    def words(self) -> list[str]:
        """The values as a page shows them."""
        return [in_words(value) for value in self.values]


def importance_of(model: Fitted, t: Array) -> list[Importance]:
    """Return the columns that matter most on the held-out rows with classes `t` (n,), the first most.

    Of many columns those are looked at for which the first layer has the largest weights.
    """
    some = sample(len(t), IMPORTANCE_ROWS)
    rows, t = model.held_out.take(some), t[some]
    y = model.probabilities(rows)
    loss, right, repeated = log_loss(t, y), y.argmax(axis=1) == t, np.tile(np.arange(len(t)), REPEATS)
    several, random = rows.take(repeated), np.random.default_rng(0)
    weight = model.weight_of_columns
    found = []
    for name in sorted(model.columns, key=lambda name: -weight[name])[:IMPORTANCE_COLUMNS]:
        orders = np.concatenate([random.permutation(len(t)) for _ in range(REPEATS)])
        shuffled = model.probabilities(several.replaced(name, rows.column(name).take(pa.array(orders))))
        rises = [log_loss(t, part) - loss for part in np.split(shuffled, REPEATS)]
        fall = float(right.mean() - (shuffled.argmax(axis=1) == t[repeated]).mean())
        found.append(Importance(name, float(np.mean(rises)), float(np.std(rises)), fall))
    return sorted(found, key=lambda each: -each.loss)


def coefficients_of(model: Fitted) -> list[Coefficient]:
    """Return the coefficients of softmax regression, the largest first; none where there are hidden layers."""
    classifier = model.classifier
    if len(classifier.network_.layers) > 1:
        return []
    sizes = np.array([each.size for each in model.network_inputs])
    values = classifier.coef_.astype(np.float64) * sizes
    names = model.classes[1:] if len(values) == 1 else model.classes
    if len(values) > 1:
        values -= values.mean(axis=0)
    order = np.argsort(-np.abs(values), axis=None, kind="stable")
    places = [divmod(int(place), values.shape[1]) for place in order]
    return [Coefficient(model.network_inputs[i], names[c], float(values[c, i])) for c, i in places]


def dependence_of(model: Fitted, name: str) -> Dependence | None:
    """Return how the probabilities change with one column, all others as they are; None for text."""
    rows = model.held_out.take(sample(len(model.held_out), DEPENDENCE_ROWS))
    values = rows.column(name)
    kind = model.kinds[name]
    if kind == "text":
        return None
    hidden = 0
    if kind in ("number", "date"):
        shown, seen, numeric = _places(values)
    else:
        counted = pc.value_counts(as_words(values) if is_words(values) else values)
        counts = counted.field("counts").to_numpy(zero_copy_only=False)
        words = as_words(counted.field("values")).fill_null("").to_numpy(zero_copy_only=False)
        order = np.lexsort((words, -counts))
        hidden, order = max(0, len(order) - MOST_WORDS), order[:MOST_WORDS]
        shown, seen, numeric = counted.field("values").take(pa.array(order)), counts[order], False
    if not len(shown):
        return None
    places, others = np.repeat(np.arange(len(shown)), len(rows)), np.tile(np.arange(len(rows)), len(shown))
    changed = rows.take(others).replaced(name, shown.take(pa.array(places)))
    y = model.probabilities(changed).reshape(len(shown), len(rows), -1).mean(axis=1)
    return Dependence(name, shown.to_pylist(), y, seen, numeric, hidden)


def _places(values: pa.Array) -> tuple[pa.Array, Array, bool]:
    """Return the values of a column of numbers or dates to look at, the known ones, and whether a line joins them."""
    known = values.drop_null()
    known = known.filter(pc.is_finite(known)) if pa.types.is_floating(known.type) else known
    distinct = pc.unique(known).sort()
    if len(distinct) <= FEW_NUMBERS or not (pa.types.is_integer(known.type) or pa.types.is_floating(known.type)):
        shown = distinct.take(pa.array(np.unique(np.linspace(0, len(distinct) - 1, FEW_NUMBERS).round().astype(int))))
        counts = np.array([pc.sum(pc.equal(known, value)).as_py() for value in shown])
        return shown, counts, False
    numbers = known.to_numpy(zero_copy_only=False).astype(np.float64)
    low, high = np.quantile(numbers, [0.01, 0.99])
    return pa.array(np.linspace(low, high, DEPENDENCE_POINTS)), numbers, True
