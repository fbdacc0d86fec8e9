"""The picture of a network: its units, and its weights as lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Any, Literal, NamedTuple, TypeAlias, final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, FancyBboxPatch

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.common.format import count, number
from chainrule.layers import Elementwise, Layer, MemberSoftmax, Sigmoid, Softmax
from chainrule.network import Network
from chainrule.plots.checks import finite
from chainrule.plots.style import (
    CLASS_COLORS,
    CLASS_MARKERS,
    FAINT,
    INK,
    MUTED,
    NEGATIVE,
    POSITIVE,
    axes_or_new,
    figure_of,
    lay_out,
    new_figure,
    short,
    styled,
    subscript,
    text_width,
)

# Where things stand in the picture of a network: its columns of units, in points from the lower left corner.

Output: TypeAlias = Layer | Literal["auto"] | None

# Points across that a box takes from the column before it, and half of its width.
BOX_GAP = 40.0
BOX_HALF = 11.0
# Points between the centres of two units, and the radius of one: larger ones only take room.
LARGEST_STEP = 66.0
LARGEST_RADIUS = 15.0


@final
@dataclass(eq=False)
class DiagramColumn:
    """One column of the picture: the inputs, the neurons of a layer, or a box for a layer that mixes its inputs.

    Attributes:
        kind: which of them.
        size: how many units it stands for.
        title: what is written above it, or in the box.
        weights: of the lines that lead to it (i, o), where it has any.
        bias: of the lines from the constant 1 (o,), where it has any.
        parameters: how many numbers these are: fewer than lines, where members share weights.
        functions: applied to each neuron's sum, one after the other.
        x: where its centre stands.
        units: number of each unit drawn, with its height; None for the ellipsis.
        bias_y: height of the constant 1 that feeds the next column, where it has one.
    """

    kind: Literal["inputs", "neurons", "box"]
    size: int
    title: str
    weights: Array | None = None
    bias: Array | None = None
    parameters: int = 0
    functions: list[Elementwise] = field(default_factory=list)
    x: float = 0.0
    units: list[tuple[int | None, float]] = field(default_factory=list)
    bias_y: float | None = None

    @property
    def note(self) -> str:
        """What is done to the neurons' sums."""
        return ", ".join(type(function).__name__ for function in self.functions)

    @property
    def reach(self) -> float:
        """How far right of its centre a box ends; 0 where units decide."""
        return BOX_HALF if self.kind == "box" else 0.0


def columns_of(network: Network, theta: Array, output: Output) -> list[DiagramColumn]:
    """Return the columns of a network, with what turns its logits into probabilities at the end."""
    columns = [DiagramColumn("inputs", network.inputs, count(network.inputs, "input"))]
    softmax = Softmax() if network.members == 1 else MemberSoftmax(network.members)
    auto: Layer = softmax if network.outputs > network.members else Sigmoid()
    final_layer: Layer | None = auto if output == "auto" else output
    layers = network.layers if final_layer is None else (*network.layers, final_layer)
    views = (*network.views(theta), {})
    for layer, params in zip(layers, views, strict=False):
        size = layer.output_size(columns[-1].size)
        if "weights" in params and params["weights"].ndim == 2:
            weights = _of_all_inputs(layer, params) if hasattr(layer, "members") else params["weights"]
            columns.append(DiagramColumn("neurons", size, count(size, "neuron"), weights, params.get("bias")))
            columns[-1].parameters = sum(values.size for values in params.values())
        elif isinstance(layer, Elementwise) and columns[-1].kind == "neurons":
            columns[-1].functions.append(layer)
        else:
            columns.append(DiagramColumn("box", size, type(layer).__name__.removeprefix("Member").lower()))
    return columns


def _of_all_inputs(layer: Layer, params: Mapping[str, Array]) -> Array:
    """Return the weights of an ensemble's layer from each input to each unit (i, o): 0 from one member to another."""
    return layer.jacobian(params, np.zeros((1, layer.inputs or 1)), np.empty(0))["x"][0].T


