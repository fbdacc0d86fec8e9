"""Lines: how the cost falls, and what activations and their derivatives look like."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from chainrule.arrays import Array
from chainrule.common.format import number
from chainrule.layers import Elementwise
from chainrule.plots.checks import finite
from chainrule.plots.style import CLASS_COLORS, INK, End, axes_or_new, label_ends, styled

LINE_COLORS = tuple(CLASS_COLORS[index] for index in (0, 2, 1, 4, 8, 5, 6, 3, 7, 9))
WIDTH, HEIGHT = 5.6, 3.2
JUMP = 0.2


@styled()
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


@styled()
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


@styled()
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
    if not 1 <= len(chosen) <= len(LINE_COLORS):
        raise ValueError(f"layers must be 1 to {len(LINE_COLORS)} activations, found {len(chosen)}.")
    ax = axes_or_new(ax, WIDTH, HEIGHT)
    x = np.linspace(-6, 6, 1201)
    ends = []
    ax.axhline(0, color="#c3cad1", linewidth=0.7, zorder=0)
    ax.axvline(0, color="#c3cad1", linewidth=0.7, zorder=0)
    for layer, color in zip(chosen, LINE_COLORS, strict=False):
        y = layer.function(x)
        slope = layer.derivative(x, y)
        alike = sum(type(other) is type(layer) for other in chosen) > 1
        name = str(layer) if alike else type(layer).__name__
        for values, dashes, text in (
            (y, "solid", name),
            (slope, (0, (4, 1.8)), "derivative" if len(chosen) == 1 else f"{name}′"),
        ):
            line = _broken_at_jumps(values)
            ax.plot(x, line, color=color, linestyle=dashes)
            ends.append(End(6.0, float(values[-1]), text, color))
        if len(chosen) == 1:
            _mark_peak(ax, x, y, slope)
    ax.set_xlim(-6, 6)
    ax.set_xticks(range(-6, 7, 2))
    ax.set_xlabel("input x")
    label_ends(ax, ends)
    return ax


def _cost_lines(
    costs: Mapping[str, Sequence[float] | Array], log: bool, unit: str, first: int, ax: Axes | None
) -> Axes:
    if not 1 <= len(costs) <= len(LINE_COLORS):
        raise ValueError(f"costs must be 1 to {len(LINE_COLORS)} lines to be distinguishable, found {len(costs)}.")
    lines = {name: _checked(values, name, log) for name, values in costs.items()}
    ax = axes_or_new(ax, WIDTH, HEIGHT)
    taken = sum(line.get_gid() == "cost" for line in ax.lines)
    ends = []
    for position, (name, values) in enumerate(lines.items(), taken):
        color = LINE_COLORS[position % len(LINE_COLORS)]
        steps = np.arange(first, first + len(values))
        ax.plot(steps, values, color=color, marker="o" if len(values) == 1 else "", markersize=4, gid="cost")
        ends.append(End(float(steps[-1]), float(values[-1]), name, color))
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
    label_ends(ax, [end for end in ends if end.text])
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
    if values.ndim != 1 or not len(values):
        raise ValueError(f"{of} must have shape (n,) with n at least 1, found {values.shape}.")
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
    ax.plot([x[peak]], [slope[peak]], "o", color=INK, markersize=4, zorder=3)
    ax.annotate(
        f"largest: {share if exact else number(float(slope[peak]))}",
        xy=(x[peak], slope[peak]),
        xytext=(7, -15 if crossed else 5),
        textcoords="offset points",
        color=INK,
    )
