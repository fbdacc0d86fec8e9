"""The model file proper: a skops archive of the whole model, and beside it a note of its format and of its origin.

A skops archive lists the classes it needs, and this list is read before anything of the model is made. So a file can
be refused for what it names, and opening it runs no code of its own.
"""

import io
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from chainrule import __version__
from chainrule.files import write
from chainrule.model_file.errors import ModelFileError
from chainrule.model_file.trusted import may_be_made

FORMAT = 1
NOTE = "chainrule.json"
SCHEMA = "schema.json"
ARCHIVE = b"PK"


def save(model: Any, path: str | Path, about: Mapping[str, Any] | None = None) -> Path:
    """Write a fitted model to a file from which `load` makes it again, to the last bit, with all it needs to go on.

    Parameters:
        model: a `Classifier`, a pipeline that ends in one, or any estimator made of scikit-learn's and Chainrule's.
        path: of the file, usually ending in .skops; one that exists is replaced.
        about: facts to keep with it, such as the target's name or scores; what JSON can say.

    Returns:
        The path.

    Raises:
        ModelFileError: the model is not fitted, or holds something that `load` would refuse.

    >>> import tempfile, chainrule
    >>> model = chainrule.Classifier().fit([[0.0], [1.0], [2.0]], ["no", "yes", "yes"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = chainrule.save(model, f"{folder}/model.skops", about={"target": "answer"})
    ...     chainrule.load(path).predict([[3.0]])
    array(['yes'], dtype='<U3')
    """
    import skops.io

    path = Path(path)
    _check_fitted(model)
    note = {"format": FORMAT, "chainrule": __version__, "about": dict(about or {})}
    try:
        written_note = json.dumps(note, ensure_ascii=False, allow_nan=False, indent=1)
    except (TypeError, ValueError) as error:
        raise ModelFileError(f"The facts about the model must be what JSON can say: {error}.") from None
    try:
        content = skops.io.dumps(model)
    except Exception as error:
        raise ModelFileError(f"This model cannot be written to a file: {error}".rstrip(".") + ".") from error
    refused = _refused(skops.io.get_untrusted_types(data=content))
    if refused:
        raise ModelFileError(
            f"The model holds {', '.join(refused)}, which load would refuse: save only what predicts, such as the"
            " best_estimator_ of a search, or a Classifier with callbacks=()."
        )
    archive = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as made, ZipFile(archive, "w", ZIP_DEFLATED) as file:
        for name in made.namelist():
            file.writestr(name, _with_keys_that_can_be_read(made.read(name)) if name == SCHEMA else made.read(name))
        file.writestr(NOTE, written_note)
    write(path, archive.getvalue())
    return path


def load(path: str | Path) -> Any:
    """Return the model of a file that `save` wrote, without running any code that the file names.

    Parameters:
        path: of the file.

    Raises:
        ModelFileError: the file is no model file, damaged, of a newer format, or names something that is neither
            scikit-learn's, NumPy's, SciPy's nor Chainrule's own; the message lists what.
    """
    import skops.io

    path = Path(path)
    content, _ = _read(path)
    try:
        names = skops.io.get_untrusted_types(data=content)
        refused = _refused(names)
    except Exception as error:
        raise _unreadable(path, error) from error
    if refused:
        raise ModelFileError(
            f"{path} names {', '.join(refused)}, which no model file needs: nothing of it was run; do not use it,"
            " unless you know who wrote it."
        )
    try:
        model = skops.io.loads(content, trusted=names)
    except Exception as error:
        raise _unreadable(path, error) from error
    if not isinstance(model, BaseEstimator):
        raise ModelFileError(f"{path} holds {type(model).__name__}, not a model.")
    return model


def read_about(path: str | Path) -> dict[str, Any]:
    """Return the facts that `save` was given, without making the model.

    Raises:
        ModelFileError: the file is no model file, damaged, or of a newer format.
    """
    about: dict[str, Any] = _read(Path(path))[1].get("about", {})
    return about


def _check_fitted(model: Any) -> None:
    if not isinstance(model, BaseEstimator):
        raise ModelFileError(f"A model file holds a fitted model, found {type(model).__name__}: give a Classifier.")
    try:
        check_is_fitted(model)
    except NotFittedError:
        raise ModelFileError(f"This {type(model).__name__} is not fitted yet: call fit before save.") from None


def _refused(names: list[str]) -> list[str]:
    return [name for name in names if not may_be_made(name)]


def _with_keys_that_can_be_read(schema: bytes) -> bytes:
    """Return the schema with 0 and 1 for False and True as keys of dictionaries.

    They are the same keys to Python, but skops reads a key as `bool("false")`, which is true.
    """
    root = json.loads(schema)
    nodes = [root]
    while nodes:
        node = nodes.pop()
        nodes += [part for part in (node.values() if isinstance(node, dict) else node) if isinstance(part, dict | list)]
        if isinstance(node, dict) and "key_types" in node:
            kinds, keys = node["key_types"]["content"], list(node["content"])
            for place, kind in enumerate(kinds):
                if kind["__class__"] in ("bool", "bool_"):
                    kinds[place] = {"__class__": "int", "__module__": "builtins", "__loader__": "TypeNode"}
                    keys[place] = {"true": "1", "false": "0"}[keys[place]]
            node["content"] = dict(zip(keys, node["content"].values(), strict=True))
    return json.dumps(root).encode()


def _read(path: Path) -> tuple[bytes, dict[str, Any]]:
    """Return the whole file and its note, if the note says that this version can read it."""
    content = path.read_bytes()
    try:
        with ZipFile(io.BytesIO(content)) as file:
            note = json.loads(file.read(NOTE)) if NOTE in file.namelist() else None
    except Exception:
        if content.startswith(ARCHIVE):
            raise ModelFileError(f"{path} is damaged or cut short: get it again, or save the model anew.") from None
        raise ModelFileError(f"{path} is no model file: expected one that chainrule.save wrote.") from None
    if note is None:
        raise ModelFileError(f"{path} is an archive that chainrule.save did not write: it has no {NOTE}.")
    found = note.get("format") if isinstance(note, dict) else None
    if type(found) is not int or found < 1:
        raise ModelFileError(
            f"{path} is damaged: the format in its {NOTE} must be a whole number from 1, found {found!r}."
        )
    if found > FORMAT:
        raise ModelFileError(
            f"{path} has format {found}, written by chainrule {note.get('chainrule')}, but this is chainrule"
            f" {__version__}, which reads formats up to {FORMAT}: update chainrule."
        )
    return content, note


def _unreadable(path: Path, error: Exception) -> ModelFileError:
    if isinstance(error, ModuleNotFoundError):
        return ModelFileError(f"{path} needs {error.name}, which is not installed: pip install 'chainrule[tables]'.")
    if isinstance(error, BadZipFile | zlib.error):
        return ModelFileError(f"{path} is damaged: get it again, or save the model anew.")
    reason = str(error).split("\n")[0].rstrip(".")
    return ModelFileError(f"{path} cannot be read: {type(error).__name__}, {reason}.")
