"""The named numbers of a ledger: every layer and loss of the registry has formulas, and they say what is computed."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pytest
from hypothesis import given, settings
from latex2mathml.converter import convert

from chainrule import Dense, Network, SigmoidCrossEntropy, SoftmaxCrossEntropy, ledger, trace
from chainrule.arrays import Array, diagonal
from chainrule.inspection import Entry, Trace, sections, unit_names
from chainrule.inspection.entries import loss_formulas
from chainrule.layers import Elementwise, Layer
from chainrule.losses import Loss
from tests.oracles import evaluated
from tests.registry import ACTIVATIONS, LOSSES, LayerCase, LossCase, named
from tests.strategies import NetworkPoint, network_points

ELEMENTWISE = [case for case in ACTIVATIONS if isinstance(case.layer, Elementwise)]


@pytest.mark.parametrize("case", ELEMENTWISE, ids=named(ELEMENTWISE))
def test_the_formulas_of_an_activation_are_what_it_computes(case: LayerCase) -> None:
    a = case.inputs(1, 40, np.random.default_rng(0), 2.0)
    assert isinstance(case.layer, Elementwise)
    function, slope = case.layer.formula, case.layer.derivative_formula
    assert function is not None
    assert slope is not None
    h = case.layer.forward({}, a)
    np.testing.assert_allclose(evaluated(function.text, a, h), h, rtol=2e-4, atol=1e-9)
    np.testing.assert_allclose(evaluated(slope.text, a, h), case.layer.derivative(a, h), rtol=2e-4, atol=1e-4)


def row_through(layer: Layer, loss: Loss, outputs: int, target: Any) -> Trace:
    network = Network((Dense(2, 3), layer, Dense(3, outputs)))
    theta = np.random.default_rng(1).normal(size=network.size)
    return trace(network, loss, theta, [0.5, -1.5], target)


def entries(row: Trace) -> dict[str, Entry]:
    return {entry.key: entry for section in sections(row) for entry in section.entries}


def assert_complete(row: Trace) -> None:
    """Every number has a formula, unless it is given; every formula is one that MathML can show."""
    for key, entry in entries(row).items():
        assert entry.formula is not None or entry.kind in ("row", "parameter"), key
        for formula in filter(None, (entry.name, entry.formula)):
            assert "<math" in convert(formula.latex)
            assert "\\" not in formula.text


@pytest.mark.parametrize("case", ACTIVATIONS, ids=named(ACTIVATIONS))
def test_every_activation_has_a_ledger_with_formulas(case: LayerCase) -> None:
    row = row_through(case.layer, SoftmaxCrossEntropy(), 3, 1)
    assert_complete(row)
    text = " ".join(str(ledger(row)).split())
    for letter, meaning in (("Φ", "Φ is the distribution function"), ("σ", "σ(a) is 1 / (1 + exp(-a))")):
        assert (letter in text) == (meaning in text)


@pytest.mark.parametrize("case", LOSSES, ids=named(LOSSES))
def test_every_loss_has_a_ledger_with_formulas(case: LossCase) -> None:
    for outputs in case.outputs:
        if outputs == case.members and case.exclusive:
            continue
        target = np.eye(outputs // case.members)[0]
        row = row_through(ACTIVATIONS[3].layer, case.loss, outputs, target)
        assert_complete(row)
        smoothed = entries(row)["t"].values
        if type(case.loss) in (SoftmaxCrossEntropy, SigmoidCrossEntropy):
            np.testing.assert_allclose(row.y - smoothed, row.dz, atol=1e-12)


@settings(max_examples=60)
@given(network_points(max_depth=4))
def test_every_product_agrees_with_the_same_computed_in_another_way(point: NetworkPoint) -> None:
    row = trace(point.network, point.loss, point.theta, point.x[0], point.t[0])
    for entry in entries(row).values():
        if entry.kind == "product" or (entry.kind == "forward" and entry.key.startswith("a")):
            assert entry.difference is not None
            assert entry.difference < 1e-12
    assert ledger(row).disagreement < 1e-11


@settings(max_examples=30)
@given(network_points(max_depth=4))
def test_the_entries_hold_the_numbers_of_the_trace(point: NetworkPoint) -> None:
    row = trace(point.network, point.loss, point.theta, point.x[0], point.t[0])
    found = entries(row)
    assert len(found) == sum(len(section.entries) for section in sections(row)), "each key is there once"
    for name, values in {"x": point.x[0], "z": row.z, "y": row.y, "dloss_dz": row.dz, "dy_dz": row.dy_dz}.items():
        np.testing.assert_array_equal(found[name].values, values)
    for link, unit in zip(row.links[:-1], unit_names(row), strict=False):
        np.testing.assert_array_equal(found[unit.text.replace("'", "p")].values, link.y)
        np.testing.assert_array_equal(found[f"dloss_d{unit.text}".replace("'", "p")].values, link.dy)


def test_a_wrong_product_is_told() -> None:
    row = row_through(ACTIVATIONS[3].layer, SoftmaxCrossEntropy(), 3, 1)
    row.links[0].gradients["weights"][0, 0] += 0.5
    assert entries(row)["dloss_dW1"].difference > 0.01  # type: ignore[operator]
    assert ledger(row, weight="1,1,1").disagreement > 0.01


def test_a_layer_of_a_users_own_goes_by_its_name() -> None:
    class Bent(Elementwise):
        def function(self, x: Array, *, out: Array | None = None) -> Array:
            return np.cbrt(x)

        def derivative(self, x: Array, y: Array) -> Array:
            return 1 / (3 * y * y)

    found = entries(row_through(Bent(), SoftmaxCrossEntropy(), 3, 1))
    assert found["h1"].formula is not None
    assert found["h1"].formula.text == "Bent(a1)"
    assert found["dh1_da1"].formula is None
    assert loss_formulas(object(), 2) == {}  # type: ignore[arg-type]


def test_layers_with_one_bend_after_another_have_names_of_their_own() -> None:
    tanh = ACTIVATIONS[3].layer
    network = Network((Dense(2, 2), tanh, tanh, Dense(2, 2), tanh))
    row = trace(network, SoftmaxCrossEntropy(), np.ones(network.size), [1.0, 2.0], 0)
    assert [name.text for name in unit_names(row)] == ["a1", "h1", "h1'", "a2", "z"]
    assert "h1' = tanh(h1)" in str(ledger(row))
    assert "∂h1'/∂h1 = diag(1 - h1'²)" in str(ledger(row))


@final
@dataclass(frozen=True)
class Gain:
    """A layer of a user's own, with a parameter: each number times its own gain."""

    inputs: int

    def output_size(self, inputs: int) -> int:
        return inputs

    def parameter_shapes(self) -> dict[str, Any]:
        return {"gain": (self.inputs,)}

    def forward(self, params: Any, x: Array, *, out: Any = None) -> Array:
        return np.multiply(x, params["gain"], out=out)

    def vjp(
        self, params: Any, x: Array, y: Array, dy: Array, *, need_dx: bool = True, out: Any = None, grad: Any = None
    ) -> Array | None:
        if grad is not None:
            grad["gain"][...] = (dy * x).sum(axis=0)
        return dy * params["gain"]

    def jvp(self, params: Any, x: Array, y: Array, dx: Array, dparams: Any) -> Array:
        return dx * params["gain"] + x * dparams["gain"]

    def jacobian(self, params: Any, x: Array, y: Array) -> dict[str, Array]:
        return {"x": diagonal(np.broadcast_to(params["gain"], x.shape)), "gain": diagonal(x)}


def test_a_layer_of_a_users_own_may_have_parameters() -> None:
    network = Network((Gain(2), Dense(2, 2)))
    row = trace(network, SoftmaxCrossEntropy(), np.arange(1.0, network.size + 1), [1.0, 2.0], 0)
    found = entries(row)
    np.testing.assert_array_equal(found["gain1"].values, [1, 2])
    assert found["dloss_dgain1"].difference == 0
    found_ledger = ledger(row)
    assert found_ledger.weight.link == 1
    assert "= Gain(x)" in str(found_ledger)
    assert "from a1[" in str(found_ledger)
    alone = trace(Network((Gain(2),)), SoftmaxCrossEntropy(), np.ones(2), [1.0, 2.0], 0)
    with pytest.raises(ValueError, match="no dense layer"):
        ledger(alone)
