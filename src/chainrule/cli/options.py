"""The options of `chainrule train`: what each takes, and the words that teach it."""

from pathlib import Path
from typing import Annotated

import typer

DATA, NETWORK, TRAINING, OUTPUT = "Data", "Network", "Training", "Output"

Data = Annotated[Path, typer.Argument(help="Labelled rows: CSV, TSV, Parquet, JSON lines, svmlight or idx.")]
Target = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="The column to predict, by name or position: 0 is the first, -1 the last.",
        rich_help_panel=DATA,
    ),
]
Valid = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A file of rows to hold out, instead of a share of DATA.", rich_help_panel=DATA),
]
ValidationFraction = Annotated[
    float,
    typer.Option(metavar="SHARE", help="Share of the rows to hold out and score the model on.", rich_help_panel=DATA),
]
Weight = Annotated[
    str | None,
    typer.Option(metavar="COL", help="A column that says how much each row counts.", rich_help_panel=DATA),
]
Drop = Annotated[str, typer.Option(metavar="COL,...", help="Columns to leave out.", rich_help_panel=DATA)]
Kind = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COL=KIND",
        help="What a column holds, where it is found out wrongly: COL=number, category, boolean, date, text or"
        " identifier. May be given several times.",
        rich_help_panel=DATA,
    ),
]
Format = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="COL=FORMAT",
        help="How the numbers or dates of a column are written, where that is found out wrongly: COL=1,234.5 or"
        " 1.234,5, COL=d/m/y or m/d/y. May be given several times.",
        rich_help_panel=DATA,
    ),
]
Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="Whether the first line names the columns.", rich_help_panel=DATA),
]
Separator = Annotated[
    str | None,
    typer.Option(metavar="CHAR", help="Field separator, if not detected correctly.", rich_help_panel=DATA),
]
Hidden = Annotated[
    str,
    typer.Option(
        metavar="N,...",
        help="Neurons of each hidden layer: 64,64. None is softmax regression.",
        rich_help_panel=NETWORK,
    ),
]
Activation = Annotated[
    str,
    typer.Option(
        metavar="NAME,...",
        help="Of the hidden layers: one name, or one for each: tanh,relu.",
        rich_help_panel=NETWORK,
    ),
]
L2 = Annotated[
    str,
    typer.Option(
        metavar="NUMBER",
        help="Penalty on the squared weights; auto is 1 / rows, and thrice that with --hidden.",
        rich_help_panel=NETWORK,
    ),
]
L1 = Annotated[
    float,
    typer.Option(metavar="NUMBER", help="Penalty on the absolute weights: sets some to zero.", rich_help_panel=NETWORK),
]
ClassWeight = Annotated[
    str | None,
    typer.Option(
        metavar="WEIGHTS", help="balanced, for as much of each class; or CLASS=WEIGHT,...", rich_help_panel=TRAINING
    ),
]
PriorCorrection = Annotated[
    bool,
    typer.Option(
        "--prior-correction",
        help="Predict the classes as often as they are, where --class-weight trains on others.",
        rich_help_panel=TRAINING,
    ),
]
Positive = Annotated[
    str | None,
    typer.Option(
        metavar="CLASS",
        help="Of two classes, the one that precision, recall and pictures are about; the rarer one if not given.",
        rich_help_panel=OUTPUT,
    ),
]
LabelSmoothing = Annotated[
    float,
    typer.Option(metavar="SHARE", help="Share of each target spread over all classes.", rich_help_panel=TRAINING),
]
Optimizer = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="newton, lbfgs, owlqn, adam, adamw, rmsprop, momentum, gradient_descent, or auto, by the size of it.",
        rich_help_panel=TRAINING,
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(metavar="NUMBER", help="Learning rate, of an optimizer given by name.", rich_help_panel=TRAINING),
]
BatchSize = Annotated[str, typer.Option(metavar="ROWS", help="Rows of a mini-batch.", rich_help_panel=TRAINING)]
MaxEpochs = Annotated[int, typer.Option(metavar="N", help="Passes over the rows at most.", rich_help_panel=TRAINING)]
Tol = Annotated[
    str,
    typer.Option(metavar="NUMBER", help="Tolerance of the stopping rule; a number, or auto.", rich_help_panel=TRAINING),
]
Patience = Annotated[
    int,
    typer.Option(
        metavar="EPOCHS",
        help="Epochs without a better validation cost after which a network with hidden layers stops.",
        rich_help_panel=TRAINING,
    ),
]
Seed = Annotated[
    int,
    typer.Option(metavar="N", min=0, help="Random seed; the same seed gives the same model.", rich_help_panel=TRAINING),
]
Threads = Annotated[int | None, typer.Option(metavar="N", help="Threads sharing the work.", rich_help_panel=TRAINING)]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="The model file; the data's name with .safetensors if not given.", rich_help_panel=OUTPUT
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A page to write about the model: report.html.", rich_help_panel=OUTPUT),
]
Card = Annotated[bool, typer.Option("--card", help="Write MODELCARD.md beside the model.", rich_help_panel=OUTPUT)]
Inference = Annotated[
    bool,
    typer.Option(
        "--inference",
        help="Print coefficients with standard errors, of maximum likelihood on the rows of training.",
        rich_help_panel=OUTPUT,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist already.", rich_help_panel=OUTPUT)]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with a run of the same command that was cut short.", rich_help_panel=OUTPUT),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the results as JSON, for programs.", rich_help_panel=OUTPUT)
]
