"""The ledger as LaTeX."""

import unicodedata
from collections.abc import Sequence

from chainrule.common.formulas import Formula, number
from chainrule.inspection import Entry
from chainrule.ledgers.blocks import Block, Cell, Equation, Heading, Listing, Product, Prose, blocks
from chainrule.ledgers.html import as_latex
from chainrule.ledgers.record import LedgerRecord, as_place, fits, part, rest_in_words
from chainrule.ledgers.text import checked

# Of a matrix of amsmath, unless it is told otherwise.
MOST_COLUMNS = 10
# The letters of Europe's Latin alphabets, which every TeX has.
LATIN = 0x180
SPECIAL = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "∂": r"$\partial$",
    "×": r"$\times$",
    "[": "{[}",  # at the start of a line it would be taken for an option of the one before
    "−": "$-$",
    "·": r"$\cdot$",
    "θ": r"$\theta$",
    "Σ": r"$\Sigma$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "…": r"\dots{}",
}


def to_latex(ledger: LedgerRecord) -> str:
    """Return a ledger as LaTeX, to be set within a document that uses amsmath."""
    body = "\n".join(_written(block) for block in blocks(ledger)).replace(r"\gt", ">")  # which only browsers know
    widest = max((matrix.split(r"\\")[0].count("&") + 1 for matrix in body.split(r"\begin{pmatrix}")[1:]), default=0)
    needed = f"\\setcounter{{MaxMatrixCols}}{{{widest}}}\n" if widest > MOST_COLUMNS else ""
    return f"% needs \\usepackage{{amsmath}}\n{needed}{body}\n"


def escaped(text: str) -> str:
    r"""Return words as LaTeX.

    >>> escaped("5 % of x_1")
    '5 \\% of x\\_1'
    """
    return "".join(map(_sign, text))


def _sign(sign: str) -> str:
    """Return one sign of a text as LaTeX; one that its usual fonts lack as its number, so that nothing else breaks."""
    if sign in SPECIAL:
        return SPECIAL[sign]
    if sign.isprintable() and (sign.isascii() or (unicodedata.category(sign)[0] == "L" and ord(sign) < LATIN)):
        return sign
    return " " if sign.isspace() else f"(U+{ord(sign):04X})"


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
