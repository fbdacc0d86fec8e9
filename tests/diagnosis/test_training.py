"""How training ended, and what it learnt by heart."""

import json

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from chainrule import Classifier, diagnose
from chainrule.diagnosis.convergence import course_of_training
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError
from chainrule.diagnosis.overfitting import overfitting
from tests.diagnosis.models import clouds, fitted, found, treated


def noise(rows: int = 60, columns: int = 100) -> tuple[np.ndarray, np.ndarray]:
    return np.random.default_rng(0).normal(size=(rows, columns)), np.arange(rows) % 2


def test_training_that_ran_out_of_epochs_is_told_by_how_much_it_still_fell() -> None:
    x, y = clouds()
    model = fitted(Classifier((8,), optimizer="adam", rate=1e-3, max_epochs=20, random_state=0), x, y)
    (short,) = found(course_of_training(ModelUnderTest(model, x, y)), "training too short")
    costs = model.history_.cost
    assert short.severity == "problem"
    assert short.numbers["fall in ten epochs"] == pytest.approx((costs[9] - costs[19]) / costs[19])
    assert short.remedy.options == "--hidden 8 --max-epochs 80"
    longer = treated(short, model, x, y)
    assert longer.n_iter_ > 20


def test_training_cut_short_near_the_minimum_is_only_a_note() -> None:
    x, y = clouds()
    model = fitted(Classifier(optimizer="gradient_descent", rate=1.0, batch_size=None, max_epochs=40, tol=0.0), x, y)
    (short,) = found(course_of_training(ModelUnderTest(model, x, y)), "training too short")
    assert short.severity == "note"


def test_divergence_is_reported() -> None:
    x, y = clouds()
    model = fitted(Classifier((8,), optimizer="gradient_descent", rate=1e30, batch_size=None, random_state=0), x, y)
    assert model.stop_.startswith("diverged")
    (finding,) = found(course_of_training(ModelUnderTest(model, x, y)), "training diverged")
    assert finding.severity == "problem"
    assert finding.remedy.options == "--hidden 8 --optimizer adam --rate 0.003"
    assert treated(finding, model, x, y).score(x, y) > 0.8


def test_a_model_that_learnt_nothing_is_told_with_what_chance_would_get() -> None:
    x, y = noise(rows=400, columns=2)
    model = Classifier().fit(x, y)
    (finding,) = found(course_of_training(ModelUnderTest(model, x, y)), "nothing learned")
    assert finding.numbers["mean loss of the shares"] == pytest.approx(np.log(2))
    assert finding.severity == "problem"


def test_rows_of_one_class_say_nothing_of_what_was_learnt() -> None:
    x, y = clouds()
    model = Classifier().fit(x, y)
    assert not course_of_training(ModelUnderTest(model, x[y == 1], y[y == 1])).findings


def test_a_straight_line_through_a_ring_is_cured_by_a_hidden_layer() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    y = (np.square(x).sum(axis=1) > 1.4).astype(int)
    model = Classifier().fit(x, y)
    (finding,) = found(course_of_training(ModelUnderTest(model, x, y)), "nothing learned")
    better = treated(finding, model, x, y)
    assert better.score(x, y) > 0.95


def test_overfitting_is_found_by_cross_validation_and_by_held_out_rows() -> None:
    x, y = noise()
    model = Classifier((32,), l2=0.0, random_state=0).fit(x, y)
    held_out = np.random.default_rng(1).normal(size=(80, 100)), np.arange(80) % 2
    for tested, how in (
        (ModelUnderTest(model, x, y), "5-fold"),
        (ModelUnderTest(model, x, y, None, held_out), "80 held-out rows"),
    ):
        (finding,) = overfitting(tested).findings
        assert (finding.what, finding.severity) == ("overfitting", "problem")
        assert finding.numbers["accuracy"] == 1
        assert how in finding.evidence
    assert finding.numbers["accuracy on other rows"] == pytest.approx(model.score(*held_out))
    assert treated(finding, model, x, y).l2 > 0


