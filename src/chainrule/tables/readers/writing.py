"""Tables written to files, a part at a time, whole or not at all."""

import gzip
import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from chainrule.common.atomic_write import replacing
from chainrule.exceptions import TableError
from chainrule.tables.frames import is_words
from chainrule.tables.readers.opening import suffix_of

# Cells that a spreadsheet would run, written so that it does not.

# What a spreadsheet takes for the beginning of a formula, unless it is a number or stands alone.
FORMULA = r"^[=@+\-\t\r\n](?s:.)"
NUMBER = r"^[+-][0-9.,'\x{2019} \x{00a0}\x{202f}%$€£¥]*([eE][+-]?[0-9]+)?$"


def guarded(table: pa.Table) -> tuple[pa.Table, int]:
    """Return a table with an apostrophe before each word, and name of a column, that a spreadsheet would run.

    Returns:
        The table, and how many words and names were changed.

    >>> table, changed = guarded(pa.table({"=a": ["=1+1", "-5", "-", "fine"]}))
    >>> table.to_pydict(), changed
    ({"'=a": ["'=1+1", '-5', '-', 'fine']}, 2)
    """
    columns, changed = [], 0
    for column in table.columns:
        values, count = _guarded(column)
        columns.append(values)
        changed += count
    names, count = _guarded(pa.array(table.column_names, pa.string()))
    return pa.table(columns, names=names.to_pylist()), changed + count


def _guarded(values: Any) -> tuple[Any, int]:
    if not is_words(values):
        return values, 0
    runs = pc.and_not(pc.match_substring_regex(values, FORMULA), pc.match_substring_regex(values, NUMBER))
    count = pc.sum(runs).as_py() or 0
    if not count:
        return values, 0
    apostrophe = pa.scalar("'", values.type)
    return pc.if_else(runs, pc.binary_join_element_wise(apostrophe, values, pa.scalar("", values.type)), values), count


def note_of(changed: int) -> str:
    """Return what is said of cells that were changed.

    >>> note_of(1)
    '1 cell that a spreadsheet would execute was prefixed with an apostrophe.'
    """
    if changed == 1:
        return "1 cell that a spreadsheet would execute was prefixed with an apostrophe."
    return f"{changed} cells that a spreadsheet would execute were prefixed with an apostrophe."


Writer = Callable[[pa.Table], None]
SEPARATORS = {".csv": ",", ".tsv": "\t"}
# Endings of the files that are written, and what separates the fields of some.
FORMATS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")


def write_table(path: Path, batches: Iterable[pa.Table], tell: Callable[[str], None] | None = None) -> int:
    """Write tables of the same columns one below the other, in the format that the name of the file says.

    In CSV and TSV, a cell or a name that a spreadsheet would run, such as `=1+1`, gets an apostrophe before it.

    Parameters:
        path: ending in .csv, .tsv, .jsonl (each also with .gz), or .parquet; folders on the way are made.
        batches: at least one table.
        tell: is given a sentence about cells that got an apostrophe, if there are any.

    Returns:
        How many rows were written.

    Raises:
        TableError: the name says no format that is written, is that of a folder, or the tables do not fit.
        OSError: the file cannot be written. Nothing is left behind then, nor when `batches` raises.
    """
    path = Path(path)
    suffix, zipped = suffix_of(path), path.suffix.lower() == ".gz"
    if suffix not in FORMATS or (suffix != path.suffix.lower() and (not zipped or suffix == ".parquet")):
        raise TableError(f"{path} must end in .csv, .csv.gz, .tsv, .jsonl or .parquet.")
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise TableError(f"{path} is {'a folder' if path.is_dir() else 'not a regular file'}: choose another name.")
    guard = _Guard()
    if suffix in SEPARATORS:
        batches = map(guard, batches)
    with replacing(path) as file:
        rows = _write(file, suffix, zipped, batches, path)
    guard.tell(tell)
    return rows


def print_csv(out: Any, batches: Iterable[pa.Table], tell: Callable[[str], None]) -> None:
    """Write tables of the same columns as CSV to a stream of bytes; as `write_table`."""
    guard = _Guard()
    for number, table in enumerate(map(guard, batches)):
        arrow_csv.write_csv(table, out, arrow_csv.WriteOptions(include_header=number == 0, quoting_style="needed"))
    guard.tell(tell)


class _Guard:
    """Puts an apostrophe before cells that a spreadsheet would run, and counts them."""

    def __init__(self) -> None:
        self._changed = 0

    def __call__(self, table: pa.Table) -> pa.Table:
        table, changed = guarded(table)
        self._changed += changed
        return table

    def tell(self, tell: Callable[[str], None] | None) -> None:
        if self._changed and tell is not None:
            tell(note_of(self._changed))


def _write(file: IO[bytes], suffix: str, zipped: bool, batches: Iterable[pa.Table], path: Path) -> int:
    rows, schema, write = 0, None, None
    with ExitStack() as open_files:
        out: Any = open_files.enter_context(gzip.GzipFile(fileobj=file, mode="wb", mtime=0)) if zipped else file
        for batch in batches:
            if schema is None or write is None:
                schema = batch.schema
                write = _writer(out, suffix, schema, open_files)
            if batch.schema != schema:
                raise TableError(
                    f"{path} would get columns of several types: {_listed(batch.schema)} after {_listed(schema)}."
                )
            write(batch)
            rows += batch.num_rows
    if schema is None:
        raise TableError(f"{path} was not written: there is nothing to write.")
    return rows


def _listed(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} ({field.type})" for field in schema)


def _writer(out: Any, suffix: str, schema: pa.Schema, open_files: ExitStack) -> Writer:
    """Return what writes a table of these columns."""
    if suffix == ".parquet":
        return open_files.enter_context(parquet.ParquetWriter(out, schema)).write_table
    if suffix in SEPARATORS:
        options = arrow_csv.WriteOptions(delimiter=SEPARATORS[suffix], quoting_style="needed")
        return open_files.enter_context(arrow_csv.CSVWriter(out, schema, write_options=options)).write_table

    def write_lines(table: pa.Table) -> None:
        for row in table.to_pylist():
            out.write((json.dumps(row, ensure_ascii=False, default=str) + "\n").encode())

    return write_lines
