"""The activations, each beside its derivative and all else that is to be known of it.

All but the softmax are functions of one number, applied to every number of a layer. In formulas, `a` is that number and
`h` the activation's value.
"""

from dataclasses import dataclass
from math import pi, sqrt
from typing import final

import numpy as np

from chainrule.arrays import Array, absolute, diagonal, logistic, put, row_maximum, softplus
from chainrule.common.arguments import real
from chainrule.common.format import described
from chainrule.common.formulas import Formula, by_cases
from chainrule.layers.layer import Activation, Elementwise, Operation, Parameters, onnx

# The registry: a new activation joins here, and is public, known by its name, saved, exported and tested from then on.
__all__ = [  # noqa: RUF022 (in the order of the file, as messages list them)
    "Identity",
    "Heaviside",
    "Sigmoid",
    "Tanh",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "SELU",
    "Softplus",
    "GELU",
    "SiLU",
    "Mish",
    "Softmax",
]

LOGISTIC = Formula("1 / (1 + exp(-a))", r"\frac{1}{1 + e^{-a}}")
# Standard deviations beyond which the normal density is taken as here: it is 0 in double precision, exp(-1250), and the
# square of a larger number might overflow.
FARTHEST = 50
SIGMA = " σ(a) is 1 / (1 + exp(-a))."
# log(1 + exp(x)), by way of exp(-|x|), which cannot overflow.
ONNX_SOFTPLUS = onnx(
    "Add", onnx("Log", onnx("Add", onnx("Exp", onnx("Neg", onnx("Abs", "x"))), 1.0)), onnx("Max", "x", 0.0)
)


def check_finite(owner: str, **numbers: float) -> None:
    """Raise ValueError unless each of the named numbers is finite."""
    for name, number in numbers.items():
        if not real(number):
            raise ValueError(f"{owner} needs a finite {name}, found {described(number)}.")


@final
@dataclass(frozen=True)
class Identity(Elementwise):
    """The identity: `f(x) = x`, `f'(x) = 1`.

    Layers with nothing but this between them are together one linear map.

    >>> Identity().function(np.array([-1., 2.]))
    array([-1.,  2.])
    """

    name = "identity"
    kernel = 0
    formula = Formula("a", "a")
    derivative_formula = Formula("1", "1")
    onnx_form = "x"

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return put(x, out)

    def derivative(self, x: Array, y: Array) -> Array:
        return np.ones_like(x)


@final
@dataclass(frozen=True)
class Heaviside(Elementwise):
    """The unit step: `f(x) = 1 if x > 0 else 0`, `f'(x) = 0`.

    Its derivative is zero wherever it exists, so no gradient passes and gradient descent learns nothing through it:
    that is why `PerceptronRule` puts the error itself in the gradient's place, and why smooth activations came.

    Source: F. Rosenblatt, "The perceptron", Psychological Review 65 (1958).

    >>> Heaviside().function(np.array([-1., 0., 2.]))
    array([0., 0., 1.])
    """

    name = "heaviside"
    kinked = True
    learns = False
    formula = by_cases("1", "0")
    derivative_formula = Formula("0", "0")
    onnx_form = onnx("Cast", onnx("Greater", "x", 0.0), to="double")

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return put((x.real > 0).astype(x.dtype), out)

    def derivative(self, x: Array, y: Array) -> Array:
        return np.zeros_like(x)


@final
@dataclass(frozen=True)
class Sigmoid(Elementwise):
    """The logistic function: `f(x) = 1 / (1 + exp(-x))`, `f'(x) = y (1 - y)`, at most 1/4.

    It turns the logit of two classes into the probability of the second, and neurons with it saturate: far from 0 the
    derivative is nearly 0.

    Source: D. Rumelhart, G. Hinton, R. Williams, "Learning representations by back-propagating errors",
    Nature 323 (1986).

    >>> Sigmoid().function(np.array([0., 1e4]))
    array([0.5, 1. ])
    """

    name = "logistic"
    kernel = 4
    saturates = True
    formula = LOGISTIC
    derivative_formula = Formula("h (1 - h)", r"h \, (1 - h)")
    onnx_form = onnx("Sigmoid", "x")

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return logistic(x, out)

    def derivative(self, x: Array, y: Array) -> Array:
        return y * logistic(-x)


