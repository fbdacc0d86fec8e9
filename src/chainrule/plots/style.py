"""The look of all figures: colours, markers, and settings that hold while a figure is drawn and not a moment longer."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cbook import is_math_text
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font_names
from matplotlib.textpath import text_to_path
from matplotlib.transforms import ScaledTranslation

from chainrule.arrays import Array

CLASS_COLORS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
"""The colour of each class: the cycle of M. Petroff, "Accessible color sequences for data visualization" (2021).

The first three differ in lightness too (58, 76 and 41 of 100), so they stay apart in grey.
"""

CLASS_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "<", ">")
"""The marker of each class, in the order of `CLASS_COLORS`."""

# Greys of text and lines, from the most to the least conspicuous; all but the last are legible on white (4.5 to 1).
DARKEST = "#0d1216"
INK = "#1f2933"
MUTED = "#5f6b76"
FAINT = "#d5dbe1"
POSITIVE = "#008837"
NEGATIVE = "#7b3294"
"""The two colours of signs, apart for every kind of colour vision, and none of the first classes' colours."""

# From purple over near white to green: the colours of signs.
SIGNED = LinearSegmentedColormap.from_list("signed", [NEGATIVE, "#c7a5d2", "#f8f8f7", "#93cda4", POSITIVE], N=257)
# From near white to dark blue, ever darker.
SHARE = LinearSegmentedColormap.from_list("share", ["#f8fafb", "#c4d7e6", "#6a9cc4", "#2a6496", "#163d63"])

OTHER_SCRIPTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Yu Gothic")
"""Fonts for letters that DejaVu Sans lacks, used where they are installed."""

INSTALLED = frozenset(get_font_names())

STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#8a949e",
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": 10.5,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    "figure.dpi": 100,
    "font.family": ["DejaVu Sans", *(name for name in OTHER_SCRIPTS if name in INSTALLED)],
    "font.size": 10,
    "grid.color": "#e8ecef",
    "grid.linewidth": 0.7,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "mathtext.fontset": "dejavusans",
    "savefig.dpi": 200,
    "svg.fonttype": "path",
    "svg.hashsalt": "chainrule",
    "text.color": INK,
    "xtick.color": "#8a949e",
    "xtick.labelcolor": MUTED,
    "xtick.labelsize": 10,
    "xtick.major.size": 3,
    "xtick.major.width": 0.7,
    "ytick.color": "#8a949e",
    "ytick.labelcolor": MUTED,
    "ytick.labelsize": 10,
    "ytick.major.size": 3,
    "ytick.major.width": 0.7,
}
"""Settings on top of matplotlib's defaults. Text becomes outlines in SVG: the same on every machine, with any fonts."""

_LOCK = threading.RLock()


@contextmanager
def styled() -> Iterator[None]:
    """Apply `STYLE` in a `with` block, or as `@styled()` in a function, and bring the user's settings back after it.

    Settings are global in matplotlib, so one thread at a time draws.

    >>> import matplotlib
    >>> with styled():
    ...     inside = matplotlib.rcParams["axes.spines.top"]
    >>> inside, matplotlib.rcParams["axes.spines.top"]
    (False, True)
    """
    with _LOCK, matplotlib.style.context(("default", STYLE)):
        yield


def new_figure(width: float, height: float, *, layout: Literal["constrained"] | None = "constrained") -> Figure:
    """Return an empty figure, `width` by `height` inches; one of pyplot's if the user works with pyplot.

    Without pyplot no window system is touched, nothing has to be closed, and any thread may draw.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    make = pyplot.figure if pyplot and threading.current_thread() is threading.main_thread() else Figure
    figure: Figure = make(figsize=(width, height), layout=layout)
    return figure


@styled()
def panels(
    columns: int = 1, rows: int = 1, *, titles: Sequence[str] = (), width: float = 7.6, height: float = 3.4
) -> tuple[Figure, list[Axes]]:
    """Return a figure with empty axes in the style of the others, row by row, to draw on with `ax=`.

    Parameters:
        columns: axes beside each other.
        rows: axes below each other.
        titles: of the axes, from the first on.
        width: of the figure in inches; a page shows 100 pixels an inch.
        height: of the figure in inches.

    >>> figure, (left, right) = panels(2, titles=["before", "after"])
    >>> figure.get_size_inches()
    array([7.6, 3.4])
    """
    figure = new_figure(width, height)
    axes = [figure.add_subplot(rows, columns, number + 1) for number in range(rows * columns)]
    for ax, title in zip(axes, titles, strict=False):
        ax.set_title(title)
    return figure, axes


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or the axes of a new figure of `width` by `height` inches."""
    return new_figure(width, height).add_subplot() if ax is None else ax


def figure_of(drawn: Figure | Axes) -> Figure:
    """Return the figure that axes belong to, the whole one if they are in a part of it."""
    figure: Any = drawn.figure
    return figure if isinstance(figure, Figure) else figure.figure


def lay_out(figure: Figure) -> None:
    """Give axes and tick labels the places and sizes that they have when the figure is drawn."""
    engine = figure.get_layout_engine()
    if engine is None:
        figure.draw_without_rendering()
    else:
        engine.execute(figure)


def luminance(color: Any) -> float:
    """Return the relative luminance of a colour: 0 for black, 1 for white (WCAG 2.2).

    >>> round(luminance("#777777"), 3)
    0.184
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def text_on(background: Any) -> str:
    """Return the colour, near black or white, that reads better on a background.

    >>> text_on("white"), text_on("#163d63")
    ('#0d1216', 'white')
    """
    level = luminance(background) + 0.05
    return "white" if 1.05 / level > level / (luminance(DARKEST) + 0.05) else DARKEST


def text_color(color: Any) -> str:
    """Return `color`, darkened until text in it reads well on white: a contrast of 4.5 (WCAG 2.2, criterion 1.4.3).

    >>> text_color("#ffa90e")
    '#9c6809'
    """
    red, green, blue = to_rgb(color)
    while 1.05 / (luminance((red, green, blue)) + 0.05) < 4.5:
        red, green, blue = 0.96 * red, 0.96 * green, 0.96 * blue
    return "#" + "".join(f"{round(255 * c):02x}" for c in (red, green, blue))


# Words and numbers beside the data: legends that cover nothing, labels at the ends of lines, short numbers.

# Points from one label to the next, at the size of labels.
LINE_HEIGHT = 13.0
# Points that the narrowest letter takes at the size of labels.
NARROWEST = 2.0


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
        tie = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 1, "relpos": (0, 0.5)}
        ax.annotate(
            end.text,
            xy=(1, end.y),
            xycoords=("axes fraction", "data"),
            xytext=(14 if moved.any() else 6, place - at),
            textcoords="offset points",
            va="center",
            color=text_color(end.color),
            annotation_clip=False,
            arrowprops=tie if tied else None,
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
