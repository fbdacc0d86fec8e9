"""What the words of many columns can be read as: those of numbers are looked at and read together.

A call of Arrow takes some microseconds however short a column is, and each column takes dozens of calls. So columns are
put one below the other: a file of 5,000 columns is read in a thirtieth of the time that one by one takes.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.tables.formats import THOUSANDS_BY_POINTS
from chainrule.tables.frames import MISSING_NUMBERS, without
from chainrule.tables.types import FEW, ColumnType, known_words, numbers, whole

# Words put one below the other: so few that they stay in cache. Columns that are longer by themselves are not joined:
# their calls take longer than making them does.
WORDS, LONG = 1 << 17, 1 << 11


def see_all(types: Sequence[ColumnType], columns: Sequence[pa.Array]) -> None:
    """Leave out what the words of each column (n,) cannot be read as."""
    together = [place for place, one in enumerate(types) if one.may_be_numbers]
    for places in _blocks(together, len(columns[0]) if columns else 0):
        _see([types[place] for place in places], [columns[place] for place in places])
    for place in set(range(len(types))).difference(together):
        types[place].see(known_words(columns[place]))


def read_all(types: Sequence[ColumnType], columns: Sequence[pa.Array]) -> list[pa.Array]:
    """Return the words of each column (n,) as the type found."""
    read: dict[int, pa.Array] = {}
    rows = len(columns[0]) if columns else 0
    for reading in (whole, numbers):
        alike = [place for place, one in enumerate(types) if one.any_known and one.readings[:1] == (reading,)]
        for places in _blocks(alike, rows):
            values = types[places[0]].read(_joined([columns[place] for place in places]))
            read |= {place: values[i * rows : (i + 1) * rows] for i, place in enumerate(places)}
    return [
        read[place] if place in read else one.read(known_words(column))
        for place, (one, column) in enumerate(zip(types, columns, strict=False))
    ]


def _blocks(places: list[int], rows: int) -> Iterator[list[int]]:
    size = 1 if rows > LONG else WORDS // max(1, rows)
    for start in range(0, len(places), size):
        yield places[start : start + size]


def _joined(columns: Sequence[pa.Array]) -> pa.Array:
    return known_words(columns[0] if len(columns) == 1 else pa.concat_arrays(columns))


def _see(types: Sequence[ColumnType], columns: Sequence[pa.Array]) -> None:
    """See columns together where all hold numbers; else each half of them."""
    if len(columns) == 1:
        types[0].see(known_words(columns[0]))
        return
    first = [column[:FEW] for column in columns]
    words = without(_joined(columns), MISSING_NUMBERS) if _are_numbers(_joined(first)) else None
    if words is None or not _are_numbers(words):
        half = len(columns) // 2
        _see(types[:half], columns[:half])
        _see(types[half:], columns[half:])
        return
    known = _by_column(words.is_valid(), columns)
    point = _by_column(pc.match_substring(words, "."), columns).any(axis=1)
    thousands = _by_column(pc.match_substring_regex(words, THOUSANDS_BY_POINTS), columns)
    plain = point & ~(thousands | ~known).all(axis=1)
    for place in np.flatnonzero(plain).tolist():
        types[place].see_decimals()
    others = np.flatnonzero(~plain).tolist()
    if others and all(whole in types[place].readings for place in others) and _are_whole(words, others, columns):
        for place in others:
            types[place].see_whole(any_known=bool(known[place].any()))
    else:
        for place in others:
            types[place].see(known_words(columns[place]))


def _are_numbers(words: pa.Array) -> bool:
    return numbers(without(words, MISSING_NUMBERS)) is not None


def _are_whole(words: pa.Array, places: list[int], columns: Sequence[pa.Array]) -> bool:
    """Return whether those of the joined columns are whole numbers."""
    rows = len(columns[0])
    some = (
        words if len(places) == len(columns) else pa.concat_arrays([words[i * rows : (i + 1) * rows] for i in places])
    )
    return whole(some) is not None


def _by_column(found: pa.Array, columns: Sequence[pa.Array]) -> Array:
    """Return what was found of joined columns, a row for each; False where nothing is known."""
    return np.asarray(found.fill_null(False).to_numpy(zero_copy_only=False)).reshape(len(columns), -1)
