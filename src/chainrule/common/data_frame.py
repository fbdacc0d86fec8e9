"""Columns of numbers as a data frame, of whichever library is installed."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Literal

# The most common first.
LIBRARIES: tuple[Literal["pandas", "polars", "pyarrow"], ...] = ("pandas", "polars", "pyarrow")


def data_frame(columns: Mapping[str, Sequence[Any]]) -> Any:
    """Return a data frame of these columns: of pandas, or of polars or Arrow where there is none.

    Raises:
        ValueError: none of the three is installed.

    >>> data_frame({"a": [1, 2]}).shape
    (2, 1)
    """
    import narwhals as nw

    for library in LIBRARIES:
        if find_spec(library):
            return nw.from_dict({name: list(values) for name, values in columns.items()}, backend=library).to_native()
    raise ValueError("A data frame needs pandas, polars or pyarrow, found none of them: pip install pandas.")
