"""Parquet files as tables."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from chainrule.common.format import short
from chainrule.exceptions import TableError
from chainrule.tables.frames import plain, unsupported
from chainrule.tables.readers.opening import MOST_COLUMNS, refuse_repeated
from chainrule.tables.written import left_out_note, with_remarks


def parquet_batches(path: Path, rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file, at most `rows` at a time; first none, to show the columns.

    Columns of nested values or bytes are left out, with a note.

    Raises:
        TableError: the file is damaged, or has no columns of numbers or words.
    """
    try:
        with parquet.ParquetFile(path) as file:
            given = file.schema_arrow.remove_metadata()
            _refuse(path, given)
            left_out = {
                name: what for name, kind in zip(given.names, given.types, strict=True) if (what := _no_use(kind))
            }
            if len(left_out) == len(given.names):
                name, what = next(iter(left_out.items()))
                raise TableError(f"{path} has no columns of numbers or words: {short(name)!r} holds {what}.")
            notes = [left_out_note(name, what) for name, what in left_out.items()]
            schema = None
            for batch in chain([pa.RecordBatch.from_pylist([], given)], file.iter_batches(batch_size=rows)):
                batch.validate(full=True)
                columns = {
                    name: plain(column)
                    for name, column in zip(given.names, batch.columns, strict=True)
                    if name not in left_out
                }
                schema = schema or with_remarks(pa.table(columns).schema, notes, {})
                yield pa.RecordBatch.from_arrays(list(columns.values()), schema=schema)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError(f"{path} is a damaged or truncated Parquet file: copy it again.") from None


def _refuse(path: Path, schema: pa.Schema) -> None:
    if len(schema.names) > MOST_COLUMNS:
        raise TableError(f"{path} has {len(schema.names)} columns; at most {MOST_COLUMNS} are read.")
    if not schema.names:
        raise TableError(f"{path} has no columns.")
    refuse_repeated(path, schema.names)


def _no_use(kind: pa.DataType) -> str | None:
    """Return what values of a type are where no number can be made of them."""
    return unsupported(plain(pa.array([], kind)).type)
