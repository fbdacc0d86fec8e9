"""The classifier that finds its model: what it chooses, that its scores are honest, and that its model is like any."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn import metrics
from sklearn.datasets import load_iris, make_classification
from sklearn.metrics import log_loss
from sklearn.utils.estimator_checks import check_estimator

import chainrule
from chainrule import AutoClassifier, SoftmaxCrossEntropy, TableEncoder
from chainrule.arrays import Array
from chainrule.estimator import auto, candidates
from chainrule.estimator.candidates import FOLDS, difference, parts_of, row_losses, sharpness_of
from chainrule.estimator.comparison import (
    TREND_ROWS,
    Choice,
    choices_of,
    compared,
    cross_fitted,
    temperature_of_ensemble,
)
from chainrule.estimator.metrics import Metric, jackknife, probabilities_of
from chainrule.training.loop import epochs

Fitted: TypeAlias = tuple[AutoClassifier, pd.DataFrame, Array]


def mixed_table(rows: int, seed: int = 0) -> tuple[pd.DataFrame, Array]:
    """Return a table of numbers and words whose classes depend on a curve of one and on a word."""
    generator = np.random.default_rng(seed)
    size, noise = generator.normal(size=(2, rows))
    colour = generator.choice(["red", "green", "blue"], rows)
    chance = 1 / (1 + np.exp(-(4 * (np.abs(size) - 0.7) + 2 * (colour == "red"))))
    labels = np.where(generator.random(rows) < chance, "yes", "no")
    return pd.DataFrame({"size": size, "noise": noise, "colour": colour}), labels


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    x, y = mixed_table(600)
    return AutoClassifier(random_state=0).fit(x, y), x, y


def test_it_passes_the_checks_of_scikit_learn() -> None:
    check_estimator(AutoClassifier(random_state=0), on_skip=None)


def test_softmax_regression_is_chosen_where_the_boundary_is_a_plane() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(400, 3))
    y = (generator.random(400) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(int)
    model = AutoClassifier(random_state=0).fit(x, y)
    assert [one.name for one in model.comparison_ if one.chosen] == ["softmax regression"]
    assert model.model_[-1].coef_.shape == (1, 3)


def test_no_line_is_chosen_where_the_boundary_is_a_curve(fitted: Fitted) -> None:
    model, _, _ = fitted
    assert model.feature_names_in_.tolist() == ["size", "noise", "colour"]
    chosen = next(one for one in model.comparison_ if one.chosen)
    softmax = model.comparison_[0]
    assert softmax.name == "softmax regression"
    assert softmax.behind > 3 * softmax.behind_error
    assert chosen.behind <= chosen.behind_error


def test_the_scores_are_those_of_new_rows(fitted: Fitted) -> None:
    model, _, y = fitted
    assert model.probabilities_ is not None
    told = log_loss(y, model.probabilities_)
    x, labels = mixed_table(20_000, seed=1)
    new = log_loss(labels, model.predict_proba(x))
    error = np.std(-np.log(model.probabilities_[np.arange(600), (y == "yes").astype(int)])) / np.sqrt(600)
    assert abs(told - new) < 3 * error  # the mean of 600 losses is this uncertain


@pytest.mark.parametrize(("name", "seeds"), [("auto", 20), pytest.param("best", 40, marks=pytest.mark.long)])
def test_columns_of_noise_give_no_advantage(name: str, seeds: int) -> None:
    """Of labels that nothing predicts, an honest score is not better than the shares of the classes."""
    advantages = []
    for seed in range(seeds):
        generator = np.random.default_rng(seed)
        x, y = generator.normal(size=(100, 10)), generator.integers(0, 2, 100)
        share = np.full((100, 2), [1 - y.mean(), y.mean()])
        model = AutoClassifier(name, random_state=seed).fit(x, y)
        advantages.append(log_loss(y, share) - log_loss(y, model.probabilities_))
    assert np.mean(advantages) < 2 * np.std(advantages) / np.sqrt(seeds)


def test_parts_have_as_many_of_each_class_and_differences_a_standard_error() -> None:
    _, y = load_iris(return_X_y=True)
    parts = parts_of(y, np.random.default_rng(0))
    for label in range(3):
        assert np.ptp(np.bincount(parts[y == label], minlength=2 * FOLDS)) == 0
    losses = np.random.default_rng(1).random((2, 30))
    mean, error = difference(losses[0], losses[1], np.ones(30))
    differences = losses[0] - losses[1]
    assert mean == pytest.approx(differences.mean())
    assert error == pytest.approx(differences.std() / np.sqrt(30))


def test_weights_count_as_so_many_rows() -> None:
    losses, others = np.random.default_rng(0).random((2, 5))
    weights = np.array([1.0, 2.0, 3.0, 1.0, 1.0])
    again = np.repeat(np.arange(5), weights.astype(int))
    assert difference(losses, others, weights)[0] == pytest.approx(
        difference(losses[again], others[again], np.ones(8))[0]
    )
    z, t = np.random.default_rng(1).normal(size=(5, 3)), np.array([0, 1, 2, 0, 1])
    assert sharpness_of(z, t, weights) == pytest.approx(sharpness_of(z[again], t[again], np.ones(8)), rel=1e-2)


def test_losses_of_rows_are_those_of_the_textbook() -> None:
    z, t = np.random.default_rng(0).normal(size=(7, 3)), np.array([0, 1, 2, 0, 1, 2, 0])
    np.testing.assert_allclose(row_losses(z, t, 2.0), SoftmaxCrossEntropy().value(2 * z, t))


def test_the_temperature_is_the_one_of_lowest_loss() -> None:
    generator = np.random.default_rng(0)
    z = generator.normal(size=(3000, 4)) * 3
    chances = np.exp(z / 3) / np.exp(z / 3).sum(axis=1, keepdims=True)
    t = np.array([generator.choice(4, p=row) for row in chances])
    found = sharpness_of(z, t, np.ones(3000))
    grid = np.exp(np.linspace(np.log(0.2), np.log(5), 400))
    best = grid[np.argmin([row_losses(z, t, sharp).sum() for sharp in grid])]
    assert found == pytest.approx(best, rel=2e-2)
    assert found == pytest.approx(1 / 3, rel=0.1)


def test_the_temperature_of_an_ensemble_is_lower_than_that_of_its_members() -> None:
    """Logits of members are the true ones and noise; that of the mean of ten is known, since there are ten."""
    generator = np.random.default_rng(0)
    true = 2 * generator.normal(size=(20_000, 1))
    t = (generator.random(len(true)) < 1 / (1 + np.exp(-true[:, 0]))).astype(int)
    noisy = (true + 0.5 * generator.normal(size=(len(true), 10))).astype(np.float32)
    weights, rows = np.ones(len(t)), np.arange(len(t))
    candidate = candidates.Candidate("networks", False, (64,), 1.0)

    def trial(number: int, members: int) -> candidates.Trial:
        z = noisy[:, [number]]
        return candidates.Trial(candidate, z, [candidates.Member(np.zeros(1), z, 1)] * members)

    of_five = [trial(number, 5) for number in range(2)]
    alone, both, all_ten = (
        Choice("", tuple(some)) for some in (of_five[:1], of_five, [trial(i, 1) for i in range(10)])
    )
    of_one, of_ten = (1 / choice.sharpness(t, weights, rows) for choice in (alone, all_ten))
    assert of_one > 1.1 * of_ten
    assert temperature_of_ensemble(all_ten, all_ten.trials, t, weights) == of_ten
    assert temperature_of_ensemble(both, of_five, t, weights) == pytest.approx(of_ten, rel=0.02)
    of_mean_of_five = Choice("", all_ten.trials[:5]).sharpness(t, weights, rows) ** -1
    assert temperature_of_ensemble(alone, of_five, t, weights) == pytest.approx(of_mean_of_five, rel=0.02)
    assert temperature_of_ensemble(alone, of_five[:1], t, weights) == of_one  # nothing says how it falls
    some = slice(TREND_ROWS - 1)
    few = Choice("", tuple(replace(one, z=one.z[some]) for one in of_five))
    of_few = 1 / few.sharpness(t[some], weights[some], rows[some])
    assert temperature_of_ensemble(few, few.trials, t[some], weights[some]) == of_few


def test_the_temperature_is_in_the_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = mixed_table(300)
    model = AutoClassifier("network", random_state=0).fit(x, y)
    monkeypatch.setattr(candidates, "SHARPNESS", (1.0, 1 + 1e-9))
    plain = AutoClassifier("network", random_state=0).fit(x, y)
    assert plain.temperature_ == pytest.approx(1)
    assert abs(model.temperature_ - 1) > 0.01
    np.testing.assert_allclose(
        model.decision_function(x) * model.temperature_, plain.decision_function(x), rtol=1e-4, atol=1e-4
    )  # in single precision
    assert [one.networks for one in model.comparison_] == [1]


def test_an_ensemble_is_the_mean_of_its_members(fitted: Fitted) -> None:
    model, x, _ = fitted
    network, theta = model.model_[-1].network_, model.model_[-1].theta_
    assert network.members >= FOLDS
    inputs = model.model_[:-1].transform(x)
    standardized = model.model_[-1].standardizer_.apply(inputs, np.dtype(np.float32))
    z = network.forward(theta, standardized)[-1].astype(np.float64)
    np.testing.assert_allclose(model.predict_proba(x)[:, 1], (1 / (1 + np.exp(-z))).mean(axis=1), atol=1e-6)


def test_the_model_is_saved_explained_and_exported_like_any_other(fitted: Fitted, tmp_path: Path) -> None:
    model, x, y = fitted
    chainrule.save(model.model_, tmp_path / "model.chainrule")
    again = chainrule.load(tmp_path / "model.chainrule")
    np.testing.assert_array_equal(again.predict_proba(x), model.model_.predict_proba(x))
    # Of the model alone the first layer is looked up, which adds in another order, in single precision.
    np.testing.assert_allclose(again.predict_proba(x), model.predict_proba(x), rtol=0, atol=1e-5)
    assert chainrule.diagnose(model.model_, x, y) is not None
    assert chainrule.ledger(model.model_, x.head(1), y[:1]) is not None


def test_the_same_seed_gives_the_same_bits() -> None:
    x, y = mixed_table(200)
    one, other = (AutoClassifier(random_state=3).fit(x, y).predict_proba(x) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_sparse_rows_stay_sparse_and_few_rows_are_not_compared() -> None:
    x, y = make_classification(80, 6, random_state=0)
    assert AutoClassifier(random_state=0).fit(sp.csr_array(x), y).score(sp.csr_array(x), y) > 0.8
    few = AutoClassifier(random_state=0).fit(x[:40], y[:40])
    assert few.comparison_ == []
    assert few.probabilities_ is None


def test_a_class_of_few_rows_does_not_stop_it() -> None:
    x, y = mixed_table(120)
    labels = y.astype(object)
    labels[:2] = "rare"
    model = AutoClassifier(random_state=0).fit(x, labels)
    assert model.predict_proba(x).shape == (120, 3)


class Clock:
    """A clock on which everything that looks at it takes a second."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1.0
        return self.seconds


