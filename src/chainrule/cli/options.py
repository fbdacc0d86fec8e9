"""The options of `chainrule train`: what each takes, and its help."""

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
    typer.Option(metavar="FILE", help="File of held-out rows, instead of a share of DATA.", rich_help_panel=DATA),
]
ValidationFraction = Annotated[
    float,
    typer.Option(metavar="SHARE", help="Share of the rows held out to score the model.", rich_help_panel=DATA),
]
Weight = Annotated[
    str | None,
    typer.Option(metavar="COL", help="Column of sample weights.", rich_help_panel=DATA),
]
Drop = Annotated[str, typer.Option(metavar="COL,...", help="Columns to leave out.", rich_help_panel=DATA)]
Kind = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COL=KIND",
        help="Type of a column, if not detected correctly: COL=number, category, boolean, date, text or identifier."
        " May be repeated.",
        rich_help_panel=DATA,
    ),
]
Format = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="COL=FORMAT",
        help="Format of a column's numbers or dates, if not detected correctly: COL=1,234.5 or 1.234,5, COL=d/m/y"
        " or m/d/y. May be repeated.",
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
        help="Sizes of the hidden layers, such as 64,64. Without it: softmax regression.",
        rich_help_panel=NETWORK,
    ),
]
Activation = Annotated[
    str,
    typer.Option(
        metavar="NAME,...",
        help="Activation of the hidden layers: one name, or one per layer, such as tanh,relu.",
        rich_help_panel=NETWORK,
    ),
]
L2 = Annotated[
    str,
    typer.Option(
        metavar="NUMBER",
        help="L2 penalty (on squared weights); auto is 1 / rows, or 3 / rows with --hidden.",
        rich_help_panel=NETWORK,
    ),
]
L1 = Annotated[
    float,
    typer.Option(
        metavar="NUMBER", help="L1 penalty (on absolute weights); sets some weights to zero.", rich_help_panel=NETWORK
    ),
]
ClassWeight = Annotated[
    str | None,
    typer.Option(
        metavar="WEIGHTS",
        help="Class weights: balanced (every class counts the same), or CLASS=WEIGHT,...",
        rich_help_panel=TRAINING,
    ),
]
PriorCorrection = Annotated[
    bool,
    typer.Option(
        "--prior-correction",
        help="After training with --class-weight, correct the probabilities to the real class frequencies.",
        rich_help_panel=TRAINING,
    ),
]
Positive = Annotated[
    str | None,
    typer.Option(
        metavar="CLASS",
        help="Positive class of two, for precision, recall and figures; by default the rarer one.",
        rich_help_panel=OUTPUT,
    ),
]
LabelSmoothing = Annotated[
    float,
    typer.Option(
        metavar="SHARE", help="Label smoothing: share of each target spread over all classes.", rich_help_panel=TRAINING
    ),
]
Optimizer = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="newton, lbfgs, owlqn, adam, adamw, rmsprop, momentum, gradient_descent, or auto: by the problem's size.",
        rich_help_panel=TRAINING,
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(metavar="NUMBER", help="Learning rate of the optimizer.", rich_help_panel=TRAINING),
]
BatchSize = Annotated[str, typer.Option(metavar="ROWS", help="Rows per mini-batch, or auto.", rich_help_panel=TRAINING)]
MaxEpochs = Annotated[
    int, typer.Option(metavar="N", help="Maximum number of epochs (passes over the rows).", rich_help_panel=TRAINING)
]
Tol = Annotated[
    str,
    typer.Option(metavar="NUMBER", help="Tolerance of the stopping rule, or auto.", rich_help_panel=TRAINING),
]
Patience = Annotated[
    int,
    typer.Option(
        metavar="EPOCHS",
        help="Early stopping with --hidden: epochs to wait for a better validation cost.",
        rich_help_panel=TRAINING,
    ),
]
Seed = Annotated[
    int,
    typer.Option(metavar="N", min=0, help="Random seed; the same seed gives the same model.", rich_help_panel=TRAINING),
]
Threads = Annotated[int | None, typer.Option(metavar="N", help="Number of threads.", rich_help_panel=TRAINING)]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Model file to write; by default the data's name with .safetensors.",
        rich_help_panel=OUTPUT,
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="HTML report to write, such as report.html.", rich_help_panel=OUTPUT),
]
Card = Annotated[bool, typer.Option("--card", help="Write MODELCARD.md beside the model.", rich_help_panel=OUTPUT)]
Inference = Annotated[
    bool,
    typer.Option(
        "--inference",
        help="Print maximum-likelihood coefficients with standard errors, on the training rows.",
        rich_help_panel=OUTPUT,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing files.", rich_help_panel=OUTPUT)]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Resume an interrupted run of the same command.", rich_help_panel=OUTPUT),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the results as JSON, for programs.", rich_help_panel=OUTPUT)
]
