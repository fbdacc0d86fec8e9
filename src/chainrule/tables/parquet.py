"""Parquet files as tables."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from chainrule.tables.opening import TableError


def parquet_batches(path: Path, rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file, at most `rows` at a time; first none, to show the columns.

    Raises:
        TableError: the file is damaged, or a column holds nested values or bytes.
    """
    try:
        with parquet.ParquetFile(path) as file:
            schema = file.schema_arrow.remove_metadata()
            _refuse(path, schema)
            yield pa.RecordBatch.from_pylist([], schema)
            for batch in file.iter_batches(batch_size=rows):
                batch.validate(full=True)
                yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError(f"{path} is a Parquet file, but damaged or cut short: copy it again.") from None


def _refuse(path: Path, schema: pa.Schema) -> None:
    if not schema.names:
        raise TableError(f"{path} has no columns.")
    for name, kind in zip(schema.names, schema.types, strict=True):
        places = [place for place, other in enumerate(schema.names) if other == name]
        if len(places) > 1:
            raise TableError(
                f"{path} has two columns of the name {name}, at positions {places[0]} and {places[1]}: rename one."
            )
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            raise TableError(f"{path} has values of type {kind} in {name!r}: make them numbers or words.")
