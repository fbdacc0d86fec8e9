"""Figures of several panels, each drawn by itself: pages set them side by side, and phones below each other."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chainrule import plots
from chainrule.pages.page import panel_name

Drawn: TypeAlias = Figure | Axes


def panel(title: str, width: float, height: float) -> Axes:
    """Return empty axes with a title, in a figure of `width` by `height` inches."""
    ax = plots.panels(titles=[title], width=width, height=height)[1][0]
    ax.set_anchor("N")  # so that titles of panels beside each other stand on one line
    return ax


def panels(draw: Callable[[Any, int], Drawn], name: str, count: int) -> dict[str, Callable[[Any], Drawn]]:
    """Return the panels of a figure by the names that pages look for.

    Parameters:
        draw: draws the panel of a number from 0 on.
        name: of the figure.
        count: how many panels it has.
    """
    return {panel_name(name, number): partial(_numbered, draw, number) for number in range(count)}


def _numbered(draw: Callable[[Any, int], Drawn], number: int, lesson: Any) -> Drawn:
    return draw(lesson, number)
