"""What a ledger says, block by block: text, HTML and LaTeX are three ways to write the same blocks."""

from collections.abc import Iterator

from chainrule.ledgers.blocks_of_model import Block, Cell, Equation, Heading, Listing, counted, prose
from chainrule.ledgers.one_weight import step_blocks, weight_blocks
from chainrule.ledgers.parts import part, rest_in_words
from chainrule.ledgers.record import LedgerRecord, RowLedger

MOST_INPUTS = 24


def blocks(ledger: LedgerRecord) -> Iterator[Block]:
    """Yield what a ledger says, first to last."""
    for row in ledger.rows:
        yield Heading(heading(row), 2)
        yield from _verdict(ledger, row)
        yield from _row_as_given(row)
        yield from _inputs(ledger, row)
        for section in row.sections:
            yield Heading(section.title)
            yield prose(section.about)
            for entry in section.entries:
                yield Equation(entry)
        yield from weight_blocks(ledger, row)
    yield from step_blocks(ledger)
    yield prose(
        "Every product above was computed a second time in another way. The largest disagreement between the two,"
        " relative, is ",
        float(f"{ledger.disagreement:.1e}"),
        ".",
    )


def heading(row: RowLedger) -> str:
    """Return what a row is called."""
    return "The row" if row.number is None else f"Row {row.number}"


def _verdict(ledger: LedgerRecord, row: RowLedger) -> Iterator[Block]:
    y, t, classes = row.trace.y, row.trace.t, ledger.classes
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
            ".",
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
            f". The numbers of z, y and t belong to the classes {order}{more}, in this order.",
            *counts,
        )


def _row_as_given(row: RowLedger) -> Iterator[Block]:
    if row.columns is None:
        return
    yield Heading("The row as given")
    names = list(row.columns.items())
    yield Listing(("column", "value"), tuple(names[:MOST_INPUTS]))
    if len(names) > MOST_INPUTS:
        yield prose(f"{counted(len(names) - MOST_INPUTS, 'column')} more, all of which reach the inputs below.")


def _inputs(ledger: LedgerRecord, row: RowLedger) -> Iterator[Block]:
    if not ledger.names and row.inputs is None:
        return
    x, inputs = row.trace.links[0].x, row.inputs
    yield Heading("The inputs of the network")
    if inputs is not None:
        yield prose("Each input is standardised: what is given less its mean, divided by its scale.")
    order = list(range(len(x)))
    if len(x) > MOST_INPUTS:
        order = [place for (place,), _ in part(x, MOST_INPUTS).shown]
    header = ("input", *(("name",) if ledger.names else ()), *(("given", "mean", "scale") if inputs else ()), "x")
    rows: list[tuple[Cell, ...]] = []
    for i in order:
        name: tuple[Cell, ...] = (ledger.names[i],) if ledger.names else ()
        given: tuple[Cell, ...] = ()
        if inputs is not None:
            given = (float(inputs.given[i]), float(inputs.mean[i]), float(inputs.scale[i]))
        rows.append((str(i + 1), *name, *given, float(x[i])))
    yield Listing(header, tuple(rows))
    found = part(x, len(order))
    if found.others:
        yield prose(f"Largest x first; {rest_in_words(found.others, found.zeros)}, together ", found.rest, ".")
    elif len(order) < len(x):
        yield prose(f"Largest x first; {rest_in_words(0, found.zeros)}.")
