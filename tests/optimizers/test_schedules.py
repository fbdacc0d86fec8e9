"""Schedules: the rate of every iteration, by its formula."""

from math import cos, pi

import pytest

from chainrule import CosineDecay, ExponentialDecay, InverseTimeDecay, StepDecay, Warmup
from chainrule.optimizers import Schedule
from tests.registry import SCHEDULES


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (ExponentialDecay(2.0, factor=0.5), {0: 2.0, 1: 1.0, 2: 0.5, 10: 2.0**-9}),
        (ExponentialDecay(2.0, factor=0.5, every=4), {0: 2.0, 2: 2**0.5, 4: 1.0, 8: 0.5}),
        (StepDecay(2.0, factor=0.1, every=3), {0: 2.0, 2: 2.0, 3: 0.2, 5: 0.2, 6: 0.02}),
        (InverseTimeDecay(2.0, every=10), {0: 2.0, 10: 1.0, 30: 0.5}),
        (CosineDecay(2.0, iterations=9), {0: 2.0, 3: 1 + cos(pi / 3), 9: 0.0, 100: 0.0}),
        (Warmup(StepDecay(2.0, factor=0.5, every=2), iterations=4), {0: 0.5, 1: 1.0, 3: 2.0, 4: 2.0, 5: 2.0, 6: 1.0}),
    ],
    ids=repr,
)
def test_rates_are_those_of_the_formula(schedule: Schedule, expected: dict[int, float]) -> None:
    assert {iteration: schedule(iteration) for iteration in expected} == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_rates_are_never_negative_and_depend_on_nothing_but_the_iteration(schedule: Schedule) -> None:
    rates = [schedule(iteration) for iteration in range(200)]
    assert min(rates) >= 0
    assert rates == [schedule(iteration) for iteration in range(200)]
    assert all(isinstance(rate, float) for rate in rates)
