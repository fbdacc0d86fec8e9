"""`chainrule check`: a gradient check of a model, and the diagnosis of its problems."""

import json
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.cli.refusals import in_one_line
from chainrule.cli.startup import load_scikit_learn
from chainrule.cli.use import Header, Model, Separator, Target, option

# Rows of the gradient check: it takes several passes for each parameter, and a wrong derivative shows on any few.
ROWS_COMPARED = 8


def check(
    model: Model,
    data: Annotated[Path, typer.Argument(help="The labelled rows that the model was trained on.")],
    valid: Annotated[
        Path | None,
        option("Labelled rows that the model was not trained on; without it, the model is cross-validated.", "FILE"),
    ] = None,
    target: Target = None,
    header: Header = None,
    separator: Separator = None,
    as_json: Annotated[bool, option("Print everything as JSON, for programs.", "", "--json")] = False,
) -> None:
    """Check a model's gradients on a few rows, then report its problems and how to fix them.

    Each finding is one sentence: what is wrong and where, the evidence, and a remedy. The exit status is 1 only if a
    derivative is wrong.

    Example: `chainrule check titanic.safetensors titanic.csv`
    """
    with in_one_line():
        load_scikit_learn()
        from chainrule.cli.opened_model import OpenedModel
        from chainrule.diagnosis.model_under_test import ModelUnderTest
        from chainrule.diagnosis.run import examine

        options: dict[str, Any] = {"header": header, "separator": separator}
        opened = OpenedModel.of(model)
        rows = opened.labelled(data, target, **options)
        others = None if valid is None else opened.labelled(valid, target, **options)
        held_out = None if others is None else (others.x, others.labels)
        tested = ModelUnderTest(opened.model, rows.x, rows.labels, None, held_out, rows.rows)
        checked, diagnosis = _gradient_check(tested), examine(tested)
        if as_json:
            numbers = ("passed", "compared", "kinks", "largest_error")
            gradients = {name.replace("_", " "): getattr(checked, name) for name in numbers}
            gradients["mistakes"] = [str(mistake) for mistake in checked.mistakes]
            typer.echo(json.dumps({"gradients": gradients, **diagnosis.to_dict()}, indent=1))
        else:
            found = diagnosis.text(_command(opened, data, rows.target))
            typer.echo("\n".join([*rows.notes, f"Gradients: {checked}", found]))
    if not checked.passed:
        raise typer.Exit(1)


def _command(opened: Any, data: Path, target: str) -> str:
    """Return the command that trained a model, made to write another one beside it: options are still to be added."""
    model, words = opened.path, _words(opened.about.get("command"))
    if words[:2] != ["chainrule", "train"]:
        words = ["chainrule", "train", str(data), "--target", target]
    words = [str(data) if word == opened.about.get("data") else word for word in words]
    if "--out" in words:
        place = words.index("--out")
        del words[place : place + 2]
    other = model.with_stem(f"{model.stem}-treated")
    return shlex.join([*(word for word in words if word != "--force"), "--out", str(other), "--force"])


def _words(command: Any) -> list[str]:
    """Return the words of a command; none where a file has something else in its place."""
    try:
        return shlex.split(command) if isinstance(command, str) else []
    except ValueError:
        return []


def _gradient_check(tested: Any) -> Any:
    """Compare every derivative of the model's network with differences, on a few of the rows."""
    from chainrule.arrays import dense
    from chainrule.inspection import check_gradients

    model, rows = tested.model, tested.drawn(ROWS_COMPARED)
    return check_gradients(model.network, model.loss, model.theta, dense(model.standardized(rows.x)), rows.t)
