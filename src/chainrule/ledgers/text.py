"""The ledger as lines for a terminal of 100 columns, and as LaTeX for a paper."""

import textwrap
from collections.abc import Callable

import numpy as np

from chainrule.arrays import Array
from chainrule.common.display import Latex, Table, escaped
from chainrule.common.format import significant
from chainrule.common.formulas import Formula, number
from chainrule.inspection import Entry
from chainrule.ledgers.blocks import Block, Cell, Equation, Heading, Product, Prose, blocks, summary_words
from chainrule.ledgers.record import LedgerRecord, fits, shape_of

# Characters of a line: as wide as terminals usually are made, and pages of code.
WIDTH = 100
# Deeper than the two columns that names of numbers are indented by.
INDENT = "    "
# Columns of a matrix of amsmath, unless a document sets another number.
MOST_COLUMNS = 10


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
    wrapper = textwrap.TextWrapper(WIDTH, indent, indent, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(text) or [""]


def checked(entry: Entry) -> str:
    """Return how a product was checked, in words."""
    if entry.difference is None:
        return ""
    return f", checked to {entry.difference:.0e}" if entry.difference else ", checked: equal"


def _array(entry: Entry) -> list[str]:
    if not fits(entry.values):
        return _wrapped(entry.pattern or "".join(map(_word, summary_words(entry.values))), INDENT)
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


def to_latex(ledger: LedgerRecord) -> str:
    """Return a ledger as LaTeX, to be set within a document that uses amsmath."""
    body = "\n".join(_tex_block(block) for block in blocks(ledger)).replace(r"\gt", ">")  # which only browsers know
    widest = max((matrix.split(r"\\")[0].count("&") + 1 for matrix in body.split(r"\begin{pmatrix}")[1:]), default=0)
    needed = f"\\setcounter{{MaxMatrixCols}}{{{widest}}}\n" if widest > MOST_COLUMNS else ""
    return f"% needs \\usepackage{{amsmath}}\n{needed}{body}\n"


def _tex_block(block: Block) -> str:
    match block:
        case Heading(text, level):
            return rf"\{'section' if level == 2 else 'subsection'}*{{{escaped(text)}}}"
        case Prose(words):
            return "".join(map(_tex_cell, words)) + "\n"
        case Equation(entry):
            return _tex_equation(entry)
        case Table():
            return block.written(lambda cell: Latex(_tex_cell(cell))).latex()


def _tex_cell(cell: Cell) -> str:
    if isinstance(cell, Formula):
        return f"${cell.latex}$"
    if isinstance(cell, Product):
        product = r" \cdot ".join(f"({text})" if text.startswith("-") else text for text in map(number, cell.factors))
        return f"${product}$"
    return f"${number(cell)}$" if isinstance(cell, float) else escaped(cell)


def _tex_equation(entry: Entry) -> str:
    formula = entry.name.latex if entry.formula is None else f"{entry.name.latex} = {entry.formula.latex}"
    if fits(entry.values):
        numbers = as_latex(entry.values, number).replace("{matrix}", "{pmatrix}")
        return f"\\[ {formula} = {numbers} \\]"
    said = escaped(entry.pattern) or "".join(map(_tex_cell, summary_words(entry.values)))
    shape = r" \times ".join(map(str, entry.values.shape))
    return f"\\[ {formula} \\]\n${shape}$ numbers{escaped(checked(entry))}; {said}\n"


def as_latex(values: Array, show: Callable[[float], str]) -> str:
    """Return a number, a row or a matrix as LaTeX."""
    if values.size == 1:
        return f"{{{show(float(values.ravel()[0]))}}}"
    rows = (" & ".join(map(show, row)) for row in np.atleast_2d(values).tolist())
    return r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}"
