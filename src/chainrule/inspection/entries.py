"""The numbers of a trace in the order of the chain, each with its name, its formula, and a check of every product."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.formulas import Formula, derivative
from chainrule.inspection.tracing import Link, Trace, difference
from chainrule.layers import Activation, Layer, LinearFormulas, MemberSoftmax, Softmax
from chainrule.layers.layer import formula_by_name
from chainrule.losses import DescribedLoss, Loss

# The letters of CONTRIBUTING's vocabulary: rows, probabilities, logits, target.
X = Formula("x", r"\mathbf{x}")
Y = Formula("y", r"\mathbf{y}")
Z = Formula("z", r"\mathbf{z}")
T = Formula("t", r"\mathbf{t}")
# Written out, since the vocabulary has no letter for it.
LOSS = Formula("loss", r"\text{loss}")
# What parameters are called, those of a user's own layer by their names.
LETTERS = {"weights": ("W", "W"), "bias": ("b", r"\mathbf{b}"), "scale": ("s", r"\mathbf{s}")}
# Where all terms are zero, a difference is divided by the smallest normal number instead.
TINY = float(np.finfo(float).tiny)


def layer_formulas(layer: Layer, x: Formula, y: Formula) -> tuple[Formula, Formula | None]:
    """Return what a layer without parameters makes of `x`, and its Jacobian `∂y/∂x`; None for an unknown one."""
    return layer.formulas(x, y) if isinstance(layer, Activation) else (formula_by_name(layer, x), None)


def linear_formulas(layer: Layer, x: Formula, parameters: Mapping[str, Formula]) -> LinearFormulas | None:
    """Return what a linear layer with parameters of these names computes; None for any other layer."""
    found = layer.formulas(x, parameters) if parameters and hasattr(layer, "formulas") else None
    return found if isinstance(found, LinearFormulas) else None


def loss_formulas(loss: Loss, outputs: int) -> Mapping[str, Formula]:
    """Return the formulas of a loss by key, as `DescribedLoss.formulas` says; empty for one that says nothing of it."""
    return loss.formulas(outputs) if isinstance(loss, DescribedLoss) else {}


def activation_note(layer: Layer) -> str:
    """Return what the letters in an activation's formulas stand for, where they stand for anything."""
    return layer.note if isinstance(layer, Activation) else ""


@final
@dataclass(frozen=True, eq=False)
class Entry:
    """Some numbers of the chain.

    Attributes:
        key: a name for programs, such as "dloss_dz".
        kind: what sort of number it is: "row", "parameter", "forward", "loss", "factor" or "product".
        name: such as ∂loss/∂z.
        formula: what it is computed by, or None where it is given.
        values: the numbers; () for one, (n,), or (o, i) for a Jacobian.
        difference: for a product, how far it is from the same numbers computed in another way, relative to the
            largest sum of its terms' sizes.
        pattern: where its numbers stand, for a Jacobian that repeats others; else nothing.
    """

    key: str
    kind: str
    name: Formula
    formula: Formula | None
    values: Array
    difference: float | None = None
    pattern: str = ""


@final
@dataclass(frozen=True, eq=False)
class Section:
    """A stretch of the chain: its heading, a sentence about it, and its numbers."""

    title: str
    about: str
    entries: tuple[Entry, ...]


