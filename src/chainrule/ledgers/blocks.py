"""What a ledger says, block by block: text, HTML and LaTeX are three ways to write the same blocks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.display import Part, Table
from chainrule.common.format import count
from chainrule.common.formulas import Formula, derivative
from chainrule.inspection import Entry, Path, parameter_name, unit_names
from chainrule.inspection.entries import LOSS, X, Y, Z
from chainrule.ledgers.record import Index, LedgerRecord, RowLedger, as_place, largest, summary

# The blocks that a ledger is made of: headings, sentences, equations and tables.


@final
@dataclass(frozen=True)
class Product:
    """Some numbers, to be multiplied."""

    factors: tuple[float, ...]


Words: TypeAlias = str | float | Formula
Cell: TypeAlias = Words | Product


@final
@dataclass(frozen=True)
class Heading:
    """A heading of level 2 or 3."""

    text: str
    level: int = 3


@final
@dataclass(frozen=True)
class Prose:
    """A sentence or several: words, numbers and names in turn."""

    words: tuple[Words, ...]


@final
@dataclass(frozen=True, eq=False)
class Equation:
    """A name, its formula and its numbers."""

    entry: Entry


Block: TypeAlias = Heading | Prose | Equation | Table


def listing(head: Sequence[str], rows: Sequence[Sequence[Cell]], sums: int = 0) -> Table:
    """Return a table, its columns of numbers to the right; the last rows may be set apart as sums."""
    align = "".join("r" if any(isinstance(row[place], float) for row in rows) else "l" for place in range(len(head)))
    return Table(parts=[Part(head, rows)], align=align, sums=sums)


def prose(*words: Words) -> Prose:
    """Return words as a block."""
    return Prose(words)


def summary_words(values: Array, *, colours: bool = False) -> tuple[Words, ...]:
    """Return what the numbers of a large array are like.

    Parameters:
        values: the numbers.
        colours: whether they stand beside a picture of them, whose colours are named; else the largest are listed.
    """
    found = summary(values)
    low, high = (" (purple)" * (found.minimum < 0), " (green)" * (found.maximum > 0)) if colours else ("", "")
    words: list[Words] = ["minimum ", found.minimum, f" at {as_place(found.at_minimum)}{low}, maximum ", found.maximum]
    words += [f" at {as_place(found.at_maximum)}{high}, mean ", found.mean]
    if found.zeros:
        words.append(f", {found.zeros:,} {'is' if found.zeros == 1 else 'are'} 0")
    if not colours:
        for number, (place, value) in enumerate(found.largest):
            words += [f"{', ' if number else '; largest in size: '}{as_place(place)} ", value]
    return tuple(words)


def element(name: Formula, index: Index) -> Formula:
    """Return the name of one number of an array.

    >>> element(Formula("h1", "h_1"), (3,)).text
    'h1[4]'
    """
    place = as_place(index)
    return Formula(name.text + place, name.latex + place)


# One weight in detail: the sum that it is part of, all paths that reach it, and the step that it takes.

# Terms of a sum that are listed, the largest first; the others are added up in a line.
MOST_TERMS = 10


def weight_blocks(ledger: LedgerRecord, row: RowLedger) -> Iterator[Block]:
    """Yield what there is to say about the ledger's weight for one row."""
    weight, trace = ledger.weight, row.trace
    link, units = trace.links[weight.link], unit_names(trace)
    name, unit = weight_name(ledger, row), _unit(units[weight.link], weight.units[0], len(link.y))
    value = float(link.params[weight.parameter][weight.index])
    yield Heading(f"One weight: {name.text}")
    last = weight.link == len(trace.links) - 1
    classes = ledger.classes[-len(trace.t) :] if last and ledger.classes else ()
    to = f", the logit of class {classes[weight.units[0] % len(classes)]}" if classes else ""
    others = [element(units[weight.link], (place,)) for place in weight.units[1:]]
    to += f"; in the other members to {', '.join(each.text for each in others)}" if others else ""
    of_layer = "first layer" if weight.link == 0 else f"layer before {units[weight.link].text}"
    own = "" if ledger.chosen else f" No weight was asked for: this one has the largest gradient in the {of_layer}."
    which: tuple[Words, ...] = (", the bias of ",) if weight.input is None else (", from ", _input(ledger, row), " to ")
    yield prose(name, " = ", value, *which, unit, f"{to}.{own}")
    yield from _paths(ledger, row, name)
    yield from _terms(ledger, row, unit)


