"""Files of separated fields: how they are written, as their first lines show, and their rows, a block at a time."""

import csv
import io
import re
import weakref
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from threading import Condition
from typing import TypeVar, final

import pyarrow as pa
from pyarrow import csv as arrow_csv

from chainrule.common.format import count
from chainrule.exceptions import TableError
from chainrule.tables.formats import CURRENCY, MONTHS, OTHER_MONTHS
from chainrule.tables.frames import MISSING_WORDS
from chainrule.tables.readers.opening import MOST_COLUMNS, blocks, lines, refuse_repeated
from chainrule.tables.types import ColumnType, known_words, read_all, see_all
from chainrule.tables.written import decide, with_remarks

# How a file of separated fields is written: what stands between them, and whether the first row names the columns.

# Characters and lines, whichever come first, that separator and header are found out from.
SAMPLE_CHARACTERS = 1 << 20
SAMPLE_LINES = 2000
# Characters of a text, and bytes of its words, up to which they are kept in memory from one pass to the next: reading
# them again would take longer.
KEPT = 1 << 26
# Separators that are tried, the rarest in other text first.
SEPARATORS = ("\t", "|", ";", ",", " ")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# What else than words a cell may be begins so; most names of columns do not, and need no closer look.
MAY_BE_NO_NAME = re.compile(
    rf"(?:\W|_)*[0-9]|(?:true|false)$|[+-]?inf|{CURRENCY}\W*[0-9]"
    rf"|(?:{'|'.join((*MONTHS, *OTHER_MONTHS))})[a-zä]*\W+[0-9]",
    re.IGNORECASE,
)
Row = list[str]


