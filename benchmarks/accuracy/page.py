"""The page of results: standings over tables, wins of pairs, and every score of every table."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import isnan
from statistics import mean
from typing import Any

from benchmarks.accuracy.aggregates import (
    BASE,
    LEAST_LOSS,
    Standing,
    Values,
    differences,
    loss_ratio,
    means,
    standings,
    values_of,
    wins,
)
from benchmarks.accuracy.bundled import BUNDLED
from benchmarks.accuracy.models import MODELS
from benchmarks.accuracy.splits import MOST_TEST_ROWS, MOST_TRAINING_ROWS, SPLITS, TABLES, TEST_SHARE, held_out

Records = Sequence[Mapping[str, Any]]

INTRODUCTION = f"""# Accuracy compared with other libraries

Chainrule and other libraries' classifiers, each with its defaults, on {len(TABLES)} real tables as their files are.
`make bench-accuracy` measures what is not yet there and writes this page; every number is in [{{file}}]({{file}}).

Each table has up to {SPLITS} splits, the same for every model: {TEST_SHARE:.0%} of the rows are scored on, with the
same share of each class; a table with test rows of its own (a9a, adult, Fashion-MNIST, letter, optdigits, satimage) is
always scored on those. At most {MOST_TRAINING_ROWS:,} rows are trained on and {MOST_TEST_ROWS:,} scored on, drawn with
the same share of each class. Fashion-MNIST's images are made 14 by 14 pixels. Standings and pairs compare models on the
splits that both have; a cell of the tables further down is the mean over all splits that its model has.

Times are of the processor, on one thread, in a process that has fitted the model once before. A fit that takes longer
than its limit (300 s unless the command says otherwise) is not finished. Preparing columns belongs to the fit.
`AutoClassifier("best")` has 60 s by the clock. The machine did other work meanwhile: what it got of the processor
stands in the table of seconds, and on the larger tables it could try less than it would alone.

Scores without seconds are of another machine, as are all differences to softmax regression row by row. On both the
boosters had the same scores, to the last digit that is told.

Candidates of `AutoClassifier`, their settings and the rules that choose among them were decided on the development
tables alone, on other splits than these. The held-out tables show what these choices are worth. Three things were
looked at on tables of both halves: how bins are cut beside a frequent value, in which order `best` tries what it
tries, and the rate and the mini-batches of `Classifier((64, 64))` as it is by default; its start and its penalty were
chosen on development tables. Tables of the same rows or
study (a9a and adult, the two of wine) are in one half.
"""

TRIED = """## What was tried

Ratios of log loss on 13 development tables (not a9a and wine_red), below 1 where better, with the standard error over
the tables, at most 6,000 rows to train on.

One network of 64 and 64 neurons, four splits, beside the one on standardised numbers with Adam's rate at 0.003:

| tried | log loss | time |
| --- | ---: | ---: |
| 16 bins beside each number | 0.961 ± 0.032 | 1.01 |
| 32 bins; 64 bins | 0.960; 0.957 ± 0.047 | 1.09; 1.19 |
| 16 bins and smooth clipping of the number | 0.967 ± 0.035 | 1.00 |
| 16 bins, rate 0.001; 0.006; 0.01; 0.02 | 0.979; 0.961; 0.931; 0.978 | 1.65; 0.88; 0.87; 0.83 |
| 16 bins, one layer of 128; two layers of 128 | 1.007; 0.943 | 1.09; 1.47 |
| 16 bins, l2 of 3; 10; 30 over the rows | 0.951; 0.961; 1.170 | 1.01; 1.01; 1.19 |
| 16 bins, rate 0.01, label smoothing of 0.05 | 1.225 ± 0.186 | 0.84 |
| 16 bins, rate 0.01, five networks, one for each fifth | 0.868 ± 0.042 | 2.83 |
| the same, with a temperature | 0.855 ± 0.048 | 2.81 |
| eight networks, one for each eighth, with a temperature | 0.880 ± 0.040 | 4.29 |

The five networks with a temperature, three splits, beside that one:

