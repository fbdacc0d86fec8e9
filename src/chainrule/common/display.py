"""Tables as text, as HTML and as LaTeX, for a terminal, a notebook or page, and a paper; and columns as a data frame.

The HTML has no colours, styles or scripts of its own, so that it reads in a light and in a dark notebook. The LaTeX
needs no package.
"""

import html
import textwrap
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple, final

# Characters of a line of a table with facts, at least: two names and their numbers beside each other fit.
FACTS_WIDTH = 75
# Characters that a column's words are wrapped to, at least: fewer would break most words.
LEAST_ROOM = 20
# The letters of Europe's Latin alphabets, which every TeX has.
LATIN = 0x180
# What stands in LaTeX for signs that mean something else there, or that its usual fonts lack.
SPECIAL = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    **{character: f"${character}$" for character in "<>|"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "∂": r"$\partial$",
    "×": r"$\times$",
    "[": "{[}",  # at the start of a line it would be taken for an option of the one before
    "−": "$-$",
    "·": r"$\cdot$",
    "²": "$^2$",
    "θ": r"$\theta$",
    "Σ": r"$\Sigma$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "…": r"\dots{}",
}


class Latex(str):
    """LaTeX, which stands in a document as it is; any other text is escaped."""


class Part(NamedTuple):
    """Rows of a table under their headings, or without any."""

    head: Sequence[Any]
    rows: Sequence[Sequence[Any]]


@final
@dataclass(frozen=True, eq=False)
class Table:
    """A table, whose cells are text, or markup with `__html__` and `Latex` where they are written already.

    Attributes:
        title: what stands above it.
        parts: rows under their headings; all parts share their columns.
        align: "l" or "r" for each column, the last letter for all that follow.
        notes: what stands below it, a sentence each.
        facts: names and values between title and parts, two of them in a line.
        ruled: whether lines set headings apart, and the first cell of a row is its name.
        sums: how many of the last rows are set apart as sums.

    >>> print(Table("Doses", [Part(("name", "dose"), [("a", "0.5"), ("both", "12")])], "lr", ["In grams."]).text())
    Doses
    name  dose
    a      0.5
    both    12
    In grams.
    """

    title: str = ""
    parts: Sequence[Part] = ()
    align: str = "l"
    notes: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    ruled: bool = False
    sums: int = 0

    def written(self, write: Callable[[Any], str]) -> "Table":
        """Return the table with each cell of its rows written as text."""
        parts = [Part(head, [list(map(write, row)) for row in rows]) for head, rows in self.parts]
        return replace(self, parts=parts)

    def text(self, indent: str = "", width: int | None = None) -> str:
        """Return the table for a terminal.

        Where it is wider than `width`, its widest column is wrapped: in its place if it is the last one, else on lines
        of its own.
        """
        every = [row for head, rows in self.parts for row in (head, *rows) if row]
        widths = [max(map(_columns_of, column)) for column in zip(*every, strict=True)]
        taken, long = len(indent) + sum(widths) + 2 * (len(widths) - 1), None
        if width is not None and taken > width:
            long = widths.index(max(widths))
            room = width - taken + widths[long]
            if long == len(widths) - 1 and room >= LEAST_ROOM:
                return self._wrapped(room).text(indent)
        shown = [(place, taken, self._side(place)) for place, taken in enumerate(widths) if place != long]
        whole = max(sum(taken + 2 for _, taken, _ in shown) - 2, FACTS_WIDTH if self.facts else 0)
        rule, below = [f"{indent}{'-' * whole}"], (width or 0) - len(indent) - 4

        def lines(row: Sequence[str]) -> list[str]:
            words = "  ".join(_padded(row[place], taken, side) for place, taken, side in shown)
            own = [] if long is None else textwrap.wrap(row[long], below, break_on_hyphens=False)
            return [f"{indent}{words}".rstrip(), *(f"{indent}    {line}" for line in own)]

        above = [f"{'=' * whole}"] * bool(self.facts) + [_facts_line(*pair, whole) for pair in self._pairs()]
        body = []
        for head, rows in self.parts:
            plain = len(rows) - self.sums
            body += [*rule, *lines(head), *rule] if self.ruled else lines(head) if head else []
            body += [line for row in rows[:plain] for line in lines(row)]
            body += rule * bool(self.sums) + [line for row in rows[plain:] for line in lines(row)]
        end = ["=" * whole] if self.ruled else []
        return "\n".join([*([self.title] if self.title else []), *above, *body, *end, *self.notes])

    def _wrapped(self, room: int) -> "Table":
        """Return the table with its last column on several lines where it is wider than this."""

        def folded(row: Sequence[str]) -> list[list[str]]:
            first, *more = textwrap.wrap(row[-1], room) or [""]
            return [[*row[:-1], first], *([*[""] * (len(row) - 1), line] for line in more)]

        parts = [Part(head, [line for row in rows for line in folded(row)]) for head, rows in self.parts]
        return replace(self, parts=parts)

    def html(self, *, classes: bool = False) -> str:
        """Return the table for a page or a notebook.

        Parameters:
            classes: whether cells to the right and rows of sums have the classes "right" and "sum".
        """

        def line(row: Sequence[str], headings: int, css: str = "") -> str:
            cells = ""
            for place, word in enumerate(row):
                right = ' class="right"' if classes and self._side(place) == "r" else ""
                tag = "th" if place < headings else "td"
                cells += f"<{tag}{right}>{_escaped_html(word)}</{tag}>"
            return f"<tr{css}>{cells}</tr>"

        parts = ""
        for head, rows in self.parts:
            sums = [""] * (len(rows) - self.sums) + [' class="sum"' if classes else ""] * self.sums
            above = line(head, len(head)) if head else ""
            below = "".join(map(line, rows, [int(self.ruled)] * len(rows), sums))
            parts += f"<thead>{above}</thead><tbody>{below}</tbody>" if classes else above + below
        caption = f"<caption>{_escaped_html(self.title)}</caption>" if self.title else ""
        fact = "<th>{}</th><td>{}</td>"
        pairs = ["".join(fact.format(*map(_escaped_html, one)) for one in pair) for pair in self._pairs()]
        facts = "".join(f"<tr>{pair}</tr>" for pair in pairs)
        above = f"<table>{caption}{facts}</table>\n" if facts else ""
        notes = "".join(f"\n<p>{_escaped_html(note)}</p>" for note in self.notes)
        return f"{above}<table>{'' if facts else caption}{parts}</table>{notes}"

    def latex(self) -> str:
        """Return the table for a paper: tabulars, with nothing that needs a package."""
        rule = [r"\hline"] if self.ruled else []
        lines = [escaped(self.title), ""] if self.title else []
        if self.facts:
            title = rf"\multicolumn{{4}}{{c}}{{{escaped(self.title)}}} \\"
            lines = [r"\begin{tabular}{lrlr}", title, r"\hline"]
            lines += [*(_tex_row([*a, *b]) for a, b in self._pairs()), r"\end{tabular}", ""]
        columns = "".join(self._side(place) for place in range(len(self.parts[0].head or self.parts[0].rows[0])))
        lines.append(rf"\begin{{tabular}}{{{columns}}}")
        for head, rows in self.parts:
            plain = len(rows) - self.sums
            lines += [*rule, _tex_row(head), r"\hline"] if head else []
            lines += [*map(_tex_row, rows[:plain])] + [r"\hline"] * bool(self.sums) + list(map(_tex_row, rows[plain:]))
        return "\n".join([*lines, *rule, r"\end{tabular}", *map(escaped, self.notes), ""])

    def _side(self, place: int) -> str:
        return self.align[min(place, len(self.align) - 1)]

    def _pairs(self) -> list[tuple[tuple[str, str], tuple[str, str]]]:
        return list(zip(self.facts[::2], self.facts[1::2], strict=True))


