"""What holds for every first-order optimizer: its recurrence and its formula are what its steps do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chainrule.optimizers import Adam, CosineDecay, FirstOrder
from chainrule.optimizers.first_order import COEFFICIENTS
from tests.optimizers.quadratic import random_quadratic
from tests.registry import OPTIMIZERS

FIRST_ORDER: dict[str, Any] = {name: made for name, made in OPTIMIZERS.items() if isinstance(made, FirstOrder)}
FIRST_ORDER["Adam(weight_decay)"] = Adam(rate=0.05, weight_decay=0.1)
STEPS = 7

every_optimizer = pytest.mark.parametrize("optimizer", FIRST_ORDER.values(), ids=FIRST_ORDER)


@every_optimizer
@pytest.mark.parametrize("falling", [False, True])
def test_the_recurrence_is_the_steps(optimizer: Any, falling: bool) -> None:
    if falling:
        optimizer = replace(optimizer, rate=CosineDecay(0.05, iterations=20))
    objective = random_quadratic(4)
    theta = np.linspace(-2, 2, 4)
    state = optimizer.init(theta)
    for _ in range(3):
        theta, state, *_ = optimizer.step(objective, theta, state)
    found = optimizer.recurrence(theta, state, STEPS)
    moved, mean, square = theta, found.mean, found.square
    for row, rate in zip(found.coefficients, found.rates, strict=True):
        c = dict(zip(COEFFICIENTS, row, strict=True))
        g = objective.value_and_gradient(moved)[1]
        mean, square = c["keep"] * mean + c["take"] * g, c["keep_square"] * square + c["take_square"] * g * g
        step = (c["by_mean"] * mean + c["by_gradient"] * g) / (np.sqrt(c["by_square"] * square) + c["epsilon"])
        moved = moved - step - c["decay"] * objective.weights(moved)
        theta, state, *_, taken = optimizer.step(objective, theta, state)
        assert rate == taken
        np.testing.assert_allclose(moved, theta, rtol=1e-10, atol=1e-12)
    after = found.state(mean, square)
    assert type(after) is type(state)
    for one, other in zip(*((each if isinstance(each, tuple) else (each,)) for each in (after, state)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@every_optimizer
def test_the_first_step_is_what_its_formula_says(optimizer: Any) -> None:
    objective, theta = random_quadratic(4), np.linspace(-2, 2, 4)
    step = optimizer.step(objective, theta, optimizer.init(theta))
    for w, g, after in zip(theta, step.gradient, step.theta, strict=True):
        formula, expected = optimizer.first_step(step.rate, float(g), float(w))
        assert after == pytest.approx(expected, rel=1e-12)
        assert formula.text.startswith("w - ")
        assert formula.latex


@every_optimizer
def test_a_steady_gradient_moves_a_parameter_as_far_as_it_says(optimizer: Any) -> None:
    assert np.all(optimizer.reach(optimizer.step(random_quadratic(4), np.ones(4), optimizer.init(np.ones(4)))) > 0)


@every_optimizer
def test_presets_are_of_its_kind_and_one_bears_its_name(optimizer: Any) -> None:
    presets = optimizer.presets()
    assert optimizer.name in presets
    assert {type(preset) for preset in presets.values()} == {type(optimizer)}
