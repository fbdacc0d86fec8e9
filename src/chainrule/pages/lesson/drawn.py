"""Figures of several panels: beside each other on a wide page, below each other on a phone."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chainrule import plots
from chainrule.pages.page import NARROW_NAME

Drawn: TypeAlias = Figure | Axes
# A phone shows a figure of this width, in inches, nearly in its own size.
NARROW = 4.2


def panels(
    columns: int, rows: int = 1, *, titles: Sequence[str] = (), width: float, height: float, narrow: bool
) -> tuple[Figure, list[Axes]]:
    """Return a figure with empty axes as `plots.panels` does, or a narrow one, with at most two beside each other.

    Parameters:
        columns, rows: axes beside and below each other on a wide page.
        titles: of the axes.
        width, height: of the wide figure in inches; those of the narrow one keep the shape of the axes.
        narrow: which of the two.
    """
    if not narrow:
        return plots.panels(columns, rows, titles=titles, width=width, height=height)
    across = 1 if columns * rows <= 3 else 2
    down = columns * rows // across
    scale = (NARROW / across) / (width / columns)
    return plots.panels(across, down, titles=titles, width=NARROW, height=scale * height / rows * down)


def both(draw: Callable[..., Drawn], name: str) -> dict[str, Callable[[Any], Drawn]]:
    """Return a figure by its name, and its narrow form by the name that pages look for."""
    return {name: partial(draw, narrow=False), name + NARROW_NAME: partial(draw, narrow=True)}
