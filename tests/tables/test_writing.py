"""Tables are written whole or not at all, and read back as they were."""

import csv
import datetime as dt
import errno
import gc
import gzip
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from chainrule.exceptions import TableError
from chainrule.tables.readers.files import read_table, write_table

TABLE = pa.table(
    {
        "n": [1, None, 3],
        "x": [0.1, 1e300, None],
        "word": ["a, b", 'say "no"', None],
        "seen": [True, None, False],
        "day": [dt.date(2024, 1, 2), None, dt.date(1969, 1, 1)],
        "time": pa.array([dt.datetime(2024, 1, 2, 3, 4, 5), None, dt.datetime(1969, 1, 1)], pa.timestamp("us")),
    }
)
NAMES = ["a.csv", "a.csv.gz", "a.tsv", "a.tsv.gz", "a.jsonl", "a.jsonl.gz", "a.ndjson", "a.parquet"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_reads_back(name: str, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / name
    assert write_table(path, iter([TABLE, TABLE[:0], TABLE])) == 6
    assert [file.name for file in path.parent.iterdir()] == [name]
    written, read = TABLE.to_pylist() * 2, read_table(path).to_pylist()
    if "json" in name:  # where dates and times are not told apart
        written, read = [*map(as_words, written)], [*map(as_words, read)]
    assert read == written


def as_words(row: dict[str, Any]) -> dict[str, Any]:
    day, time = row["day"], row["time"]
    return row | {"day": day and day.isoformat()[:10], "time": time and time.isoformat()}


def test_gzip_is_gzip(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv.gz", [TABLE.select(["n"])])
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == b'"n"\n1\n\n3\n'


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    path.chmod(0o644)
    write_table(path, [TABLE])
    assert read_table(path).num_rows == 3
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write_table(tmp_path / "link.csv", [TABLE])
    assert (tmp_path / "link.csv").is_symlink()
    assert read_table(tmp_path / "real.csv").num_rows == 3


@pytest.mark.parametrize("name", ["a", "a.xlsx", "a.txt", "a.gz", "a.parquet.gz", "a.csv.bz2", "a.csv.zip"])
def test_a_name_without_a_format_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=f"{name} must end in .csv"):
        write_table(tmp_path / name, [TABLE])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("before", [0, 2])
def test_nothing_is_left_when_the_rows_fail(name: str, before: int, tmp_path: Path) -> None:
    def rows() -> Iterator[pa.Table]:
        yield from [TABLE] * before
        raise KeyboardInterrupt

    path = tmp_path / name
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_table(path, rows())
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_no_rows_and_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="nothing to write"):
        write_table(tmp_path / "a.csv", [])
    with pytest.raises(TableError, match="columns of several types"):
        write_table(tmp_path / "a.csv", [TABLE, TABLE.select(["n"])])
    assert not list(tmp_path.iterdir())


def test_a_folder_and_a_device_are_no_target(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(TableError, match=r"a\.csv is a folder"):
        write_table(tmp_path / "a.csv", [TABLE])
    os.mkfifo(tmp_path / "b.csv")
    with pytest.raises(TableError, match=r"b\.csv is not a regular file"):
        write_table(tmp_path / "b.csv", [TABLE])
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "read only"
    folder.mkdir(mode=0o500)
    with pytest.raises(OSError, match="denied"):
        write_table(folder / "a.csv", [TABLE])
    assert not list(folder.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_leaves_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def on_a_full_disk(path: Path, mode: str = "r", **options: Any) -> Any:
        file = opened(path, mode, **options)
        if mode == "xb":
            with open("/dev/full", "wb") as full:
                os.dup2(full.fileno(), file.fileno())
        return file

    monkeypatch.setattr(Path, "open", on_a_full_disk)
    with pytest.raises(OSError) as full:
        write_table(tmp_path / name, [TABLE] * 10)
    assert full.value.errno == errno.ENOSPC
    assert not list(tmp_path.iterdir())
    del full
    gc.collect()  # Arrow tries once more to write when its file goes: here, not in the midst of another test


RUN = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "@SUM(A1)",
    "+1+1",
    "-2+3",
    "-A1",
    "\t=1",
    "\r=1",
    "\n=1",
    '=HYPERLINK("http://a")',
    "+a",
]
LEFT = [
    "-5",
    "+4",
    "-1,234.5",
    "-$3",
    "-5 %",
    "-1e-3",
    "+",
    "-",
    "=",
    "@",
    "a=1",
    " =1",
    "",
    "'=1",
    "a@b.c",
    ">50K",
    "<=3",
]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.csv.gz"])
def test_cells_that_a_spreadsheet_would_run_get_an_apostrophe(name: str, tmp_path: Path) -> None:
    told: list[str] = []
    words = pa.array([*RUN, *LEFT, None])
    table = pa.table({"=x()": words, "plain": words.dictionary_encode().dictionary_decode(), "n": range(len(words))})
    write_table(tmp_path / name, [table, table[:3]], told.append)
    written = (tmp_path / name).read_bytes()
    text = (gzip.decompress(written) if name.endswith("gz") else written).decode()
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "tsv" in name else ","))
    assert rows[0] == ["'=x()", "plain", "n"]
    expected = [*(f"'{word}" for word in RUN), *LEFT]
    assert [row[0] for row in rows[1 : 1 + len(expected)]] == expected
    assert [row[1] for row in rows[1 : 1 + len(expected)]] == expected
    assert told == [
        f"{2 * len(RUN) + 2 * 3 + 2} cells that a spreadsheet would execute were prefixed with an apostrophe."
    ]


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
def test_other_formats_keep_cells_as_they_are(name: str, tmp_path: Path) -> None:
    told: list[str] = []
    table = pa.table({"=x": [*RUN[:6], "b"]})
    write_table(tmp_path / name, [table], told.append)
    assert read_table(tmp_path / name).to_pylist() == table.to_pylist()
    assert not told


def test_numbers_are_no_formulas(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", [pa.table({"x": [-1.5, 2.0]})])
    assert (tmp_path / "a.csv").read_text() == '"x"\n-1.5\n2\n'
