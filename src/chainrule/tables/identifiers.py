"""Columns that only tell the rows apart: row numbers, keys and the like, from which nothing can be learned."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.tables.frames import Values, is_words
from chainrule.tables.kinds import FEWEST_ROWS, find_kind, look_at

# Rows looked at first: where some of them are alike, the column does not tell rows apart, however long it is.
FIRST = 1000


def find_identifiers(columns: Mapping[str, Values]) -> dict[str, str]:
    """Return which columns only tell the rows apart, by name, and what speaks for it.

    Whether a column does can be seen only in all rows: in some of them a row number looks like a measurement. So this
    is asked once, before rows are held out, and the answer is given to `TableEncoder`.

    >>> find_identifiers({"rownames": np.arange(1, 31), "age": np.arange(30) // 2})
    {'rownames': 'whole numbers, each once, that only tell the rows apart'}
    """
    found = {column.name: find_kind(column) for column in look_at(dict(filter(_may_be, columns.items())))}
    return {name: reason for name, (kind, reason) in found.items() if kind == "identifier"}


def _may_be(named: tuple[str, Values]) -> bool:
    values = named[1]
    first = values[:FIRST]
    if isinstance(first, np.ndarray):
        return bool(first.dtype.kind in "iu" and len(np.unique(first)) == len(first))
    if pa.types.is_integer(first.type):
        return bool(pc.count_distinct(first).as_py() == len(first) - first.null_count)
    counts = first.drop_null().value_counts().field("counts") if is_words(first) else ()
    return len(counts) > 0 and pc.max(counts).as_py() < FEWEST_ROWS