@final
@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Attributes:
        separator: of fields; a space stands for any number of spaces and tabs.
        names: of the columns.
        above: how many lines there are down to the end of the header.
        quotes: how many there are in the file.
        tidied: whether the file must be written anew: spaces or a character beyond ASCII part its fields, or spaces
            stand between separator and quote.
        texts: the text of the file, where it is short enough to be kept for reading its rows; else None.
    """

    separator: str
    names: tuple[str, ...]
    above: int
    quotes: int
    tidied: bool
    texts: tuple[str, ...] | None = field(default=None, repr=False, compare=False)


def dialect_of(path: Path, header: bool | None, separator: str | None) -> Dialect:
    """Find out how a file is written, from its first lines.

    The first row names the columns if one of these says so, in this order:

    - a cell of it is a number, a truth value, a date or `?`: no, unless its numbers count from 0 or from 1 (three or
      more of them), as programs write that have no names;
    - a column below it holds numbers, truth values or dates alone: yes;
    - a cell of it appears again below, in its own column: no;
    - else: yes.

    Raises:
        TableError: the file is empty, has too many columns, or two columns of one name.
    """
    sample, complete = _sample(path)
    if not any(line.strip() for line in sample):
        raise TableError(f"{path} is empty: it needs one row per example and one column per variable.")
    separator = _one_character(separator) or _separator(path, sample, complete)
    rows = list(numbered_rows(path, sample, separator))
    if not complete and len(rows) > 1:
        rows.pop()
    if not rows:
        raise TableError(f"{path} is empty: it contains only quotes and blanks.")
    (above, first), below = rows[0], [row for _, row in rows[1:]]
    if len(first) > MOST_COLUMNS:
        raise TableError(f"{path} has {len(first)} columns in its first row; at most {MOST_COLUMNS} are read.")
    if header is None:
        header = _is_header(first, below)
    names = _names(path, first if header else None, below, max(len(first), 1))
    quotes, after_space, texts = _quotes(path, separator)
    tidied = separator == " " or after_space or not separator.isascii()  # Arrow parts fields by one byte
    return Dialect(separator, names, above if header else 0, quotes, tidied, texts)


def _one_character(separator: str | None) -> str | None:
    separator = "\t" if separator in ("\\t", "tab") else separator
    if separator is not None and (len(separator) != 1 or separator in '"\r\n\0' or _is_half(separator)):
        raise TableError(f"The separator must be one character other than a quote or a line end, found {separator!r}.")
    return separator


def _is_half(character: str) -> bool:
    """Return whether a character is half of one of UTF-16, as Python holds bytes that are no UTF-8."""
    return "\ud800" <= character <= "\udfff"


def numbered_rows(path: Path, texts: Sequence[str] | Iterator[str], separator: str) -> Iterator[tuple[int, Row]]:
    """Yield the rows of lines that are not blank, with the number of the line where each ends.

    Raises:
        TableError: a field is too long.
    """
    if separator == " ":
        texts = (line.replace("\t", " ").strip() + "\n" for line in texts)
    reader = csv.reader(texts, delimiter=separator, skipinitialspace=True)
    try:
        for row in reader:
            if row and not (len(row) == 1 and not row[0].strip()):
                yield reader.line_num, row
    except csv.Error:
        limit = csv.field_size_limit()
        raise TableError(
            f"{path} has a field of more than {limit} characters in line {reader.line_num}: a quote may be left open."
        ) from None


def _sample(path: Path) -> tuple[list[str], bool]:
    sample: list[str] = []
    characters = 0
    for line in lines(path):
        if characters >= SAMPLE_CHARACTERS or len(sample) >= SAMPLE_LINES:
            return sample, False
        sample.append(line)
        characters += len(line)
    return sample, True


def _quotes(path: Path, separator: str) -> tuple[int, bool, tuple[str, ...] | None]:
    """Return how many quotes there are in a file, whether one follows a separator and a space, and a short text."""
    after_space = re.compile(rf'(^|[{re.escape(separator)}])[ \t]+"', re.MULTILINE)
    count, found, before, length = 0, False, "", 0
    texts: list[str] = []
    for text in blocks(path):
        length += len(text)
        if length <= KEPT:
            texts.append(text)
        text_before, before = before + text, text[-80:]
        if '"' in text:
            count += text.count('"')
            may_follow = ' "' in text_before or '\t"' in text_before
            found = found or (may_follow and after_space.search(text_before) is not None)
    return count, found, tuple(texts) if length <= KEPT else None


def _separator(path: Path, sample: Sequence[str], complete: bool) -> str:
    """Return what parts most lines, the first among them, into the same number of fields; the rarer if several do."""
    best, best_score = ",", (0.0, False)
    for separator in SEPARATORS:
        if separator.strip() and not any(separator in line for line in sample):
            continue
        try:
            rows = [row for _, row in numbered_rows(path, sample, separator)]
        except TableError:  # the fields that it makes are too long
            continue
        if not complete and len(rows) > 1:
            rows.pop()
        below = rows[1:] or rows
        if not below:  # nothing but quotes
            continue
        fields, count = Counter(map(len, below)).most_common(1)[0]
        share = count / len(below)
        if fields < 2 or share < 0.5:
            continue
        if separator == " " and 2 * sum(any(map(_is_number, row)) for row in below) < len(below):  # it is prose
            continue
        if (score := (share, len(rows[0]) in (fields - 1, fields))) > best_score:
            best, best_score = separator, score
    return best


def _is_number(cell: str) -> bool:
    return NUMBER.fullmatch(cell.strip()) is not None


def _is_header(first: Row, below: Sequence[Row]) -> bool:
    cells = [cell.strip() for cell in first]
    numbers = [cell for cell in cells if _is_number(cell)]
    if numbers:
        counted = [[str(start + i) for i in range(len(numbers))] for start in (0, 1)]
        return len(numbers) > 2 and numbers in counted
    if any(cell and cell in MISSING_WORDS for cell in cells):
        return False
    if any(MAY_BE_NO_NAME.match(cell) and not _is_words([cell]) for cell in cells):
        return False
    columns = [[row[i] for row in below if i < len(row)] for i in range(len(cells))]
    if any(cell and not _is_words(column) for cell, column in zip(cells, columns, strict=True)):
        return True
    again = (cell and cell in {value.strip() for value in column} for cell, column in zip(cells, columns, strict=True))
    return not any(again)


def _is_words(values: Sequence[str]) -> bool:
    found = ColumnType()
    found.see(known_words(pa.array(values, pa.string())))
    return found.is_words


def _names(path: Path, header: Row | None, below: Sequence[Row], fields: int) -> tuple[str, ...]:
    """Return the names of the columns, as many as most rows have fields."""
    most = Counter(map(len, below)).most_common(1)[0][0] if below else fields
    if all(len(row) == most for row in below) and most not in (fields, fields + 1 if fields > 1 else fields):
        raise TableError(
            f"{path} has {count(fields, 'field')} in its first row, expected {most} as in the rows below:"
            " remove lines above the column names, or name every column."
        )
    if header is None:
        return tuple(f"column {i}" for i in range(fields))
    if most == len(header) + 1 > 2:
        ends_with_separator = all(not row[-1].strip() for row in below if len(row) == most)
        header = [*header, ""] if ends_with_separator else ["", *header]
    names = [cell.strip() or f"column {i}" for i, cell in enumerate(header)]
    refuse_repeated(path, names)
    return tuple(names)


# Characters of a row, at most, and bytes of the blocks that Arrow reads, in which it must fit.
LARGEST_ROW = 1 << 20
# A line after the last one: within a field, it shows that a quote was left open.
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
    for text in blocks(path) if dialect.texts is None else dialect.texts:
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
    for line, row in numbered_rows(path, lines(path, dialect.texts), dialect.separator):
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
                f"{path} has {count(len(row), 'field')} in line {line}, expected {expected}:"
                " correct that line, or give another separator."
            )
        last = line


# Python objects lent to threads of Arrow, and waited for until these have let go of them.
#
# A thread that lets go of a Python object takes the interpreter's lock first. Where the interpreter is ending
# meanwhile, that ends the thread, and with it, since it is one of C++, the whole process: "terminate called without an
# active exception".

T = TypeVar("T")

# Seconds: threads let go within milliseconds of the last read; a process that they hold up for longer must still go on.
LONGEST_WAIT = 10.0


class Lent:
    """Objects that are on loan: none of them may be referred to from here, or they never come back.

    Attributes:
        count: how many are.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self.count = 0

    def lend(self, thing: T) -> T:
        """Return an object that allows weak references, which is on loan until nobody refers to it."""
        with self._changed:
            self.count += 1
        weakref.finalize(thing, self._returned).atexit = False
        return thing

    def _returned(self) -> None:
        with self._changed:
            self.count -= 1
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until every object has come back."""
        with self._changed:
            self._changed.wait_for(lambda: self.count == 0, LONGEST_WAIT)


class TextBlock(bytearray):
    """Bytes that allow weak references."""


@final
class Stream:
    """Pieces of text as a file of UTF-8 bytes for Arrow, whose threads read it.

    What goes wrong with a piece ends the file and is kept in `failures`, for whoever asked for the rows: through Arrow
    it would come with a traceback, and that would hold on to the stream.
    """

    closed = False

    def __init__(self, texts: Iterable[str], lent: Lent, failures: list[BaseException]) -> None:
        self._pieces = (text.encode(errors="replace") for text in texts)
        self._left = b""
        self._lent, self._failures = lent, failures

    def read(self, count: int) -> TextBlock:
        """Return the next bytes: as many as asked for, or all that are left."""
        pieces, length = [self._left], len(self._left)
        try:
            while length < count and (piece := next(self._pieces, b"")):
                pieces.append(piece)
                length += len(piece)
        except BaseException as error:
            below = error.__traceback__ and error.__traceback__.tb_next  # without this frame, which knows the stream
            self._failures.append(error.with_traceback(below))
        data = b"".join(pieces)
        self._left = data[count:]
        return self._lent.lend(TextBlock(data[:count]))
