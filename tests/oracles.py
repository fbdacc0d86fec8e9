"""Independent derivatives and formulas: what the package finds by calculus, found here without any.

    complex step   f(x + ih).imag / h                                            exact, where f is analytic
    differences    (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12 h    good to h⁴, away from kinks

Both differentiate `f` along a direction; a full derivative has the shape of the values, then that of the arguments.
"""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from scipy.special import erf, log_expit, log_softmax, ndtr

from chainrule.arrays import Array
from chainrule.layers import Elementwise

Function: TypeAlias = Callable[[Array], Any]
Slope: TypeAlias = Callable[[Function, Array, Array], Array]

COMPLEX_STEP = 1e-30
DIFFERENCE_STEP = 1e-4


def complex_slope(function: Function, at: Array, direction: Array) -> Array:
    """The derivative of an analytic function along a direction."""
    return np.imag(function(at + 1j * COMPLEX_STEP * direction)) / COMPLEX_STEP


def difference_slope(function: Function, at: Array, direction: Array, step: float = DIFFERENCE_STEP) -> Array:
    """The derivative of a function along a direction that meets no kink within two steps."""
    near = np.subtract(function(at + step * direction), function(at - step * direction))
    far = np.subtract(function(at + 2 * step * direction), function(at - 2 * step * direction))
    return (8 * near - far) / (12 * step)


def slope_of(analytic: bool) -> Slope:
    return complex_slope if analytic else difference_slope


def full_derivative(slope: Slope, function: Function, at: Array) -> Array:
    """All partial derivatives, of shape (*values, *arguments)."""
    derivative = np.zeros((*np.shape(function(at)), *at.shape))
    for index in np.ndindex(at.shape):
        unit = np.zeros(at.shape)
        unit[index] = 1
        derivative[(..., *index)] = slope(function, at, unit)
    return derivative


def assert_agrees(found: Array, expected: Array, relative: float = 1e-9, least: float = 1e-3) -> None:
    """Fail unless all numbers agree to `relative` of the largest one, or of `least` where all are smaller."""
    scale = max(float(np.max(np.abs(expected), initial=0)), least)
    np.testing.assert_allclose(found, expected, rtol=0, atol=relative * scale, strict=False)
    assert np.shape(found) == np.shape(expected)


# Of Klambauer and others' SELU, to all the digits of their paper.
ELU_OF_SELU = 1.6732632423543772848170429916717
SCALE_OF_SELU = 1.0507009873554804934193349852946

ACTIVATION_FORMULAS: dict[str, Function] = {
    "Identity": lambda x: x,
    "Heaviside": lambda x: np.heaviside(x, 0),
    "Sigmoid": lambda x: 0.5 + 0.5 * np.tanh(x / 2),
    "Tanh": lambda x: 1 - 2 / (np.exp(2 * x) + 1),
    "ReLU": lambda x: (x + np.abs(x)) / 2,
    "LeakyReLU": lambda x: np.maximum(x, 0.01 * x),
    "LeakyReLU(0.3)": lambda x: np.maximum(x, 0.3 * x),
    "ELU": lambda x: np.maximum(x, 0) + np.exp(np.minimum(x, 0)) - 1,
    "ELU(0.4)": lambda x: np.maximum(x, 0) + 0.4 * (np.exp(np.minimum(x, 0)) - 1),
    "SELU": lambda x: SCALE_OF_SELU * (np.maximum(x, 0) + ELU_OF_SELU * (np.exp(np.minimum(x, 0)) - 1)),
    "Softplus": lambda x: np.logaddexp(0, x),
    "GELU": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "SiLU": lambda x: x / (1 + np.exp(-x)),
    "Mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "Softmax": lambda x: np.exp(log_softmax(x, axis=1)),
}


def evaluated(text: str, a: Array, h: Array) -> Array:
    """A formula as the ledger prints it, computed."""
    parts = re.fullmatch(r"(.+) where a > 0, else (.+)", text)
    if parts:
        return np.where(a > 0, evaluated(parts[1], a, h), evaluated(parts[2], a, h))
    expression = text.replace("tanh²(log(1 + exp(a)))", "tanh(log(1 + exp(a)))**2")
    expression = expression.replace("h²", "h**2").replace("Φ'", "density")
    expression = re.sub(r"(?<=[\w)]) (?=[\w(])", " * ", expression)
    names = {
        "a": a,
        "h": h,
        "s": np.log1p(np.exp(a)),
        "exp": np.exp,
        "log": np.log,
        "tanh": np.tanh,
        "Φ": ndtr,
        "max": np.maximum,
        "σ": lambda v: 1 / (1 + np.exp(-v)),
        "density": lambda v: np.exp(-v * v / 2) / np.sqrt(2 * np.pi),
    }
    return np.broadcast_to(eval(expression, {"__builtins__": {}}, names), a.shape)


def activation_formula(name: str, layer: object) -> Function:
    """A second formula of an activation: the one above, or else what the ledger prints of it."""
    if name in ACTIVATION_FORMULAS:
        return ACTIVATION_FORMULAS[name]
    assert isinstance(layer, Elementwise)
    printed = layer.formula
    assert printed is not None
    return lambda x: evaluated(printed.text, x, x)


def softmax_cross_entropy(z: Array, t: Array) -> Array:
    """`-Σ_c t_c log y_c` of each row."""
    return -np.sum(t * log_softmax(z, axis=1), axis=1)


def sigmoid_cross_entropy(z: Array, t: Array) -> Array:
    """`-Σ_c t_c log y_c + (1 - t_c) log(1 - y_c)` of each row."""
    return -np.sum(t * log_expit(z) + (1 - t) * log_expit(-z), axis=1)


def perceptron_criterion(z: Array, t: Array) -> Array:
    """What a row on the wrong side costs: the sum of `|z|` over the outputs whose sign is wrong."""
    wrong = (z > 0) != (t > 0.5)
    return np.sum(np.abs(z) * wrong, axis=1)
