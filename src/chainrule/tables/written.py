"""How people wrote the numbers and dates of each column: decided with the whole table in view, noted, and read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import pyarrow as pa

from chainrule.common.format import short
from chainrule.tables.formats import DATES, DAY_FIRST, ISO, MONTH_FIRST, Format, NumberFormat, format_called
from chainrule.tables.frames import MISSING_NUMBERS, Values, as_words, is_words, without
from chainrule.tables.types import ColumnType, known_words, numbers

# The unit that is no currency.
PERCENT = "%"


@final
@dataclass(frozen=True)
class Written:
    """How the numbers or dates of a column are written, with an example.

    Attributes:
        format: how they are read.
        example: one of them.
        value: what it is read as, in words.
        other: how else they could be read.
        other_value: what the example would be then, in words.
        percent: whether a percent sign stands in some rows and is missing in others.
    """

    format: Format
    example: str
    value: str
    other: Format | None = None
    other_value: str = ""
    percent: bool = False

    def note(self, name: str, say: str = "--format {}={}") -> str:
        """Return what is said of the column; `say` is how to say that it is written another way."""
        what = "numbers" if isinstance(self.format, NumberFormat) else "dates"
        if self.other is not None:
            how = say.format(name, self.other.name)
            return (
                f"Column {short(name)} holds {what} that can be read in two ways: {short(self.example)} was read as"
                f" {self.value}; if it means {self.other_value}, give {how}."
            )
        percent = "; rows without a % sign were read as percent too" if self.percent else ""
        return f"Column {short(name)} holds {what}: {short(self.example)} was read as {self.value}{percent}."


def decide(types: Mapping[str, ColumnType]) -> tuple[dict[str, Written], list[str]]:
    """Return how the columns are written whose words are numbers or dates, and sentences about others that may seem so.

    Where the words of a column can be read in two ways, the other columns decide if all of them are of one way: where
    decimals have a comma, `1.234` is a thousand. Money has no three decimals. Else a point and a comma are read as in
    English, and 1/2/2023 as the 2nd of January.
    """
    votes = {mark for each in types.values() if (mark := _decimal_of(each))}
    decimal = votes.pop() if len(votes) == 1 else None
    orders = {order for each in types.values() if (order := _order_of(each))}
    day_first = orders == {"d"} or (not orders and decimal == ",")
    decided, notes = {}, []
    for name, each in types.items():
        if not each.any_known or not each.formats or (each.readings and not _are_thousands(each, decimal)):
            continue
        money = sorted(each.units - {"", PERCENT})
        if not isinstance(each.formats[0], NumberFormat):
            decided[name] = _date(each, day_first, sure=bool(orders) or decimal == ",")
        elif len(money) > 1:
            amounts = " and ".join(money)
            notes.append(f"Column {short(name)} mixes amounts in {amounts}: it was read as text.")
        else:
            decided[name] = _number(each, decimal, bool(money))
    return decided, notes


def find_formats(columns: Mapping[str, Values]) -> tuple[dict[str, Written], list[str]]:
    """Return how those columns of words are written that are numbers or dates, as `decide` does.

    Words that are whole numbers stay words: they may be codes.

    >>> written, _ = find_formats({"price": pa.array(["$1,234.50", "$2"]), "code": pa.array(["12", "34"])})
    >>> written["price"].note("price")
    'Column price holds numbers: $1,234.50 was read as 1234.5.'
    """
    types = {}
    for name, values in columns.items():
        if isinstance(values, pa.Array) and is_words(values):
            types[name] = ColumnType()
            types[name].see(known_words(as_words(values)))
    written, notes = decide(types)
    for name, each in types.items():
        if each.any_known and each.readings and name not in written:
            found = _plainly_written(each, columns[name])
            written |= {name: found} if found else {}
    return written, notes


def _plainly_written(column: ColumnType, values: Any) -> Written | None:
    """Return how words with a decimal point are written, or dates such as 2023-12-31; None for all else."""
    kind, example = column.type(), known_words(as_words(values)).drop_null()[0].as_py()
    if column.readings[0] is numbers and not pa.types.is_integer(kind):
        return Written(column.formats[0], example, example) if column.formats else None
    return Written(DATES[ISO], example, example) if pa.types.is_temporal(kind) else None


def _decimal_of(column: ColumnType) -> str | None:
    """Return the mark that must stand before the decimals of a column, None where it may be either."""
    marks = {each.decimal if isinstance(each, NumberFormat) else "" for each in column.formats}
    decided = column.marks and len(marks) == 1 and (not column.readings or column.readings[0] is numbers)
    return marks.pop() or None if decided else None


def _order_of(column: ColumnType) -> str | None:
    found = {each.name for each in column.formats}
    days, months = found.intersection(DAY_FIRST), found.intersection(MONTH_FIRST)
    return None if bool(days) == bool(months) else "d" if days else "m"


def _are_thousands(column: ColumnType, decimal: str | None) -> bool:
    """Return whether what looks like numbers with a decimal point has, in this table, thousands parted by points."""
    has_point = column.readings[0] is numbers and "." in column.marks
    return decimal == "," and has_point and any(_decimal(each) == "," for each in column.formats)


def _decimal(one: Format) -> str:
    return one.decimal if isinstance(one, NumberFormat) else ""


def _number(column: ColumnType, decimal: str | None, money: bool) -> Written:
    formats = column.formats
    grouped = {each.group.strip("[]") for each in formats if isinstance(each, NumberFormat)}
    unclear = sorted({_decimal(each) for each in formats} & grouped & column.marks)
    if unclear and money:
        decimal = "," if unclear[0] == "." else "."
    chosen = next((each for each in formats if _decimal(each) == (decimal or ".")), formats[0])
    other = next((each for each in formats if _decimal(each) != _decimal(chosen)), None)
    example, percent = column.example, column.units == {"", PERCENT}
    if unclear and decimal is None and other is not None:
        return Written(chosen, example, _in_words(chosen, example), other, _in_words(other, example), percent)
    return Written(chosen, example, _in_words(chosen, example), percent=percent)


def _date(column: ColumnType, day_first: bool, *, sure: bool) -> Written:
    wanted = DAY_FIRST if day_first else MONTH_FIRST
    chosen = next((each for each in column.formats if each.name in wanted), column.formats[0])
    other = next((each for each in column.formats if each is not chosen), None)
    example = column.example
    if other is not None and not sure:
        return Written(chosen, example, _in_words(chosen, example), other, _in_words(other, example))
    return Written(chosen, example, _in_words(chosen, example))


def _in_words(one: Format, example: str) -> str:
    values = one.read(pa.array([example]))
    value = None if values is None else values[0].as_py()
    if value is None or isinstance(value, float):
        return f"{value:.15g}" if value is not None else example
    time = f" at {value:%H:%M}" if value.hour or value.minute else ""
    return f"{value.day} {value:%B %Y}{time}"


def read_written(values: Values, written: str, name: str) -> Values:
    """Return the numbers or dates that the words of a column are, null where missing; other types stay what they are.

    Parameters:
        values: of the column (n,).
        written: the name of the format; "" for none.
        name: of the column.

    Raises:
        ValueError: a word is not written so; the message names column and row.
    """
    if not written or not isinstance(values, pa.Array) or not is_words(values):
        return values
    one = format_called(written, name)
    words = without(known_words(as_words(values)), MISSING_NUMBERS)
    read = one.read(words)
    if read is None:
        row, word = next((row, word) for row, word in enumerate(words.to_pylist()) if not _reads(one, word))
        what = "numbers" if isinstance(one, NumberFormat) else "dates"
        raise ValueError(
            f"Column {short(name)} must hold {what} written like {written}, as in the training data, found"
            f" {short(word)!r} in row {row}."
        )
    return read


def _reads(one: Format, word: str | None) -> bool:
    return word is None or one.fits(pa.array([word]))


def with_formats(table: pa.Table, formats: Mapping[str, str]) -> pa.Table:
    """Return a table whose words are read that are written so.

    Raises:
        ValueError: as for `read_written`.
    """
    if not formats:
        return table
    columns = [
        read_written(column.combine_chunks(), formats[name], name) if name in formats else column
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    return pa.table(columns, names=table.column_names).replace_schema_metadata(table.schema.metadata)


# What was noticed of a file while it was read, kept with its columns under these keys of their schema.

NOTES = b"chainrule notes"
FORMATS = b"chainrule formats"


def with_remarks(schema: pa.Schema, notes: Sequence[str], formats: Mapping[str, tuple[str, str]]) -> pa.Schema:
    """Return columns with notes about them, and with how those are written whose words are numbers or dates.

    Parameters:
        schema: of the columns.
        notes: a sentence each.
        formats: by name of the column, the name of a format and a sentence about it.

    >>> notes_of(with_remarks(pa.schema([("a", pa.string())]), ["Column b was left out."], {}))
    ['Column b was left out.']
    """
    return schema.with_metadata({NOTES: json.dumps(list(notes)), FORMATS: json.dumps(dict(formats))})


def notes_of(schema: pa.Schema) -> list[str]:
    """Return what was noticed of the columns of a file, a sentence each."""
    return list(json.loads((schema.metadata or {}).get(NOTES, b"[]")))


def formats_of(schema: pa.Schema) -> dict[str, tuple[str, str]]:
    """Return how columns are written whose words are numbers or dates: by name, a format and a sentence about it."""
    found = json.loads((schema.metadata or {}).get(FORMATS, b"{}"))
    return {name: (written, note) for name, (written, note) in found.items()}


def left_out_note(name: str, what: str) -> str:
    """Return what is said of a column of which no number can be made."""
    return f"Column {short(name)} holds {what} and was left out: give each part a column of its own to use it."
