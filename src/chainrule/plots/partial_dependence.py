"""How probabilities change with one column."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from chainrule.arrays import Array
from chainrule.plots.checks import class_names, finite
from chainrule.plots.style import CLASS_COLORS, INK, MUTED, axes_or_new, short, styled

LONGEST_NAME, FEWEST_SLOTS = 110.0, 5


@styled()
def dependence(
    values: Sequence[object] | Array,
    y: object,
    names: Sequence[object],
    *,
    seen: Sequence[float] | Array | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the probabilities of classes over the values of a column: lines over numbers, stacked bars beside words.

    Parameters:
        values: of the column (v,): rising numbers, or words.
        y: probability of each class at each value (v, k), k at most 10.
        names: of the k classes.
        seen: numbers of the column in the data, whose tenths are marked below the lines.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: the shapes do not fit, or there are too many classes.

    >>> ax = dependence([1., 2., 4.], [[0.1], [0.2], [0.5]], ["yes"])
    >>> len(ax.lines), len(dependence(["a", "b"], [[0.1], [0.5]], ["yes"]).patches)
    (1, 2)
    """
    probabilities = finite(np.asarray(y, dtype=float), "y")
    if probabilities.ndim != 2 or len(probabilities) != len(values) or not probabilities.size:
        raise ValueError(f"y must have a row for each of {len(values)} values, found shape {probabilities.shape}.")
    k = probabilities.shape[1]
    if k > len(CLASS_COLORS):
        raise ValueError(f"y must have at most {len(CLASS_COLORS)} classes to be distinguishable, found {k}.")
    labels = class_names(names, k)
    numbers = np.asarray(values)
    ax = axes_or_new(ax, 4.2, 2.9)
    if np.issubdtype(numbers.dtype, np.number):
        _draw_lines(ax, numbers, probabilities, labels, seen)
    else:
        _draw_bars(ax, [str(value) for value in values], probabilities, labels)
    return ax


def _draw_lines(ax: Axes, values: Array, y: Array, names: Sequence[str], seen: Sequence[float] | Array | None) -> None:
    for column, (name, color) in enumerate(zip(names, CLASS_COLORS, strict=False)):
        ax.plot(values, y[:, column], color=color, label=name)
    if seen is not None and len(seen):
        tenths = np.quantile(np.asarray(seen, dtype=float), np.linspace(0.1, 0.9, 9))
        inside = tenths[(tenths >= values[0]) & (tenths <= values[-1])]
        ax.vlines(inside, 0, 0.04, transform=ax.get_xaxis_transform(), color=MUTED, linewidth=1.1, zorder=3)
    ax.set(xlim=(values[0], values[-1]) if values[-1] > values[0] else None, ylabel="probability")
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_ylim(bottom=0)
    ax.grid(visible=True, axis="y")


def _draw_bars(ax: Axes, words: Sequence[str], y: Array, names: Sequence[str]) -> None:
    base = np.zeros(len(words))
    for column, (name, color) in enumerate(zip(names, CLASS_COLORS, strict=False)):
        ax.barh(np.arange(len(words)), y[:, column], left=base, height=0.74, color=color, label=name)
        base += y[:, column]
    ax.set_yticks(range(len(words)), [short(word, LONGEST_NAME) for word in words])
    ax.tick_params(axis="y", length=0, labelcolor=INK)
    middle, half = (len(words) - 1) / 2, max(len(words), FEWEST_SLOTS) / 2 + 0.1
    ax.set_ylim(middle + half, middle - half)
    ax.set_xlim(left=0)
    ax.set_xlabel("probability")
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
