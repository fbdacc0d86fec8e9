"""Saving a whole model to a file and opening it again, to the last bit, without running anything that the file says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator

from chainrule._version import __version__
from chainrule.common.arguments import check, file_path
from chainrule.common.atomic_write import write
from chainrule.common.format import described
from chainrule.exceptions import ModelFileError
from chainrule.model_file import scikit_learn
from chainrule.model_file.classifier import (
    FLOATS,
    HISTORY,
    LIKE_THETA,
    MOST_UNITS,
    STATE,
    BitGenerator,
    classifier,
)
from chainrule.model_file.container import pack, unpack
from chainrule.model_file.description import to_json
from chainrule.model_file.encoder import table_encoder
from chainrule.model_file.estimators import KINDS, STEP, check_chain, is_fitted
from chainrule.model_file.forms import TEXT, Place, Record, Tensor, check_names, whole
from chainrule.training.monitor import Snapshot

# The kinds of estimator that a model file can hold, each under its name there.

KINDS |= {
    "classifier": ("Classifier", classifier),
    "table_encoder": ("TableEncoder", table_encoder),
    "pipeline": ("Pipeline", scikit_learn.pipeline),
    "column_transformer": ("ColumnTransformer", scikit_learn.column_transformer),
    "standard_scaler": ("StandardScaler", scikit_learn.standard_scaler),
    "min_max_scaler": ("MinMaxScaler", scikit_learn.min_max_scaler),
    "missing_indicator": ("MissingIndicator", scikit_learn.missing_indicator),
    "simple_imputer": ("SimpleImputer", scikit_learn.simple_imputer),
    "one_hot_encoder": ("OneHotEncoder", scikit_learn.one_hot_encoder),
    "ordinal_encoder": ("OrdinalEncoder", scikit_learn.ordinal_encoder),
}


# Models to the files that other programs read.

# For reading it anywhere, for running it anywhere, and for programs and people in a browser.
FORMATS = ("json", "onnx", "js", "html")


def export(
    model: Any, path: str | Path, to: str, *, check: Any = None, baseline: Any = None, title: str = ""
) -> float | None:
    """Write a fitted model to a file for other programs.

    Parameters:
        model: a `Classifier`, alone or after a `TableEncoder`.
        path: of the file; one that exists is replaced.
        to: "json" for everything as text to read; "onnx" for a model that takes the columns of the table to a label
            and probabilities; "js" for an ES module that does; "html" for a page on which one enters rows, sees their
            probabilities, what each column contributes and the chain rule, and changes what one likes.
        check: for ONNX, rows to compute with ONNX Runtime too, before anything is written; none for no check.
        baseline: for a page, rows whose mean a row is compared with, such as those of training: none of them is written
            to the page; None to compare numbers with their mean, and categories with none.
        title: for a module or a page, what is predicted, in words; the name of the file if it is empty.

    Returns:
        The largest difference of a probability in the rows of `check`, or None where nothing was checked.

    Raises:
        ModelFileError: the model cannot be written in this format, or ONNX Runtime computes probabilities that differ
            by more than 1e-5.

    >>> import json, tempfile, chainrule
    >>> model = chainrule.Classifier().fit([[0.0], [1.0], [2.0]], ["no", "yes", "yes"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export(model, f"{folder}/model.json", "json")
    ...     json.loads(Path(folder, "model.json").read_text())["layers"][0]["type"]
    'Dense'
    """
    refuse_unknown_format(to)
    if check is not None and to != "onnx":
        raise ModelFileError(f"check compares with ONNX Runtime, which does not read {to}: leave it out.")
    if baseline is not None and to != "html":
        raise ModelFileError(f"baseline is what a page compares rows with, and {to} is none: leave it out.")
    path = file_path(path)
    difference = None
    if to in ("js", "html"):
        from chainrule.model_file.web_export import to_html, to_js

        title = title or path.stem
        content = to_js(model, title, path.name) if to == "js" else to_html(model, title, baseline)
    elif to == "onnx":
        try:
            from chainrule.model_file.onnx_export import largest_difference, to_onnx
        except ModuleNotFoundError as error:
            raise ModelFileError(f"ONNX needs {error.name}: pip install 'chainrule[onnx]'.") from None
        content = to_onnx(model)
        if check is not None:
            difference = largest_difference(model, content, check)
    else:
        content = to_json(model)
    write(path, content)
    return difference


def refuse_unknown_format(to: str) -> None:
    """Raise ModelFileError where no format of that name is written."""
    if to not in FORMATS:
        raise ModelFileError(
            f"A model can be exported to {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, found {described(to)}."
        )


# Version of the format; a file of a later one is refused.
FORMAT = 1
# What stands beside each other in the description; another name is refused.
CONTENT = ("format", "chainrule", "about", "model")


def save(model: Any, path: str | Path, about: Mapping[str, Any] | None = None) -> Path:
    """Write a fitted model to a file from which `load` makes it again, to the last bit, with all it needs to go on.

    The file is a safetensors file: numbers are tensors, and a JSON text says everything else. Equal models have equal
    bytes.

    Parameters:
        model: a `Classifier`, a `TableEncoder`, or a pipeline or column transformer of them and of scikit-learn's
            StandardScaler, MinMaxScaler, SimpleImputer, OneHotEncoder and OrdinalEncoder; of an `AutoClassifier` the
            `model_` that it has found is saved.
        path: of the file, usually ending in .safetensors; one that exists is replaced.
        about: facts to keep with it, such as the target's name or scores; what JSON can say.

    Returns:
        The path.

    Raises:
        ModelFileError: the model is not fitted, or holds something that a model file has no place for.

    >>> import tempfile, chainrule
    >>> model = chainrule.Classifier().fit([[0.0], [1.0], [2.0]], ["no", "yes", "yes"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = chainrule.save(model, f"{folder}/model.safetensors", about={"target": "answer"})
    ...     chainrule.load(path).predict([[3.0]])
    array(['yes'], dtype='<U3')
    """
    path, model = file_path(path), getattr(model, "model_", model)
    _check_fitted(model)
    check("about", about, about is None or isinstance(about, Mapping), "a dictionary or None")
    place = Place("", {})
    described = STEP.write(model, place)
    try:
        check_chain(STEP.read(described, Place("", place.tensors)))  # what load would refuse is not written
    except ModelFileError as error:
        raise ModelFileError(f"This model cannot be written to a file: {str(error).rstrip('.')}.") from None
    content = {"format": FORMAT, "chainrule": __version__, "about": dict(about or {}), "model": described}
    write(path, pack(content, place.tensors))
    return path


def load(path: str | Path) -> Any:
    """Return the model of a file that `save` wrote.

    Everything in the file is checked before it is used: types, lengths, ranges, and what belongs together.

    Parameters:
        path: of the file.

    Raises:
        ModelFileError: the file is not a model file, is damaged, of a newer format, or holds something else than it
            should; the message says what.

    >>> import tempfile, chainrule
    >>> model = chainrule.Classifier().fit([[0.0], [2.0]], ["no", "yes"])
    >>> load(chainrule.save(model, tempfile.mkdtemp() + "/model.safetensors")).predict([[3.0]])
    array(['yes'], dtype=...)
    """
    return load_with_about(path)[0]


def load_with_about(path: str | Path) -> tuple[Any, dict[str, Any]]:
    """Return the model of a file, and the facts that `save` was given.

    Raises:
        ModelFileError: as `load`.
    """
    path = file_path(path)
    content, tensors = _read(path)
    place = Place("", tensors, left=set(tensors))
    try:
        model = STEP.read(content["model"], place)
        check_chain(model)
    except ModuleNotFoundError as error:
        needed = f"{error.name}, which is not installed"
        raise ModelFileError(f"{path} needs {needed}: pip install 'chainrule[tables]'.") from None
    except ModelFileError as error:
        raise ModelFileError(f"{path} is damaged or forged: {str(error).rstrip('.')}.") from None
    if place.left:
        raise ModelFileError(f"{path} is damaged or forged: nothing refers to tensor {min(place.left)[:80]!r}.")
    return model, content["about"]


def read_about(path: str | Path) -> dict[str, Any]:
    """Return the facts that `save` was given, without making the model.

    Raises:
        ModelFileError: the file is not a model file, damaged, or of a newer format.
    """
    about: dict[str, Any] = _read(file_path(path))[0]["about"]
    return about


def _check_fitted(model: Any) -> None:
    if not isinstance(model, BaseEstimator):
        raise ModelFileError(f"A model file holds a fitted model, found {type(model).__name__}: give a Classifier.")
    if not is_fitted(model):
        raise ModelFileError(f"This {type(model).__name__} is not fitted yet: call fit before save.")


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    content, tensors = unpack(path)
    found = content.get("format")
    if type(found) is not int or found < 1:
        raise ModelFileError(f"{path} is damaged: its format must be a whole number from 1, found {str(found)[:60]!r}.")
    if found > FORMAT:
        raise ModelFileError(
            f"{path} has format {found}, written by chainrule {str(content.get('chainrule'))[:60]}, but this is"
            f" chainrule {__version__}, which reads formats up to {FORMAT}: update chainrule."
        )
    try:
        check_names(content, dict.fromkeys(CONTENT), Place("", {}))
        if not isinstance(content["about"], dict):
            raise Place("about", {}).refusal("an object", content["about"])
    except ModelFileError as error:
        raise ModelFileError(f"{path} is damaged or forged: {error}.") from None
    return content, tensors


# A run after some epoch, as a file: in the form of a model file, and checked like one when it is read.

SNAPSHOT = Record(
    Snapshot,
    {
        "theta": Tensor(("parameters",), FLOATS),
        "best": LIKE_THETA,
        "state": STATE,
        "generator": BitGenerator(),
        "history": HISTORY,
    },
)


def save_snapshot(snapshot: Snapshot, path: Path, run: str) -> None:
    """Write a snapshot to a file, with what identifies its run."""
    place, size = Place("snapshot", {}), len(snapshot.theta)
    described = SNAPSHOT.write(snapshot, place.with_sizes(parameters=size))
    write(path, pack({"run": run, "parameters": size, "snapshot": described}, place.tensors))


def load_snapshot(path: Path) -> tuple[Snapshot, str]:
    """Return the snapshot of a file, and what identifies its run.

    Raises:
        ModelFileError: the file is no snapshot, or is damaged.
    """
    content, tensors = unpack(path)
    place = Place("snapshot", tensors)
    try:
        check_names(content, dict.fromkeys(("run", "parameters", "snapshot")), place)
        size = whole(1, MOST_UNITS).read(content["parameters"], place.at("parameters"))
        snapshot = SNAPSHOT.read(content["snapshot"], place.with_sizes(parameters=size))
        return snapshot, TEXT.read(content["run"], place.at("run"))
    except ModelFileError as error:
        raise ModelFileError(f"{path} is damaged or forged: {error}.") from None
