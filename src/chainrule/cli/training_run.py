"""What `chainrule train` does, step by step: read, hold out, learn, score, write."""

import hashlib
import json
import shlex
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
import typer
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from chainrule._version import __version__
from chainrule.arrays import Array
from chainrule.cli.labelled_file import LabelledFile, find_column, matched, read_labelled, sha256
from chainrule.cli.progress import columns_as_table, comparison_as_table, scores_as_table, shown
from chainrule.cli.refusals import refuse_coinciding, refuse_existing
from chainrule.cli.settings import Settings
from chainrule.cli.startup import since_start
from chainrule.common.atomic_write import write
from chainrule.common.format import some_of
from chainrule.engine.compiled.library import form_in_use
from chainrule.estimator.auto import LEAST_ROWS, AutoClassifier, usual_encoder
from chainrule.estimator.candidates import Step, Tried
from chainrule.estimator.classifier import Classifier
from chainrule.estimator.comparison import Comparison
from chainrule.estimator.predictor import decided
from chainrule.estimator.preparation import split
from chainrule.estimator.thresholds import best_threshold, is_criterion, of_second_class
from chainrule.estimator.trained_model import TrainedModel
from chainrule.evaluation.scores import cautions, optimality, positive_class, scores
from chainrule.exceptions import LeakageWarning, ModelFileError
from chainrule.model_file import card as model_card
from chainrule.model_file import save
from chainrule.model_file.model_file import load_snapshot, save_snapshot
from chainrule.tables import TableEncoder
from chainrule.tables.frames import is_words
from chainrule.training.monitor import Progress, Snapshot

# A run on disk: written while it trains, so that it can go on after whatever ended it.

# Seconds between two snapshots: a run that is killed repeats no more than these, and writing takes little of them.
SECONDS = 2.0
# Packages whose versions, or lack, change the last bits of what is computed.
COMPUTING = ("numpy", "scipy")


def fingerprint(settings: Mapping[str, Any], hashes: Sequence[str]) -> str:
    """Return what tells one run from another: its settings, the hashes of its files, and what computes it."""
    by = [form_in_use(), *(_version(name) for name in ("chainrule", *COMPUTING))]
    return hashlib.sha256(json.dumps([settings, hashes, by], sort_keys=True, default=str).encode()).hexdigest()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@final
class Checkpoint:
    """A callback that keeps a snapshot of the run in a file, written anew every two seconds."""

    def __init__(self, path: Path, run: str) -> None:
        self.path, self._run, self._written = path, run, -SECONDS

    def __call__(self, progress: Progress) -> str | None:
        if time.monotonic() - self._written >= SECONDS:
            save_snapshot(progress.snapshot(), self.path, self._run)
            self._written = time.monotonic()
        return None

    def read(self) -> Snapshot:
        """Return the snapshot in the file.

        Raises:
            ValueError: there is none, it is damaged, or it is of another run.
        """
        if not self.path.exists():
            raise ValueError(f"Cannot find {self.path} to resume from: omit --resume.")
        try:
            snapshot, run = load_snapshot(self.path)
        except ModelFileError as error:
            reason = str(error).rstrip(".")
            raise ValueError(f"{reason}; to train from the start, remove the file and omit --resume.") from None
        if run != self._run:
            raise ValueError(
                f"{self.path} belongs to a run with other data, settings or library versions: repeat its command with"
                " --resume, or remove the file."
            )
        return snapshot

    def remove(self) -> None:
        """Remove the file, once there is nothing left to go on with."""
        self.path.unlink(missing_ok=True)


# Share of the training rows that says when a network stops: enough to tell, few enough to miss little.
WATCHED = 0.1
# Kinds of columns whose words are read where people wrote numbers or dates.
READ = ("number", "date")
# Seconds for the model where importing and reading took all of --time-budget: it is the first one, a step or two old.
LEAST_SECONDS = 1e-3
# Share of the rows that is held out where nothing else scores the model, the usual one.
HELD_OUT_SHARE = 0.2
# Which rows scores are of, and what is said of the latter.
HELD_OUT = "held-out"
CROSS_VALIDATED = "cross-validated"
HONEST = "Each cross-validated row was predicted by models that were trained and chosen without it."
UNSCORED = "Time was too short to hold out any row, so there are no scores: raise --time-budget, or give --valid."
# The facts that scores are kept in: of those rows that are scored first, and of the others.
METRICS = ("metrics", "cross-validated metrics")
# Name of the fact that says how far the cost is above the minimum.
ABOVE_MINIMUM = "cost above the minimum"


