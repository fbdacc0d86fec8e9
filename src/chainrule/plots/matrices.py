"""Matrices: confusion matrices, and small tables of numbers such as Jacobians."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.common.format import number
from chainrule.plots.checks import class_names, finite
from chainrule.plots.style import MUTED, SHARE, SIGNED, axes_or_new, figure_of, lay_out, styled, text_on

# Columns of a matrix above which numbers no longer fit into cells, and colours stand alone.
MANY_COLUMNS = 20
# Classes above which a cell has room for the count alone, and no longer for the share too.
MANY_CLASSES = 12
# Classes above which counts can no longer be read.
LEGIBLE_CLASSES = 40


@styled()
def confusion(matrix: object, names: Sequence[object] | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw how often each true class, a row, was predicted as each class, a column: counts, and shares of the row.

    Of more than 12 classes only counts are written, of more than 40 nothing.

    Parameters:
        matrix: counts (k, k).
        names: of the k classes; "class 0" and so on if left out.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: the counts are not a square of numbers that are at least 0, or names do not fit.

    >>> ax = confusion([[9, 1], [0, 5]], ["a", "b"])
    >>> [text.get_text() for text in ax.texts]
    ['9', '90%', '1', '10%', '0', '5', '100%']
    """
    counts = np.asarray(matrix, dtype=float)
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1] > 0
    check("matrix", counts.shape, square, "shape (k, k), a row for each true class", "have")
    least = float(finite(counts, "matrix").min())
    check("matrix", least, least >= 0, "counts of at least 0", "hold")
    k = len(counts)
    labels = class_names(names, k)
    many = k > MANY_CLASSES
    side = float(np.clip(0.3 * k, 5.6, 8.0) if many else np.clip(0.95 * k, 2.2, 5.6))
    ax = axes_or_new(ax, side + 0.5 + 0.085 * max(map(len, labels)), side + 0.55)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.where(totals > 0, totals, 1)
    _draw_cells(ax, shares, SHARE, 0.0, 1.0)
    ax.set_aspect("equal")
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    if many:
        ax.tick_params(labelsize=float(np.clip(72 * side / k / 1.25, 3, 9)))
    room = _name_sides(ax, labels, labels)
    big, small = float(np.clip(room / 3.2, 6, 12)), float(np.clip(room / 4.4, 5.5, 9.5))
    for (row, column), count in np.ndenumerate(counts):
        ink = text_on(SHARE(shares[row, column]))
        if many:
            if count and k <= LEGIBLE_CLASSES:
                _write(ax, row, column, f"{count:.10g}", ink, min(9.0, room / 2.2), 0)
            continue
        _write(ax, row, column, f"{count:.10g}", ink, big, 0.5 * small if count else 0)
        if count:
            _write(ax, row, column, _percent(float(shares[row, column])), ink, small, -0.62 * big)
    return ax


@styled()
def matrix_heat(
    values: object,
    *,
    row_names: Sequence[object] | None = None,
    column_names: Sequence[object] | None = None,
    digits: int = 3,
    ax: Axes | None = None,
) -> Axes:
    """Draw a small matrix, such as a Jacobian, with its numbers on colours that say sign and size.

    Parameters:
        values: numbers (r, c), or one row (c,).
        row_names: r names to the left.
        column_names: c names above.
        digits: significant digits of the numbers; a matrix with more than 20 columns shows colours alone.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: the values are not a matrix of finite numbers, or names do not fit.

    >>> ax = matrix_heat([[0.25, -1.5], [0., 2.]])
    >>> [text.get_text() for text in ax.texts]
    ['0.25', '−1.5', '0', '2']
    """
    matrix = np.atleast_2d(np.asarray(values, dtype=float))
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(f"values must be a matrix (r, c), found shape {matrix.shape}.")
    finite(matrix, "values")
    r, c = matrix.shape
    for sides, names, size in (("row", row_names, r), ("column", column_names, c)):
        if names is not None and len(names) != size:
            raise ValueError(f"{sides}_names must name {size} {sides}s, found {len(names)}.")
    texts = [number(float(value), digits) for value in matrix.flat] if c <= MANY_COLUMNS else []
    wide = max(0.52, 0.13 + 0.083 * max(map(len, texts))) if texts else 0.2
    high = 0.42 if texts else 0.2
    scale = min(1.0, 7.0 / (wide * c))
    names_left = 0.1 + 0.085 * max((len(str(name)) for name in row_names or ()), default=0)
    ax = axes_or_new(ax, scale * wide * c + names_left, scale * high * r + (0.35 if column_names else 0.1))
    extreme = float(np.abs(matrix).max()) or 1.0
    _draw_cells(ax, matrix, SIGNED, -extreme, extreme)
    ax.set_aspect(high / wide)
    size = float(np.clip(_name_sides(ax, row_names or [], column_names or []) / wide / 7.2, 5, 10))
    for (row, column), text in zip(np.ndindex(r, c), texts, strict=False):
        shade = SIGNED(0.5 + matrix[row, column] / extreme / 2)
        _write(ax, row, column, text, MUTED if text == "0" else text_on(shade), size, 0)
    return ax


def _draw_cells(ax: Axes, values: Array, colors: Colormap, low: float, high: float) -> None:
    rows, columns = values.shape
    edges = np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5
    gap = 1.5 if columns <= MANY_COLUMNS else 0.4
    scale: Any = {"cmap": colors, "vmin": low, "vmax": high}
    ax.pcolormesh(*edges, values, **scale, edgecolors="white", linewidth=gap, rasterized=columns > LEGIBLE_CLASSES)
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.spines[:].set_visible(False)


def _write(ax: Axes, row: int, column: int, text: str, color: str, size: float, raised: float) -> None:
    """Write in the middle of a cell, or some points above it."""
    middle: Any = {"textcoords": "offset points", "ha": "center", "va": "center"}
    ax.annotate(text, (column, row), (0, raised), color=color, fontsize=size, **middle)


def _percent(share: float) -> str:
    return "<1%" if share < 0.005 else ">99%" if 0.995 <= share < 1 else f"{share:.0%}"


def _name_sides(ax: Axes, left: Sequence[object], top: Sequence[object]) -> float:
    """Write names left of the rows and above the columns, slanted where they would touch; return a column's points."""
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_yticks(range(len(left)), [str(name) for name in left])
    ax.set_xticks(range(len(top)), [str(name) for name in top])
    columns, scale = ax.get_xlim()[1] + 0.5, 72 / figure_of(ax).dpi
    lay_out(figure_of(ax))
    names = ax.get_xticklabels()
    if max((name.get_window_extent().width for name in names), default=0) > ax.get_window_extent().width / columns - 4:
        for name in names:
            name.set(rotation=45, ha="left", rotation_mode="anchor")
        lay_out(figure_of(ax))
    return float(ax.get_window_extent().width * scale / columns)