def test_more_time_is_used_and_never_raises_the_loss_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = mixed_table(200)
    losses, steps = [], []
    for budget in (1, 100, 500, 800, 1200):
        clock = Clock()
        monkeypatch.setattr(candidates, "clock", clock)
        model = AutoClassifier("best", time_budget=budget, random_state=0).fit(x, y)
        assert clock.seconds <= max(budget, 8)  # the first model takes one epoch, however little time there is
        assert np.isfinite(log_loss(y, model.predict_proba(x)))
        networks = [one for one in model.comparison_ if one.networks >= FOLDS and "both" not in one.name]
        losses += [one.loss for one in model.comparison_ if one.chosen and networks]
        steps.append(len(model.steps_))
    assert steps == sorted(steps)
    assert steps[0] == 1
    assert len(losses) >= 2
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("budget", [1, 40, 150, 400])
def test_recorded_steps_give_the_same_bits_without_a_clock(budget: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = mixed_table(300)
    monkeypatch.setattr(candidates, "clock", Clock())
    model = AutoClassifier("best", time_budget=budget, random_state=0).fit(x, y)
    monkeypatch.undo()
    recorded = json.loads(json.dumps(model.steps_))
    again = AutoClassifier("best", steps=recorded, random_state=0).fit(x, y)
    np.testing.assert_array_equal(again.model_[-1].theta_, model.model_[-1].theta_)
    assert again.steps_ == model.steps_
    if budget > 40:
        with pytest.raises(ValueError, match="steps must be those of a fit to the same rows"):
            AutoClassifier("best", steps=recorded, random_state=1).fit(x, y)


@pytest.mark.parametrize("calls", [1, 3, 7, 12])
def test_ctrl_c_keeps_the_best_so_far(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = mixed_table(300)
    left = [calls]

    def interrupted(_trial: Any) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    model = AutoClassifier("best", callbacks=[interrupted], random_state=0).fit(x, y)
    assert len(model.steps_) == calls
    assert "interrupted, the best model so far is kept" in model.model_[-1].stop_
    again = AutoClassifier("best", steps=model.steps_, random_state=0).fit(x, y)
    np.testing.assert_array_equal(again.predict_proba(x), model.predict_proba(x))

    def at_once() -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr(candidates.Limit, "count", lambda _: at_once())
    with pytest.raises(KeyboardInterrupt):
        AutoClassifier(random_state=0).fit(x, y)


class ClockOfWork:
    """A clock that stands still but for epochs, which take a millionth of a second for each row and parameter."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        monkeypatch.setattr(candidates, "clock", lambda: self.seconds)
        monkeypatch.setattr(candidates, "epochs", self._epochs)

    def _epochs(self, cost: Any, *given: Any, **settings: Any) -> Any:
        for epoch in epochs(cost, *given, **settings):
            self.seconds += 1e-6 * len(cost.rows) * len(epoch.theta)
            yield epoch


def test_no_network_begins_whose_first_epoch_takes_longer_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = mixed_table(600)
    monkeypatch.setattr(candidates, "PILOT_ROWS", 20)
    monkeypatch.setattr(candidates, "PILOT_FROM", 500)
    for budget, trained in ((2.0, False), (9.0, True)):  # an epoch of a network takes 2 s and more
        clock = ClockOfWork(monkeypatch)
        model = AutoClassifier("best", time_budget=budget, random_state=0).fit(x, y)
        assert ("networks" in [step.model for step in model.steps_]) == trained
        assert clock.seconds <= budget
        recorded = AutoClassifier("best", steps=model.steps_, random_state=0).fit(x, y)
        np.testing.assert_array_equal(recorded.predict_proba(x), model.predict_proba(x))


@pytest.mark.parametrize("kind", ["table", "array"])
def test_many_rows_are_not_cut_into_bins_where_that_takes_longer_than_there_is(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, encode = ClockOfWork(monkeypatch), TableEncoder.fit_transform
    x, y = mixed_table(1100)
    given = x if kind == "table" else x[["size", "noise"]].to_numpy()

    def slow(encoder: TableEncoder, X: Any, *rest: Any) -> Any:
        rows = len(next(iter(X.values())) if isinstance(X, dict) else X)
        clock.seconds += rows * (1e-3 if encoder.bins else 1e-4)
        return encode(encoder, X, *rest)

    monkeypatch.setattr(TableEncoder, "fit_transform", slow)
    for name, value in (("PILOT_FROM", 1000), ("PILOT_ROWS", 20), ("MORE_PILOT_ROWS", 100)):
        monkeypatch.setattr(auto, name, value)
    for budget, several in ((0.5, False), (20.0, True)):  # all rows take 1.1 s, and 0.1 s without bins
        clock.seconds = 0.0
        model = AutoClassifier(time_budget=budget, random_state=0).fit(given, y)
        assert clock.seconds <= budget
        assert (len(model.comparison_) > 1) == several
        again = AutoClassifier(steps=model.steps_, random_state=0).fit(given, y)
        np.testing.assert_array_equal(again.predict_proba(given), model.predict_proba(given))


def test_what_was_tried_is_told_with_what_it_gave_and_took(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    model, x, y = fitted
    softmax = model.tried_[0]
    assert (softmax.model, softmax.repetition, softmax.parts, softmax.ended) == ("softmax regression", 1, 5, "")
    assert softmax.loss == pytest.approx(model.comparison_[0].loss)
    assert all(one.ended == ("" if one.parts == FOLDS else "clearly worse") for one in model.tried_)
    assert sum(one.epochs for one in model.tried_) == sum(step.epochs for step in model.steps_)
    assert sum(one.parts for one in model.tried_) == len(model.steps_)
    seconds = {one.model: one.seconds for one in model.tried_}
    assert all(one.seconds == seconds[one.name] for one in model.comparison_ if one.name in seconds)
    monkeypatch.setattr(candidates, "clock", Clock())
    hurried = AutoClassifier("best", time_budget=500, random_state=0).fit(x[:200], y[:200])
    assert hurried.tried_[-1].ended == "time was up"


def test_without_any_time_only_the_simplest_model_begins() -> None:
    x, y = mixed_table(200)
    model = AutoClassifier("best", time_budget=1e-9, random_state=0).fit(x, y)
    assert [(step.model, step.epochs) for step in model.steps_] == [("softmax regression", 1)]
    assert not model.model_[0].bins
    again = AutoClassifier("best", steps=model.steps_, random_state=0).fit(x, y)
    np.testing.assert_array_equal(again.predict_proba(x), model.predict_proba(x))


def test_callbacks_see_every_model_that_was_trained() -> None:
    x, y = mixed_table(150)
    seen = []
    AutoClassifier(callbacks=[lambda trial: seen.append((trial.candidate.name, len(trial.members)))]).fit(x, y)
    assert seen[0] == ("softmax regression", 1)
    assert [name for name, members in seen if members == 1] == ["softmax regression", "networks", "networks on bins"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "forest"}, "model must be auto or best or softmax or network, found 'forest'"),
        ({"steps": ["networks"]}, "steps must be the steps_ of an earlier fit, or None, found"),
        ({"time_budget": 0}, "time_budget must be a number of seconds above 0, or None, found 0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_a_sentence(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        AutoClassifier(**settings).fit([[0.0], [1.0]], [0, 1])


def test_the_simplest_within_one_standard_error_is_chosen() -> None:
    from chainrule.estimator.candidates import Candidate, Member, Trial

    t = np.array([0, 1] * 50)
    sure = np.where(t == 1, 2.0, -2.0)[:, None].astype(np.float32)
    noise = np.random.default_rng(0).normal(size=(100, 1)).astype(np.float32)
    logits: dict[str, Array] = {"simple": sure + 0.1 * noise, "complex": sure + 0.11 * noise, "poor": 0 * sure}
    trials = [Trial(Candidate(name, False, (), 1.0), z, [Member(np.zeros(1), z, 1)]) for name, z in logits.items()]
    choices = choices_of(trials, "both")
    found, chosen = compared(choices, t, np.ones(100), np.arange(100), simplest=True)
    assert found[chosen].name == "simple"
    assert found[2].behind > found[2].behind_error
    z = cross_fitted(choices, np.arange(100) % 10, t, np.ones(100), simplest=True)
    np.testing.assert_array_equal(z, trials[0].z)


def test_rows_that_no_part_held_out_have_no_probabilities() -> None:
    x, y = mixed_table(200)
    model = AutoClassifier("network", random_state=0).fit(x, y)
    assert model.probabilities_ is not None
    known = np.isfinite(model.probabilities_)
    assert known.all(axis=1).sum() == known.any(axis=1).sum() == 40
    np.testing.assert_allclose(model.probabilities_[known[:, 0]].sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("name", ["log_loss", "accuracy", "roc_auc", "balanced_accuracy", "f1"])
@pytest.mark.parametrize("classes", [2, 3])
def test_metrics_are_those_of_scikit_learn(name: str, classes: int) -> None:
    generator = np.random.default_rng(0)
    z, labels = generator.normal(size=(90, 1 if classes == 2 else 3)).round(1), np.array(["a", "b", "c"])[:classes]
    t, weights = generator.integers(0, classes, 90), generator.integers(0, 3, 90).astype(float)
    y = probabilities_of(z)
    of_name: dict[str, Any] = {
        "log_loss": lambda w: -log_loss(t, y, sample_weight=w),
        "accuracy": lambda w: metrics.accuracy_score(t, y.argmax(axis=1), sample_weight=w),
        "roc_auc": lambda w: metrics.roc_auc_score(
            t, y[:, 1] if classes == 2 else y, multi_class="ovr", sample_weight=w
        ),
        "balanced_accuracy": lambda w: metrics.balanced_accuracy_score(t, y.argmax(axis=1), sample_weight=w),
        "f1": lambda w: metrics.f1_score(
            t, y.argmax(axis=1), average="binary" if classes == 2 else "macro", sample_weight=w
        ),
    }
    metric = Metric(name, labels)
    for w in (np.ones(90), weights):
        assert metric.score(z, t, w) == pytest.approx(of_name[name](w), rel=1e-12)
    scorer = Metric(metrics.get_scorer("balanced_accuracy"), labels)
    assert scorer.score(z, t, weights) == pytest.approx(Metric("balanced_accuracy", labels).score(z, t, weights))


def test_the_standard_error_of_a_mean_over_parts_is_that_of_the_jackknife() -> None:
    values = np.random.default_rng(0).random(10)
    without = [np.delete(values, part).mean() for part in range(10)]
    assert jackknife(without) == pytest.approx(values.std(ddof=1) / np.sqrt(10))


def test_the_choice_follows_the_metric() -> None:
    """Of two models one has the lower log loss, the other is right more often."""
    from chainrule.estimator.candidates import Candidate, Member, Trial

    generator = np.random.default_rng(0)
    t, part = np.array([0, 1] * 100), np.arange(200) % 10
    right = generator.random(200) < 0.85
    careful = np.where(t == 1, 1.0, -1.0) * np.where(generator.random(200) < 0.75, 3.0, -0.3)
    often = np.where(t == 1, 1.0, -1.0) * np.where(right, 0.2, -0.2)
    trials = [
        Trial(Candidate(name, False, (), 1.0), z[:, None].astype(np.float32), [Member(np.zeros(1), z, 1)])
        for name, z in (("careful", careful), ("often right", often))
    ]
    choices = choices_of(trials, "both")
    for name, expected in (("log_loss", "careful"), ("accuracy", "often right"), ("roc_auc", "careful")):
        metric = Metric(name, np.array([0, 1]))
        for simplest in (False, True):
            found, chosen = compared(
                choices, t, np.ones(200), np.arange(200), simplest=simplest, metric=metric, part=part
            )
            assert found[chosen].name == expected, name
        score = metric.score(choices[chosen].joint(1.0, np.arange(200)), t, np.ones(200))
        assert found[chosen].score == pytest.approx(abs(score), rel=1e-6)
        z = cross_fitted(choices, part, t, np.ones(200), simplest=False, metric=metric)
        np.testing.assert_array_equal(z, trials[chosen].z)


def test_training_of_networks_follows_the_metric_and_says_so() -> None:
    x, y = mixed_table(300)
    models = [AutoClassifier("network", metric=name, random_state=0).fit(x, y) for name in ("log_loss", "accuracy")]
    one, other = ([step.epochs for step in model.steps_] for model in models)
    assert one != other
    assert [model.comparison_[0].metric for model in models] == ["log loss", "accuracy"]
    assert models[1].comparison_[0].score == models[1].comparison_[0].accuracy
