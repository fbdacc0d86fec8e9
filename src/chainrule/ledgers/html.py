"""The ledger as HTML: a page of its own, or a part of a notebook."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from markupsafe import Markup, escape

from chainrule.common.display import Table
from chainrule.common.formulas import Formula, number
from chainrule.inspection import Entry
from chainrule.ledgers.blocks import Block, Cell, Equation, Heading, Product, Prose, blocks, heading, summary_words
from chainrule.ledgers.record import LedgerRecord, fits, shape_of
from chainrule.ledgers.text import as_latex, checked
from chainrule.pages.page import heat_strip, render

Show: TypeAlias = Callable[[float], str]


def to_page(ledger: LedgerRecord) -> str:
    """Return a ledger as a page that needs nothing else."""
    return render("ledger.html.j2", {}, blocks=described(page_blocks(ledger)), title=title(ledger))


def to_fragment(ledger: LedgerRecord) -> str:
    """Return a ledger as a part of a page, whose style touches nothing else."""
    return render("ledger_notebook.html.j2", {}, blocks=described(blocks(ledger)))


def page_blocks(ledger: LedgerRecord) -> list[Block]:
    """Return the blocks of a page, whose title says which row it is about where there is but one."""
    written = list(blocks(ledger))
    return written[1:] if len(ledger.rows) == 1 else written


def title(ledger: LedgerRecord) -> str:
    """Return what the page is called."""
    return f"{', '.join(map(heading, ledger.rows))}: the chain rule in numbers"


def described(written: Iterable[Block], show: Show = number) -> list[dict[str, Any]]:
    """Return blocks as a template takes them.

    Parameters:
        written: the blocks.
        show: turns a number into LaTeX.
    """
    return [_described(block, show) for block in written]


def _described(block: Block, show: Show) -> dict[str, Any]:
    match block:
        case Heading(text, level):
            return {"kind": "heading", "text": text, "level": level}
        case Prose(words):
            return {"kind": "prose", "words": Markup().join(_cell(word, show) for word in words)}
        case Equation(entry):
            formula = "" if entry.formula is None else f" = {entry.formula.latex}"
            return {
                "kind": "equation",
                "key": entry.key,
                "formula": _latex(entry.name.latex + formula),
                "numbers": _numbers(entry, show),
                "shape": shape_of(entry.values) + checked(entry),
            }
        case Table():
            written = block.written(lambda cell: _cell(cell, show))
            return {"kind": "table", "table": Markup(written.html(classes=True))}


def _cell(cell: Cell, show: Show) -> Markup:
    if isinstance(cell, Formula):
        return _latex(cell.latex)
    if isinstance(cell, Product):
        factors = [f"({{{text}}})" if text.startswith("-") else text for text in map(show, cell.factors)]
        return _latex(r" \cdot ".join(factors))
    return _latex(show(cell)) if isinstance(cell, float) else Markup(str(escape(cell)).replace("$", "&#36;"))


def _latex(latex: str) -> Markup:
    return Markup("${}$").format(latex)


def _numbers(entry: Entry, show: Show) -> Markup:
    if fits(entry.values):
        return _latex("= " + as_latex(entry.values, show))
    return escape(entry.pattern) if entry.pattern else _strip(entry, show)


def _strip(entry: Entry, show: Show) -> Markup:
    about = f"{entry.name.text}: {shape_of(entry.values)} numbers, green above 0 and purple below, paler nearer to 0"
    words = Markup().join(_cell(word, show) for word in summary_words(entry.values, colours=True))
    strip, (down, across) = heat_strip(entry.values, about)
    thinned = f"; a cell is the largest of {down * across} numbers" if down * across > 1 else ""
    return Markup("{}<p>{}{}</p>").format(strip, words, thinned)
