"""Types of columns of words: numbers, truth values, dates and times, where all known words can be read so."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.tables.formats import FORMATS, THOUSANDS_BY_POINTS, Format, NumberFormat, units_in
from chainrule.tables.frames import MISSING_NUMBERS, MISSING_WORDS, without

# Words tried first: Arrow takes long to say what it cannot read, and most of what does not fit shows in these.
FEW = 50
TRUTH = pa.array(["true", "false"])


def known_words(words: pa.Array) -> pa.Array:
    """Return words without spaces around them, null where one says that the value is missing.

    >>> known_words(pa.array([" a ", "?", ""])).to_pylist()
    ['a', None, None]
    """
    return without(pc.ascii_trim_whitespace(words), MISSING_WORDS)


def whole(words: pa.Array) -> pa.Array | None:
    """Return words as whole numbers; None where one is none, is a code such as 007, or is beyond 64 bits.

    >>> whole(pa.array(["-3", "+4"])).to_pylist()
    [-3, 4]
    >>> whole(pa.array(["007"]))
    """
    words = _without_plus(words)
    numbers = _cast(words, pa.int64())
    if numbers is None or not _all(pc.equal(numbers.cast(pa.string()), words)):
        return None
    return numbers


def numbers(words: pa.Array) -> pa.Array | None:
    """Return words as floating-point numbers, null where not a number; None where one is none, or is a code.

    >>> numbers(pa.array([".5", "1e-3", "2"])).to_pylist()
    [0.5, 0.001, 2.0]
    """
    words = _without_plus(words)
    values = _cast(words, pa.float64())
    if values is None:
        return None
    without_point = words.filter(pc.equal(pc.find_substring(words, "."), -1))
    digits = without_point.filter(pc.match_substring_regex(without_point, r"^-?\d+$"))
    if whole(digits) is None:
        return None
    nan = pc.is_nan(values)
    return pc.if_else(nan, pa.scalar(None, pa.float64()), values) if nan.true_count else values


def truth(words: pa.Array) -> pa.Array | None:
    """Return words as truth values; None where one is neither true nor false.

    >>> truth(pa.array(["True", "FALSE"])).to_pylist()
    [True, False]
    """
    return _cast(words, pa.bool_()) if _all(pc.is_in(pc.utf8_lower(words.drop_null()), value_set=TRUTH)) else None


def dates(words: pa.Array) -> pa.Array | None:
    """Return words as dates; None where one is none."""
    return _cast(words, pa.date32())


def times(words: pa.Array) -> pa.Array | None:
    """Return words as points in time without a zone; None where one is none."""
    return _cast(words, pa.timestamp("us"))


def times_with_zone(words: pa.Array) -> pa.Array | None:
    """Return words as points in time, of any zone; None where one is none."""
    return _cast(words, pa.timestamp("us", "UTC"))


def _without_plus(words: pa.Array) -> pa.Array:
    if pc.any(pc.starts_with(words, "+")).as_py():
        return pc.replace_substring_regex(words, r"^\+([\d.])", r"\1")
    return words


def _cast(words: pa.Array, kind: pa.DataType) -> pa.Array | None:
    try:
        return words.cast(kind)
    except pa.ArrowInvalid:
        return None


def _all(found: pa.Array) -> bool:
    return found.false_count == 0


Reading = Callable[[pa.Array], "pa.Array | None"]
# Ways to read words, the narrowest first, each with the type that it makes.
TYPES: dict[Reading, pa.DataType] = {
    whole: pa.int64(),
    numbers: pa.float64(),
    truth: pa.bool_(),
    dates: pa.date32(),
    times: pa.timestamp("us"),
    times_with_zone: pa.timestamp("us", "UTC"),
}
READINGS = tuple(TYPES)
# Wider ways in which words that fit one can be read too.
ALSO_FIT: dict[Reading, tuple[Reading, ...]] = {whole: (whole, numbers), dates: (dates, times)}


def _has_point(one: Format) -> bool:
    return isinstance(one, NumberFormat) and one.decimal == "."


def _fits(one: Format, first: list[str], words: pa.Array) -> bool:
    return one.may_fit(first) and one.fits(words)  # Arrow takes long to begin with an expression


@final
@dataclass
class ColumnType:
    """What the words of a column can be read as, found part by part.

    A lone `.` or `-` is a missing value where all the others can be read as something else than words.

    Attributes:
        readings: as which types the words can be read, without regard to how people write numbers and dates.
        formats: in which of people's ways all of them may be written.
        any_known: whether there was any word.
        marks: which of point and comma they have.
        units: their currencies and percent signs, where they can be read in people's ways alone.
        example: one of those words.
    """

    readings: tuple[Reading, ...] = READINGS
    formats: tuple[Format, ...] = tuple(FORMATS.values())
    any_known: bool = False
    marks: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    example: str = ""

    def see(self, words: pa.Array) -> None:
        """Leave out what these words cannot be read as."""
        if not (self.readings or self.formats):
            return
        words = without(words, MISSING_NUMBERS)
        if words.null_count == len(words):
            return
        self.any_known = True
        few = words.drop_null()[:FEW]  # Arrow takes long to say what it cannot read
        fits = next((read for read in self.readings if read(few) is not None and read(words) is not None), None)
        wider = ALSO_FIT.get(fits, (fits,)) if fits is not None else ()
        self.readings = tuple(reading for reading in self.readings if reading in wider)
        if fits is whole:
            self.formats = tuple(each for each in self.formats if isinstance(each, NumberFormat))
        elif fits is numbers and all(map(_has_point, self.formats)):
            self.marks.add(".")
        elif fits is numbers:  # with a decimal point, or without any
            first = few.to_pylist()
            formats = (each for each in self.formats if isinstance(each, NumberFormat))
            self.formats = tuple(each for each in formats if _has_point(each) or _fits(each, first, words))
            self.marks.add(".")
            if not self.example and not all(map(_has_point, self.formats)):
                self.example = max(first, key=len)
        elif fits is None:
            first = few.to_pylist()
            self.formats = tuple(each for each in self.formats if _fits(each, first, words))
            if self.formats:
                self.marks |= {mark for mark in ",." if pc.any(pc.match_substring(words, mark)).as_py()}
                self.units |= units_in(words)
                self.example = max([self.example, *first], key=len)
        else:
            self.formats = ()

    def see_decimals(self) -> None:
        """As `see`, of words that are known to be numbers with a decimal point, some of which parts no thousands."""
        self.any_known = True
        self.readings = tuple(reading for reading in self.readings if reading is numbers)
        self.formats = tuple(each for each in self.formats if _has_point(each))
        self.marks.add(".")

    def see_whole(self, *, any_known: bool) -> None:
        """As `see`, of words that are known to be whole numbers, if any is known."""
        if any_known:
            self.any_known = True
            self.readings = tuple(reading for reading in self.readings if reading in ALSO_FIT[whole])
            self.formats = tuple(each for each in self.formats if isinstance(each, NumberFormat))

    @property
    def may_be_numbers(self) -> bool:
        """Whether all words seen so far can be read as numbers."""
        return numbers in self.readings

    @property
    def is_words(self) -> bool:
        """Whether nothing is known, or what is known are words."""
        return not self.any_known or not (self.readings or self.formats)

    def type(self) -> pa.DataType:
        """Return the type found: words where nothing is known, or they are written as people write."""
        return TYPES[self.readings[0]] if self.any_known and self.readings else pa.string()

    def read(self, words: pa.Array) -> pa.Array:
        """Return words of the column as the type found."""
        if not (self.any_known and self.readings):
            return words
        words = without(words, MISSING_NUMBERS)
        if words.null_count == len(words):
            return pa.nulls(len(words), self.type())
        return self.readings[0](words)


# Many columns at once. A call of Arrow takes some microseconds however short a column is, and each column takes dozens
# of calls. So columns of numbers are put one below the other and read together: a file of 5,000 columns is read in a
# thirtieth of the time that one by one takes.

# Words put one below the other: so few that they stay in cache.
WORDS = 1 << 17
# Rows of a column that is not joined with others: its calls take longer than making them does.
LONG = 1 << 11


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
    """Return whether the columns at `places`, whose words are joined, hold whole numbers."""
    rows = len(columns[0])
    some = (
        words if len(places) == len(columns) else pa.concat_arrays([words[i * rows : (i + 1) * rows] for i in places])
    )
    return whole(some) is not None


def _by_column(found: pa.Array, columns: Sequence[pa.Array]) -> Array:
    """Return what was found of joined columns, a row for each; False where nothing is known."""
    return np.asarray(found.fill_null(False).to_numpy(zero_copy_only=False)).reshape(len(columns), -1)
