"""A layer with parameters of one's own: what is wrong with it, and which of its numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from chainrule import Dense, Network, SoftmaxCrossEntropy, Tanh, check_gradients, check_layer
from chainrule.arrays import Array
from chainrule.layers import Layer, Parameters
from tests.inspection.broken import PlainDense

X = np.random.default_rng(0).normal(size=(5, 3))
T = np.array([0, 2, 1, 1, 0])


@dataclass(frozen=True)
class OwnDense(PlainDense):
    """A dense layer whose way back to its inputs is one's own."""

    own: Callable[[Parameters, Array], Array | None]

    def vjp(self, params: Parameters, x: Array, y: Array, dy: Array, *, grad: Any = None, **_: Any) -> Array | None:
        self.right.vjp(params, x, y, dy, grad=grad)
        return self.own(params, dy)


@dataclass(frozen=True)
class DenseThatAdds(PlainDense):
    """A dense layer that adds to `grad` where it must overwrite it."""

    def vjp(self, params: Parameters, x: Array, y: Array, dy: Array, *, grad: Any = None, **_: Any) -> Array | None:
        if grad is not None:
            grad["weights"][...] = x.T @ dy
            grad["bias"] += dy.sum(axis=0)
        return dy @ params["weights"].T


@dataclass(frozen=True)
class DenseThatWritesNothing(PlainDense):
    """A dense layer that leaves the gradient of its bias alone."""

    def vjp(self, params: Parameters, x: Array, y: Array, dy: Array, *, grad: Any = None, **_: Any) -> Array | None:
        if grad is not None:
            grad["weights"][...] = x.T @ dy
        return dy @ params["weights"].T


@dataclass(frozen=True)
class OneWrongWeight(PlainDense):
    """A dense layer whose gradient is thrice too large at one weight."""

    def vjp(self, params: Parameters, x: Array, y: Array, dy: Array, *, grad: Any = None, **_: Any) -> Array | None:
        dx = self.right.vjp(params, x, y, dy, grad=grad)
        if grad is not None:
            grad["weights"][1, 3] *= 3
        return dx


TRANSPOSING = OwnDense(3, 4, lambda params, dy: dy @ params["weights"])


@pytest.mark.parametrize(
    ("layer", "kind", "words"),
    [
        (DenseThatAdds(3, 4), "not filled", "the arrays of grad must be overwritten, not added to"),
        (DenseThatWritesNothing(3, 4), "forgotten", "it is zero everywhere"),
        (TRANSPOSING, "shape", "vjp fails with ValueError: matmul"),
        (
            OwnDense(3, 4, lambda params, dy: params["weights"] @ dy.T),
            "transposed",
            "has shape (3, 5), where (5, 3) is expected",
        ),
        (OwnDense(3, 4, lambda *_: None), "forgotten", "vjp with respect to x is not there"),
        (OneWrongWeight(3, 4), "factor", "times what it should be at weights[1, 3] alone"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_dense_layer_written_wrongly(layer: Layer, kind: str, words: str) -> None:
    (mistake,) = check_layer(layer, X).mistakes
    assert mistake.kind == kind, str(mistake)
    assert words in str(mistake)


def test_a_layer_that_fails_is_named_inside_a_network() -> None:
    network = Network((Dense(3, 3), Tanh(), TRANSPOSING, Dense(4, 3)))
    theta = np.random.default_rng(0).normal(size=network.size)
    (mistake,) = check_gradients(network, SoftmaxCrossEntropy(), theta, X, T).mistakes
    assert mistake.where == f"Layer 2, {TRANSPOSING}"
    assert str(mistake).startswith(f"Layer 2, {TRANSPOSING}: vjp fails with ValueError: matmul")


@dataclass(frozen=True)
class WrongInOneNumber(PlainDense):
    """A wide layer with one wrong number in its derivative with respect to the rows, and one in that of the weights."""

    def vjp(self, params: Parameters, x: Array, y: Array, dy: Array, *, grad: Any = None, **_: Any) -> Array | None:
        dx = self.right.vjp(params, x, y, dy, grad=grad)
        assert dx is not None
        dx[17, 33] += dy[17, 33]
        if grad is not None:
            grad["weights"][33, 47] *= -1
        return dx


def test_layer_row_unit_and_parameter_at_fault_are_named_in_a_wide_layer() -> None:
    x = np.random.default_rng(0).normal(size=(20, 40))
    check = check_layer(WrongInOneNumber(40, 50), x, max_entries=10_000)
    by_rows, by_weights = check.mistakes
    assert by_rows.what == "vjp with respect to x"
    assert by_rows.place == ("row 17", "output 33", "input 33")
    assert by_weights.place[1:] == ("output 47", "weights[33, 47]")
    assert (by_weights.kind, by_weights.reason) == ("sign", "the other sign would be right at weights[33, 47] alone")


@dataclass(frozen=True)
class WithoutBias(PlainDense):
    """A dense layer whose Jacobian lacks the bias, and whose jvp gives one output too few."""

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        full = self.right.jacobian(params, x, y)
        return {"x": full["x"].swapaxes(1, 2), "weights": full["weights"]}

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        return self.right.jvp(params, x, y, dx, dparams)[:, :-1]


def test_what_is_not_there_or_of_another_shape_is_a_mistake() -> None:
    jvp, of_x, of_bias = check_layer(WithoutBias(3, 4), X).mistakes
    assert "jvp fails with ValueError: operands could not be broadcast" in str(jvp)
    assert (of_x.kind, of_x.reason) == ("shape", "has shape (5, 3, 4), where (5, 4, 3) is expected")
    assert (of_bias.what, of_bias.reason) == ("jacobian of bias", "is not there")


@dataclass(frozen=True)
class WrongAsTheFirst(PlainDense):
    """A dense layer whose gradients have the wrong sign where the rows' own derivative is not asked for."""

    def vjp(
        self, params: Parameters, x: Array, y: Array, dy: Array, *, need_dx: bool = True, grad: Any = None, **_: Any
    ) -> Array | None:
        return self.right.vjp(params, x, y, dy if need_dx else -dy, need_dx=need_dx, grad=grad)


def test_what_only_the_whole_network_shows_is_named_by_its_parameter() -> None:
    network = Network((WrongAsTheFirst(3, 4), Tanh(), Dense(4, 3)))
    theta = np.random.default_rng(0).normal(size=network.size)
    (mistake,) = check_gradients(network, SoftmaxCrossEntropy(), theta, X, T).mistakes
    assert mistake.where == "The whole network"
    assert mistake.place[0].endswith(" of layer 0")
    assert (mistake.kind, mistake.reason) == ("sign", "the other sign would be right in part")
    row, column = (int(i) for i in mistake.place[0].removesuffix(" of layer 0")[:-1].split("[")[1].split(","))
    assert f"weights[{row}, {column}]" in mistake.place[0]
    outputs = network.forward(theta, X)
    gradient = network.backward(theta, outputs, SoftmaxCrossEntropy().gradient(outputs[-1], T))
    assert network.views(gradient)[0]["weights"][row, column] == mistake.found
