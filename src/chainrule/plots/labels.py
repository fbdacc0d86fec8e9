"""Words and numbers beside the data: legends that cover nothing, labels at the ends of lines, short numbers."""

from collections.abc import Sequence
from functools import lru_cache
from math import floor, log10
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cbook import is_math_text
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.transforms import ScaledTranslation

from chainrule.arrays import Array
from chainrule.plots.style import MUTED, STYLE, figure_of, text_color

LINE_HEIGHT = 13.0
# Points that the narrowest letter takes at the size of labels.
NARROWEST = 2.0


def number(value: float, digits: int = 3) -> str:
    """Return a number with few digits and a real minus sign.

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


def subscript(index: int) -> str:
    """Return a whole number in small digits below the line; ten times as quick to draw as a formula.

    >>> "x" + subscript(12)
    'x₁₂'
    """
    return "".join(chr(ord("₀") + int(digit)) for digit in str(index))


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = 10.0) -> float:
    """Return how many points a text takes across.

    >>> text_width("a wide text") > text_width("text") > text_width("text", 8)
    True
    """
    font = FontProperties(family=STYLE["font.family"], size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, is_math_text(text))[0])


def short(name: str, most: float) -> str:
    """Return a name cut to at most so many points, with an ellipsis where something is left out.

    >>> short("a name", 200), short("a very, very long name", 60)
    ('a name', 'a very, ve…')
    """
    some = name[: max(1, int(most / NARROWEST))]  # more letters than fit, but never thousands of them to be measured
    if some == name and text_width(name) <= most:
        return name
    fitting, too_long = 1, len(some) + 1
    while too_long - fitting > 1:
        middle = (fitting + too_long) // 2
        if text_width(some[:middle].rstrip() + "…") <= most:
            fitting = middle
        else:
            too_long = middle
    return some[:fitting].rstrip() + "…"


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> Array:
    """Return places as near as possible to those wanted, at least `gap` apart, in [low, high] while there is room.

    The nearest in least squares: places less their multiples of the gap must not fall, which is isotonic regression.

    >>> spread([5., 5., 0.], 2., 0., 10.)
    array([4., 6., 0.])
    """
    places = np.asarray(wanted, dtype=float)
    n, order = len(places), np.argsort(places, kind="stable")
    gap = min(gap, (high - low) / max(1, n - 1))
    steps = gap * np.arange(n)
    free = places[order] - steps
    means = [[free[j : k + 1].mean() if k >= j else np.inf for k in range(n)] for j in range(n)]
    level = [max(min(means[j][i:]) for j in range(i + 1)) for i in range(n)]
    result = np.empty(n)
    result[order] = np.clip(level, low, high - steps[-1] if n else high) + steps
    return result


class End(NamedTuple):
    """The end of a line, and what to write there."""

    x: float
    y: float
    text: str
    color: str


def label_ends(ax: Axes, ends: Sequence[End]) -> None:
    """Write each line's name to the right of the axes at the height of its end, and keep the names apart.

    A line that ends early is continued by a faint dotted one; a name that had to move is tied to its line.
    """
    if not ends:
        return
    (_, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    scale = 72 / figure_of(ax).dpi
    corners = ax.transData.transform([(right, bottom), (right, top)])[:, 1] * scale
    wanted = ax.transData.transform([(right, end.y) for end in ends])[:, 1] * scale
    places = spread(list(wanted), LINE_HEIGHT, *corners)
    moved = np.abs(places - wanted) > 3
    for end, at, place, tied in zip(ends, wanted, places, moved, strict=True):
        if end.x < right:
            ax.plot([end.x, right], [end.y, end.y], color=end.color, linewidth=1, linestyle=(0, (1, 2.5)), zorder=1)
        ax.annotate(
            end.text,
            xy=(1, end.y),
            xycoords=("axes fraction", "data"),
            xytext=(14 if moved.any() else 6, place - at),
            textcoords="offset points",
            va="center",
            color=text_color(end.color),
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": MUTED,
                "linewidth": 0.6,
                "shrinkA": 1,
                "shrinkB": 1,
                "relpos": (0, 0.5),
            }
            if tied
            else None,
        )


def legend_below(ax: Axes) -> None:
    """Put a legend under the axes and their labels, in as many columns as fit."""
    entries = {name: handle for handle, name in zip(*ax.get_legend_handles_labels(), strict=True)}
    names, handles = list(entries), list(entries.values())
    if not names:
        return
    scale, box, labels = 72 / figure_of(ax).dpi, ax.get_window_extent(), ax.xaxis.get_tightbbox()
    drop = 6 + (box.y0 - labels.y0) * scale if labels is not None else 6
    ax.legend(
        handles,
        names,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=ax.transAxes + ScaledTranslation(0, -drop / 72, figure_of(ax).dpi_scale_trans),
        borderaxespad=0,
        borderpad=0.2,
        ncols=_columns_that_fit(names, box.width * scale - 4),
        handletextpad=0.2,
        columnspacing=1.2,
    )


def _columns_that_fit(names: Sequence[str], width: float) -> int:
    """Return in how many columns a legend's entries, filled in column by column, take at most so many points."""
    entries = np.array([text_width(name) + 22 for name in names])
    for columns in range(len(names), 1, -1):
        widest = [column.max() for column in np.array_split(entries, columns)]
        if sum(widest) + 12 * (columns - 1) <= width:
            return columns
    return 1
