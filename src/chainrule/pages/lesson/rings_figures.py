"""The figures of part 2, by name."""

from collections.abc import Callable
from functools import partial

from matplotlib.axes import Axes

from chainrule import plots
from chainrule.arrays import Array
from chainrule.datasets import CLASS_NAMES
from chainrule.layers import LeakyReLU, Sigmoid
from chainrule.pages.lesson.drawn import Drawn, both, panels
from chainrule.pages.lesson.rings import Fit, RingsLesson

PLANE = (-2.2, 2.2, -2.2, 2.2)


def _regions(lesson: RingsLesson, fit: Fit, ax: Axes) -> None:
    classes = lesson.t.argmax(axis=1)
    plots.decision_regions(fit.predict, PLANE, names=CLASS_NAMES, rows=lesson.x, classes=classes, ax=ax)


def _rings(lesson: RingsLesson, narrow: bool) -> Drawn:
    figure, (left, right) = panels(2, titles=("points", "one layer"), width=8.4, height=4.4, narrow=narrow)
    plots.scatter_classes(lesson.x, lesson.t.argmax(axis=1), names=CLASS_NAMES, ax=left)
    left.set(xlim=PLANE[:2], ylim=PLANE[2:])
    _regions(lesson, lesson.linear, right)
    return figure


def _activations(lesson: RingsLesson, narrow: bool) -> Drawn:  # noqa: ARG001
    figure, axes = panels(2, titles=("sigmoid", "leaky ReLU"), width=7.6, height=3.0, narrow=narrow)
    for ax, layer in zip(axes, (Sigmoid(), LeakyReLU(0.1)), strict=True):
        plots.activation_shapes(layer, ax=ax)
    return figure


def _costs(lesson: RingsLesson) -> Drawn:
    fits = {"one layer": lesson.linear, "sigmoid": lesson.logistic, "leaky ReLU": lesson.leaky}
    return plots.curves({name: fit.training.history.cost for name, fit in fits.items()})


def _decisions(lesson: RingsLesson, narrow: bool) -> Drawn:
    figure, axes = panels(2, titles=("leaky ReLU", "sigmoid"), width=8.4, height=4.4, narrow=narrow)
    for ax, fit in zip(axes, (lesson.leaky, lesson.logistic), strict=True):
        _regions(lesson, fit, ax)
    return figure


def _units(lesson: RingsLesson, narrow: bool) -> Drawn:
    fits = {"leaky ReLU": lesson.leaky, "sigmoid": lesson.logistic}
    shown = [(name, unit) for name in fits for unit in range(3)]
    if narrow:
        shown.sort(key=lambda pair: pair[1])  # a column for each activation, not a row
    titles = [f"{name}, h{'₁₂₃'[unit]}" for name, unit in shown]
    figure, axes = panels(3, 2, titles=titles, width=8.4, height=5.6, narrow=narrow)
    for (name, unit), ax in zip(shown, axes, strict=True):
        plots.map_of(partial(_hidden, fits[name], unit), PLANE, symmetric=name == "leaky ReLU", ax=ax)
        ax.label_outer()
    return figure


def _hidden(fit: Fit, unit: int, x: Array) -> Array:
    return fit.network.forward(fit.training.theta, x)[2][:, unit]


def _vanishing(lesson: RingsLesson) -> Drawn:
    ax = plots.curves(lesson.vanishing, log=True)
    ax.set(xlabel="layer, from the input", ylabel="norm of the gradient")
    return ax


def _momentum(lesson: RingsLesson) -> Drawn:
    trainings = {"plain": lesson.logistic.training, "momentum": lesson.momentum, "Nesterov": lesson.nesterov}
    return plots.curves({name: training.history.cost for name, training in trainings.items()})


def _useful(lesson: RingsLesson, narrow: bool) -> Drawn:
    figure, (left, right) = panels(2, titles=("decision function", "network"), width=8.4, height=4.6, narrow=narrow)
    fit = lesson.useful
    _regions(lesson, fit, left)
    plots.network_diagram(
        fit.network, fit.training.theta, input_names=("x₁", "x₂"), output_names=CLASS_NAMES, max_units=16, ax=right
    )
    return figure


def _hidden_diagram(lesson: RingsLesson) -> Drawn:
    fit = lesson.leaky
    return plots.network_diagram(fit.network, fit.training.theta, input_names=("x₁", "x₂"), output_names=CLASS_NAMES)


def _planted(lesson: RingsLesson) -> Drawn:
    fits = {"right derivative": lesson.tanh, "wrong derivative": lesson.wrong}
    return plots.curves({name: fit.training.history.cost for name, fit in fits.items()})


FIGURES: dict[str, Callable[[RingsLesson], Drawn]] = {
    **both(_rings, "rings"),
    **both(_activations, "activations"),
    "hidden_diagram": _hidden_diagram,
    "costs": _costs,
    **both(_decisions, "decisions"),
    **both(_units, "units"),
    "vanishing": _vanishing,
    "planted": _planted,
    "momentum": _momentum,
    **both(_useful, "useful"),
}