def test_where_training_anew_takes_too_long_the_accuracies_it_watched_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chainrule.diagnosis.model_under_test.MOST_WORK", 0)
    x, y = noise(rows=200)
    without = Classifier((8,), validation_fraction=0, random_state=0).fit(x, y)
    with pytest.raises(NotExaminedError, match="give held_out"):
        overfitting(ModelUnderTest(without, x, y))
    model = fitted(Classifier((32,), l2=0.0, validation_fraction=0.3, patience=None, random_state=0), x, y)
    (finding,) = found(overfitting(ModelUnderTest(model, x, y)), "overfitting")
    assert finding.numbers["accuracy on other rows"] == model.history_.validation_accuracy[-1]
    kept = fitted(Classifier((32,), l2=0.0, validation_fraction=0.3, random_state=0), x, y)
    best = int(np.argmin(kept.history_.validation_cost))
    measured = overfitting(ModelUnderTest(kept, x, y)).measured
    assert measured["accuracy"] == kept.history_.accuracy[best]
    x, y = clouds()
    sound = fitted(Classifier((8,), validation_fraction=0.3, random_state=0), x, y)
    assert not overfitting(ModelUnderTest(sound, x, y)).findings


def test_a_held_out_cost_that_rose_is_told() -> None:
    x, y = noise(rows=200, columns=50)
    y = np.where(np.random.default_rng(2).random(200) < 0.25, 1 - y, (x[:, 0] > 0).astype(int))
    model = fitted(Classifier((32,), validation_fraction=0.3, patience=None, l2=0.0, random_state=0), x, y)
    costs = model.history_.validation_cost
    (finding,) = found(overfitting(ModelUnderTest(model, x, y)), "trained too long")
    assert finding.numbers == {"lowest": min(costs), "epoch": costs.index(min(costs)) + 1, "last": costs[-1]}
    better = treated(finding, model, x, y)
    assert not found(overfitting(ModelUnderTest(better, x, y)), "trained too long")


@pytest.mark.parametrize(("last", "told"), [(0.54, False), (0.56, True)])
def test_ending_a_tenth_above_the_lowest_held_out_cost_is_training_too_long(last: float, told: bool) -> None:
    x, y = clouds()
    model = fitted(Classifier((4,), validation_fraction=0.3, patience=None, random_state=0), x, y)
    model.history_.validation_cost[:] = [0.9, 0.5, last]
    assert bool(found(overfitting(ModelUnderTest(model, x, y)), "trained too long")) == told
    model.set_params(patience=3)  # which keeps the best epoch
    assert not found(overfitting(ModelUnderTest(model, x, y)), "trained too long")


def test_memorised_rows_are_a_problem_even_where_probabilities_beat_the_baseline() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 40))
    y = (x[:, 0] + x[:, 1] + rng.normal(size=150) > 0).astype(int)
    (finding,) = overfitting(ModelUnderTest(Classifier().fit(x, y), x, y)).findings
    assert "worse than" not in finding.evidence
    assert finding.numbers["accuracy"] - finding.numbers["accuracy on other rows"] > 0.1
    examined = overfitting(ModelUnderTest(treated(finding, Classifier().fit(x, y), x, y), x, y))
    assert not examined.findings
    assert examined.measured["mean loss on other rows"] < 0.9 * finding.numbers["mean loss on other rows"]


def test_cross_validation_trains_on_the_others_with_their_weights() -> None:
    x, y = clouds(rows=60)
    weights = np.linspace(0.1, 3, 60)
    model = Classifier(class_weight={0: 1.0, 1: 2.0}).fit(x, y, sample_weight=weights)
    predictions = ModelUnderTest(model, x, y, weights).cross_validated_predictions
    for others, own in StratifiedKFold(5, shuffle=True, random_state=0).split(x, y):
        anew = Classifier(class_weight={0: 1.0, 1: 2.0}).fit(x[others], y[others], sample_weight=weights[others])
        np.testing.assert_allclose(np.exp(predictions.log_y[own]), anew.predict_proba(x[own]), atol=1e-6)
    np.testing.assert_allclose(predictions.weights, weights)  # assessed are rows as they are, classes not weighted


def test_other_rows_may_have_classes_that_the_rows_given_lack() -> None:
    x, y = clouds()
    model = Classifier().fit(x, y)
    diagnosis = diagnose(model, x[y == 1], y[y == 1], held_out=(x, y))
    assert diagnosis.to_dict()["measured"]["overfitting"]["mean loss of the shares"] is None
    json.dumps(diagnosis.to_dict(), allow_nan=False)


def test_a_held_out_cost_that_rose_without_hidden_layers_asks_for_a_penalty() -> None:
    x, y = clouds()
    model = fitted(Classifier(patience=None), x, y, validation=(x, y))
    model.history_.validation_cost[:] = [0.5, 0.6]
    (finding,) = found(overfitting(ModelUnderTest(model, x, y)), "trained too long")
    assert finding.remedy.options.startswith("--model softmax --l2 ")
