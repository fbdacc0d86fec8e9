"""A table of estimates as text, HTML and LaTeX: what they all are made of, and how numbers are written in it."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from chainrule.common.format import tabular

LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "²": "$^2$"}
LATEX |= {sign: rf"\{sign}" for sign in "&%$#_{}"} | {"<": "$<$", ">": "$>$", "|": "$|$"}


class Table(NamedTuple):
    """What every form of a table is made of.

    Attributes:
        title: what was estimated.
        head: of the columns of numbers.
        parts: each with its title, and for each line its name and numbers, in words.
        facts: pairs of a name and a number, in words.
        notes: what a reader must know.
    """

    title: str
    head: list[str]
    parts: list[tuple[str, list[list[str]]]]
    facts: list[tuple[str, str]]
    notes: list[str]


def line(name: str, values: Sequence[float]) -> list[str]:
    """Return the line of an estimate in words: its name, and estimate, standard error, z, p, bounds and what follows.

    >>> line("dose", [0.5, 0.25, 2.0, 0.0455, 0.01, 0.99])
    ['dose', '0.5000', '0.2500', '2.000', '0.045', '0.0100', '0.9900']
    """
    estimate, error, z, p, *others = values
    chance = "<0.001" if p < 0.001 else f"{p:.3f}"
    return [name, tabular(estimate), tabular(error), f"{z:.3f}", chance, *map(tabular, others)]


def head(estimate: str, level: float) -> list[str]:
    """Return what stands above the numbers of such a line, with intervals of this level.

    >>> head("coef", 0.9)
    ['coef', 'std err', 'z', 'P>|z|', '5 %', '95 %']
    """
    low, high = (f"{100 * share:.4g} %" for share in ((1 - level) / 2, (1 + level) / 2))
    return [estimate, "std err", "z", "P>|z|", low, high]


def text(table: Table) -> str:
    """Return a table for a terminal."""
    first = max(len(row[0]) for _, rows in table.parts for row in rows)
    first = max([first, *(len(title) for title, _ in table.parts)])
    numbers = [row[1:] for _, rows in table.parts for row in rows]
    widths = [max(len(word) for word in column) + 2 for column in zip(table.head, *numbers, strict=True)]
    whole = max(first + sum(widths), 75 if table.facts else 0)
    lines = [table.title, *["=" * whole] * bool(table.facts)]
    half = whole // 2
    for (a, left), (b, right) in zip(table.facts[::2], table.facts[1::2], strict=True):
        lines.append(f"{a}{left:>{half - len(a)}}  {b}{right:>{whole - half - 2 - len(b)}}")
    for title, rows in table.parts:
        lines += ["-" * whole, title.ljust(first) + _row(table.head, widths), "-" * whole]
        lines += [row[0].ljust(first) + _row(row[1:], widths) for row in rows]
    return "\n".join([*lines, "=" * whole, *table.notes])


def _row(words: list[str], widths: list[int]) -> str:
    return "".join(word.rjust(width) for word, width in zip(words, widths, strict=True))


def html(table: Table) -> str:
    """Return a table for a page or a notebook."""
    facts = "".join(
        f"<tr><th>{escape(a[0])}</th><td>{escape(a[1])}</td><th>{escape(b[0])}</th><td>{escape(b[1])}</td></tr>\n"
        for a, b in zip(table.facts[::2], table.facts[1::2], strict=True)
    )
    parts = "".join(
        f"<tr><th>{escape(title)}</th>{_cells('th', table.head)}</tr>\n"
        + "".join(f"<tr><th>{escape(row[0])}</th>{_cells('td', row[1:])}</tr>\n" for row in rows)
        for title, rows in table.parts
    )
    notes = "".join(f"<p>{escape(note)}</p>\n" for note in table.notes)
    caption = f"<caption>{escape(table.title)}</caption>\n"
    above = f'<table class="inference-facts">\n{caption}{facts}</table>\n' if facts else ""
    return f'{above}<table class="inference-coefficients">\n{"" if facts else caption}{parts}</table>\n{notes}'


def _cells(tag: str, words: list[str]) -> str:
    return "".join(f"<{tag}>{escape(word)}</{tag}>" for word in words)


def latex(table: Table) -> str:
    """Return a table for a paper: tabulars, with nothing that needs a package."""
    lines = [r"\begin{tabular}{lrlr}", rf"\multicolumn{{4}}{{c}}{{{_tex(table.title)}}} \\", r"\hline"]
    lines += [_tex_row([*a, *b]) for a, b in zip(table.facts[::2], table.facts[1::2], strict=True)]
    above = [*lines, r"\end{tabular}"] if table.facts else [_tex(table.title)]
    lines = [*above, "", rf"\begin{{tabular}}{{l{'r' * len(table.head)}}}"]
    for title, rows in table.parts:
        lines += [r"\hline", _tex_row([title, *table.head]), r"\hline", *map(_tex_row, rows)]
    return "\n".join([*lines, r"\hline", r"\end{tabular}", *map(_tex, table.notes), ""])


def _tex(words: str) -> str:
    return "".join(LATEX.get(sign, sign) for sign in words)


def _tex_row(words: list[str]) -> str:
    return " & ".join(map(_tex, words)) + r" \\"