class Parts(NamedTuple):
    """The rows to learn from, and those that nothing is decided by: None where cross-validation scores the former."""

    training: LabelledFile
    held_out: LabelledFile | None


class Scored(NamedTuple):
    """Rows that models predict which have not seen them.

    Attributes:
        rows: the rows.
        probabilities: of each class (n, k).
        predicted: label of each (n,).
        which: rows these are, in words.
    """

    rows: LabelledFile
    probabilities: Array
    predicted: Array
    which: str

    def metrics(self, classes: Array, positive: str | None) -> dict[str, float]:
        """Return their scores by name."""
        return scores(self.rows.labels, self.probabilities, classes, self.rows.weights, positive, self.predicted)


class Learned(NamedTuple):
    """A trained model, how far its cost is above the minimum, where that is known, and how it was found.

    The probabilities (n, k) are those of the rows of training when they were held out, and the thresholds (n,) decide
    them; the threshold is that of the positive class.
    """

    model: Pipeline
    distance: float | None
    comparison: Sequence[Comparison] = ()
    steps: Sequence[Step] = ()
    tried: Sequence[Tried] = ()
    probabilities: Array | None = None
    threshold: float | None = None
    thresholds: Array | None = None


@final
@dataclass(frozen=True, eq=False)
class Outcome:
    """A trained model, and what is said of it.

    Attributes:
        model: a pipeline that ends in a `Classifier`.
        training: the rows that it was trained on.
        scored: rows that it is scored on, those of another file or share first; nothing where there are none.
        about: facts, which are kept with the model.
        cautions: what to know before the model is believed, a sentence each.
        notes: what was decided or noticed on the way, a sentence each, the cautions left out.
        comparison: of the models among which this one was found; empty where it was asked for.
        tried: what was trained for the comparison.
        seconds: that it all took.
    """

    model: Pipeline
    training: LabelledFile
    scored: list[Scored]
    about: dict[str, Any]
    cautions: list[str]
    notes: list[str]
    comparison: Sequence[Comparison]
    tried: Sequence[Tried]
    seconds: float = 0.0


def run(settings: Settings) -> None:
    """Train, score and write what was asked for.

    Raises:
        ValueError: the data, a setting or a file does not fit; the message says what was found and what to do.
        OSError: a file cannot be read or written.
    """
    started = time.perf_counter()
    out = settings.model_path
    card_path = out.with_name("MODELCARD.md") if settings.card else None
    checkpoint_path = out.with_name(out.name + ".checkpoint")
    written = {"--out": out, "--report": settings.report, "--card": card_path}
    refuse_coinciding(
        {"DATA": settings.data, "--valid": settings.valid}, {**written, "the checkpoint": checkpoint_path}
    )
    for path in written.values():
        refuse_existing(path, settings.force)
    settings.check_model()
    outcome, checkpoint = _outcome(settings, checkpoint_path)
    save(outcome.model, out, outcome.about)
    if card_path:
        write(card_path, model_card(outcome.model, outcome.about))
    outcome = replace(outcome, seconds=time.perf_counter() - started)
    if settings.report is not None:
        _report(settings.report, settings, outcome)
    checkpoint.remove()
    estimates, about_them = _inference(outcome.model, outcome.training) if settings.inference else (None, "")
    paths = [str(path) for path in written.values() if path]
    if settings.as_json:
        estimated = {"inference": {"about": about_them, **(estimates.to_dict() if estimates else {})}}
        facts = {**outcome.about, "seconds": outcome.seconds, "written": paths}
        typer.echo(json.dumps(facts | (estimated if settings.inference else {}), indent=1))
    else:
        lines = [*_lines(outcome), *(f"Wrote {path}" for path in paths)]
        lines += [f"\n{said}" for said in (about_them, estimates) if said and estimates is not None]
        typer.echo("\n".join(lines))
    if settings.inference and estimates is None:  # what was asked for could not be done, though the model stands
        raise ValueError(about_them)


