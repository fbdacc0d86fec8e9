"""Columns as they are looked at before it is decided what becomes of them: how many values, which, how often."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.tables.frames import Values, as_arrow, as_words, is_words, unsupported
from chainrule.tables.numbers import Summary, summaries


@final
@dataclass(frozen=True, eq=False)
class Coded:
    """A column of words, each distinct one kept once.

    Attributes:
        codes: which word each row has (n,), -1 where it is missing.
        words: as Arrow strings (w,), all distinct and none missing.
    """

    codes: Array
    words: pa.Array

    @cached_property
    def counts(self) -> Array:
        """In how many rows each word is (w,): 0 for a truth value that no row has."""
        return np.bincount(self.codes + 1, minlength=len(self.words) + 1)[1:]


class Seen(NamedTuple):
    """A column of the table as looked at.

    Attributes:
        name: of the column.
        values: its values (n,).
        missing: rows without a value.
        distinct: different values, the missing ones left out.
        summary: of numbers.
        coded: of words and truth values.
        weights: of the rows (n,), or None.
    """

    name: str
    values: Values
    missing: int
    distinct: int
    summary: Summary | None = None
    coded: Coded | None = None
    weights: Array | None = None

    @property
    def whole(self) -> bool:
        """Whether its values are of a type of whole numbers."""
        values = self.values
        return values.dtype.kind in "iu" if isinstance(values, np.ndarray) else pa.types.is_integer(values.type)


def look_at(columns: Mapping[str, Values], weights: Array | None = None) -> list[Seen]:
    """Return each column as looked at, in rows with these weights (n,).

    >>> [(column.missing, column.distinct) for column in look_at({"a": np.array([1., 1.]), "b": pa.array(["x", "?"])})]
    [(0, 1), (1, 1)]
    """
    numbers = {name: array for name, values in columns.items() if (array := _as_they_are(values)) is not None}
    summary: dict[str, Summary] = {}
    for kind in {array.dtype for array in numbers.values()}:
        alike = {name: array for name, array in numbers.items() if array.dtype == kind}
        summary |= zip(alike, summaries(list(alike.values()), weights), strict=True)
    found = (
        Seen(name, values, summary[name].missing, summary[name].distinct, summary[name])
        if name in summary
        else _look_at(name, values)
        for name, values in columns.items()
    )
    return [seen._replace(weights=weights) for seen in found]


def _as_they_are(values: Values) -> Array | None:
    """Return numbers as NumPy keeps them, NaN where one is missing; None where they are something else."""
    if isinstance(values, np.ndarray):
        return values
    if pa.types.is_floating(values.type) or pa.types.is_integer(values.type):
        return np.asarray(values.to_numpy(zero_copy_only=False))
    return None


def _look_at(name: str, values: pa.Array) -> Seen:
    kind, missing = values.type, values.null_count
    if pa.types.is_null(kind) or unsupported(kind):
        return Seen(name, values, missing, 0)
    if is_words(values) or pa.types.is_boolean(kind):
        coded = coded_words(values)
        known, distinct = int(coded.counts.sum()), int(np.count_nonzero(coded.counts))
        return Seen(name, values, len(values) - known, distinct, coded=coded)
    return Seen(name, values, missing, int(pc.count_distinct(values).as_py()))


def coded_words(values: Values) -> Coded:
    """Return the values as words, each distinct one kept once.

    >>> coded_words(pa.array(["b", "a", "?", "b"])).codes
    array([ 0,  1, -1,  0], dtype=int32)
    """
    values = as_arrow(values)
    if pa.types.is_boolean(values.type):
        codes, words = _array(values.cast(pa.int32()).fill_null(-1)), pa.array(["false", "true"])
    else:
        distinct = values.dictionary_encode()
        codes, words = _array(distinct.indices.fill_null(-1)), as_words(distinct.dictionary)
    if words.null_count:
        known = _array(words.is_valid())
        places = np.where(known, np.cumsum(known) - 1, -1).astype(np.int32)
        codes, words = np.append(places, np.int32(-1)).take(codes), words.drop_null()
    return Coded(codes, words)


def _array(values: pa.Array) -> Array:
    return np.asarray(values.to_numpy(zero_copy_only=False))