| tried | log loss | time |
| --- | ---: | ---: |
| l2 chosen among four by cross-validation, at no cost | 1.002 ± 0.004 | 4 |
| l2 from strong to weak, each from where the last ended | 1.018 ± 0.017 | 2.8 |
| without bins chosen where cross-validation says so | 0.988 ± 0.007 | 2 |
| five more without bins, those clearly worse left out | 0.973 ± 0.010 | 1.5 |
| the same, those at an l2 of 3 over the rows | 0.866 ± 0.123 | 1.5 |
| the same at 10 over the rows, mini-batches of 64; 32 | 0.964; 0.966 | 1.5; 1.8 |
| the same at 10 over the rows, two layers of 128 | 0.918 ± 0.057 | 2.8 |

`AutoClassifier`, three splits, beside itself with the change:

| tried | log loss | time |
| --- | ---: | ---: |
| bins not scaled to variance 1 | 1.036 ± 0.016 | 1.07 |
| 8; 6 epochs of patience, not 10 | 1.001; 1.010 | 0.96; 0.81 |
| no additive model | 1.001 ± 0.001 | 0.85 |
| candidates left out that are clearly worse by a tenth, not by a fifth | 0.999 ± 0.001 | 0.91 |
| the lowest loss, not the simplest within a standard error | 0.986 ± 0.014 | 0.90 |
| stopped by the loss at the best temperature, for all rows; for 1,000 and more | 1.011; 0.996 | 1.18; 0.97 |

`AutoClassifier` with the temperature of all members, as held-out rows of one and two of them foretell it, for 1,000
rows and more, beside itself with the temperature of one or two, on the 15 development tables, three splits: log loss
0.994 ± 0.005, calibration error 0.049, not 0.053, where 0.045 is chance. On eight tables with fewer rows, 20 splits
each, its log loss was 1.007 ± 0.004.

Beside that, on 13 development tables (not a9a and mushroom), 4 splits of the large ones and 12 of the small ones:

| tried | log loss | error, points | time |
| --- | ---: | ---: | ---: |
| networks on bins with an l2 of 3 over the rows, not 10 | 0.994 ± 0.006 | -0.24 ± 0.11 | 1.00 |
| the same with 5 | 0.992 ± 0.004 | -0.15 ± 0.19 | 1.00 |
| three layers of 64 | 0.996 ± 0.010 | +0.08 ± 0.28 | 1.19 |

The same on 8 of them, three splits:

| tried | log loss | error, points | time |
| --- | ---: | ---: | ---: |
| two layers of 128 | 1.003 ± 0.011 | -0.17 ± 0.30 | 1.77 |
| l2 of 1 without and 3 with bins | 0.997 ± 0.014 | -0.50 ± 0.30 | 0.93 |
| mini-batches of 64 | 1.000 ± 0.007 | -0.61 ± 0.33 | 1.28 |
| 32 bins | 1.003 ± 0.007 | -0.49 ± 0.32 | 1.18 |
| the lowest loss, not the simplest within a standard error, of 15 tables | 0.993 ± 0.007 | +0.16 ± 0.21 | 1.00 |
| all networks where the loss of any is the lowest, of 15 tables | 0.985 ± 0.007 | -0.07 ± 0.19 | 1.00 |

`AutoClassifier("best")`, without a limit of time, beside `AutoClassifier()` on 14 of these tables (not mushroom), two
splits:

| tried | log loss | time |
| --- | ---: | ---: |
| the lowest loss, two layers of 128, four times five networks of each kind | 0.928 ± 0.031 | 5.7 |

The same with changes, beside itself, on the smallest 6 or 7 tables, one split:

| tried | log loss | time |
| --- | ---: | ---: |
| six times five networks of each kind, mini-batches of 64; 32 | 1.003; 0.975 | 1.7; 1.7 |

`Classifier((64, 64))` on standardised numbers, beside itself with all rows trained by L-BFGS or Adam until the cost
hardly falls, on the 10 smallest of these tables, three splits:

