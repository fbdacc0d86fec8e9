"""The options of `chainrule train`, in one list.

Typer and the run read it, and an option that is named as a parameter of `Classifier` is handed on to it.
"""

# ruff: noqa: RUF009 (`_option` returns a field, as `field` does)

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any, final

import typer

from chainrule.estimator.settings import METRICS
from chainrule.estimator.thresholds import SCORES, is_criterion

# Headings of the help.
DATA = "Data"
NETWORK = "Network"
TRAINING = "Training"
OUTPUT = "Output"
# What --model can be, and the options of network and training that go with all of them.
MODELS = ("auto", "softmax", "network", "best")
FOR_ALL = ("model", "time_budget", "class_weight", "threshold", "metric", "seed", "threads")


# What is typed for an option, and the option's name, to what it means.


def _words(given: str, _option: str = "") -> tuple[str, ...]:
    return tuple(word.strip() for word in given.split(",") if word.strip())


def _one_or_several(given: str, _option: str) -> str | tuple[str, ...]:
    words = _words(given)
    return words if len(words) > 1 else "".join(words) or given


def _pair(given: str, option: str) -> tuple[str, str]:
    name, equals, value = given.rpartition("=")
    if not equals or not name:
        raise ValueError(f"{option} takes NAME=VALUE, found {given!r}.")
    return name, value


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    return dict(_pair(pair, option) for pair in given or ())


def _class_weight(given: str | None, option: str) -> str | dict[str, float] | None:
    if given is None or given == "balanced":
        return given
    return {name: _number(value, option) for name, value in (_pair(pair, option) for pair in _words(given))}


def _whole(given: str, option: str) -> int:
    if not given.isdigit():
        raise ValueError(f"{option} takes whole numbers, found {given!r}.")
    return int(given)


def _whole_or_auto(given: str, option: str) -> int | str:
    return given if given == "auto" else _whole(given, option)


def _sizes(given: str, option: str) -> tuple[int, ...]:
    return tuple(_whole(size, option) for size in _words(given))


def _number(given: str, option: str, expected: str = "a number") -> float:
    try:
        return float(given)
    except ValueError:
        raise ValueError(f"{option} takes {expected}, found {given!r}.") from None


def _number_or_auto(given: str, option: str) -> float | str:
    return given if given == "auto" else _number(given, option, "a number or auto")


def _threshold(given: str | None, option: str) -> float | str | tuple[float, float] | None:
    if given is None or given in SCORES:
        return given
    expected = f"a number from 0 to 1, {', '.join(SCORES)}, or cost=1,5"
    if given.startswith("cost="):
        costs = tuple(_number(word, option, expected) for word in _words(given.removeprefix("cost=")))
        if len(costs) == 2 and is_criterion(costs):
            return costs
    elif 0 <= (number := _number(given, option, expected)) <= 1:
        return number
    raise ValueError(f"{option} takes {expected}, found {given!r}.")


def _option(
    default: Any,
    panel: str,
    text: str,
    metavar: str = "",
    *,
    name: str | None = None,
    read: Callable[[Any, str], Any] | None = None,
    typed: Any = str,
    least: int | None = None,
) -> Any:
    """Return the field of an option.

    Parameters:
        default: as it would be typed.
        panel: heading that the option stands under.
        text: its help.
        metavar: what stands for its value in the help; nothing for a flag.
        name: of the option, where it is not the field's.
        read: from what is typed, and the name, to the value; None where Typer makes the value, of the field's type.
        typed: the type that Typer makes, where `read` follows.
        least: the least number that it takes.
    """
    names = () if name is None else (name,)
    declared = typer.Option(default, *names, metavar=metavar, min=least, help=text, rich_help_panel=panel)
    return field(metadata={"declared": declared, "name": name, "read": read, "typed": typed})


