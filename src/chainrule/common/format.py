"""Numbers, counts, percentages and names as sentences and tables show them: no more digits than they bear."""

from collections.abc import Sequence
from math import floor, isinf, isnan, log10
from typing import Any

# Decimals of a number that is close to 0 or 1, at most: a float of 64 bits has no more.
MOST_PLACES = 15
# Decimals of a percentage, at most: no share of any number of rows needs more.
MOST_PERCENT_PLACES = 9
# Rows from which on a percentage has one decimal, and from which on two: the standard error of a share is about 3.5
# hundredths at 200 rows, and 0.2 at 50,000.
ONE_DECIMAL_ROWS = 200
TWO_DECIMAL_ROWS = 50_000
# Characters of a stranger's name in a sentence: as many as leave room for the sentence on two lines of a terminal.
LONGEST_NAME = 60
# Characters of a value in a sentence: as many as leave room for the sentence on two lines of a terminal.
LONGEST_VALUE = 60
# Characters of a name together with what is said of it, as in "age (constant: every value is 3)".
LONGEST_REASON = 80


def fixed(value: float, places: int, ends: tuple[float, float] = (0.0, 1.0), most: int = MOST_PLACES) -> str:
    """Return a number with so many decimals, or with more where these would make 0 or 1 of what is not quite that.

    Parameters:
        value: the number.
        places: decimals.
        ends: numbers that must not be shown for another one: nearly all is not all, and hardly any is not none.
        most: decimals at most.

    >>> fixed(0.98765, 3), fixed(1.0, 4), fixed(0.99998, 4), fixed(-0.00001, 3)
    ('0.988', '1.0000', '0.99998', '-0.00001')
    """
    text = f"{value:.{places}f}"
    while places < most and abs(float(text)) in ends and float(text) != value:
        places += 1
        text = f"{value:.{places}f}"
    return text


def decimals(value: float, places: int = 3) -> str:
    """Return a number as `fixed`, with a real minus sign, or a dash where there is none.

    >>> decimals(0.12345), decimals(float("nan")), decimals(-0.0001)
    ('0.123', '–', '−0.0001')
    """
    return "–" if isnan(value) else fixed(value, places).replace("-", "−")


def significant(value: float, digits: int = 6) -> str:
    """Return a number with so many significant digits.

    >>> significant(-0.0), significant(1 / 3), significant(1234567.0)
    ('0', '0.333333', '1.23457e+06')
    """
    return f"{value + 0.0:.{digits}g}"


def number(value: float, digits: int = 3) -> str:
    """Return a number with few significant digits and a real minus sign, for figures and pages.

    >>> number(-0.21345), number(0.0), number(123456.), number(2.3e-7)
    ('−0.213', '0', '1.23e5', '2.3e−7')
    """
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        text = f"{value:.{max(0, digits - 1 - floor(log10(abs(value))))}f}"
        exponent = ""
    else:
        text, _, power = f"{value:.{digits - 1}e}".partition("e")
        exponent = f"e{int(power)}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return (text + exponent).replace("-", "−")


def few(value: float) -> str:
    """Return a number with three significant digits, as `number`; a dash where there is none.

    >>> few(0.0123456), few(12345.678), few(float("inf"))
    ('0.0123', '12346', '∞')
    """
    return "–" if isnan(value) else "∞" if isinf(value) else number(value, 3)


def tabular(value: float) -> str:
    """Return a number for a column of estimates: four decimals, or in scientific notation where those say little.

    >>> tabular(0.25), tabular(1234567.0), tabular(-1.5e-7)
    ('0.2500', '1.2346e+06', '-1.5000e-07')
    """
    return f"{value:.4f}" if value == 0 or 1e-2 <= abs(value) < 1e5 else f"{value:.4e}"


def percent(share: float, rows: int = 1000) -> str:
    r"""Return a share of so many rows in percent, with the decimals that so many rows bear.

    >>> percent(0.98765), percent(0.98765, rows=50), percent(0.98765, rows=100_000), percent(float("nan"))
    ('98.8\xa0%', '99\xa0%', '98.77\xa0%', '–')
    >>> percent(0.9998, rows=100)
    '99.98\xa0%'
    """
    if isnan(share):
        return "–"
    places = 0 if rows < ONE_DECIMAL_ROWS else 1 if rows < TWO_DECIMAL_ROWS else 2
    return f"{fixed(100 * share, places, (0.0, 100.0), MOST_PERCENT_PLACES)}\N{NO-BREAK SPACE}%"


def chance(y: float) -> str:
    """Return a probability with three decimals.

    >>> chance(0.1234), chance(1e-9), chance(0.99999)
    ('0.123', '<0.001', '>0.999')
    """
    return "<0.001" if y < 0.0005 else ">0.999" if y > 0.9995 else f"{y:.3f}"


def p_value(p: float) -> str:
    """Return the p-value of a test.

    >>> p_value(0.0312), p_value(1e-9)
    ('p = 0.031', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def count(number: int, noun: str = "row") -> str:
    """Return how many of something there are.

    >>> count(1), count(12345, "column")
    ('1 row', '12,345 columns')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[object], most: int = 6) -> str:
    """Return names as part of a sentence, at most so many of them.

    >>> listed([3]), listed("abc"), listed(["a", "b", "c"], 2)
    ('3', 'a, b and c', 'a, b and 1 more')
    """
    words = [str(name) for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(words)} and {len(names) - most} more"
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def some_of(names: Sequence[object], most: int = 6, longest: int = LONGEST_REASON) -> str:
    """Return names, with commas between them: at most so many, each cut after `longest` characters.

    >>> some_of(["a", "b"]), some_of("abcdefghi", 3)
    ('a, b', 'a, b, c and 6 more')
    """
    first = ", ".join(short(name, longest) for name in names[:most])
    return first if len(names) <= most else f"{first} and {len(names) - most} more"


def short(name: object, most: int = LONGEST_NAME) -> str:
    """Return a name on one line, cut after `most` characters.

    >>> short("a name of many words", 12)
    'a name of ma...'
    """
    line = "".join(letter if letter.isprintable() else " " for letter in str(name))
    return line if len(line) <= most else f"{line[:most]}..."


def described(value: Any) -> str:
    """Return a value as it is shown in a sentence: on one line, and not all of it where it is long.

    >>> described([1] * 1000)
    '[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1...'
    """
    text = " ".join(repr(value).split())
    if " at 0x" in text or text.startswith("<"):
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."
