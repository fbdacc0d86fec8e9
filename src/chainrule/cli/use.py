"""`chainrule evaluate`, `predict` and `export`: what is done with a model file."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.cli.refusals import in_one_line, refuse_existing

Model = Annotated[Path, typer.Argument(help="A model file that chainrule train wrote.")]
Header = Annotated[bool | None, typer.Option("--header/--no-header", help="Whether the first line names the columns.")]
Separator = Annotated[str | None, typer.Option(help="What stands between fields, if not found out rightly.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that exists already.")]


def evaluate(
    model: Model,
    data: Annotated[Path, typer.Argument(help="Labelled rows, with the columns of the training file.")],
    header: Header = None,
    separator: Separator = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON, for programs.")] = False,
) -> None:
    """Score a model on a file of labelled rows.

    Example: `chainrule evaluate titanic.skops new.csv`
    """
    with in_one_line():
        from chainrule.cli.model_and_rows import read_model_and_rows
        from chainrule.cli.words import scores_as_table
        from chainrule.scores import scores

        loaded, rows = read_model_and_rows(model, data, header=header, separator=separator)
        found = scores(rows.labels, loaded.predict_proba(rows.x), loaded.classes_)
        if as_json:
            typer.echo(json.dumps({"rows": len(rows), "metrics": found}, indent=1))
        else:
            typer.echo("\n".join([*rows.notes, scores_as_table(found, len(rows), "labelled")]))


def predict(
    model: Model,
    data: Annotated[Path, typer.Argument(help="Rows to predict, with the columns of the training file.")],
    out: Annotated[
        Path | None, typer.Option(help="A .csv, .tsv, .jsonl or .parquet file to write; the terminal if not given.")
    ] = None,
    proba: Annotated[bool, typer.Option("--proba", help="Also the probability of every class.")] = False,
    header: Header = None,
    separator: Separator = None,
    force: Force = False,
) -> None:
    """Predict the rows of a file: all its columns in the same order, and the prediction beside them.

    The file is read and written a part at a time, so it may be larger than memory.

    Example: `chainrule predict titanic.skops new.csv --proba --out predictions.parquet`
    """
    with in_one_line():
        from chainrule.model_file import load, read_about
        from chainrule.tables.files import write_table

        refuse_existing(out, force)
        predicted = _predicted(load(model), read_about(model), data, proba, {"header": header, "separator": separator})
        if out is not None:
            rows = write_table(out, predicted)
            typer.echo(f"Wrote {rows} predictions to {out}", err=True)
        else:
            _print_csv(predicted)


def export(
    model: Model,
    to: Annotated[str, typer.Option(help="onnx, safetensors or json.")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; the model's name with the format's ending if not given.")
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option(help="Rows to compute with ONNX Runtime too; the training file if it is where it was."),
    ] = None,
    force: Force = False,
) -> None:
    """Write a model for other programs: ONNX from the columns of the table to probabilities, or its numbers alone.

    An ONNX model is computed with ONNX Runtime on the rows of --check before it is written, and refused if any
    probability differs by more than 1e-5.

    Example: `chainrule export titanic.skops --to onnx --check titanic.csv`
    """
    with in_one_line():
        import pyarrow as pa

        from chainrule.cli.unlabelled_file import batches
        from chainrule.model_file import export as write_export
        from chainrule.model_file import load, read_about
        from chainrule.tables.files import is_matrix, read_unlabelled

        out = out or model.with_suffix(f".{to}")
        refuse_existing(out, force)
        about, loaded, rows = read_about(model), load(model), None
        if to == "onnx" and check is None:
            check = Path(about["path"]) if Path(about["path"]).exists() else None
        if check is not None:
            if is_matrix(check):
                rows = read_unlabelled(check, loaded.n_features_in_)
            else:
                rows = pa.concat_tables(list(batches(check, about, {"header": None, "separator": None})))
        difference = write_export(loaded, out, to, check=rows)
        if difference is not None:
            typer.echo(f"Largest difference from ONNX Runtime in the rows of {check}: {difference:.1e}")
        elif to == "onnx":
            typer.echo("Not compared with ONNX Runtime: give rows with --check.", err=True)
        typer.echo(f"Wrote {out}")


def _predicted(
    model: Any, about: Mapping[str, Any], data: Path, proba: bool, options: Mapping[str, Any]
) -> Iterator[Any]:
    import pyarrow as pa

    from chainrule.cli.unlabelled_file import batches
    from chainrule.tables.files import is_matrix, read_unlabelled
    from chainrule.tables.remarks import notes_of

    if is_matrix(data):
        x = read_unlabelled(data, model.n_features_in_)
        yield _columns(model, x, about["target"], proba, pa.table({"row": range(x.shape[0])}))
        return
    for number, batch in enumerate(batches(data, about, options)):
        for note in notes_of(batch.schema) if number == 0 else ():
            typer.echo(note, err=True)
        yield _columns(model, batch, about["target"], proba, batch.replace_schema_metadata(None))


def _columns(model: Any, x: Any, target: str, proba: bool, beside: Any) -> Any:
    """Return a table with the predictions of rows `x` added to it."""
    import numpy as np
    import pyarrow as pa

    probabilities = model.predict_proba(x)
    added = {f"predicted {target}": pa.array(np.asarray(model.classes_)[probabilities.argmax(axis=1)])}
    if proba:
        added |= {f"probability of {name}": pa.array(probabilities[:, i]) for i, name in enumerate(model.classes_)}
    for name, values in added.items():
        if name in beside.column_names:
            raise ValueError(f"The rows have a column {name} already, as a prediction would be called: rename it.")
        beside = beside.append_column(name, values)
    return beside


def _print_csv(tables: Iterator[Any]) -> None:
    from pyarrow import csv

    for number, table in enumerate(tables):
        csv.write_csv(table, sys.stdout.buffer, csv.WriteOptions(include_header=number == 0, quoting_style="needed"))
