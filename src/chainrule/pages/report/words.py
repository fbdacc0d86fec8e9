"""Numbers and lists in words, with no more digits than they bear."""

from collections.abc import Sequence
from math import isinf, isnan

from chainrule.common.arguments import fixed
from chainrule.pages.report.scores import Share
from chainrule.plots.style import number

FEW_ROWS, MANY_ROWS = 200, 50_000
# Of a percentage: no share of any number of rows needs more.
MOST_PLACES = 9


def percent(share: float, rows: int = 1000) -> str:
    r"""Return a share of so many rows in percent, with the decimals that so many rows bear.

    >>> percent(0.98765), percent(0.98765, rows=50), percent(0.98765, rows=100_000), percent(float("nan"))
    ('98.8\xa0%', '99\xa0%', '98.77\xa0%', '–')
    >>> percent(0.9998, rows=100)
    '99.98\xa0%'
    """
    if isnan(share):
        return "–"
    places = 0 if rows < FEW_ROWS else 1 if rows < MANY_ROWS else 2
    text = f"{100 * share:.{places}f}"
    while places < MOST_PLACES and float(text) in (0.0, 100.0) and float(text) != 100 * share:
        places += 1  # nearly all is not all, and hardly any is not none
        text = f"{100 * share:.{places}f}"
    return f"{text}\N{NO-BREAK SPACE}%"


def interval(share: Share, rows: int) -> str:
    r"""Return the interval of a share of so many rows.

    >>> interval(Share(0.8, 0.49, 0.943), 10)
    '49 to 94\xa0%'
    """
    return f"{percent(share.low, rows).split()[0]} to {percent(share.high, rows)}"


def decimals(value: float, places: int = 3) -> str:
    """Return a number with so many decimals, or a dash where there is none.

    >>> decimals(0.12345), decimals(float("nan")), decimals(-0.0001)
    ('0.123', '–', '−0.0001')
    """
    if isnan(value):
        return "–"
    return fixed(value, places).replace("-", "−")


def chance(y: float) -> str:
    """Return a probability with three decimals.

    >>> chance(0.1234), chance(1e-9), chance(0.99999)
    ('0.123', '<0.001', '>0.999')
    """
    return "<0.001" if y < 0.0005 else ">0.999" if y > 0.9995 else f"{y:.3f}"


def p_value(p: float) -> str:
    """Return the p of a test in words.

    >>> p_value(0.0312), p_value(1e-9)
    ('p = 0.031', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def few(value: float) -> str:
    """Return a number with three digits that count.

    >>> few(0.0123456), few(12345.678), few(float("inf"))
    ('0.0123', '12346', '∞')
    """
    return "–" if isnan(value) else "∞" if isinf(value) else number(value, 3)


def listed(words: Sequence[str], most: int = 4) -> str:
    """Return the first few words as a list.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], 2)
    ('a, b and c', 'a, b and 1 more')
    """
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def count(rows: int, noun: str = "row") -> str:
    """Return how many there are.

    >>> count(1), count(12345, "column")
    ('1 row', '12,345 columns')
    """
    return f"{rows:,} {noun}" if rows == 1 else f"{rows:,} {noun}s"
