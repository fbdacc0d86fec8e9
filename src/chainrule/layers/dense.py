"""The dense layer: several perceptrons side by side."""

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array, Shape, matmul
from chainrule.common.arguments import told, whole
from chainrule.exceptions import MismatchError
from chainrule.layers.layer import Parameters


@final
@dataclass(frozen=True)
class Dense:
    """Perceptrons side by side: `y = x W + b`, one column of `W` and one number of `b` for each.

    For one row, with `W` written as a vector column by column, the Jacobians are `∂y/∂x = Wᵀ`,
    `∂y/∂W = I ⊗ x` (Kronecker product) and `∂y/∂b = I`. As the first layer it also takes sparse rows, and never makes
    them dense; only `jacobian` needs them dense.

    Parameters:
        inputs: numbers in a row of `x`, at least 1.
        outputs: perceptrons, at least 1.
        bias: whether they have the constant `b`.

    Raises:
        ValueError: a size is not a positive whole number.

    >>> layer = Dense(2, 3)
    >>> layer.parameter_shapes()
    {'weights': (2, 3), 'bias': (3,)}
    >>> layer.forward({"weights": np.ones((2, 3)), "bias": np.zeros(3)}, np.array([[1., 2.]]))
    array([[3., 3., 3.]])
    """

    inputs: int
    outputs: int
    bias: bool = True

    def __post_init__(self) -> None:
        for name in ("inputs", "outputs"):
            size = getattr(self, name)
            if not whole(size):
                raise ValueError(f"Dense needs a positive whole number of {name}, found {told(size)}.")

    def output_size(self, inputs: int) -> int:
        if inputs != self.inputs:
            raise MismatchError(f"{self} takes rows of {self.inputs} numbers, found rows of {inputs}.")
        return self.outputs

    def parameter_shapes(self) -> dict[str, Shape]:
        weights: dict[str, Shape] = {"weights": (self.inputs, self.outputs)}
        return weights | {"bias": (self.outputs,)} if self.bias else weights

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        y = matmul(x, params["weights"], out)
        if self.bias:
            y += params["bias"]
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
        """Return `dx = dy Wᵀ`, and put `xᵀ dy` and the sum of the rows of `dy` into `grad`."""
        if grad is not None:
            matmul(dy.T, x, grad["weights"].T)
            if self.bias:
                np.matmul(np.ones(len(dy), dy.dtype), dy, out=grad["bias"])  # faster than a sum of many short rows
        return np.matmul(dy, params["weights"].T, out=out) if need_dx else None

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        dy: Array = dx @ params["weights"] + x @ dparams["weights"]
        return dy + dparams["bias"] if self.bias else dy

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        n, identity = len(x), np.eye(self.outputs, dtype=x.dtype)
        jacobians = {
            "x": np.broadcast_to(params["weights"].T, (n, self.outputs, self.inputs)),
            "weights": x[:, None, :, None] * identity[None, :, None, :],
        }
        return jacobians | {"bias": np.broadcast_to(identity, (n, *identity.shape))} if self.bias else jacobians