@final
@dataclass(frozen=True, kw_only=True)
class Settings:
    """What `chainrule train` is asked for: every option with its type, its default and its help."""

    data: Path = field(
        metadata={"declared": typer.Argument(help="Labelled rows: CSV, TSV, Parquet, JSON lines, svmlight or idx.")}
    )
    target: str | None = _option(
        None, DATA, "The column to predict, by name or position: 0 is the first, -1 the last.", "COL"
    )
    valid: Path | None = _option(None, DATA, "File of held-out rows, instead of a share of the data.", "FILE")
    validation_fraction: float | None = _option(
        None,
        DATA,
        "Share of the rows held out to score the model; by default 0.2 with --model softmax and --hidden, and none"
        " where cross-validation scores the rows.",
        "SHARE",
    )
    weight: str | None = _option(None, DATA, "Column of sample weights.", "COL")
    drop: tuple[str, ...] = _option("", DATA, "Columns to leave out.", "COL,...", read=_words)
    kinds: dict[str, str] = _option(
        None,
        DATA,
        "Type of a column, if not detected correctly: COL=number, category, boolean, date, text or identifier. May be"
        " repeated.",
        "COL=KIND",
        name="--kind",
        read=_pairs,
        typed=list[str] | None,
    )
    formats: dict[str, str] = _option(
        None,
        DATA,
        "Format of a column's numbers or dates, if not detected correctly: COL=1,234.5 or 1.234,5, COL=d/m/y or m/d/y."
        " May be repeated.",
        "COL=FORMAT",
        name="--format",
        read=_pairs,
        typed=list[str] | None,
    )
    header: bool | None = _option(
        None, DATA, "Whether the first line names the columns; detected by default.", name="--header/--no-header"
    )
    separator: str | None = _option(None, DATA, "Field separator, if not detected correctly.", "CHAR")
    model: str | None = _option(
        None,
        NETWORK,
        "auto (default): the simplest of several models whose cross-validated loss is within one standard error of the"
        " lowest; best: the one with the lowest, found in up to a minute; softmax: softmax (logistic) regression;"
        " network: one network, of two layers of 64 or of those of --hidden. Where auto, best or network choose how to"
        " train, the options of network and training are refused, but for --class-weight, --metric, --threshold, --seed"
        " and --threads: they need --model softmax, or --hidden.",
        "NAME",
    )
    time_budget: float | None = _option(
        None, NETWORK, "Seconds after which --model auto and --model best try nothing more.", "SECONDS"
    )
    hidden: tuple[int, ...] = _option(
        "",
        NETWORK,
        "Sizes of the hidden layers of a network of your own, such as 64,64; implies --model network.",
        "N,...",
        read=_sizes,
    )
    activation: str | tuple[str, ...] = _option(
        "relu",
        NETWORK,
        "Activation of the hidden layers: one name, or one per layer, such as tanh,relu.",
        "NAME,...",
        read=_one_or_several,
    )
    l2: float | str = _option(
        "auto",
        NETWORK,
        "L2 penalty (on squared weights); auto is 1 / rows, or 3 / rows with --hidden.",
        "NUMBER",
        read=_number_or_auto,
    )
    l1: float = _option(0.0, NETWORK, "L1 penalty (on absolute weights); sets some weights to zero.", "NUMBER")
    class_weight: str | dict[str, float] | None = _option(
        None,
        TRAINING,
        "Class weights: balanced (every class counts the same), or CLASS=WEIGHT,...",
        "WEIGHTS",
        read=_class_weight,
        typed=str | None,
    )
    prior_correction: bool = _option(
        False,
        TRAINING,
        "After training with --class-weight, correct the probabilities to the real class frequencies.",
        name="--prior-correction",
    )
    metric: str = _option(
        "log_loss",
        TRAINING,
        "What --model auto, best and network choose by and stop by: log_loss, accuracy, roc_auc, balanced_accuracy or"
        " f1.",
        "NAME",
    )
    threshold: float | str | tuple[float, float] | None = _option(
        None,
        TRAINING,
        "Probability of the positive class of two from which on it is predicted: a number, or chosen on held-out rows"
        " by f1, by balanced_accuracy, or by cost=1,5 where missing a positive costs 5 times as much as a false alarm.",
        "WHAT",
        read=_threshold,
        typed=str | None,
    )
    label_smoothing: float = _option(
        0.0, TRAINING, "Label smoothing: share of each target spread over all classes.", "SHARE"
    )
    optimizer: str = _option(
        "auto",
        TRAINING,
        "newton, lbfgs, owlqn, adam, adamw, rmsprop, momentum, gradient_descent, or auto, which goes by the problem's"
        " size.",
        "NAME",
    )
    rate: float | None = _option(None, TRAINING, "Learning rate; by default the optimizer's own.", "NUMBER")
    batch_size: int | str = _option("auto", TRAINING, "Rows per mini-batch, or auto.", "ROWS", read=_whole_or_auto)
    max_epochs: int = _option(500, TRAINING, "Maximum number of epochs (passes over the rows).", "N")
    tol: float | str = _option(
        "auto", TRAINING, "Tolerance of the stopping rule, or auto.", "NUMBER", read=_number_or_auto
    )
    patience: int = _option(
        10, TRAINING, "Early stopping with --hidden: epochs to wait for a better validation cost.", "EPOCHS"
    )
    seed: int = _option(0, TRAINING, "Random seed; the same seed gives the same model.", "N", least=0)
    threads: int | None = _option(None, TRAINING, "Number of threads; by default as many as NumPy uses.", "N")
    out: Path | None = _option(
        None, OUTPUT, "Model file to write; by default the data's name with .safetensors.", "FILE"
    )
    report: Path | None = _option(None, OUTPUT, "HTML report to write, such as report.html.", "FILE")
    positive: str | None = _option(
        None,
        OUTPUT,
        "Positive class of two, for --threshold, precision, recall and figures; by default the rarer one.",
        "CLASS",
    )
    card: bool = _option(False, OUTPUT, "Write MODELCARD.md beside the model.", name="--card")
    inference: bool = _option(
        False,
        OUTPUT,
        "Print maximum-likelihood coefficients with standard errors, on the training rows.",
        name="--inference",
    )
    force: bool = _option(False, OUTPUT, "Overwrite existing files.", name="--force")
    resume: bool = _option(False, OUTPUT, "Resume an interrupted run of the same command.", name="--resume")
    as_json: bool = _option(False, OUTPUT, "Print the results as JSON, for programs.", name="--json")

    @classmethod
    def of(cls, typed: Mapping[str, Any]) -> "Settings":
        """Return the settings that were typed, by name of the field.

        Raises:
            ValueError: an option is given what it does not take.
        """
        values = dict(typed)
        for one in fields(cls):
            if read := one.metadata.get("read"):
                option = one.metadata["name"] or f"--{one.name.replace('_', '-')}"
                values[one.name] = read(values[one.name], option)
        return cls(**values)

    @property
    def search(self) -> str | None:
        """Which search `AutoClassifier` finds the model by; None for softmax regression and for a network of one's own.

        >>> usual = {one.name: one.metadata["declared"].default for one in fields(Settings)}
        >>> Settings.of(usual | {"data": Path("a.csv")}).search
        'auto'
        """
        model = self.model or "auto"
        return None if self.hidden or model == "softmax" else model

    def check_model(self) -> None:
        """Raise ValueError for a `--model` there is not, and for options that do not go with it."""
        if self.model not in (None, *MODELS):
            raise ValueError(f"--model must be {', '.join(MODELS[:-1])} or {MODELS[-1]}, found {self.model}.")
        if self.hidden and self.model not in (None, "network"):
            raise ValueError(f"--hidden makes a network of your own, not --model {self.model}: omit one of them.")
        if self.inference and (self.hidden or self.model != "softmax"):
            instead = "omit --hidden and give --model softmax" if self.hidden else "give --model softmax"
            raise ValueError(f"--inference is for softmax regression only: {instead}.")
        if self.time_budget is not None and self.search not in ("auto", "best"):
            raise ValueError("--time-budget is for --model auto and --model best: give one of them.")
        if self.metric not in METRICS:
            raise ValueError(f"--metric must be {', '.join(METRICS[:-1])} or {METRICS[-1]}, found {self.metric}.")
        if self.search is None:
            if self.metric != "log_loss":
                raise ValueError("--metric is for --model auto, best and network: give one of them, without --hidden.")
            return
        usual = type(self).of(
            {one.name: one.metadata["declared"].default for one in fields(self)} | {"data": self.data}
        )
        for one in fields(self):
            own = one.metadata["declared"].rich_help_panel in (NETWORK, TRAINING) and one.name not in FOR_ALL
            if (own or one.name == "resume") and getattr(self, one.name) != getattr(usual, one.name):
                option = one.metadata["name"] or f"--{one.name.replace('_', '-')}"
                raise ValueError(
                    f"{option} needs --model softmax, or --hidden for a network of your own: --model {self.search}"
                    " chooses how to train."
                )

    @property
    def model_path(self) -> Path:
        """The model file to write."""
        data = self.data
        return self.out or Path(data.stem if data.suffix == ".gz" else data.name).with_suffix(".safetensors")

    def of_training(self) -> dict[str, Any]:
        """Return the settings that decide what is trained, by name: all but those of what is printed and written."""
        options = ((one.name, one.metadata["declared"].rich_help_panel) for one in fields(self))
        return {name: getattr(self, name) for name, panel in options if panel != OUTPUT}


def with_options(verb: Any) -> Any:
    """Give a function of `**typed` the options of `Settings` as its signature, which Typer reads."""
    verb.__signature__ = Signature(
        [
            Parameter(
                one.name,
                Parameter.KEYWORD_ONLY,
                default=one.metadata["declared"],
                annotation=one.metadata["typed"] if one.metadata.get("read") else one.type,
            )
            for one in fields(Settings)
        ]
    )
    return verb
