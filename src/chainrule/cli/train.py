"""`chainrule train`: from a file of labelled rows to a model, its scores and its report."""

from typing import Any

from chainrule.cli.refusals import in_one_line, refuse_unnamed
from chainrule.cli.settings import Settings, with_options
from chainrule.cli.startup import load_scikit_learn


@with_options
def train(**typed: Any) -> None:
    """Train a classifier on a table, score it on held-out rows, and write a model file.

    The type of every column is detected and printed: number, category, date, text. Missing values are encoded too.
    Softmax regression, networks and ensembles of them are compared by cross-validation, and the simplest that is as
    accurate as the best, within one standard error, is kept. With --model softmax the model is softmax (logistic)
    regression, whose coefficients can be read; with --hidden it is a network with these layers, with early stopping on
    a tenth of the training rows.

    Ctrl-C keeps the best model so far. After a crash or a power cut, the same command with --resume continues a run
    with --model softmax or --hidden.

    Examples:
    - `chainrule train titanic.csv --target survived --report report.html`

    - `chainrule train titanic.csv --target survived --model softmax --inference`

    - `chainrule train wine.csv --no-header --target -1 --hidden 64,64 --class-weight balanced`

    - `chainrule predict titanic.safetensors new.csv --out predictions.csv`
    """
    with in_one_line():
        load_scikit_learn()
        from chainrule.cli.training_run import run

        settings = Settings.of(typed)
        refuse_unnamed({"DATA": settings.data, "--out": settings.out})
        run(settings)
