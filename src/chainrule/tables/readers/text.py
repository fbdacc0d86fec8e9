"""The text of a file, whatever its encoding and line ends, a block at a time."""

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import final

from chainrule.tables.lent import Lent
from chainrule.tables.readers.opening import BLOCK, TableError, opened

LONGEST_LINE = 1 << 24
NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")


def _windows(error: UnicodeError) -> tuple[str, int]:
    """Return bytes that are not UTF-8 as Windows-1252 has them, or Latin-1 where it has none."""
    assert isinstance(error, UnicodeDecodeError)
    wrong = error.object[error.start : error.end]
    try:
        return wrong.decode("cp1252"), error.end
    except UnicodeDecodeError:
        return wrong.decode("latin-1"), error.end


codecs.register_error("windows", _windows)


def blocks(path: Path) -> Iterator[str]:
    r"""Yield the text of a file, lines ended by `\n` alone.

    It is UTF-8, or UTF-16 where it says so by its first two bytes; bytes that are not UTF-8 are taken as Windows-1252.

    Raises:
        TableError: the file cannot be read, or holds no text.
    """
    with opened(path) as file:
        data = file.read(BLOCK)
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            decoder = codecs.getincrementaldecoder("utf-16")("replace")
        else:
            decoder = codecs.getincrementaldecoder("utf-8-sig")("windows")
        newlines = io.IncrementalNewlineDecoder(decoder, translate=True)
        place = 0
        while True:
            text = newlines.decode(data, final=not data)
            if (place == 0 and (wrong := NO_TEXT.search(text))) or (wrong := _zero(text)):
                raise TableError(
                    f"{path} is no text: found the byte {ord(wrong[0]):#04x} at character {place + wrong.start() + 1};"
                    " save the table as CSV or Parquet first."
                )
            place += len(text)
            if text:
                yield text
            if not data:
                return
            data = file.read(BLOCK)


def _zero(text: str) -> re.Match[str] | None:
    return re.search("\0", text) if "\0" in text else None


def lines(path: Path, texts: Iterable[str] | None = None) -> Iterator[str]:
    r"""Yield the lines of a file, each with its `\n`.

    Raises:
        TableError: as for `blocks`, or a line is too long to be one of a table.
    """
    rest = ""
    for text in blocks(path) if texts is None else texts:
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            yield line + "\n"
        if len(rest) > LONGEST_LINE:
            raise TableError(f"{path} has a line of more than {LONGEST_LINE} characters: it is no table of rows.")
    if rest:
        yield rest + "\n"


class Block(bytearray):
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

    def read(self, count: int) -> Block:
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
        return self._lent.lend(Block(data[:count]))
