"""Cells that a spreadsheet would run, written so that it does not."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chainrule.tables.frames import is_words

# What a spreadsheet takes for the beginning of a formula, unless it is a number or stands alone.
FORMULA = r"^[=@+\-\t\r\n](?s:.)"
NUMBER = r"^[+-][0-9.,'\x{2019} \x{00a0}\x{202f}%$€£¥]*([eE][+-]?[0-9]+)?$"


def guarded(table: pa.Table) -> tuple[pa.Table, int]:
    """Return a table with an apostrophe before each word, and name of a column, that a spreadsheet would run.

    Returns:
        The table, and how many words and names were changed.

    >>> table, changed = guarded(pa.table({"=a": ["=1+1", "-5", "-", "fine"]}))
    >>> table.to_pydict(), changed
    ({"'=a": ["'=1+1", '-5', '-', 'fine']}, 2)
    """
    columns, changed = [], 0
    for column in table.columns:
        values, count = _guarded(column)
        columns.append(values)
        changed += count
    names, count = _guarded(pa.array(table.column_names, pa.string()))
    return pa.table(columns, names=names.to_pylist()), changed + count


def _guarded(values: Any) -> tuple[Any, int]:
    if not is_words(values):
        return values, 0
    runs = pc.and_not(pc.match_substring_regex(values, FORMULA), pc.match_substring_regex(values, NUMBER))
    count = pc.sum(runs).as_py() or 0
    if not count:
        return values, 0
    apostrophe = pa.scalar("'", values.type)
    return pc.if_else(runs, pc.binary_join_element_wise(apostrophe, values, pa.scalar("", values.type)), values), count


def note_of(changed: int) -> str:
    """Return what is said of cells that were changed.

    >>> note_of(1)
    '1 cell that a spreadsheet would run has an apostrophe before it now.'
    """
    if changed == 1:
        return "1 cell that a spreadsheet would run has an apostrophe before it now."
    return f"{changed} cells that a spreadsheet would run have an apostrophe before them now."
