"""Every layer and loss of the registry with one mistake in one of its methods, made from its right Jacobian."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from chainrule.arrays import Array, Shape
from chainrule.layers import GELU, SELU, Activation, Dense, Layer, Mish, Parameters, Sigmoid, SiLU, Softplus
from chainrule.losses import Loss
from tests.registry import LAYERS, LOSSES, LossCase

METHODS = ("vjp", "jvp", "jacobian")


class At(NamedTuple):
    """Where a Jacobian is spoilt."""

    layer: Layer
    params: Parameters
    x: Array
    y: Array
    name: str

    @property
    def constant(self) -> Array:
        """What a number of a sum stands for: of an activation, on the diagonal."""
        diagonal = self.name == "x" and isinstance(self.layer, Activation)
        return np.eye(self.y.shape[1]) if diagonal else np.ones(1)

    @property
    def quotient(self) -> Array | None:
        """The derivative of the first factor of `y = x g(x)`, times `g`, where the layer is such a product."""
        product = isinstance(self.layer, GELU | SiLU | Mish)
        return (self.y / self.x)[:, :, None] * np.eye(self.x.shape[1]) if product else None


Change: TypeAlias = Callable[[Array, At], Array | None]


def last_output_left_out(right: Array, _: At) -> Array | None:
    wrong = right.copy()
    wrong[:, -1] = 0
    return wrong if right.shape[1] > 1 else None


def last_row_left_out(right: Array, _: At) -> Array:
    wrong = right.copy()
    wrong[-1] = 0
    return wrong


def transposed(right: Array, at: At) -> Array | None:
    first = 1 if at.name == "x" else 2
    square = right.ndim > first + 1 and right.shape[first] == right.shape[first + 1] > 1
    return right.swapaxes(first, first + 1) if square else None


def first_half_left_out(right: Array, at: At) -> Array | None:
    return None if at.quotient is None else right - at.quotient


def factor_y_left_out(right: Array, at: At) -> Array | None:
    return right / at.y[:, :, None] if isinstance(at.layer, Sigmoid | Softplus | SELU) else None


def random_numbers(right: Array, _: At) -> Array | None:
    wrong = right + np.random.default_rng(9).normal(size=right.shape)
    return wrong if right.size > 15 else None


def taken_at_y(_: Array, at: At) -> Array | None:
    if at.x.shape != at.y.shape:
        return None
    return np.array(at.layer.jacobian(at.params, at.y, at.layer.forward(at.params, at.y))[at.name])


CHANGES: dict[str, tuple[str, Change]] = {
    "sign": ("sign", lambda right, _: -right),
    "twice": ("factor", lambda right, _: 2 * right),
    "half": ("factor", lambda right, _: right / 2),
    "mean for sum": ("factor", lambda right, _: right / len(right)),
    "odd factor": ("factor", lambda right, _: 1.2345 * right),
    "factor y left out": ("factor", factor_y_left_out),
    "transposed": ("transposed", transposed),
    "term left out": ("missing term", lambda right, at: right - 0.37 * at.constant),
    "term with wrong sign": ("missing term", lambda right, at: 0.74 * at.constant - right),
    "half of the product rule": ("missing term", first_half_left_out),
    "other half of the product rule": ("missing term", lambda _, at: at.quotient),
    "taken at y": ("wrong point", taken_at_y),
    "forgotten": ("forgotten", lambda right, _: 0 * right),
    "last output forgotten": ("forgotten", last_output_left_out),
    "last row forgotten": ("forgotten", last_row_left_out),
    "not a number": ("not a number", lambda right, _: np.nan * right),
    "random numbers": ("unknown", random_numbers),
}


@dataclass(frozen=True, eq=False)
class Mutant:
    """A layer whose `method` has a mistake in the derivative with respect to `name`."""

    right: Layer
    method: str
    name: str
    change: str

    @property
    def inputs(self) -> int | None:
        return self.right.inputs

    def output_size(self, inputs: int) -> int:
        return self.right.output_size(inputs)

    def parameter_shapes(self) -> dict[str, Shape]:
        return self.right.parameter_shapes()

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        return self.right.forward(params, x, out=out)

    def wrong(self, params: Parameters, x: Array, y: Array) -> Array | None:
        """The wrong Jacobian, or None where there is no such mistake."""
        jacobian = np.array(self.right.jacobian(params, x, y)[self.name])
        return CHANGES[self.change][1](jacobian, At(self.right, params, x, y, self.name))

    def applied(self, params: Parameters, x: Array, y: Array) -> Array:
        wrong = self.wrong(params, x, y)
        assert wrong is not None
        return wrong

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
        dx = self.right.vjp(params, x, y, dy, need_dx=need_dx, out=out, grad=grad)
        if self.method != "vjp":
            return dx
        if self.name == "x":
            return np.einsum("no,noi->ni", dy, self.applied(params, x, y))
        if grad is not None:
            grad[self.name][...] = np.einsum("no,no...->...", dy, self.applied(params, x, y))
        return dx

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        if self.method != "jvp":
            return self.right.jvp(params, x, y, dx, dparams)
        if self.name != "x" and not dparams[self.name].any():
            return self.right.jvp(params, x, y, dx, dparams)
        wrong = self.applied(params, x, y)
        if self.name == "x":
            dy = self.right.jvp(params, x, y, np.zeros_like(dx), dparams)
            return dy + np.einsum("noi,ni->no", wrong, dx)
        rest = {**dparams, self.name: np.zeros_like(dparams[self.name])}
        flat = wrong.reshape(*wrong.shape[:2], -1)
        return self.right.jvp(params, x, y, dx, rest) + flat @ dparams[self.name].ravel()

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        right = self.right.jacobian(params, x, y)
        return right if self.method != "jacobian" else {**right, self.name: self.applied(params, x, y)}

    def __str__(self) -> str:
        return f"{self.right} with {self.method} of {self.name}: {self.change}"


def mutants() -> Iterator[Mutant]:
    """Every change in every derivative of every layer, square ones included; some of them are no mistakes."""
    layers = [case.layer for case in LAYERS]
    for layer in [*layers, Dense(3, 3)]:
        for method in METHODS:
            for name in ("x", *layer.parameter_shapes()):
                for change in CHANGES:
                    yield Mutant(layer, method, name, change)


LOSS_METHODS = ("gradient", "value_and_gradient", "factors", "curvature_product")


class AtLogits(NamedTuple):
    """Where a derivative of a loss is spoilt."""

    loss: Loss
    z: Array
    t: Array

    @property
    def each(self) -> Array:
        """The targets of all members (n, k)."""
        return np.tile(self.t, self.z.shape[1] // self.t.shape[1])


LossChange: TypeAlias = Callable[[Array, AtLogits], Array]
LOSS_CHANGES: dict[str, tuple[str, LossChange]] = {
    "sign": ("sign", lambda right, _: -right),
    "twice": ("factor", lambda right, _: 2 * right),
    "mean": ("factor", lambda right, _: right / len(right)),
    "target left out": ("missing term", lambda right, at: right + at.each),
    "target alone": ("missing term", lambda _, at: -at.each),
    "activation applied twice": (
        "wrong point",
        lambda _, at: at.loss.gradient(at.loss.activation.forward({}, at.z), at.t),
    ),
    "forgotten": ("forgotten", lambda right, _: 0 * right),
    "not a number": ("not a number", lambda right, _: np.nan * right),
}


@dataclass(frozen=True, eq=False)
class LossMutant:
    """A loss whose `method` has a mistake."""

    case: LossCase
    method: str
    change: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.case.loss, name)

    def changed(self, right: Array, z: Array, t: Array) -> Array:
        return LOSS_CHANGES[self.change][1](right, AtLogits(self.case.loss, z, t))

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        right = self.case.loss.gradient(z, t)
        return self.changed(right, z, t) if self.method == "gradient" else right

    def value_and_gradient(self, z: Array, t: Array, *, out: Array | None = None) -> tuple[Array, Array]:
        value, right = self.case.loss.value(z, t), self.case.loss.gradient(z, t)
        return value, self.changed(right, z, t) if self.method == "value_and_gradient" else right

    def factors(self, z: Array, t: Array) -> tuple[Array, Array]:
        dloss_dy, dy_dz = self.case.loss.factors(z, t)
        return (self.changed(dloss_dy, z, t), dy_dz) if self.method == "factors" else (dloss_dy, dy_dz)

    def curvature_product(self, z: Array, t: Array, v: Array) -> Array:
        right = self.case.loss.curvature_product(z, t, v)
        return self.changed(right, z, t) if self.method == "curvature_product" else right

    def __str__(self) -> str:
        return f"{self.case.name} with {self.method}: {self.change}"


def loss_mutants() -> Iterator[LossMutant]:
    """Every change in every derivative of every loss that makes sense there."""
    for case in LOSSES:
        for method in LOSS_METHODS:
            for change, (kind, _) in LOSS_CHANGES.items():
                if method in ("gradient", "value_and_gradient") or kind not in ("missing term", "wrong point"):
                    yield LossMutant(case, method, change)
