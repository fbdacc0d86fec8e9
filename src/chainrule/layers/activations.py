"""The activations: functions of one number, applied to every number of a layer, each beside its derivative."""

from dataclasses import dataclass
from math import pi, sqrt
from typing import final

import numpy as np

from chainrule.arrays import Array, absolute, logistic, put, softplus
from chainrule.common.arguments import real, told
from chainrule.layers.layer import Elementwise


def check_finite(owner: str, **numbers: float) -> None:
    """Raise ValueError unless each of the named numbers is finite."""
    for name, number in numbers.items():
        if not real(number):
            raise ValueError(f"{owner} needs a finite {name}, found {told(number)}.")


@final
@dataclass(frozen=True)
class Identity(Elementwise):
    """The identity: `f(x) = x`, `f'(x) = 1`.

    >>> Identity().function(np.array([-1., 2.]))
    array([-1.,  2.])
    """

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

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return put((x.real > 0).astype(x.dtype), out)

    def derivative(self, x: Array, y: Array) -> Array:
        return np.zeros_like(x)


@final
@dataclass(frozen=True)
class Sigmoid(Elementwise):
    """The logistic function: `f(x) = 1 / (1 + exp(-x))`, `f'(x) = y (1 - y)`, at most 1/4.

    >>> Sigmoid().function(np.array([0., 1e4]))
    array([0.5, 1. ])
    """

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return logistic(x, out)

    def derivative(self, x: Array, y: Array) -> Array:
        return y * logistic(-x)


@final
@dataclass(frozen=True)
class Tanh(Elementwise):
    """The hyperbolic tangent: `f(x) = tanh(x)`, `f'(x) = 1 - y²`.

    >>> Tanh().derivative(np.array([0.]), np.array([0.]))
    array([1.])
    """

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

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(x, x.real > 0, out=out) if np.iscomplexobj(x) else np.maximum(x, 0, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return (x.real > 0).astype(x.dtype)


@final
@dataclass(frozen=True)
class LeakyReLU(Elementwise):
    """The leaky rectifier: `f(x) = x if x > 0 else slope x`, `f'(x) = 1 if x > 0 else slope`.

    Source: A. Maas, A. Hannun, A. Ng, "Rectifier nonlinearities improve neural network acoustic models", ICML 2013.

    >>> LeakyReLU(slope=0.1).function(np.array([-1., 2.]))
    array([-0.1,  2. ])
    """

    slope: float = 0.01

    def __post_init__(self) -> None:
        check_finite("LeakyReLU", slope=self.slope)

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(x, self.derivative(x, x), out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return np.where(x.real > 0, x.dtype.type(1), x.dtype.type(self.slope))


@final
@dataclass(frozen=True)
class ELU(Elementwise):
    """The exponential linear unit: `f(x) = x if x > 0 else alpha (exp(x) - 1)`, `f'(x) = 1 if x > 0 else y + alpha`.

    Source: D.-A. Clevert, T. Unterthiner, S. Hochreiter, "Fast and accurate deep network learning by exponential
    linear units", ICLR 2016.

    >>> ELU().function(np.array([-1e4, 2.]))
    array([-1.,  2.])
    """

    alpha: float = 1.0

    def __post_init__(self) -> None:
        check_finite("ELU", alpha=self.alpha)

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return put(np.where(x.real > 0, x, self.alpha * np.expm1(np.where(x.real > 0, 0, x))), out)

    def derivative(self, x: Array, y: Array) -> Array:
        return np.where(x.real > 0, 1, self.alpha * np.exp(np.where(x.real > 0, 0, x)))


@final
@dataclass(frozen=True)
class SELU(Elementwise):
    """The scaled exponential linear unit: `f(x) = 1.0507 ELU(x; 1.6733)`, which keeps mean 0 and variance 1.

    Source: G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, "Self-normalizing neural networks", NeurIPS 2017,
    equation 14.

    >>> SELU().function(np.array([1.]))
    array([1.05070099])
    """

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(SELU_SCALE, SELU_ELU.function(x), out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return SELU_SCALE * SELU_ELU.derivative(x, y)


SELU_SCALE = 1.0507009873554804934193349852946
SELU_ELU = ELU(alpha=1.6732632423543772848170429916717)


@final
@dataclass(frozen=True)
class Softplus(Elementwise):
    """The smooth rectifier: `f(x) = log(1 + exp(x))`, `f'(x) = 1 / (1 + exp(-x))`.

    Source: C. Dugas et al., "Incorporating second-order functional knowledge for better option pricing", NeurIPS 2000.

    >>> Softplus().function(np.array([0., 1e4]))
    array([6.93147181e-01, 1.00000000e+04])
    """

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

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(x, _normal_distribution(x), out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        density = np.exp(-0.5 * np.square(np.clip(absolute(x), 0, 50))) / sqrt(2 * pi)
        return np.asarray(_normal_distribution(x) + x * density)


@final
@dataclass(frozen=True)
class SiLU(Elementwise):
    """The sigmoid linear unit, or swish: `f(x) = x σ(x)`, `f'(x) = σ(x) (1 + x σ(-x))`.

    Source: S. Elfwing, E. Uchibe, K. Doya, "Sigmoid-weighted linear units", Neural Networks 107 (2018).

    >>> SiLU().function(np.array([1.]))
    array([0.73105858])
    """

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

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(x, np.tanh(softplus(x)), out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        gate = np.tanh(softplus(x))
        return gate + x * logistic(x) * (1 - gate) * (1 + gate)


def _normal_distribution(x: Array) -> Array:
    from scipy.special import ndtr  # slow to import, and only needed here

    return np.asarray(ndtr(x))
