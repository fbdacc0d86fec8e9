"""How well a class is told from the others at every threshold: ROC and precision-recall curves."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from chainrule.arrays import Array
from chainrule.plots.checks import finite
from chainrule.plots.labels import legend_below
from chainrule.plots.style import CLASS_COLORS, MUTED, axes_or_new, styled

SIDE = 4.2
Points = tuple[Sequence[float] | Array, Sequence[float] | Array]


@styled()
def roc(lines: Mapping[str, Points], *, ax: Axes | None = None) -> Axes:
    """Draw the share of a class that is found over the share of the other rows that are taken for it.

    Parameters:
        lines: for each name the false positive rates (m,) and recalls (m,), at most ten of them.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: there is no line, or too many, or one has no points or is not made of shares.

    >>> ax = roc({"b": ([0, 0, 1], [0, 0.8, 1])})
    >>> ax.get_xlabel(), len(ax.lines)
    ('false positive rate', 2)
    """
    ax = _unit_square(ax, "false positive rate", "recall (true positive rate)")
    ax.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    return _draw(ax, lines, "default")


@styled()
def precision_recall(lines: Mapping[str, Points], *, share: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw which share of the rows taken for a class are of it, over the share of the class that is found.

    Parameters:
        lines: for each name the recalls (m,), rising, and precisions (m,), at most ten of them.
        share: of the class in the rows: the precision of chance, drawn as a dashed line.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: there is no line, or too many, or one has no points or is not made of shares.

    >>> ax = precision_recall({"b": ([0, 0.5, 1], [1, 0.9, 0.4])}, share=0.4)
    >>> ax.get_ylabel(), len(ax.lines)
    ('precision', 2)
    """
    ax = _unit_square(ax, "recall", "precision")
    if share is not None:
        ax.axhline(share, color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    return _draw(ax, lines, "steps-pre")


def _unit_square(ax: Axes | None, across: str, up: str) -> Axes:
    ax = axes_or_new(ax, SIDE + 0.2, SIDE + 0.4)
    ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel=across, ylabel=up, aspect="equal")
    ax.set_xticks(np.linspace(0, 1, 6))
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.grid(visible=True)
    return ax


def _draw(ax: Axes, lines: Mapping[str, Points], steps: str) -> Axes:
    if not 1 <= len(lines) <= len(CLASS_COLORS):
        raise ValueError(f"lines must be 1 to {len(CLASS_COLORS)} to be told apart, found {len(lines)}.")
    for (name, (across, up)), color in zip(lines.items(), CLASS_COLORS, strict=False):
        x, y = np.asarray(across, dtype=float), np.asarray(up, dtype=float)
        if x.shape != y.shape or x.ndim != 1 or not len(x):
            raise ValueError(f"{name!r} must have as many points across as up, found {x.shape} and {y.shape}.")
        both = finite(np.concatenate([x, y]), name)
        if both.min() < 0 or both.max() > 1:
            raise ValueError(f"{name!r} must be made of shares from 0 to 1, found {both.min():g} to {both.max():g}.")
        ax.plot(x, y, color=color, drawstyle=steps, label=f" {name}" if name.startswith("_") else name)
    if len(lines) > 1:
        legend_below(ax)
    return ax
