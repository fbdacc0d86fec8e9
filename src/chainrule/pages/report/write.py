"""From a run to its page."""

import warnings
from collections.abc import Sequence
from math import exp
from pathlib import Path
from typing import Any

import numpy as np

from chainrule import layers, plots
from chainrule.common.atomic_write import write
from chainrule.common.format import chance, count, decimals, few, listed, p_value, percent
from chainrule.estimator.classifier import Classifier
from chainrule.model_file.web_export import PANEL, with_panel
from chainrule.pages.page import render, with_policy
from chainrule.pages.report.columns import DEPENDENCE_ROWS, IMPORTANCE_COLUMNS, IMPORTANCE_ROWS
from chainrule.pages.report.figures import FIGURES, LINES, MOVING, WORST
from chainrule.pages.report.fitted import Run
from chainrule.pages.report.numbers import ReportNumbers, numbers_of
from chainrule.pages.report.rows import MOST_ROWS
from chainrule.pages.report.scores import interval

# Functions that the page writes its numbers with.
FORMATTERS = (percent, interval, decimals, chance, few, listed, count, p_value)
# Lines of the tables of coefficients and of confused classes, which then fit on a screen.
COEFFICIENTS = 30
MISTAKES = 15
# Training rows below which the page warns of a class, as its text says.
RARE = 10
# Held-out rows below which the page warns that scores are uncertain: a 95 % interval is up to 27 hundredths wide.
FEW_ROWS = 50
# Columns up to which the page has a form to enter a row: more are no longer looked through.
MOST_FIELDS = 100
# Parameters up to which it holds the model, a megabyte of digits.
MOST_PARAMETERS = 50_000
# The sections by their anchors, in the order of the page.
CONTENTS = {
    "data": "The data",
    "network": "The network and its training",
    "scores": "Performance on held-out rows",
    "calibration": "Calibration",
    "columns": "What drives its predictions",
    "rows": "Rows to look at",
    "ask": "Ask the model",
    "repeat": "How to reproduce this run",
}


def write_report(path: Path, run: Run) -> None:
    """Write the report of a trained classifier: one page that needs nothing else, whole or not at all.

    The same run makes the same bytes.

    Parameters:
        path: of the page; its folder is made if it does not exist.
        run: what the report is about.

    Raises:
        OSError: the page cannot be written.
        TypeError: the model is none that a report can be about.
        ValueError: there is no held-out row to report on, labels do not fit their rows, or training diverged.
    """
    numbers = numbers_of(run)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # letters that no font at hand has are drawn as boxes
        pictures = {name: picture for name, draw in FIGURES.items() if (picture := draw(numbers)) is not None}
        figures = {name: plots.to_svg(picture.drawn) for name, picture in pictures.items()}
    alts = {name: picture.alt for name, picture in pictures.items()}
    asks = _can_be_asked(numbers)
    page = render("report.html.j2", figures, run=run, n=numbers, alts=alts, asks=asks, panel=PANEL, **_words(numbers))
    if asks:
        rows = numbers.model.train
        some = rows.take(np.arange(min(len(rows), MOST_ROWS))).given
        page = with_panel(page, numbers.model.trained.estimator, run.target or run.title, some, numbers.model.columns)
    write(path, with_policy(page))


def _can_be_asked(numbers: ReportNumbers) -> bool:
    """Return whether the page holds the model: a classifier of Chainrule's layers, alone or after a table encoder."""
    model = numbers.model
    steps = len(getattr(model.trained.estimator, "steps", ())) or 1
    known = steps == 1 or (steps == 2 and model.encoder is not None)
    known = known and all(vars(layers).get(type(one).__name__) is type(one) for one in model.classifier.network_.layers)
    return known and len(model.columns) <= MOST_FIELDS and model.classifier.network_.size <= MOST_PARAMETERS