def as_text(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a title over an indented table, for a terminal; the title alone where there are no rows.

    >>> print(as_text("A network", ["layer", "parameters"], [["Dense", "6"], ["Tanh", "0"]]))
    A network
      layer  parameters
      Dense  6
      Tanh   0
    """
    return Table(title, [Part(head, rows)] if rows else []).text("  ")


def as_html(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with a title for a notebook, whatever the words in it hold.

    >>> as_html("Classes", ["name"], [["<b>"]])
    '<table><caption>Classes</caption><tr><th>name</th></tr><tr><td>&lt;b&gt;</td></tr></table>'
    """
    return Table(title, [Part(head, rows)] if rows else []).html()


def _escaped_html(text: str) -> str:
    return text if hasattr(text, "__html__") else html.escape(text)


def escaped(text: str) -> str:
    r"""Return words as LaTeX, a sign that its usual fonts lack as its number, so that nothing else breaks.

    >>> escaped("5 % of x_1")
    '5 \\% of x\\_1'
    """
    return text if isinstance(text, Latex) else "".join(map(_escaped_sign, text))


@cache
def _escaped_sign(sign: str) -> str:
    if sign in SPECIAL:
        return SPECIAL[sign]
    if sign.isprintable() and (sign.isascii() or (unicodedata.category(sign)[0] == "L" and ord(sign) < LATIN)):
        return sign
    return " " if sign.isspace() else f"(U+{ord(sign):04X})"


def _tex_row(cells: Sequence[str]) -> str:
    return " & ".join(map(escaped, cells)) + r" \\"


def _facts_line(one: tuple[str, str], other: tuple[str, str], whole: int) -> str:
    half = whole // 2
    (a, left), (b, right) = one, other
    return f"{a}{left:>{half - len(a)}}  {b}{right:>{whole - half - 2 - len(b)}}"


def _columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for each letter of Chinese and the like."""
    return len(text) if text.isascii() else sum(map(_columns_of_sign, text))


@cache
def _columns_of_sign(sign: str) -> int:
    return 0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF")


def _padded(text: str, width: int, side: str) -> str:
    space = " " * (width - _columns_of(text))
    return space + text if side == "r" else text + space


# Libraries of data frames, the most common first.
LIBRARIES: tuple[Literal["pandas", "polars", "pyarrow"], ...] = ("pandas", "polars", "pyarrow")


def data_frame(columns: Mapping[str, Sequence[Any]]) -> Any:
    """Return a data frame of these columns: of pandas, or of polars or Arrow where there is none.

    Raises:
        ValueError: none of the three is installed.

    >>> data_frame({"a": [1, 2]}).shape
    (2, 1)
    """
    import narwhals as nw

    for library in LIBRARIES:
        if find_spec(library):
            return nw.from_dict({name: list(values) for name, values in columns.items()}, backend=library).to_native()
    raise ValueError("A data frame needs pandas, polars or pyarrow, found none of them: pip install pandas.")
