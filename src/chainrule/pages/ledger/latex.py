"""The ledger as LaTeX."""

import re
from collections.abc import Sequence

from chainrule.inspection import Entry
from chainrule.inspection.notation import Formula
from chainrule.pages.formulas import number
from chainrule.pages.ledger.blocks import blocks
from chainrule.pages.ledger.follow import Ledger
from chainrule.pages.ledger.html import as_latex
from chainrule.pages.ledger.parts import as_place, fits, part, rest_in_words
from chainrule.pages.ledger.text import checked
from chainrule.pages.ledger.words import Block, Cell, Equation, Heading, Listing, Product, Prose

SPECIAL = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "∂": r"$\partial$",
    "×": r"$\times$",
}


def to_latex(ledger: Ledger) -> str:
    """Return a ledger as LaTeX, to be set within a document that uses amsmath."""
    return "% needs \\usepackage{amsmath}\n" + "\n".join(_written(block) for block in blocks(ledger)) + "\n"


def escaped(text: str) -> str:
    r"""Return words as LaTeX.

    >>> escaped("5 % of x_1")
    '5 \\% of x\\_1'
    """
    return re.sub(r"[&%$#_{}\\~^∂×]", lambda match: SPECIAL[match[0]], text)


def _written(block: Block) -> str:
    match block:
        case Heading(text, level):
            return rf"\{'section' if level == 2 else 'subsection'}*{{{escaped(text)}}}"
        case Prose(words):
            return "".join(map(_cell, words)) + "\n"
        case Equation(entry):
            return _equation(entry)
        case Listing(header, rows, sums):
            return _table(header, rows, sums)


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


def _table(header: Sequence[str], rows: Sequence[Sequence[Cell]], sums: int) -> str:
    columns = "".join("r" if any(isinstance(row[i], float) for row in rows) else "l" for i in range(len(header)))
    lines = [" & ".join(map(_cell, row)) + r" \\" for row in rows]
    head = " & ".join(map(escaped, header)) + r" \\ \hline"
    ruled = [*lines[: len(lines) - sums], *([r"\hline"] if sums else []), *lines[len(lines) - sums :]]
    return "\n".join([rf"\begin{{tabular}}{{{columns}}}", head, *ruled, r"\end{tabular}", ""])
