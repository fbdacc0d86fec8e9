"""One weight in detail: the sum that it is part of, all paths that reach it, and the step that it takes."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from chainrule.inspection import Path, parameter_name, unit_names
from chainrule.inspection.entries import LOSS, X
from chainrule.inspection.notation import Formula, Y, Z, derivative
from chainrule.ledgers.blocks_of_model import Block, Cell, Heading, Listing, Product, Words, counted, element, prose
from chainrule.ledgers.record import LedgerRecord, RowLedger

MOST_TERMS = 10


def weight_blocks(ledger: LedgerRecord, row: RowLedger) -> Iterator[Block]:
    """Yield what there is to say about the ledger's weight for one row."""
    weight, trace = ledger.weight, row.trace
    link, units = trace.links[weight.link], unit_names(trace)
    name, unit = weight_name(ledger, row), _unit(units[weight.link], weight.output, len(link.y))
    value = float(link.params[weight.parameter][weight.index])
    yield Heading(f"One weight: {name.text}")
    last = weight.link == len(trace.links) - 1
    classes = ledger.classes[-len(link.y) :] if last and ledger.classes else ()
    to = f", the logit of class {classes[weight.output]}" if classes else ""
    own = "" if ledger.chosen else " No weight was asked for: this one has the largest gradient in the first layer."
    which: tuple[Words, ...] = (", the bias of ",) if weight.input is None else (", from ", _input(ledger, row), " to ")
    yield prose(name, " = ", value, *which, unit, f"{to}.{own}")
    yield from _terms(ledger, row, unit)
    yield from _paths(ledger, row, name)


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
    return _unit(names[weight.link], weight.input, weight.inputs)


def _terms(ledger: LedgerRecord, row: RowLedger, unit: Formula) -> Iterator[Block]:
    weight, link = ledger.weight, row.trace.links[ledger.weight.link]
    names = (X, *unit_names(row.trace))
    column = link.params["weights"][:, weight.output]
    terms = link.x * column
    order = np.argsort(-np.abs(terms), kind="stable")
    kept = [int(i) for i in order[:MOST_TERMS] if terms[i] != 0]
    rows: list[tuple[Cell, ...]] = []
    for i in kept:
        known = weight.link == 0 and ledger.names
        label: Cell = ledger.names[i] if known else _unit(names[weight.link], i, len(link.x))
        rows.append((label, Product((float(link.x[i]), float(column[i]))), float(terms[i])))
    others = np.delete(terms, kept)
    if len(others):
        rows.append((f"the other {len(others):,}", "", float(others.sum())))
    if "bias" in link.params:
        bias = parameter_name(row.trace, weight.link, "bias")
        rows.append((_unit(bias, weight.output, len(link.y)), "", float(link.params["bias"][weight.output])))
    rows.append((unit, "", float(link.y[weight.output])))
    yield prose("Forward, it is part of the sum that makes ", unit, ", largest terms first:")
    yield Listing(("from", "input · weight", "term"), tuple(rows), sums=1)


def _paths(ledger: LedgerRecord, row: RowLedger, name: Formula) -> Iterator[Block]:
    found, gradient = row.paths, derivative(LOSS, name)
    all_of_them = "the one path" if found.count == 1 else f"all {counted(found.count, 'path')}"
    silent = found.count - found.contributing
    nothing = f" Of these, {counted(silent, 'path')} with a factor of 0 add nothing." if silent > 1 else ""
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
    rows: list[tuple[Cell, ...]] = [
        (_nodes(ledger, row, path), Product(path.factors), path.contribution) for path in found.largest
    ]
    if found.others:
        rows.append((f"the other {counted(found.others, 'path')}", "", found.rest))
    rows.append((gradient, "", found.total))
    yield Listing(("path", "derivatives along it", "contribution"), tuple(rows), sums=1)
    slope = row.nudge
    kink = (
        " A unit changes its sign within that step, so this is no slope, and the two may differ."
        if slope.meets_kink
        else ""
    )
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
        yield Listing(("row", "share · gradient", "contribution"), tuple(rows), sums=1)
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
    yield Listing(("weight", "step", "before", "after"), ((name, formula, step.before, step.after),))
    yield prose(
        f"After updating all weights in this way, the loss of {which} goes from ",
        step.loss_before,
        " to ",
        step.loss_after,
        ".",
    )