def _outcome(settings: Settings, checkpoint_path: Path) -> tuple[Outcome, Checkpoint]:
    """Read the files, train, and score the held-out rows."""
    parts = _read(settings)
    notes = [*parts.training.notes, *_of_identifiers(settings, parts.training)]
    notes += parts.held_out.notes if settings.valid and parts.held_out else ()
    hashes = [sha256(path) for path in (settings.data, settings.valid) if path]
    checkpoint = Checkpoint(checkpoint_path, fingerprint(settings.of_training(), hashes))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        learned = _learn(settings, parts, checkpoint)
    model, comparison = learned.model, learned.comparison
    warned = [warning for warning in caught if issubclass(warning.category, UserWarning)]
    notes += dict.fromkeys(_one_line(warning.message) for warning in warned)  # the encoder is fitted more than once
    leaks = [_one_line(warning.message) for warning in warned if issubclass(warning.category, LeakageWarning)]
    classes, scored = np.asarray(model.classes_), _scored(settings, parts, learned)
    positive = _positive(settings, parts.training)
    first = [note for note in notes if note in leaks]
    for each in scored[:1]:
        first += of_class_weights(settings, classes, each.rows.labels, each.probabilities)
        first += cautions(parts.training.labels, each.rows.labels, each.predicted, classes)
    if learned.threshold is not None:
        notes.append(_of_threshold(settings, positive, learned.threshold))
    notes += [] if scored else [UNSCORED]
    about = {
        "target": parts.training.target,
        "data": settings.data.name,
        "sha256": hashes[0],
        "rows": len(parts.training),
        "held-out rows": len(scored[0].rows) if scored else 0,
        "seed": settings.seed,
        "command": shlex.join(["chainrule", *map(_without_folders, sys.argv[1:])]),
        "positive": positive,
        **({} if learned.threshold is None else {"threshold": learned.threshold}),
        "scored rows": scored[0].which if scored else "none",
        **{name: each.metrics(classes, positive) for name, each in zip(METRICS, scored, strict=False)},
        "columns": parts.training.columns,
        "header": parts.training.header,
        "separator": settings.separator,
        "notes": notes,
        "stop": model[-1].stop_,
        ABOVE_MINIMUM: learned.distance,
        **({"comparison": [one._asdict() for one in comparison], "steps": learned.steps} if comparison else {}),
        **({"tried": [one._asdict() for one in learned.tried]} if comparison else {}),
    }
    others = [note for note in notes if note not in first]
    return Outcome(model, parts.training, scored, about, first, others, comparison, learned.tried), checkpoint


def _scored(settings: Settings, parts: Parts, learned: Learned) -> list[Scored]:
    """Return the rows that the model is scored on, those held out of the search first."""
    found = []
    if parts.held_out is not None:
        y = learned.model.predict_proba(parts.held_out.x)
        found.append(Scored(parts.held_out, y, decided(learned.model, y), HELD_OUT))
    if learned.probabilities is not None:
        known = np.flatnonzero(np.isfinite(learned.probabilities[:, 0]))
        if len(known):
            y, classes = learned.probabilities[known], np.asarray(learned.model.classes_)
            predicted = classes[y.argmax(axis=1)]
            if learned.thresholds is not None:
                place = [str(label) for label in classes].index(str(_positive(settings, parts.training)))
                predicted = classes[np.where(y[:, place] >= learned.thresholds[known], place, 1 - place)]
            found.append(Scored(parts.training.take(known), y, predicted, CROSS_VALIDATED))
    return found


def _lines(outcome: Outcome) -> list[str]:
    """Return what is printed of a trained model, a paragraph or a line each."""
    about, classifier = outcome.about, outcome.model[-1]
    tables = [
        scores_as_table(about[name], len(each.rows), each.which)
        for name, each in zip(METRICS, outcome.scored, strict=False)
    ]
    epochs = f"{classifier.n_iter_} epochs: {classifier.stop_}"
    trained = f"Trained on {about['rows']} rows in {outcome.seconds:.1f} s, {epochs}."
    lines = [*outcome.cautions, columns_as_table(outcome.model), *outcome.notes]
    lines += [comparison_as_table(about["comparison"])] if "comparison" in about else []
    lines += [*tables, trained]
    if outcome.scored and outcome.scored[-1].which == CROSS_VALIDATED:
        lines.append(HONEST)
    distance = about[ABOVE_MINIMUM]
    return lines if distance is None else [*lines, f"The cost is within about {distance:.1g} of the minimum."]


