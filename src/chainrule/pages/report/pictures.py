"""What every figure of a report is made of, and how it names things."""

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chainrule.pages.report.numbers import Numbers

LINES = 7
# Letters of a name in a figure; the page beside it has the whole.
LONGEST_NAME = 60


class Picture(NamedTuple):
    """A figure, and what it shows for those who cannot see it."""

    drawn: Figure | Axes
    alt: str


def plain(name: str) -> str:
    """Return a name as a figure writes it: on one line, not too long, and no formula to matplotlib.

    >>> plain("two  words"), len(plain("x" * 3000))
    ('two  words', 60)
    """
    line = "".join(sign if sign.isprintable() else " " for sign in name)
    line = line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"
    return line.replace("$", r"\$")


def names_of(numbers: Numbers) -> list[str]:
    """Return the classes as figures write them, told apart by their numbers where they begin alike."""
    names = [plain(name) for name in numbers.model.classes]
    return [f"{name} ({place})" if names.count(name) > 1 else name for place, name in enumerate(names)]
