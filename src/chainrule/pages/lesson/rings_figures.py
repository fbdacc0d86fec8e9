"""The figures of part 2, by name."""

from collections.abc import Callable
from functools import partial

from matplotlib.axes import Axes

from chainrule import plots
from chainrule.arrays import Array
from chainrule.datasets import CLASS_NAMES
from chainrule.layers import LeakyReLU, Sigmoid
from chainrule.pages.lesson.drawn import Drawn, panel, panels
from chainrule.pages.lesson.rings import Fit, RingsLesson

PLANE = (-2.2, 2.2, -2.2, 2.2)


def _regions(lesson: RingsLesson, fit: Fit, ax: Axes) -> None:
    classes = lesson.t.argmax(axis=1)
    plots.decision_regions(fit.predict, PLANE, names=CLASS_NAMES, rows=lesson.x, classes=classes, ax=ax)


def _rings(lesson: RingsLesson, number: int) -> Drawn:
    ax = panel(("points", "one layer")[number], 4.2, 4.4)
    if number == 0:
        plots.scatter_classes(lesson.x, lesson.t.argmax(axis=1), names=CLASS_NAMES, ax=ax)
        ax.set(xlim=PLANE[:2], ylim=PLANE[2:])
    else:
        _regions(lesson, lesson.linear, ax)
    return ax


def _activations(lesson: RingsLesson, number: int) -> Drawn:  # noqa: ARG001
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
    return plots.map_of(partial(_hidden, fit, unit), PLANE, symmetric=name == "leaky ReLU", ax=ax)


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
FIGURES: dict[str, Callable[[RingsLesson], Drawn]] = {
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
