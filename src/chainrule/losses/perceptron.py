"""The perceptron criterion: the loss behind Rosenblatt's rule."""

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array, diagonal
from chainrule.layers import Heaviside, Layer
from chainrule.losses.loss import check_binary_targets


@final
@dataclass(frozen=True)
class PerceptronCriterion:
    """How far a row is on the wrong side: `loss = max(z, 0) - t z`, `∂loss/∂z = y - t` with `y = 1 if z > 0 else 0`.

    Zero for every row on its right side. The step function passes no gradient, so the factor `∂y/∂z` is taken as the
    identity: Rosenblatt's rule hands the error `y - t` straight through.

    Source: F. Rosenblatt, "Principles of neurodynamics" (1962).

    >>> PerceptronCriterion().gradient(np.array([[-2.], [3.]]), np.array([1, 1]))
    array([[-1.],
           [ 0.]])
    """

    @property
    def activation(self) -> Layer:
        return Heaviside()

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