def sections(trace: Trace) -> tuple[Section, ...]:
    """Return the numbers of a trace from the row to the loss, and back to the parameters of the first layer.

    >>> from chainrule import Dense, Network, SoftmaxCrossEntropy
    >>> from chainrule.inspection import trace
    >>> network = Network((Dense(2, 2),))
    >>> for section in sections(trace(network, SoftmaxCrossEntropy(), network.zeros(), [1., 2.], 0)):
    ...     print(section.title, [entry.name.text for entry in section.entries])
    Forward ['x', 'W', 'b', 'z', 'y', 't', 'loss']
    Backward: from the loss to the logits ['∂loss/∂y', '∂y/∂z', '∂loss/∂z']
    Backward: the layer from x to z ['∂z/∂W', '∂loss/∂W', '∂z/∂b', '∂loss/∂b']
    """
    names = _names(trace)
    back = [
        Section(
            f"Backward: the layer from {x.text} to {y.text}",
            _about(link, x, y, first=place == 0),
            tuple(_backward(link, x, y, parameters, first=place == 0)),
        )
        for place, (link, (x, y, parameters)) in enumerate(zip(trace.links, names, strict=True))
    ]
    notes = "".join(dict.fromkeys(activation_note(link.layer) for link in trace.links))
    loss_note = trace.criterion.note if isinstance(trace.criterion, DescribedLoss) else ""
    return (
        Section("Forward", f"Each layer's input is the previous layer's output.{notes}", tuple(_forward(trace, names))),
        Section(
            "Backward: from the loss to the logits",
            "The chain rule begins at the end: how the loss changes with each output, times how the outputs change with"
            f" the logits.{loss_note}",
            tuple(_loss_backward(trace)),
        ),
        *reversed(back),
    )


def unit_names(trace: Trace) -> tuple[Formula, ...]:
    """Return the name of the outputs of each layer: a1, h1, …, z."""
    return tuple(y for _, y, _ in _names(trace))


def parameter_name(trace: Trace, link: int, parameter: str) -> Formula:
    """Return the name of a parameter of a layer, such as W1."""
    return _names(trace)[link][2][parameter]


def _names(trace: Trace) -> list[tuple[Formula, Formula, dict[str, Formula]]]:
    """Return for each layer the names of its inputs, its outputs and its parameters."""
    several = sum(bool(link.params) for link in trace.links) > 1
    names, x, number, bends = [], X, 0, 0
    for place, link in enumerate(trace.links):
        number, bends = (number + 1, 0) if link.params else (number, bends + 1)
        letter, primes = ("a", "") if link.params else ("h", "'" * (bends - 1))
        y = Formula(f"{letter}{number}{primes}", rf"\mathbf{{{letter}}}_{{{number}}}{primes}")
        y = Z if place == len(trace.links) - 1 else y
        names.append((x, y, {name: _parameter(name, number if several else None) for name in link.params}))
        x = y
    return names


def _parameter(name: str, number: int | None) -> Formula:
    text, latex = LETTERS.get(name, (name, rf"\text{{{name}}}"))
    return Formula(text, latex) if number is None else Formula(f"{text}{number}", f"{latex}_{{{number}}}")


def _forward(trace: Trace, names: list[tuple[Formula, Formula, dict[str, Formula]]]) -> Iterator[Entry]:
    yield Entry("x", "row", X, None, trace.links[0].x)
    for link, (x, y, parameters) in zip(trace.links, names, strict=True):
        for name, symbol in parameters.items():
            yield Entry(symbol.text, "parameter", symbol, None, link.params[name])
        yield Entry(key_of(y), "forward", y, _forward_formula(link, x, y, parameters), link.y, _check_forward(link))
    known = loss_formulas(trace.criterion, len(trace.y))
    yield Entry("y", "forward", Y, known.get("y"), trace.y)
    yield Entry("t", "row", T, known.get("t"), _smoothed(trace))
    yield Entry("loss", "loss", LOSS, known.get("loss"), np.asarray(trace.loss))


def _smoothed(trace: Trace) -> Array:
    """Return the target as the loss takes it."""
    smoothing = float(getattr(trace.criterion, "label_smoothing", 0.0))
    classes = len(trace.t) if isinstance(trace.criterion.activation, Softmax | MemberSoftmax) else 2
    return trace.t * (1 - smoothing) + smoothing / classes


def _forward_formula(link: Link, x: Formula, y: Formula, parameters: dict[str, Formula]) -> Formula:
    linear = linear_formulas(link.layer, x, parameters)
    return layer_formulas(link.layer, x, y)[0] if linear is None else linear.y


