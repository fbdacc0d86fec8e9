"""Pictures over the plane: rows of several classes, a neuron's output, decision regions, and surfaces in space."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d import Axes3D

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.plots import checks, style

# Area of a marker beside a circle's, so that all look equally large.
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
# Rows above which markers are drawn as pixels: as vectors they make a page of megabytes.
MANY_ROWS = 4000
# Of a figure of its own, in inches.
WIDTH = 5.6
HEIGHT = 4.3


def limits_around(x: object, margin: float = 0.08) -> checks.Limits:
    """Return (left, right, bottom, top) around rows, with a margin on each side.

    Parameters:
        x: rows (n, 2), at least one.
        margin: share of the larger extent.

    >>> limits_around([[0., 0.], [10., 5.]], margin=0.1)
    (-1.0, 11.0, -1.0, 6.0)
    """
    rows = checks.plane_rows(x)
    if not len(rows):
        raise ValueError("x must have at least one row to have limits, found none.")
    low, high = rows.min(axis=0), rows.max(axis=0)
    edge = margin * (float((high - low).max()) or 1.0)
    return float(low[0] - edge), float(high[0] + edge), float(low[1] - edge), float(high[1] + edge)


@style.styled()
def scatter_classes(
    x: object, classes: object, names: Sequence[object] | None = None, *, legend: bool = True, ax: Axes | None = None
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
    rows = checks.plane_rows(x)
    indices = checks.class_indices(classes, len(rows))
    labels = checks.class_names(names, int(indices.max(initial=-1)) + 1, exact=False)
    ax = plane_axes(ax, limits_around(rows) if len(rows) else (0.0, 1.0, 0.0, 1.0), right=0.1, below=0.3 * legend)
    draw_rows(ax, rows, indices, {number: labels[number] for number in np.unique(indices)})
    if legend:
        style.legend_below(ax)
    return ax


@style.styled()
def map_of(
    values_function: checks.Function,
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
    area = checks.rectangle(limits)
    across, up, points = checks.grid(area, resolution)
    values = checks.values_on_grid(values_function, points, "values_function")
    low, high = float(values.min()), float(values.max())
    if symmetric:
        high = max(abs(low), abs(high)) or 1.0
        low = -high
    elif low == high:
        low, high = low - 0.5, high + 0.5
    ax = plane_axes(ax, area, right=1.15 if label else 0.95, below=0.0)
    scale = {"cmap": style.SIGNED if symmetric else style.SHARE, "vmin": low, "vmax": high}
    image = draw_image(ax, area, values, **scale, interpolation="bilinear", interpolation_stage="data")
    levels = [level for level in MaxNLocator(8).tick_values(low, high) if values.min() < level < values.max()]
    if levels:
        widths = [1.3 if abs(level) < 1e-9 * (high - low) else 0.6 for level in levels]
        ax.contour(
            across, up, values, levels=levels, colors=style.INK, linewidths=widths, alpha=0.45, linestyles="solid"
        )
    bar = style.figure_of(ax).colorbar(image, cax=ax.inset_axes((1.04, 0, 0.035, 1)), ticks=MaxNLocator(5), label=label)
    bar.outline.set_visible(False)
    return ax


def plane_axes(ax: Axes | None, area: checks.Limits, *, right: float, below: float) -> Axes:
    """Return axes with equal scales across and up that show `area` besides what they show already.

    A new figure gets room at its right side and below, in inches.
    """
    across, up, left = area[1] - area[0], area[3] - area[2], 0.65
    scale = min((WIDTH - left - right) / across, HEIGHT / up)
    ax = style.axes_or_new(ax, max(3.2, scale * across + left + right), max(1.6, scale * up + 0.55 + below))
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


def draw_image(ax: Axes, area: checks.Limits, values: Array, **options: Any) -> AxesImage:
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
        marker, own = style.CLASS_MARKERS[number], rows[indices == number]
        look: Any = {"c": style.CLASS_COLORS[number], "edgecolors": "white", "linewidths": 0.6 if size > 10 else 0.2}
        area, many = size * MARKER_SIZES[marker], len(rows) > MANY_ROWS
        ax.scatter(own[:, 0], own[:, 1], area, marker=marker, label=label, zorder=2, rasterized=many, **look)


# Where in the plane a network decides for which class, and how surely.

# Steps of the strength of a colour: more of them make a larger picture, fewer show as bands.
SHADES = 64
# Points of a side for each of the grid, between which probabilities are interpolated, so that boundaries look smooth.
FINER = 2


@style.styled()
def decision_regions(
    predict: checks.Function,
    limits: Sequence[float],
    names: Sequence[object] | None = None,
    *,
    resolution: int = 200,
    rows: object | None = None,
    classes: object | None = None,
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw where in the plane which class is most probable: the stronger the colour, the higher its probability.

    Parameters:
        predict: maps rows (m, 2) to probabilities (m, k), or (m, 1) of the second of two classes.
        limits: (left, right, bottom, top).
        names: of the k classes.
        resolution: points a side at which `predict` is asked.
        rows: rows (n, 2) to draw on top.
        classes: their classes (n,).
        legend: whether to say below the axes which class is which.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: a shape or a class does not fit.

    >>> ax = decision_regions(lambda x: np.stack([x[:, 0], 1 - x[:, 0]], axis=1), (0, 1, 0, 1), ["a", "b"])
    >>> len(ax.images), [text.get_text() for text in ax.get_legend().get_texts()]
    (1, ['a', 'b'])
    """
    area = checks.rectangle(limits)
    across, up, points = checks.grid(area, resolution)
    y = _probabilities(predict, points)
    k = y.shape[1]
    labels = checks.class_names(names, k)
    if (rows is None) != (classes is None):
        raise ValueError("rows and classes belong together: give both or neither.")
    drawn = np.empty((0, 2)) if rows is None else checks.plane_rows(rows, "rows")
    indices = checks.class_indices(np.empty(0, int) if classes is None else classes, len(drawn), k)
    ax = plane_axes(ax, area, right=0.1, below=0.3 * legend)
    draw_image(ax, area, _soft_colors(y, resolution), interpolation="nearest")
    _draw_boundaries(ax, across, up, y)
    draw_rows(ax, drawn, indices, dict(enumerate(labels)))
    if legend:
        style.legend_below(ax)
    return ax


