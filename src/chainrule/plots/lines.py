"""Lines: costs over training, activations and their derivatives, ROC and precision-recall curves, and reliability."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.common.format import number
from chainrule.layers import Elementwise
from chainrule.plots import style
from chainrule.plots.checks import finite

# The colours of classes, the palest last: a thin line of those is hard to see on white.
LINE_COLORS = tuple(style.CLASS_COLORS[index] for index in (0, 2, 1, 4, 8, 5, 6, 3, 7, 9))
# Of a figure of its own, in inches.
WIDTH = 5.6
HEIGHT = 3.2
# Between two of the 1201 points, 0.01 apart: no smooth activation is steep enough to rise by as much.
JUMP = 0.2


@style.styled()
def cost_curve(
    costs: Sequence[float] | Array,
    *,
    label: str | None = None,
    log: bool = False,
    unit: str = "step",
    first: int = 1,
    ax: Axes | None = None,
) -> Axes:
    """Draw the cost after each step as a line.

    Parameters:
        costs: cost after each step (n,).
        label: name of the line, written at its end.
        log: whether to draw the cost on a logarithmic scale.
        unit: what is counted: "step", "epoch".
        first: number of the first of them; 0 where it is the cost before any step.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: there is no cost, or one is not finite, or not positive on a logarithmic scale.

    >>> ax = cost_curve([3., 2., 1.5])
    >>> ax.get_xlabel(), ax.get_ylabel(), ax.lines[0].get_xdata()
    ('step', 'cost', array([1, 2, 3]))
    """
    return _cost_lines({label or "": costs}, log, unit, first, ax)


@style.styled()
def curves(
    costs: Mapping[str, Sequence[float] | Array],
    *,
    log: bool = False,
    unit: str = "step",
    first: int = 1,
    ax: Axes | None = None,
) -> Axes:
    """Draw several costs after each step, each line named at its end.

    A line that ends early goes on as a dotted one, so that its last cost can be compared.

    Parameters:
        costs: for each name the cost after each step (n,), at most ten of them.
        log: whether to draw the cost on a logarithmic scale.
        unit: what is counted: "step", "epoch".
        first: number of the first of them; 0 where it is the cost before any step.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: there is no cost, or one is not finite, or not positive on a logarithmic scale.

    >>> ax = curves({"gradient descent": [3., 2., 1.5], "Newton": [3., 0.5, 0.4]}, log=True)
    >>> [text.get_text() for text in ax.texts]
    ['gradient descent', 'Newton']
    """
    return _cost_lines(costs, log, unit, first, ax)


@style.styled()
def activation_shapes(layers: Elementwise | Sequence[Elementwise], *, ax: Axes | None = None) -> Axes:
    """Draw activations over [-6, 6] as solid lines, and their derivatives as dashed ones.

    Of a single activation the largest derivative is marked, where it is a peak.

    Parameters:
        layers: an activation, or several.
        ax: where to draw; a new figure if left out.

    Raises:
        ValueError: there is no activation, or more than ten.

    >>> from chainrule import Sigmoid
    >>> ax = activation_shapes(Sigmoid())
    >>> [text.get_text() for text in ax.texts]
    ['largest: 1/4', 'Sigmoid', 'derivative']
    """
    chosen = [layers] if isinstance(layers, Elementwise) else list(layers)
    check("layers", len(chosen), 1 <= len(chosen) <= len(LINE_COLORS), f"1 to {len(LINE_COLORS)} activations")
    ax = style.axes_or_new(ax, WIDTH, HEIGHT)
    x = np.linspace(-6, 6, 1201)
    ends = []
    ax.axhline(0, color="#c3cad1", linewidth=0.7, zorder=0)
    ax.axvline(0, color="#c3cad1", linewidth=0.7, zorder=0)
    for layer, color in zip(chosen, LINE_COLORS, strict=False):
        y = layer.function(x)
        slope = layer.derivative(x, y)
        alike = sum(type(other) is type(layer) for other in chosen) > 1
        name = str(layer) if alike else type(layer).__name__
        other = "derivative" if len(chosen) == 1 else f"{name}′"
        for values, dashes, text in ((y, "solid", name), (slope, (0, (4, 1.8)), other)):
            line = _broken_at_jumps(values)
            ax.plot(x, line, color=color, linestyle=dashes)
            ends.append(style.End(6.0, float(values[-1]), text, color))
        if len(chosen) == 1:
            _mark_peak(ax, x, y, slope)
    ax.set_xlim(-6, 6)
    ax.set_xticks(range(-6, 7, 2))
    ax.set_xlabel("input x")
    style.label_ends(ax, ends)
    return ax


def _cost_lines(
    costs: Mapping[str, Sequence[float] | Array], log: bool, unit: str, first: int, ax: Axes | None
) -> Axes:
    most = len(LINE_COLORS)
    check("costs", len(costs), 1 <= len(costs) <= most, f"1 to {most} lines to be distinguishable")
    lines = {name: _checked(values, name, log) for name, values in costs.items()}
    ax = style.axes_or_new(ax, WIDTH, HEIGHT)
    taken = sum(line.get_gid() == "cost" for line in ax.lines)
    ends = []
    for position, (name, values) in enumerate(lines.items(), taken):
        color = LINE_COLORS[position % len(LINE_COLORS)]
        steps = np.arange(first, first + len(values))
        ax.plot(steps, values, color=color, marker="o" if len(values) == 1 else "", markersize=4, gid="cost")
        ends.append(style.End(float(steps[-1]), float(values[-1]), name, color))
    if log:
        _log_scale(ax)
    elif min(values.min() for values in lines.values()) >= 0:
        ax.set_ylim(bottom=0)
    longest = max(end.x for end in ends)
    if longest > first:
        shown = ax.get_xlim() if taken else (first, longest)
        ax.set_xlim(min(first, shown[0]), max(longest, shown[1]))
    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    ax.grid(visible=True, axis="y")
    ax.set_xlabel(unit)
    ax.set_ylabel("cost")
    style.label_ends(ax, [end for end in ends if end.text])
    return ax


def _log_scale(ax: Axes) -> None:
    """Make the scale up the axes logarithmic, with a few plain numbers on it whatever its range."""
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    if high / low > 1000:
        return
    ax.yaxis.set_major_locator(MaxNLocator(5) if high / low < 8 else LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(lambda value, _: number(value))
    ax.yaxis.set_minor_locator(NullLocator())


def _checked(costs: Sequence[float] | Array, name: str, log: bool) -> Array:
    values = np.asarray(costs, dtype=float)
    of = f"costs of {name!r}" if name else "costs"
    check(of, values.shape, values.ndim == 1 and len(values) > 0, "shape (n,) with n at least 1", "have")
    finite(values, of)
    if log and values.min() <= 0:
        raise ValueError(f"{of} must be positive on a logarithmic scale, found {values.min():g}: leave log out.")
    return values


def _broken_at_jumps(values: Array) -> Array:
    """Return `values` with a gap where they jump, such as the derivative of a rectifier at zero."""
    line = values.astype(float)
    line[1:][np.abs(np.diff(values)) > JUMP] = np.nan
    return line


def _mark_peak(ax: Axes, x: Array, y: Array, slope: Array) -> None:
    """Mark the largest derivative, where it is reached at one place alone; the words keep off the activation's line."""
    peak = int(slope.argmax())
    if np.count_nonzero(slope >= slope[peak] * (1 - 1e-9)) > 1:
        return
    share = Fraction(float(slope[peak])).limit_denominator(8)
    exact = abs(float(share) - slope[peak]) < 1e-9
    ahead = y[peak : peak + len(x) // 4] - slope[peak]
    crossed = bool(((ahead > 0) & (ahead < 0.15 * np.ptp(y))).any())
    ax.plot([x[peak]], [slope[peak]], "o", color=style.INK, markersize=4, zorder=3)
    text, beside = f"largest: {share if exact else number(float(slope[peak]))}", (7, -15 if crossed else 5)
    ax.annotate(text, (x[peak], slope[peak]), beside, textcoords="offset points", color=style.INK)


# How well a class is separated from the others at every threshold: ROC and precision-recall curves.

# Of the square, in inches.
SIDE = 4.2
Points = tuple[Sequence[float] | Array, Sequence[float] | Array]


@style.styled()
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
    ax.plot([0, 1], [0, 1], color=style.MUTED, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    return _draw(ax, lines, "default")


@style.styled()
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
        ax.axhline(share, color=style.MUTED, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    return _draw(ax, lines, "steps-pre")


def _unit_square(ax: Axes | None, across: str, up: str) -> Axes:
    ax = style.axes_or_new(ax, SIDE + 0.2, SIDE + 0.4)
    ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel=across, ylabel=up, aspect="equal")
    ax.set_xticks(np.linspace(0, 1, 6))
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.grid(visible=True)
    return ax


def _draw(ax: Axes, lines: Mapping[str, Points], steps: str) -> Axes:
    check(
        "lines",
        len(lines),
        1 <= len(lines) <= len(style.CLASS_COLORS),
        f"1 to {len(style.CLASS_COLORS)} to be distinguishable",
    )
    for (name, (across, up)), color in zip(lines.items(), style.CLASS_COLORS, strict=False):
        x, y = np.asarray(across, dtype=float), np.asarray(up, dtype=float)
        if x.shape != y.shape or x.ndim != 1 or not len(x):
            raise ValueError(f"{name!r} must have as many points across as up, found {x.shape} and {y.shape}.")
        both = finite(np.concatenate([x, y]), name)
        if both.min() < 0 or both.max() > 1:
            raise ValueError(f"{name!r} must be made of shares from 0 to 1, found {both.min():g} to {both.max():g}.")
        ax.plot(x, y, color=color, drawstyle=steps, label=f" {name}" if name.startswith("_") else name)
    if len(lines) > 1:
        style.legend_below(ax)
    return ax


# The reliability diagram: accuracy over predicted probability.

# Share of the height that the bar of the most rows takes, below the points that matter more.
BAR_SHARE = 0.25
# Of a bar, as a share of the scale: narrower than one of fifteen bins, so that bars do not touch.
WIDEST_BAR = 0.05


@style.styled()
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
    ax = style.axes_or_new(ax, 4.8, 4.4)
    left = 0.0 if x.min() < 0.45 else 0.45
    ax.plot([left, 1], [left, 1], color=style.MUTED, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    if rows is not None:
        counts = np.asarray(rows, dtype=float)
        check("rows", counts.shape, counts.shape == x.shape, f"one number for each of {len(x)} bins", "have")
        heights = BAR_SHARE * counts / max(1.0, counts.max())
        ax.bar(x, heights, width=WIDEST_BAR * (1 - left), color=style.FAINT, zorder=0)
    if intervals is not None:
        limits = np.asarray(intervals, dtype=float)
        check("intervals", limits.shape, limits.shape == (len(x), 2), f"shape ({len(x)}, 2)", "have")
        ax.vlines(x, limits[:, 0], limits[:, 1], color=style.CLASS_COLORS[0], linewidth=1.6, alpha=0.6)
    ax.plot(x, y, "o", color=style.CLASS_COLORS[0], markersize=6, markeredgecolor="white", zorder=3)
    ax.set(xlim=(left, 1.01), xlabel="mean probability of the predicted class", ylabel="accuracy")
    ax.set_ylim(0, 1.01)
    ax.grid(visible=True)
    return ax
