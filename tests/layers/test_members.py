"""The layers of an ensemble in one network: each member's numbers against those of a layer of its own."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from chainrule import (
    Cost,
    Dense,
    MemberDense,
    MemberLoss,
    MemberScale,
    MemberSoftmax,
    Network,
    Penalty,
    ReLU,
    SharedDense,
    SigmoidCrossEntropy,
    Softmax,
    SoftmaxCrossEntropy,
    initialize,
)
from chainrule.arrays import Array
from chainrule.exceptions import MismatchError
from chainrule.initializers import INITIALIZERS
from chainrule.losses.members import joint_logits
from tests.mistakes import assert_refused

# All different, so that no two axes can be taken for each other.
K = 3
INPUTS = 4
OUTPUTS = 2
N = 5
TABM = Network((MemberScale(K, INPUTS), SharedDense(K, INPUTS, 6), ReLU(), MemberDense(K, 6, OUTPUTS)))


def numbers(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def member(values: Array, number: int) -> Array:
    """The part of a member along the last axis."""
    width = values.shape[-1] // K
    return values[..., number * width : (number + 1) * width]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("made", [SharedDense, MemberDense])
def test_each_member_computes_what_a_dense_layer_with_its_weights_does(made: Any, bias: bool) -> None:
    layer, own = made(K, INPUTS, OUTPUTS, bias), Dense(INPUTS, OUTPUTS, bias)
    params = {name: numbers(*shape) for name, shape in layer.parameter_shapes().items()}
    x, dy = numbers(N, K * INPUTS, seed=1), numbers(N, K * OUTPUTS, seed=2)
    grad, total = {name: np.empty(values.shape) for name, values in params.items()}, np.zeros((INPUTS, OUTPUTS))
    y = layer.forward(params, x)
    dx = layer.vjp(params, x, y, dy, grad=grad)
    assert dx is not None
    for number in range(K):
        mine = {
            name: values if values.shape == (INPUTS, OUTPUTS) else member(values, number)
            for name, values in params.items()
        }
        given, above = member(x, number), member(dy, number)
        np.testing.assert_allclose(member(y, number), own.forward(mine, given), rtol=1e-13)
        of_mine = {name: np.empty(values.shape) for name, values in mine.items()}
        passed = own.vjp(mine, given, member(y, number), above, grad=of_mine)
        assert passed is not None
        np.testing.assert_allclose(member(dx, number), passed, rtol=1e-13)
        total += of_mine["weights"]
        if bias:
            np.testing.assert_allclose(member(grad["bias"], number), of_mine["bias"], rtol=1e-13)
        if made is MemberDense:
            np.testing.assert_allclose(member(grad["weights"], number), of_mine["weights"], rtol=1e-13)
    if made is SharedDense:
        np.testing.assert_allclose(grad["weights"], total, rtol=1e-12)


def test_members_scale_the_same_row() -> None:
    x, scale = numbers(N, INPUTS), numbers(K * INPUTS, seed=1)
    y = MemberScale(K, INPUTS).forward({"scale": scale}, x)
    for number in range(K):
        np.testing.assert_array_equal(member(y, number), x * member(scale, number))


def test_each_member_has_a_softmax_of_its_own() -> None:
    x = numbers(N, K * 4)
    y = MemberSoftmax(K).forward({}, x)
    for number in range(K):
        np.testing.assert_array_equal(member(y, number), Softmax().forward({}, member(x, number)))


def test_an_ensemble_takes_sparse_rows() -> None:
    x = numbers(20, INPUTS) * (numbers(20, INPUTS, seed=1) > 0)
    t, theta = np.arange(20) % OUTPUTS, initialize(TABM, 0)
    loss = MemberLoss(K, SoftmaxCrossEntropy())
    dense, sparse = (Cost.of(TABM, loss, rows, t) for rows in (x, csr_array(x)))
    assert sparse.value(theta) == pytest.approx(dense.value(theta), rel=1e-13)
    np.testing.assert_allclose(sparse.value_and_gradient(theta)[1], dense.value_and_gradient(theta)[1], atol=1e-14)
    v = numbers(TABM.size)
    np.testing.assert_allclose(sparse.curvature_product(theta, v), dense.curvature_product(theta, v), atol=1e-13)


def test_members_start_apart_each_with_weights_of_the_rule_for_one_member() -> None:
    first, second, _, last = TABM.views(initialize(TABM, 0))
    generator = np.random.default_rng(0)
    np.testing.assert_array_equal(first["scale"], generator.choice((-1.0, 1.0), K * INPUTS))
    assert set(first["scale"]) == {-1.0, 1.0}
    np.testing.assert_array_equal(second["weights"], INITIALIZERS["he_normal"](generator, INPUTS, 6))
    for number in range(K):
        np.testing.assert_array_equal(
            member(last["weights"], number), INITIALIZERS["glorot_uniform"](generator, 6, OUTPUTS)
        )
    assert not second["bias"].any()
    assert not last["bias"].any()


def test_no_penalty_applies_to_scales_and_biases() -> None:
    theta = np.ones(TABM.size)
    rows: Any = (numbers(6, INPUTS), np.arange(6) % OUTPUTS)
    costs = [
        Cost.of(TABM, MemberLoss(K, SoftmaxCrossEntropy()), *rows, penalty=Penalty(l2=l2)).value(theta) for l2 in (0, 2)
    ]
    assert costs[1] - costs[0] == pytest.approx(INPUTS * 6 + 6 * K * OUTPUTS, rel=1e-12)


def test_the_prediction_is_the_mean_of_the_members_probabilities() -> None:
    z = numbers(N, K * 4) * 3
    mean = np.mean([Softmax().forward({}, member(z, number)) for number in range(K)], axis=0)
    np.testing.assert_allclose(MemberLoss(K, SoftmaxCrossEntropy()).probabilities(z), mean, rtol=1e-14)
    np.testing.assert_allclose(Softmax().forward({}, joint_logits(z, K)), mean, rtol=1e-13)
    z = numbers(N, K)
    mean = (1 / (1 + np.exp(-z))).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(MemberLoss(K, SigmoidCrossEntropy()).probabilities(z), mean, rtol=1e-14)
    np.testing.assert_allclose(1 / (1 + np.exp(-joint_logits(z, K))), mean, rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_joint_logits_stay_finite(dtype: type[Any]) -> None:
    z = np.array([[1e4, -1e4, 1e4, -1e4], [-1e4, 1e4, 1e4, -1e4]], dtype)
    for found in (joint_logits(z, 2), joint_logits(z, 4)):
        assert found.dtype == dtype
        assert np.isfinite(found).all()
    np.testing.assert_allclose(joint_logits(z, 4)[:, 0], 0, atol=1e-3)
    np.testing.assert_allclose(joint_logits(z[:1], 2), [[0, -2e4]], rtol=1e-6, atol=1e-6)


def test_an_ensemble_of_one_is_the_network_by_itself() -> None:
    z, t, v = numbers(N, 4), np.arange(N) % 4, numbers(N, 4, seed=1)
    loss, own = MemberLoss(1, SoftmaxCrossEntropy(0.1)), SoftmaxCrossEntropy(0.1)
    np.testing.assert_array_equal(loss.value(z, t), own.value(z, t))
    np.testing.assert_array_equal(loss.gradient(z, t), own.gradient(z, t))
    np.testing.assert_array_equal(loss.curvature_product(z, t, v), own.curvature_product(z, t, v))


def test_mistakes_are_told_in_one_sentence() -> None:
    assert_refused(lambda: MemberScale(0, 2), "MemberScale needs a positive whole number of members, found 0.")
    assert_refused(
        lambda: SharedDense(2, 2, 1.5),  # type: ignore[arg-type]
        "SharedDense needs a positive whole number of member_outputs, found 1.5.",
    )
    assert_refused(
        lambda: MemberDense(2, -1, 1), "MemberDense needs a positive whole number of member_inputs, found -1."
    )
    assert_refused(lambda: MemberSoftmax(0), "MemberSoftmax needs a positive whole number of members, found 0.")
    assert_refused(
        lambda: MemberLoss(0, SoftmaxCrossEntropy()), "MemberLoss needs a positive whole number of members, found 0."
    )
    assert_refused(
        lambda: MemberLoss(2, SoftmaxCrossEntropy),  # type: ignore[arg-type]
        "MemberLoss needs the loss of a member, such as SoftmaxCrossEntropy(), found an object of type type.",
    )
    assert_refused(
        lambda: MemberLoss(2, None),  # type: ignore[arg-type]
        "MemberLoss needs the loss of a member, such as SoftmaxCrossEntropy(), found None.",
    )
    assert_refused(
        lambda: MemberLoss(2, SoftmaxCrossEntropy()).check_targets(np.array([0, 1]), 5),
        "The 5 logits of a network cannot be those of 2 members alike.",
    )
    assert_refused(
        lambda: MemberLoss(2, SoftmaxCrossEntropy()).check_targets(np.array([0, 2]), 4),
        "Target of row 1 is class 2, but there are 2 classes, 0 to 1.",
    )


def test_the_loss_of_an_ensemble_is_not_that_of_a_member() -> None:
    with pytest.raises(ValueError, match="MemberLoss needs the loss of a member"):
        MemberLoss(2, MemberLoss(2, SoftmaxCrossEntropy()))


@pytest.mark.parametrize(
    ("layer", "width"),
    [(SharedDense(2, 3, 1), 5), (MemberDense(2, 3, 1), 3), (MemberScale(2, 3), 6), (MemberSoftmax(2), 3)],
)
def test_rows_of_another_width_are_refused(layer: Any, width: int) -> None:
    with pytest.raises(MismatchError):
        layer.output_size(width)
    if layer.parameter_shapes():
        params = {name: np.ones(shape) for name, shape in layer.parameter_shapes().items()}
        with pytest.raises(MismatchError, match="takes rows x of shape"):
            layer.forward(params, np.ones((6, width)))
