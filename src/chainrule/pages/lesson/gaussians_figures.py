"""The figures of part 1, by name."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes

from chainrule import plots
from chainrule.arrays import Array
from chainrule.datasets import CLASS_NAMES
from chainrule.layers import Softmax
from chainrule.pages.lesson.drawn import NARROW, Drawn, both, panels
from chainrule.pages.lesson.gaussians import (
    RATE,
    GaussiansLesson,
    confusion,
    network,
    probabilities,
    without_bias,
)
from chainrule.training import Training

THREE_WAYS = ("with bias", "bias set to zero", "trained without bias")
PLANE = (-5.0, 5.0, -5.0, 5.0)


def _classes(lesson: GaussiansLesson) -> Drawn:
    return plots.scatter_classes(lesson.x, lesson.t.argmax(axis=1), names=CLASS_NAMES)


def _softmax(lesson: GaussiansLesson) -> Drawn:  # noqa: ARG001
    return plots.probability_surface(
        lambda z: Softmax().forward({}, z)[:, 0], (-10, 10, -10, 10), label="y₁", axes=("z₁", "z₂")
    )


def _one_step(lesson: GaussiansLesson, narrow: bool) -> Drawn:
    width = NARROW if narrow else 6.6
    figure, axes = plots.panels(1, 2, titles=("before", "after"), width=width, height=3.8)
    for ax, theta in zip(axes, (lesson.start, lesson.one_step), strict=True):
        plots.probability_bars(probabilities(theta, lesson.x), lesson.t.argmax(axis=1), CLASS_NAMES, ax=ax)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", title="class", frameon=False)
    return figure


def _from_the_start(lesson: GaussiansLesson, training: Training) -> list[float]:
    """Return the cost before the first step, and after each."""
    return [lesson.start_cost, *training.history.cost]


def _descent(lesson: GaussiansLesson) -> Drawn:
    return plots.cost_curve(_from_the_start(lesson, lesson.descent), first=0)


def _sweep(lesson: GaussiansLesson, narrow: bool) -> Drawn:
    figure, axes = panels(4, titles=[f"rate {rate:g}" for rate in lesson.sweep], width=8.4, height=2.7, narrow=narrow)
    highest = max(max(training.history.cost) for training in lesson.sweep.values())
    lowest = min(min(training.history.cost) for training in lesson.sweep.values())
    for ax, training in zip(axes, lesson.sweep.values(), strict=True):
        plots.cost_curve(_from_the_start(lesson, training), log=True, first=0, ax=ax)
        ax.axhline(lesson.start_cost, color="#8a94a3", linestyle="--", linewidth=1)
        ax.set_ylim(lowest / 1.3, highest * 1.3)
        ax.set_yticks([10, 30, 100, 300, 1000], ["10", "30", "100", "300", "1000"])
        ax.label_outer()
    return figure


def _regions(lesson: GaussiansLesson, theta: Array, ax: Axes) -> None:
    plots.decision_regions(
        lambda rows: probabilities(theta, rows),
        PLANE,
        names=CLASS_NAMES,
        rows=lesson.x,
        classes=lesson.t.argmax(axis=1),
        ax=ax,
    )


def _three_ways(lesson: GaussiansLesson) -> tuple[Array, Array, Array]:
    return lesson.descent.theta, without_bias(lesson.descent.theta), lesson.unbiased


def _bias(lesson: GaussiansLesson, narrow: bool) -> Drawn:
    figure, axes = panels(3, titles=THREE_WAYS, width=8.4, height=3.4, narrow=narrow)
    for ax, theta in zip(axes, _three_ways(lesson), strict=True):
        _regions(lesson, theta, ax)
    return figure


def _confusion(lesson: GaussiansLesson, narrow: bool) -> Drawn:
    figure, axes = panels(3, titles=THREE_WAYS, width=8.4, height=3.2, narrow=narrow)
    for ax, theta in zip(axes, _three_ways(lesson), strict=True):
        plots.confusion(confusion(theta, lesson.x, lesson.t), CLASS_NAMES, ax=ax)
    return figure


def _diagram(lesson: GaussiansLesson) -> Drawn:
    return plots.network_diagram(network, lesson.descent.theta, input_names=("x₁", "x₂"), output_names=CLASS_NAMES)


def _line(lesson: GaussiansLesson, training: Training, pair: tuple[int, int], ax: Axes) -> None:
    classes = lesson.t.argmax(axis=1)
    chosen = np.isin(classes, pair)
    plots.scatter_classes(lesson.x[chosen], classes[chosen], names=CLASS_NAMES, ax=ax)
    ax.set_aspect("equal", adjustable="box")
    w1, w2, bias = training.theta
    height = np.array([-2.0, 3.0])
    ax.plot(-(bias + w2 * height) / w1, height, color="#1d2530", linewidth=1.6)
    ax.set(xlim=(-5, 5), ylim=height)


def _perceptron(lesson: GaussiansLesson, narrow: bool) -> Drawn:
    trainings = lesson.separable, lesson.overlapping
    titles = [f"{_rest(training)} after {len(training.history)} passes" for training in trainings]
    figure, axes = panels(2, titles=titles, width=8.4, height=3.3, narrow=narrow)
    for ax, training, pair in zip(axes, trainings, ((0, 1), (1, 2)), strict=True):
        _line(lesson, training, pair, ax)
    return figure


def _rest(training: Training) -> str:
    return "converged" if training.history.gradient_norm[-1] == 0 else "still moving"


def _newton(lesson: GaussiansLesson) -> Drawn:
    descent = {f"gradient descent, rate {RATE:g}": _from_the_start(lesson, lesson.descent)}
    return plots.curves({**descent, "Newton's method": _from_the_start(lesson, lesson.newton)}, first=0)


FIGURES: dict[str, Callable[[GaussiansLesson], Drawn]] = {
    "classes": _classes,
    "softmax": _softmax,
    **both(_one_step, "one_step"),
    "descent": _descent,
    **both(_sweep, "sweep"),
    **both(_bias, "bias"),
    **both(_confusion, "confusion"),
    "diagram": _diagram,
    **both(_perceptron, "perceptron"),
    "newton": _newton,
}
