"""The ledger as LaTeX."""

from chainrule.common.display import Latex, Table, escaped
from chainrule.common.formulas import Formula, number
from chainrule.inspection import Entry
from chainrule.ledgers.blocks import Block, Cell, Equation, Heading, Product, Prose, blocks
from chainrule.ledgers.html import as_latex
from chainrule.ledgers.record import LedgerRecord, as_place, fits, part, rest_in_words
from chainrule.ledgers.text import checked

# Of a matrix of amsmath, unless a document sets another number.
MOST_COLUMNS = 10


def to_latex(ledger: LedgerRecord) -> str:
    """Return a ledger as LaTeX, to be set within a document that uses amsmath."""
    body = "\n".join(_written(block) for block in blocks(ledger)).replace(r"\gt", ">")  # which only browsers know
    widest = max((matrix.split(r"\\")[0].count("&") + 1 for matrix in body.split(r"\begin{pmatrix}")[1:]), default=0)
    needed = f"\\setcounter{{MaxMatrixCols}}{{{widest}}}\n" if widest > MOST_COLUMNS else ""
    return f"% needs \\usepackage{{amsmath}}\n{needed}{body}\n"


def _written(block: Block) -> str:
    match block:
        case Heading(text, level):
            return rf"\{'section' if level == 2 else 'subsection'}*{{{escaped(text)}}}"
        case Prose(words):
            return "".join(map(_cell, words)) + "\n"
        case Equation(entry):
            return _equation(entry)
        case Table():
            return block.written(lambda cell: Latex(_cell(cell))).latex()


def _cell(cell: Cell) -> str:
    if isinstance(cell, Formula):
        return f"${cell.latex}$"
    if isinstance(cell, Product):
        product = r" \cdot ".join(f"({text})" if text.startswith("-") else text for text in map(number, cell.factors))
        return f"${product}$"
    return f"${number(cell)}$" if isinstance(cell, float) else escaped(cell)


def _equation(entry: Entry) -> str:
    formula = entry.name.latex if entry.formula is None else f"{entry.name.latex} = {entry.formula.latex}"
    if fits(entry.values):
        numbers = as_latex(entry.values, number).replace("{matrix}", "{pmatrix}")
        return f"\\[ {formula} = {numbers} \\]"
    said = escaped(entry.pattern)
    if not said:
        found = part(entry.values)
        shown = ", ".join(f"${as_place(place)}\\; {number(value)}$" for place, value in found.shown)
        together = f", together ${number(found.rest)}$" if found.others else ""
        said = f"largest: {shown}; {rest_in_words(found.others, found.zeros)}{together}"
    shape = r" \times ".join(map(str, entry.values.shape))
    return f"\\[ {formula} \\]\n${shape}$ numbers{escaped(checked(entry))}; {said}\n"
