"""Pictures in the plane: rows of several classes, and the output of a neuron at every point."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator

from chainrule.arrays import Array
from chainrule.plots.checks import (
    Function,
    Limits,
    class_indices,
    class_names,
    grid,
    plane_rows,
    rectangle,
    values_on_grid,
)
from chainrule.plots.style import (
    CLASS_COLORS,
    CLASS_MARKERS,
    INK,
    SHARE,
    SIGNED,
    axes_or_new,
    figure_of,
    legend_below,
    styled,
)

MARKER_SIZES = {
    "o": 1.0,
    "s": 0.85,
    "^": 1.15,
    "D": 0.72,
    "v": 1.15,
    "P": 1.2,
    "X": 1.2,
    "p": 1.15,
    "<": 1.15,
    ">": 1.15,
}
MANY_ROWS = 4000
WIDTH, HEIGHT = 5.6, 4.3


def limits_around(x: object, margin: float = 0.08) -> Limits:
    """Return (left, right, bottom, top) around rows, with a margin on each side.

    Parameters:
        x: rows (n, 2), at least one.
        margin: share of the larger extent.

    >>> limits_around([[0., 0.], [10., 5.]], margin=0.1)
    (-1.0, 11.0, -1.0, 6.0)
    """
    rows = plane_rows(x)
    if not len(rows):
        raise ValueError("x must have at least one row to have limits, found none.")
    low, high = rows.min(axis=0), rows.max(axis=0)
    edge = margin * (float((high - low).max()) or 1.0)
    return float(low[0] - edge), float(high[0] + edge), float(low[1] - edge), float(high[1] + edge)


@styled()
def scatter_classes(
    x: object,
    classes: object,
    names: Sequence[object] | None = None,
    *,
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw rows in the plane, each class with a colour and a marker of its own.

    Parameters:
        x: rows (n, 2).
        classes: class of each row (n,), whole numbers from 0 to 9.
        names: of the classes; "class 0" and so on if left out.
        legend: whether to say below the axes which class is which.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: a shape or a class does not fit.

    >>> ax = scatter_classes([[0., 1.], [2., 3.]], [0, 1], names=["a", "b"])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['a', 'b']
    """
    rows = plane_rows(x)
    indices = class_indices(classes, len(rows))
    labels = class_names(names, int(indices.max(initial=-1)) + 1, exact=False)
    ax = plane_axes(ax, limits_around(rows) if len(rows) else (0.0, 1.0, 0.0, 1.0), right=0.1, below=0.3 * legend)
    draw_rows(ax, rows, indices, {number: labels[number] for number in np.unique(indices)})
    if legend:
        legend_below(ax)
    return ax


@styled()
def map_of(
    values_function: Function,
    limits: Sequence[float],
    *,
    symmetric: bool = True,
    resolution: int = 160,
    label: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a number over the plane, such as the output of one hidden neuron, as colour with contour lines.

    Parameters:
        values_function: maps rows (m, 2) to numbers (m,).
        limits: (left, right, bottom, top).
        symmetric: whether colours say the sign, with white for 0; otherwise they run from lowest to highest.
        resolution: points a side at which the function is asked.
        label: what the number is, beside the colour bar.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: the function or the limits do not fit.

    >>> ax = map_of(lambda x: np.tanh(x[:, 0]), (-2, 2, -1, 1), label="tanh")
    >>> ax.images[0].get_clim()
    (-0.96..., 0.96...)
    """
    area = rectangle(limits)
    across, up, points = grid(area, resolution)
    values = values_on_grid(values_function, points, "values_function")
    low, high = float(values.min()), float(values.max())
    if symmetric:
        high = max(abs(low), abs(high)) or 1.0
        low = -high
    elif low == high:
        low, high = low - 0.5, high + 0.5
    ax = plane_axes(ax, area, right=1.15 if label else 0.95, below=0.0)
    image = draw_image(
        ax,
        area,
        values,
        cmap=SIGNED if symmetric else SHARE,
        vmin=low,
        vmax=high,
        interpolation="bilinear",
        interpolation_stage="data",
    )
    levels = [level for level in MaxNLocator(8).tick_values(low, high) if values.min() < level < values.max()]
    if levels:
        widths = [1.3 if abs(level) < 1e-9 * (high - low) else 0.6 for level in levels]
        ax.contour(across, up, values, levels=levels, colors=INK, linewidths=widths, alpha=0.45, linestyles="solid")
    bar = figure_of(ax).colorbar(image, cax=ax.inset_axes((1.04, 0, 0.035, 1)), ticks=MaxNLocator(5), label=label)
    bar.outline.set_visible(False)
    return ax


def plane_axes(ax: Axes | None, area: Limits, *, right: float, below: float) -> Axes:
    """Return axes with equal scales across and up that show `area` besides what they show already.

    A new figure gets room at its right side and below, in inches.
    """
    across, up, left = area[1] - area[0], area[3] - area[2], 0.65
    scale = min((WIDTH - left - right) / across, HEIGHT / up)
    ax = axes_or_new(ax, max(3.2, scale * across + left + right), max(1.6, scale * up + 0.55 + below))
    ax.set_aspect("equal")
    if not ax.images:
        wide, tall = (ax.get_xlim(), ax.get_ylim()) if ax.has_data() else (area[:2], area[2:])
        ax.set_xlim(min(wide[0], area[0]), max(wide[1], area[1]))
        ax.set_ylim(min(tall[0], area[2]), max(tall[1], area[3]))
    ax.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
    ax.set_xlabel("x₁")
    ax.set_ylabel("x₂", rotation=0, labelpad=9, va="center")
    return ax


def draw_image(ax: Axes, area: Limits, values: Array, **options: Any) -> AxesImage:
    """Draw values at the points of a grid as an image whose outermost points lie on the edge of `area`."""
    half = (area[1] - area[0]) / (values.shape[1] - 1) / 2, (area[3] - area[2]) / (values.shape[0] - 1) / 2
    extent = (area[0] - half[0], area[1] + half[0], area[2] - half[1], area[3] + half[1])
    image = ax.imshow(values, extent=extent, origin="lower", zorder=0, **options)
    ax.set_xlim(area[:2])
    ax.set_ylim(area[2:])
    return image


def draw_rows(ax: Axes, rows: Array, indices: Array, labels: Mapping[int, str]) -> None:
    """Draw rows by class; a class with a label and no rows still gets its place in the legend."""
    size = 34 if len(rows) <= 300 else 18 if len(rows) <= 1500 else 7
    for number, label in labels.items():
        marker, own = CLASS_MARKERS[number], rows[indices == number]
        ax.scatter(
            own[:, 0],
            own[:, 1],
            s=size * MARKER_SIZES[marker],
            c=CLASS_COLORS[number],
            marker=marker,
            edgecolors="white",
            linewidths=0.6 if size > 10 else 0.2,
            label=label,
            zorder=2,
            rasterized=len(rows) > MANY_ROWS,
        )
