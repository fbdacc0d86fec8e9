"""The figures of the lesson, by name.

A figure of several panels is as many pictures, each drawn by itself: pages set them side by side, and phones below each
other.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chainrule import plots
from chainrule.arrays import Array
from chainrule.datasets import CLASS_NAMES
from chainrule.layers import LeakyReLU, Sigmoid, Softmax
from chainrule.pages.lesson.gaussians import (
    GAUSSIANS_PLANE,
    RATE,
    GaussiansLesson,
    confusion,
    network,
    probabilities,
    without_bias,
)
from chainrule.pages.lesson.rings import RINGS_PLANE, Fit, RingsLesson
from chainrule.pages.page import panel_name
from chainrule.plots.style import legend_below, styled
from chainrule.training.loop import Training

Drawn: TypeAlias = Figure | Axes


def panel(title: str, width: float, height: float) -> Axes:
    """Return empty axes with a title, in a figure of `width` by `height` inches."""
    ax = plots.panels(titles=[title], width=width, height=height)[1][0]
    ax.set_anchor("N")  # so that titles of panels beside each other stand on one line
    return ax


def panels(draw: Callable[[Any, int], Drawn], name: str, count: int) -> dict[str, Callable[[Any], Drawn]]:
    """Return the panels of a figure by the names that pages look for.

    Parameters:
        draw: draws the panel of a number from 0 on.
        name: of the figure.
        count: how many panels it has.
    """
    return {panel_name(name, number): partial(_numbered, draw, number) for number in range(count)}


def _numbered(draw: Callable[[Any, int], Drawn], number: int, lesson: Any) -> Drawn:
    return draw(lesson, number)


# Part 1.

# The titles of the panels that are compared, in the order of `_three_ways`.
THREE_WAYS = ("with bias", "bias set to zero", "trained without bias")


def _classes(lesson: GaussiansLesson) -> Drawn:
    return plots.scatter_classes(lesson.x, lesson.t.argmax(axis=1), names=CLASS_NAMES)


def _softmax(lesson: GaussiansLesson) -> Drawn:  # noqa: ARG001 (a figure is drawn of a lesson)
    return plots.probability_surface(
        lambda z: Softmax().forward({}, z)[:, 0], (-10, 10, -10, 10), label="y₁", axes=("z₁", "z₂")
    )


def _one_step(lesson: GaussiansLesson, number: int) -> Drawn:
    theta, title = ((lesson.start, "before"), (lesson.one_step, "after"))[number]
    ax = panel(title, 4.2, 2.5)
    plots.probability_bars(probabilities(theta, lesson.x), lesson.t.argmax(axis=1), CLASS_NAMES, ax=ax)
    with styled():
        legend_below(ax)
    return ax


def _from_the_start(lesson: GaussiansLesson, training: Training) -> list[float]:
    """Return the cost before the first step, and after each."""
    return [lesson.start_cost, *training.history.cost]


def _descent(lesson: GaussiansLesson) -> Drawn:
    return plots.cost_curve(_from_the_start(lesson, lesson.descent), first=0)


def _sweep(lesson: GaussiansLesson, number: int) -> Drawn:
    rate, training = list(lesson.sweep.items())[number]
    costs = [cost for training in lesson.sweep.values() for cost in training.history.cost]
    ax = plots.cost_curve(_from_the_start(lesson, training), log=True, first=0, ax=panel(f"rate {rate:g}", 2.1, 2.7))
    ax.axhline(lesson.start_cost, color="#8a94a3", linestyle="--", linewidth=1)
    ax.set_ylim(min(costs) / 1.3, max(costs) * 1.3)
    ax.set_yticks([10, 30, 100, 300, 1000], ["10", "30", "100", "300", "1000"])
    return ax


def _three_ways(lesson: GaussiansLesson) -> tuple[Array, Array, Array]:
    return lesson.descent.theta, without_bias(lesson.descent.theta), lesson.unbiased


def _bias(lesson: GaussiansLesson, number: int) -> Drawn:
    theta, classes = _three_ways(lesson)[number], lesson.t.argmax(axis=1)
    ax = panel(THREE_WAYS[number], 2.8, 3.1)
    return plots.decision_regions(
        partial(probabilities, theta), GAUSSIANS_PLANE, names=CLASS_NAMES, rows=lesson.x, classes=classes, ax=ax
    )


def _confusion(lesson: GaussiansLesson, number: int) -> Drawn:
    counts = confusion(_three_ways(lesson)[number], lesson.x, lesson.t)
    return plots.confusion(counts, CLASS_NAMES, ax=panel(THREE_WAYS[number], 2.8, 3.2))


def _diagram(lesson: GaussiansLesson) -> Drawn:
    return plots.network_diagram(network, lesson.descent.theta, input_names=("x₁", "x₂"), output_names=CLASS_NAMES)


def _perceptron(lesson: GaussiansLesson, number: int) -> Drawn:
    training, pair = ((lesson.separable, (0, 1)), (lesson.overlapping, (1, 2)))[number]
    classes = lesson.t.argmax(axis=1)
    chosen = np.isin(classes, pair)
    outcome = "converged" if training.history.gradient_norm[-1] == 0 else "not converged"
    ax = panel(f"{outcome} after {len(training.history)} passes", 4.2, 3.3)
    plots.scatter_classes(lesson.x[chosen], classes[chosen], names=CLASS_NAMES, ax=ax)
    ax.set_aspect("equal", adjustable="box")
    w1, w2, bias = training.theta
    height = np.array([-2.0, 3.0])
    ax.plot(-(bias + w2 * height) / w1, height, color="#1d2530", linewidth=1.6)
    ax.set(xlim=(-5, 5), ylim=height)
    return ax


def _newton(lesson: GaussiansLesson) -> Drawn:
    descent = {f"gradient descent, rate {RATE:g}": _from_the_start(lesson, lesson.descent)}
    return plots.curves({**descent, "Newton's method": _from_the_start(lesson, lesson.newton)}, first=0)


# By the names that the page asks for, in its order.
GAUSSIANS_FIGURES: dict[str, Callable[[GaussiansLesson], Drawn]] = {
    "classes": _classes,
    "softmax": _softmax,
    **panels(_one_step, "one_step", 2),
    "descent": _descent,
    **panels(_sweep, "sweep", 4),
    **panels(_bias, "bias", 3),
    **panels(_confusion, "confusion", 3),
    "diagram": _diagram,
    **panels(_perceptron, "perceptron", 2),
    "newton": _newton,
}


# Part 2.


def _regions(lesson: RingsLesson, fit: Fit, ax: Axes) -> None:
    classes = lesson.t.argmax(axis=1)
    plots.decision_regions(fit.predict, RINGS_PLANE, names=CLASS_NAMES, rows=lesson.x, classes=classes, ax=ax)


def _rings(lesson: RingsLesson, number: int) -> Drawn:
    ax = panel(("points", "one layer")[number], 4.2, 4.4)
    if number == 0:
        plots.scatter_classes(lesson.x, lesson.t.argmax(axis=1), names=CLASS_NAMES, ax=ax)
        ax.set(xlim=RINGS_PLANE[:2], ylim=RINGS_PLANE[2:])
    else:
        _regions(lesson, lesson.linear, ax)
    return ax


def _activations(lesson: RingsLesson, number: int) -> Drawn:  # noqa: ARG001 (as above)
    title, layer = (("sigmoid", Sigmoid()), ("leaky ReLU", LeakyReLU(0.1)))[number]
    return plots.activation_shapes(layer, ax=panel(title, 3.8, 3.0))


def _costs(lesson: RingsLesson) -> Drawn:
    fits = {"one layer": lesson.linear, "sigmoid": lesson.logistic, "leaky ReLU": lesson.leaky}
    return plots.curves({name: fit.training.history.cost for name, fit in fits.items()})


def _decisions(lesson: RingsLesson, number: int) -> Drawn:
    title, fit = (("leaky ReLU", lesson.leaky), ("sigmoid", lesson.logistic))[number]
    ax = panel(title, 4.2, 4.4)
    _regions(lesson, fit, ax)
    return ax


def _units(lesson: RingsLesson, number: int) -> Drawn:
    row, unit = divmod(number, 3)
    name, fit = (("leaky ReLU", lesson.leaky), ("sigmoid", lesson.logistic))[row]
    ax = panel(f"{name}, h{'₁₂₃'[unit]}", 2.8, 2.5)
    return plots.map_of(partial(_hidden, fit, unit), RINGS_PLANE, symmetric=name == "leaky ReLU", ax=ax)


def _hidden(fit: Fit, unit: int, x: Array) -> Array:
    return fit.network.forward(fit.training.theta, x)[2][:, unit]


def _vanishing(lesson: RingsLesson) -> Drawn:
    ax = plots.curves(lesson.vanishing, log=True)
    ax.set(xlabel="layer, from the input", ylabel="norm of the gradient")
    return ax


def _momentum(lesson: RingsLesson) -> Drawn:
    trainings = {"plain": lesson.logistic.training, "momentum": lesson.momentum, "Nesterov": lesson.nesterov}
    return plots.curves({name: training.history.cost for name, training in trainings.items()})


def _useful(lesson: RingsLesson, number: int) -> Drawn:
    ax, fit = panel(("decision regions", "network")[number], 4.2, 4.6), lesson.useful
    if number == 0:
        _regions(lesson, fit, ax)
        return ax
    return plots.network_diagram(
        fit.network, fit.training.theta, input_names=("x₁", "x₂"), output_names=CLASS_NAMES, max_units=16, ax=ax
    )


def _hidden_diagram(lesson: RingsLesson) -> Drawn:
    fit = lesson.leaky
    return plots.network_diagram(fit.network, fit.training.theta, input_names=("x₁", "x₂"), output_names=CLASS_NAMES)


def _planted(lesson: RingsLesson) -> Drawn:
    fits = {"correct derivative": lesson.tanh, "wrong derivative": lesson.wrong}
    return plots.curves({name: fit.training.history.cost for name, fit in fits.items()})


# Those that take longest first, so that processes that share them end together.
RINGS_FIGURES: dict[str, Callable[[RingsLesson], Drawn]] = {
    **panels(_units, "units", 6),
    **panels(_decisions, "decisions", 2),
    **panels(_useful, "useful", 2),
    **panels(_rings, "rings", 2),
    "vanishing": _vanishing,
    "costs": _costs,
    **panels(_activations, "activations", 2),
    "hidden_diagram": _hidden_diagram,
    "planted": _planted,
    "momentum": _momentum,
}
