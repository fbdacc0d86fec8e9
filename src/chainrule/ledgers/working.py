"""How the numbers of a ledger are worked out by hand, and what known mistakes make of them.

1. A linear layer and every product of the chain rule are sums of products, `Σ_k left_k J_kj`, of which the terms that
   are not 0 are written out. So the arithmetic comes from the Jacobians of the trace, the same for every layer.
2. An activation, the loss and their derivatives are their formulas with numbers for the letters.
3. A mistake is the same sum with one thing wrong: a term or the bias left out, the matrix transposed, or the gradient
   that arrived at an activation in place of the one that left it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log, prod
from typing import final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.format import significant
from chainrule.common.formulas import Formula, derivative, number, replaced
from chainrule.inspection import Link, Path, Trace, Weight, parameter_name, unit_names
from chainrule.inspection.entries import LOSS, X, key_of, linear_formulas
from chainrule.layers import Dense, Elementwise, Sigmoid, Softmax
from chainrule.ledgers.record import FirstStep, Index, fits
from chainrule.losses import SigmoidCrossEntropy, SoftmaxCrossEntropy

# Known mistakes, in words.
SIGN = "wrong sign"
SLOPE = "slope of the activation left out"
TRANSPOSED = "transposed"
PATH = "a path left out"
TERM = "a term left out"
BIAS = "bias left out"
ACTIVATION = "activation left out"
LOGARITHM = "logarithm to base 10"
# Significant digits of numbers in text, as many as pages show.
DIGITS = 4


@final
@dataclass(frozen=True)
class Working:
    """How one number is worked out.

    Attributes:
        terms: the numbers that it is made of, to be added up; none where it only repeats another number.
        mistakes: what known mistakes make of it, each with its name; a name may have several.
    """

    terms: tuple[Formula, ...] = ()
    mistakes: tuple[tuple[str, float], ...] = ()

    @property
    def arithmetic(self) -> str:
        """The sum of the terms as text."""
        return " + ".join(term.text for term in self.terms)


def of_number(value: float) -> Formula:
    """Return a number within a formula, in brackets where it is negative.

    >>> of_number(-0.5).text, of_number(2.0).latex
    ('(-0.5)', '2')
    """
    plain = _plain(value)
    return Formula(f"({plain.text})", f"({plain.latex})") if value < 0 else plain


@final
@dataclass(frozen=True, eq=False)
class _Sum:
    """The numbers `left @ right + added`, one for each column, and what else is known of them.

    Attributes:
        left: (m,).
        right: (m, n).
        added: a bias (n,), or None.
        shape: of the numbers, whose columns come first where it is a matrix.
        wrong: the numbers of known mistakes, each (n,).
        forgotten: what leaving a term out is called.
    """

    left: Array
    right: Array
    shape: Index
    added: Array | None = None
    wrong: Mapping[str, Array] = field(default_factory=dict)
    forgotten: str = PATH

    def at(self, place: Index) -> Working:
        """Return how the number at a place, counted from 0, is worked out: the terms of its sum that are not 0."""
        column = int(np.ravel_multi_index(place, self.shape, order="F"))
        terms = [pair for pair in zip(self.left.tolist(), self.right[:, column].tolist(), strict=True) if all(pair)]
        added = [] if self.added is None else [float(self.added[column])]
        parts = [_product(pair) for pair in terms] + [of_number(value) for value in added]
        total = sum(map(prod, terms)) + sum(added)
        mistakes = [(SIGN, -total)]
        mistakes += [
            (name, float(values[column])) for name, values in self.wrong.items() if np.isfinite(values[column])
        ]
        mistakes += [(BIAS, total - value) for value in added]
        if len(terms) > 1:
            mistakes += [(self.forgotten, total - prod(pair)) for pair in terms]
        return Working(tuple(parts), tuple(mistakes))


def _product(factors: Sequence[float]) -> Formula:
    parts = list(map(of_number, factors))
    return Formula(" · ".join(part.text for part in parts), r" \cdot ".join(part.latex for part in parts))


@final
@dataclass(frozen=True, eq=False)
class _Formulas:
    """Numbers with the arithmetic of each, and the numbers of known mistakes."""

    arithmetic: Mapping[Index, Formula]
    values: Array
    wrong: Mapping[str, Array] = field(default_factory=dict)

    def at(self, place: Index) -> Working:
        """Return how the number at a place, counted from 0, is worked out: its formula, where one is known."""
        mistakes = [(SIGN, -float(self.values[place]))]
        mistakes += [(name, float(values[place])) for name, values in self.wrong.items() if np.isfinite(values[place])]
        formula = self.arithmetic.get(place)
        return Working(() if formula is None else (formula,), tuple(mistakes))


def workings(trace: Trace) -> dict[str, _Sum | _Formulas]:
    """Return, by the key of an entry, how its numbers are worked out; only where a sheet shows all that this takes.

    >>> from chainrule import Dense, Network, SoftmaxCrossEntropy
    >>> from chainrule.inspection import trace
    >>> network = Network((Dense(2, 2),))
    >>> row = trace(network, SoftmaxCrossEntropy(), network.zeros(), [1., 2.], 0)
    >>> workings(row)["dloss_dW"].at((1, 0)).arithmetic
    '(-0.5) · 2'
    """
    found = dict(_of_loss(trace)) if fits(trace.z) else {}
    units = (X, *unit_names(trace))
    for place, link in enumerate(trace.links):
        if all(map(fits, (link.x, link.y, *link.params.values()))):
            found |= _of_layer(trace, place, units[place], units[place + 1])
    return found


def _of_loss(trace: Trace) -> Iterator[tuple[str, _Sum | _Formulas]]:
    y, z = trace.y, trace.z
    softmax, sigmoid = isinstance(trace.activation, Softmax), isinstance(trace.activation, Sigmoid)
    probabilities: dict[Index, Formula] = (
        {(k,): _probability(z, k, softmax) for k in range(len(y))} if softmax or sigmoid else {}
    )
    yield "y", _Formulas(probabilities, y)
    losses, slopes = _of_target(trace)
    yield "loss", _Formulas(losses, np.asarray(trace.loss), {LOGARITHM: np.asarray(trace.loss / log(10))})
    yield "dloss_dy", _Formulas(slopes, trace.dloss_dy)
    factors: dict[Index, Formula] = (
        {(k, k): _own_slope(float(y[k])) for k in range(len(y))} if softmax or sigmoid else {}
    )
    if softmax:
        factors |= {(i, k): _other_slope(y[i], y[k]) for i in range(len(y)) for k in range(len(y)) if i != k}
    yield "dy_dz", _Formulas(factors, trace.dy_dz)
    yield "dloss_dz", _Sum(trace.dloss_dy, trace.dy_dz, z.shape, wrong={SLOPE: trace.dloss_dy})


def _probability(z: Array, k: int, softmax: bool) -> Formula:
    if not softmax:
        minus = _plain(-float(z[k]))
        return Formula(f"1 / (1 + exp({minus.text}))", rf"\frac{{1}}{{1 + e^{{{minus.latex}}}}}")
    own, all_of_them = _plain(float(z[k])), [_plain(float(each)) for each in z]
    text = " + ".join(f"exp({each.text})" for each in all_of_them)
    latex = " + ".join(f"e^{{{each.latex}}}" for each in all_of_them)
    return Formula(f"exp({own.text}) / ({text})", rf"\frac{{e^{{{own.latex}}}}}{{{latex}}}")


def _plain(value: float) -> Formula:
    return Formula(significant(value, DIGITS), number(value))


def _of_target(trace: Trace) -> tuple[dict[Index, Formula], dict[Index, Formula]]:
    """Return the arithmetic of cross-entropy and of its derivative by `y`; none for other losses and soft targets."""
    smoothed = bool(getattr(trace.criterion, "label_smoothing", 0.0))
    known = isinstance(trace.criterion, SoftmaxCrossEntropy | SigmoidCrossEntropy)
    if smoothed or not known or len(trace.t) != len(trace.y) or not set(trace.t.tolist()) <= {0.0, 1.0}:
        return {}, {}
    true = int(trace.t.argmax())
    y = of_number(float(trace.y[true]))
    if isinstance(trace.criterion, SigmoidCrossEntropy):
        if len(trace.y) > 1:
            return {}, {}
        if not trace.t[0]:
            other, latex = Formula(f"1 - {y.text}", f"1 - {y.latex}"), rf"\frac{{1}}{{1 - {y.latex}}}"
            return {(): _minus_log(other)}, {(0,): Formula(f"1 / ({other.text})", latex)}
    return {(): _minus_log(y)}, {(true,): Formula(f"-1 / {y.text}", rf"-\frac{{1}}{{{y.latex}}}")}


def _minus_log(y: Formula) -> Formula:
    return Formula(f"-log({y.text})", rf"-\log({y.latex})")


def _own_slope(y: float) -> Formula:
    own = of_number(y)
    return Formula(f"{own.text} (1 - {own.text})", rf"{own.latex} \, (1 - {own.latex})")


def _other_slope(y: float, other: float) -> Formula:
    one, two = of_number(float(y)), of_number(float(other))
    return Formula(f"-{one.text} · {two.text}", rf"-{one.latex} \cdot {two.latex}")


def _of_layer(trace: Trace, number: int, x: Formula, y: Formula) -> dict[str, _Sum | _Formulas]:
    link, found = trace.links[number], dict[str, _Sum | _Formulas]()
    by_x, behind = link.jacobians["x"], trace.links[number + 1 : number + 2]
    arrived = behind[0].dy if behind and isinstance(behind[0].layer, Elementwise) else None
    square = isinstance(link.layer, Dense) and link.layer.inputs == link.layer.outputs
    names = {name: parameter_name(trace, number, name) for name in link.params}
    found[key_of(y)] = _forward(link, square, linear_formulas(link.layer, x, names) is not None)
    for name, symbol in names.items():
        jacobian, gradient = link.jacobians[name], link.gradients[name]
        wrong = {} if arrived is None else {SLOPE: arrived @ jacobian}
        if gradient.ndim == 2:
            wrong[TRANSPOSED] = _transposed(gradient).ravel(order="F")
        found[key_of(derivative(LOSS, symbol))] = _Sum(link.dy, jacobian, gradient.shape, wrong=wrong)
        found[key_of(derivative(y, symbol))] = _Formulas({}, jacobian)
    wrong = {} if arrived is None else {SLOPE: arrived @ by_x}
    wrong |= {TRANSPOSED: link.dy @ by_x.T} if square else {}
    slopes, mistakes = dict[Index, Formula](), {TRANSPOSED: _transposed(by_x)}
    if isinstance(link.layer, Elementwise):
        wrong, mistakes = {SLOPE: link.dy}, {}
        if link.layer.derivative_formula is not None:
            slopes = {(j, j): with_numbers(link.layer.derivative_formula, link, j) for j in range(len(link.y))}
    found[key_of(derivative(LOSS, x))] = _Sum(link.dy, by_x, link.x.shape, wrong=wrong)
    found[key_of(derivative(y, x))] = _Formulas(slopes, by_x, mistakes)
    return found


def _forward(link: Link, square: bool, linear: bool) -> _Sum | _Formulas:
    if linear:
        bias = link.params.get("bias")
        wrong = {TRANSPOSED: link.params["weights"] @ link.x + (0.0 if bias is None else bias)} if square else {}
        return _Sum(link.x, link.jacobians["x"].T, link.y.shape, bias, wrong, TERM)
    formula = link.layer.formula if isinstance(link.layer, Elementwise) else None
    if formula is None:
        return _Formulas({}, link.y)
    return _Formulas({(j,): with_numbers(formula, link, j) for j in range(len(link.y))}, link.y, {ACTIVATION: link.x})


def with_numbers(formula: Formula, link: Link, unit: int) -> Formula:
    """Return a formula of an activation with the numbers of one of its units."""
    found = replaced(formula, {"a": of_number(float(link.x[unit])), "h": of_number(float(link.y[unit]))})
    return Formula(_without_double(found.text), _without_double(found.latex))


def _without_double(formula: str) -> str:
    """Return a formula with one pair of brackets where there are two around a number."""
    return re.sub(r"\(\{?\((-[^()]*)\)\}?\)", r"(\1)", formula)


def _transposed(values: Array) -> Array:
    """Return for each place of a matrix the number that stands at it in the transposed one, or no number."""
    side, found = min(values.shape), np.full(values.shape, np.nan)
    found[:side, :side] = values[:side, :side].T
    return found


def of_path(trace: Trace, weight: Weight, path: Path) -> Working:
    """Return how the contribution of a path is worked out."""
    behind = [isinstance(link.layer, Elementwise) for link in reversed(trace.links[weight.link + 1 :])]
    slopes = [False, False, *behind, False]
    mistakes = [(SIGN, -path.contribution)]
    for place, slope in enumerate(slopes):
        if slope:
            mistakes.append((SLOPE, prod(path.factors[:place] + path.factors[place + 1 :])))
    return Working((_product(path.factors),), tuple(mistakes))


def of_step(step: FirstStep) -> Working:
    """Return how a weight after the first step of its optimizer is worked out."""
    assert step.after is not None
    numbers = {"w": of_number(step.before), "g": of_number(step.gradient)}
    terms = () if step.formula is None else (replaced(step.formula, numbers),)
    return Working(terms, ((SIGN, 2 * step.before - step.after),))
