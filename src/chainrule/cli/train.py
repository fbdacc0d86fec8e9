"""`chainrule train`: from a file of labelled rows to a model, its scores and its report."""

from pathlib import Path

from chainrule.cli import options
from chainrule.cli.refusals import in_one_line, refuse_unnamed
from chainrule.cli.settings import Settings
from chainrule.cli.startup import load_scikit_learn


def train(
    data: options.Data,
    target: options.Target = None,
    valid: options.Valid = None,
    validation_fraction: options.ValidationFraction = 0.2,
    weight: options.Weight = None,
    drop: options.Drop = "",
    kind: options.Kind = None,
    written: options.Format = None,
    header: options.Header = None,
    separator: options.Separator = None,
    hidden: options.Hidden = "",
    activation: options.Activation = "relu",
    l2: options.L2 = "auto",
    l1: options.L1 = 0.0,
    class_weight: options.ClassWeight = None,
    prior_correction: options.PriorCorrection = False,
    label_smoothing: options.LabelSmoothing = 0.0,
    optimizer: options.Optimizer = "auto",
    rate: options.Rate = None,
    batch_size: options.BatchSize = "auto",
    max_epochs: options.MaxEpochs = 500,
    tol: options.Tol = "auto",
    patience: options.Patience = 10,
    seed: options.Seed = 0,
    threads: options.Threads = None,
    out: options.Out = None,
    report: options.Report = None,
    positive: options.Positive = None,
    card: options.Card = False,
    inference: options.Inference = False,
    force: options.Force = False,
    resume: options.Resume = False,
    as_json: options.AsJson = False,
) -> None:
    """Train a classifier on a table, score it on held-out rows, and write a model file.

    The type of every column is detected and printed: number, category, date, text. Missing values are encoded too.
    Without --hidden the model is softmax (logistic) regression, trained to its optimum; with --hidden it is a network
    with these layers, with early stopping on a tenth of the training rows.

    Ctrl-C keeps the best model so far. After a crash or a power cut, the same command with --resume continues the run.

    Examples:
    - `chainrule train titanic.csv --target survived --report report.html`

    - `chainrule train wine.csv --no-header --target -1 --hidden 64,64 --class-weight balanced`

    - `chainrule predict titanic.safetensors new.csv --out predictions.csv`
    """
    with in_one_line():
        load_scikit_learn()
        from chainrule.cli.training_run import run

        settings = Settings(
            data=data,
            target=target,
            valid=valid,
            validation_fraction=validation_fraction,
            weight=weight,
            drop=_words(drop),
            kinds=dict(_pair(pair, "--kind") for pair in kind or ()),
            formats=dict(_pair(pair, "--format") for pair in written or ()),
            header=header,
            separator=separator,
            hidden=tuple(_whole(size, "--hidden") for size in _words(hidden)),
            activation=_words(activation) or (activation,),
            l2=_number_or(l2, "--l2"),
            l1=l1,
            class_weight=class_weight if class_weight in (None, "balanced") else _weights(str(class_weight)),
            prior_correction=prior_correction,
            label_smoothing=label_smoothing,
            optimizer=optimizer,
            rate=rate,
            batch_size=batch_size if batch_size == "auto" else _whole(batch_size, "--batch-size"),
            max_epochs=max_epochs,
            tol=_number_or(tol, "--tol"),
            patience=patience,
            seed=seed,
            threads=threads,
            positive=positive,
        )
        refuse_unnamed({"DATA": data, "--out": out})
        out = out or Path(data.stem if data.suffix == ".gz" else data.name).with_suffix(".safetensors")
        wanted = {"card": card, "inference": inference, "force": force, "resume": resume, "as_json": as_json}
        run(settings, out, report, **wanted)


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