def of_class_weights(settings: Settings, classes: Array, labels: Array, probabilities: Array) -> list[str]:
    """Return a sentence where the probabilities are of the classes as weighted, and not as often as they are."""
    if settings.class_weight is None or settings.prior_correction:
        return []
    shares = [float((labels == label).mean()) for label in classes]
    rarest = int(np.argmin(shares))
    return [
        "Probabilities reflect --class-weight, not the class frequencies: the mean probability of"
        f" {classes[rarest]} is {probabilities[:, rarest].mean():.3f}, but its share of the held-out rows is"
        f" {shares[rarest]:.3f}; --prior-correction corrects them (the scores do not weight the classes)."
    ]


def _one_line(message: Any) -> str:
    return " ".join(str(message).split())


def _of_identifiers(settings: Settings, training: LabelledFile) -> list[str]:
    """Return a sentence about the columns that only identify the rows, and how to keep one; nothing without any."""
    decided = {*settings.kinds, *settings.drop}
    left_out = [name for name in training.identifiers if name not in decided]
    if not left_out:
        return []
    kind = "category" if is_words(training.x[left_out[0]]) else "number"
    keep = f"--kind {shlex.quote(left_out[0])}={kind}"
    if len(left_out) == 1:
        return [f"Column {left_out[0]} only identifies the rows and was left out; to keep it, give {keep}."]
    return [f"Columns {some_of(left_out)} only identify the rows and were left out; to keep one, give {keep}."]


def _without_folders(word: str) -> str:
    """Return a word of the command without the folders of this machine, which are nobody's business elsewhere."""
    option, equals, value = word.partition("=") if word.startswith("-") else ("", "", word)
    return f"{option}{equals}{Path(value).name}" if Path(value).is_absolute() else word


def _read(settings: Settings) -> Parts:
    generator = np.random.default_rng(settings.seed)
    reading: dict[str, Any] = {"weight": settings.weight, "header": settings.header, "separator": settings.separator}
    whole = read_labelled(settings.data, settings.target, **reading, as_words=settings.formats)
    if whole.is_table:
        kinds = {find_column(whole.x.column_names, name): kind for name, kind in settings.kinds.items()}
        whole = whole.parsed(settings.formats, [name for name, kind in kinds.items() if kind not in READ])
    if settings.valid is None and _cross_validates(settings, whole):
        return Parts(whole, None)
    if settings.valid is None:
        share = HELD_OUT_SHARE if settings.validation_fraction is None else settings.validation_fraction
        kept, held = split(whole.labels, share, generator)
        training, held_out = whole.take(kept), whole.take(held)
    else:
        columns = None if whole.is_table else whole.x.shape[1]
        held_out = read_labelled(settings.valid, settings.target, **reading, columns=columns, as_words=whole.written)
        training, held_out = whole, held_out.parsed(whole.written, held_out.formats)
        if held_out.is_table != whole.is_table:
            raise ValueError(f"{settings.valid} must have the same form as {settings.data}.")
        if _are_same(whole, held_out):
            raise ValueError(
                f"--valid {settings.valid} has the same rows as {settings.data}, so it cannot measure how the model"
                " does on new rows: give other rows, or omit --valid."
            )
        held_out = matched(held_out, np.unique(whole.labels), settings.valid)
    return Parts(training, held_out)


def _cross_validates(settings: Settings, whole: LabelledFile) -> bool:
    """Return whether the search for the model scores all rows, so that it can learn from them all."""
    return settings.search is not None and settings.validation_fraction is None and len(whole) >= LEAST_ROWS


def _are_same(one: LabelledFile, other: LabelledFile) -> bool:
    """Return whether two files hold the same rows in the same order."""
    if one.labels.shape != other.labels.shape or not (one.labels == other.labels).all():
        return False
    if one.is_table:
        return one.x.equals(other.x)
    return one.x.shape == other.x.shape and not (one.x != other.x).sum()


