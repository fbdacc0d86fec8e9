"""`chainrule evaluate`, `predict` and `export`: what is done with a model file."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.cli.refusals import in_one_line, refuse_coinciding, refuse_existing, refuse_unnamed
from chainrule.cli.startup import load_scikit_learn


def option(text: str, metavar: str = "", *names: str, panel: str | None = None, **more: Any) -> Any:
    """Return an option of a verb.

    Parameters:
        text: its help.
        metavar: what stands for its value in the help; nothing for a flag.
        names: of the option, where it is not the parameter's.
        panel: heading that it stands under.
        more: further arguments of `typer.Option`.
    """
    return typer.Option(*names, metavar=metavar, help=text, rich_help_panel=panel, **more)


def target_option(panel: str | None = None) -> Any:
    """Return the option that names the column of the labels."""
    return option("The column of the labels, if the model file does not name it.", "COL", panel=panel)


def header_option(panel: str | None = None) -> Any:
    """Return the option that says whether a file names its columns."""
    text = "Whether the first line names the columns; detected by default."
    return option(text, "", "--header/--no-header", panel=panel)


def separator_option(panel: str | None = None) -> Any:
    """Return the option that says what stands between fields."""
    return option("Field separator, if not detected correctly.", "CHAR", panel=panel)


# What is said before the scores of a file that a model was trained on.
SEEN = "The model was trained on rows of this file, so these scores are too good: see those that chainrule train told."

Model = Annotated[Path, typer.Argument(help="A model file that chainrule train wrote.")]
Target = Annotated[str | None, target_option()]
Header = Annotated[bool | None, header_option()]
Separator = Annotated[str | None, separator_option()]
Force = Annotated[bool, option("Overwrite an existing file.", "", "--force")]


def evaluate(
    model: Model,
    data: Annotated[Path, typer.Argument(help="Labelled rows, with the columns of the training file.")],
    target: Target = None,
    header: Header = None,
    separator: Separator = None,
    as_json: Annotated[bool, option("Print the scores as JSON, for programs.", "", "--json")] = False,
) -> None:
    """Score a model on a file of labelled rows.

    Example: `chainrule evaluate titanic.safetensors new.csv`
    """
    with in_one_line():
        load_scikit_learn()
        from chainrule.cli.labelled_file import sha256
        from chainrule.cli.opened_model import OpenedModel
        from chainrule.cli.progress import scores_as_table
        from chainrule.estimator.predictor import decided
        from chainrule.evaluation.scores import scores

        opened = OpenedModel.of(model)
        rows = opened.labelled(data, target, header=header, separator=separator)
        known = opened.about.get("positive")
        positive = known if known in [str(label) for label in opened.model.classes_] else None
        y = opened.probabilities(rows.x)
        predicted = decided(opened.model, y)
        found = scores(rows.labels, y, opened.model.classes_, rows.weights, positive, predicted)
        if as_json:
            typer.echo(json.dumps({"rows": len(rows), "metrics": found}, indent=1))
        else:
            notes = [*rows.notes, *([SEEN] if opened.about.get("sha256") == sha256(data) else [])]
            typer.echo("\n".join([*notes, scores_as_table(found, len(rows), "labelled")]))


def predict(
    model: Model,
    data: Annotated[Path, typer.Argument(help="Rows to predict, with the columns of the training file.")],
    out: Annotated[
        Path | None, option("File to write: .csv, .tsv, .jsonl or .parquet; by default the terminal.", "FILE")
    ] = None,
    proba: Annotated[bool, option("Also write the probability of every class.", "", "--proba")] = False,
    header: Header = None,
    separator: Separator = None,
    force: Force = False,
) -> None:
    """Predict the class of every row of a file.

    Writes the columns of the file in order, then the prediction. The file is read and written in chunks, so it may be
    larger than memory. In CSV and TSV, a cell that a spreadsheet would execute, such as =1+1, is prefixed with an
    apostrophe.

    Example: `chainrule predict titanic.safetensors new.csv --proba --out predictions.parquet`
    """
    with in_one_line():
        load_scikit_learn()
        from chainrule.cli.opened_model import OpenedModel
        from chainrule.tables.readers.files import print_csv, write_table

        refuse_coinciding({"MODEL": model, "DATA": data}, {"--out": out})
        refuse_existing(out, force)
        opened = OpenedModel.of(model)
        parts = opened.unlabelled(data, _print_note, header=header, separator=separator)
        predicted = (_columns(opened, x, proba, beside) for beside, x in parts)
        if out is not None:
            rows = write_table(out, predicted, _print_note)
            typer.echo(f"Wrote {rows} predictions to {out}", err=True)
        else:
            print_csv(sys.stdout.buffer, predicted, _print_note)


def export(
    model: Model,
    to: Annotated[str, option("Format: onnx, js, html or json.", "FORMAT")],
    out: Annotated[
        Path | None, option("File to write; by default the model's name with the format's ending.", "FILE")
    ] = None,
    check: Annotated[
        Path | None,
        option(
            "Rows on which to compare with ONNX Runtime; by default the training file, if beside the model.", "FILE"
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Export a model: as ONNX, as a JavaScript module, as a page to ask, or its parameters as JSON.

    ONNX and js go from the columns of a table to probabilities. The html is one page that works without a network: it
    takes rows, says what each column contributes, and answers "what if". It compares a row with the average row of the
    training file, if that is beside the model; no row of that file is written to the page.

    Before an ONNX model is written, it is run with ONNX Runtime on the rows of --check, and refused if any probability
    differs by more than 1e-5.

    Example: `chainrule export titanic.safetensors --to onnx --check titanic.csv`
    """
    with in_one_line():
        load_scikit_learn()
        from chainrule.cli.opened_model import OpenedModel
        from chainrule.model_file import export as write_export
        from chainrule.model_file.model_file import refuse_unknown_format

        refuse_unknown_format(to)
        refuse_unnamed({"MODEL": model, "--out": out})
        out = out or model.with_suffix(f".{to}")
        refuse_coinciding({"MODEL": model, "--check": check}, {"--out": out})
        refuse_existing(out, force)
        opened = OpenedModel.of(model)
        if to == "onnx" and check is None:
            check = opened.data_beside()
        rows = None if check is None else opened.whole(check)
        beside = opened.data_beside() if to == "html" else None
        baseline = None if beside is None else opened.whole(beside)
        title = opened.target or model.stem
        difference = write_export(opened.model, out, to, check=rows, baseline=baseline, title=title)
        if difference is not None:
            typer.echo(f"Largest difference from ONNX Runtime on the rows of {check}: {difference:.1e}")
        elif to == "onnx":
            typer.echo("Not compared with ONNX Runtime: give rows with --check.", err=True)
        typer.echo(f"Wrote {out}")


def _print_note(note: str) -> None:
    typer.echo(note, err=True)


def _columns(opened: Any, x: Any, proba: bool, beside: Any) -> Any:
    """Return the table `beside` with the predictions of its rows `x` added to it."""
    import numpy as np
    import pyarrow as pa

    from chainrule.estimator.predictor import decided

    probabilities, classes = opened.probabilities(x), np.asarray(opened.model.classes_)
    name = "prediction" if opened.target is None else f"predicted {opened.target}"
    added = {name: pa.array(decided(opened.model, probabilities))}
    if proba:
        added |= {f"probability of {name}": pa.array(probabilities[:, i]) for i, name in enumerate(classes)}
    for name, values in added.items():
        if name in beside.column_names:
            raise ValueError(f"The rows already have a column {name}, which is the name of the prediction: rename it.")
        beside = beside.append_column(name, values)
    return beside
