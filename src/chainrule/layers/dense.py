"""The dense layer: several perceptrons side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array, Shape, matmul
from chainrule.common.arguments import whole
from chainrule.common.format import described
from chainrule.common.formulas import Formula
from chainrule.exceptions import MismatchError
from chainrule.layers.layer import (
    LinearFormulas,
    Operation,
    Parameters,
    identity_jacobian,
    onnx,
    refuse_wrong_shapes,
)


@final
@dataclass(frozen=True)
class Dense:
    """Perceptrons side by side: `y = x W + b`, one column of `W` (i, o) and one number of `b` (o,) for each.

    For one row, with `W` written as a vector column by column, the Jacobians are `∂y/∂x = Wᵀ` (o, i),
    `∂y/∂W = I ⊗ x` (Kronecker product; (o, i o)) and `∂y/∂b = I` (o, o). As the first layer it also takes sparse rows,
    and never makes them dense; only `jacobian` needs them dense.

    Parameters:
        inputs: numbers in a row of `x`, at least 1.
        outputs: perceptrons, at least 1.
        bias: whether they have the constant `b`.

    Raises:
        ValueError: a size is not a positive whole number.

    Source: F. Rosenblatt, "The perceptron", Psychological Review 65 (1958); for the Jacobian by a
    matrix, J. Magnus, H. Neudecker, "Matrix differential calculus" (1988).

    >>> layer = Dense(2, 3)
    >>> layer.parameter_shapes()
    {'weights': (2, 3), 'bias': (3,)}
    >>> layer.forward({"weights": np.ones((2, 3)), "bias": np.zeros(3)}, np.array([[1., 2.]]))
    array([[3., 3., 3.]])
    """

    inputs: int
    outputs: int
    bias: bool = True

    @property
    def onnx_form(self) -> Operation:
        product = onnx("MatMul", "x", "weights")
        return onnx("Add", product, "bias") if self.bias else product

    def formulas(self, x: Formula, parameters: Mapping[str, Formula]) -> LinearFormulas:
        """Return what makes `y` of `x` and the parameters, and the Jacobian by each."""
        w, b, o = parameters["weights"], parameters.get("bias"), self.outputs
        product = Formula(f"{x.text} {w.text}", rf"{x.latex} \, {w.latex}")
        return LinearFormulas(
            product if b is None else Formula(f"{product.text} + {b.text}", f"{product.latex} + {b.latex}"),
            {
                "x": (Formula(f"{w.text}ᵀ", rf"{w.latex}^\top"), ""),
                "weights": (
                    Formula(f"I{o} ⊗ {x.text}", rf"I_{{{o}}} \otimes {x.latex}"),
                    f"each row holds {x.text} beneath the weights of its own unit, and 0 elsewhere",
                ),
                "bias": identity_jacobian(o),
            },
        )

    def __post_init__(self) -> None:
        for name in ("inputs", "outputs"):
            size = getattr(self, name)
            if not whole(size):
                raise ValueError(f"Dense needs a positive whole number of {name}, found {described(size)}.")

    def output_size(self, inputs: int) -> int:
        if inputs != self.inputs:
            raise MismatchError(f"{self} takes rows of {self.inputs} numbers, found rows of {inputs}.")
        return self.outputs

    def parameter_shapes(self) -> dict[str, Shape]:
        weights: dict[str, Shape] = {"weights": (self.inputs, self.outputs)}
        return weights | {"bias": (self.outputs,)} if self.bias else weights

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        """Return `y = x W + b` (n, o) for the rows `x` (n, i), dense or sparse, in `out` where it is given.

        Raises:
            MismatchError: `x` is no table of rows with as many numbers as there are inputs, or a parameter has not the
                shape that `parameter_shapes` says.
        """
        try:
            y = matmul(x, params["weights"], out)
            if self.bias:
                y += params["bias"]
        except ValueError:  # what costs nothing where all is well
            refuse_wrong_shapes(self, params, x)
            raise
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
        """Return `dx = dy Wᵀ` (n, i), and put `xᵀ dy` (i, o) and the sum of the rows of `dy` (o,) into `grad`."""
        if grad is not None:
            matmul(dy.T, x, grad["weights"].T)
            if self.bias:
                np.matmul(np.ones(len(dy), dy.dtype), dy, out=grad["bias"])  # faster than a sum of many short rows
        return np.matmul(dy, params["weights"].T, out=out) if need_dx else None

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        """Return `dy = dx W + x dW + db` (n, o)."""
        dy: Array = dx @ params["weights"] + x @ dparams["weights"]
        return dy + dparams["bias"] if self.bias else dy

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        """Return the Jacobians of each row.

        They are "x", `∂y/∂x = Wᵀ` (n, o, i); "weights", `∂y_k/∂W_ij = δ_kj x_i` (n, o, i, o); and "bias", the identity
        (n, o, o). The first and the last are the same for every row, and are views of one matrix.

        >>> params = {"weights": np.array([[1., 2.], [3., 4.]]), "bias": np.zeros(2)}
        >>> Dense(2, 2).jacobian(params, np.array([[5., 6.]]), np.zeros((1, 2)))["x"]
        array([[[1., 3.],
                [2., 4.]]])
        """
        n, identity = len(x), np.eye(self.outputs, dtype=x.dtype)
        jacobians = {
            "x": np.broadcast_to(params["weights"].T, (n, self.outputs, self.inputs)),
            "weights": x[:, None, :, None] * identity[None, :, None, :],
        }
        return jacobians | {"bias": np.broadcast_to(identity, (n, *identity.shape))} if self.bias else jacobians