def weight_name(ledger: LedgerRecord, row: RowLedger) -> Formula:
    """Return the name of the ledger's weight, such as W1[2,3]."""
    weight = ledger.weight
    return element(parameter_name(row.trace, weight.link, weight.parameter), weight.index)


def _unit(name: Formula, place: int, count: int) -> Formula:
    return name if count == 1 else element(name, (place,))


def _input(ledger: LedgerRecord, row: RowLedger) -> Words:
    weight = ledger.weight
    assert weight.input is not None
    if weight.link == 0 and ledger.names:
        return str(ledger.names[weight.input])
    names = (X, *unit_names(row.trace))
    return _unit(names[weight.link], weight.sources[weight.input], len(row.trace.links[weight.link].x))


def _terms(ledger: LedgerRecord, row: RowLedger, unit: Formula) -> Iterator[Block]:
    weight, link = ledger.weight, row.trace.links[ledger.weight.link]
    names = (X, *unit_names(row.trace))
    unit_number, sources = weight.units[0], weight.sources
    column = link.params["weights"][:, unit_number % link.params["weights"].shape[1]]
    terms = link.x[sources] * column
    order = np.argsort(-np.abs(terms), kind="stable")
    kept = [int(i) for i in order[:MOST_TERMS] if terms[i] != 0]
    rows: list[tuple[Cell, ...]] = []
    for i in kept:
        known = weight.link == 0 and ledger.names
        label: Cell = ledger.names[i] if known else _unit(names[weight.link], sources[i], len(link.x))
        rows.append((label, Product((float(link.x[sources[i]]), float(column[i]))), float(terms[i])))
    others = np.delete(terms, kept)
    if len(others):
        rows.append((f"the other {len(others):,}", "", float(others.sum())))
    if "bias" in link.params:
        bias = parameter_name(row.trace, weight.link, "bias")
        rows.append((_unit(bias, unit_number, len(link.y)), "", float(link.params["bias"][unit_number])))
    rows.append((unit, "", float(link.y[unit_number])))
    yield prose("Forward, it is part of the sum that makes ", unit, ", largest terms first:")
    yield listing(("from", "input · weight", "term"), rows, sums=1)


def _paths(ledger: LedgerRecord, row: RowLedger, name: Formula) -> Iterator[Block]:
    found, gradient = row.paths, derivative(LOSS, name)
    all_of_them = "the one path" if found.count == 1 else f"all {count(found.count, 'path')}"
    silent = found.count - found.contributing
    nothing = f" Of these, {count(silent, 'path')} with a factor of 0 add nothing." if silent > 1 else ""
    nothing = " One with a factor of 0 adds nothing." if silent == 1 else nothing
    of_all = f" of the other {found.contributing:,}" if silent else ""
    largest = f" These are the {len(found.largest)} largest{of_all}." if found.others else ""
    yield prose(
        "Backward, ",
        gradient,
        f" is the sum over {all_of_them} from the loss to it. Each adds the product of the derivatives along it, ",
        _along(ledger, row),
        f".{nothing}{largest}",
    )
    rows: list[tuple[Cell, ...]]
    rows = [(_nodes(ledger, row, path), Product(path.factors), path.contribution) for path in found.largest]
    if found.others:
        rows.append((f"the other {count(found.others, 'path')}", "", found.rest))
    rows.append((gradient, "", found.total))
    yield listing(("path", "derivatives along it", "contribution"), rows, sums=1)
    slope = row.nudge
    kinked = " A unit changes its sign within that step, so this is no slope, and the two may differ."
    kink = kinked if slope.meets_kink else ""
    yield prose(
        f"A finite-difference check, with the weight moved by ±{slope.step:g} and ±{2 * slope.step:g}, gives ",
        slope.slope,
        ", which differs by ",
        float(f"{abs(slope.slope - found.total):.1e}"),
        f".{kink}",
    )


def _along(ledger: LedgerRecord, row: RowLedger) -> Formula:
    """Return the names of the derivatives along a path."""
    units, link = unit_names(row.trace), ledger.weight.link
    chain = [LOSS, Y, *(unit for unit in reversed(units[link:])), Formula("w", "w")]
    steps = [derivative(of, by) for of, by in pairwise(chain)]
    return Formula(" · ".join(s.text for s in steps), r" \cdot ".join(s.latex for s in steps))


