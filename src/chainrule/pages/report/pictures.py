"""What every figure of a report is made of, and how it names things."""

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chainrule.pages.report.numbers import Numbers

LINES = 7


class Picture(NamedTuple):
    """A figure, and what it shows for those who cannot see it."""

    drawn: Figure | Axes
    alt: str


def plain(name: str) -> str:
    """Return a name that matplotlib does not take for a formula."""
    return name.replace("$", r"\$")


def names_of(numbers: Numbers) -> list[str]:
    """Return the classes as figures write them."""
    return [plain(name) for name in numbers.model.classes]
