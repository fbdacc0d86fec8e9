"""Files as people have them, compressed or not: opened, and known by their first bytes."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from chainrule.tables.wording import shown

BLOCK = 1 << 20
MOST_COLUMNS = 20_000
COMPRESSED: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
DAMAGED = "{} is compressed but damaged or cut short: copy it again."
ZSTANDARD = b"\x28\xb5\x2f\xfd"
NO_TABLES = {
    b"PK\x03\x04": "an archive or a spreadsheet: save its table as CSV first",
    b"\xd0\xcf\x11\xe0": "a spreadsheet: save its table as CSV first",
    b"%PDF": "a PDF document: save its table as CSV first",
    b"ARROW1": "an Arrow file: save it as Parquet first",
    b"\x89HDF": "an HDF5 file: save its table as Parquet or CSV first",
    b"\x93NUMPY": "a NumPy file: save it as Parquet or CSV first",
}


class TableError(ValueError):
    """A user's mistake about a file, in one sentence."""


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
            raise TableError(f"{path} is {'not a plain file' if path.exists() else 'not there'}: check its name.")
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
                f"{path} has two columns of the name {shown(name)}, at positions {places[name]} and {place}: rename one"
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