def _probabilities(predict: checks.Function, points: Array) -> Array:
    y = np.asarray(predict(points), dtype=float)
    if y.ndim != 2 or len(y) != len(points):
        gave = f"{y.shape} for m = {len(points)}"
        raise ValueError(f"predict must map rows (m, 2) to probabilities (m, k), but gave {gave}.")
    y = checks.finite(np.hstack([1 - y, y]) if y.shape[1] == 1 else y, "predict")
    k, most = y.shape[1], len(style.CLASS_COLORS)
    check("predict", k, k <= most, f"at most {most} classes to be drawn", "return")
    return y


def _soft_colors(y: Array, resolution: int) -> Array:
    """Return a picture (r, r, 3): the colour of the winner at each point, paler the less it wins.

    Probabilities, not colours, are interpolated between the points, so that colours of two classes never mix; and
    shades too fine to be distinguished are rounded, because a picture of few colours takes a fifth of the bytes.
    """
    points = np.linspace(0, resolution - 1, FINER * resolution)
    between = np.array([np.interp(points, range(resolution), one) for one in np.eye(resolution)])
    planes = np.moveaxis(y.reshape(resolution, resolution, -1), 2, 0)
    fine = np.moveaxis(between.T @ planes @ between, 0, 2)
    colors, chance = np.array([to_rgb(color) for color in style.CLASS_COLORS]), 1 / y.shape[1]
    lead = np.clip((fine.max(axis=2, keepdims=True) - chance) / (1 - chance), 0, 1)
    strength = 0.08 + 0.38 * np.round(lead * SHADES) / SHADES
    return 1 - strength * (1 - colors[fine.argmax(axis=2)])


