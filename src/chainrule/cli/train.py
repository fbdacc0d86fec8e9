"""`chainrule train`: from a file of labelled rows to a model, its scores and its report."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, final

import typer

from chainrule.cli.refusals import in_one_line

DATA, NETWORK, TRAINING, OUTPUT = "Data", "Network", "Training", "Output"


@final
@dataclass(frozen=True)
class Settings:
    """What was asked for, as words and numbers."""

    data: Path
    target: str | None
    valid: Path | None
    validation_fraction: float
    weight: str | None
    drop: tuple[str, ...]
    kinds: dict[str, str]
    header: bool | None
    separator: str | None
    hidden: tuple[int, ...]
    activation: tuple[str, ...]
    l2: float | str
    l1: float
    class_weight: Any
    label_smoothing: float
    optimizer: str
    rate: float | None
    batch_size: int | str
    max_epochs: int
    tol: float | str
    patience: int
    seed: int
    threads: int | None


def train(
    data: Annotated[Path, typer.Argument(help="Labelled rows: CSV, TSV, Parquet, JSON lines, svmlight or idx.")],
    target: Annotated[
        str | None,
        typer.Option(
            metavar="COL",
            help="The column to predict, by name or position: 0 is the first, -1 the last.",
            rich_help_panel=DATA,
        ),
    ] = None,
    valid: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A file of rows to hold out, instead of a share of DATA.", rich_help_panel=DATA
        ),
    ] = None,
    validation_fraction: Annotated[
        float,
        typer.Option(
            metavar="SHARE", help="Share of the rows to hold out and score the model on.", rich_help_panel=DATA
        ),
    ] = 0.2,
    weight: Annotated[
        str | None,
        typer.Option(metavar="COL", help="A column that says how much each row counts.", rich_help_panel=DATA),
    ] = None,
    drop: Annotated[str, typer.Option(metavar="COL,...", help="Columns to leave out.", rich_help_panel=DATA)] = "",
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COL=KIND",
            help="What a column holds, where it is found out wrongly: COL=number, category, boolean, date, text or"
            " identifier. May be given several times.",
            rich_help_panel=DATA,
        ),
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Whether the first line names the columns.", rich_help_panel=DATA),
    ] = None,
    separator: Annotated[
        str | None,
        typer.Option(
            metavar="CHAR", help="What stands between fields, if not found out rightly.", rich_help_panel=DATA
        ),
    ] = None,
    hidden: Annotated[
        str,
        typer.Option(
            metavar="N,...",
            help="Neurons of each hidden layer: 64,64. None is softmax regression.",
            rich_help_panel=NETWORK,
        ),
    ] = "",
    activation: Annotated[
        str,
        typer.Option(
            metavar="NAME,...",
            help="Of the hidden layers: one name, or one for each: tanh,relu.",
            rich_help_panel=NETWORK,
        ),
    ] = "relu",
    l2: Annotated[
        str,
        typer.Option(
            metavar="NUMBER", help="Penalty on the squared weights; auto is 1 / rows.", rich_help_panel=NETWORK
        ),
    ] = "auto",
    l1: Annotated[
        float,
        typer.Option(
            metavar="NUMBER", help="Penalty on the absolute weights: sets some to zero.", rich_help_panel=NETWORK
        ),
    ] = 0.0,
    class_weight: Annotated[
        str | None,
        typer.Option(
            metavar="WEIGHTS", help="balanced, for as much of each class; or CLASS=WEIGHT,...", rich_help_panel=TRAINING
        ),
    ] = None,
    label_smoothing: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Share of each target spread over all classes.", rich_help_panel=TRAINING),
    ] = 0.0,
    optimizer: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="newton, lbfgs, adam, adamw, rmsprop, momentum, gradient_descent, or auto by the size of the problem.",
            rich_help_panel=TRAINING,
        ),
    ] = "auto",
    rate: Annotated[
        float | None,
        typer.Option(metavar="NUMBER", help="Learning rate, of an optimizer given by name.", rich_help_panel=TRAINING),
    ] = None,
    batch_size: Annotated[
        str, typer.Option(metavar="ROWS", help="Rows of a mini-batch.", rich_help_panel=TRAINING)
    ] = "auto",
    max_epochs: Annotated[
        int, typer.Option(metavar="N", help="Passes over the rows at most.", rich_help_panel=TRAINING)
    ] = 500,
    tol: Annotated[
        str,
        typer.Option(
            metavar="NUMBER", help="When the cost is low enough; a number, or auto.", rich_help_panel=TRAINING
        ),
    ] = "auto",
    patience: Annotated[
        int,
        typer.Option(
            metavar="EPOCHS",
            help="Epochs without a better validation cost after which a network with hidden layers stops.",
            rich_help_panel=TRAINING,
        ),
    ] = 10,
    seed: Annotated[
        int,
        typer.Option(
            metavar="N", help="Of everything random: the same seed, the same model.", rich_help_panel=TRAINING
        ),
    ] = 0,
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="Threads of matrix products.", rich_help_panel=TRAINING)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The model file; the data's name with .skops if not given.", rich_help_panel=OUTPUT
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A page to write about the model: report.html.", rich_help_panel=OUTPUT),
    ] = None,
    card: Annotated[
        bool, typer.Option("--card", help="Write MODELCARD.md beside the model.", rich_help_panel=OUTPUT)
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that exist already.", rich_help_panel=OUTPUT)
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with a run of the same command that was cut short.", rich_help_panel=OUTPUT
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the results as JSON, for programs.", rich_help_panel=OUTPUT)
    ] = False,
) -> None:
    """Train a classifier on a table, score it on rows held out, and write a model file.

    What the columns hold is found out and printed: numbers, categories, dates, text; missing values become part of the
    model. Without --hidden it is softmax (logistic) regression, brought to its optimum; with --hidden a network of such
    layers, stopped when rows it does not train on (a tenth of the rest) are no longer predicted better.

    Ctrl-C keeps the best model so far. After a crash or a power cut, the same command with --resume goes on from where
    it was.

    Examples:
    - `chainrule train titanic.csv --target survived --report report.html`

    - `chainrule train wine.csv --no-header --target -1 --hidden 64,64 --class-weight balanced`

    - `chainrule predict titanic.skops new.csv --out predictions.csv`
    """
    with in_one_line():
        from chainrule.cli.training_run import run

        settings = Settings(
            data=data,
            target=target,
            valid=valid,
            validation_fraction=validation_fraction,
            weight=weight,
            drop=_words(drop),
            kinds=dict(_pair(pair, "--kind") for pair in kind or ()),
            header=header,
            separator=separator,
            hidden=tuple(_whole(size, "--hidden") for size in _words(hidden)),
            activation=_words(activation),
            l2=_number_or(l2, "--l2"),
            l1=l1,
            class_weight=class_weight if class_weight in (None, "balanced") else _weights(str(class_weight)),
            label_smoothing=label_smoothing,
            optimizer=optimizer,
            rate=rate,
            batch_size=batch_size if batch_size == "auto" else _whole(batch_size, "--batch-size"),
            max_epochs=max_epochs,
            tol=_number_or(tol, "--tol"),
            patience=patience,
            seed=seed,
            threads=threads,
        )
        out = out or Path(data.name.removesuffix(".gz")).with_suffix(".skops")
        run(settings, out, report, card=card, force=force, resume=resume, as_json=as_json)


def _words(given: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in given.split(",") if word.strip())


def _pair(given: str, option: str) -> tuple[str, str]:
    name, equals, value = given.rpartition("=")
    if not equals or not name:
        raise ValueError(f"{option} takes NAME=VALUE, found {given!r}.")
    return name, value


def _weights(given: str) -> dict[str, float]:
    pairs = (_pair(pair, "--class-weight") for pair in _words(given))
    return {name: float(_number_or(value, "--class-weight", word="")) for name, value in pairs}


def _whole(given: str, option: str) -> int:
    if not given.isdigit():
        raise ValueError(f"{option} takes whole numbers, found {given!r}.")
    return int(given)


def _number_or(given: str, option: str, word: str = "auto") -> float | str:
    if word and given == word:
        return given
    try:
        return float(given)
    except ValueError:
        raise ValueError(f"{option} takes a number{' or ' + word if word else ''}, found {given!r}.") from None
