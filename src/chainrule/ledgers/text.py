"""The ledger for a terminal of 100 columns."""

import textwrap

import numpy as np

from chainrule.arrays import Array
from chainrule.common.display import Table
from chainrule.common.format import significant
from chainrule.common.formulas import Formula
from chainrule.inspection import Entry
from chainrule.ledgers.blocks import Block, Cell, Equation, Heading, Product, Prose, blocks
from chainrule.ledgers.record import LedgerRecord, as_place, fits, part, rest_in_words, shape_of

# Characters of a line: as wide as terminals usually are made, and pages of code.
WIDTH = 100
# Deeper than the two columns that names of numbers are indented by.
INDENT = "    "


def to_text(ledger: LedgerRecord) -> str:
    """Return a ledger as lines of at most 100 characters."""
    return "\n".join(line for block in blocks(ledger) for line in _lines(block)).lstrip("\n")


def _lines(block: Block) -> list[str]:
    match block:
        case Heading(text, level):
            return ["", "", text, "=" * len(text)] if level == 2 else ["", text, "-" * len(text)]
        case Prose(words):
            return _wrapped("".join(map(_word, words)), "")
        case Equation(entry):
            formula = "" if entry.formula is None else f" = {entry.formula.text}"
            head = f"  {entry.name.text}{formula}"
            shape = f"{shape_of(entry.values)}{checked(entry)}"
            gap = WIDTH - len(head) - len(shape)
            first = [head + " " * gap + shape] if gap > 1 else [*_wrapped(head.strip(), "  "), f"{INDENT}{shape}"]
            return [*first, *_array(entry)]
        case Table():
            return block.written(_cell).text("  ", WIDTH).split("\n")


def _word(word: object) -> str:
    return word.text if isinstance(word, Formula) else significant(word) if isinstance(word, float) else str(word)


def _cell(cell: Cell) -> str:
    return " · ".join(map(significant, cell.factors)) if isinstance(cell, Product) else _word(cell)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False) or [""]


def checked(entry: Entry) -> str:
    """Return how a product was checked, in words."""
    if entry.difference is None:
        return ""
    return f", checked to {entry.difference:.0e}" if entry.difference else ", checked: equal"


def _array(entry: Entry) -> list[str]:
    if not fits(entry.values):
        return _wrapped(entry.pattern or _part(entry.values), INDENT)
    texts = [[significant(value) for value in row] for row in np.atleast_2d(entry.values).tolist()]
    width = max(len(text) for row in texts for text in row)
    a_line = (WIDTH - len(INDENT)) // (width + 2)
    if entry.pattern and len(texts[0]) > a_line:
        return _wrapped(entry.pattern, INDENT)
    lines = []
    for row in texts:
        for start in range(0, len(row), a_line):
            cells = "  ".join(text.rjust(width) for text in row[start : start + a_line])
            lines.append(INDENT + ("" if start == 0 else "  ") + cells)
    return lines


def _part(values: Array) -> str:
    found = part(values)
    shown = ", ".join(f"{as_place(place)} {significant(value)}" for place, value in found.shown)
    said = f"{f'largest: {shown}; ' if shown else ''}{rest_in_words(found.others, found.zeros)}"
    if found.others:
        said += f", together {significant(found.rest)}"
    return said
