"""The picture of a network: its units, and its weights as lines."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, FancyBboxPatch

from chainrule.arrays import Array
from chainrule.network import Network
from chainrule.plots.checks import finite
from chainrule.plots.diagram_layout import BOX_GAP, Area, Column, Edge, Output, columns_of, edges, place, slots
from chainrule.plots.diagram_numbers import places_on_lines
from chainrule.plots.diagram_words import (
    EDGE,
    draw_captions,
    draw_key,
    draw_names,
    drawn_names,
    line_width,
    sign_color,
    widest,
)
from chainrule.plots.labels import number, text_width
from chainrule.plots.style import INK, MUTED, figure_of, lay_out, new_figure, styled

FEW_WEIGHTS, MANY_LINES = 12, 60
NAME_SHARE, NUMBER_SIZE, LEGIBLE_RADIUS = 0.24, 8.5, 8.0


@styled()
def network_diagram(
    network: Network,
    theta: Array,
    *,
    input_names: Sequence[object] | None = None,
    output_names: Sequence[object] | None = None,
    output: Output = "auto",
    max_units: int = 12,
    ax: Axes | None = None,
) -> Axes:
    """Draw a network: neurons as circles, weights as lines whose colour says the sign and whose width the size.

    A bias is the weight of a constant 1 below the inputs of its neurons. Layers of 12 weights or fewer have their
    numbers on the lines.

    Parameters:
        network: what to draw.
        theta: its parameters (p,).
        input_names: of the inputs; x₁ and so on if left out.
        output_names: of the outputs; y₁ and so on if left out.
        output: the layer that turns logits into probabilities; "auto" for softmax, or the sigmoid of a single output;
            None to end with the logits.
        max_units: units of a layer to draw; the middle ones of a wider layer are left out.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: `theta` or the names do not fit the network, or `max_units` is below 3.

    >>> from chainrule import Dense
    >>> network = Network((Dense(2, 3),))
    >>> ax = network_diagram(network, np.arange(9.) - 4, output_names=["a", "b", "c"])
    >>> [len(lines.get_segments()) for lines in ax.collections if lines.get_gid() in ("weights 1", "bias 1")]
    [6, 3]
    """
    if np.shape(theta) != (network.size,):
        raise ValueError(f"theta must have shape ({network.size},) for this network, found {np.shape(theta)}.")
    if max_units < 3:
        raise ValueError(f"max_units must be at least 3, found {max_units}.")
    columns = columns_of(network, finite(np.asarray(theta), "theta"), output)
    ax, width, height = _canvas(ax, columns, max_units)
    most = NAME_SHARE * width
    inputs = drawn_names(input_names, network.inputs, max_units, letter="x", what="input_names", most=most)
    letter = "z" if output is None else "y"
    outputs = drawn_names(output_names, columns[-1].size, max_units, letter=letter, what="output_names", most=most)
    key = draw_key(ax, width, float(np.abs(theta).max(initial=0)))
    left = max(
        widest(inputs.values()) + 10,
        text_width("bias") + 12 if columns[1].bias is not None else 0.0,
        text_width(columns[0].title) / 2,
    )
    right = widest(outputs.values()) + 40
    captions = 32.0 if any(column.note for column in columns) else 20.0
    area = Area(left + EDGE, width - right - EDGE, key + 8, height - captions - EDGE)
    radius = place(columns, area, max_units)
    largest = float(np.abs(theta).max(initial=0)) or 1.0
    for layer, (before, column) in enumerate(pairwise(columns), 1):
        weights, biases = edges(before, column, radius)
        _draw_lines(ax, weights, largest, f"weights {layer}")
        _draw_lines(ax, biases, largest, f"bias {layer}")
        if 0 < len(weights) <= FEW_WEIGHTS and column.weights is not None and column.weights.size <= FEW_WEIGHTS:
            _draw_numbers(ax, [*weights, *biases], radius)
    for before, column in zip([columns[0], *columns], columns, strict=False):
        _draw_column(ax, before, column, radius)
    draw_captions(ax, columns, height)
    draw_names(ax, columns, inputs, outputs, radius)
    return ax


def _canvas(ax: Axes | None, columns: Sequence[Column], max_units: int) -> tuple[Axes, float, float]:
    """Return axes whose unit is a point, and how many there are across and up."""
    if ax is None:
        links = sum(column.weights is not None for column in columns)
        tall = float(np.clip(0.95 + 0.66 * slots(columns, max_units), 2.6, 5.2))
        ax = new_figure(float(np.clip(2.9 + 1.7 * links, 4.6, 7.6)), tall, layout=None).add_axes((0.0, 0.0, 1.0, 1.0))
        ax.set_axis_off()
    else:
        ax.set_axis_off()
        lay_out(figure_of(ax))
    box, points = ax.get_window_extent(), 72 / figure_of(ax).dpi
    width, height = float(box.width * points), float(box.height * points)
    ax.set_aspect("equal", anchor="NW")
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    return ax, width, height


def _draw_lines(ax: Axes, lines: Iterable[Edge], largest: float, gid: str) -> None:
    """Draw weights, the largest on top."""
    ordered = sorted(lines, key=lambda line: abs(line.weight))
    if not ordered:
        return
    ax.add_collection(
        LineCollection(
            [[line.start, line.end] for line in ordered],
            colors=[sign_color(line.weight) for line in ordered],
            linewidths=[line_width(line.weight, largest) for line in ordered],
            alpha=0.6 if len(ordered) > MANY_LINES else 0.85,
            capstyle="round",
            gid=gid,
            zorder=1,
        ),
        autolim=False,
    )


def _draw_numbers(ax: Axes, lines: Sequence[Edge], radius: float) -> None:
    texts = [_weight(line.weight) for line in lines]
    widths = [text_width(text, NUMBER_SIZE) for text in texts]
    starts, ends = np.array([line.start for line in lines]), np.array([line.end for line in lines])
    for line, text, spot in zip(
        lines, texts, places_on_lines(starts, ends, widths, NUMBER_SIZE + 4, radius / 2), strict=True
    ):
        ax.text(
            float(spot[0]),
            float(spot[1]),
            text,
            ha="center",
            va="center_baseline",
            fontsize=NUMBER_SIZE,
            color=MUTED if line.weight == 0 else sign_color(line.weight),
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            gid="number",
            zorder=3,
        )


def _weight(weight: float) -> str:
    return f"{weight:.2f}".replace("-", "−") if 0.005 <= abs(weight) < 100 else number(weight, 2)


def _draw_column(ax: Axes, before: Column, column: Column, radius: float) -> None:
    for unit, y in column.units:
        if unit is None:
            x = column.x if column.kind != "box" else column.x - BOX_GAP / 2
            ax.text(x, y, "⋮", ha="center", va="center", fontsize=15, color=MUTED, zorder=4)
        elif column.kind == "inputs":
            ax.add_patch(Circle((column.x, y), min(5.0, 0.6 * radius), facecolor=INK, edgecolor="white", zorder=4))
        elif column.kind == "neurons":
            _draw_neuron(ax, column, y, radius)
        else:
            ax.plot([before.x + radius, column.x - column.reach], [y, y], color=MUTED, linewidth=0.8, zorder=1)
    if column.kind == "box":
        _draw_box(ax, column, radius)
    if column.bias_y is not None:
        size = min(7.5, radius)
        ax.add_patch(
            Circle((column.x, column.bias_y), size, facecolor="#eef1f3", edgecolor=MUTED, linewidth=0.8, zorder=4)
        )
        ax.text(
            column.x, column.bias_y, "1", ha="center", va="center_baseline", fontsize=1.15 * size, color=INK, zorder=5
        )


def _draw_neuron(ax: Axes, column: Column, y: float, radius: float) -> None:
    """Draw a circle with the shape of the activation in it, or a sum where there is none."""
    ax.add_patch(Circle((column.x, y), radius, facecolor="white", edgecolor=INK, linewidth=1, zorder=4))
    if radius < LEGIBLE_RADIUS:
        return
    if not column.functions:
        ax.text(column.x, y, "Σ", ha="center", va="center_baseline", fontsize=0.95 * radius, color=INK, zorder=5)
        return
    x = np.linspace(-3, 3, 61)
    value = x
    for function in column.functions:
        value = function.function(value)
    centred = value - (value.max() + value.min()) / 2
    across, up = 0.62 * radius * x / 3, 0.5 * radius * centred / (np.abs(centred).max() or 1.0)
    ax.plot(column.x + across, y + up, color=INK, linewidth=min(1.4, 0.11 * radius), zorder=5)


def _draw_box(ax: Axes, column: Column, radius: float) -> None:
    heights = [y for _, y in column.units]
    middle, half = (max(heights) + min(heights)) / 2, (max(heights) - min(heights)) / 2 + max(radius, 4.0)
    half = max(half, 3.2 * len(column.title))
    box = (column.x - column.reach, middle - half)
    style = "round,pad=0,rounding_size=4"
    ax.add_patch(
        FancyBboxPatch(box, 2 * column.reach, 2 * half, boxstyle=style, facecolor="#eef1f3", edgecolor=INK, zorder=4)
    )
    ax.text(column.x, middle, column.title, rotation=90, ha="center", va="center", fontsize=10, zorder=5)
