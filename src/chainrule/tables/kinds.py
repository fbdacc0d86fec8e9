"""What a column holds: numbers, categories, text, or nothing that helps."""

from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.tables.frames import is_words

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


def find_kind(values: pa.Array, name: str, distinct: int) -> Found:
    """Return what kind of column these values make, of which so many are distinct.

    Whole numbers that count the rows are an identifier, and so are words of which hardly any occurs twice. Words are
    a category, or text where there are many different ones of several words each.

    Raises:
        ValueError: the values are lists, structures or bytes.

    >>> find_kind(pa.array(["red", "blue"] * 20), "colour", 2)
    Found(kind='category', reason='2 different words')
    >>> find_kind(pa.array([3.5, 4.5]), "length", 2).kind
    'number'
    """
    kind = values.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise ValueError(f"Column {name} holds {kind}, of which no number can be made: drop it.")
    if distinct == 0:
        return Found("constant", "every value is missing")
    if distinct == 1 and not values.null_count:
        return Found("constant", f"every value is {values[0].as_py()}")
    if pa.types.is_boolean(kind):
        return Found("boolean", "true or false")
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return Found("date", "calendar dates")
    if is_words(values):
        return _kind_of_words(values.drop_null(), distinct)
    known = len(values) - values.null_count
    if pa.types.is_integer(kind) and distinct == known >= FEW and _counts_rows(values.drop_null(), name):
        return Found("identifier", "whole numbers, each once, that only tell the rows apart")
    return Found("number", f"{distinct} different numbers")


def _counts_rows(known: pa.Array, name: str) -> bool:
    low, high = pc.min_max(known).as_py().values()
    named = name.lower().strip(" _").rpartition("_")[2] in ("", "id", "index", "idx", "key", "row", "nr", "no")
    return named or (low in (0, 1) and high - low < 2 * len(known))


def _kind_of_words(known: pa.Array, distinct: int) -> Found:
    if distinct <= FEW:
        return Found("category", f"{distinct} different words")
    often = pc.value_counts(known).field("counts").to_numpy(zero_copy_only=False) >= FEWEST_ROWS
    words = float(np.mean([len(word.split()) for word in known.slice(0, 1000).to_pylist()]))
    if words >= WORDS_OF_TEXT and distinct > len(known) / 10:
        return Found("text", f"{distinct} different texts of {words:.0f} words on average")
    if not often.any():
        return Found("identifier", f"{distinct} different words in {len(known)} rows, none of them {FEWEST_ROWS} times")
    return Found("category", f"{distinct} different words")
