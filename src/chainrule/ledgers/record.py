"""What a ledger holds: the numbers of its rows, of one weight and of the step; and the same as JSON says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeAlias, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.formulas import Formula
from chainrule.engine import Cost, Rows
from chainrule.estimator.defaults import WHOLE_DATA
from chainrule.estimator.trained_model import TrainedModel
from chainrule.inspection import (
    Entry,
    Nudge,
    Paths,
    Section,
    Trace,
    Weight,
    nudge,
    parameter_name,
    paths,
    sections,
)
from chainrule.losses import Penalty
from chainrule.optimizers import FirstOrder

if TYPE_CHECKING:
    from chainrule.tables.encoder import EncodingStep

# An array that is too large to be shown whole: what its numbers are like, and the largest of them.

# Numbers of an array that is shown whole: what an eye can still take in.
MOST_SHOWN = 64
# And its most rows and columns: a page is as wide.
WIDEST = 12
# Of a larger one, as many of the largest are listed: they fit a line.
MOST_LISTED = 5
Index: TypeAlias = tuple[int, ...]


@final
@dataclass(frozen=True)
class Summary:
    """What the numbers of an array are like.

    Attributes:
        minimum, maximum: the least and the greatest number.
        at_minimum, at_maximum: their places, counted from 0; the first ones of equal numbers.
        mean: of all numbers.
        zeros: how many are 0.
        largest: those largest in size, each with its place; none is 0.
    """

    minimum: float
    at_minimum: Index
    maximum: float
    at_maximum: Index
    mean: float
    zeros: int
    largest: tuple[tuple[Index, float], ...]


def fits(values: Array) -> bool:
    """Return whether an array is small enough to be shown whole."""
    return values.size <= MOST_SHOWN and max(values.shape, default=1) <= WIDEST


def largest(values: Array, most: int = MOST_LISTED) -> tuple[tuple[Index, float], ...]:
    """Return the numbers of an array that are largest in size, each with its place; none that is 0.

    >>> largest(np.array([0.5, -3.0, 0.0, 1.0]), 2)
    (((1,), -3.0), ((3,), 1.0))
    """
    flat = np.ravel(values)
    order = np.argsort(-np.abs(flat), kind="stable")[: min(most, np.count_nonzero(flat))]
    places = zip(*(axis.tolist() for axis in np.unravel_index(order, values.shape)), strict=True)
    return tuple((place, float(values[place])) for place in places)


def summary(values: Array, most: int = MOST_LISTED) -> Summary:
    """Return what the numbers of an array are like, with so many of the largest.

    >>> summary(np.array([0.5, -3.0, 0.0, 1.5]), 1)  # doctest: +NORMALIZE_WHITESPACE
    Summary(minimum=-3.0, at_minimum=(1,), maximum=1.5, at_maximum=(3,), mean=-0.25, zeros=1,
            largest=(((1,), -3.0),))
    """
    low, high = (
        tuple(int(i) for i in np.unravel_index(int(place), values.shape))
        for place in (values.argmin(), values.argmax())
    )
    zeros = values.size - int(np.count_nonzero(values))
    mean = float(values.sum()) / values.size
    return Summary(float(values[low]), low, float(values[high]), high, mean, zeros, largest(values, most))


def shape_of(values: Array) -> str:
    """Return the shape in words.

    >>> shape_of(np.zeros((3, 12))), shape_of(np.zeros(())), shape_of(np.zeros(4))
    ('3 × 12', 'a number', '4')
    """
    return " × ".join(map(str, values.shape)) if values.ndim else "a number"


def as_place(index: Index) -> str:
    """Return a place as it stands beside a name, counted from 1.

    >>> as_place((0, 2))
    '[1,3]'
    """
    return f"[{','.join(str(i + 1) for i in index)}]"


# What a weight of zero that stays there is divided by: any number above zero does.
LEAST = 1e-300

# The step that a model's optimizer takes from chosen rows, as if they were a mini-batch.


@final
@dataclass(frozen=True)
class FirstStep:
    """What an optimizer does to one weight, and to the loss, from its starting state.

    Attributes:
        optimizer: its name.
        rate: its first rate; None where the step needs all rows of training, so that there is none to show.
        formula: the first step of one weight `w` with gradient `g`; None where the optimizer is of the user's own.
        gradient: of the rows' mean loss with respect to the weight.
        before, after: the weight.
        loss_before, loss_after: the rows' mean loss, before and after all weights have moved.
        difference: between `after` and the formula's number, relative.
    """

    optimizer: str
    rate: float | None
    formula: Formula | None
    gradient: float
    before: float
    after: float | None
    loss_before: float
    loss_after: float | None
    difference: float


def first_step(model: TrainedModel, rows: Rows, weight: Weight) -> FirstStep:
    """Return the step of a trained model's optimizer on some rows, without the penalty.

    Parameters:
        model: trained.
        rows: standardised, in double precision.
        weight: of its network.
    """
    network, theta = model.network, model.theta
    cost = Cost(network, model.loss, rows, rows.total_weight, Penalty(), "mean")
    value, gradient = cost.value_and_gradient(theta)
    place = network.layout[weight.link][weight.parameter][0].start + weight.column
    optimizer, g, w = model.optimizer, float(gradient[place]), float(theta[place])
    name = type(optimizer).__name__
    if isinstance(optimizer, WHOLE_DATA):
        return FirstStep(name, None, None, g, w, None, float(value), None, 0.0)
    step = optimizer.step(cost, theta, optimizer.init(theta))
    after, rate = float(step.theta[place]), float(step.rate)
    formula, expected = optimizer.first_step(rate, g, w) if isinstance(optimizer, FirstOrder) else (None, after)
    difference = abs(after - expected) / max(abs(after), abs(w), LEAST)
    return FirstStep(name, rate, formula, g, w, after, float(value), float(cost.value(step.theta)), difference)


@final
@dataclass(frozen=True, eq=False)
class Inputs:
    """A row before it is standardised: `x = (given - mean) / scale`, each (i,)."""

    given: Array
    mean: Array
    scale: Array


# Paths to the weight that are listed; the rest is summed.
MOST_PATHS = 10


@final
@dataclass(frozen=True, eq=False)
class RowLedger:
    """One row of a ledger.

    Its sections, its paths and the slope are worked out when they are first asked for: together they take as long as
    all else that makes a ledger.

    Attributes:
        trace: every intermediate and every factor.
        weight: the ledger's weight.
        number: of the row, counted from 0; None where there is but a trace.
        counts: its weight among the rows.
        columns: the row before the steps that come before the classifier, by name; none where there are no such.
        inputs: of the network before they are standardised, or None.
        encoding: how they come from the columns, where a `TableEncoder` makes them.
    """

    trace: Trace
    weight: Weight
    number: int | None = None
    counts: float = 1.0
    columns: Mapping[str, str] | None = None
    inputs: Inputs | None = None
    encoding: "Sequence[EncodingStep]" = ()

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The numbers of the trace in the order of the chain, named."""
        return sections(self.trace)

    @cached_property
    def paths(self) -> Paths:
        """The paths from the loss to the ledger's weight."""
        return paths(self.trace, self.weight, MOST_PATHS)

    @cached_property
    def nudge(self) -> Nudge:
        """The slope of the loss along the ledger's weight, from values alone."""
        return nudge(self.trace, self.weight)

    @property
    def entries(self) -> list[Entry]:
        """The numbers of all sections."""
        return [entry for section in self.sections for entry in section.entries]


