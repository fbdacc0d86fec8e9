"""The ledger of a trained model: its gradient, its step, its rows and weights are the right ones."""

import warnings
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

import chainrule
from chainrule import Classifier, Cost, ledger
from chainrule.estimator.defaults import loss_of
from tests.ledgers.ledgers import followed, labels, table, trained
from tests.oracles import difference_slope


@pytest.mark.parametrize(("classes", "weight"), [(3, "1,width,2"), (2, "1,width,2"), (3, "2,3,1"), (2, "3,bias,1")])
def test_the_ledgers_gradient_is_that_of_values_alone(classes: int, weight: str) -> None:
    model, found = trained(classes), followed(classes, weight=weight)
    classifier, row = model[-1], found.rows[0]
    x = row.trace.links[0].x[None]
    t = np.searchsorted(classifier.classes_, labels(table(), classes)[7:8])
    theta = classifier.theta_.astype(float)
    place = classifier.network_.layout[found.weight.link][found.weight.parameter][0].start + found.weight.column
    loss = loss_of(classifier.network_, 0.0)
    expected = difference_slope(
        lambda theta: loss.value(classifier.network_.forward(theta, x)[-1], t)[0],
        theta,
        np.eye(len(theta))[place],
    )
    assert row.paths.total == pytest.approx(float(expected), abs=1e-10)
    assert row.nudge.slope == pytest.approx(float(expected), abs=1e-9)
    proba = model.predict_proba(table().iloc[[7]])[0]
    np.testing.assert_allclose(row.trace.y, proba[1:] if classes == 2 else proba, rtol=1e-5)


