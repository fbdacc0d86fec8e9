"""Files of separated fields, as tables of words, a block at a time."""

import csv
import io
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import final

import pyarrow as pa
from pyarrow import csv as arrow_csv

from chainrule.tables.column_blocks import read_all, see_all
from chainrule.tables.lent import Lent
from chainrule.tables.readers.dialect import Dialect, dialect_of, fields_in_words, numbered_rows
from chainrule.tables.readers.opening import Stream, TableError, blocks, lines
from chainrule.tables.remarks import with_remarks
from chainrule.tables.types import ColumnType
from chainrule.tables.written import decide

LARGEST_ROW = 1 << 20
# Rows whose words take less are kept in memory between finding out what they can be read as and reading them.
KEPT = 1 << 26
END = "(end of the file)"


def separated_batches(
    path: Path, header: bool | None, separator: str | None, as_words: Collection[str]
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in order; first none, to show the columns.

    Numbers and dates as people write them are left words, and so are the columns named `as_words`; how the former are
    written is noted.

    Raises:
        TableError: a row has too many or too few fields, or the file cannot be read.
    """
    dialect = dialect_of(path, header, separator)
    types, kept = _types(path, dialect)
    last = len(types) - 1
    if last and not types[last].any_known and dialect.names[last] == f"column {last}":  # a separator ends each line
        types.pop()
    types = [ColumnType(()) if name in as_words else kind for name, kind in zip(dialect.names, types, strict=False)]
    by_name = dict(zip(dialect.names, types, strict=False))
    written, notes = decide(by_name)
    for name in written:
        by_name[name].readings = ()
    schema = with_remarks(
        pa.schema([(name, kind.type()) for name, kind in by_name.items()]),
        notes,
        {name: (found.format.name, found.note(name)) for name, found in written.items()},
    )
    yield pa.RecordBatch.from_pylist([], schema)
    for batch in words(path, dialect) if kept is None else kept:
        yield pa.RecordBatch.from_arrays(read_all(types, batch.columns), schema=schema)


def _types(path: Path, dialect: Dialect) -> tuple[list[ColumnType], list[pa.RecordBatch] | None]:
    """Return what the words of each column can be read as, and all rows where they are few."""
    types = [ColumnType() for _ in dialect.names]
    try:
        batches = words(path, dialect)
        kept, complete = _first(batches)
        for batch in chain(kept, batches):
            see_all(types, batch.columns)
    except pa.ArrowInvalid as error:
        _refuse_ragged(path, dialect)
        if "straddl" in str(error):
            raise TableError(f"{path} has a row of more than {LARGEST_ROW} characters: a quote may be open.") from None
        raise TableError(f"{path} has misplaced quotes: double each quote inside a quoted field.") from None
    if dialect.quotes % 2:
        _refuse_ragged(path, dialect)
    return types, kept if complete else None


def _first(batches: Iterator[pa.RecordBatch]) -> tuple[list[pa.RecordBatch], bool]:
    """Return the first batches, as one where they are all, and whether they are."""
    kept: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        kept.append(batch)
        size += batch.nbytes
        if size > KEPT:
            return kept, False
    return (pa.Table.from_batches(kept).combine_chunks().to_batches() if kept else []), True


def words(path: Path, dialect: Dialect) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in order, every field as it is written.

    Raises:
        TableError: a row has too many or too few fields, or the file cannot be read.
    """
    texts = _tidied(path, dialect) if dialect.tidied else _as_it_is(path, dialect)
    lent, failures = Lent(), list[BaseException]()
    try:
        yield from arrow_csv.open_csv(
            pa.PythonFile(lent.lend(Stream(texts, lent, failures)), "r"),
            read_options=arrow_csv.ReadOptions(column_names=dialect.names, block_size=LARGEST_ROW),
            parse_options=arrow_csv.ParseOptions(
                delimiter="," if dialect.tidied else dialect.separator,
                newlines_in_values=dialect.quotes > 0,
                invalid_row_handler=lent.lend(_BlankRows()),
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(dialect.names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        if not failures and "Empty CSV" not in str(error):
            raise
    finally:
        lent.wait()
    if failures:
        raise failures[0]


@final
class _BlankRows:
    """Skips rows of nothing but spaces among those that have too few fields."""

    def __call__(self, row: arrow_csv.InvalidRow) -> str:
        return "error" if row.text.strip() else "skip"


def _as_it_is(path: Path, dialect: Dialect) -> Iterator[str]:
    """Yield the text below the header."""
    above = dialect.above
    for text in blocks(path):
        ended = text.count("\n") if above else 0
        if ended < above:
            above -= ended
        elif above:
            yield text.split("\n", above)[above]
            above = 0
        else:
            yield text


def _tidied(path: Path, dialect: Dialect) -> Iterator[str]:
    """Yield the rows parted by commas, without spaces around fields."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for line, row in numbered_rows(path, lines(path), dialect.separator):
        if line > dialect.above:
            writer.writerow(row)
        if out.tell() > LARGEST_ROW // 4:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _refuse_ragged(path: Path, dialect: Dialect) -> None:
    """Raise TableError where a row has too many or too few fields, or a quote is left open."""
    expected, last = len(dialect.names), 0
    for line, row in numbered_rows(path, chain(lines(path), [END]), dialect.separator):
        if END in row[-1] and row != [END]:
            raise TableError(f"{path} has a quote in line {last + 1} or below that is left open: close or double it.")
        if dialect.above < line and len(row) != expected and row != [END]:
            raise TableError(
                f"{path} has {fields_in_words(len(row))} in line {line}, expected {expected}:"
                " correct that line, or give another separator."
            )
        last = line
