"""Files that are damaged, or no tables: each is refused in one sentence that names it, or reads."""

import bz2
import gzip
import io
import json
import lzma
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from chainrule.exceptions import TableError
from chainrule.tables.readers.files import is_matrix, read_batches, read_matrix, read_table

SENTENCE = 400
# Of processor time, so that a busy machine refuses as soon: a hundred times what it takes.
SECONDS = 20
GOOD = "size,colour,seen\n1,red,true\n2.5,blue,False\n,green,TRUE\n"


def parquet_bytes() -> bytes:
    file = io.BytesIO()
    columns = {"n": list(range(300)), "x": [i / 7 for i in range(300)], "w": [f"word {i}" for i in range(300)]}
    parquet.write_table(pa.table(columns), file)
    return file.getvalue()


PARQUET = parquet_bytes()


def refused(path: Path, message: str = "a") -> None:
    with pytest.raises(TableError, match=message) as refusal:
        read_as_the_command_line_does(path)
    one_sentence(refusal.value, path)


def read_as_the_command_line_does(path: Path) -> None:
    if is_matrix(path):
        read_matrix(path)
    else:
        for batch in read_batches(path, rows=50):
            batch.validate(full=True)


def one_sentence(error: TableError, path: Path) -> None:
    text = str(error)
    assert "\n" not in text
    assert len(text) - len(str(path)) < SENTENCE
    assert path.name in text
    assert text.endswith(".")


def refused_or_read(path: Path) -> None:
    started = time.process_time()
    try:
        read_as_the_command_line_does(path)
    except TableError as error:
        one_sentence(error, path)
    assert time.process_time() - started < SECONDS


REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("a.csv", "", "is empty"),
    "blank lines alone": ("a.csv", "\n\n  \n\r\n", "is empty"),
    "byte order mark alone": ("a.csv", b"\xef\xbb\xbf", "is empty"),
    "row too short": ("a.csv", "a,b\n1,2\n3\n", "1 field in line 3, expected 2"),
    "row too long": ("a.csv", "a,b\n1,2\n3,4,5\n", "3 fields in line 3, expected 2"),
    "first row too long": ("a.csv", "a,b\n1,2,3,4\n1,2\n3,4\n", "4 fields in line 2"),
    "last row too short, no newline": ("a.csv", "a,b\n1,2\n3", "1 field in line 3"),
    "all rows too long": ("a.csv", "a,b\n1,2,3,4\n1,2,3,4\n", "2 fields in its first row, expected 4"),
    "row too short, tabs": ("a.tsv", "a\tb\tc\n1\t2\t3\n1\t2\n1\t2\t3\n", "2 fields in line 3"),
    "row too short, spaces": ("a.txt", "1 2 3\n4 5 6\n7 8\n", "2 fields in line 3"),
    "row too short after a quoted line end": ("a.csv", 'a,b\n"x\ny",2\n3\n4,5\n', "1 field in line 4"),
    "title above the header": ("a.csv", "Report of May\na,b\n1,2\n3,4\n5,6\n", "1 field in its first row, expected 2"),
    "quote left open": ("a.csv", 'a,b\n1,"x\n2,y\n', "quote in line 2"),
    "quote left open in the header": ("a.csv", '"a,b\n1,2\n', "quote in line 1"),
    "quote left open at the end": ("a.csv", 'a,b\n1,x\n2,"y', "quote in line 3"),
    "one quote": ("a.csv", '"', "quote in line 1 or below that is left open|only quotes"),
    "two quotes": ("a.csv", '""', "only quotes"),
    "quotes in odd places": ("a.csv", 'a,b,y\n1,2,p\n"3" x",4,q\n"', "left open|misplaced"),
    "two names alike": ("a.csv", "a,b,a\n1,2,3\n", "two columns named a, at positions 0 and 2"),
    "two names alike but for spaces": ("a.csv", "a, a\n1,2\n", "two columns named a"),
    "name like that of a nameless column": ("a.csv", "column 1,,c\n1,2,3\n", "two columns named column 1"),
    "NUL": ("a.csv", b"a,b\n1,\x00\n", "byte 0x00 at character 7"),
    "NUL far down": ("a.csv", b"a,b\n" + b"1,2\n" * 600_000 + b"1,\x00\n", "byte 0x00"),
    "UTF-16 without a mark": ("a.csv", GOOD.encode("utf-16-le"), "is not text"),
    "control characters": ("a.csv", b"a,b\n\x01,\x02\n", "byte 0x01"),
    "spreadsheet": ("a.xlsx", b"PK\x03\x04" + bytes(100), "spreadsheet"),
    "old spreadsheet": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "spreadsheet"),
    "spreadsheet named as CSV": ("a.csv", b"PK\x03\x04" + bytes(100), "spreadsheet"),
    "PDF": ("a.csv", b"%PDF-1.7\n" + bytes(100), "PDF"),
    "Arrow": ("a.arrow", b"ARROW1\x00\x00", "Arrow"),
    "NumPy": ("a.npy", b"\x93NUMPY\x01\x00", "NumPy"),
    "HDF5": ("a.h5", b"\x89HDF\r\n\x1a\n", "HDF5"),
    "image": ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(50), "is not text"),
    "program": ("a.csv", b"\x7fELF\x02\x01\x01" + bytes(50), "is not text"),
    "pickle": ("a.csv", b"\x80\x04\x95\x10\x00\x00", "is not text"),
    "text named as Parquet": ("a.parquet", GOOD, "is not one: correct its ending"),
    "Parquet's first bytes alone": ("a.parquet", b"PAR1", "truncated"),
    "Parquet's first and last bytes alone": ("a.parquet", b"PAR1PAR1", "truncated"),
    "Parquet, compressed": ("a.parquet.gz", gzip.compress(PARQUET), "Parquet"),
    "gzip cut short": ("a.csv.gz", gzip.compress(GOOD.encode() * 99)[:-9], "damaged or truncated"),
    "gzip's first bytes alone": ("a.csv.gz", b"\x1f\x8b", "damaged or truncated"),
    "gzip of nothing": ("a.csv.gz", gzip.compress(b""), "is empty"),
    "gzip with a wrong sum": ("a.csv.gz", gzip.compress(GOOD.encode())[:-8] + bytes(8), "damaged"),
    "gzip followed by junk": ("a.csv.gz", gzip.compress(GOOD.encode()) + b"junk", "damaged"),
    "bzip2 cut short": ("a.csv.bz2", bz2.compress(GOOD.encode() * 99)[:-9], "damaged or truncated"),
    "bzip2 damaged": ("a.csv.bz2", b"BZh9" + bytes(60), "damaged"),
    "xz cut short": ("a.csv.xz", lzma.compress(GOOD.encode() * 99)[:-9], "damaged or truncated"),
    "xz damaged": ("a.csv.xz", b"\xfd7zXZ\x00" + bytes(60), "damaged"),
    "zstandard cut short": (
        "a.zst",
        pa.compress(GOOD.encode() * 99, codec="zstd", asbytes=True)[:-9],
        "damaged",
    ),
    "zstandard damaged": ("a.csv.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 60, "damaged"),
    "JSON: broken line": ("a.jsonl", '{"a": 1}\n{"a": \n{"a": 2}\n', "invalid JSON in row 2"),
    "JSON: broken first line": ("a.jsonl", "{a: 1}\n", "invalid JSON in row 1"),
    "JSON: cut short": ("a.jsonl", '{"a": 1}\n{"a": 2', "invalid JSON in row 2"),
    "JSON: an object on many lines": ("a.json", '{\n "a": [1, 2]\n}\n', "nested values"),
    "JSON: nested objects alone": ("a.jsonl", '{"b": {"c": 2}}\n', "nested values in 'b'"),
    "JSON: nested lists alone": ("a.jsonl", '{"b": [2]}\n', "nested values in 'b'"),
    "JSON: nested in one row": ("a.jsonl", '{"a": 1}\n{"a": [2]}\n', "nested value in 'a' of row 2"),
    "JSON: numbers and words": ("a.jsonl", '{"a": 1}\n{"a": "x"}\n', "several types in 'a', number and word"),
    "JSON: numbers and truth values": ("a.jsonl", '{"a": 1}\n{"a": true}\n', "several types in 'a'"),
    "JSON: kinds mixed far apart": ("a.jsonl", '{"a": 1}\n' * 600_000 + '{"a": "x"}\n', "several types in 'a'"),
    "JSON: broken far down": ("a.jsonl", '{"a": 1}\n' * 600_000 + '{"a": x}\n', "invalid JSON in row 600001"),
    "JSON: lines of lists": ("a.jsonl", "[1, 2]\n[3, 4]\n", "is not valid JSON"),
    "JSON: lines of numbers": ("a.jsonl", "1\n2\n", "no object in row 1"),
    "JSON: a list of numbers": ("a.json", "[1, 2]", "no object in row 1"),
    "JSON: a list cut short": ("a.json", '[{"a": 1}, {"a"', "is not valid JSON"),
    "JSON: an empty list": ("a.json", "[]", "is empty"),
    "JSON: empty objects": ("a.jsonl", "{}\n{}\n", "is empty"),
    "JSON: empty": ("a.jsonl", "", "is empty"),
    "JSON: nested deep": ("a.jsonl", '{"a": ' * 5000 + "1" + "}" * 5000 + "\n", "nested"),
    "JSON: list nested deep": ("a.json", "[" * 200_000, "nested|not valid JSON"),
    "JSON: text named as JSON": ("a.jsonl", GOOD, "invalid JSON in row 1"),
    "JSON: NUL": ("a.jsonl", b'{"a": \x00}\n', "is not text"),
    "idx: cut short": ("a-images-idx3", b"\x00\x00\x08\x03\x00\x00", "truncated"),
    "idx: no pixels": ("a-images-idx3", b"\x00\x00\x08\x03" + b"\x00\x00\x00\x02" * 3, "0 values, expected 8"),
    "idx: no labels": ("a-images-idx3", b"\x00\x00\x08\x03" + b"\x00\x00\x00\x01" * 3 + b"x", "has no labels"),
    "idx: labels alone": ("a-labels-idx1", b"\x00\x00\x08\x01\x00\x00\x00\x01x", "expected images"),
    "idx: 255 axes": ("a-images-idx3", b"\x00\x00\x08\xff" + bytes(2000), "is not an idx file"),
    "idx: gzip cut short": (
        "a-images-idx3.gz",
        gzip.compress(b"\x00\x00\x08\x03" + bytes(5000))[:-5],
        "damaged or truncated",
    ),
    "svmlight: word for a value": ("rows", "1 1:2\n" * 30 + "1 2:x\n", "line 31"),
    "svmlight: word for an index": ("rows", "1 1:2\n" * 30 + "1 x:2\n", "line 31"),
    "svmlight: nan": ("rows", "1 1:2\n" * 30 + "1 2:nan\n", "line 31"),
    "svmlight: infinite": ("rows", "1 1:2\n" * 30 + "1 2:1e999\n", "number is infinite"),
    "svmlight: an index of billions": ("rows", "1 1:2\n" * 30 + "1 2000000000:1\n", "at most 2097152 are read"),
    "svmlight: no label": ("rows", "1 1:2\n" * 30 + "1:2\n", "line 31"),
    "svmlight: indices out of order": ("rows", "1 1:2\n" * 30 + "1 4:2 3:1\n", "line 31"),
    "svmlight: negative index": ("rows", "1 1:2\n" * 30 + "1 -4:2\n", "line 31"),
    "svmlight: huge index": ("rows", "1 1:2\n" * 30 + "1 99999999999999999999:2\n", "rows"),
    "a field of ten million characters": ("a.csv", "a,b\n" + "x" * 10**7 + ",2\n", "field of more than 131072"),
    "a line of twenty million characters": ("a.csv", "x" * (2 * 10**7), "line of more than"),
    "a row of ten million characters": (
        "a.csv",
        GOOD + ("x" * 10**5 + ",") * 100 + "\n",
        "101 fields in line 5|row of",
    ),
    "a long row far down": ("a.csv", "a,b\n" + "1,2\n" * 400_000 + "x" * 10**7 + ",2\n", "more than"),
    "a million names": ("a.csv", ",".join(f"c{i}" for i in range(10**6)) + "\n", "1000000 columns"),
    "a million numbers": ("a.txt", " ".join(["1"] * 10**6) + "\n", "1000000 columns"),
}


