"""Class indices, one-hot rows and distributions are three ways to say the same; smoothing mixes them."""

import numpy as np
import pytest

from chainrule import PerceptronCriterion, SigmoidCrossEntropy, SoftmaxCrossEntropy
from chainrule.arrays import Array
from tests.registry import LOSSES, LossCase, named

# Those that are linear in the target.
LINEAR = [
    case for case in LOSSES if isinstance(case.loss, SoftmaxCrossEntropy | SigmoidCrossEntropy | PerceptronCriterion)
]

every_loss = pytest.mark.parametrize("case", LOSSES, ids=named(LOSSES))


def logits(n: int, outputs: int) -> Array:
    return np.random.default_rng(3).normal(0, 2, (n, outputs))


@every_loss
@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.float32, np.float64])
def test_one_hot_targets_of_any_type_agree_with_class_indices(case: LossCase, dtype: type[np.generic]) -> None:
    outputs = case.members * (4 if case.exclusive else 1)
    z, index = logits(6, outputs), case.targets("index", 6, outputs, np.random.default_rng(0))
    rows = case.as_rows(index, outputs).astype(dtype)
    v = logits(6, outputs)[::-1]
    np.testing.assert_array_equal(case.loss.value(z, rows), case.loss.value(z, index))
    np.testing.assert_array_equal(case.loss.gradient(z, rows), case.loss.gradient(z, index))
    np.testing.assert_array_equal(case.loss.curvature_product(z, rows, v), case.loss.curvature_product(z, index, v))
    for a, b in zip(case.loss.factors(z, rows), case.loss.factors(z, index), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("case", LINEAR, ids=named(LINEAR))
def test_a_soft_target_costs_the_mixture_of_the_hard_ones(case: LossCase) -> None:
    outputs, share = 2, np.array([[0.3], [0.6], [1.0]])
    z, first, second = logits(3, outputs), np.tile([1.0, 0.0], (3, 1)), np.tile([0.0, 1.0], (3, 1))
    mixture = share * first + (1 - share) * second
    for method in (case.loss.value, case.loss.gradient):
        expected = (share * method(z, first).reshape(3, -1) + (1 - share) * method(z, second).reshape(3, -1)).ravel()
        np.testing.assert_allclose(method(z, mixture).ravel(), expected, rtol=1e-13, atol=1e-14)


def test_label_smoothing_moves_targets_towards_uniform() -> None:
    z, t = logits(5, 3), np.array([0, 2, 1, 1, 0])
    smooth = 0.8 * np.eye(3)[t] + 0.2 / 3
    np.testing.assert_allclose(SoftmaxCrossEntropy(0.2).value(z, t), SoftmaxCrossEntropy().value(z, smooth), rtol=1e-14)
    z, yes = logits(5, 1), np.array([0, 1, 1, 0, 1])
    np.testing.assert_allclose(
        SigmoidCrossEntropy(0.2).value(z, yes), SigmoidCrossEntropy().value(z, 0.8 * yes + 0.1), rtol=1e-14
    )


@every_loss
def test_rows_do_not_depend_on_each_other(case: LossCase) -> None:
    outputs = 2 * case.members
    z, t = logits(6, outputs), case.targets("one-hot", 6, outputs, np.random.default_rng(0))
    together = case.loss.gradient(z, t)
    alone = np.concatenate([case.loss.gradient(z[r : r + 1], t[r : r + 1]) for r in range(6)])
    np.testing.assert_array_equal(together, alone)


def test_the_perceptron_criterion_costs_only_rows_on_the_wrong_side() -> None:
    z, t = np.array([[-2.0], [-2.0], [3.0], [3.0], [0.0]]), np.array([0, 1, 0, 1, 1])
    loss = PerceptronCriterion()
    np.testing.assert_array_equal(loss.value(z, t), [0, 2, 3, 0, 0])
    np.testing.assert_array_equal(loss.gradient(z, t).ravel(), [0, -1, 1, 0, -1])


def test_losses_name_the_activation_that_predicts() -> None:
    z = logits(4, 3)
    softmax, sigmoid, step = (
        loss.activation.forward({}, z) for loss in (SoftmaxCrossEntropy(), SigmoidCrossEntropy(), PerceptronCriterion())
    )
    np.testing.assert_allclose(softmax, np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), rtol=1e-13)
    np.testing.assert_allclose(sigmoid, 1 / (1 + np.exp(-z)), rtol=1e-13)
    np.testing.assert_array_equal(step, z > 0)
