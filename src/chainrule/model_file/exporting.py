"""Models to the files that other programs read."""

from pathlib import Path
from typing import Any

from chainrule.common.arguments import file_path, told
from chainrule.common.atomic_write import write
from chainrule.model_file.errors import ModelFileError
from chainrule.model_file.weights import to_json

FORMATS = ("json", "onnx")


def export(model: Any, path: str | Path, to: str, *, check: Any = None) -> float | None:
    """Write a fitted model to a file for other programs.

    Parameters:
        model: a `Classifier`, alone or after a `TableEncoder`.
        path: of the file; one that exists is replaced.
        to: "json" for everything as text to read, or "onnx" for a model that takes the columns of the table to a
            label and probabilities.
        check: for ONNX, rows to compute with ONNX Runtime too, before anything is written; none for no check.

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
    difference = None
    if to == "onnx":
        try:
            from chainrule.model_file.onnx_file import largest_difference, to_onnx
        except ModuleNotFoundError as error:
            raise ModelFileError(f"ONNX needs {error.name}: pip install 'chainrule[onnx]'.") from None
        content = to_onnx(model)
        if check is not None:
            difference = largest_difference(model, content, check)
    else:
        content = to_json(model)
    write(file_path(path), content)
    return difference


def refuse_unknown_format(to: str) -> None:
    """Raise ModelFileError where no format of that name is written."""
    if to not in FORMATS:
        raise ModelFileError(f"A model is exported to one of {', '.join(FORMATS)}, found {told(to)}.")
