"""Dead and saturated units are named by layer and number; working ones never."""

import numpy as np
import pytest

from chainrule import Classifier, diagnose
from chainrule.arrays import Array
from chainrule.diagnosis.dead_units import dead_and_saturated_units
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError
from tests.diagnosis.models import clouds, fitted, found, treated


def with_biases(
    activation: str, biases: dict[int, float], x: Array, y: Array, hidden: tuple[int, ...] = (8,)
) -> Classifier:
    """A trained network in whose first layer some biases are put far away."""
    model = Classifier(hidden, activation, random_state=0).fit(x, y)
    first = model.network_.views(model.theta_)[0]["bias"]
    for unit, bias in biases.items():
        first[unit] = bias
    return model


def test_dead_units_are_named() -> None:
    x, y = clouds()
    model = with_biases("relu", {1: -100, 6: -100}, x, y)
    (dead,) = found(dead_and_saturated_units(ModelUnderTest(model, x, y)), "dead units")
    layer = model.network_.views(model.theta_)[0]
    z = (x - x.mean(axis=0)) / x.std(axis=0) @ layer["weights"] + layer["bias"]
    assert dead.numbers["units"] == np.flatnonzero((z <= 0).all(axis=0)).tolist() == [1, 6]
    assert dead.severity == "note"
    assert "layer 1, ReLU()" in dead.where
    assert "2 of 8 units (1 and 6)" in dead.evidence
    assert "200 rows" in dead.evidence


def test_a_unit_that_one_row_moves_is_not_dead() -> None:
    x, y = clouds(rows=10_000)
    x[777] = 100
    model = with_biases("relu", {3: -100}, x, y)
    weights = model.network_.views(model.theta_)[0]["weights"]
    weights[:, 3] = 0.1 + np.abs(weights[:, 3])
    row = (x[777] - x.mean(axis=0)) / x.std(axis=0) @ weights[:, 3]
    model.network_.views(model.theta_)[0]["bias"][3] = 1e-3 - row
    examined = dead_and_saturated_units(ModelUnderTest(model, x, y))
    assert 3 not in examined.measured["layer 1"]["dead units"]
    model.network_.views(model.theta_)[0]["bias"][3] -= 2e-3
    assert 3 in dead_and_saturated_units(ModelUnderTest(model, x, y)).measured["layer 1"]["dead units"]


def test_a_dead_layer_is_a_problem_that_the_remedy_removes() -> None:
    x, y = clouds()
    model = with_biases("relu", dict.fromkeys(range(8), -100.0), x, y)
    diagnosis = diagnose(model, x, y)
    (dead,) = found(diagnosis, "dead units")
    assert dead.severity == "problem"
    assert "--activation leaky_relu" in dead.sentence("chainrule train t.csv")
    better = treated(dead, model, x, y)
    assert better.score(x, y) > 0.8
    assert not found(dead_and_saturated_units(ModelUnderTest(better, x, y)), "dead units")


def test_units_that_too_long_steps_killed_are_brought_back_by_shorter_ones() -> None:
    x, y = clouds()
    model = fitted(Classifier((8,), optimizer="gradient_descent", rate=20.0, random_state=0), x, y)
    diagnosis = diagnose(model, x, y)
    (dead,) = found(diagnosis, "dead units")
    assert (dead.severity, dead.numbers["share"]) == ("problem", 1.0)
    assert [finding.what for finding in diagnosis.findings[:2]] == ["learning rate", "dead units"]
    assert "Adam" in dead.remedy.advice
    assert not found(diagnosis, "suspect labels")
    assert treated(dead, model, x, y).score(x, y) > 0.8


@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_saturated_units_are_named(activation: str) -> None:
    x, y = clouds()
    model = with_biases(activation, {0: 50, 5: -50}, x, y)
    (saturated,) = found(dead_and_saturated_units(ModelUnderTest(model, x, y)), "saturated units")
    assert saturated.numbers["units"] == [0, 5]
    assert saturated.severity == "note"
    assert "standardise" not in str(saturated)


def test_columns_of_huge_numbers_saturate_units_and_the_remedy_says_why() -> None:
    x, y = clouds()
    model = fitted(Classifier((8,), "tanh", standardize=False, random_state=0, max_epochs=5), x * 1e5, y)
    (saturated,) = found(dead_and_saturated_units(ModelUnderTest(model, x * 1e5, y)), "saturated units")
    assert saturated.severity == "problem"
    assert "standardise the columns" in saturated.remedy.advice
    better = treated(saturated, model, x * 1e5, y)
    assert not dead_and_saturated_units(ModelUnderTest(better, x * 1e5, y)).findings


def test_rows_that_weigh_nothing_move_no_unit() -> None:
    x, y = clouds()
    model = with_biases("relu", {}, x, y)
    layer = model.network_.views(model.theta_)[0]
    z = (x - x.mean(axis=0)) / x.std(axis=0) @ layer["weights"][:, 2] + layer["bias"][2]
    weights = (z <= 0).astype(float)
    assert 2 in dead_and_saturated_units(ModelUnderTest(model, x, y, weights)).measured["layer 1"]["dead units"]
    assert 2 not in dead_and_saturated_units(ModelUnderTest(model, x, y)).measured["layer 1"]["dead units"]


def test_a_network_without_hidden_layers_has_no_such_units() -> None:
    x, y = clouds()
    with pytest.raises(NotExaminedError, match="no hidden layer"):
        dead_and_saturated_units(ModelUnderTest(Classifier().fit(x, y), x, y))