| tried | log loss | time |
| --- | ---: | ---: |
| 0.15 of the rows watched | 0.980 ± 0.059 | 0.21 |
| the same with Adam at a rate of 0.01, mini-batches of 128; 32 | 0.889; 0.873 ± 0.06 | 0.12; 0.11 |
| the same, then all rows for as many epochs, mini-batches of 128; 32 | 0.868; 0.898 ± 0.05 | 0.17; 0.16 |
| the same at 128, with a temperature of few and of many rows | 0.961 ± 0.153 | 0.17 |
| the same, l2 of 1; 10; 30 over the rows | 1.062; 0.932; 1.102 | 0.17; 0.20; 0.18 |
| the same, l2 chosen among 3, 10 and 30 by the rows watched | 0.953 ± 0.152 | 0.44 |

The same with a temperature of 200 rows or more, beside `Classifier((64, 64), validation_fraction=0.15)`, on 8 of them
of all sizes, one or two splits:

| tried | log loss | time |
| --- | ---: | ---: |
| all rows for as many epochs, rate 0.003; 0.005; 0.01 | 0.947; 0.958; 0.991 ± 0.03 | 1.18; 0.93; 0.92 |
| the parameters of the best epoch kept, rate 0.003; 0.01 | 0.966; 1.003 ± 0.02 | 0.95; 0.77 |

`Classifier((64, 64))` on the nine development tables of up to 1,500 rows, five splits, log loss as a ratio to softmax
regression's:

| tried | log loss | time |
| --- | ---: | ---: |
| before: 0.15 of the rows say for how long all are trained | 0.889 | 1 |
| five-fold cross-validation says it, l2 of 3; 10; 30 over the rows | 0.874; 0.933; 1.167 | 2.2; 2.3; 2.0 |
| three-fold cross-validation says it, l2 of 3; 10; 30 over the rows | 0.871; 0.939; 1.170 | 1.3; 1.4; 1.0 |
| the same, l2 of 3 or 10; 3 or 30; from 3 up to 100 for as long as it is lower | 0.863; 0.868; 0.863 | 2.5; 2.2; 2.9 |
| the same with five folds | 0.868; 0.871; 0.868 | 4.3; 4.0; 5.0 |

The last but one of three folds, on five other splits of these tables and a9a, adult and wine_white:

| tried | log loss |
| --- | ---: |
| started at the shares of the classes: last weights of 0; a tenth; three tenths of the usual | 0.875; 0.880; 0.890 |
| 5 epochs of patience, not 10, last weights of 0; three tenths | 0.893; 0.885 |