def _nodes(ledger: LedgerRecord, row: RowLedger, path: Path) -> Formula:
    units = [Y, Z, *reversed(unit_names(row.trace)[ledger.weight.link : -1])]
    sizes = [len(row.trace.y), len(row.trace.z)]
    sizes += [len(link.y) for link in reversed(row.trace.links[ledger.weight.link : -1])]
    names = [_unit(unit, place, size) for unit, place, size in zip(units, path.nodes, sizes, strict=True)]
    return Formula(", ".join(n.text for n in names), r", \, ".join(n.latex for n in names))


def path_name(ledger: LedgerRecord, row: RowLedger, path: Path) -> tuple[Formula, Formula]:
    """Return what the contribution of a path is called, and what it is the product of."""
    nodes = _nodes(ledger, row, path)
    return Formula(f"path {nodes.text}", rf"\text{{path }} {nodes.latex}"), _along(ledger, row)


def step_blocks(ledger: LedgerRecord) -> Iterator[Block]:
    """Yield the step that the optimizer takes from the rows."""
    step = ledger.step
    if step is None:
        return
    name = weight_name(ledger, ledger.rows[0])
    yield Heading("The step that follows", 2)
    several = len(ledger.rows) > 1
    if several:
        total = sum(row.counts for row in ledger.rows)
        yield prose("The loss of several rows is the mean of theirs, and so is its gradient:")
        rows: list[tuple[Cell, ...]] = [
            (f"Row {row.number}", Product((row.counts / total, row.paths.total)), row.counts / total * row.paths.total)
            for row in ledger.rows
        ]
        rows.append(("their mean", "", step.gradient))
        yield listing(("row", "share · gradient", "contribution"), rows, sums=1)
    which = "these rows" if several else "this row"
    g = derivative(LOSS, name)
    if step.after is None or step.rate is None or step.loss_after is None:
        yield prose(
            f"The model was trained with {step.optimizer}, whose step needs all rows of training at once, so there is"
            f" none to show for {which} alone. The gradient is ",
            g,
            " = ",
            step.gradient,
            "; a step against it would lower the loss." if step.gradient else ": this weight would not move.",
        )
        return
    yield prose(
        f"The model was trained with {step.optimizer}. If {which} were the first mini-batch, then with g = ",
        g,
        " = ",
        step.gradient,
        f", the first rate {step.rate:g} and without the penalty, the update would be:",
    )
    formula = Formula("w ← by its own rule", r"w \leftarrow \text{by its own rule}")
    if step.formula is not None:
        formula = Formula(f"w ← {step.formula.text}", rf"w \leftarrow {step.formula.latex}")
    yield listing(("weight", "step", "before", "after"), [(name, formula, step.before, step.after)])
    after = f"After updating all weights in this way, the loss of {which} goes from "
    yield prose(after, step.loss_before, " to ", step.loss_after, ".")


# Columns and inputs that are listed, so that they fit a screen; of more, the largest are.
MOST_INPUTS = 24


def blocks(ledger: LedgerRecord) -> Iterator[Block]:
    """Yield what a ledger says, first to last."""
    for row in ledger.rows:
        yield Heading(heading(row), 2)
        yield from _verdict(ledger, row)
        yield from weight_blocks(ledger, row)
        yield from _row_of_table(row)
        yield from _encoding(row)
        yield from _inputs(ledger, row)
        for section in row.sections:
            yield Heading(section.title)
            yield prose(section.about)
            for entry in section.entries:
                yield Equation(entry)
    yield from step_blocks(ledger)
    again = "Every product above was computed a second time in another way. The largest disagreement between the two, "
    yield prose(f"{again}relative, is ", float(f"{ledger.disagreement:.1e}"), ".")


def heading(row: RowLedger) -> str:
    """Return what a row is called."""
    return "The row" if row.number is None else f"Row {row.number}"


def _verdict(ledger: LedgerRecord, row: RowLedger) -> Iterator[Block]:
    t, classes = row.trace.t, ledger.classes
    y = row.trace.y.reshape(-1, len(t)).mean(axis=0)  # over the members of an ensemble
    members = len(row.trace.y) // len(t)
    of_members = f" These are means over {members} members, whose numbers stand side by side." if members > 1 else ""
    counts = () if row.counts == 1 else (" It counts with weight ", row.counts, ".")
    from_zero = () if row.number is None else ("Rows are counted from 0; layers, inputs and units from 1. ",)
    if not classes:
        yield prose("The loss of this row is ", row.trace.loss, ".")
    elif len(y) == 1:
        says = classes[int(y[0] > 0.5)]
        yield prose(
            *from_zero,
            f"This row is of class {classes[int(t[0] > 0.5)]}. Two classes have one output: y = ",
            float(y[0]),
            f" is the probability of class {classes[1]}, and 1 - y that of class {classes[0]}; the target t is 1 for"
            f" class {classes[1]}, else 0. The model predicts class {says}, and the loss is ",
            row.trace.loss,
            f".{of_members}",
            *counts,
        )
    else:
        label = int(t.argmax())
        order = ", ".join(classes[:10])
        more = f" and {len(classes) - 10} more" if len(classes) > 10 else ""
        yield prose(
            *from_zero,
            f"This row is of class {classes[label]}, to which the model gives a probability of ",
            float(y[label]),
            f"; it predicts class {classes[int(y.argmax())]}, and the loss is ",
            row.trace.loss,
            f". The numbers of z, y and t belong to the classes {order}{more}, in this order.{of_members}",
            *counts,
        )


