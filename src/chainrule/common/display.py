"""How an object shows itself: a title over a table, as text in a terminal and as HTML in a notebook.

The HTML has no colours, styles or scripts of its own, so that it reads in a light and in a dark notebook.
"""

from collections.abc import Sequence
from html import escape


def as_text(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table for a terminal, its last column ragged.

    >>> print(as_text("A network", ["layer", "parameters"], [["Dense", "6"], ["Tanh", "0"]]))
    A network
      layer  parameters
      Dense  6
      Tanh   0
    """
    lines = [head, *rows] if rows else []
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    told = ("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join([title, *(f"  {line}".rstrip() for line in told)])


def as_html(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table for a notebook, whatever the words in it hold.

    >>> as_html("Classes", ["name"], [["<b>"]])
    '<table><caption>Classes</caption><tr><th>name</th></tr><tr><td>&lt;b&gt;</td></tr></table>'
    """
    lines = [("th", head), *(("td", row) for row in rows)] if rows else []
    body = "".join(f"<tr>{''.join(f'<{tag}>{escape(word)}</{tag}>' for word in line)}</tr>" for tag, line in lines)
    return f"<table><caption>{escape(title)}</caption>{body}</table>"