@dataclass(frozen=True, eq=False)
class LedgerRecord:
    """The numbers of a ledger.

    Attributes:
        rows: the rows.
        weight: the one followed in detail.
        chosen: whether the user chose it; else it is the one with the largest gradient in the first layer.
        classes: labels in words (k,); none where they are unknown.
        names: of the inputs (i,); none where they have none.
        step: what the optimizer does; None where there is but a trace.
    """

    rows: tuple[RowLedger, ...]
    weight: Weight
    chosen: bool = True
    classes: Sequence[str] = ()
    names: Sequence[str] = ()
    step: FirstStep | None = None

    def numbered(self, numbers: Sequence[int]) -> Self:
        """Return the ledger with other numbers for its rows, such as those that they have in a file."""
        rows = [replace(row, number=number) for row, number in zip(self.rows, numbers, strict=True)]
        return replace(self, rows=tuple(rows))

    @property
    def disagreement(self) -> float:
        """The largest difference of any product from the same number computed in another way, relative."""
        checked = [entry.difference or 0.0 for row in self.rows for entry in row.entries]
        own = [max(row.trace.disagreement, row.paths.difference) for row in self.rows]
        return max([*checked, *own, 0.0 if self.step is None else self.step.difference])


# The ledger as JSON says it.

# Numbers of an array that JSON holds whole: some 200 KB of text.
WHOLE_IN_JSON = 10_000
# Of a larger one, as many of the largest: enough to find what matters, few enough to read.
LISTED_IN_JSON = 100


