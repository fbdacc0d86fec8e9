"""Logits of ±10,000 and probabilities of exactly 0 and 1: no NaN, no infinity, no warning, and still the gradient."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from chainrule import SigmoidCrossEntropy
from chainrule.arrays import Array
from tests.registry import LOSSES, LossCase, named

EXTREMES = (-1e4, -745.0, -40.0, -1e-30, 0.0, 1.0, 88.0, 1e4)

every_loss = pytest.mark.parametrize("case", LOSSES, ids=named(LOSSES))
every_precision = pytest.mark.parametrize(("dtype", "rounding"), [(np.float32, 2e-6), (np.float64, 2e-15)])


def all_combinations(case: LossCase, dtype: type[Any]) -> tuple[Array, Array]:
    """Every triple (or pair) of extreme logits with every hard and some soft targets; of members, some of them."""
    targets: list[tuple[float, ...]]
    if case.exclusive:
        targets = [(1, 0, 0), (0, 1, 0), (0.5, 0.25, 0.25), (0.999, 0.001, 0)]
    else:
        targets = [(1, 0), (0, 1), (0, 0), (1, 1), (0.5, 0.25), (1e-3, 1)]
    width = len(targets[0]) * case.members
    if case.members > 1:
        extremes = np.random.default_rng(0).choice(EXTREMES, (500, width)).tolist()
    else:
        extremes = list(product(EXTREMES, repeat=width))
    pairs = list(product(extremes, targets))
    return np.array([z for z, _ in pairs], dtype), np.array([t for _, t in pairs], dtype)


@every_precision
@every_loss
def test_every_number_stays_finite(case: LossCase, dtype: type[Any], rounding: float) -> None:
    z, t = all_combinations(case, dtype)
    value, gradient = case.loss.value_and_gradient(z, t)
    results = [
        value,
        case.loss.value(z, t),
        gradient,
        case.loss.gradient(z, t),
        case.loss.curvature_product(z, t, np.ones_like(z)),
        *case.loss.factors(z, t),
        case.loss.activation.forward({}, z),
    ]
    for result in results:
        assert result.dtype == dtype
        assert np.isfinite(result).all()
    assert (value >= -rounding * np.abs(z).max(axis=1)).all()


@every_precision
@every_loss
def test_the_factors_still_multiply_to_the_gradient(case: LossCase, dtype: type[Any], rounding: float) -> None:
    z, t = all_combinations(case, dtype)
    product_of_factors = np.einsum("nk,nkl->nl", *case.loss.factors(z, t))
    np.testing.assert_allclose(product_of_factors, case.loss.gradient(z, t), rtol=0, atol=rounding)


OWN = ("SoftmaxCrossEntropy", "SigmoidCrossEntropy", "PerceptronCriterion")  # which grow with the logits, as a line
HARD = [case for case in LOSSES if case.name in OWN]


@pytest.mark.parametrize("case", HARD, ids=named(HARD))
def test_a_confident_mistake_costs_its_logits_and_a_confident_truth_nothing(case: LossCase) -> None:
    z = np.array([[1e4, -1e4], [1e4, -1e4]])
    right, wrong = case.loss.value(z, np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert right == 0
    assert wrong == pytest.approx(2e4, rel=1e-12)


def test_tiny_sigmoid_losses_keep_their_relative_precision() -> None:
    value = SigmoidCrossEntropy().value(np.array([[20.0, -20.0]]), np.array([[1.0, 0.0]])).item()
    assert value == pytest.approx(2 * np.exp(-20.0), rel=1e-8, abs=0)