def _learn(settings: Settings, parts: Parts, checkpoint: Checkpoint) -> Learned:
    """Return the trained model."""
    training, held_out = parts
    if settings.threshold is not None and (classes := len(np.unique(training.labels))) != 2:
        raise ValueError(f"--threshold is for two classes, found {classes}: omit it.")
    if settings.search or held_out is None:
        return _find(settings, training)
    x, held_out_x, steps = training.x, held_out.x, []
    if training.is_table:
        encoder = _encoder(settings, training)
        x = encoder.fit_transform(training.x, training.labels, training.weights)
        held_out_x = encoder.transform(held_out.x)
        steps = [("table", encoder)]
    classifier = _classifier(settings, training)
    snapshot = checkpoint.read() if settings.resume else None
    with shown() as callbacks:
        classifier.set_params(callbacks=[*callbacks, checkpoint])
        # Of softmax regression the held-out rows are only watched, for the picture: without patience, nothing that the
        # model becomes depends on them. A network holds rows out itself, so that fitted anew it stops as it did here.
        watched = None if settings.hidden else (held_out_x, held_out.labels, held_out.weights)
        classifier.fit(x, training.labels, training.weights, validation=watched, resume=snapshot)
    classifier.set_params(callbacks=())
    known = not settings.hidden and not settings.prior_correction and np.isfinite(classifier.history_.cost[-1])
    distance = optimality(classifier, x, training.labels, training.weights).estimate if known else None
    model = Pipeline([*steps, ("classifier", classifier)])
    return Learned(model, distance, threshold=_decide(settings, model, training))


def _find(settings: Settings, training: LabelledFile) -> Learned:
    """Return the model that cross-validation on the rows of training chooses."""
    seconds = settings.time_budget
    if seconds is not None and seconds > 0:
        seconds = max(LEAST_SECONDS, seconds - since_start())
    threads = threadpool_limits(settings.threads, "blas") if settings.threads else nullcontext()
    with threads, shown(of_trials=True) as callbacks:
        found = AutoClassifier(
            str(settings.search),
            time_budget=seconds,
            encoder=_encoder(settings, training) if training.is_table else None,
            class_weight=_class_weight(settings.class_weight, training.labels),
            metric=settings.metric,
            threshold=settings.threshold,
            positive=_label(_positive(settings, training), training.labels),
            callbacks=callbacks,
            random_state=settings.seed,
        ).fit(training.x, training.labels, training.weights)
    decisions = found.probabilities_, found.threshold_, found.thresholds_
    return Learned(found.model_, None, found.comparison_, found.steps_, found.tried_, *decisions)


def _decide(settings: Settings, model: Pipeline, training: LabelledFile) -> float | None:
    """Set the threshold of a model that nothing was searched for, by cross-validation where it is to be chosen.

    Returns:
        The threshold for the positive class, or None if none was chosen.
    """
    threshold: Any = settings.threshold
    classifier = model[-1]
    if threshold is None:
        return None
    positive = classifier.classes_.tolist().index(_label(_positive(settings, training), training.labels))
    if is_criterion(threshold):
        trained = TrainedModel.of(model)
        rows = trained.rows(training.x, training.labels, training.weights)
        y = np.exp(trained.cross_predict(rows, training.weights)[:, positive])
        threshold = best_threshold(threshold, rows.t == positive, y, training.weights)
    classifier.set_params(threshold=of_second_class(threshold, positive))
    return float(threshold)


def _positive(settings: Settings, training: LabelledFile) -> str | None:
    return positive_class(settings.positive, np.unique(training.labels), training.labels)


def _label(name: str | None, labels: Array) -> Any:
    """Return the label of this name; None for none."""
    return next((label for label in np.unique(labels).tolist() if str(label) == name), None)


def _of_threshold(settings: Settings, positive: str | None, threshold: float) -> str:
    """Return from which probability on the positive class is predicted, and what chose it."""
    chosen = ""
    if isinstance(settings.threshold, str):
        chosen = f", the threshold of the best {settings.threshold.replace('_', ' ')} on held-out rows"
    elif isinstance(settings.threshold, tuple):
        false_positive, false_negative = settings.threshold
        costs = f"a false positive costs {false_positive:g} and a false negative {false_negative:g}"
        chosen = f", the threshold of the least cost on held-out rows, where {costs}"
    return f"{positive} is predicted from a probability of {threshold:.3f} on{chosen}."