def _words(numbers: ReportNumbers) -> dict[str, Any]:
    """Return what the template says besides the numbers themselves."""
    model, counts = numbers.model, numbers.training_counts
    understood: Sequence[Any] = () if model.encoder is None else model.encoder.columns_
    coefficients = numbers.coefficients[:COEFFICIENTS]
    settings = model.classifier.get_params(deep=False)
    activation, lines = settings["activation"], f" Of {len(model.classes)} classes, the {WORST} worst are drawn."
    return {
        **{function.__name__: function for function in FORMATTERS},
        "few_rows": FEW_ROWS,
        "odds": exp,
        "contents": [(anchor, name) for anchor, name in CONTENTS.items() if anchor != "ask" or _can_be_asked(numbers)],
        "classes": model.classes,
        "several": len(model.classes) > 2,
        "positive": model.positive,
        "understood": understood,
        "used": [column for column in understood if column.used],
        "left_out": [column for column in understood if not column.used],
        "rare": [name for name, rows in zip(model.classes, counts, strict=True) if rows < RARE],
        "imbalance": float(counts.max() / max(1, counts.min())),
        "cost_caption": _cost_caption(numbers),
        "chosen_in_words": _chosen_in_words(numbers),
        "mistakes": numbers.scores.mistakes(MISTAKES),
        "many_lines": lines if len(model.classes) > LINES else "",
        "importance_limits": _importance_limits(numbers),
        "coefficients": coefficients,
        "smallest": abs(coefficients[-1].value) if coefficients else 0.0,
        "dependence_caption": _dependence_caption(numbers),
        "described": repr(Classifier(**{**settings, "callbacks": ()})),
        "activations": listed(activation if isinstance(activation, list | tuple) else [activation], 9),
    }


def _chosen_in_words(numbers: ReportNumbers) -> str:
    """Return which model was chosen, and what the simplest would have given."""
    found = numbers.comparison
    if not found:
        return ""
    chosen, simplest = next(each for each in found if each.chosen), found[0]
    said = f"Chosen: {chosen.name}, "
    best = "the lowest log loss" if chosen.metric == "log loss" else f"the highest {chosen.metric}"
    said += f"with {best}." if not chosen.behind else f"within one standard error of {best}."
    if simplest is chosen:
        return f"{said} It is the simplest of them."
    more = f"{decimals(simplest.loss - chosen.loss, 3)} more"
    return (
        f"{said} The simplest, {simplest.name}, would give a log loss of {decimals(simplest.loss, 3)}, {more}, and"
        f" classify {percent(simplest.accuracy)} of the rows correctly instead of {percent(chosen.accuracy)}."
    )


def _cost_caption(numbers: ReportNumbers) -> str:
    if numbers.model.classifier.history_.loss:
        caption = (
            "Mean loss of the training rows and of the validation rows after each epoch, both without the penalty. "
        )
        caption += "Both should fall and level off; where the validation loss rises again, the network overfits."
    else:
        caption = "Cost of the training rows after each epoch: it should fall and level off."
    if numbers.kept_epoch is not None:
        caption += " The dashed line marks the epoch whose parameters were kept."
    return caption


def _importance_limits(numbers: ReportNumbers) -> str:
    limits, columns = "", len(numbers.model.columns)
    if numbers.scores.rows > IMPORTANCE_ROWS:
        limits += f" Measured on {IMPORTANCE_ROWS:,} of the held-out rows."
    if columns > IMPORTANCE_COLUMNS:
        limits += (
            f" Of {columns:,} columns, only the {IMPORTANCE_COLUMNS} with the largest first-layer weights were tried."
        )
    return limits


def _dependence_caption(numbers: ReportNumbers) -> str:
    caption = f"The {count(len(numbers.dependence), 'most important column')}"
    if len(numbers.model.classes) == 2:
        caption += f": mean probability of “{numbers.model.classes[numbers.model.positive]}”"
    elif len(numbers.model.classes) > LINES:
        caption += f": mean probabilities of the {MOVING} classes that they change most"
    else:
        caption += ": mean probabilities of the classes"
    caption += f", over {count(min(DEPENDENCE_ROWS, numbers.scores.rows))}."
    if any(each.numeric for each in numbers.dependence):
        caption += " Ticks at the bottom mark the deciles of the column."
    hidden = [f"{each.hidden} of {each.name}" for each in numbers.dependence if each.hidden]
    return caption + (f" Rarer values are not shown: {listed(hidden, 4)}." if hidden else "")
