"""The softmax: from logits to probabilities, and its full Jacobian."""

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array, diagonal, row_maximum
from chainrule.layers.layer import Activation, Parameters


@final
@dataclass(frozen=True)
class Softmax(Activation):
    """The softmax of each row: `y_c = exp(x_c) / Σ_d exp(x_d)`, Jacobian `diag(y) - y yᵀ`.

    The largest input of the row is subtracted first, which changes nothing in the quotient and keeps the
    exponentials from overflowing.

    Source: J. Bridle, "Training stochastic model recognition algorithms as networks can lead to maximum mutual
    information estimation of parameters", NeurIPS 1989.

    >>> Softmax().forward({}, np.array([[0., 0.], [1e4, -1e4]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
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
        return np.multiply(y, dy - (dy * y).sum(axis=1, keepdims=True), out=out) if need_dx else None

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        return y * (dx - (dx * y).sum(axis=1, keepdims=True))

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        return {"x": diagonal(y) - y[:, :, None] * y[:, None, :]}