@final
@dataclass(frozen=True)
class Tanh(Elementwise):
    """The hyperbolic tangent: `f(x) = tanh(x)`, `f'(x) = 1 - y²`.

    Source: Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, "Efficient BackProp" (1998), section 4.4.

    >>> Tanh().derivative(np.array([0.]), np.array([0.]))
    array([1.])
    """

    name = "tanh"
    kernel = 3
    saturates = True
    formula = Formula("tanh(a)", r"\tanh(a)")
    derivative_formula = Formula("1 - h²", "1 - h^2")
    onnx_form = onnx("Tanh", "x")

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.tanh(x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return (1 - y) * (1 + y)


@final
@dataclass(frozen=True)
class ReLU(Elementwise):
    """The rectifier: `f(x) = max(x, 0)`, `f'(x) = 1 if x > 0 else 0` (0 at the kink).

    Source: V. Nair, G. Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.

    >>> ReLU().function(np.array([-1., 2.]))
    array([0., 2.])
    """

    name = "relu"
    initializer = "he_normal"
    kernel = 1
    kinked = True
    formula = Formula("max(a, 0)", r"\max(a, 0)")
    derivative_formula = by_cases("1", "0")
    onnx_form = onnx("Max", "x", 0.0)

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(x, x.real > 0, out=out) if np.iscomplexobj(x) else np.maximum(x, 0, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return (x.real > 0).astype(x.dtype)


@final
@dataclass(frozen=True)
class LeakyReLU(Elementwise):
    """The leaky rectifier: `f(x) = x if x > 0 else slope x`, `f'(x) = 1 if x > 0 else slope`.

    Parameters:
        slope: below zero; any finite number.

    Raises:
        ValueError: the slope is not finite.

    Source: A. Maas, A. Hannun, A. Ng, "Rectifier nonlinearities improve neural network acoustic models", ICML 2013.

    >>> LeakyReLU(slope=0.1).function(np.array([-1., 2.]))
    array([-0.1,  2. ])
    """

    slope: float = 0.01

    name = "leaky_relu"
    initializer = "he_normal"
    kernel = 2
    kinked = True

    def __post_init__(self) -> None:
        check_finite("LeakyReLU", slope=self.slope)

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(x, self.derivative(x, x), out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return np.where(x.real > 0, x.dtype.type(1), x.dtype.type(self.slope))

    @property
    def formula(self) -> Formula:
        return by_cases("a", rf"{self.slope:g}\, a")

    @property
    def derivative_formula(self) -> Formula:
        return by_cases("1", f"{self.slope:g}")

    @property
    def onnx_form(self) -> Operation:
        return onnx("Where", onnx("Greater", "x", 0.0), "x", onnx("Mul", "x", self.slope))


@final
@dataclass(frozen=True)
class ELU(Elementwise):
    """The exponential linear unit: `f(x) = x if x > 0 else alpha (exp(x) - 1)`, `f'(x) = 1 if x > 0 else y + alpha`.

    Parameters:
        alpha: minus what it comes to far below zero; any finite number.

    Raises:
        ValueError: alpha is not finite.

    Source: D.-A. Clevert, T. Unterthiner, S. Hochreiter, "Fast and accurate deep network learning by exponential
    linear units", ICLR 2016.

    >>> ELU().function(np.array([-1e4, 2.]))
    array([-1.,  2.])
    """

    alpha: float = 1.0

    name = "elu"
    initializer = "he_normal"
    kinked = True

    def __post_init__(self) -> None:
        check_finite("ELU", alpha=self.alpha)

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return put(np.where(x.real > 0, x, self.alpha * np.expm1(np.where(x.real > 0, 0, x))), out)

    def derivative(self, x: Array, y: Array) -> Array:
        return np.where(x.real > 0, 1, self.alpha * np.exp(np.where(x.real > 0, 0, x)))

    @property
    def formula(self) -> Formula:
        return by_cases("a", rf"{self.alpha:g}\, (e^{{a}} - 1)")

    @property
    def derivative_formula(self) -> Formula:
        return by_cases("1", f"h + {self.alpha:g}")

    @property
    def onnx_form(self) -> Operation:
        below = onnx("Sub", onnx("Exp", onnx("Min", "x", 0.0)), 1.0)
        return onnx("Where", onnx("Greater", "x", 0.0), "x", onnx("Mul", below, self.alpha))


@final
@dataclass(frozen=True)
class SELU(Elementwise):
    """The scaled exponential linear unit: `f(x) = 1.0507 ELU(x; 1.6733)`, which keeps mean 0 and variance 1.

    Source: G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, "Self-normalizing neural networks", NeurIPS 2017,
    equation 14.

    >>> SELU().function(np.array([1.]))
    array([1.05070099])
    """

    name = "selu"
    initializer = "lecun_normal"
    kinked = True

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(SELU_SCALE, SELU_ELU.function(x), out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return SELU_SCALE * SELU_ELU.derivative(x, y)

    @property
    def formula(self) -> Formula:
        return by_cases(rf"{SELU_SCALE:.4f}\, a", rf"{SELU_SCALE * SELU_ELU.alpha:.4f}\, (e^{{a}} - 1)")

    @property
    def derivative_formula(self) -> Formula:
        return by_cases(f"{SELU_SCALE:.4f}", f"h + {SELU_SCALE * SELU_ELU.alpha:.4f}")

    @property
    def onnx_form(self) -> Operation:
        return onnx("Mul", SELU_ELU.onnx_form, SELU_SCALE)


# λ of SELU: with it and alpha, inputs of mean 0 and variance 1 keep both (Klambauer et al., equation 14).
SELU_SCALE = 1.0507009873554804934193349852946
# Its α, likewise.
SELU_ELU = ELU(alpha=1.6732632423543772848170429916717)


@final
@dataclass(frozen=True)
class Softplus(Elementwise):
    """The smooth rectifier: `f(x) = log(1 + exp(x))`, `f'(x) = 1 / (1 + exp(-x))`.

    Source: C. Dugas et al., "Incorporating second-order functional knowledge for better option pricing", NeurIPS 2000.

    >>> Softplus().function(np.array([0., 1e4]))
    array([6.93147181e-01, 1.00000000e+04])
    """

    name = "softplus"
    initializer = "he_normal"
    formula = Formula("log(1 + exp(a))", r"\log(1 + e^{a})")
    derivative_formula = LOGISTIC
    onnx_form = ONNX_SOFTPLUS

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return softplus(x, out)

    def derivative(self, x: Array, y: Array) -> Array:
        return logistic(x)


@final
@dataclass(frozen=True)
class GELU(Elementwise):
    """The Gaussian error linear unit: `f(x) = x Φ(x)`, `f'(x) = Φ(x) + x φ(x)`, Φ and φ of the standard normal.

    Source: D. Hendrycks, K. Gimpel, "Gaussian error linear units", arXiv 1606.08415 (the exact form).

    >>> GELU().function(np.array([1.]))
    array([0.84134475])
    """

    name = "gelu"
    initializer = "he_normal"
    note = " Φ is the distribution function of the standard normal, Φ' its density."
    formula = Formula("a Φ(a)", r"a \, \Phi(a)")
    derivative_formula = Formula("Φ(a) + a Φ'(a)", r"\Phi(a) + a \, \Phi'(a)")
    # x (1 + erf(x / √2)) / 2; ONNX Runtime knows the error function in single precision only.
    onnx_form = onnx(
        "Mul",
        "x",
        onnx(
            "Mul",
            onnx(
                "Add",
                onnx("Cast", onnx("Erf", onnx("Cast", onnx("Mul", "x", sqrt(0.5)), to="float")), to="double"),
                1.0,
            ),
            0.5,
        ),
    )

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(x, _normal_distribution(x), out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        density = np.exp(-0.5 * np.square(np.clip(absolute(x), 0, FARTHEST))) / sqrt(2 * pi)
        return np.asarray(_normal_distribution(x) + x * density)


@final
@dataclass(frozen=True)
class SiLU(Elementwise):
    """The sigmoid linear unit, or swish: `f(x) = x σ(x)`, `f'(x) = σ(x) (1 + x σ(-x))`.

    Source: S. Elfwing, E. Uchibe, K. Doya, "Sigmoid-weighted linear units", Neural Networks 107 (2018).

    >>> SiLU().function(np.array([1.]))
    array([0.73105858])
    """

    name = "silu"
    initializer = "he_normal"
    note = SIGMA
    formula = Formula("a σ(a)", r"a \, \sigma(a)")
    derivative_formula = Formula("σ(a) (1 + a σ(-a))", r"\sigma(a) \, (1 + a \, \sigma(-a))")
    onnx_form = onnx("Mul", "x", onnx("Sigmoid", "x"))

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(x, logistic(x), out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return logistic(x) * (1 + x * logistic(-x))


@final
@dataclass(frozen=True)
class Mish(Elementwise):
    """Mish: `f(x) = x tanh(s)` with `s = log(1 + exp(x))`, `f'(x) = tanh(s) + x σ(x) (1 - tanh²(s))`.

    Source: D. Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020.

    >>> Mish().function(np.array([1.]))
    array([0.86509839])
    """

    name = "mish"
    initializer = "he_normal"
    note = SIGMA
    formula = Formula("a tanh(log(1 + exp(a)))", r"a \, \tanh(\log(1 + e^{a}))")
    derivative_formula = Formula(
        "tanh(log(1 + exp(a))) + a σ(a) (1 - tanh²(log(1 + exp(a))))",
        r"\tanh(\log(1 + e^{a})) + a \, \sigma(a) \, (1 - \tanh^2(\log(1 + e^{a})))",
    )
    onnx_form = onnx("Mul", "x", onnx("Tanh", ONNX_SOFTPLUS))

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(x, np.tanh(softplus(x)), out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        gate = np.tanh(softplus(x))
        return gate + x * logistic(x) * (1 - gate) * (1 + gate)


@final
@dataclass(frozen=True)
class Softmax(Activation):
    """The softmax of each row: `y_c = exp(x_c) / Σ_d exp(x_d)`, Jacobian `∂y_c/∂x_d = y_c (δ_cd - y_d)`.

    So the Jacobian of a row is `diag(y) - yᵀ y`, which is symmetric, and zero along the same number added to all
    inputs. The largest input of the row is subtracted first, which changes nothing in the quotient and keeps the
    exponentials from overflowing: logits may be of any size.

    Source: J. Bridle, "Training stochastic model recognition algorithms as networks can lead to maximum mutual
    information estimation of parameters", NeurIPS 1989.

    >>> Softmax().forward({}, np.array([[0., 0.], [1e4, -1e4]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    >>> Softmax().jacobian({}, np.zeros((1, 2)), np.array([[0.5, 0.5]]))["x"]
    array([[[ 0.25, -0.25],
            [-0.25,  0.25]]])
    """

    name = "softmax"
    onnx_form = onnx("Softmax", "x", axis=1)

    def formulas(self, x: Formula, y: Formula) -> tuple[Formula, Formula]:
        outer = rf"{y.latex}^\top \, {y.latex}"
        return (
            Formula(f"exp({x.text}) / Σ exp({x.text})", rf"\frac{{e^{{{x.latex}}}}}{{\sum e^{{{x.latex}}}}}"),
            Formula(f"diag({y.text}) - {y.text}ᵀ {y.text}", rf"\text{{diag}}({y.latex}) - {outer}"),
        )

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        """Return the probabilities `y` (n, k) of the logits `x` (n, k), in `out` where it is given."""
        y = np.subtract(x, row_maximum(x.real), out=out)
        np.exp(y, out=y)
        y /= y.sum(axis=1, keepdims=True)
        return y

    def vjp(
        self,
        params: Parameters,
        x: Array,
        y: Array,
        dy: Array,
        *,
        need_dx: bool = True,
        out: Array | None = None,
        grad: Parameters | None = None,
    ) -> Array | None:
        """Return `dx = y (dy - dy · y)` (n, k), with one scalar product for each row and no Jacobian."""
        return np.multiply(y, dy - (dy * y).sum(axis=1, keepdims=True), out=out) if need_dx else None

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        """Return `dy = y (dx - dx · y)` (n, k); the Jacobian is symmetric, so this is `vjp` too."""
        return y * (dx - (dx * y).sum(axis=1, keepdims=True))

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        """Return `∂y/∂x = diag(y) - yᵀ y` of each row, as "x" (n, k, k)."""
        return {"x": diagonal(y) - y[:, :, None] * y[:, None, :]}


def _normal_distribution(x: Array) -> Array:
    from scipy.special import ndtr  # slow to import, and only needed here

    return np.asarray(ndtr(x))


ACTIVATIONS: dict[str, type[Activation]] = {made.name: made for made in map(globals().__getitem__, __all__)}
