"""Tables read from files as people have them: separated text, Parquet and JSON lines, compressed or not."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from chainrule.common.format import short
from chainrule.exceptions import TableError
from chainrule.tables.frames import is_words, plain, unsupported
from chainrule.tables.readers.json_lines import json_schema, json_tables
from chainrule.tables.readers.matrices import is_matrix, read_matrix, read_unlabelled
from chainrule.tables.readers.opening import MOST_COLUMNS, first_bytes, refuse_no_tables, refuse_repeated, suffix_of
from chainrule.tables.readers.separated import separated_batches
from chainrule.tables.readers.writing import print_csv, write_table
from chainrule.tables.types import known_words
from chainrule.tables.written import formats_of, left_out_note, with_formats, with_remarks

__all__ = [
    "TableError",
    "is_matrix",
    "print_csv",
    "read_batches",
    "read_matrix",
    "read_table",
    "read_unlabelled",
    "write_table",
]

# First bytes of a Parquet file.
PARQUET = b"PAR1"
# Rows of a part of a file: enough that a part costs little beside its rows, and little memory even in wide tables.
ROWS = 65536


def read_table(path: Path, *, header: bool | None = None, separator: str | None = None) -> pa.Table:
    r"""Return the rows of a file as a table.

    Parameters:
        path: of separated text, JSON lines or Parquet; the content says which.
        header: whether the first row names the columns; detected if not given. Columns without names are called
            "column 0", "column 1" and so on.
        separator: of fields; a space stands for any number of spaces and tabs. Detected if not given.

    Returns:
        Columns of int64, float64, bool, date32, timestamp or string; missing values are null.

    Raises:
        TableError: the file cannot be read as a table; the message says where and why.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "people.csv"
    >>> _ = path.write_text("name; age\nAda; 36\nAlan; ?\n")
    >>> read_table(path).to_pylist()
    [{'name': 'Ada', 'age': 36}, {'name': 'Alan', 'age': None}]
    """
    table = pa.concat_tables(read_batches(path, header=header, separator=separator))
    return with_formats(table, {name: written for name, (written, _) in formats_of(table.schema).items()})


def read_batches(
    path: Path,
    *,
    header: bool | None = None,
    separator: str | None = None,
    as_words: Collection[str] = (),
    rows: int = ROWS,
) -> Iterator[pa.Table]:
    """Yield the rows of a file in order, `rows` at a time, in the memory that so many take.

    All parts have the same columns and types: those of the whole file, which is read once to find them. A file
    without rows makes one part without rows. Other parameters and errors are those of `read_table`.

    Numbers and dates as people write them, such as 1.234,5 and 31.12.2023, are left as they are written; `formats_of`
    says how, and `with_formats` reads them.

    Parameters:
        as_words: columns of separated text that are left as they are written, whatever they hold.
    """
    path = Path(path)
    start = first_bytes(path, 1 << 12)
    refuse_no_tables(path, start)
    if start.startswith(PARQUET):
        batches: Iterable[pa.RecordBatch] = _parquet_batches(path, rows)
    elif suffix_of(path) == ".parquet":
        raise TableError(f"{path} is named as a Parquet file but is not one: correct its ending.")
    elif _is_json(path, start):
        batches = _json_batches(path)
    else:
        batches = separated_batches(path, header, separator, as_words)
    yield from _of_rows(map(_without_nan, batches), rows)


def _parquet_batches(path: Path, rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file, at most `rows` at a time; first none, to show the columns.

    Columns of nested values or bytes are left out, with a note.

    Raises:
        TableError: the file is damaged, or has no columns of numbers or words.
    """
    try:
        with parquet.ParquetFile(path) as file:
            given = file.schema_arrow.remove_metadata()
            _refuse_columns(path, given)
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


def _refuse_columns(path: Path, schema: pa.Schema) -> None:
    if len(schema.names) > MOST_COLUMNS:
        raise TableError(f"{path} has {len(schema.names)} columns; at most {MOST_COLUMNS} are read.")
    if not schema.names:
        raise TableError(f"{path} has no columns.")
    refuse_repeated(path, schema.names)


def _no_use(kind: pa.DataType) -> str | None:
    """Return what values of a type are where no number can be made of them."""
    return unsupported(plain(pa.array([], kind)).type)


def _is_json(path: Path, start: bytes) -> bool:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"{") or suffix_of(path) in (".json", ".jsonl", ".ndjson")


def _json_batches(path: Path) -> Iterator[pa.RecordBatch]:
    schema = json_schema(path)
    yield pa.RecordBatch.from_pylist([], schema)
    for table in json_tables(path, schema):
        yield from table.select(schema.names).to_batches()


def _without_nan(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch in which NaN and words that say so are null."""
    return pa.RecordBatch.from_arrays([_known(column) for column in batch.columns], schema=batch.schema)


def _known(values: pa.Array) -> pa.Array:
    if pa.types.is_floating(values.type):
        nan = pc.is_nan(values)
        return pc.if_else(nan, pa.scalar(None, values.type), values) if nan.true_count else values
    return known_words(values) if is_words(values) and pa.types.is_string(values.type) else values


def _of_rows(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Yield tables of so many rows each, the last of fewer, and at least one."""
    waiting: list[pa.RecordBatch] = []
    some = False
    for batch in batches:
        waiting.append(batch)
        while sum(map(len, waiting)) >= rows:
            table = pa.Table.from_batches(waiting)
            yield table[:rows].combine_chunks()
            some = True
            waiting = table[rows:].to_batches()
    if sum(map(len, waiting)) or not some:
        yield pa.Table.from_batches(waiting)