def _row_of_table(row: RowLedger) -> Iterator[Block]:
    if row.columns is None or set(row.columns) == {step.column for step in row.encoding if step.standardised}:
        return  # or standardisation shows all of them
    yield Heading("The row as given")
    names = list(row.columns.items())
    yield listing(("column", "value"), names[:MOST_INPUTS])
    if len(names) > MOST_INPUTS:
        yield prose(f"{count(len(names) - MOST_INPUTS, 'column')} more, all of which reach the inputs below.")


# What standardisation does to a number.
STANDARDISED = Formula("x = (value - mean) / sd", r"x = \frac{\text{value} - \text{mean}}{\text{sd}}")


def _standardisation(names: Sequence[str], rows: Sequence[tuple[Cell, ...]], of: int) -> Iterator[Block]:
    yield Heading("Standardisation")
    some = f" The {len(rows)} inputs whose x is largest in size, of {of}:" if len(rows) < of else ""
    yield prose(
        "Each is standardised: ", STANDARDISED, f", with mean and standard deviation of the training rows.{some}"
    )
    yield listing((*names, "value", "mean", "sd", "x"), rows)


def _encoding(row: RowLedger) -> Iterator[Block]:
    standardised = [step for step in row.encoding if step.standardised]
    if standardised:
        lines = [(step.input, *step.standardised, step.value) for step in standardised if step.standardised]
        if len(lines) > MOST_INPUTS:
            lines = sorted(lines, key=lambda line: -abs(line[-1]))[:MOST_INPUTS]
        yield from _standardisation(("input",), lines, len(standardised))
    steps = [step for step in row.encoding if not step.standardised and (step.formula or step.value)]
    if not steps:
        return
    yield Heading("How its other columns are encoded" if standardised else "How its columns are encoded")
    zero = len(row.encoding) - len(standardised) - len(steps)
    if zero:
        are = "is" if zero == 1 else "are"
        yield prose(f"{count(zero, 'input')} not listed {are} 0, such as those of levels that the row does not have.")
    if len(steps) > MOST_INPUTS and any(step.whole for step in steps):
        kept = [step for step in steps if not step.whole]
        bins = count(len(steps) - len(kept), "bin")
        yield prose(f"{bins} not listed, which a number lies wholly above or below: 1 or 0, less the mean.")
        steps = kept
    rows = tuple((step.input, step.formula, step.value) for step in steps[:MOST_INPUTS])
    yield listing(("input", "computed as", "value"), rows)
    if len(steps) > MOST_INPUTS:
        yield prose(f"{count(len(steps) - MOST_INPUTS, 'input')} more.")


def _inputs(ledger: LedgerRecord, row: RowLedger) -> Iterator[Block]:
    if not ledger.names and row.inputs is None:
        return
    x, inputs = row.trace.links[0].x, row.inputs
    places = [place for (place,), _ in largest(x, MOST_INPUTS)] if len(x) > MOST_INPUTS else range(len(x))
    names = ("input", "name") if ledger.names else ("input",)
    labels: list[tuple[Cell, ...]] = [(str(i + 1), *([ledger.names[i]] if ledger.names else [])) for i in places]
    if inputs is not None:
        numbers = (inputs.given, inputs.mean, inputs.scale, x)
        rows: list[tuple[Cell, ...]] = []
        for label, i in zip(labels, places, strict=True):
            rows.append((*label, *(float(each[i]) for each in numbers)))
        yield from _standardisation(names, rows, len(x))
        return
    yield Heading("The inputs of the network")
    if len(places) < len(x):
        yield prose(f"The {len(places)} whose x is largest in size, of {len(x)}:")
    yield listing((*names, "x"), [(*label, float(x[i])) for label, i in zip(labels, places, strict=True)])
