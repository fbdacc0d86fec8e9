"""Files as people have them, compressed or not: opened, and known by their first bytes."""

import bz2
import codecs
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from chainrule.common.format import short
from chainrule.exceptions import TableError

# Bytes that are read at a time.
BLOCK = 1 << 20
# Columns of a table, at most: the time and memory that each takes is bounded so, whatever a file says.
MOST_COLUMNS = 20_000
# Compressed files, by their first bytes.
COMPRESSED: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
DAMAGED = "{} is compressed but damaged or truncated: copy it again."
ZSTANDARD = b"\x28\xb5\x2f\xfd"
# Formats that are not read, by their first bytes, and what to do.
NO_TABLES = {
    b"PK\x03\x04": "an archive or a spreadsheet: save its table as CSV first",
    b"\xd0\xcf\x11\xe0": "a spreadsheet: save its table as CSV first",
    b"%PDF": "a PDF document: save its table as CSV first",
    b"ARROW1": "an Arrow file: save it as Parquet first",
    b"\x89HDF": "an HDF5 file: save its table as Parquet or CSV first",
    b"\x93NUMPY": "a NumPy file: save it as Parquet or CSV first",
}


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading its bytes, decompressed where it is compressed.

    Raises:
        TableError: it is not there, may not be read, or is damaged.
    """
    if path.is_dir():
        raise TableError(f"{path} is a folder: name a file in it.")
    try:
        if not path.is_file():
            if path.exists():
                raise TableError(f"{path} is not a regular file: check its name.")
            raise TableError(f"Cannot find {path}: check its name.")
        with path.open("rb") as file:
            start = file.read(8)
        with _decompressed(path, start) as file:
            yield file
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile):
        raise TableError(DAMAGED.format(path)) from None
    except OSError as error:
        if error.errno is None:  # what a decompressor found, not what the system did
            raise TableError(DAMAGED.format(path)) from None
        raise TableError(f"{path} cannot be read: {error.strerror or str(error).splitlines()[0]}.") from None


def _decompressed(path: Path, start: bytes) -> IO[bytes]:
    if start.startswith(ZSTANDARD):
        return pa.input_stream(str(path), compression="zstd")
    for magic, open_compressed in COMPRESSED.items():
        if start.startswith(magic):
            return open_compressed(path)
    return path.open("rb")


def first_bytes(path: Path, count: int) -> bytes:
    """Return the first bytes of a file, decompressed.

    Raises:
        TableError: it cannot be read.
    """
    with opened(path) as file:
        return file.read(count)


def refuse_no_tables(path: Path, start: bytes) -> None:
    """Raise TableError where the first bytes are those of a format that is not read."""
    for magic, what in NO_TABLES.items():
        if start.startswith(magic):
            raise TableError(f"{path} is {what}.")


def refuse_repeated(path: Path, names: Sequence[str]) -> None:
    """Raise TableError where two columns have one name."""
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        if name in places:
            raise TableError(
                f"{path} has two columns named {short(name)}, at positions {places[name]} and {place}: rename one"
                " of them."
            )
        places[name] = place


def suffix_of(path: Path) -> str:
    """Return what a name says about the format, without that of the compression.

    >>> suffix_of(Path("iris.CSV.gz"))
    '.csv'
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in (".gz", ".bz2", ".xz", ".zst"):
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


# The text of a file, whatever its encoding and line ends, a block at a time.

# Characters of a line, at most: more are not a table, and would be held in memory whole.
LONGEST_LINE = 1 << 24
# Control characters that no text file has.
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
                    f"{path} is not text: found the byte {ord(wrong[0]):#04x} at character {place + wrong.start() + 1};"
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
            raise TableError(f"{path} has a line of more than {LONGEST_LINE} characters: it is not a table.")
    if rest:
        yield rest + "\n"