def to_dict(ledger: LedgerRecord) -> dict[str, Any]:
    """Return a ledger as JSON can say it. Places of numbers are counted from 0, as lists are."""
    weight, step = ledger.weight, ledger.step
    name = parameter_name(ledger.rows[0].trace, weight.link, weight.parameter)
    return {
        "classes": list(ledger.classes),
        "inputs": list(ledger.names),
        "weight": {"given": str(weight), "parameter": name.text, "place": list(weight.index)},
        "rows": [_row(row) for row in ledger.rows],
        "step": None if step is None else {**vars_of(step), "formula": _text(step.formula)},
        "disagreement": ledger.disagreement,
    }


def vars_of(record: Any) -> dict[str, Any]:
    """Return the fields of a dataclass by name."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _row(row: RowLedger) -> dict[str, Any]:
    found, inputs = row.paths, row.inputs
    return {
        "row": row.number,
        "weight": row.counts,
        "columns": None if row.columns is None else dict(row.columns),
        "encoding": [step._asdict() for step in row.encoding if step.formula or step.value],
        "given": None if inputs is None else {name: _numbers(values) for name, values in vars_of(inputs).items()},
        "loss": row.trace.loss,
        "entries": [_entry(entry, part.title) for part in row.sections for entry in part.entries],
        "paths": {
            "gradient": found.total,
            **{name: getattr(found, name) for name in ("count", "contributing", "others", "rest", "difference")},
            "largest": [vars_of(path) for path in found.largest],
        },
        "from values alone": vars_of(row.nudge),
    }


def _entry(entry: Entry, section: str) -> dict[str, Any]:
    return {
        "key": entry.key,
        "section": section,
        "kind": entry.kind,
        "name": entry.name.text,
        "formula": _text(entry.formula),
        "latex": entry.name.latex if entry.formula is None else f"{entry.name.latex} = {entry.formula.latex}",
        "shape": list(entry.values.shape),
        "values": {"pattern": entry.pattern} if entry.pattern and _is_large(entry.values) else _numbers(entry.values),
        "difference": entry.difference,
    }


def _text(formula: Formula | None) -> str | None:
    return None if formula is None else formula.text


def _is_large(values: Array) -> bool:
    return values.size > WHOLE_IN_JSON


def _numbers(values: Array) -> Any:
    if not _is_large(values):
        return values.tolist()
    found = summary(values, LISTED_IN_JSON)
    numbers = [{"place": list(place), "value": value} for place, value in found.largest]
    return {**{name: getattr(found, name) for name in ("minimum", "maximum", "mean", "zeros")}, "largest": numbers}
