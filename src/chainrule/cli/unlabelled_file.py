"""A file of rows to predict, read as the file of training was."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from chainrule.tables.files import read_batches


def batches(path: Path, about: Mapping[str, Any], options: Mapping[str, Any]) -> Iterator[pa.Table]:
    """Yield the rows of a file in order, a part at a time, with the columns named as where the model was trained.

    A file whose columns have no names may lack the target: the others then keep their names.

    Parameters:
        path: of the file.
        about: what the model file says of its training.
        options: header and separator, where they are not to be found out.

    Raises:
        ValueError: the file cannot be read, or has another number of columns.
    """
    columns: Sequence[str] = about["columns"]
    header = options["header"]
    if header is None and not about["header"]:
        header = False
    separator = options["separator"] or about["separator"]
    for batch in read_batches(path, header=header, separator=separator):
        if header is False:
            batch = batch.rename_columns(_names(path, batch.num_columns, columns, about["target"]))
        yield batch


def _names(path: Path, found: int, columns: Sequence[str], target: str) -> list[str]:
    if found == len(columns):
        return list(columns)
    if found == len(columns) - 1:
        return [name for name in columns if name != target]
    raise ValueError(
        f"{path} has {found} columns; the model was trained on {len(columns)}, {target} among them, and needs them"
        " all, or all but that one."
    )