def units_shown(size: int, max_units: int) -> list[int | None]:
    """Return the numbers of the units to draw, with None for the ellipsis in the middle of too many.

    >>> units_shown(3, 5), units_shown(100, 5)
    ([0, 1, 2], [0, 1, None, 98, 99])
    """
    if size <= max_units:
        return list(range(size))
    first = max_units // 2
    last = max_units - first - 1
    return [*range(first), None, *range(size - last, size)]


def slots(columns: Sequence[DiagramColumn], max_units: int) -> int:
    """Return how many places the tallest column needs, the constant 1 of the next column among them."""
    return max(min(column.size, max_units) + _feeds(columns[number:]) for number, column in enumerate(columns))


def _feeds(columns: Sequence[DiagramColumn]) -> bool:
    """Return whether the first of these columns needs a constant 1, for the next neurons, below it."""
    following = [column for column in columns[1:] if column.kind != "box"]
    return bool(following) and following[0].bias is not None


class Area(NamedTuple):
    """The part of the picture that units may stand in."""

    left: float
    right: float
    bottom: float
    top: float


def place(columns: Sequence[DiagramColumn], area: Area, max_units: int) -> float:
    """Give every column its place, and return the radius of the neurons."""
    step = min(LARGEST_STEP, (area.top - area.bottom) / max(1.0, slots(columns, max_units) - 0.2))
    radius = min(LARGEST_RADIUS, 0.4 * step)
    gaps = [BOX_GAP if column.kind == "box" else 0.0 for column in columns[1:]]
    wide = (area.right - area.left - sum(gaps)) / max(1, gaps.count(0.0))
    places = np.cumsum([area.left, *(gap or wide for gap in gaps)])
    middle = (area.top + area.bottom) / 2
    for place, (column, x) in enumerate(zip(columns, places, strict=True)):
        column.x = float(x)
        if column.kind == "box" and column.size == columns[place - 1].size:
            column.units = columns[place - 1].units
            continue
        numbers = units_shown(column.size, max_units)
        feeds = _feeds(columns[place:])
        places_needed = len(numbers) + feeds
        own = min(LARGEST_STEP, (area.top - area.bottom - 2 * radius) / max(1, places_needed - 1))
        heights = [middle + own * ((places_needed - 1) / 2 - slot) for slot in range(places_needed)]
        column.units = list(zip(numbers, heights, strict=False))
        column.bias_y = heights[-1] if feeds else None
    for before, column in pairwise(columns):
        if column.kind == "box":
            column.bias_y, before.bias_y = column.bias_y or before.bias_y, None
    return radius


class Edge(NamedTuple):
    """A line of the picture: from a unit to a neuron, with its weight."""

    start: tuple[float, float]
    end: tuple[float, float]
    weight: float


def edges(before: DiagramColumn, column: DiagramColumn, radius: float) -> tuple[list[Edge], list[Edge]]:
    """Return the lines that lead to a column's drawn neurons: of its weights, and of its bias."""
    if column.weights is None:
        return [], []
    left, right = before.x + before.reach, column.x - radius
    ends = [(number, y) for number, y in column.units if number is not None]
    lines = [
        Edge((left, start), (right, end), float(column.weights[source, target]))
        for source, start in before.units
        if source is not None
        for target, end in ends
    ]
    if column.bias is None or before.bias_y is None:
        return lines, []
    return lines, [Edge((left, before.bias_y), (right, end), float(column.bias[target])) for target, end in ends]


# Numbers on lines that cross: a place for each, on its own line, away from the other numbers and lines.

# Places that are tried along each line, and times that each number is moved to the best of them: more change little.
CANDIDATES = 25
SWEEPS = 12


