"""How a file of separated fields is written: what stands between them, and whether the first row names the columns."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import pyarrow as pa

from chainrule.tables.formats import CURRENCY, MONTHS, OTHER_MONTHS
from chainrule.tables.frames import MISSING_WORDS
from chainrule.tables.readers.opening import MOST_COLUMNS, TableError, blocks, lines, refuse_repeated
from chainrule.tables.types import ColumnType, known_words

SAMPLE_CHARACTERS, SAMPLE_LINES = 1 << 20, 2000
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
        separator: what stands between fields; a space stands for any number of spaces and tabs.
        names: of the columns.
        above: how many lines there are down to the end of the header.
        quotes: how many there are in the file.
        tidied: whether the file must be written anew: spaces or a character beyond ASCII part its fields, or spaces
            stand between separator and quote.
    """

    separator: str
    names: tuple[str, ...]
    above: int
    quotes: int
    tidied: bool


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
    quotes, after_space = _quotes(path, separator)
    tidied = separator == " " or after_space or not separator.isascii()  # Arrow parts fields by one byte
    return Dialect(separator, names, above if header else 0, quotes, tidied)


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


def _quotes(path: Path, separator: str) -> tuple[int, bool]:
    """Return how many quotes there are in a file, and whether one follows a separator and a space."""
    after_space = re.compile(rf'(^|[{re.escape(separator)}])[ \t]+"', re.MULTILINE)
    count, found, before = 0, False, ""
    for text in blocks(path):
        text_before, before = before + text, text[-80:]
        if '"' in text:
            count += text.count('"')
            may_follow = ' "' in text_before or '\t"' in text_before
            found = found or (may_follow and after_space.search(text_before) is not None)
    return count, found


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


def fields_in_words(count: int) -> str:
    """Return a number of fields in words."""
    return "1 field" if count == 1 else f"{count} fields"


def _names(path: Path, header: Row | None, below: Sequence[Row], fields: int) -> tuple[str, ...]:
    """Return the names of the columns, as many as most rows have fields."""
    most = Counter(map(len, below)).most_common(1)[0][0] if below else fields
    if all(len(row) == most for row in below) and most not in (fields, fields + 1 if fields > 1 else fields):
        raise TableError(
            f"{path} has {fields_in_words(fields)} in its first row, expected {most} as in the rows below:"
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
