"""What `chainrule train` does, step by step: read, hold out, learn, score, write."""

import hashlib
import json
import shlex
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
import typer
from sklearn.pipeline import Pipeline

from chainrule._version import __version__
from chainrule.arrays import Array
from chainrule.cli.labelled_file import LabelledFile, find_column, matched, read_labelled
from chainrule.cli.progress import columns_as_table, scores_as_table, shown
from chainrule.cli.refusals import refuse_coinciding, refuse_existing
from chainrule.cli.settings import Settings
from chainrule.common.atomic_write import write
from chainrule.engine.compiled.library import form_in_use
from chainrule.estimator.classifier import Classifier
from chainrule.estimator.preparation import split
from chainrule.evaluation.optimum import optimality
from chainrule.evaluation.scores import cautions, positive_class, scores
from chainrule.exceptions import LeakageWarning, ModelFileError
from chainrule.model_file import card as model_card
from chainrule.model_file import save
from chainrule.model_file.snapshot import load_snapshot, save_snapshot
from chainrule.tables import TableEncoder
from chainrule.tables.encoder import some_of
from chainrule.tables.frames import is_words
from chainrule.training.monitor import Progress, Snapshot

# A run on disk: written while it trains, so that it can go on after whatever ended it.

SECONDS = 2.0
COMPUTING = ("numpy", "scipy")
"""Packages whose versions, or lack, change the last bits of what is computed."""


