"""How well a class is separated from the others at every threshold: ROC and precision-recall curves."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from chainrule.arrays import Array
from chainrule.network import Network
from chainrule.plots.checks import finite
from chainrule.plots.diagram import Output, columns_of
from chainrule.plots.style import CLASS_COLORS, INK, MUTED, axes_or_new, legend_below, styled

# The picture of a network too wide to draw unit by unit: a box for each layer.

HALF_WIDTH, LOWEST, HIGHEST = 0.2, 0.28, 1.0


@styled()
def layer_sizes(network: Network, *, output: Output = "auto", ax: Axes | None = None) -> Axes:
    """Draw a network as a row of boxes, each as high as the logarithm of its units, with the weights between them.

    Parameters:
        network: what to draw.
        output: the layer that turns logits into probabilities; "auto" for softmax, or the sigmoid of a single output;
            None to end with the logits.
        ax: where to draw; a new figure if left out.

    >>> from chainrule import Dense, ReLU
    >>> ax = layer_sizes(Network((Dense(108, 16), ReLU(), Dense(16, 3))))
    >>> [text.get_text() for text in ax.texts]
    ['', '1,744', '', '51', '108', 'inputs', '16', 'neurons', 'ReLU', '3', 'neurons', 'softmax']
    """
    columns = columns_of(network, network.zeros(), output)
    written = [column for column in columns if column.kind != "box"]
    boxes = [column.title for column in columns if column.kind == "box"]
    ax = axes_or_new(ax, float(np.clip(1.5 * len(written) + 0.6, 4.0, 8.4)), 2.5)
    ax.set_axis_off()
    ax.set(xlim=(-0.5, len(written) - 0.5), ylim=(-1.0, 0.72))
    sizes = np.log1p([column.size for column in written])
    heights = LOWEST + (HIGHEST - LOWEST) * sizes / sizes.max()
    for place, column in enumerate(written[1:], 1):
        ax.annotate(
            "",
            (place - HALF_WIDTH, 0),
            (place - 1 + HALF_WIDTH, 0),
            arrowprops={"arrowstyle": "-|>", "color": MUTED, "linewidth": 1.0, "shrinkA": 2, "shrinkB": 2},
        )
        count = sum(np.size(part) for part in (column.weights, column.bias) if part is not None)
        ax.text(place - 0.5, 0.06, f"{count:,}", ha="center", va="bottom", fontsize=9, color=MUTED)
    for place, (column, height) in enumerate(zip(written, heights, strict=True)):
        corner, style = (place - HALF_WIDTH, -height / 2), "round,pad=0,rounding_size=0.04"
        ax.add_patch(FancyBboxPatch(corner, 2 * HALF_WIDTH, height, boxstyle=style, facecolor="#eef1f3", edgecolor=INK))
        ax.text(place, 0, f"{column.size:,}", ha="center", va="center", fontsize=11, fontweight="bold", color=INK)
        words = [column.title.split(" ")[1], column.note, *(boxes if column is written[-1] else [])]
        for line, text in enumerate(word for word in words if word):
            ax.text(place, -0.62 - 0.17 * line, text, ha="center", va="top", color=MUTED if line else INK)
    return ax


SIDE = 4.2
Points = tuple[Sequence[float] | Array, Sequence[float] | Array]


@styled()
def roc(lines: Mapping[str, Points], *, ax: Axes | None = None) -> Axes:
    """Draw ROC curves: the true positive rate of a class over its false positive rate at every threshold.

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
    """Draw precision-recall curves: the precision of a class over its recall at every threshold.

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
        raise ValueError(f"lines must be 1 to {len(CLASS_COLORS)} to be distinguishable, found {len(lines)}.")
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