def _encoder(settings: Settings, training: LabelledFile) -> TableEncoder:
    columns = list(training.x.column_names)
    return (TableEncoder if settings.search is None else usual_encoder)(
        kinds={find_column(columns, name): kind for name, kind in settings.kinds.items()} or None,
        drop=tuple(find_column(columns, name) for name in settings.drop),
        identifiers=training.identifiers,
        formats=training.written,
    )


def _classifier(settings: Settings, training: LabelledFile) -> Classifier:
    """Return the classifier to fit: options that are named as its parameters are handed on as they are."""
    named_alike = signature(Classifier).parameters.keys() & vars(settings).keys()
    decided = {
        "class_weight": _class_weight(settings.class_weight, training.labels),
        "threshold": None,  # which is decided by cross-validation, after
        "standardize": not training.is_table,
        "validation_fraction": WATCHED if settings.hidden else 0.0,
        "patience": settings.patience if settings.hidden else None,
        "n_threads": settings.threads,
        "random_state": settings.seed,
    }
    return Classifier(**{name: getattr(settings, name) for name in named_alike} | decided)


def _class_weight(given: Any, labels: Array) -> Any:
    """Return weights by label, where they were given by the label in words."""
    if not isinstance(given, dict):
        return given
    classes = {str(label): label for label in np.unique(labels).tolist()}
    for name in given:
        if name not in classes:
            raise ValueError(
                f"--class-weight names {name}, which is not a class; the classes are {', '.join(classes)}."
            )
    return {classes[name]: weight for name, weight in given.items()}


# What a user must know of standard errors where the model has a penalty or the like.
REFITTED = "Maximum-likelihood estimates on the training rows, without the model's penalty or class weights."


def _inference(model: Pipeline, training: LabelledFile) -> tuple[Any, str]:
    """Return the estimates of a softmax regression on the rows it was trained on, and what a user must know of them.

    A model with a penalty or the like is fitted once more without it. Where there are no estimates, the words say why.
    """
    from chainrule.inference import infer

    trained = TrainedModel.of(model)
    classifier = trained.classifier
    anew: dict[str, Any] = {"l2": 0.0, "l1": 0.0, "label_smoothing": 0.0, "class_weight": None}
    parameters = classifier.get_params()
    as_it_is = all(parameters[name] == value for name, value in anew.items())
    try:
        if not as_it_is:
            plain = Classifier(**anew, standardize=classifier.standardize, n_threads=classifier.n_threads)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # what training leaves undone, `infer` finishes
                plain.fit(trained.transform(training.x), training.labels, training.weights)
            model = trained.with_classifier(plain)
        found = infer(model, training.x, training.labels, sample_weight=training.weights)
    except ValueError as error:
        return None, f"No standard errors: {error} (Use --drop to leave out columns.)"
    return found, "" if as_it_is else REFITTED


def _report(path: Path, settings: Settings, outcome: Outcome) -> None:
    from chainrule.pages.report import Run, write_report

    about, training = outcome.about, outcome.training
    if not outcome.scored:
        raise ValueError(f"{UNSCORED} A report needs some: the model is written.")
    (held_out, probabilities, predicted, which), *_ = outcome.scored
    facts = {name: str(about[name]) for name in ("data", "sha256", "rows", "held-out rows", "seed")}
    if about[ABOVE_MINIMUM] is not None:
        facts[f"{ABOVE_MINIMUM}, about"] = f"{about[ABOVE_MINIMUM]:.1g}"
    facts |= {
        "seconds": f"{outcome.seconds:.1f}",
        "Chainrule": __version__,
        "NumPy": np.__version__,
        "kernels": form_in_use(),
    }
    run = Run(
        model=outcome.model,
        train=training.x,
        train_labels=training.labels,
        held_out=held_out.x,
        held_out_labels=held_out.labels,
        train_rows=training.rows,
        held_out_rows=held_out.rows,
        train_weights=training.weights,
        title=settings.data.name,
        command=about["command"],
        target=about["target"],
        names=None if training.is_table else training.columns,
        facts=facts,
        positive=about["positive"],
        held_out_probabilities=probabilities if which == CROSS_VALIDATED else None,
        held_out_predicted=predicted,
        comparison=outcome.comparison,
        tried=outcome.tried,
        cautions=outcome.cautions,
        notes=outcome.notes,
    )
    write_report(path, run)