@pytest.mark.parametrize(("name", "content", "message"), REFUSED.values(), ids=list(REFUSED))
def test_a_malformed_file_is_refused(name: str, content: str | bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    started = time.process_time()
    refused(path, message)
    assert time.process_time() - started < SECONDS


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.csv", "Cannot find")
    refused(tmp_path / "nothing.parquet", "Cannot find")
    refused(tmp_path / "no folder" / "a.csv", "Cannot find")
    refused(tmp_path, "is a folder")
    (tmp_path / "broken.csv").symlink_to(tmp_path / "gone.csv")
    refused(tmp_path / "broken.csv", "Cannot find")
    os.mkfifo(tmp_path / "pipe.csv")
    refused(tmp_path / "pipe.csv", "is not a regular file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(GOOD)
    path.chmod(0)
    refused(path, "denied")


@pytest.mark.parametrize("kept", [*range(4, 60, 8), *np.linspace(60, len(PARQUET) - 1, 40).astype(int).tolist()])
def test_parquet_cut_short(kept: int, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(PARQUET[:kept])
    refused(path, "is a damaged or truncated Parquet file")


def test_parquet_of_what_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    for table, message in (
        (pa.table({"a": [[1, 2]]}), "no columns of numbers or words: 'a' holds lists"),
        (pa.table({"a": [{"b": 1}]}), "'a' holds structures"),
        (pa.table({"a": [b"x"]}), "'a' holds bytes"),
        (pa.table({}), "no columns"),
        (pa.table([[1], [2]], names=["a", "a"]), "two columns named a, at positions 0 and 1"),
    ):
        parquet.write_table(table, path)
        refused(path, message)


def damaged(content: bytes, generator: np.random.Generator) -> bytes:
    """Return content with some bytes changed, left out, doubled or put elsewhere."""
    data = bytearray(content)
    for _ in range(int(generator.integers(1, 6))):
        start, end = sorted(generator.integers(0, len(data) + 1, 2).tolist())
        end = min(end, start + 40)
        kind = generator.integers(4)
        if kind == 0:
            data[start:end] = generator.bytes(end - start)
        elif kind == 1:
            del data[start:end]
        elif kind == 2:
            data[start:start] = data[start:end]
        else:
            data[start:start] = bytes(generator.choice(np.frombuffer(b',;"\n\r \t|0{}[]:\\', np.uint8), 3))
        data = data or bytearray(b",")
    return bytes(data)


FUZZED: dict[str, Callable[[], bytes]] = {
    "a.csv": lambda: (GOOD * 3).encode(),
    "quoted.csv": lambda: b'a, b, c\n1, "x, y", 2\n2, "p ""q""", 3\n' * 5,
    "a.tsv": lambda: GOOD.replace(",", "\t").encode(),
    "a.txt": lambda: b"1  2 3\n4 5   6\n7 8 9\n" * 5,
    "wide.csv": lambda: GOOD.encode("utf-16"),
    "a.csv.gz": lambda: gzip.compress(GOOD.encode() * 20, mtime=0),
    "a.csv.bz2": lambda: bz2.compress(GOOD.encode() * 20),
    "a.csv.xz": lambda: lzma.compress(GOOD.encode() * 20),
    "a.csv.zst": lambda: pa.compress(GOOD.encode() * 20, codec="zstd", asbytes=True),
    "a.jsonl": lambda: b"".join(json.dumps({"a": i, "b": "x" * i}).encode() + b"\n" for i in range(9)),
    "a.json": lambda: json.dumps([{"a": i, "b": None} for i in range(9)]).encode(),
    "a.parquet": lambda: PARQUET,
    "rows": lambda: b"1 1:2 3:4\n-1 2:5\n" * 9,
    "a-images-idx3": lambda: b"\x00\x00\x08\x03" + b"\x00\x00\x00\x02" * 3 + b"12345678",
}


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("name", FUZZED)
def test_a_damaged_file_is_refused_or_reads(name: str, seed: int, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(damaged(FUZZED[name](), np.random.default_rng([seed, *name.encode()])))
    refused_or_read(path)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.csv.gz", "rows", "a.data"])
@pytest.mark.parametrize("seed", range(5))
def test_random_bytes_are_refused(name: str, seed: int, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(np.random.default_rng(seed).bytes(5000))
    refused(path)


@pytest.mark.parametrize("seed", range(40))
def test_random_characters_are_refused_or_read(seed: int, tmp_path: Path) -> None:
    generator = np.random.default_rng(seed)
    alphabet = np.array(list('ab1.5,,,;;\t  "\n\n\r|?é{}:+-NA'))
    path = tmp_path / "a.csv"
    path.write_text("".join(generator.choice(alphabet, int(generator.integers(1, 300)))), encoding="utf-8")
    refused_or_read(path)


def test_a_wrong_option_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(GOOD)
    for separator in ("", "::", '"', "\n", "\ud800", "\udcff"):
        with pytest.raises(TableError, match="one character"):
            read_table(path, separator=separator)


@pytest.mark.parametrize("compressed", ["none", "snappy"])
def test_words_in_parquet_that_are_not_utf_8_are_refused(compressed: str, tmp_path: Path) -> None:
    bounds, letters = np.array([0, 3, 6], np.int32), b"red\xff\xfe\xfd"
    words = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(bounds), pa.py_buffer(letters)])
    path = tmp_path / "words.parquet"
    parquet.write_table(pa.table({"size": [1, 2], "colour": words}), path, compression=compressed)
    refused(path, "is a damaged or truncated Parquet file: copy it again")
