"""What a column holds: numbers, categories, text, or nothing that helps."""

from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import pyarrow as pa

from chainrule.tables.numbers import Summary
from chainrule.tables.seen import Coded, Seen

Kind: TypeAlias = Literal[
    "number", "boolean", "category", "date", "text", "identifier", "constant", "repeat", "dropped"
]
CHOICES = ("number", "boolean", "category", "date", "text", "identifier")
LEFT_OUT = ("identifier", "constant", "repeat", "dropped")
FEWEST_ROWS = 5
FEW = 20
WORDS_OF_TEXT = 3
assert set(CHOICES) | set(LEFT_OUT) == set(get_args(Kind))


class Found(NamedTuple):
    """The kind of a column, and what speaks for it."""

    kind: Kind
    reason: str


def find_kind(column: Seen) -> Found:
    """Return what kind of column this is.

    Whole numbers that count the rows are an identifier, and so are words of which hardly any occurs twice. Words are
    a category, or text where there are many different ones of several words each.

    Raises:
        ValueError: the values are lists, structures or bytes.

    >>> from chainrule.tables.seen import look_at
    >>> words, numbers = look_at({"colour": pa.array(["red", "blue"] * 20), "length": pa.array([3.5, 4.5])})
    >>> find_kind(words)
    Found(kind='category', reason='2 different words')
    >>> find_kind(numbers).kind
    'number'
    """
    kind = None if isinstance(column.values, np.ndarray) else column.values.type
    if kind is not None and (pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        raise ValueError(f"Column {column.name} holds {kind}, of which no number can be made: drop it.")
    if column.distinct == 0:
        return Found("constant", "every value is missing")
    if column.distinct == 1 and not column.missing:
        value = column.values[0]
        return Found("constant", f"every value is {value.as_py() if isinstance(value, pa.Scalar) else value.item()}")
    if kind is not None and pa.types.is_boolean(kind):
        return Found("boolean", "true or false")
    if column.coded is not None:
        return _kind_of_words(column.coded)
    if kind is not None and (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        return Found("date", "calendar dates")
    if column.summary is not None and column.whole and _tells_rows_apart(column, column.summary):
        return Found("identifier", "whole numbers, each once, that only tell the rows apart")
    return Found("number", f"{column.distinct} different numbers")


def _tells_rows_apart(column: Seen, numbers: Summary) -> bool:
    known = len(column.values) - column.missing
    if column.distinct != known or known < FEW:
        return False
    named = column.name.lower().strip(" _").rpartition("_")[2] in ("", "id", "index", "idx", "key", "row", "nr", "no")
    return named or (numbers.least in (0, 1) and numbers.most - numbers.least < 2 * known)


def _kind_of_words(column: Coded) -> Found:
    distinct = len(column.words)
    if distinct <= FEW:
        return Found("category", f"{distinct} different words")
    known = column.codes[column.codes >= 0]
    first = column.words.take(pa.array(known[:1000])).to_pylist()
    words = float(np.mean([len(word.split()) for word in first]))
    if words >= WORDS_OF_TEXT and distinct > len(known) / 10:
        return Found("text", f"{distinct} different texts of {words:.0f} words on average")
    if column.counts.max() < FEWEST_ROWS:
        rows = len(known)
        return Found("identifier", f"{distinct} different words in {rows} rows, none of them {FEWEST_ROWS} times")
    return Found("category", f"{distinct} different words")