def sha256(path: Path) -> str:
    """Return the hash of a file's content, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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


# Of the rows of training, which say when a network stops: enough to tell, few enough to miss little.
WATCHED = 0.1
READ = ("number", "date")  # kinds of columns whose words are read where people wrote numbers or dates


class Parts(NamedTuple):
    """The rows to learn from, and those that nothing is decided by."""

    training: LabelledFile
    held_out: LabelledFile


def run(
    settings: Settings,
    out: Path,
    report: Path | None,
    *,
    card: bool,
    inference: bool,
    force: bool,
    resume: bool,
    as_json: bool,
) -> None:
    """Train, score and write what was asked for.

    Raises:
        ValueError: the data, a setting or a file does not fit; the message says what was found and what to do.
        OSError: a file cannot be read or written.
    """
    started = time.perf_counter()
    card_path = out.with_name("MODELCARD.md") if card else None
    checkpoint_path = out.with_name(out.name + ".checkpoint")
    written = {"--out": out, "--report": report, "--card": card_path}
    refuse_coinciding(
        {"DATA": settings.data, "--valid": settings.valid}, {**written, "the checkpoint": checkpoint_path}
    )
    for path in written.values():
        refuse_existing(path, force)
    if inference and settings.hidden:
        raise ValueError("--inference is for softmax regression only: omit --hidden or --inference.")
    parts = _read(settings)
    notes = [*parts.training.notes, *_of_identifiers(settings, parts.training)]
    notes += parts.held_out.notes if settings.valid else ()
    hashes = [sha256(path) for path in (settings.data, settings.valid) if path]
    checkpoint = Checkpoint(checkpoint_path, fingerprint(asdict(settings), hashes))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model, distance = _learn(settings, parts, checkpoint, resume=resume)
    warned = [warning for warning in caught if issubclass(warning.category, UserWarning)]
    notes += [_one_line(warning.message) for warning in warned]
    leaks = [_one_line(warning.message) for warning in warned if issubclass(warning.category, LeakageWarning)]
    held_out, classes = parts.held_out, np.asarray(model.classes_)
    probabilities = model.predict_proba(held_out.x)
    positive = positive_class(settings.positive, classes, parts.training.labels)
    found = scores(held_out.labels, probabilities, classes, held_out.weights, positive)
    told_first = [note for note in notes if note in leaks]
    told_first += of_class_weights(settings, classes, held_out.labels, probabilities)
    told_first += cautions(parts.training.labels, held_out.labels, classes[probabilities.argmax(axis=1)], classes)
    classifier: Classifier = model[-1]
    about = _about(settings, hashes[0], parts, found, notes, classifier.stop_, distance, positive)
    save(model, out, about)
    if card_path:
        write(card_path, model_card(model, about))
    seconds = time.perf_counter() - started
    if report is not None:
        _report(report, settings, model, parts, about, told_first, seconds)
    checkpoint.remove()
    estimates, about_them = _inference(model, parts.training) if inference else (None, "")
    paths = [str(path) for path in written.values() if path]
    if as_json:
        estimated = {"inference": {"about": about_them, **(estimates.to_dict() if estimates else {})}}
        facts = {**about, "seconds": seconds, "written": paths, **(estimated if inference else {})}
        typer.echo(json.dumps(facts, indent=1))
    else:
        lines = [*told_first, columns_as_table(model), *(note for note in notes if note not in told_first)]
        lines += [scores_as_table(found, len(held_out), "held-out"), _outcome(classifier, parts, seconds, distance)]
        lines += [f"Wrote {path}" for path in paths]
        lines += [f"\n{told}" for told in (about_them, estimates) if told and estimates is not None]
        typer.echo("\n".join(lines))
    if inference and estimates is None:  # what was asked for could not be done, though the model stands
        raise ValueError(about_them)


def _outcome(classifier: Classifier, parts: Parts, seconds: float, distance: float | None) -> str:
    epochs = f"{classifier.n_iter_} epochs: {classifier.stop_}"
    trained = f"Trained on {len(parts.training)} rows in {seconds:.1f} s, {epochs}."
    return trained if distance is None else f"{trained}\nThe cost is within about {distance:.1g} of the minimum."


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
    """Return a sentence about the columns that only tell the rows apart, and how to keep one; nothing without any."""
    decided = {*settings.kinds, *settings.drop}
    left_out = [name for name in training.identifiers if name not in decided]
    if not left_out:
        return []
    kind = "category" if is_words(training.x[left_out[0]]) else "number"
    keep = f"--kind {shlex.quote(left_out[0])}={kind}"
    if len(left_out) == 1:
        return [f"Column {left_out[0]} only identifies the rows and was left out; to keep it, give {keep}."]
    return [f"Columns {some_of(left_out)} only identify the rows and were left out; to keep one, give {keep}."]


def _about(
    settings: Settings,
    sha256_of_data: str,
    parts: Parts,
    found: dict[str, Any],
    notes: list[str],
    stop: str,
    distance: float | None,
    positive: str | None,
) -> dict[str, Any]:
    """Return the facts that are kept with the model."""
    return {
        "target": parts.training.target,
        "data": settings.data.name,
        "sha256": sha256_of_data,
        "rows": len(parts.training),
        "held-out rows": len(parts.held_out),
        "seed": settings.seed,
        "command": shlex.join(["chainrule", *map(_without_folders, sys.argv[1:])]),
        "positive": positive,
        "metrics": found,
        "columns": parts.training.columns,
        "header": parts.training.header,
        "separator": settings.separator,
        "notes": notes,
        "stop": stop,
        "above the lowest cost by": distance,
    }


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
        whole = whole.understood(settings.formats, [name for name, kind in kinds.items() if kind not in READ])
    if settings.valid is None:
        kept, held = split(whole.labels, settings.validation_fraction, generator)
        training, held_out = whole.take(kept), whole.take(held)
    else:
        columns = None if whole.is_table else whole.x.shape[1]
        held_out = read_labelled(settings.valid, settings.target, **reading, columns=columns, as_words=whole.written)
        training, held_out = whole, held_out.understood(whole.written, held_out.formats)
        if held_out.is_table != whole.is_table:
            raise ValueError(f"{settings.valid} must have the same form as {settings.data}.")
        if _are_same(whole, held_out):
            raise ValueError(
                f"--valid {settings.valid} has the same rows as {settings.data}, so it cannot measure how the model"
                " does on new rows: give other rows, or omit --valid."
            )
        held_out = matched(held_out, np.unique(whole.labels), settings.valid)
    return Parts(training, held_out)


def _are_same(one: LabelledFile, other: LabelledFile) -> bool:
    """Return whether two files hold the same rows in the same order."""
    if one.labels.shape != other.labels.shape or not (one.labels == other.labels).all():
        return False
    if one.is_table:
        return one.x.equals(other.x)
    return one.x.shape == other.x.shape and not (one.x != other.x).sum()


def _learn(settings: Settings, parts: Parts, checkpoint: Checkpoint, *, resume: bool) -> tuple[Pipeline, float | None]:
    """Return the trained model, and how far its cost is above the lowest there is, where that can be told."""
    training, held_out = parts
    x, held_out_x, steps = training.x, held_out.x, []
    if training.is_table:
        columns = list(training.x.column_names)
        encoder = TableEncoder(
            kinds={find_column(columns, name): kind for name, kind in settings.kinds.items()} or None,
            drop=tuple(find_column(columns, name) for name in settings.drop),
            identifiers=training.identifiers,
            formats=training.written,
        )
        x = encoder.fit(training.x, training.labels, training.weights).transform(training.x)
        held_out_x = encoder.transform(held_out.x)
        steps = [("table", encoder)]
    classifier = Classifier(
        settings.hidden,
        settings.activation if len(settings.activation) > 1 else settings.activation[0],
        l2=settings.l2,
        l1=settings.l1,
        optimizer=settings.optimizer,
        rate=settings.rate,
        class_weight=_class_weight(settings.class_weight, training.labels),
        prior_correction=settings.prior_correction,
        label_smoothing=settings.label_smoothing,
        standardize=not training.is_table,
        tol=settings.tol,
        max_epochs=settings.max_epochs,
        batch_size=settings.batch_size,
        validation_fraction=WATCHED if settings.hidden else 0.0,
        patience=settings.patience if settings.hidden else None,
        n_threads=settings.threads,
        random_state=settings.seed,
    )
    snapshot = checkpoint.read() if resume else None
    with shown() as callbacks:
        classifier.set_params(callbacks=[*callbacks, checkpoint])
        # Of softmax regression the held-out rows are only watched, for the picture: without patience, nothing that the
        # model becomes depends on them. A network holds rows out itself, so that fitted anew it stops as it did here.
        watched = None if settings.hidden else (held_out_x, held_out.labels, held_out.weights)
        classifier.fit(x, training.labels, training.weights, validation=watched, resume=snapshot)
    classifier.set_params(callbacks=())
    told = not settings.hidden and not settings.prior_correction and np.isfinite(classifier.history_.cost[-1])
    distance = optimality(classifier, x, training.labels, training.weights).estimate if told else None
    return Pipeline([*steps, ("classifier", classifier)]), distance


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


def _inference(model: Pipeline, training: LabelledFile) -> tuple[Any, str]:
    from chainrule.cli.inference import inference_of

    return inference_of(model, training)


def _report(
    path: Path,
    settings: Settings,
    model: Pipeline,
    parts: Parts,
    about: dict[str, Any],
    told_first: list[str],
    seconds: float,
) -> None:
    from chainrule.pages.report import Run, write_report

    shown = ("data", "sha256", "rows", "held-out rows", "seed")
    facts = {name: str(about[name]) for name in shown}
    if about["above the lowest cost by"] is not None:
        facts["cost above the minimum, about"] = f"{about['above the lowest cost by']:.1g}"
    facts |= {
        "seconds": f"{seconds:.1f}",
        "Chainrule": __version__,
        "NumPy": np.__version__,
        "kernels": form_in_use(),
    }
    run = Run(
        model=model,
        train=parts.training.x,
        train_labels=parts.training.labels,
        held_out=parts.held_out.x,
        held_out_labels=parts.held_out.labels,
        train_rows=parts.training.rows,
        held_out_rows=parts.held_out.rows,
        train_weights=parts.training.weights,
        title=settings.data.name,
        command=about["command"],
        target=about["target"],
        names=None if parts.training.is_table else parts.training.columns,
        facts=facts,
        positive=about["positive"],
        cautions=told_first,
        notes=[note for note in about["notes"] if note not in told_first],
    )
    write_report(path, run)