def _check_forward(link: Link) -> float | None:
    """Return how far a linear layer's outputs are from the sums `∂y/∂x · x + b` with more digits, relative to terms."""
    if linear_formulas(link.layer, X, dict.fromkeys(link.params, X)) is None:
        return None
    terms = link.x.astype(np.longdouble) * link.jacobians["x"]
    total, size = terms.sum(axis=1), np.abs(terms).sum(axis=1)
    if "bias" in link.params:
        total, size = total + link.params["bias"], size + np.abs(link.params["bias"])
    return float((np.abs(total - link.y) / np.maximum(size, TINY)).max())


def _loss_backward(trace: Trace) -> Iterator[Entry]:
    known = loss_formulas(trace.criterion, len(trace.y))
    by_y, y_by_z, by_z = derivative(LOSS, Y), derivative(Y, Z), derivative(LOSS, Z)
    yield Entry("dloss_dy", "factor", by_y, known.get("dloss_dy"), trace.dloss_dy)
    yield Entry("dy_dz", "factor", y_by_z, known.get("dy_dz"), trace.dy_dz)
    formula, fused = _product(by_y, y_by_z), known.get("fused")
    if fused is not None:
        formula = Formula(f"{formula.text} = {fused.text}", f"{formula.latex} = {fused.latex}")
    yield Entry("dloss_dz", "product", by_z, formula, trace.dz, difference(trace.dz, trace.dz_fused, least=1.0))


def _backward(link: Link, x: Formula, y: Formula, parameters: dict[str, Formula], *, first: bool) -> Iterator[Entry]:
    """Return the factors and products of a layer, each product beside that of the engine, which makes no Jacobians."""
    arrived = derivative(LOSS, y)
    grad = {name: np.empty(values.shape) for name, values in link.params.items()}
    passed = link.layer.vjp(link.params, link.x[None], link.y[None], link.dy[None], grad=grad)
    linear = linear_formulas(link.layer, x, parameters)
    known = {} if linear is None else linear.jacobians
    for name, symbol in parameters.items():
        slope, gradient = derivative(y, symbol), derivative(LOSS, symbol)
        formula, pattern = known.get(name, (None, ""))
        yield Entry(key_of(slope), "factor", slope, formula, link.jacobians[name], None, pattern)
        product, found = _product(arrived, slope), link.gradients[name]
        yield Entry(key_of(gradient), "product", gradient, product, found, difference(found, grad[name]))
    if not first:
        slope, dx = derivative(y, x), derivative(LOSS, x)
        formula = layer_formulas(link.layer, x, y)[1] if linear is None else linear.jacobians["x"][0]
        yield Entry(key_of(slope), "factor", slope, formula, link.jacobians["x"])
        far = 0.0 if passed is None else difference(link.dx, passed[0], least=_size_of_terms(link))
        yield Entry(key_of(dx), "product", dx, _product(arrived, slope), link.dx, far)


def _about(link: Link, x: Formula, y: Formula, *, first: bool) -> str:
    arrived = f"∂loss/∂{y.text}"
    if not link.params:
        note = activation_note(link.layer)
        return f"The incoming gradient {arrived} is multiplied by the slope of the activation.{note}"
    if first:
        return f"The incoming gradient {arrived} is used for the parameters; the input of this layer is the row itself."
    return f"The incoming gradient {arrived} is used twice: for the parameters, and on to {x.text}."


def _size_of_terms(link: Link) -> float:
    """Return how large the terms of `dy · ∂y/∂x` are; a softmax subtracts probabilities of up to 1."""
    slopes = np.abs(link.jacobians["x"]) + (1.0 if isinstance(link.layer, Softmax | MemberSoftmax) else 0.0)
    return float((np.abs(link.dy) @ slopes).max(initial=TINY))


def _product(left: Formula, right: Formula) -> Formula:
    return Formula(f"{left.text} · {right.text}", rf"{left.latex} \, {right.latex}")


def key_of(name: Formula) -> str:
    """Return what programs call the numbers of a name, such as "dloss_dz"."""
    return name.text.replace("∂", "d").replace("/", "_").replace("'", "p")
