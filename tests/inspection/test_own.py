"""A layer and a loss of one's own, checked in one call: mistakes as people make them, and what the check says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from chainrule import Dense, Network, Sigmoid, SoftmaxCrossEntropy, Tanh, check_gradients, check_layer, check_loss
from chainrule.arrays import Array
from chainrule.layers import ELU, Activation, Elementwise, Layer, LeakyReLU, Parameters, Softmax, Softplus
from tests.inspection.broken import PlainDense, PlainLoss
from tests.mistakes import assert_refused
from tests.registry import LAYERS, LOSSES, LayerCase, LossCase, named

X = np.random.default_rng(0).normal(size=(5, 3))
T = np.array([0, 2, 1, 1, 0])
Z = np.random.default_rng(1).normal(size=(5, 3))


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
    assert "Layer 1, Single(wrong=False) answers in float32: what it says is checked to 7e-04 only." in str(check)
    wrong = check_gradients(Network((Dense(3, 4), Single(True), Dense(4, 3))), SoftmaxCrossEntropy(), theta, x, T)
    assert {mistake.where for mistake in wrong.mistakes} == {"Layer 1, Single(wrong=True)", "The whole network"}
    assert (wrong.mistakes[0].kind, wrong.mistakes[0].reason) == ("factor", "1 + y is left out of a product")


@dataclass(frozen=True)
class OwnLoss(PlainLoss):
    """A cross-entropy whose gradient is one's own."""

    own: Callable[[Array, Array], Array]

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        return self.own(z, np.eye(z.shape[1])[t])


def softmax(z: Array) -> Array:
    return Softmax().forward({}, z)


@pytest.mark.parametrize(
    ("own", "kind", "reason"),
    [
        (lambda z, t: (softmax(z) - t) / len(z), "factor", "1/5 (one over the number of rows) times"),
        (lambda z, t: softmax(softmax(z)) - t, "wrong point", "it takes y where z belongs"),
        (lambda z, t: z - t, "wrong point", "it takes z where y belongs"),
        (lambda z, _: softmax(z), "missing term", "found - expected = 1 × t"),
        (lambda z, t: softmax(z) + t, "missing term", "found - expected = 2 × t"),
        (lambda z, t: t - softmax(z), "sign", "the other sign would be right"),
    ],
    ids=["mean", "softmax twice", "no softmax", "no target", "target added", "sign"],
)
def test_a_gradient_of_a_loss_written_wrongly(own: Callable[[Array, Array], Array], kind: str, reason: str) -> None:
    check = check_loss(OwnLoss(own), Z, T)
    assert check.mistakes[0].what == "gradient with respect to z"
    assert check.mistakes[0].kind == kind, str(check)
    assert reason in check.mistakes[0].reason, str(check)


@dataclass(frozen=True)
class ForgetsItsValue(PlainLoss):
    """A loss that says twice its value where it says both."""

    def value_and_gradient(self, z: Array, t: Array, *, out: Array | None = None) -> tuple[Array, Array]:
        return 2 * self.value(z, t), self.gradient(z, t)


def test_value_and_gradient_must_say_the_same_value() -> None:
    (mistake,) = check_loss(ForgetsItsValue(), Z, T).mistakes
    assert (mistake.what, mistake.kind) == ("value of value_and_gradient", "factor")
    assert mistake.reason == "it is 2 times what it should be"


@pytest.mark.parametrize("case", LAYERS, ids=named(LAYERS))
def test_every_layer_passes_by_itself(case: LayerCase) -> None:
    check = check_layer(case.layer, np.random.default_rng(0).normal(size=(4, case.layer.inputs or 3)))
    assert check.passed, str(check)
    assert check.compared > 0


@pytest.mark.parametrize("case", LOSSES, ids=named(LOSSES))
def test_every_loss_passes_by_itself(case: LossCase) -> None:
    generator = np.random.default_rng(0)
    outputs = case.outputs[-1]
    check = check_loss(case.loss, generator.normal(size=(4, outputs)), case.targets("soft", 4, outputs, generator))
    assert check.passed, str(check)


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
    own = OwnLoss(lambda z, t: (softmax(z) - t).sum(axis=1))
    mistake = check_loss(own, Z, T).mistakes[0]
    assert str(mistake) == f"{own}: gradient with respect to z has shape (5,), where (5, 3) is expected."


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


@dataclass(frozen=True)
class OneOutputShort(PlainDense):
    """A dense layer that gives one output less than it says."""

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        return self.right.forward(params, x)[:, 1:]


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
            "x": diagonal(np.full_like(x, params["scale"].sum())),
            "scale": x.reshape(*x.shape, *(1 for _ in self.shape)) * ones,
        }


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (3, 3), (2, 1, 3)], ids=str)
def test_parameters_may_have_any_shape(shape: tuple[int, ...]) -> None:
    (mistake,) = check_layer(Scaled(shape), X).mistakes
    assert (mistake.what, mistake.kind) == ("vjp with respect to scale", "sign")
    assert mistake.place[2].startswith("scale[")


class Nothing:
    """No layer, and no loss."""

    def __repr__(self) -> str:
        return "Nothing()"


def test_what_cannot_be_checked_is_refused_in_one_sentence() -> None:
    dense = Dense(3, 2)
    assert_refused(lambda: check_layer(dense, [1.0]), "x must have shape (n, i) with at least one row, found (1,).")
    assert_refused(lambda: check_layer(dense, [[np.nan] * 3]), "x must be finite, found nan.")
    assert_refused(
        lambda: check_layer(dense, X, {"weights": np.ones((2, 2))}),
        f"{dense} has parameters of shapes {{'weights': (3, 2), 'bias': (2,)}}, found {{'weights': (2, 2)}}.",
    )
    short = OneOutputShort(3, 4)
    assert_refused(
        lambda: check_layer(short, X),
        f"{short} must return outputs of shape (5, 4) for these rows, found (5, 3).",
    )
    assert_refused(
        lambda: check_loss(SoftmaxCrossEntropy(), Z, [0]),
        "Targets must have one entry for each of the 5 rows, found shape (1,).",
    )
    assert_refused(
        lambda: check_loss(SoftmaxCrossEntropy(), [0.0], [0]),
        "z must have shape (n, k) with at least one row, found (1,).",
    )
    with pytest.raises(TypeError, match=r"^A layer needs output_size, .*: Nothing\(\) lacks output_size, parameter_"):
        check_layer(Nothing(), X)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^A loss needs activation, .*: Nothing\(\) lacks activation, "):
        check_loss(Nothing(), Z, T)  # type: ignore[arg-type]
