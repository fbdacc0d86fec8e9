"""Layers and losses with one planted mistake each, of the kinds that people make by hand."""

from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array, Shape
from chainrule.layers import Dense, Elementwise, Layer, Parameters, Sigmoid, Softmax, Tanh
from chainrule.losses import Loss, SoftmaxCrossEntropy


@dataclass(frozen=True)
class TanhWithWrongSign(Elementwise):
    """`1 + y²` for `1 - y²`."""

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return Tanh().function(x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return 1 + y * y


@dataclass(frozen=True)
class SigmoidWithoutFactor(Elementwise):
    """`1 - y` for `y (1 - y)`."""

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return Sigmoid().function(x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return 1 - y


@dataclass(frozen=True)
class SigmoidOfItsOutput(Elementwise):
    """The derivative taken at `y` in place of `x`."""

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return Sigmoid().function(x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return Sigmoid().derivative(y, Sigmoid().function(y))


@dataclass(frozen=True)
class LeakyReLUThatForgetsToLeak(Elementwise):
    """The derivative of ReLU for that of the leaky one."""

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.maximum(x, 0.3 * x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return (x > 0).astype(x.dtype)


@dataclass(frozen=True)
class NotANumber(Elementwise):
    """A derivative that divides zero by zero."""

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return Tanh().function(x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return np.full_like(x, np.nan)


@dataclass(frozen=True)
class PlainDense:
    """A dense layer whose methods are right, for others to spoil."""

    inputs: int
    outputs: int

    @property
    def right(self) -> Dense:
        return Dense(self.inputs, self.outputs)

    def output_size(self, inputs: int) -> int:
        return self.outputs

    def parameter_shapes(self) -> dict[str, Shape]:
        return self.right.parameter_shapes()

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        return self.right.forward(params, x, out=out)

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
        return self.right.vjp(params, x, y, dy, need_dx=need_dx, out=out, grad=grad)

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        return self.right.jvp(params, x, y, dx, dparams)

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        return self.right.jacobian(params, x, y)


@dataclass(frozen=True)
class DenseWithTransposedWeights(PlainDense):
    """A square layer that goes back through `W` in place of its transpose."""

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
        self.right.vjp(params, x, y, dy, need_dx=False, grad=grad)
        return np.matmul(dy, params["weights"], out=out)


@dataclass(frozen=True)
class DenseThatForgetsTheBias(PlainDense):
    """The gradient of the bias is never written."""

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
        if grad is not None:
            np.matmul(x.T, dy, out=grad["weights"])
            grad["bias"][...] = 0
        return np.matmul(dy, params["weights"].T, out=out)


@dataclass(frozen=True)
class DenseWithWrongJacobian(PlainDense):
    """The Jacobian of the weights has inputs and outputs swapped."""

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        full = self.right.jacobian(params, x, y)
        return {**full, "weights": full["weights"].swapaxes(2, 3)}


@dataclass(frozen=True)
class DenseWithWrongJvp(PlainDense):
    """The forward mode counts the change of the inputs twice."""

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        return self.right.jvp(params, x, y, 2 * dx, dparams)


@dataclass(frozen=True)
class PlainLoss:
    """A cross-entropy whose methods are right, for others to spoil."""

    @property
    def activation(self) -> Layer:
        return Softmax()

    def check_targets(self, t: Array, outputs: int) -> None:
        SoftmaxCrossEntropy().check_targets(t, outputs)

    def value(self, z: Array, t: Array) -> Array:
        return SoftmaxCrossEntropy().value(z, t)

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        return SoftmaxCrossEntropy().gradient(z, t, out=out)

    def value_and_gradient(self, z: Array, t: Array, *, out: Array | None = None) -> tuple[Array, Array]:
        return self.value(z, t), self.gradient(z, t, out=out)

    def curvature_product(self, z: Array, t: Array, v: Array) -> Array:
        return SoftmaxCrossEntropy().curvature_product(z, t, v)

    def factors(self, z: Array, t: Array) -> tuple[Array, Array]:
        return SoftmaxCrossEntropy().factors(z, t)


@dataclass(frozen=True)
class LossWithSwappedGradient(PlainLoss):
    """`t - y` for `y - t`."""

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        return -SoftmaxCrossEntropy().gradient(z, t)


@dataclass(frozen=True)
class LossWithDiagonalFactor(PlainLoss):
    """The softmax Jacobian without the part off its diagonal."""

    def factors(self, z: Array, t: Array) -> tuple[Array, Array]:
        dloss_dy, dy_dz = SoftmaxCrossEntropy().factors(z, t)
        return dloss_dy, dy_dz * np.eye(z.shape[1])


BROKEN_ACTIVATIONS: list[tuple[Layer, str]] = [
    (TanhWithWrongSign(), "vjp with respect to x"),
    (SigmoidWithoutFactor(), "vjp with respect to x"),
    (SigmoidOfItsOutput(), "vjp with respect to x"),
    (LeakyReLUThatForgetsToLeak(), "vjp with respect to x"),
    (NotANumber(), "vjp with respect to x"),
]
BROKEN_DENSE: list[tuple[Layer, str]] = [
    (DenseWithTransposedWeights(3, 3), "vjp with respect to x"),
    (DenseThatForgetsTheBias(3, 3), "vjp with respect to bias"),
    (DenseWithWrongJacobian(3, 3), "jacobian of weights"),
    (DenseWithWrongJvp(3, 3), "jvp along x"),
]
BROKEN_LOSSES: list[tuple[Loss, str]] = [
    (LossWithSwappedGradient(), "gradient with respect to z"),
    (LossWithDiagonalFactor(), "factor ∂y/∂z"),
]
