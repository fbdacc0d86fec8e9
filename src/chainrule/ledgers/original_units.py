"""A row as its user has it, before the steps of a pipeline."""

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np

from chainrule.arrays import is_sparse


def columns_of_row(X: Any, row: int) -> Mapping[str, str]:
    """Return the values of a row by the names of their columns, in words; a column without a name has its number.

    >>> columns_of_row([[1.5, 2.0]], 0)
    {'1': '1.5', '2': '2.0'}
    """
    if hasattr(X, "columns") or hasattr(X, "column_names"):
        frame = nw.from_native(X, eager_only=True)
        return {str(name): _in_words(value) for name, value in zip(frame.columns, frame.row(row), strict=True)}
    if is_sparse(X):
        columns = X[[row]].tocsr()
        return {str(i + 1): _in_words(v) for i, v in zip(columns.indices.tolist(), columns.data.tolist(), strict=True)}
    return {str(i + 1): _in_words(value) for i, value in enumerate(np.asarray(X[row]).tolist())}


def _in_words(value: Any) -> str:
    missing = value is None or value != value
    return "(missing)" if missing else str(value)
