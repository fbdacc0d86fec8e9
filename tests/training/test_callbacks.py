"""Ready-made callbacks tell other programs what a run does."""

from typing import Any

import optuna
import pytest
from sklearn.datasets import load_iris

from chainrule import Classifier
from chainrule.training.monitor import OptunaPruning, TensorBoard

X, Y = load_iris(return_X_y=True)
SETTINGS: dict[str, Any] = {"hidden": (4,), "optimizer": "adam", "max_epochs": 5, "random_state": 0, "tol": 0.0}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Recorder:
    def __init__(self) -> None:
        self.scalars: dict[str, list[tuple[int, float]]] = {}

    def add_scalar(self, name: str, number: float, epoch: int) -> None:
        self.scalars.setdefault(name, []).append((epoch, number))


def test_tensorboard_gets_every_column_of_each_epoch() -> None:
    writer = Recorder()
    model = Classifier(callbacks=[TensorBoard(writer)], validation_fraction=0.2, **SETTINGS).fit(X, Y)
    history = model.history_
    assert writer.scalars["cost"] == list(zip(history.number, history.cost, strict=True))
    assert writer.scalars["validation_accuracy"] == list(zip(history.number, history.validation_accuracy, strict=True))
    without = Recorder()
    Classifier(callbacks=[TensorBoard(without)], **SETTINGS).fit(X, Y)
    assert set(without.scalars) == {"cost", "gradient_norm", "rate"}


def test_a_trial_that_optuna_prunes_ends_at_once() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=0.0))
    ran: list[int] = []

    def objective(trial: Any) -> float:
        count: list[Any] = [lambda progress: ran.append(progress.epoch.number), OptunaPruning(trial)]
        Classifier(callbacks=count, validation_fraction=0.2, **SETTINGS).fit(X, Y)
        return 0.0

    study.optimize(objective, n_trials=1)
    assert study.trials[0].state == optuna.trial.TrialState.PRUNED
    assert ran == [1]
    assert list(study.trials[0].intermediate_values) == [1]


def test_a_trial_can_follow_the_cost_without_held_out_rows() -> None:
    class Trial:
        def __init__(self) -> None:
            self.reported: list[float] = []

        def report(self, value: float, step: int) -> None:
            self.reported.append(value)

        def should_prune(self) -> bool:
            return False

    trial = Trial()
    model = Classifier(callbacks=[OptunaPruning(trial, "cost")], **SETTINGS).fit(X, Y)
    assert trial.reported == model.history_.cost
    with pytest.raises(ValueError, match="no validation_cost to report"):
        Classifier(callbacks=[OptunaPruning(trial)], **SETTINGS).fit(X, Y)
