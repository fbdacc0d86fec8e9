"""The words of a network's picture: names of its inputs and outputs, captions of its columns, and its key."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise

from matplotlib.axes import Axes

from chainrule.plots.diagram_layout import Column, units_shown
from chainrule.plots.labels import number, short, subscript, text_width
from chainrule.plots.style import CLASS_COLORS, CLASS_MARKERS, FAINT, INK, MUTED, NEGATIVE, POSITIVE

THIN, THICK = 0.35, 3.2
EDGE, KEY_LINE = 6.0, 17.0


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


def draw_captions(ax: Axes, columns: Sequence[Column], height: float) -> None:
    """Write above each column how many units it has, and what they compute."""
    written = [column for column in columns if column.kind != "box"]
    gap = min((b.x - a.x for a, b in pairwise(written)), default=200.0) - 8
    for column in written:
        for line, (text, color) in enumerate(((column.title, INK), (column.note, MUTED))):
            size = 10 * min(1.0, gap / max(1.0, text_width(text)))
            top = height - EDGE - 13 * line
            ax.text(column.x, top, text, ha="center", va="top", fontsize=max(7.0, size), color=color)


def draw_names(
    ax: Axes, columns: Sequence[Column], inputs: Mapping[int, str], outputs: Mapping[int, str], radius: float
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
