"""Ready-made callbacks: functions of a run's progress, called after every epoch."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, final

from chainrule.training.monitor import Progress

Watch: TypeAlias = Literal["cost", "validation_cost", "validation_accuracy"]


@final
@dataclass(frozen=True)
class TensorBoard:
    """Sends every column of the history to TensorBoard, each epoch.

    Parameters:
        writer: has `add_scalar(name, number, epoch)`, as `SummaryWriter` of PyTorch and of tensorboardX do.

    >>> from chainrule import Classifier
    >>> class Printer:
    ...     def add_scalar(self, name, number, epoch):
    ...         print(epoch, name, round(number, 2))
    >>> model = Classifier(callbacks=[TensorBoard(Printer())]).fit([[0.0], [1.0], [2.0]], [0, 0, 1])
    1 cost 0.49
    1 gradient_norm 0.03
    1 rate 1.0
    ...
    """

    writer: Any

    def __call__(self, progress: Progress) -> str | None:
        for name in ("cost", "gradient_norm", "rate", "accuracy", "validation_cost", "validation_accuracy"):
            column = getattr(progress.history, name)
            if column:
                self.writer.add_scalar(name, column[-1], progress.epoch.number)
        return None


@final
@dataclass(frozen=True)
class OptunaPruning:
    """Reports each epoch to a trial of Optuna, and ends the run when the trial is not worth going on with.

    Parameters:
        trial: of the study.
        watch: which column of the history to report: "cost", "validation_cost" or "validation_accuracy". The study
            must minimise a cost, and maximise an accuracy.

    Raises:
        optuna.TrialPruned: the trial is pruned.
        ValueError: the column is empty, because no rows are held out.
    """

    trial: Any
    watch: Watch = "validation_cost"

    def __call__(self, progress: Progress) -> str | None:
        column = getattr(progress.history, self.watch)
        if not column:
            raise ValueError(f"There is no {self.watch} to report: hold rows out with validation_fraction.")
        self.trial.report(column[-1], progress.epoch.number)
        if self.trial.should_prune():
            from optuna import TrialPruned

            raise TrialPruned(f"Pruned at epoch {progress.epoch.number} with {self.watch} = {column[-1]:.4g}.")
        return None
