"""Thin stand-in."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa


class TableError(ValueError):
    """A mistake."""


def is_matrix(path: Path) -> bool:
    return False


def read_matrix(path: Path, columns: Any = None) -> Any:
    raise NotImplementedError


def read_table(path: Path, *, header: bool | None = None, separator: str | None = None) -> pa.Table:
    options = "" if header is None else f", header={str(header).lower()}"
    table = duckdb.sql(f"select * from read_csv('{path}', nullstr=['','?','NA']{options})").to_arrow_table()
    return table


def read_batches(path, **options):
    yield read_table(path, **options)
