"""Numbers and dates as people write them: `$1,234.50`, `1.234,5 €`, `12 %`, `(300)`, `31.12.2023`, `12/31/23 2 PM`."""

import re
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.common.format import short

# Spaces between thousands, no-break and thin ones among them.
SPACE = "[ \t\u00a0\u2009\u202f]"
# Currencies by the codes of ISO 4217 and the short names in use.
CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|RUB|TRY|KRW|SGD|HKD|ILS|AED|kr|zł|Fr"
)
# A currency: its sign, after at most two letters as in US$, or its code.
CURRENCY = rf"(?:[A-Z]{{0,2}}[$€£¥₹₽₩₺₪฿₫₱₴₦]|{CODES})"
# Signs of numbers: plus, hyphen, minus, and the dash that word processors make of it.
SIGN = "[+\\-\u2212\u2013]"
# How a negative number begins: with a minus or, as in accounts, a parenthesis.
NEGATIVE = "^[^0-9.,]*[(\\-\u2212\u2013]"
# 007 is a code, not a number, and more than 15 digits may be one that no float holds. A group of thousands has three
# digits; in India all but the last have two.
WHOLE = "0|[1-9][0-9]{0,14}"
GROUPS = "[1-9][0-9]{{0,2}}(?:{group}[0-9]{{2,3}}){{0,3}}{group}[0-9]{{3}}"

