"""A model file and a file of labelled rows for it."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from chainrule.cli.labelled_file import LabelledFile, matched, read_labelled, split_target
from chainrule.cli.unlabelled_file import batches
from chainrule.model_file import load, read_about
from chainrule.tables.files import is_matrix


def read_model_and_rows(
    model: Path, data: Path, *, header: bool | None = None, separator: str | None = None
) -> tuple[Any, LabelledFile]:
    """Return the model of a file, and labelled rows whose columns are those of its training.

    Raises:
        ValueError: a file cannot be read, or the rows do not fit the model.
    """
    about, loaded = read_about(model), load(model)
    if is_matrix(data):
        rows = read_labelled(data, None, columns=loaded.n_features_in_)
    else:
        table = pa.concat_tables(list(batches(data, about, {"header": header, "separator": separator})))
        rows = split_target(table, about["target"], None)
    return loaded, matched(rows, np.asarray(loaded.classes_), data)
