"""Watching a run: held-out rows, callbacks, snapshots to go on from, and a warning where it ended too soon."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Literal, NamedTuple, ParamSpec, TypeAlias, TypeVar, final

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from chainrule.arrays import Array
from chainrule.engine import Cost, Rows
from chainrule.engine.threads import parallel_imap, single_threaded_blas
from chainrule.optimizers import Optimizer
from chainrule.training.history import Epoch, History
from chainrule.training.loop import DIVERGED, MAX_EPOCHS

Fits = TypeVar("Fits")
Given = ParamSpec("Given")
Returned = TypeVar("Returned")

# How a run says that it ended because held-out rows did not gain from it any more.
LOWEST = "the validation cost was lowest in epoch"
# Rows that are predicted at a time: more of them take more memory, fewer more calls.
BLOCK_ROWS = 4096


class Snapshot(NamedTuple):
    """A run after some epoch: what it takes to go on as if it had never stopped.

    Attributes:
        theta: the parameters (p,).
        best: those of the epoch with the lowest held-out cost (p,); the same as `theta` where no rows are held out.
        state: of the optimizer.
        generator: state of the generator of the order of the rows.
        history: of the epochs so far, as it was then.
    """

    theta: Array
    best: Array
    state: Any
    generator: dict[str, Any]
    history: History


def all_or_nothing(
    method: Callable[Concatenate[Fits, Given], Returned],
) -> Callable[Concatenate[Fits, Given], Returned]:
    """Let a method that trains an estimator leave it as it was where Ctrl-C or an error ends it."""

    @wraps(method)
    def fit(estimator: Fits, /, *rows: Given.args, **options: Given.kwargs) -> Returned:
        fitted: dict[str, Any] = estimator.__dict__
        before = fitted.copy()
        try:
            return method(estimator, *rows, **options)
        except BaseException:
            fitted.clear()
            fitted.update(before)
            raise

    return fit


def check_resumable(snapshot: Snapshot, optimizer: Optimizer[Any], theta: Array) -> None:
    """Raise ValueError unless a snapshot is of a run with as many parameters as `theta` (p,) and such an optimizer.

    >>> from chainrule import Adam
    >>> zeros = np.zeros(2)
    >>> check_resumable(Snapshot(zeros, zeros, Adam().init(zeros), {}, History()), Adam(), zeros)
    """
    expected, found = type(optimizer.init(theta[:0])), type(snapshot.state)
    if found is not expected or snapshot.theta.shape != theta.shape or snapshot.best.shape != theta.shape:
        raise ValueError(
            f"resume needs a snapshot of {theta.size} parameters trained by {type(optimizer).__name__}, found one of"
            f" {snapshot.theta.size} parameters and the state of another run: give that of a fit with the same"
            " parameters to rows of the same columns and classes."
        )


class Progress(NamedTuple):
    """What a callback sees after each epoch.

    Attributes:
        epoch: the epoch that has just ended; its `stop` says why it is the last one, or None.
        history: of all epochs so far.
        max_epochs: the most there will be.
        snapshot: returns what it takes to go on from here.
    """

    epoch: Epoch
    history: History
    max_epochs: int
    snapshot: Callable[[], Snapshot]


Callback: TypeAlias = Callable[[Progress], str | None]
"""Called after each epoch; returns why to stop, or None to go on."""


class Watched(NamedTuple):
    """What came of a run.

    Attributes:
        theta: the parameters to keep (p,): of the epoch with the lowest held-out cost, or of the last one.
        last: the last epoch; its `stop` says why.
    """

    theta: Array
    last: Epoch


def watch(
    run: Iterator[Epoch],
    history: History,
    rows: Cost,
    held_out: Cost | None,
    *,
    patience: int | None,
    callbacks: Sequence[Callback],
    max_epochs: int,
    generator: np.random.Generator,
    best: Array,
) -> Watched:
    """Return what came of a run, whose history is filled with what the held-out rows say.

    Parameters:
        run: the epochs.
        history: the one that `run` appends to.
        rows: the cost that is trained.
        held_out: the cost of other rows, or None.
        patience: epochs without a lower held-out cost after which to stop, keeping the best; None to keep the last.
        callbacks: called after each epoch.
        max_epochs: passed on to the callbacks.
        generator: of the order of the rows.
        best: parameters to begin with: those of the best epoch so far (p,).
    """
    for last in run:
        theta, stop = last.theta, last.stop
        if held_out is not None and len(history.validation_cost) < last.number:
            for losses, accuracies, watched in (
                (history.loss, history.accuracy, rows),
                (history.validation_cost, history.validation_accuracy, held_out),
            ):
                loss, accuracy = _loss_and_accuracy(watched, last.theta)
                losses.append(loss)
                accuracies.append(accuracy)
        if held_out is not None and patience is not None:
            lowest = int(np.argmin(history.validation_cost)) + 1
            theta = last.theta if lowest == last.number else best
            if last.number - lowest >= patience:
                stop = f"{LOWEST} {lowest} and has not been lower since"
        best = theta

        def snapshot(epoch: Epoch = last, best: Array = best) -> Snapshot:
            return Snapshot(epoch.theta, best, epoch.state, generator.bit_generator.state, history.copy())  # type: ignore[arg-type]

        last = last._replace(stop=stop)
        for callback in callbacks:
            reason = callback(Progress(last, history, max_epochs, snapshot))
            stop = stop or reason
        last = last._replace(stop=stop)
        if stop is not None:
            break
    return Watched(best, last)


def _loss_and_accuracy(cost: Cost, theta: Array) -> tuple[float, float]:
    """Return the weighted mean loss, and the share of the weight of the rows that are classified rightly."""

    def of_block(number: int, block: Rows) -> tuple[float, float]:
        z = cost.network.forward(theta, block.x, cost.workspace.part(number))[-1]
        guess = z[:, 0] > 0 if z.shape[1] == 1 else z.argmax(axis=1)
        weights = np.ones(len(block)) if block.weights is None else block.weights
        return float(weights @ cost.loss.value(z, block.t)), float(weights @ (guess == block.t))

    total = right = 0.0
    # the threads of products that two share go on for a while when these are done, and slow the next epoch down
    with single_threaded_blas() if cost.uses_threads else nullcontext():
        for loss, rightly in parallel_imap(of_block, cost.rows.blocks(BLOCK_ROWS)):
            total, right = total + loss, right + rightly
    return total / cost.rows.total_weight, right / cost.rows.total_weight


def warn_if_short(last: Epoch, tol: float | str) -> None:
    """Warn with ConvergenceWarning, as from the caller's caller, where a run diverged, stood or ran out of epochs."""
    stood = last.number == 1 and last.rate == 0 and last.gradient_norm > 1
    if str(last.stop).startswith((DIVERGED, MAX_EPOCHS)):
        advice = "raise max_epochs, or tol if that is near enough"
    elif stood:
        advice = "standardise the columns, or divide the largest numbers by a power of ten"
    else:
        return
    warnings.warn(
        f"Training ended short of its tolerance, tol = {tol}: {last.stop}. The cost is {last.cost:.6g}, the "
        f"gradient's norm {last.gradient_norm:.3g}; {advice}.",
        ConvergenceWarning,
        stacklevel=3,
    )


# Ready-made callbacks: functions of a run's progress, called after every epoch.

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
