"""Bars: probabilities of many rows, a number for each of several names, and how probabilities change with a column."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.plots.checks import class_indices, class_names, finite
from chainrule.plots.style import CLASS_COLORS, INK, MUTED, NEGATIVE, POSITIVE, axes_or_new, short, styled

# Points of the longest name, beyond which it is cut: about a third of the figure.
LONGEST_NAME = 170.0


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
    check("y", probabilities.shape, probabilities.ndim == 2, "shape (n, k)", "have")
    fits = bool(probabilities.size) and probabilities.shape[1] <= len(CLASS_COLORS)
    expected = f"at least one row, and at most {len(CLASS_COLORS)} columns to be distinguishable"
    check("y", probabilities.shape, fits, expected, "have")
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
    named = [(group.mean(), label) for group, label in zip(groups, labels, strict=True) if len(group)]
    ax.set_xticks(*zip(*named, strict=True))
    ax.tick_params(axis="x", length=0)
    for group in groups[1:]:
        if len(group):
            ax.axvline(group[0] - 0.5, color="white", linewidth=3)
    ax.set(xlim=(-0.6, n - 0.4), ylim=(0, 1), yticks=[0, 0.5, 1], xlabel="true class", ylabel="probability")
    return ax


@styled()
def value_bars(
    names: Sequence[object],
    values: Sequence[float] | Array,
    *,
    spreads: Sequence[float] | Array | None = None,
    label: str = "",
    signed: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a number for each name as a bar to the right, the first name on top.

    Parameters:
        names: of the bars (b,), at least one.
        values: their lengths (b,); negative ones go to the left.
        spreads: drawn as a line of that length to both sides of a bar's end.
        label: what the numbers are.
        signed: whether colours say the sign.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: there is no bar, or numbers are not finite, or not as many as names.

    >>> ax = value_bars(["age", "fare"], [0.3, -0.1], signed=True)
    >>> [name.get_text() for name in ax.get_yticklabels()], bool(ax.yaxis_inverted())
    (['age', 'fare'], True)
    """
    lengths = finite(np.asarray(values, dtype=float), "values")
    fits = lengths.shape == (len(names),) and len(names) > 0
    check("values", lengths.shape, fits, f"one number for each of {len(names)} names", "have")
    ax = axes_or_new(ax, 5.6, 0.75 + 0.26 * len(names))
    colors = [POSITIVE if length >= 0 else NEGATIVE for length in lengths] if signed else CLASS_COLORS[0]
    lines = {"ecolor": MUTED, "elinewidth": 1.2}
    ax.barh(np.arange(len(names)), lengths, height=0.72, color=colors, xerr=spreads, error_kw=lines)
    ax.set_yticks(range(len(names)), [short(str(name), LONGEST_NAME) for name in names])
    ax.tick_params(axis="y", length=0, labelcolor=INK)
    ax.set_ylim(len(names) - 0.4, -0.6)
    if lengths.min() < 0:
        ax.axvline(0, color=MUTED, linewidth=0.8)
    else:
        ax.set_xlim(left=0)
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
    ax.set_xlabel(label)
    return ax


@styled()
def value_dots(
    names: Sequence[object],
    values: Sequence[float] | Array,
    spreads: Sequence[float] | Array,
    *,
    marked: int | None = None,
    label: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a number for each name as a dot, with a line of its standard error to both sides, the first name on top.

    Parameters:
        names: of the dots (d,), at least one.
        values: where they stand (d,).
        spreads: length of the line to each side (d,).
        marked: place of the one that is filled, and that a line runs through; None for none.
        label: what the numbers are.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: there is no dot, or numbers are not finite, or not as many as names.

    >>> ax = value_dots(["simple", "complex"], [0.5, 0.4], [0.02, 0.03], marked=1)
    >>> [name.get_text() for name in ax.get_yticklabels()]
    ['simple', 'complex']
    """
    places, errors = (
        finite(np.asarray(of, dtype=float), what) for of, what in ((values, "values"), (spreads, "spreads"))
    )
    for of, what in ((places, "values"), (errors, "spreads")):
        fits = of.shape == (len(names),) and len(names) > 0
        check(what, of.shape, fits, f"one number for each of {len(names)} names", "have")
    ax = axes_or_new(ax, 5.6, 0.85 + 0.34 * len(names))
    for place in range(len(names)):
        color = CLASS_COLORS[0] if place == marked else MUTED
        face = color if place == marked else "white"
        style: Any = {"color": color, "markerfacecolor": face, "markersize": 7, "elinewidth": 1.6, "capsize": 3}
        ax.errorbar(places[place], place, xerr=errors[place], fmt="o", zorder=3, **style)
    if marked is not None:
        ax.axvline(places[marked], color=CLASS_COLORS[0], linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    ax.set_yticks(range(len(names)), [short(str(name), LONGEST_NAME) for name in names])
    ax.tick_params(axis="y", length=0, labelcolor=INK)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
    ax.set_xlabel(label)
    return ax


# How probabilities change with one column.

# Points of the longest word, beyond which it is cut: about a third of a panel.
LONGEST_WORD = 110.0
# Bars for which there is room, so that two of them are not as thick as five.
FEWEST_SLOTS = 5


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
    fits = probabilities.ndim == 2 and len(probabilities) == len(values) and probabilities.size > 0
    check("y", probabilities.shape, fits, f"a row for each of {len(values)} values", "have")
    k = probabilities.shape[1]
    check("y", k, k <= len(CLASS_COLORS), f"at most {len(CLASS_COLORS)} classes to be distinguishable", "have")
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
    ax.set_yticks(range(len(words)), [short(word, LONGEST_WORD) for word in words])
    ax.tick_params(axis="y", length=0, labelcolor=INK)
    middle, half = (len(words) - 1) / 2, max(len(words), FEWEST_SLOTS) / 2 + 0.1
    ax.set_ylim(middle + half, middle - half)
    ax.set_xlim(left=0)
    ax.set_xlabel("probability")
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
