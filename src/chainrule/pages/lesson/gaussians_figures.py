"""The figures of part 1, by name."""

from collections.abc import Callable
from functools import partial

import numpy as np

from chainrule import plots
from chainrule.arrays import Array
from chainrule.datasets import CLASS_NAMES
from chainrule.layers import Softmax
from chainrule.pages.lesson.drawn import Drawn, panel, panels
from chainrule.pages.lesson.gaussians import (
    RATE,
    GaussiansLesson,
    confusion,
    network,
    probabilities,
    without_bias,
)
from chainrule.plots.style import legend_below, styled
from chainrule.training.loop import Training

THREE_WAYS = ("with bias", "bias set to zero", "trained without bias")
PLANE = (-5.0, 5.0, -5.0, 5.0)


def _classes(lesson: GaussiansLesson) -> Drawn:
    return plots.scatter_classes(lesson.x, lesson.t.argmax(axis=1), names=CLASS_NAMES)


def _softmax(lesson: GaussiansLesson) -> Drawn:  # noqa: ARG001
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
        partial(probabilities, theta), PLANE, names=CLASS_NAMES, rows=lesson.x, classes=classes, ax=ax
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
    ax = panel(f"{_outcome(training)} after {len(training.history)} passes", 4.2, 3.3)
    plots.scatter_classes(lesson.x[chosen], classes[chosen], names=CLASS_NAMES, ax=ax)
    ax.set_aspect("equal", adjustable="box")
    w1, w2, bias = training.theta
    height = np.array([-2.0, 3.0])
    ax.plot(-(bias + w2 * height) / w1, height, color="#1d2530", linewidth=1.6)
    ax.set(xlim=(-5, 5), ylim=height)
    return ax


def _outcome(training: Training) -> str:
    return "converged" if training.history.gradient_norm[-1] == 0 else "not converged"


def _newton(lesson: GaussiansLesson) -> Drawn:
    descent = {f"gradient descent, rate {RATE:g}": _from_the_start(lesson, lesson.descent)}
    return plots.curves({**descent, "Newton's method": _from_the_start(lesson, lesson.newton)}, first=0)


FIGURES: dict[str, Callable[[GaussiansLesson], Drawn]] = {
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