A temperature fitted to the rows of cross-validation raised the log loss of penguins by 0.038 and of glass by 0.015, and
lowered it by at most 0.008 elsewhere. Started at the shares, `AutoClassifier`'s networks had the same log loss on 13
development tables, two splits (between 0.93 and 1.04 of it, 0.995 in the mean).
"""

RATIOS = f"""Log loss and time are geometric means of the ratio to {BASE}, below 1 where better; a log loss below
{LEAST_LOSS:g} counts as {LEAST_LOSS:g}. Error is the mean difference to {BASE} in percentage points, below 0 where
better.
Ranks are by log loss among the models that have every table, on the splits that all of these have; 1 is the best, a
fit that did not finish is the last; in brackets the middle 95 % of 2,000 bootstrap draws of the tables. Models without
a rank lack tables: their other numbers are of fewer tables than the others', and compare with {BASE} alone.
"""

BESIDE = f"""The mean over the splits of how far the log loss is above that of {BASE} on the same rows. Behind ± stands
its standard error, paired row by row: the root mean square of those of the splits, which is not divided by how many
there are, since splits share rows. In brackets stands the standard error as it follows from the spread between splits.
A model is behind where the difference is larger than the first.
"""

WITHOUT_FILES = """Tables that scikit-learn and statsmodels bring, and simulated ones of kinds that the others do not
have, which `python -m benchmarks.accuracy --suite bundled` measures without any file. A quarter of the rows is scored
on. Two things were decided on them: that columns with heavy tails are scaled robustly, and that categories of 256
levels or more become shares of the classes; no table above has either. HistGradientBoosting refuses categories of more
than 255 levels. Log loss:
"""

CALIBRATION = """Mean over the tables of the expected calibration error, with 15 bins of equal width, beside the one to
expect by chance if the probabilities were the true ones, of as many rows. Of few rows that is far above 0, although
such probabilities are perfectly calibrated: the gaps of bins of few rows are chance, and do not cancel. Tables with
many rows to score on stand apart, since there it is small. What is above chance, the difference of the two, is 0 on
average for calibrated probabilities, however few the rows are.
"""

PAIRS = """On how many of the tables that both have the model of the line has a lower log loss than that of the column,
and the geometric mean of the ratio of their log losses, below 1 where the model of the line is better.
"""

# Rows scored on from which on a calibration error says more of the model than of chance.
MANY_ROWS = 1000

SCORES = {
    "log_loss": ("Log loss", ".4f"),
    "error": ("Error", ".4f"),
    "auc": ("Area under the ROC curve, one class against the rest, weighted by rows", ".4f"),
    "calibration_error": ("Expected calibration error, 15 bins", ".4f"),
    "fit_seconds": ("Processor seconds to fit", ".3g"),
    "predict_seconds": ("Processor seconds to predict the rows scored on", ".3g"),
}


def halves() -> dict[str, list[str]]:
    """Return the tables of each part of the leaderboard."""
    held = held_out()
    development = [name for name in TABLES if name not in held]
    return {
        f"All {len(TABLES)} tables": list(TABLES),
        f"Development: {', '.join(development)}": development,
        f"Held-out: {', '.join(sorted(held))}": sorted(held),
    }


def page(machine: Mapping[str, str], records: Records, file: str, bundled: Records = ()) -> str:
    """Return the page of the records that `file` holds, and of those of the tables that need no file."""
    lines = [INTRODUCTION.format(file=file), "| machine | |", "| --- | --- |"]
    lines += [f"| {name} | {what} |" for name, what in machine.items()]
    lines += ["", *_models(records), "", "## Standings", "", RATIOS, *summary(records)]
    lines += ["## Calibration", "", CALIBRATION, *_calibration(records), ""]
    lines += ["## Beside softmax regression", "", BESIDE, *_beside(records), ""]
    if bundled:
        lines += ["## Tables that need no file", "", WITHOUT_FILES, *without_files(bundled), ""]
    lines += ["## Pairs", "", PAIRS, *_pairs(records), "", TRIED]
    for score, (title, form) in SCORES.items():
        lines += ["", f"## {title}", "", *_by_table(records, score, form)]
    return "\n".join(lines) + "\n"


def summary(records: Records) -> Iterator[str]:
    """Yield the standings over all tables, over the development tables and over the held-out ones."""
    for title, tables in halves().items():
        yield f"### {title}"
        yield ""
        yield from _standings(records, tables)
        yield ""


def _beside(records: Records) -> Iterator[str]:
    """Yield on how many tables each model is behind softmax regression, and on which by how much."""
    yield "| model | tables | behind | where |"
    yield "| --- | ---: | ---: | --- |"
    for model in _names(records):
        found = differences(records, model)
        behind = {table: each for table, each in found.items() if each.behind}
        where = "; ".join(
            f"{table} {each.mean:+.4f} ± {each.error:.4f}" + ("" if isnan(each.between) else f" ({each.between:.4f})")
            for table, each in behind.items()
        )
        if found:
            yield f"| {model} | {len(found)} | {len(behind)} | {where} |"


def without_files(records: Records) -> Iterator[str]:
    """Yield the standings, the log losses and the seconds of the tables that need no file."""
    yield from _by_table(records, "log_loss", ".4f", BUNDLED)
    yield from ("", "Processor seconds to fit:", "", *_by_table(records, "fit_seconds", ".3g", BUNDLED))
    yield from ("", *_standings(records, BUNDLED), "", *_beside(records))


def _standings(records: Records, tables: Collection[str]) -> Iterator[str]:
    yield "| model | tables | log loss | error, points | time | mean rank |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    yield from (_line(model, found) for model, found in standings(records, tables).items())


def _calibration(records: Records) -> Iterator[str]:
    """Yield the mean calibration error of each model beside the one by chance, of all tables and of large ones."""
    each = "calibration error | by chance | above"
    yield f"| model | tables | {each} | of more than 1,000 rows scored on | by chance | above |"
    yield f"| --- |{' ---: |' * 7}"
    for model in _names(records):
        own = [each for each in records if each["model"] == model and "calibration_error_by_chance" in each]
        cells = []
        for some in (own, [each for each in own if each["test_rows"] > MANY_ROWS]):
            found = [
                mean(mean(splits.values()) for splits in tables.values())
                for score in ("calibration_error", "calibration_error_by_chance")
                if (tables := values_of(some, score).get(model))
            ]
            if found:
                cells += [f"{found[0]:.4f}", f"{found[1]:.4f}", f"{found[0] - found[1]:+.4f}"]
        if own:
            yield f"| {model} | {len({each['table'] for each in own})} | {' | '.join(cells)} |"


def _line(model: str, found: Standing) -> str:
    rank = (
        ""
        if found.rank is None or found.interval is None
        else "{:.2f} ({:.2f} to {:.2f})".format(found.rank, *found.interval)
    )
    time = "" if isnan(found.time_ratio) else f"{found.time_ratio:.3g}"
    numbers = f"{found.loss_ratio:.3f} | {found.error_points:+.2f} | {time}"
    return f"| {model} | {found.tables} | {numbers} | {rank} |"


def _models(records: Records) -> Iterator[str]:
    yield "| model | version | measured | splits | what it is |"
    yield "| --- | --- | --- | ---: | --- |"
    for model in _names(records):
        own = [record for record in records if record["model"] == model]
        versions = ", ".join(sorted({record["version"] for record in own}))
        days = ", ".join(sorted({record["date"][:10] for record in own}))
        about = MODELS[model].about if model in MODELS else ""
        yield f"| {model} | {versions} | {days} | {len(own)} | {about} |"


def _pairs(records: Records) -> Iterator[str]:
    losses, names = values_of(records, "log_loss"), _names(records)
    yield f"| | {' | '.join(names)} |"
    yield f"| --- |{' ---: |' * len(names)}"
    for model in names:
        cells = ["" if other == model else _against(losses, model, other) for other in names]
        yield f"| {model} | {' | '.join(cells)} |"


def _against(losses: Values, model: str, other: str) -> str:
    won, tables = wins(losses, model, other, TABLES)
    ratio = loss_ratio(losses, model, other, TABLES)
    return f"{won:g} of {tables}{'' if isnan(ratio) else f', {ratio:.3f}'}" if tables else ""


def _by_table(records: Records, score: str, form: str, tables: Collection[str] = TABLES) -> Iterator[str]:
    values, names = values_of(records, score), _names(records)
    failed = (record for record in records if "failure" in record)
    failures = {(one["model"], one["table"]): one["failure"].partition(":")[0] for one in failed}
    half = dict.fromkeys(TABLES, " development |") | dict.fromkeys(held_out(), " held-out |")
    real = tables is TABLES
    yield f"| table |{' half |' if real else ''} {' | '.join(names)} |"
    yield f"| --- |{' --- |' if real else ''}{' ---: |' * len(names)}"
    measured = {record["table"] for record in records}
    for table in (each for each in tables if real or each in measured):
        cells = [failures.get((model, table)) or _mean(values, model, table, form) for model in names]
        yield f"| {table} |{half.get(table, '')} {' | '.join(cells)} |"


def _mean(values: Any, model: str, table: str, form: str) -> str:
    found = means(values, (model,), table)
    return format(found[model], form) if found else ""


def _names(records: Collection[Mapping[str, Any]]) -> list[str]:
    """Return the models that were measured, in the order of the registry."""
    measured = dict.fromkeys(record["model"] for record in records)
    return [name for name in MODELS if name in measured] + [name for name in measured if name not in MODELS]
