"""Tables read from files as people have them: separated text, Parquet and JSON lines, compressed or not."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from chainrule.tables.dialect import Dialect, dialect_of
from chainrule.tables.opening import TableError, first_bytes, refuse_no_tables, suffix_of
from chainrule.tables.separated import refuse_ragged, words
from chainrule.tables.types import ColumnType, known_words

__all__ = ["TableError", "read_batches", "read_table"]


def read_table(path: Path, *, header: bool | None = None, separator: str | None = None) -> pa.Table:
    """Return the rows of a file as a table."""
    return pa.concat_tables(read_batches(path, header=header, separator=separator))


def read_batches(
    path: Path, *, header: bool | None = None, separator: str | None = None, rows: int = 65536
) -> Iterator[pa.Table]:
    """Yield the rows of a file in order, `rows` at a time, in the memory of one such part."""
    path = Path(path)
    yield from _of_rows(_separated(path, header, separator), rows)


def _separated(path: Path, header: bool | None, separator: str | None) -> Iterator[pa.RecordBatch]:
    dialect = dialect_of(path, header, separator)
    dialect, types, kept = _types(path, dialect)
    schema = pa.schema([(name, kind.type()) for name, kind in zip(dialect.names, types, strict=True)][:kept])
    yield pa.RecordBatch.from_pylist([], schema)
    for batch in words(path, dialect):
        columns = [kind.read(known_words(column)) for kind, column in zip(types, batch.columns, strict=True)]
        yield pa.RecordBatch.from_arrays(columns[:kept], schema=schema)


def _types(path: Path, dialect: Dialect) -> tuple[Dialect, list[ColumnType], int]:
    """Return what the words of each column can be read as, and how many columns there are."""
    types = [ColumnType() for _ in dialect.names]
    try:
        for batch in words(path, dialect):
            for kind, column in zip(types, batch.columns, strict=True):
                kind.see(known_words(column))
    except pa.ArrowInvalid as error:
        refuse_ragged(path, dialect)
        if dialect.tidied:
            raise TableError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
        return _types(path, replace(dialect, tidied=True))
    last = len(types) - 1
    ends_with_separator = last and not types[last].any_known and dialect.names[last] == f"column {last}"
    return dialect, types, last if ends_with_separator else last + 1


def _of_rows(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Yield tables of so many rows each, the last of fewer, and at least one."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        while sum(map(len, waiting)) >= rows:
            table = pa.Table.from_batches(waiting)
            yield table[:rows].combine_chunks()
            waiting = table[rows:].to_batches()
    yield pa.Table.from_batches(waiting)
