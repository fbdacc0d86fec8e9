"""Formulas of layers and losses, as plain text and as LaTeX."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from chainrule.layers import (
    ELU,
    GELU,
    SELU,
    Heaviside,
    Identity,
    Layer,
    LeakyReLU,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from chainrule.layers.activations import SELU_ELU, SELU_SCALE
from chainrule.losses import Loss, PerceptronCriterion, SigmoidCrossEntropy, SoftmaxCrossEntropy


class Formula(NamedTuple):
    """A formula, or a name, twice."""

    text: str
    latex: str


def derivative(of: Formula, by: Formula) -> Formula:
    """Return the name of a derivative.

    >>> derivative(Formula("z", "z"), Formula("b", "b")).text
    '∂z/∂b'
    """
    return Formula(f"∂{of.text}/∂{by.text}", rf"\frac{{\partial {of.latex}}}{{\partial {by.latex}}}")


def by_cases(positive: str, otherwise: str) -> Formula:
    """Return a function that is one thing above zero and another elsewhere."""
    latex = rf"{positive} \text{{ where }} a \gt 0, \text{{ else }} {otherwise}"
    text = f"{positive} where a > 0, else {otherwise}".replace(r"\,", "").replace("e^{a}", "exp(a)")
    return Formula(text, latex)


def activation_formulas(layer: Layer) -> tuple[Formula, Formula] | None:
    """Return an activation's function of a number `a` and its derivative, with `h` for its value.

    None for a layer that is not one of Chainrule's own.

    >>> [formula.text for formula in activation_formulas(Tanh())]
    ['tanh(a)', '1 - h²']
    """
    logistic = Formula("1 / (1 + exp(-a))", r"\frac{1}{1 + e^{-a}}")
    match layer:
        case Identity():
            return Formula("a", "a"), Formula("1", "1")
        case Heaviside():
            return by_cases("1", "0"), Formula("0", "0")
        case Sigmoid():
            return logistic, Formula("h (1 - h)", r"h \, (1 - h)")
        case Tanh():
            return Formula("tanh(a)", r"\tanh(a)"), Formula("1 - h²", "1 - h^2")
        case ReLU():
            return Formula("max(a, 0)", r"\max(a, 0)"), by_cases("1", "0")
        case LeakyReLU(slope=slope):
            return by_cases("a", rf"{slope:g}\, a"), by_cases("1", f"{slope:g}")
        case ELU(alpha=alpha):
            return by_cases("a", rf"{alpha:g}\, (e^{{a}} - 1)"), by_cases("1", f"h + {alpha:g}")
        case SELU():
            below, scale = f"{SELU_SCALE * SELU_ELU.alpha:.4f}", f"{SELU_SCALE:.4f}"
            return by_cases(rf"{scale}\, a", rf"{below}\, (e^{{a}} - 1)"), by_cases(scale, f"h + {below}")
        case Softplus():
            return Formula("log(1 + exp(a))", r"\log(1 + e^{a})"), logistic
        case GELU():
            return Formula("a Φ(a)", r"a \, \Phi(a)"), Formula("Φ(a) + a Φ'(a)", r"\Phi(a) + a \, \Phi'(a)")
        case SiLU():
            slope_ = Formula("σ(a) (1 + a σ(-a))", r"\sigma(a) \, (1 + a \, \sigma(-a))")
            return Formula("a σ(a)", r"a \, \sigma(a)"), slope_
        case Mish():
            gate = Formula("tanh(log(1 + exp(a)))", r"\tanh(\log(1 + e^{a}))")
            squared = Formula("tanh²(log(1 + exp(a)))", r"\tanh^2(\log(1 + e^{a}))")
            return (
                Formula(f"a {gate.text}", rf"a \, {gate.latex}"),
                Formula(
                    f"{gate.text} + a σ(a) (1 - {squared.text})",
                    rf"{gate.latex} + a \, \sigma(a) \, (1 - {squared.latex})",
                ),
            )
        case _:
            return None


def activation_note(layer: Layer) -> str:
    """Return what the letters in an activation's formulas stand for, where they stand for anything."""
    if isinstance(layer, GELU):
        return " Φ is the distribution function of the standard normal, Φ' its density."
    return " σ(a) is 1 / (1 + exp(-a))." if isinstance(layer, SiLU | Mish) else ""


