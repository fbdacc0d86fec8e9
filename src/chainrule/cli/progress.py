"""What a terminal shows while a model trains, and Ctrl-C."""

import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from shutil import get_terminal_size
from types import FrameType
from typing import Any, final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from typer import style

from chainrule.common.display import Part, Table
from chainrule.common.format import count, fixed, short
from chainrule.training import monitor

# Tables for the terminal.

# Columns that are listed: what a terminal shows at once; the report has all of them.
MOST_COLUMNS = 40


def columns_as_table(model: Any) -> str:
    """Return the kinds and encodings of the columns of a pipeline's table, a line each; nothing for a matrix."""
    reports: Sequence[Any] = getattr(model[0], "columns_", ())
    rows = []
    for each in reports[:MOST_COLUMNS]:
        encoding = each.decision if each.used else f"left out: {each.reason}"
        rows.append((short(each.name), each.kind, str(each.missing or ""), encoding))
    rows += [(f"and {len(reports) - MOST_COLUMNS} more", "", "", "")] if len(reports) > MOST_COLUMNS else []
    return _printed(("column", "kind", "missing", "encoding"), rows) if reports else ""


def scores_as_table(scores: Mapping[str, float], rows: int, which: str) -> str:
    """Return scores, a line each."""
    return _printed((f"on {rows} {which} rows", ""), [(name, fixed(value, 4)) for name, value in scores.items()])


def comparison_as_table(comparison: Sequence[Mapping[str, Any]]) -> str:
    """Return what cross-validation gave for each model, a line each, the one that was chosen with a star."""
    metric = comparison[0]["metric"]
    behind = "above lowest" if metric == "log loss" else "below highest"
    other, key = ("accuracy", "accuracy") if metric != "accuracy" else ("log loss", "loss")
    rows = []
    for one in comparison:
        members = f" ({one['networks']})" if one["networks"] > 1 else ""
        name = f"{'*' if one['chosen'] else ' '} {one['name']}{members}"
        score = f"{fixed(one['score'], 4)} ± {fixed(one['score_error'], 4)}"
        less = f"{fixed(one['behind'], 4)} ± {fixed(one['behind_error'], 4)}" if one["behind"] else ""
        rows.append((name, score, less, fixed(one[key], 4)))
    return _printed(("cross-validation (* chosen)", metric, behind, other), rows)


def _printed(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as wide as the terminal, its headings bold, and an empty line behind it."""
    first, *lines = Table(parts=[Part(head, rows)]).text(width=get_terminal_size().columns).split("\n")
    return "\n".join([style(first, bold=True), *lines, ""])


# Why training stopped, as the model file and the report say it too.
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
        numbers = f"{trial.candidate.name}: log loss {trial.loss:.4f}, {part} held out, {trial.seconds:.1f} s"
        self._progress.update(self._task, numbers=numbers)
        return None


@contextmanager
def shown(*, of_trials: bool = False) -> Iterator[list[Any]]:
    """Yield the callbacks of a run that shows itself on a terminal, and that Ctrl-C ends after the current epoch.

    Where several models are tried, Ctrl-C ends the search at once.
    """
    with nullcontext() if of_trials else _stoppable() as stopped:
        stops = [stopped] if stopped else []
        if not sys.stderr.isatty():
            yield stops
            return
        left = TimeRemainingColumn(elapsed_when_finished=True)
        first, numbers = TextColumn("{task.description}"), TextColumn("{task.fields[numbers]}")
        columns = (first, BarColumn(), numbers, TextColumn("at most"), left, TextColumn("left"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            yield [*stops, Trials(progress) if of_trials else Bar(progress)]


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
