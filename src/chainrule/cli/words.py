"""Tables of words for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from chainrule.common.rounding import fixed

MOST_COLUMNS = 40


def columns_as_table(model: Any) -> str:
    """Return what a pipeline understood of the columns of its table, a line each; nothing for a matrix."""
    understood: Sequence[Any] = getattr(model[0], "columns_", ())
    table = Table("column", "kind", "missing", "encoding", box=None, pad_edge=False)
    for column in understood[:MOST_COLUMNS]:
        becomes = column.decision if column.used else f"left out: {column.reason}"
        table.add_row(column.name, column.kind, str(column.missing or ""), becomes)
    if len(understood) > MOST_COLUMNS:
        table.add_row(f"and {len(understood) - MOST_COLUMNS} more", "", "", "")
    return _printed(table) if understood else ""


def scores_as_table(scores: Mapping[str, float], rows: int, which: str) -> str:
    """Return scores, a line each."""
    table = Table(f"on {rows} {which} rows", "", box=None, pad_edge=False)
    for name, value in scores.items():
        table.add_row(name, fixed(value, 4))
    return _printed(table)


def _printed(table: Table) -> str:
    console = Console(width=None)
    with console.capture() as capture:
        console.print(table)
    return capture.get()
