"""Files of separated fields, as tables of words, a block at a time."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from chainrule.tables.dialect import Dialect, numbered_rows
from chainrule.tables.opening import TableError
from chainrule.tables.text import Stream, blocks, lines

LARGEST_ROW = 1 << 24


def words(path: Path, dialect: Dialect) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in order, every field as it is written.

    Raises:
        TableError: a row has too many or too few fields, or the file cannot be read.
    """
    texts = _tidied(path, dialect) if dialect.tidied else _as_it_is(path, dialect)
    try:
        yield from arrow_csv.open_csv(
            io.BufferedReader(Stream(texts), 1 << 20),
            read_options=arrow_csv.ReadOptions(column_names=dialect.names, block_size=LARGEST_ROW),
            parse_options=arrow_csv.ParseOptions(
                delimiter="," if dialect.tidied else dialect.separator,
                newlines_in_values=dialect.quoted or dialect.tidied,
                invalid_row_handler=_skip_blank,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(dialect.names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" not in str(error):
            raise


def _skip_blank(row: arrow_csv.InvalidRow) -> str:
    return "error" if row.text.strip() else "skip"


def _as_it_is(path: Path, dialect: Dialect) -> Iterator[str]:
    if not dialect.above:
        return blocks(path)
    return islice(lines(path), dialect.above, None)


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


def refuse_ragged(path: Path, dialect: Dialect) -> None:
    """Raise TableError where a row has too many or too few fields."""
    expected = len(dialect.names)
    for line, row in numbered_rows(path, lines(path), dialect.separator):
        if line > dialect.above and len(row) != expected:
            found = "1 field" if len(row) == 1 else f"{len(row)} fields"
            raise TableError(
                f"{path} has {found} in line {line}, expected {expected}: correct that line, or give another separator."
            )