OPTIMIZERS: dict[str, tuple[float | None, Any]] = {
    "gradient_descent": (None, chainrule.GradientDescent(rate=0.1)),
    "momentum": (0.02, chainrule.Momentum(rate=0.02, nesterov=True)),
    "adam": (0.01, chainrule.Adam(rate=0.01)),
    "adamw": (None, chainrule.Adam(weight_decay=0.01)),
    "rmsprop": (None, chainrule.RMSprop()),
    "plain momentum": (None, chainrule.Momentum(rate=0.02)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_step_is_the_first_that_training_takes(name: str) -> None:
    rate, optimizer = OPTIMIZERS[name]
    own = optimizer if name == "plain momentum" else name
    found = followed(3, [7, 20], optimizer=own, rate=rate, batch_size=16)
    classifier, step = trained(3, optimizer=own, rate=rate, batch_size=16)[-1], found.step
    assert step is not None
    x = np.stack([row.trace.links[0].x for row in found.rows])
    t = np.array([row.trace.t.argmax() for row in found.rows])
    assert len(set(t)) == 2
    network, theta = classifier.network_, classifier.theta_.astype(float)
    cost = Cost.of(network, loss_of(network, 0.0), x, t)
    epoch = next(iter(chainrule.epochs(cost, optimizer, theta)))
    place = network.layout[0]["weights"][0].start + found.weight.column
    assert step.after == pytest.approx(epoch.theta[place], rel=1e-12)
    assert step.gradient == pytest.approx(cost.value_and_gradient(theta)[1][place], rel=1e-10)
    assert (step.loss_before, step.loss_after) == pytest.approx((cost.value(theta), cost.value(epoch.theta)))
    assert step.formula is not None
    assert step.difference < 1e-14
    assert f"{step.after:.6g}" in str(found)


@pytest.mark.parametrize("settings", [{"hidden": ()}, {}, {"optimizer": "lbfgs"}], ids=repr)
def test_methods_of_all_rows_show_the_gradient_only(settings: Any) -> None:
    found = followed(**settings, weight="1,2,1")
    assert found.step is not None
    assert found.step.after is None
    assert "needs all rows of training" in str(found)
    assert "would lower the loss" in " ".join(str(found).split())
    assert found.step.gradient == pytest.approx(found.rows[0].paths.total)


def test_no_step_is_praised_where_the_gradient_is_zero() -> None:
    x = np.random.default_rng(0).normal(size=(60, 2))
    x[7, 1] = 0
    model = Classifier(standardize=False).fit(x, x[:, 0] > 0)
    found = ledger(model, x, x[:, 0] > 0, 7, weight="1,2,1")
    assert found.step is not None
    assert found.step.gradient == 0
    assert "this weight would not move" in " ".join(str(found).split())
    assert "would lower the loss" not in " ".join(str(found).split())


def test_the_optimizer_chosen_by_auto_is_named() -> None:
    x = np.random.default_rng(0).normal(size=(3000, 40))
    model = Classifier((60,), max_epochs=2, tol=1, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, x[:, 0] > 0)
    step = ledger(model, x, x[:, 0] > 0, 5).step
    assert step is not None
    assert step.optimizer == "Adam"
    assert step.rate == pytest.approx(3e-3)
    model = Classifier(random_state=0).partial_fit(x, x[:, 0] > 0, classes=[False, True])
    step = ledger(model, x, x[:, 0] > 0, 5).step
    assert step is not None
    assert step.optimizer == "Adam"


def test_an_optimizer_of_a_users_own_takes_its_step() -> None:
    class Sign:
        def init(self, theta: Any) -> int:
            return 0

        def step(self, objective: Any, theta: Any, state: int) -> Any:
            value, gradient = objective.value_and_gradient(theta)
            return chainrule.optimizers.Step(theta - 0.5 * np.sign(gradient), 0, value, gradient, 0.5)

    x = np.random.default_rng(0).normal(size=(40, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = Classifier(optimizer=Sign(), max_epochs=2).fit(x, x[:, 0] > 0)
    step = ledger(model, x, x[:, 0] > 0, 1).step
    assert step is not None
    assert step.after == pytest.approx(step.before - 0.5 * np.sign(step.gradient))
    assert "its own rule" in str(ledger(model, x, x[:, 0] > 0, 1))


def test_weighted_rows_have_their_share() -> None:
    x, y = table()[["length", "width"]].to_numpy(), labels(table(), 3)
    weights = np.linspace(0, 3, len(x))
    model = Classifier(l2=0.0).fit(x, y, sample_weight=weights)
    found = ledger(model, x, y, [50, 90], "1,2,3", sample_weight=weights)
    gradients = [row.paths.total for row in found.rows]
    assert found.step is not None
    assert found.step.gradient == pytest.approx(np.average(gradients, weights=weights[[50, 90]]))
    assert "It counts with weight 1.26" in " ".join(str(found).split())
    with pytest.raises(ValueError, match="weigh nothing"):
        ledger(model, x, y, 0, sample_weight=weights)
    every = ledger(model, x, y, range(len(x)), "1,2,3", sample_weight=weights)
    assert every.step is not None
    assert abs(every.step.gradient) < 1e-4, "training has found the lowest cost"


def test_sparse_rows_are_followed() -> None:
    x = np.random.default_rng(0).normal(size=(60, 40)) * (np.arange(40) % 4 == 0)
    y = x[:, 0] > 0
    model = Classifier().fit(sp.csr_array(x), y)
    found, dense = ledger(model, sp.csr_array(x), y, 3), ledger(model, x, y, 3)
    np.testing.assert_allclose(found.rows[0].trace.gradient, dense.rows[0].trace.gradient)


def test_without_a_weight_the_one_with_the_largest_gradient_is_followed() -> None:
    found = followed(weight=None)
    gradient = np.abs(found.rows[0].trace.links[0].gradients["weights"])
    assert gradient[found.weight.index] == gradient.max()
    assert "No weight was asked for" in str(found)


@pytest.mark.parametrize(
    ("row", "weight", "message"),
    [
        (120, None, "There is no row 120: there are 120, 0 to 119"),
        (-1, None, "There is no row -1"),
        ([], None, "Say which row"),
        (1, "1,colour,1", "There is no input colour: layer 1 has"),
        (1, "4,1,1", "There is no layer 4"),
    ],
)
def test_what_is_not_there_is_refused(row: Any, weight: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        followed(row=row, weight=weight)


def test_only_a_classifier_has_a_ledger() -> None:
    with pytest.raises(TypeError, match="Expected a Classifier"):
        ledger(LogisticRegression(), [[0.0]], [0], 0)


def test_a_ledger_keeps_its_numbers_while_its_model_trains_on() -> None:
    x = np.random.default_rng(0).normal(size=(60, 3))
    model = Classifier((4,), "tanh", random_state=0).partial_fit(x, x[:, 0] > 0, classes=[False, True])
    shown, kept = ledger(model, x, x[:, 0] > 0, 5), ledger(model, x, x[:, 0] > 0, 5)
    before = str(shown)
    model.partial_fit(x, x[:, 0] > 0)
    x[5] = 0.0
    assert str(ledger(model, x, x[:, 1] > 0, 5)) != before
    assert str(kept) == before
    assert kept.numbered([5]).rows[0].paths == shown.rows[0].paths
