"""Cross-entropy: the negative logarithm of the likelihood of the targets.

    softmax   y = softmax(z)   likelihood Π_c y_c^{t_c}
                               loss = -Σ_c t_c log y_c
    sigmoid   y = σ(z)         likelihood Π_c y_c^{t_c} (1 - y_c)^{1 - t_c}
                               loss = -Σ_c t_c log y_c + (1 - t_c) log(1 - y_c)

Both have the gradient `∂loss/∂z = y - t`. Its factors, `∂loss/∂y` and `∂y/∂z`, hold quotients by `y`: a probability
that underflows to zero is rounded up to the smallest normal number in both factors alike, so that their product stays
exact.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array, absolute, diagonal, logistic, row_maximum, smallest
from chainrule.layers import Layer, Sigmoid, Softmax
from chainrule.losses.loss import check_binary_targets, check_class_targets, check_smoothing, distributions


@final
@dataclass(frozen=True)
class SoftmaxCrossEntropy:
    """Cross-entropy of classes that exclude each other: `loss = -Σ_c t_c log y_c`, `∂loss/∂z = y - t`.

    Parameters:
        label_smoothing: `s` in [0, 1); targets become `t (1 - s) + s / k`
            (C. Szegedy et al., "Rethinking the Inception architecture", CVPR 2016, section 7).

    Raises:
        ValueError: `label_smoothing` is outside [0, 1).

    >>> loss = SoftmaxCrossEntropy()
    >>> loss.value(np.zeros((1, 3)), np.array([0])), np.log(3)
    (array([1.09861229]), np.float64(1.0986122886681098))
    >>> loss.gradient(np.zeros((1, 2)), np.array([0]))
    array([[-0.5,  0.5]])
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_smoothing(self.label_smoothing)

    @property
    def activation(self) -> Layer:
        return Softmax()

    def check_targets(self, t: Array, outputs: int) -> None:
        check_class_targets(t, outputs)

    def value(self, z: Array, t: Array) -> Array:
        return self.value_and_gradient(z, t)[0]

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        return self.value_and_gradient(z, t, out=out)[1]

    def value_and_gradient(self, z: Array, t: Array, *, out: Array | None = None) -> tuple[Array, Array]:
        t = distributions(t, z.shape[1], self.label_smoothing, z)
        y = np.subtract(z, row_maximum(z.real), out=out)
        expected = np.vecdot(t, y)
        np.exp(y, out=y)
        total = y @ np.ones(y.shape[1], y.dtype)  # a product is faster than a sum of many short rows
        y /= total[:, None]
        y -= t
        return np.log(total) - expected, y

    def curvature_product(self, z: Array, t: Array, v: Array) -> Array:
        return Softmax().jvp({}, z, Softmax().forward({}, z), v, {})

    def factors(self, z: Array, t: Array) -> tuple[Array, Array]:
        t = distributions(t, z.shape[1], self.label_smoothing, z)
        y = np.maximum(Softmax().forward({}, z), smallest(z.dtype))
        return -t / y, Softmax().jacobian({}, z, y)["x"]


@final
@dataclass(frozen=True)
class SigmoidCrossEntropy:
    """Cross-entropy of yes or no: `loss = -t log y - (1 - t) log(1 - y)`, `∂loss/∂z = y - t`, summed over the outputs.

    One output tells two classes apart; with more outputs each is a question of its own.

    Parameters:
        label_smoothing: `s` in [0, 1); targets become `t (1 - s) + s / 2`.

    Raises:
        ValueError: `label_smoothing` is outside [0, 1).

    >>> loss = SigmoidCrossEntropy()
    >>> loss.value(np.array([[0.], [1e4]]), np.array([1, 1]))
    array([0.69314718, 0.        ])
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_smoothing(self.label_smoothing)

    @property
    def activation(self) -> Layer:
        return Sigmoid()

    def check_targets(self, t: Array, outputs: int) -> None:
        check_binary_targets(t, outputs)

    def _targets(self, z: Array, t: Array) -> Array:
        t = t.reshape(z.shape).astype(z.real.dtype, copy=False)
        return t if self.label_smoothing == 0 else t * (1 - self.label_smoothing) + self.label_smoothing / 2

    def value(self, z: Array, t: Array) -> Array:
        t = self._targets(z, t)
        losses: Array = np.where(z.real >= 0, z, 0) - t * z + np.log1p(np.exp(-absolute(z)))
        return losses.sum(axis=1)

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        y = logistic(z, out)
        y -= self._targets(z, t)
        return y

    def value_and_gradient(self, z: Array, t: Array, *, out: Array | None = None) -> tuple[Array, Array]:
        return self.value(z, t), self.gradient(z, t, out=out)

    def curvature_product(self, z: Array, t: Array, v: Array) -> Array:
        return logistic(z) * logistic(-z) * v

    def factors(self, z: Array, t: Array) -> tuple[Array, Array]:
        t = self._targets(z, t)
        tiny = smallest(z.dtype)
        y, not_y = np.maximum(logistic(z), tiny), np.maximum(logistic(-z), tiny)
        return (1 - t) / not_y - t / y, diagonal(y * not_y)
