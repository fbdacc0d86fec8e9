"""The losses of classification, each with its derivatives and all else that is to be known of it.

Cross-entropy is the negative logarithm of the likelihood of the targets:

    softmax   y = softmax(z)   likelihood Π_c y_c^{t_c}
                               loss = -Σ_c t_c log y_c
    sigmoid   y = σ(z)         likelihood Π_c y_c^{t_c} (1 - y_c)^{1 - t_c}
                               loss = -Σ_c t_c log y_c + (1 - t_c) log(1 - y_c)

Both have the gradient `∂loss/∂z = y - t`. Its factors, `∂loss/∂y` and `∂y/∂z`, hold quotients by `y`: a probability
that underflows to zero is rounded up to the smallest normal number in both factors alike, so that their product stays
exact. The perceptron criterion is the loss behind Rosenblatt's rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, absolute, diagonal, logistic, row_maximum, smallest
from chainrule.common.formulas import Formula
from chainrule.layers import Heaviside, Layer, Sigmoid, Softmax
from chainrule.losses.loss import (
    DescribedLoss,
    check_binary_targets,
    check_class_targets,
    check_smoothing,
    distributions,
    smoothed_target,
    symbols,
)

# The registry: a new loss joins here, and is public and tested from then on.
__all__ = [  # noqa: RUF022 (in the order of the file)
    "SoftmaxCrossEntropy",
    "SigmoidCrossEntropy",
    "PerceptronCriterion",
]


@final
@dataclass(frozen=True)
class SoftmaxCrossEntropy(DescribedLoss):
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

    kernel = 1

    def __post_init__(self) -> None:
        check_smoothing(self.label_smoothing)

    @property
    def activation(self) -> Layer:
        return Softmax()

    def formulas(self, outputs: int) -> Mapping[str, Formula]:
        """Return the formulas of the loss and of its derivatives, by name."""
        y, z, t = symbols(outputs)
        activation, jacobian = Softmax().formulas(z, y)
        return {
            "y": activation,
            "loss": Formula("-Σ t log y", r"-\sum_c t_c \log y_c"),
            "dloss_dy": Formula("-t / y", rf"-\frac{{{t.latex}}}{{{y.latex}}}"),
            "dy_dz": jacobian,
            "fused": Formula("y - t", f"{y.latex} - {t.latex}"),
            **smoothed_target(self.label_smoothing, outputs),
        }

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
class SigmoidCrossEntropy(DescribedLoss):
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

    exclusive = False
    kernel = 0

    def __post_init__(self) -> None:
        check_smoothing(self.label_smoothing)

    @property
    def activation(self) -> Layer:
        return Sigmoid()

    def formulas(self, outputs: int) -> Mapping[str, Formula]:
        """Return the formulas of the loss and of its derivatives, by name."""
        y, z, t = symbols(outputs)
        loss = Formula("-t log y - (1 - t) log(1 - y)", r"-t \log y - (1 - t) \log(1 - y)")
        slope = Formula("y (1 - y)", rf"{y.latex} \, (1 - {y.latex})")
        if outputs > 1:
            loss = Formula(f"Σ {loss.text}", r"\sum_c -t_c \log y_c - (1 - t_c) \log(1 - y_c)")
            slope = Formula(f"diag({slope.text})", rf"\text{{diag}}({slope.latex})")
        return {
            "y": Formula("1 / (1 + exp(-z))", rf"\frac{{1}}{{1 + e^{{-{z.latex}}}}}"),
            "loss": loss,
            "dloss_dy": Formula(
                "(1 - t) / (1 - y) - t / y",
                rf"\frac{{1 - {t.latex}}}{{1 - {y.latex}}} - \frac{{{t.latex}}}{{{y.latex}}}",
            ),
            "dy_dz": slope,
            "fused": Formula("y - t", f"{y.latex} - {t.latex}"),
            **smoothed_target(self.label_smoothing, 2),
        }

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


@final
@dataclass(frozen=True)
class PerceptronCriterion(DescribedLoss):
    """How far a row is on the wrong side: `loss = max(z, 0) - t z`, `∂loss/∂z = y - t` with `y = 1 if z > 0 else 0`.

    Zero for every row on its right side. The step function passes no gradient, so the factor `∂y/∂z` is taken as the
    identity: Rosenblatt's rule hands the error `y - t` straight through.

    Source: F. Rosenblatt, "Principles of neurodynamics" (1962).

    >>> PerceptronCriterion().gradient(np.array([[-2.], [3.]]), np.array([1, 1]))
    array([[-1.],
           [ 0.]])
    """

    exclusive = False
    kinked = True
    note = " A step has no slope, so ∂y/∂z is taken as I: Rosenblatt's rule hands the error straight through."

    @property
    def activation(self) -> Layer:
        return Heaviside()

    def formulas(self, outputs: int) -> Mapping[str, Formula]:
        """Return the formulas of the loss and of its derivatives, by name."""
        y, z, t = symbols(outputs)
        error = Formula("y - t", f"{y.latex} - {t.latex}")
        return {
            "y": Formula("(1 where z > 0, else 0)", rf"(1 \text{{ where }} {z.latex} \gt 0, \text{{ else }} 0)"),
            "loss": Formula("Σ max(z, 0) - t z", r"\sum_c \max(z_c, 0) - t_c z_c"),
            "dloss_dy": error,
            "dy_dz": Formula("I", "I"),
            "fused": error,
        }

    def check_targets(self, t: Array, outputs: int) -> None:
        check_binary_targets(t, outputs)

    def value(self, z: Array, t: Array) -> Array:
        losses: Array = np.where(z.real > 0, z, 0) - t.reshape(z.shape) * z
        return losses.sum(axis=1)

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        return np.subtract(z.real > 0, t.reshape(z.shape), out=out, dtype=z.dtype)

    def value_and_gradient(self, z: Array, t: Array, *, out: Array | None = None) -> tuple[Array, Array]:
        return self.value(z, t), self.gradient(z, t, out=out)

    def curvature_product(self, z: Array, t: Array, v: Array) -> Array:
        return np.zeros_like(v)

    def factors(self, z: Array, t: Array) -> tuple[Array, Array]:
        return self.gradient(z, t), diagonal(np.ones_like(z))


LOSSES: tuple[type[Any], ...] = tuple(map(globals().__getitem__, __all__))