def with_names(formula: Formula, a: Formula, h: Formula) -> Formula:
    """Return a formula of `a` and `h` with other names for them.

    >>> with_names(Formula("a tanh(a) + h", ""), Formula("a1", ""), Formula("h1", "")).text
    'a1 tanh(a1) + h1'
    """
    in_text, in_latex = {"a": a.text, "h": h.text}, {"a": f"{{{a.latex}}}", "h": f"{{{h.latex}}}"}
    return Formula(
        re.sub(r"[a-zA-Z]+", lambda word: in_text.get(word[0], word[0]), formula.text),
        re.sub(r"\\text\{.*?\}|\\?[a-zA-Z]+", lambda word: in_latex.get(word[0], word[0]), formula.latex),
    )


def softmax_formulas(x: Formula, y: Formula) -> tuple[Formula, Formula]:
    """Return the softmax of `x`, and its Jacobian in terms of its value `y`."""
    outer = rf"{y.latex}^\top \, {y.latex}"
    return (
        Formula(f"exp({x.text}) / Σ exp({x.text})", rf"\frac{{e^{{{x.latex}}}}}{{\sum e^{{{x.latex}}}}}"),
        Formula(f"diag({y.text}) - {y.text}ᵀ {y.text}", rf"\text{{diag}}({y.latex}) - {outer}"),
    )


def layer_formulas(layer: Layer, x: Formula, y: Formula) -> tuple[Formula, Formula | None]:
    """Return what an activation makes of `x`, and its Jacobian `∂y/∂x`; None for the Jacobian of an unknown one."""
    if isinstance(layer, Softmax):
        return softmax_formulas(x, y)
    formulas = activation_formulas(layer)
    if formulas is None:
        name = type(layer).__name__
        return Formula(f"{name}({x.text})", rf"\operatorname{{{name}}}({x.latex})"), None
    function, slope = (with_names(formula, x, y) for formula in formulas)
    if " where " in function.text:
        function = Formula(f"({function.text})", f"({function.latex})")
    return function, Formula(f"diag({slope.text})", rf"\text{{diag}}({slope.latex})")


Y, Z, T = (Formula(letter, rf"\mathbf{{{letter}}}") for letter in "yzt")


def loss_formulas(loss: Loss, outputs: int) -> Mapping[str, Formula]:
    """Return formulas of a loss by key: "y", "loss", "dloss_dy", "dy_dz", "fused", and "t" where targets are smoothed.

    Empty for a loss that is not one of Chainrule's own.
    """
    y, z, t = (Formula(name, name) for name in "yzt") if outputs == 1 else (Y, Z, T)
    formulas = {"fused": Formula("y - t", f"{y.latex} - {t.latex}")}
    smoothing = float(getattr(loss, "label_smoothing", 0.0))
    match loss:
        case SoftmaxCrossEntropy():
            formulas["y"], formulas["dy_dz"] = softmax_formulas(z, y)
            formulas["loss"] = Formula("-Σ t log y", r"-\sum_c t_c \log y_c")
            formulas["dloss_dy"] = Formula("-t / y", rf"-\frac{{{t.latex}}}{{{y.latex}}}")
        case SigmoidCrossEntropy():
            alone = outputs == 1
            formulas["y"] = Formula("1 / (1 + exp(-z))", rf"\frac{{1}}{{1 + e^{{-{z.latex}}}}}")
            formulas["loss"] = Formula(
                "-t log y - (1 - t) log(1 - y)" if alone else "Σ -t log y - (1 - t) log(1 - y)",
                r"-t \log y - (1 - t) \log(1 - y)" if alone else r"\sum_c -t_c \log y_c - (1 - t_c) \log(1 - y_c)",
            )
            formulas["dloss_dy"] = Formula(
                "(1 - t) / (1 - y) - t / y",
                rf"\frac{{1 - {t.latex}}}{{1 - {y.latex}}} - \frac{{{t.latex}}}{{{y.latex}}}",
            )
            slope = Formula("y (1 - y)", rf"{y.latex} \, (1 - {y.latex})")
            formulas["dy_dz"] = slope if alone else Formula("diag(y (1 - y))", rf"\text{{diag}}({slope.latex})")
        case PerceptronCriterion():
            formulas["y"] = Formula(
                "(1 where z > 0, else 0)", rf"(1 \text{{ where }} {z.latex} \gt 0, \text{{ else }} 0)"
            )
            formulas["loss"] = Formula("Σ max(z, 0) - t z", r"\sum_c \max(z_c, 0) - t_c z_c")
            formulas["dloss_dy"] = formulas["fused"]
            formulas["dy_dz"] = Formula("I", "I")
        case _:
            return {}
    if smoothing:
        k = 2 if isinstance(loss, SigmoidCrossEntropy) else outputs
        rest = smoothing / k
        formulas["t"] = Formula(
            f"{1 - smoothing:g} · target + {rest:g}", rf"{1 - smoothing:g} \cdot \text{{target}} + {rest:g}"
        )
    return formulas
