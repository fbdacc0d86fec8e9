"""The reliability diagram: accuracy over predicted probability."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from chainrule.arrays import Array
from chainrule.plots.checks import finite
from chainrule.plots.style import CLASS_COLORS, FAINT, MUTED, axes_or_new, styled

BAR_SHARE, WIDEST_BAR = 0.25, 0.05


@styled()
def reliability(
    confidence: Sequence[float] | Array,
    right: Sequence[float] | Array,
    *,
    intervals: object | None = None,
    rows: Sequence[int] | Array | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how often predictions of about the same confidence are right: on the diagonal where they are calibrated.

    Parameters:
        confidence: mean probability of the predicted class in each bin (b,).
        right: share of right predictions in each bin (b,).
        intervals: lowest and highest plausible share of each bin (b, 2), drawn as a vertical line.
        rows: of each bin (b,), drawn as faint bars at the bottom, a quarter of the height for the most.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: the shapes do not fit each other, or a number is not finite.

    >>> ax = reliability([0.6, 0.9], [0.5, 0.95], rows=[20, 80])
    >>> [round(float(bar.get_height()), 3) for bar in ax.patches]
    [0.062, 0.25]
    """
    x, y = (finite(np.asarray(values, dtype=float), "confidence and right") for values in (confidence, right))
    if x.ndim != 1 or x.shape != y.shape or not len(x):
        raise ValueError(f"confidence and right must have one number for each bin, found {x.shape} and {y.shape}.")
    ax = axes_or_new(ax, 4.8, 4.4)
    left = 0.0 if x.min() < 0.45 else 0.45
    ax.plot([left, 1], [left, 1], color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    if rows is not None:
        counts = np.asarray(rows, dtype=float)
        if counts.shape != x.shape:
            raise ValueError(f"rows must have one number for each of {len(x)} bins, found shape {counts.shape}.")
        heights = BAR_SHARE * counts / max(1.0, counts.max())
        ax.bar(x, heights, width=WIDEST_BAR * (1 - left), color=FAINT, zorder=0)
    if intervals is not None:
        limits = np.asarray(intervals, dtype=float)
        if limits.shape != (len(x), 2):
            raise ValueError(f"intervals must have shape ({len(x)}, 2), found {limits.shape}.")
        ax.vlines(x, limits[:, 0], limits[:, 1], color=CLASS_COLORS[0], linewidth=1.6, alpha=0.6)
    ax.plot(x, y, "o", color=CLASS_COLORS[0], markersize=6, markeredgecolor="white", zorder=3)
    ax.set(xlim=(left, 1.01), xlabel="mean probability of the predicted class", ylabel="accuracy")
    ax.set_ylim(0, 1.01)
    ax.grid(visible=True)
    return ax
