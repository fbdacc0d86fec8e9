"""An activation of one's own: formulas as people write them wrongly, and what the check says of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from chainrule import Dense, Network, Sigmoid, SoftmaxCrossEntropy, Tanh, check_gradients, check_layer
from chainrule.arrays import Array
from chainrule.layers import ELU, Activation, Elementwise, LeakyReLU, Parameters, Softmax, Softplus
from tests.registry import LAYERS, LayerCase, named

X = np.random.default_rng(0).normal(size=(5, 3))
T = np.array([0, 2, 1, 1, 0])


@dataclass(frozen=True)
class Own(Elementwise):
    """The function of a right layer with a derivative of one's own."""

    right: Elementwise
    own: Callable[[Array, Array], Array]

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return self.right.function(x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return self.own(x, y)


BY_HAND: dict[str, tuple[Elementwise, Callable[[Array, Array], Array], str, str]] = {
    "1 - x² for 1 - y²": (Tanh(), lambda x, _: 1 - x * x, "wrong point", "it takes x where y belongs"),
    "softplus at y": (Softplus(), lambda _, y: Sigmoid().function(y), "wrong point", "it takes y where x belongs"),
    "no 1": (Tanh(), lambda _, y: -y * y, "missing term", "found - expected = -1 × constant on the diagonal"),
    "no y²": (Tanh(), lambda x, _: np.ones_like(x), "missing term", "found = 1 × constant on the diagonal"),
    "y + y²": (Sigmoid(), lambda _, y: y + y * y, "missing term", "wrong sign: found + expected = 2 × y on"),
    "no y": (Sigmoid(), lambda _, y: 1 - y, "factor", "y is left out of a product"),
    "y too often": (Sigmoid(), lambda _, y: y * y * (1 - y), "factor", "y is once too often in a product"),
    "alpha": (
        ELU(0.4),
        lambda x, y: np.where(x > 0, 1, y),
        "missing term",
        "found - expected = -0.4 × constant in part",
    ),
    "slope": (LeakyReLU(0.3), lambda x, _: np.where(x > 0, 1, 0.03), "factor", "1/10 times what it should be in part"),
    "no leak": (LeakyReLU(0.3), lambda x, _: (x > 0) * 1.0, "forgotten", "it is zero in part"),
    "a cube": (Tanh(), lambda x, y: 1 - y**3 / 2 + np.sin(7 * x), "unknown", ""),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_formula_written_wrongly(name: str) -> None:
    right, own, kind, reason = BY_HAND[name]
    check = check_layer(Own(right, own), X)
    assert [mistake.kind for mistake in check.mistakes] == [kind] * 3, str(check)
    assert all(reason in mistake.reason for mistake in check.mistakes), str(check)
    assert ("of no known kind" in str(check)) == (kind == "unknown")


@dataclass(frozen=True)
class Particular(Elementwise):
    """A layer that takes nothing but what its function gives, with a factor left out."""

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.exp(x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        if not np.allclose(y, np.exp(x)):
            raise ValueError("y is not the output for x")
        return y / 2


def test_a_layer_may_refuse_to_be_at_a_wrong_point() -> None:
    assert [mistake.kind for mistake in check_layer(Particular(), X).mistakes] == ["factor"] * 3


@dataclass(frozen=True)
class SoftmaxWithJacobian(Activation):
    """A softmax whose Jacobian is one's own."""

    own: Callable[[Array], Array]

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        return Softmax().forward(params, x, out=out)

    def vjp(self, params: Parameters, x: Array, y: Array, dy: Array, **settings: Any) -> Array | None:
        return Softmax().vjp(params, x, y, dy, **settings)

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        return Softmax().jvp(params, x, y, dx, dparams)

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        return {"x": self.own(y)}


def diagonal(values: Array) -> Array:
    return values[:, :, None] * np.eye(values.shape[1])


@pytest.mark.parametrize(
    ("own", "kind", "reason"),
    [
        (lambda y: diagonal(y), "missing term", "found = 1 × y on the diagonal"),
        (lambda y: -y[:, :, None] * y[:, None, :], "missing term", "found - expected = -1 × y on the diagonal"),
        (lambda y: diagonal(y - y * y), "forgotten", "it is zero off the diagonal"),
        (lambda y: y[:, :, None] * y[:, None, :] - diagonal(y), "sign", "the other sign would be right"),
        (lambda y: diagonal(y) + y[:, :, None] * y[:, None, :], "missing term", "wrong sign"),
    ],
    ids=["no outer product", "no diagonal", "diagonal alone", "sign", "sign of a term"],
)
def test_a_softmax_written_wrongly(own: Callable[[Array], Array], kind: str, reason: str) -> None:
    (mistake,) = check_layer(SoftmaxWithJacobian(own), X).mistakes
    assert (mistake.what, mistake.kind) == ("jacobian of x", kind), str(mistake)
    assert reason in mistake.reason


@dataclass(frozen=True)
class Single(Elementwise):
    """A layer that computes in single precision, whatever it gets."""

    wrong: bool = False

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.tanh(x.astype(np.float32))

    def derivative(self, x: Array, y: Array) -> Array:
        y = np.tanh(x.astype(np.float32))
        return 1 - y if self.wrong else 1 - y * y


@pytest.mark.parametrize("seed", range(10))
def test_a_layer_that_knows_single_precision_alone_is_checked_as_closely_as_that_allows(seed: int) -> None:
    network, generator = Network((Dense(3, 4), Single(), Dense(4, 3))), np.random.default_rng(seed)
    theta, x = generator.normal(size=network.size), generator.normal(size=(5, 3))
    check = check_gradients(network, SoftmaxCrossEntropy(), theta, x, T)
    assert check.passed, str(check)
    assert "Layer 1, Single(wrong=False) computes in float32, so it is checked to 7e-04 only." in str(check)
    wrong = check_gradients(Network((Dense(3, 4), Single(True), Dense(4, 3))), SoftmaxCrossEntropy(), theta, x, T)
    assert {mistake.where for mistake in wrong.mistakes} == {"Layer 1, Single(wrong=True)", "The whole network"}
    assert (wrong.mistakes[0].kind, wrong.mistakes[0].reason) == ("factor", "1 + y is left out of a product")


@dataclass(frozen=True)
class Scaled(Activation):
    """All numbers times the sum of a parameter of any shape, whose gradient has the wrong sign."""

    shape: tuple[int, ...]

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"scale": self.shape}

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        return x * params["scale"].sum()

    def vjp(self, params: Parameters, x: Array, y: Array, dy: Array, *, grad: Any = None, **_: Any) -> Array | None:
        if grad is not None:
            grad["scale"][...] = -(dy * x).sum()
        return dy * params["scale"].sum()

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        return dx * params["scale"].sum() + x * dparams["scale"].sum()

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        ones = np.ones(self.shape)
        return {
            "x": params["scale"].sum() * np.ones((len(x), 1, 1)) * np.eye(x.shape[1]),
            "scale": x.reshape(*x.shape, *(1 for _ in self.shape)) * ones,
        }


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (3, 3), (2, 1, 3)], ids=str)
def test_parameters_may_have_any_shape(shape: tuple[int, ...]) -> None:
    (mistake,) = check_layer(Scaled(shape), X).mistakes
    assert (mistake.what, mistake.kind) == ("vjp with respect to scale", "sign")
    assert mistake.place[2].startswith("scale[")


@pytest.mark.parametrize("case", LAYERS, ids=named(LAYERS))
def test_every_layer_passes_by_itself(case: LayerCase) -> None:
    check = check_layer(case.layer, np.random.default_rng(0).normal(size=(4, case.layer.inputs or 6)))
    assert check.passed, str(check)
    assert check.compared > 0
