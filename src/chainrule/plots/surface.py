"""A number over the plane as a surface in space."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d import Axes3D

from chainrule.plots.checks import Function, grid, rectangle, values_on_grid
from chainrule.plots.style import CLASS_COLORS, FAINT, MUTED, new_figure, styled, text_color

PALE = 0.82


@styled()
def probability_surface(
    function: Function,
    limits: Sequence[float],
    *,
    color: str = CLASS_COLORS[0],
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
    area = rectangle(limits)
    _, _, points = grid(area, resolution)
    values = values_on_grid(function, points, "function")
    space: Any = (
        new_figure(4.8, 3.8, layout=None).add_axes((0.08, 0.03, 0.9, 1.04), projection="3d") if ax is None else ax
    )
    if not isinstance(space, Axes3D):
        raise ValueError('ax must be axes in space to draw a surface on: make them with projection="3d".')
    shades = LinearSegmentedColormap.from_list("probability", [_pale(color), color, text_color(color)])
    x, y = points[:, 0].reshape(values.shape), points[:, 1].reshape(values.shape)
    space.set_box_aspect((1, 1, 0.62))
    space.view_init(elev=26, azim=-122)
    if values.max() > values.min():
        levels = [level for level in (0.1, 0.3, 0.5, 0.7, 0.9) if values.min() < level < values.max()]
        if levels:
            space.contour(x, y, values, levels=levels, zdir="z", offset=0, cmap=shades, vmin=0, vmax=1, linewidths=0.9)
    space.plot_surface(
        x,
        y,
        values,
        cmap=shades,
        vmin=0,
        vmax=1,
        rcount=resolution,
        ccount=resolution,
        edgecolor="white",
        linewidth=0.15,
    )
    _tidy(space, area, label, axes)
    return space


def _pale(color: str) -> Any:
    return LinearSegmentedColormap.from_list("pale", [color, "white"])(PALE)


def _tidy(space: Any, area: tuple[float, ...], label: str, axes: tuple[str, str]) -> None:
    space.set(xlim=area[:2], ylim=area[2:], zlim=(0, 1), xlabel=axes[0], ylabel=axes[1], zlabel=label)
    for axis in (space.xaxis, space.yaxis, space.zaxis):
        prune = "lower" if axis is space.xaxis else None
        axis.set_major_locator(MaxNLocator(2 if axis is space.zaxis else 5, steps=[1, 2, 5, 10], prune=prune))
        axis.set_rotate_label(False)
        axis.label.set_rotation(0)
        axis.pane.set(facecolor="none", edgecolor=FAINT)
        axis.line.set(color=MUTED, linewidth=0.7)
        axis._axinfo["grid"].update(color=FAINT, linewidth=0.5)