# First three letters of the months in English, and those in German that differ, with their numbers.
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
OTHER_MONTHS = {"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12}
# The time of the day after a date, if any.
TIME = (
    rf"(?:(?:T|,?{SPACE}+)(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})(?::(?P<second>[0-9]{{2}})(?:\.[0-9]+)?)?"
    rf"(?:{SPACE}*(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
# Parts of a date.
DAY = "(?P<day>[0-9]{1,2})"
MONTH = "(?P<month>[0-9]{1,2})"
YEAR = "(?P<year>[0-9]{4}|[0-9]{2})"
NAMED = r"(?P<month>[A-Za-zä]{3,9})\.?"
# The order of ISO 8601, which Arrow reads by itself.
ISO = "y-m-d"
# Of a year of two digits: as in POSIX, 69 is 1969 and 68 is 2068.
FIRST_SHORT_YEAR = 69


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@final
@dataclass(frozen=True)
class NumberFormat:
    """How numbers are written: what parts thousands, and what stands before the decimals.

    Around a number there may be a currency, a percent sign, or parentheses that make it negative.

    Attributes:
        name: the number 1234.5 written so.
        group: a regular expression of what parts thousands.
        decimal: what stands before the decimals.
    """

    name: str
    group: str
    decimal: str

    @property
    def pattern(self) -> str:
        """A regular expression of all numbers written so."""
        decimal = f"[{self.decimal}]"
        groups = GROUPS.format(group=self.group)
        number = (
            rf"(?:(?:{groups}|{WHOLE})(?:{decimal}[0-9]*)?(?:[eE][+-]?[0-9]+)?|{decimal}[0-9]+(?:[eE][+-]?[0-9]+)?)"
        )
        money = rf"(?:{CURRENCY}{SPACE}*)?(?:{SIGN}{SPACE}*)?{number}{SPACE}*(?:{CURRENCY}|%)?"
        return rf"^(?:{SIGN}?{SPACE}*{money}|\({SPACE}*{money}{SPACE}*\))$"

    def may_fit(self, words: list[str]) -> bool:
        """Return whether these words are numbers written so: quickly said of a few."""
        return all(map(_compiled(self.pattern).match, words))

    def fits(self, words: pa.Array) -> bool:
        """Return whether all words are numbers written so."""
        return pc.match_substring_regex(words, self.pattern).false_count == 0

    def read(self, words: pa.Array) -> pa.Array | None:
        """Return the numbers (n,), null where missing; None where a word is none.

        >>> NUMBERS[0].read(pa.array(["$1,234.50", "(2)", "3%"])).to_pylist()
        [1234.5, -2.0, 3.0]
        """
        if not self.fits(words):
            return None
        digits = pc.replace_substring_regex(words, "^[^0-9.,]+|[^0-9.,]+$", "")
        digits = pc.replace_substring(pc.replace_substring_regex(digits, self.group, ""), self.decimal, ".")
        values = digits.cast(pa.float64())
        return pc.if_else(pc.match_substring_regex(words, NEGATIVE), pc.negate(values), values)


@final
@dataclass(frozen=True)
class DateFormat:
    """How dates are written, with or without a time of the day.

    Attributes:
        name: the order of day, month and year, such as d.m.y; mon is the month as a word.
        pattern: a regular expression of all dates written so.
    """

    name: str
    pattern: str

    def may_fit(self, words: list[str]) -> bool:
        """Return whether these words look like dates written so: quickly said of a few."""
        return self.name == ISO or all(map(_compiled(f"^{self.pattern}{TIME}$").match, words))

    def fits(self, words: pa.Array) -> bool:
        """Return whether all words are dates written so."""
        return self.read(words) is not None

    def read(self, words: pa.Array) -> pa.Array | None:
        """Return the dates as times without a zone (n,), null where missing; None where a word is none.

        >>> DATES["d.m.y"].read(pa.array(["31.12.2023"])).to_pylist()
        [datetime.datetime(2023, 12, 31, 0, 0)]
        """
        parts = pc.extract_regex(words, f"^{self.pattern}{TIME}$")
        if parts.null_count != words.null_count:
            return _iso(words) if self.name == ISO else None
        part = dict(zip((field.name for field in parts.type), parts.flatten(), strict=True))
        day, month, year, half = part["day"], part["month"], part["year"], part["half"]
        number = _month_numbers(month) if "mon" in self.name else month.cast(pa.int32())
        hours = _number(part["hour"])
        noon = pc.if_else(pc.equal(half, ""), hours, pc.if_else(pc.equal(hours, 12), 0, hours))
        hours = pc.if_else(pc.is_in(half, value_set=pa.array(["p", "P"])), pc.add(noon, 12), noon)
        date = pc.binary_join_element_wise(
            _padded(_years(year), 4), _padded(number, 2), _padded(day.cast(pa.int32()), 2), "-"
        )
        time = pc.binary_join_element_wise(
            _padded(hours, 2), _padded(_number(part["minute"]), 2), _padded(_number(part["second"]), 2), ":"
        )
        try:
            return pc.binary_join_element_wise(date, time, " ").cast(pa.timestamp("us"))
        except pa.ArrowInvalid:  # a 31 February
            return None


def _iso(words: pa.Array) -> pa.Array | None:
    """Return dates as ISO 8601 has them, those with a zone as the time that it is then in Greenwich."""
    try:
        return words.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None


def _number(digits: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(digits, ""), "0", digits).cast(pa.int32())


def _years(digits: pa.Array) -> pa.Array:
    years = digits.cast(pa.int32())
    century = pc.if_else(pc.less(years, FIRST_SHORT_YEAR), 2000, 1900)
    return pc.if_else(pc.equal(pc.utf8_length(digits), 2), pc.add(years, century.cast(pa.int32())), years)


def _month_numbers(names: pa.Array) -> pa.Array:
    known = pa.array([*MONTHS, *OTHER_MONTHS])
    numbers = np.array([*range(1, 13), *OTHER_MONTHS.values(), 99])  # 99: no month
    found = pc.index_in(pc.utf8_slice_codeunits(pc.utf8_lower(names), 0, 3), value_set=known)
    return pa.array(numbers[found.fill_null(len(known)).to_numpy(zero_copy_only=False)], pa.int32())


def _padded(numbers: pa.Array, width: int) -> pa.Array:
    return pc.utf8_lpad(numbers.cast(pa.string()), width, "0")


# Apostrophes between thousands, straight and curved, as in Switzerland.
APOSTROPHE = "['\u2019]"
# The first that fits is taken, where several read the same numbers.
NUMBERS = (
    NumberFormat("1,234.5", ",", "."),
    NumberFormat("1.234,5", "[.]", ","),
    NumberFormat("1 234.5", SPACE, "."),
    NumberFormat("1 234,5", SPACE, ","),
    NumberFormat("1'234.5", APOSTROPHE, "."),
    NumberFormat("1'234,5", APOSTROPHE, ","),
)
DATES = {
    name: DateFormat(name, pattern)
    for name, pattern in {
        "d.m.y": rf"{DAY}\.{SPACE}?{MONTH}\.{SPACE}?{YEAR}",
        "m/d/y": f"{MONTH}/{DAY}/{YEAR}",
        "d/m/y": f"{DAY}/{MONTH}/{YEAR}",
        "m-d-y": f"{MONTH}-{DAY}-{YEAR}",
        "d-m-y": f"{DAY}-{MONTH}-{YEAR}",
        "y-m-d": f"(?P<year>[0-9]{{4}})-{MONTH}-{DAY}",
        "y/m/d": f"(?P<year>[0-9]{{4}})/{MONTH}/{DAY}",
        "y.m.d": rf"(?P<year>[0-9]{{4}})\.{MONTH}\.{DAY}",
        "d mon y": rf"{DAY}\.?[ \-/]*{NAMED}[ \-/,]+{YEAR}",
        "mon d, y": rf"{NAMED}[ \-/]*{DAY}(?:st|nd|rd|th)?,?[ \-/]+{YEAR}",
    }.items()
}
# Of numbers with a decimal point or without any, those that may have thousands parted by points instead.
THOUSANDS_BY_POINTS = rf"^[+-]?(?:{GROUPS.format(group='[.]')}|{WHOLE})(?:[eE][+-]?[0-9]+)?$"
Format: TypeAlias = NumberFormat | DateFormat
FORMATS: dict[str, Format] = {**{each.name: each for each in NUMBERS}, **DATES}
# Formats between which a date such as 1/2/2023 does not decide.
DAY_FIRST = ("d/m/y", "d-m-y")
MONTH_FIRST = ("m/d/y", "m-d-y")


def format_called(name: str, column: str) -> Format:
    """Return a format by its name.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in FORMATS:
        raise ValueError(f"Column {column} has an unknown format, {short(name)!r}: choose one of {'; '.join(FORMATS)}.")
    return FORMATS[name]


def units_in(words: pa.Array) -> set[str]:
    """Return the currencies and percent signs around the numbers of a column, "" for none.

    >>> sorted(units_in(pa.array(["$5", "1,5 %", "(3)", None])))
    ['', '$', '%']
    """
    bare = pc.replace_substring_regex(words, f"{SPACE}|{SIGN}|[()]|[0-9][0-9.,eE+'\u2019-]*|^[.,][0-9]+", "")
    return {unit for unit in bare.unique().to_pylist() if unit is not None}
