"""What a terminal shows while a model trains, and Ctrl-C."""

import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from chainrule.common.format import count, fixed
from chainrule.training import monitor

# Tables for the terminal.

# Columns that are listed: what a terminal shows at once; the report has all of them.
MOST_COLUMNS = 40


def columns_as_table(model: Any) -> str:
    """Return the kinds and encodings of the columns of a pipeline's table, a line each; nothing for a matrix."""
    reports: Sequence[Any] = getattr(model[0], "columns_", ())
    table = Table("column", "kind", "missing", "encoding", box=None, pad_edge=False)
    for column in reports[:MOST_COLUMNS]:
        becomes = column.decision if column.used else f"left out: {column.reason}"
        table.add_row(column.name, column.kind, str(column.missing or ""), becomes)
    if len(reports) > MOST_COLUMNS:
        table.add_row(f"and {len(reports) - MOST_COLUMNS} more", "", "", "")
    return _printed(table) if reports else ""


def scores_as_table(scores: Mapping[str, float], rows: int, which: str) -> str:
    """Return scores, a line each."""
    table = Table(f"on {rows} {which} rows", "", box=None, pad_edge=False)
    for name, value in scores.items():
        table.add_row(name, fixed(value, 4))
    return _printed(table)


def comparison_as_table(comparison: Sequence[Mapping[str, Any]]) -> str:
    """Return what cross-validation gave for each model, a line each, the one that was chosen with a star."""
    columns = ("cross-validation (* chosen)", "networks", "log loss", "above lowest", "accuracy")
    table = Table(*columns, box=None, pad_edge=False)
    for one in comparison:
        table.add_row(
            f"{'*' if one['chosen'] else ' '} {one['name']}",
            str(one["networks"] or ""),
            f"{fixed(one['loss'], 4)} ± {fixed(one['error'], 4)}",
            f"{fixed(one['behind'], 4)} ± {fixed(one['behind_error'], 4)}" if one["behind"] else "",
            fixed(one["accuracy"], 4),
        )
    return _printed(table)


def _printed(table: Table) -> str:
    console = Console(width=None)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


INTERRUPTED = "interrupted; the best parameters so far are kept"


@final
class Bar:
    """A callback that shows the epoch, the cost, the validation accuracy and the time left at most."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Training", total=None, numbers="")

    def __call__(self, progress: monitor.Progress) -> str | None:
        validation = progress.history.validation_accuracy
        accuracy = f"  validation accuracy {validation[-1]:.3f}" if validation else ""
        numbers = f"epoch {progress.epoch.number}  cost {progress.epoch.cost:.4f}{accuracy}"
        self._progress.update(self._task, completed=progress.epoch.number, total=progress.max_epochs, numbers=numbers)
        return None


@final
class Trials:
    """A callback that shows each model that is tried, and what it gave."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Comparing", total=None, numbers="")

    def __call__(self, trial: Any) -> str | None:
        part = count(len(trial.members), "part")
        numbers = f"{trial.candidate.name}: {part} held out so far, {trial.seconds:.1f} s"
        self._progress.update(self._task, numbers=numbers)
        return None


@contextmanager
def shown(*, of_trials: bool = False) -> Iterator[list[Any]]:
    """Yield the callbacks of a run that shows itself on a terminal, and that Ctrl-C ends after the current epoch.

    Where several models are tried, it is after the current one.
    """
    with _stoppable() as stopped:
        if not sys.stderr.isatty():
            yield [stopped]
            return
        left = TimeRemainingColumn(elapsed_when_finished=True)
        numbers = TextColumn("{task.fields[numbers]}")
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            numbers,
            TextColumn("at most"),
            left,
            TextColumn("left"),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            yield [stopped, Trials(progress) if of_trials else Bar(progress)]


@contextmanager
def _stoppable() -> Iterator[monitor.Callback]:
    asked: list[bool] = []

    def ask(_number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)
        sys.stderr.write("\nStopping after this epoch; Ctrl-C again to stop at once.\n")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda _: INTERRUPTED if asked else None
    finally:
        signal.signal(signal.SIGINT, before)
