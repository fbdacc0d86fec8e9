"""Probabilities of many rows, as stacked bars."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from chainrule.plots.checks import class_indices, class_names, finite
from chainrule.plots.style import CLASS_COLORS, axes_or_new, styled


@styled()
def probability_bars(
    y: object, classes: object, names: Sequence[object] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the class probabilities of each row as a stacked bar, the rows sorted by their true class.

    Parameters:
        y: probabilities (n, k), k at most 10.
        classes: true class of each row (n,).
        names: of the classes; "class 0" and so on if left out.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: a shape or a class does not fit.

    >>> ax = probability_bars([[0.2, 0.8], [0.5, 0.5]], [1, 0], names=["a", "b"])
    >>> len(ax.patches)
    4
    """
    probabilities = np.asarray(y, dtype=float)
    if probabilities.ndim != 2:
        raise ValueError(f"y must have shape (n, k), found {probabilities.shape}.")
    if not probabilities.size or probabilities.shape[1] > len(CLASS_COLORS):
        raise ValueError(
            f"y must have at least one row, and at most {len(CLASS_COLORS)} columns to be told apart, found shape "
            f"{probabilities.shape}."
        )
    finite(probabilities, "y")
    n, k = probabilities.shape
    indices, labels = class_indices(classes, n, k), class_names(names, k)
    order = np.argsort(indices, kind="stable")
    ax = axes_or_new(ax, 6.6, 2.2)
    base = np.zeros(n)
    for number, label in enumerate(labels):
        heights = probabilities[order, number]
        ax.bar(np.arange(n), heights, width=0.92, bottom=base, color=CLASS_COLORS[number], label=label)
        base += heights
    groups = [np.flatnonzero(indices[order] == number) for number in range(k)]
    named = [(group.mean(), f"rows of {label}") for group, label in zip(groups, labels, strict=True) if len(group)]
    ax.set_xticks(*zip(*named, strict=True))
    ax.tick_params(axis="x", length=0)
    for group in groups[1:]:
        if len(group):
            ax.axvline(group[0] - 0.5, color="white", linewidth=3)
    ax.set(xlim=(-0.6, n - 0.4), ylim=(0, 1), yticks=[0, 0.5, 1], ylabel="probability")
    return ax