def _draw_boundaries(ax: Axes, across: Array, up: Array, y: Array) -> None:
    """Draw lines where two classes are equally probable, and more so than the others.

    The logarithms of the probabilities are compared, because they are smooth where the probabilities saturate.
    """
    log = np.log(np.maximum(y, np.finfo(float).tiny)).reshape(len(up), len(across), -1)
    for number in range(y.shape[1] if y.shape[1] > 2 else 1):
        lead = log[..., number] - np.delete(log, number, axis=2).max(axis=2)
        if lead.min() < 0 < lead.max():
            ax.contour(across, up, lead, levels=[0], colors="#57636e", linewidths=0.9, zorder=1)


# A number over the plane as a surface in space.

# Share of white in the colour of the walls: light enough for the surface to stand out.
PALE = 0.82


@style.styled()
def probability_surface(
    function: checks.Function,
    limits: Sequence[float],
    *,
    color: str = style.CLASS_COLORS[0],
    resolution: int = 33,
    label: str = "",
    axes: tuple[str, str] = ("x₁", "x₂"),
    ax: Axes | None = None,
) -> Axes:
    """Draw a probability over the plane as a surface of height 0 to 1, with its contour lines on the floor.

    Parameters:
        function: maps rows (m, 2) to probabilities (m,), such as one output of softmax over its two inputs.
        limits: (left, right, bottom, top).
        color: of the surface where the probability is 1; it is pale where the probability is 0.
        resolution: points a side.
        label: what the height is.
        axes: what the two directions of the plane are.
        ax: axes in space (projection="3d"); a new figure if left out.

    Raises:
        ValueError: the function, the limits or the axes do not fit.

    >>> import numpy as np
    >>> ax = probability_surface(lambda x: 1 / (1 + np.exp(x[:, 1] - x[:, 0])), (-4, 4, -4, 4))
    >>> [float(height) for height in ax.get_zlim()]
    [0.0, 1.0]
    """
    area = checks.rectangle(limits)
    _, _, points = checks.grid(area, resolution)
    values = checks.values_on_grid(function, points, "function")
    space: Any = ax
    if space is None:
        space = style.new_figure(4.8, 3.8, layout=None).add_axes((0.08, 0.03, 0.9, 1.04), projection="3d")
    if not isinstance(space, Axes3D):
        raise ValueError('ax must be 3D axes to draw a surface on: make them with projection="3d".')
    pale: Any = LinearSegmentedColormap.from_list("pale", [color, "white"])(PALE)
    shades = LinearSegmentedColormap.from_list("probability", [pale, color, style.text_color(color)])
    x, y = points[:, 0].reshape(values.shape), points[:, 1].reshape(values.shape)
    space.set_box_aspect((1, 1, 0.62))
    space.view_init(elev=26, azim=-122)
    if values.max() > values.min():
        levels = [level for level in (0.1, 0.3, 0.5, 0.7, 0.9) if values.min() < level < values.max()]
        if levels:
            space.contour(x, y, values, levels=levels, zdir="z", offset=0, cmap=shades, vmin=0, vmax=1, linewidths=0.9)
    look = {"cmap": shades, "vmin": 0, "vmax": 1, "edgecolor": "white", "linewidth": 0.15}
    space.plot_surface(x, y, values, rcount=resolution, ccount=resolution, **look)
    _tidy(space, area, label, axes)
    return space


def _tidy(space: Any, area: tuple[float, ...], label: str, axes: tuple[str, str]) -> None:
    space.set(xlim=area[:2], ylim=area[2:], zlim=(0, 1), xlabel=axes[0], ylabel=axes[1], zlabel=label)
    for axis in (space.xaxis, space.yaxis, space.zaxis):
        prune = "lower" if axis is space.xaxis else None
        axis.set_major_locator(MaxNLocator(2 if axis is space.zaxis else 5, steps=[1, 2, 5, 10], prune=prune))
        axis.set_rotate_label(False)
        axis.label.set_rotation(0)
        axis.pane.set(facecolor="none", edgecolor=style.FAINT)
        axis.line.set(color=style.MUTED, linewidth=0.7)
        axis._axinfo["grid"].update(color=style.FAINT, linewidth=0.5)
