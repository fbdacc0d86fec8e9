"""What drives the predictions: which columns matter, and how the probabilities change with them."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array, dense
from chainrule.pages.report.cases import in_words
from chainrule.pages.report.fitted import Fitted, Input
from chainrule.pages.report.rows import sample
from chainrule.pages.report.scores import log_loss
from chainrule.tables.frames import as_words, is_words

# Rows, columns and shuffles of the importance: predictions grow with all three, so together they set its time.
IMPORTANCE_ROWS = 2000
IMPORTANCE_COLUMNS = 30
REPEATS = 5
# Rows over which partial dependence is averaged, and values on a line: enough for a smooth one.
DEPENDENCE_ROWS = 500
DEPENDENCE_POINTS = 25
# Words of a category that have room in a panel, and values of a number that are shown one by one, not as a line.
MOST_WORDS = 10
FEW_NUMBERS = 8


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


class PartialDependence(NamedTuple):
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
    loss, right, repeated = log_loss(t, y), model.decided(y) == t, np.tile(np.arange(len(t)), REPEATS)
    several, random = rows.take(repeated), np.random.default_rng(0)
    weight = model.weight_of_columns
    found = []
    for name in sorted(model.columns, key=lambda name: -weight[name])[:IMPORTANCE_COLUMNS]:
        orders = np.concatenate([random.permutation(len(t)) for _ in range(REPEATS)])
        shuffled = model.probabilities(several.replaced(name, rows.column(name).take(pa.array(orders))))
        rises = [log_loss(t, part) - loss for part in np.split(shuffled, REPEATS)]
        fall = float(right.mean() - (model.decided(shuffled) == t[repeated]).mean())
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


def dependence_of(model: Fitted, name: str) -> PartialDependence | None:
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
    return PartialDependence(name, shown.to_pylist(), y, seen, numeric, hidden)


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


# Decision regions: probabilities over the planes of two columns, with all others fixed at the values of one row.

# Points of a side of the grid: its number squared is predicted for each plane.
RESOLUTION = 60
# Rows drawn over a plane: more hide the regions.
DRAWN_ROWS = 150
# Rows among which the one nearest to the middle is sought.
CANDIDATES = 500
# Columns, whose pairs make three planes: as many as stand side by side.
COLUMNS = 3


class Surface(NamedTuple):
    """The plane of two columns.

    Attributes:
        names: of the columns, across and up.
        limits: (left, right, bottom, top).
        y: probabilities at a grid's points (r·r, k), line by line from the bottom.
        rows: some of the held-out rows in this plane (m, 2).
        classes: their true classes (m,).
    """

    names: tuple[str, str]
    limits: tuple[float, float, float, float]
    y: Array
    rows: Array
    classes: Array


class Surfaces(NamedTuple):
    """The planes of the most important columns of numbers.

    Attributes:
        row: number of the held-out row that the other columns are pinned to, from 0.
        planes: of each pair of columns.
    """

    row: int
    planes: list[Surface]


def surfaces_of(model: Fitted, t: Array, names: Sequence[str]) -> Surfaces | None:
    """Return the planes of the first three of these columns that hold numbers, or None where fewer than two do.

    Parameters:
        model: with its rows.
        t: classes of the held-out rows (n,).
        names: of columns, the most important first.
    """
    spans = {name: span for name in names if (span := _span(model, name)) is not None}
    if len(spans) < 2:
        return None
    row = _middle_row(model)
    some = sample(len(t), DRAWN_ROWS)
    pinned, drawn = model.held_out.take(np.full(RESOLUTION**2, row)), model.held_out.take(some)
    planes = []
    for across, up in combinations(list(spans)[:COLUMNS], 2):
        grid = np.meshgrid(np.linspace(*spans[across], RESOLUTION), np.linspace(*spans[up], RESOLUTION))
        points = pinned.replaced(across, pa.array(grid[0].ravel())).replaced(up, pa.array(grid[1].ravel()))
        rows = np.column_stack([_numbers(drawn.column(name)) for name in (across, up)])
        inside = np.isfinite(rows).all(axis=1)
        limits = (*spans[across], *spans[up])
        planes.append(Surface((across, up), limits, model.probabilities(points), rows[inside], t[some][inside]))
    return Surfaces(row, planes)


def _span(model: Fitted, name: str) -> tuple[float, float] | None:
    """Return the range of a column of numbers, without its rarest hundredths; None for anything else."""
    if model.kinds[name] != "number":
        return None
    values = model.held_out.column(name)
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        return None
    numbers = _numbers(values)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return None
    low, high = np.quantile(numbers, [0.01, 0.99])
    edge = 0.04 * (high - low)
    return (float(low - edge), float(high + edge)) if high > low else None


def _numbers(values: pa.Array) -> Array:
    return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def _middle_row(model: Fitted) -> int:
    """Return the number of the held-out row whose inputs are nearest to the median of each."""
    some = sample(len(model.held_out), CANDIDATES)
    x = dense(model.inputs(model.held_out.take(some)))
    sizes = np.array([each.size for each in model.network_inputs])
    distance = (np.abs(x - np.median(x, axis=0)) / np.where(sizes > 0, sizes, 1)).sum(axis=1)
    return int(some[distance.argmin()])
