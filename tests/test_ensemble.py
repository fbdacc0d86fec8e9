"""Networks trained one by one as the members of one network: it predicts the mean of what they predict."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule import (
    Classifier,
    Dense,
    MemberDense,
    MemberScale,
    MemberSoftmax,
    Network,
    ReLU,
    SharedDense,
    Softmax,
    Tanh,
    attribute,
    ensemble,
    initialize,
)
from chainrule.arrays import Array
from chainrule.estimator.trained_model import TrainedModel
from chainrule.exceptions import MismatchError
from chainrule.losses.members import joint_logits, joint_logits_vjp
from tests.mistakes import assert_refused
from tests.model_file.models import rows

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def trained(classes: int, **settings: Any) -> list[Classifier]:
    x, y = rows(classes=classes)
    settings = {"max_epochs": 4, "dtype": "float64", **settings}
    return [Classifier(random_state=seed, **settings).fit(x, y) for seed in range(3)]


def together(members: list[Classifier]) -> Classifier:
    """One classifier whose network is the ensemble of theirs."""
    network, theta = ensemble([each.network_ for each in members], [each.theta_ for each in members])
    x, y = rows(classes=len(members[0].classes_))
    model = Classifier(max_epochs=1).fit(x, y)
    model.network_, model.theta_, model.standardizer_ = network, theta, members[0].standardizer_
    return model


def mean(members: list[Classifier], x: Array) -> Array:
    return np.mean([each.predict_proba(x) for each in members], axis=0)


HIDDEN = [(), (5,), (6, 4)]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
def test_the_probabilities_are_the_mean_of_the_members(hidden: tuple[int, ...], classes: int, bias: bool) -> None:
    members = trained(classes, hidden=hidden, bias=bias, activation="tanh")
    model, x = together(members), rows(n=50, classes=classes)[0] * 1.5
    assert model.network_.members == 3
    expected = mean(members, x)
    np.testing.assert_allclose(model.predict_proba(x), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(x)), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(model.predict(x), model.classes_[expected.argmax(axis=1)])
    assert model.decision_function(x).shape == ((50,) if classes == 2 else (50, classes))
    if classes == 2:
        np.testing.assert_array_equal(model.decision_function(x) > 0, expected[:, 1] > 0.5)


def test_single_precision_stays_and_the_widest_type_wins() -> None:
    network = Network((Dense(2, 3), Tanh(), Dense(3, 2)))
    thetas = [initialize(network, seed, dtype=np.float32) for seed in range(2)]
    assert ensemble([network] * 2, thetas)[1].dtype == np.float32
    assert ensemble([network] * 2, [thetas[0], thetas[1].astype(float)])[1].dtype == np.float64


def test_a_softmax_between_layers_is_that_of_each_member() -> None:
    network = Network((Dense(2, 3), Softmax(), Dense(3, 2)))
    thetas = [initialize(network, seed) for seed in range(2)]
    joint, theta = ensemble([network] * 2, thetas)
    assert joint.layers == (Dense(2, 6), MemberSoftmax(2), MemberDense(2, 3, 2))
    x = np.random.default_rng(0).normal(size=(4, 2))
    expected = np.hstack([network.forward(each, x)[-1] for each in thetas])
    np.testing.assert_allclose(joint.forward(theta, x)[-1], expected, rtol=1e-13)


def test_the_layers_lie_member_by_member() -> None:
    network = Network((Dense(2, 3), ReLU(), Dense(3, 4), ReLU(), Dense(4, 1)))
    joint, _ = ensemble([network] * 2, [network.zeros()] * 2)
    assert joint.layers == (Dense(2, 6), ReLU(), MemberDense(2, 3, 4), ReLU(), MemberDense(2, 4, 1))
    alone, theta = ensemble([Network((Dense(2, 3),))] * 2, [np.arange(9.0)] * 2)
    assert alone.layers == (MemberScale(2, 2), MemberDense(2, 2, 3))
    np.testing.assert_array_equal(theta[:4], 1)


def tabm(classes: int) -> Classifier:
    """A classifier whose members share most of their weights."""
    x, y = rows(classes=classes)
    outputs = 1 if classes == 2 else classes
    layers = (MemberScale(4, 4), SharedDense(4, 4, 5), Tanh(), SharedDense(4, 5, 5, bias=False), Tanh())
    model = Classifier(max_epochs=1).fit(x, y)
    model.network_ = Network((*layers, MemberDense(4, 5, outputs)))
    model.theta_ = initialize(model.network_, 0)
    return model


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("kind", ["ensemble", "shared", "one layer"])
def test_a_model_file_and_an_onnx_model_hold_an_ensemble(kind: str, classes: int, tmp_path: Path) -> None:
    x = rows(classes=classes)[0]
    hidden = (5,) if kind == "ensemble" else ()
    model = tabm(classes) if kind == "shared" else together(trained(classes, hidden=hidden))
    chainrule.save(model, tmp_path / "model.chainrule")
    loaded = chainrule.load(tmp_path / "model.chainrule")
    assert loaded.network_ == model.network_
    np.testing.assert_array_equal(loaded.predict_proba(x), model.predict_proba(x))
    pytest.importorskip("onnxruntime")
    difference = chainrule.export(model, tmp_path / "model.onnx", "onnx", check=x)
    assert difference is not None
    assert difference < 1e-12


def test_the_description_says_how_many_members_there_are() -> None:
    from chainrule.model_file.description import describe

    described = describe(tabm(3))
    assert (described["members"], described["output"]) == (4, "softmax")
    assert [layer["type"] for layer in described["layers"]][:2] == ["MemberScale", "SharedDense"]
    assert (describe(tabm(2))["members"], describe(tabm(2))["output"]) == (4, "sigmoid")
    assert describe(trained(3)[0])["members"] == 1


@pytest.mark.parametrize("caller", ["influence", "laplace", "infer"])
def test_what_needs_the_curvature_of_one_network_says_which_model_has_it(caller: str) -> None:
    x, y = rows(classes=3)
    model = tabm(3)
    assert_refused(
        lambda: getattr(chainrule, caller)(model, x, y),
        f"{caller} is of one network, and this model is an ensemble of 4: train softmax regression, Classifier() or"
        f" --model softmax, or one network, Classifier({model.hidden}).",
    )


@pytest.mark.parametrize("classes", [2, 3])
def test_the_slopes_of_joint_logits_are_their_differences(classes: int) -> None:
    generator, size = np.random.default_rng(0), 1 if classes == 2 else classes
    z, dy, step = 3 * generator.normal(size=(5, 4 * size)), generator.normal(size=(5, size)), 1e-6
    numeric = np.empty_like(z)
    for place in range(z.shape[1]):
        moved = step * np.eye(z.shape[1])[place]
        numeric[:, place] = ((joint_logits(z + moved, 4) - joint_logits(z - moved, 4)) * dy).sum(axis=1) / (2 * step)
    np.testing.assert_allclose(joint_logits_vjp(z, 4, dy), numeric, atol=1e-8)
    sure = np.where(np.arange(4 * size) % 2, 800.0, -800.0)[None]
    assert np.isfinite(joint_logits_vjp(sure, 4, np.ones((1, size)))).all()


@pytest.mark.parametrize("scale", ["logit", "probability"])
@pytest.mark.parametrize("classes", [2, 3])
def test_what_inputs_contribute_to_an_ensemble_adds_up_and_slopes_are_differences(classes: int, scale: Any) -> None:
    x, _ = rows(classes=classes)
    model, step = together(trained(classes, hidden=(5,), activation="tanh")), 1e-5
    found = attribute(model, x[:4], label=model.classes_[1], scale=scale)

    def answer(given: Array) -> Array:
        log_y = model.predict_log_proba(given)
        first = log_y[:, 0] if classes == 2 else 0
        return np.exp(log_y[:, 1]) if scale == "probability" else log_y[:, 1] - first

    np.testing.assert_allclose(found.values, answer(x[:4]), rtol=1e-10)
    np.testing.assert_allclose(found.contributions.sum(axis=1), found.values - found.baseline_values, atol=1e-6)
    moves = step * np.eye(x.shape[1])
    numeric = np.transpose([(answer(x[:4] + move) - answer(x[:4] - move)) / (2 * step) for move in moves])
    slopes = found.logit_slopes if scale == "logit" else found.probability_slopes
    np.testing.assert_allclose(slopes, numeric, atol=1e-7)


def test_the_weights_of_inputs_are_those_of_all_members() -> None:
    shared, separate = TrainedModel.of(tabm(3)), TrainedModel.of(together(trained(3)))
    for model in (shared, separate):
        inputs, first = model.network.inputs, model.network.layers[:2]
        params = model.network.views(model.theta)[:2]
        jacobian = first[1].jacobian(params[1], np.zeros((1, first[1].inputs or 0)), np.empty(0))["x"][0]
        through = jacobian @ first[0].jacobian(params[0], np.zeros((1, inputs)), np.empty(0))["x"][0]
        np.testing.assert_allclose(model.input_weights, np.linalg.norm(through, axis=0), rtol=1e-12)


def test_what_makes_no_ensemble_is_refused() -> None:
    network, other = Network((Dense(2, 3),)), Network((Dense(2, 4),))
    theta = network.zeros()
    assert_refused(
        lambda: ensemble([], []),
        "An ensemble is made of networks and the parameters of each, found 0 networks and 0 arrays of parameters.",
    )
    assert_refused(
        lambda: ensemble([network], [theta, theta]),
        "An ensemble is made of networks and the parameters of each, found 1 network and 2 arrays of parameters.",
    )
    assert_refused(
        lambda: ensemble([network, other], [theta, other.zeros()]),
        "The networks of an ensemble have the same layers, but those of network 1 are (Dense(inputs=2, outputs=4,"
        " bias=True),), and those of network 0 (Dense(inputs=2, outputs=3, bias=True),).",
    )
    with pytest.raises(MismatchError, match=r"^theta must have shape \(9,\)"):
        ensemble([network, network], [theta, theta[1:]])
    shared = Network((Dense(2, 4), SharedDense(2, 2, 3)))
    with pytest.raises(MismatchError, match="cannot be a layer of an ensemble's members"):
        ensemble([shared], [shared.zeros()])