def places_on_lines(starts: Array, ends: Array, widths: Sequence[float], height: float, margin: float) -> Array:
    """Return the centres (e, 2) of labels on lines, such that as few as can be overlap or cover another line.

    Each label in turn moves to the best of a few places on its line, given where the others are, until none moves.
    Several starts are tried: all labels at the same share of their lines, or staggered by where the lines begin.

    Parameters:
        starts: of the lines (e, 2), left of their ends.
        ends: of the lines (e, 2).
        widths: of the labels (e,).
        height: of a label.
        margin: to keep from both ends of a line, besides half a label.

    >>> places_on_lines(np.array([[0., 0.], [0., 8.]]), np.array([[100., 0.], [100., 8.]]), [20, 20], 10, 5)[:, 1]
    array([0., 8.])
    """
    half = np.column_stack([np.asarray(widths) / 2 + 1, np.full(len(widths), height / 2)])
    room = (margin + half[:, 0]) / np.maximum(ends[:, 0] - starts[:, 0], 1e-9)
    share = np.clip(room, 0, 0.5)[:, None] + (1 - 2 * np.clip(room, 0, 0.5))[:, None] * np.linspace(0, 1, CANDIDATES)
    candidates = starts[:, None] + share[:, :, None] * (ends - starts)[:, None]
    crossed = np.array([_lines_covered(candidates[e], half[e], starts, ends, e) for e in range(len(starts))])
    fixed = 0.6 * crossed + 0.8 * np.square(share - 0.5)
    best, least = _first_choice(starts), np.inf
    for choice in (_first_choice(starts), _first_choice(ends), np.full(len(starts), CANDIDATES // 2)):
        cost = _settle(choice, candidates, half, fixed)
        if cost < least:
            best, least = choice, cost
    return candidates[np.arange(len(starts)), best]


def _first_choice(points: Array) -> Array:
    """Return a place for each label that differs between the heights where lines begin."""
    _, rank = np.unique(points[:, 1], return_inverse=True)
    return np.round((rank + 0.5) / (rank.max() + 1) * (CANDIDATES - 1)).astype(int)


def _lines_covered(places: Array, half: Array, starts: Array, ends: Array, own: int) -> Array:
    """Return how many other lines a label covers at each of its places (c,)."""
    slope = (ends[:, 1] - starts[:, 1]) / np.maximum(ends[:, 0] - starts[:, 0], 1e-9)
    at_left = starts[:, 1] + slope * (places[:, :1] - half[0] - starts[:, 0])
    at_right = at_left + 2 * slope * half[0]
    low, high = np.minimum(at_left, at_right), np.maximum(at_left, at_right)
    covered = (low < places[:, 1:] + half[1]) & (high > places[:, 1:] - half[1])
    covered[:, own] = False
    return covered.sum(axis=1)


def _settle(choice: Array, candidates: Array, half: Array, fixed: Array) -> float:
    """Move the labels of `choice` until none gets better, and return what their places cost."""

    def costs(label: int) -> Array:
        others = np.delete(np.arange(len(choice)), label)
        centres = candidates[others, choice[others]]
        apart = np.abs(candidates[label][:, None] - centres)
        overlap = np.clip(half[label] + half[others] - apart, 0, None).prod(axis=2)
        return fixed[label] + 0.5 * overlap.sum(axis=1) + 3.0 * (overlap > 0).sum(axis=1)

    for _ in range(SWEEPS):
        before = choice.copy()
        for label in range(len(choice)):
            choice[label] = int(costs(label).argmin())
        if (choice == before).all():
            break
    return float(sum(costs(label)[choice[label]] for label in range(len(choice))))


# The words of a network's picture: names of its inputs and outputs, captions of its columns, and its key.

# Points of the line of the smallest and the largest weight: the one still shows, the other hides no neighbour.
THIN = 0.35
THICK = 3.2
# Points around the words, and from line to line of the key.
EDGE = 6.0
KEY_LINE = 17.0


def drawn_names(
    names: Sequence[object] | None, size: int, max_units: int, *, letter: str, what: str, most: float
) -> dict[int, str]:
    """Return the names of the units drawn, by their numbers, shortened to at most so many points."""
    if names is not None and len(names) != size:
        raise ValueError(f"{what} must name {size}, found {len(names)}: {', '.join(map(str, names[:12]))}.")
    drawn = [unit for unit in units_shown(size, max_units) if unit is not None]
    if names is None:
        return {unit: letter + subscript(unit + 1) for unit in drawn}
    return {unit: short(str(names[unit]), most) for unit in drawn}


def widest(names: Iterable[str]) -> float:
    """Return how many points the widest of some names takes."""
    return max((text_width(name) for name in names), default=0.0)


def line_width(weight: float, largest: float) -> float:
    """Return the width of a weight's line in points, where `largest` is the widest."""
    return THIN + (THICK - THIN) * abs(weight) / largest


def sign_color(weight: float) -> str:
    """Return the colour of a weight's line."""
    return FAINT if weight == 0 else POSITIVE if weight > 0 else NEGATIVE


def draw_captions(ax: Axes, columns: Sequence[DiagramColumn], height: float) -> None:
    """Write above each column how many units it has, and what they compute."""
    written = [column for column in columns if column.kind != "box"]
    gap = min((b.x - a.x for a, b in pairwise(written)), default=200.0) - 8
    for column in written:
        for line, (text, color) in enumerate(((column.title, INK), (column.note, MUTED))):
            size = 10 * min(1.0, gap / max(1.0, text_width(text)))
            top = height - EDGE - 13 * line
            ax.text(column.x, top, text, ha="center", va="top", fontsize=max(7.0, size), color=color)


def draw_names(
    ax: Axes, columns: Sequence[DiagramColumn], inputs: Mapping[int, str], outputs: Mapping[int, str], radius: float
) -> None:
    """Write the names of the inputs to their left, and of the outputs, with the markers of classes, to their right."""
    first, last = columns[0], columns[-1]
    for unit, y in first.units:
        if unit is not None:
            ax.text(first.x - 10, y, inputs[unit], ha="right", va="center")
    if first.bias_y is not None:
        ax.text(first.x - 12, first.bias_y, "bias", ha="right", va="center", color=MUTED)
    edge = last.x + (last.reach or radius)
    for unit, y in last.units:
        if unit is None:
            ax.text(edge + 19, y, "⋮", ha="center", va="center", fontsize=15, color=MUTED)
            continue
        ax.plot([edge, edge + 12], [y, y], color=MUTED, linewidth=0.8, zorder=1)
        if 1 < last.size <= len(CLASS_COLORS):
            ax.plot(edge + 19, y, CLASS_MARKERS[unit], color=CLASS_COLORS[unit], markersize=6, markeredgewidth=0)
        ax.text(edge + (27 if 1 < last.size <= len(CLASS_COLORS) else 16), y, outputs[unit], ha="left", va="center")


def draw_key(ax: Axes, width: float, largest: float) -> float:
    """Say at the bottom what colours and widths mean, in as many lines as it takes, and return their height."""
    entries: list[list[tuple[str, str, float]]] = [[("positive weight", POSITIVE, 2.0), ("negative", NEGATIVE, 2.0)]]
    if largest > 0:
        small, large = number(largest / 4, 2), number(largest, 2)
        entries += [[(f"size {small}", MUTED, line_width(1, 4)), (large, MUTED, THICK)]]
    spots: list[tuple[float, int]] = []
    x, row = EDGE, 0
    for group in entries:
        wide = [35 + text_width(text, 9) for text, _, _ in group]
        if x > EDGE and x + sum(wide) - 13 > width - EDGE:
            x, row = EDGE, row + 1
        spots += [(x + sum(wide[:before]), row) for before in range(len(wide))]
        x += sum(wide)
    for (text, color, line), (start, of) in zip(chain(*entries), spots, strict=True):
        y = EDGE + KEY_LINE * (row - of) + 6
        ax.plot([start, start + 17], [y, y], color=color, linewidth=line, gid="key")
        ax.text(start + 22, y, text, fontsize=9, color=MUTED, va="center")
    return EDGE + KEY_LINE * (row + 1)


# Weights whose numbers still find room on their lines; lines above which they are more transparent.
FEW_WEIGHTS = 12
MANY_LINES = 60
# Share of the width that names take at most on a side, so that the network keeps more than half.
NAME_SHARE = 0.24
# Points of the numbers on lines, and the smallest radius of a unit in which a curve can be made out.
NUMBER_SIZE = 8.5
LEGIBLE_RADIUS = 8.0


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
    shape = np.shape(theta)
    check("theta", shape, shape == (network.size,), f"shape ({network.size},) for this network", "have")
    check("max_units", max_units, max_units >= 3, "at least 3")
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


def _canvas(ax: Axes | None, columns: Sequence[DiagramColumn], max_units: int) -> tuple[Axes, float, float]:
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
    look: Any = {"alpha": 0.6 if len(ordered) > MANY_LINES else 0.85, "capstyle": "round", "gid": gid, "zorder": 1}
    look["colors"] = [sign_color(line.weight) for line in ordered]
    look["linewidths"] = [line_width(line.weight, largest) for line in ordered]
    ax.add_collection(LineCollection([[line.start, line.end] for line in ordered], **look), autolim=False)


def _draw_numbers(ax: Axes, lines: Sequence[Edge], radius: float) -> None:
    texts = [_weight(line.weight) for line in lines]
    widths = [text_width(text, NUMBER_SIZE) for text in texts]
    starts, ends = np.array([line.start for line in lines]), np.array([line.end for line in lines])
    spots = places_on_lines(starts, ends, widths, NUMBER_SIZE + 4, radius / 2).tolist()
    look: Any = {"ha": "center", "va": "center_baseline", "fontsize": NUMBER_SIZE, "gid": "number", "zorder": 3}
    for line, text, (x, y) in zip(lines, texts, spots, strict=True):
        color = MUTED if line.weight == 0 else sign_color(line.weight)
        ax.text(x, y, text, color=color, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8}, **look)


def _weight(weight: float) -> str:
    return f"{weight:.2f}".replace("-", "−") if 0.005 <= abs(weight) < 100 else number(weight, 2)


def _draw_column(ax: Axes, before: DiagramColumn, column: DiagramColumn, radius: float) -> None:
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
        place, size = (column.x, column.bias_y), min(7.5, radius)
        ax.add_patch(Circle(place, size, facecolor="#eef1f3", edgecolor=MUTED, linewidth=0.8, zorder=4))
        ax.text(*place, "1", ha="center", va="center_baseline", fontsize=1.15 * size, color=INK, zorder=5)


def _draw_neuron(ax: Axes, column: DiagramColumn, y: float, radius: float) -> None:
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


def _draw_box(ax: Axes, column: DiagramColumn, radius: float) -> None:
    heights = [y for _, y in column.units]
    middle, half = (max(heights) + min(heights)) / 2, (max(heights) - min(heights)) / 2 + max(radius, 4.0)
    half = max(half, 3.2 * len(column.title))
    box = (column.x - column.reach, middle - half)
    style = "round,pad=0,rounding_size=4"
    look: Any = {"boxstyle": style, "facecolor": "#eef1f3", "edgecolor": INK, "zorder": 4}
    ax.add_patch(FancyBboxPatch(box, 2 * column.reach, 2 * half, **look))
    ax.text(column.x, middle, column.title, rotation=90, ha="center", va="center", fontsize=10, zorder=5)


# The picture of a network too wide to draw unit by unit: a box for each layer.

# Of a box, where the next one stands 1 to the right; the lowest still holds its number.
HALF_WIDTH = 0.2
LOWEST = 0.28
HIGHEST = 1.0


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
        arrow = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 1.0, "shrinkA": 2, "shrinkB": 2}
        ax.annotate("", (place - HALF_WIDTH, 0), (place - 1 + HALF_WIDTH, 0), arrowprops=arrow)
        ax.text(place - 0.5, 0.06, f"{column.parameters:,}", ha="center", va="bottom", fontsize=9, color=MUTED)
    for place, (column, height) in enumerate(zip(written, heights, strict=True)):
        corner, style = (place - HALF_WIDTH, -height / 2), "round,pad=0,rounding_size=0.04"
        ax.add_patch(FancyBboxPatch(corner, 2 * HALF_WIDTH, height, boxstyle=style, facecolor="#eef1f3", edgecolor=INK))
        ax.text(place, 0, f"{column.size:,}", ha="center", va="center", fontsize=11, fontweight="bold", color=INK)
        words = [column.title.split(" ")[1], column.note, *(boxes if column is written[-1] else [])]
        for line, text in enumerate(word for word in words if word):
            ax.text(place, -0.62 - 0.17 * line, text, ha="center", va="top", color=MUTED if line else INK)
    return ax
