"""Every planted mistake is found, in the layer that has it, and called by its name."""

from collections import Counter

import numpy as np
import pytest

from chainrule import Dense, Network, SoftmaxCrossEntropy, Tanh, check_gradients, check_layer, check_loss
from chainrule.arrays import Array
from chainrule.layers import Layer
from tests.inspection.mutants import CHANGES, LOSS_CHANGES, METHODS, LossMutant, Mutant, loss_mutants, mutants

ROWS = 5
# Of the layer that is changed.
PLACE = 4


def deep(layer: Layer, width: int) -> Network:
    """A layer deep inside a network."""
    return Network((Dense(3, 4), Tanh(), Dense(4, width), Tanh(), layer, Dense(layer.output_size(width), 3)))


def is_multiple(a: Array, b: Array) -> bool:
    """Whether one array is the other times a number: then nothing tells a missing term from a factor."""
    a, b = a.ravel(), b.ravel()
    return bool(np.allclose(a * (b @ b), b * (a @ b), rtol=1e-6, atol=1e-9 * (b @ b)))


def found_as(mutant: Mutant) -> str | None:
    """What kind of mistake a mutant is found to be inside a network; None where it is no mistake at all."""
    generator = np.random.default_rng(3)
    network = deep(mutant, mutant.inputs or 4)
    theta, x = generator.normal(0, 0.8, network.size), generator.normal(size=(ROWS, 3))
    outputs, params = network.forward(theta, x), network.views(theta)[PLACE]
    given, y = outputs[PLACE], outputs[PLACE + 1]
    right, wrong = np.array(mutant.right.jacobian(params, given, y)[mutant.name]), mutant.wrong(params, given, y)
    if wrong is None or np.allclose(wrong, right, rtol=1e-5, atol=1e-6):
        return None
    check = check_gradients(network, SoftmaxCrossEntropy(), theta, x, [0, 1, 2, 0, 1])
    assert {mistake.where for mistake in check.mistakes} - {"The whole network"} == {f"Layer {PLACE}, {mutant}"}
    first = check.mistakes[0]
    assert first.what.startswith(mutant.method)
    assert first.what.endswith(f" {mutant.name}")
    kind, _ = CHANGES[mutant.change]
    same = {CHANGES[change][0] for change in CHANGES if same_as(mutant, change, wrong, params, given, y)}
    if is_multiple(wrong, right):
        same.add("factor")
    assert first.kind in {kind, *same}, str(first)
    return first.kind


def same_as(mutant: Mutant, change: str, wrong: Array, params: dict[str, Array], x: Array, y: Array) -> bool:
    other = Mutant(mutant.right, mutant.method, mutant.name, change).wrong(params, x, y)
    return other is not None and bool(np.allclose(other, wrong, equal_nan=True))


def a_sample() -> list[Mutant]:
    """Every change in every layer, each in one of the methods."""
    chosen = {(str(m.right), m.name, m.change): m for m in mutants() if METHODS[len(m.change + m.name) % 3] == m.method}
    return list(chosen.values())[::5]


def kinds_found(some: list[Mutant]) -> Counter[str]:
    return Counter(kind for kind in map(found_as, some) if kind is not None)


def test_planted_mistakes_are_found_and_named() -> None:
    kinds = kinds_found(a_sample())
    assert kinds.total() >= 80, kinds
    assert set(kinds) >= {kind for kind, _ in CHANGES.values()} - {"transposed"}, kinds


@pytest.mark.long
@pytest.mark.parametrize("method", METHODS)
def test_every_planted_mistake_is_found_and_named(method: str) -> None:
    kinds = kinds_found([mutant for mutant in mutants() if mutant.method == method])
    assert kinds.total() >= 400, kinds
    assert set(kinds) >= {kind for kind, _ in CHANGES.values()}, kinds


def loss_found_as(mutant: LossMutant) -> str | None:
    generator = np.random.default_rng(0)
    outputs = mutant.case.outputs[-1]
    z, t = mutant.case.logits(ROWS, outputs, generator), mutant.case.targets("one-hot", ROWS, outputs, generator)
    right = mutant.case.loss.curvature_product(z, t, z) if mutant.method == "curvature_product" else None
    right = mutant.case.loss.gradient(z, t) if right is None else right
    if np.array_equal(mutant.changed(right, z, t), right):
        return None
    check = check_loss(mutant, z, t)
    assert not check.passed, str(mutant)
    assert {mistake.where for mistake in check.mistakes} == {str(mutant)}
    kind, _ = LOSS_CHANGES[mutant.change]
    assert check.mistakes[0].kind == kind, str(check)
    return check.mistakes[0].kind


def test_planted_mistakes_in_losses_are_found_and_named() -> None:
    kinds = Counter(kind for kind in map(loss_found_as, loss_mutants()) if kind is not None)
    assert kinds.total() >= 100, kinds
    assert set(kinds) >= {kind for kind, _ in LOSS_CHANGES.values()}


@pytest.mark.parametrize("change", ["sign", "half", "transposed", "last output forgotten", "not a number"])
def test_a_mistake_is_found_in_a_layer_by_itself(change: str) -> None:
    mutant = Mutant(Dense(3, 3), "vjp", "weights", change)
    check = check_layer(mutant, np.random.default_rng(0).normal(size=(4, 3)))
    assert [(mistake.where, mistake.kind) for mistake in check.mistakes] == [(str(mutant), CHANGES[change][0])]
