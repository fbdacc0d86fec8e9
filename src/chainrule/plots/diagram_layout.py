"""Where things stand in the picture of a network: its columns of units, in points from the lower left corner."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias, final

import numpy as np

from chainrule.arrays import Array
from chainrule.layers import Elementwise, Layer, Sigmoid, Softmax
from chainrule.network import Network

Output: TypeAlias = Layer | Literal["auto"] | None

BOX_GAP, BOX_HALF = 40.0, 11.0
LARGEST_STEP, LARGEST_RADIUS = 66.0, 15.0


@final
@dataclass(eq=False)
class Column:
    """One column of the picture: the inputs, the neurons of a layer, or a box for a layer that mixes its inputs.

    Attributes:
        kind: which of them.
        size: how many units it stands for.
        title: what is written above it, or in the box.
        weights: of the lines that lead to it (i, o), where it has any.
        bias: of the lines from the constant 1 (o,), where it has any.
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


def columns_of(network: Network, theta: Array, output: Output) -> list[Column]:
    """Return the columns of a network, with what turns its logits into probabilities at the end."""
    columns = [Column("inputs", network.inputs, _count(network.inputs, "input"))]
    final_layer: Layer | None = (Softmax() if network.outputs > 1 else Sigmoid()) if output == "auto" else output
    layers = network.layers if final_layer is None else (*network.layers, final_layer)
    views = (*network.views(theta), {})
    for layer, params in zip(layers, views, strict=False):
        size = layer.output_size(columns[-1].size)
        if "weights" in params and params["weights"].ndim == 2:
            columns.append(Column("neurons", size, _count(size, "neuron"), params["weights"], params.get("bias")))
        elif isinstance(layer, Elementwise) and columns[-1].kind == "neurons":
            columns[-1].functions.append(layer)
        else:
            columns.append(Column("box", size, type(layer).__name__.lower()))
    return columns


def _count(size: int, noun: str) -> str:
    return f"{size} {noun}" if size == 1 else f"{size} {noun}s"


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


def slots(columns: Sequence[Column], max_units: int) -> int:
    """Return how many places the tallest column needs, the constant 1 of the next column among them."""
    return max(min(column.size, max_units) + _feeds(columns[number:]) for number, column in enumerate(columns))


def _feeds(columns: Sequence[Column]) -> bool:
    """Return whether the first of these columns needs a constant 1, for the next neurons, below it."""
    following = [column for column in columns[1:] if column.kind != "box"]
    return bool(following) and following[0].bias is not None


class Area(NamedTuple):
    """The part of the picture that units may stand in."""

    left: float
    right: float
    bottom: float
    top: float


def place(columns: Sequence[Column], area: Area, max_units: int) -> float:
    """Give every column its place, and return the radius of the neurons."""
    step = min(LARGEST_STEP, (area.top - area.bottom) / max(1.0, slots(columns, max_units) - 0.2))
    radius = min(LARGEST_RADIUS, 0.4 * step)
    gaps = [BOX_GAP if column.kind == "box" else 0.0 for column in columns[1:]]
    wide = (area.right - area.left - sum(gaps)) / max(1, gaps.count(0.0))
    places = np.cumsum([area.left, *(gap or wide for gap in gaps)])
    middle = (area.top + area.bottom) / 2
    for number, (column, x) in enumerate(zip(columns, places, strict=True)):
        column.x = float(x)
        if column.kind == "box" and column.size == columns[number - 1].size:
            column.units = columns[number - 1].units
            continue
        numbers = units_shown(column.size, max_units)
        feeds = _feeds(columns[number:])
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


def edges(before: Column, column: Column, radius: float) -> tuple[list[Edge], list[Edge]]:
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
