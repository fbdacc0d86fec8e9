"""Files as people have them read as the table they mean."""

import bz2
import datetime as dt
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from chainrule.tables.readers.files import TableError, read_batches, read_table
from chainrule.tables.readers.opening import BLOCK

PLAIN = "size,colour,seen\n1,red,true\n2.5,blue,False\n,green,TRUE\n"
ROWS = [
    {"size": 1.0, "colour": "red", "seen": True},
    {"size": 2.5, "colour": "blue", "seen": False},
    {"size": None, "colour": "green", "seen": True},
]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(content: str | bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


SAME_TABLE: dict[str, tuple[str, str | bytes]] = {
    "commas": ("a.csv", PLAIN),
    "tabs": ("a.tsv", PLAIN.replace(",", "\t")),
    "semicolons": ("a.csv", PLAIN.replace(",", ";")),
    "bars": ("a.data", PLAIN.replace(",", "|")),
    "spaces": ("a.txt", PLAIN.replace(",", "   ").replace("\n   ", "\n NA  ").replace("size", "  size")),
    "spaces and tabs": ("a.txt", PLAIN.replace(",", " \t ").replace("\n \t", "\n? ")),
    "spaces after commas": ("a.csv", PLAIN.replace(",", ", ").replace("\n, ", "\n , ")),
    "quotes": ("a.csv", PLAIN.replace("red", '"red"').replace("size", '"size"')),
    "quotes after spaces": ("a.csv", PLAIN.replace("red", ' "red"').replace("blue", '   "blue"')),
    "quotes around all": ("a.csv", "\n".join('"' + '","'.join(row.split(",")) + '"' for row in PLAIN.split())),
    "Windows line ends": ("a.csv", PLAIN.replace("\n", "\r\n")),
    "old Mac line ends": ("a.csv", PLAIN.replace("\n", "\r")),
    "mixed line ends": ("a.csv", PLAIN.replace("\n", "\r\n", 2)),
    "no newline at the end": ("a.csv", PLAIN.rstrip()),
    "blank lines": ("a.csv", "\n\n" + PLAIN.replace("\n", "\n\n") + "  \n"),
    "byte order mark": ("a.csv", PLAIN.encode("utf-8-sig")),
    "UTF-16": ("a.csv", PLAIN.encode("utf-16")),
    "UTF-16, big end first": ("a.csv", b"\xfe\xff" + PLAIN.encode("utf-16-be")),
    "separator at each end": ("a.csv", PLAIN.replace("\n", ",\n")),
    "separator at each end but the header's": ("a.csv", PLAIN.replace("\n", ",\n").replace("seen,", "seen")),
    "gzip": ("a.csv.gz", gzip.compress(PLAIN.encode())),
    "gzip by content": ("a.csv", gzip.compress(PLAIN.encode())),
    "bzip2": ("a.csv.bz2", bz2.compress(PLAIN.encode())),
    "xz": ("a.csv.xz", lzma.compress(PLAIN.encode())),
    "zstandard": ("a.csv.zst", pa.compress(PLAIN.encode(), codec="zstd", asbytes=True)),
    "JSON lines": (
        "a.jsonl",
        '{"size": 1, "colour": "red", "seen": true}\n{"size": 2.5, "colour": "blue", "seen": false}\n'
        '\n{"size": null, "seen": true, "colour": "green"}',
    ),
    "JSON lines by content": (
        "a.txt",
        '{"size": 1, "colour": "red", "seen": true}\n{"size": 2.5, "colour": "blue", "seen": false}\n'
        '{"colour": "green", "seen": true}\n',
    ),
    "JSON list": (
        "a.json",
        '[{"size": 1, "colour": "red", "seen": true},\n {"size": 2.5, "colour": "blue", "seen": false},\n'
        ' {"size": NaN, "colour": "green", "seen": true}]',
    ),
}


@pytest.mark.parametrize(("name", "content"), SAME_TABLE.values(), ids=list(SAME_TABLE))
def test_one_table_written_in_many_ways(name: str, content: str | bytes, write: Write) -> None:
    table = read_table(write(content, name))
    assert table.to_pylist() == ROWS
    assert table.schema.types == [pa.float64(), pa.string(), pa.bool_()]


def test_parquet(tmp_path: Path) -> None:
    table = pa.table(
        {"size": [1.0, 2.5, float("nan")], "colour": ["red", "blue", "green"], "seen": [True, False, True]}
    )
    for name in ("a.parquet", "named.csv"):
        parquet.write_table(table, tmp_path / name)
        assert read_table(tmp_path / name).to_pylist() == ROWS


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        (["1", "-2", "+3"], pa.int64(), [1, -2, 3]),
        (["+1", "-1"], pa.int64(), [1, -1]),
        (["9223372036854775807", "0"], pa.int64(), [2**63 - 1, 0]),
        (["9223372036854775808", "0"], pa.string(), None),
        (["0.5", "9223372036854775808"], pa.string(), None),
        (["007", "010"], pa.string(), None),
        (["0.5", "007"], pa.string(), None),
        (["0x1F", "3"], pa.string(), None),
        (["1", "2.5"], pa.float64(), [1.0, 2.5]),
        ([".5", "-1e-3", "2."], pa.float64(), [0.5, -0.001, 2.0]),
        (["True", "false", "TRUE"], pa.bool_(), [True, False, True]),
        (["true", "1"], pa.string(), None),
        (["yes", "no"], pa.string(), None),
        (["2024-02-29", "1969-12-31"], pa.date32(), [dt.date(2024, 2, 29), dt.date(1969, 12, 31)]),
        (["2023-02-29", "2023-01-01"], pa.string(), None),
        (
            ["2024-02-29 10:00:00", "2024-02-29"],
            pa.timestamp("us"),
            [dt.datetime(2024, 2, 29, 10), dt.datetime(2024, 2, 29)],
        ),
        (
            ["2024-02-29T10:00:00+02:00", "2024-02-29T10:00:00Z"],
            pa.timestamp("us", "UTC"),
            [dt.datetime(2024, 2, 29, 8, tzinfo=dt.UTC), dt.datetime(2024, 2, 29, 10, tzinfo=dt.UTC)],
        ),
        (["2024-02-29 10:00:00", "5"], pa.string(), None),
        (["1", "2", "three"], pa.string(), None),
        (["a b", "ä"], pa.string(), None),
    ],
)
def test_types_lose_no_value(values: list[str], kind: pa.DataType, read: list[Any] | None, write: Write) -> None:
    column = read_table(write("\n".join(["name,other", *(f"{value},x" for value in values)])))["name"]
    assert column.type == kind
    assert column.to_pylist() == (values if read is None else read)


def test_a_decimal_comma_is_read(write: Write) -> None:
    table = read_table(write("1,5;2,5;1\n2;3;2.5\n-0,25;1.234,5;3\n"))
    assert table.schema.types == [pa.float64(), pa.float64(), pa.float64()]
    assert table["column 0"].to_pylist() == [1.5, 2.0, -0.25]
    assert table["column 1"].to_pylist() == [2.5, 3.0, 1234.5]
    assert read_table(write('a,b\n"1,5",x\n'))["a"].to_pylist() == [1.5]


@pytest.mark.parametrize("word", ["", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", '"NA"', " ? "])
def test_words_for_missing(word: str, write: Write) -> None:
    table = read_table(write(f"n,w,x\n1,a,x\n{word},{word},x\n2,b,x\n"))
    assert table["n"].to_pylist() == [1, None, 2]
    assert table["w"].to_pylist() == ["a", None, "b"]


@pytest.mark.parametrize("mark", [".", "-", " - ", '"."'])
def test_a_lone_mark_among_numbers_is_missing(mark: str, write: Write) -> None:
    many = "".join(f"{i},{i / 4},2024-01-31,a\n" for i in range(200_000))
    text = f"n,x,d,w\n{mark},{mark},{mark},{mark}\n1,.5,2024-01-31,a\n{many}-1,{mark},{mark},b\n"
    table = read_table(write(text))
    assert table.schema.types == [pa.int64(), pa.float64(), pa.date32(), pa.string()]
    assert [column.null_count for column in table.columns] == [1, 2, 2, 0]
    assert table["n"].to_pylist()[:2] == [None, 1]
    assert table["w"][0].as_py() == mark.strip(' "')
    words = read_table(write(f"a,b\n{mark},{mark}\n1,{mark}\nx,{mark}\n"))
    assert words["a"].to_pylist() == [mark.strip(' "'), "1", "x"]
    assert words["b"].type == pa.string()


def test_a_column_of_missing_values_holds_words(write: Write) -> None:
    assert read_table(write("a,b\n1,NA\n2,\n")).schema.types == [pa.int64(), pa.string()]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,2\n", ["a", "b"]),
        ("1,2\n3,4\n", ["column 0", "column 1"]),
        ("x,2\ny,4\n", ["column 0", "column 1"]),
        ("?,b\n1,b\n", ["column 0", "column 1"]),
        ("p,x\ne,y\np,z\n", ["column 0", "column 1"]),
        ("class,cap\ne,y\np,x\np,z\n", ["class", "cap"]),
        (",b\n1,2\n", ["column 0", "b"]),
        ("a,,c\n1,2,3\n", ["a", "column 1", "c"]),
        ("x,,u\ny,5,v\nx,6,u\n", ["column 0", "column 1", "column 2"]),
        ("2020-01-01,x\n2020-01-02,y\n", ["column 0", "column 1"]),
        ("True,x\nFalse,y\n", ["column 0", "column 1"]),
        ("0,1,2\n5.5,6,7\n", ["0", "1", "2"]),
        ("1,2,3,label\n5.5,6,7,x\n", ["1", "2", "3", "label"]),
        ("0,1\n5,6\n", ["column 0", "column 1"]),
        ("a,b\n", ["a", "b"]),
        ("a,b\nr1,1,2\nr2,3,4\n", ["column 0", "a", "b"]),
        ('"first, second",b\n1,2\n', ["first, second", "b"]),
        ('"two\nlines",b\n1,2\n', ["two\nlines", "b"]),
    ],
)
def test_the_header_is_found_out(text: str, names: list[str], write: Write) -> None:
    assert read_table(write(text)).column_names == names


def test_the_header_may_be_said(write: Write) -> None:
    assert read_table(write("a,b\nc,d\n"), header=False).to_pylist()[0] == {"column 0": "a", "column 1": "b"}
    assert read_table(write("1,2\n3,4\n"), header=True).to_pylist() == [{"1": 3, "2": 4}]


def test_two_columns_of_one_name_are_refused(write: Write) -> None:
    with pytest.raises(TableError, match="two columns named a, at positions 0 and 2"):
        read_table(write("a,b,a\n1,2,3\n"))


def test_the_separator_may_be_said(write: Write) -> None:
    path = write("a:b\n1:2\n")
    assert read_table(path).column_names == ["a:b"]
    assert read_table(path, separator=":").to_pylist() == [{"a": 1, "b": 2}]
    assert read_table(write("a\tb\n1\t2\n"), separator="\\t").to_pylist() == [{"a": 1, "b": 2}]
    assert read_table(write('a§b\n1§"2, or §"\n'), separator="§").to_pylist() == [{"a": 1, "b": "2, or §"}]
    with pytest.raises(TableError, match=r"one character.*found '::'"):
        read_table(path, separator="::")


def test_quotes_hold_separators_quotes_and_lines(write: Write) -> None:
    table = read_table(write('a,b\n1,"x, ""y"""\n2, "p\nq"\n'))
    assert table["b"].to_pylist() == ['x, "y"', "p\nq"]


def test_a_quote_inside_a_field_is_only_a_character(write: Write) -> None:
    assert read_table(write('a,b\n5" pipe,1\n6" and 7" pipes,2\n'))["a"].to_pylist() == ['5" pipe', '6" and 7" pipes']


def test_words_of_one_column_keep_their_spaces(write: Write) -> None:
    assert (
        read_table(write("name\nAda Lovelace\nAlan Mathison Turing\n"))["name"].to_pylist()[1] == "Alan Mathison Turing"
    )


def test_bytes_that_are_not_utf_8_are_windows_1252(write: Write) -> None:
    assert read_table(write("a,b\n1,café\n2,10 €\n".encode("cp1252")))["b"].to_pylist() == ["café", "10 €"]
    assert read_table(write(b"a,b\n1,\x81\n"))["b"].to_pylist() == ["\x81"]


def test_what_comes_late_in_a_file_counts(write: Write) -> None:
    early = "a,b,c\n" + "1,2,2020-01-01\n" * 300_000
    table = read_table(write(early + '1.5, "x, y",2020-01-01 10:00\n'))
    assert table.schema.types == [pa.float64(), pa.string(), pa.timestamp("us")]
    assert table.slice(len(table) - 1).to_pylist() == [{"a": 1.5, "b": "x, y", "c": dt.datetime(2020, 1, 1, 10)}]
    with pytest.raises(TableError, match="1 field in line 300002, expected 3"):
        read_table(write(early + "late\n"))


def test_a_quote_after_a_space_is_found_between_two_blocks(write: Write) -> None:
    text = "a,b\n" + "1,2\n" * (BLOCK // 4 - 2) + "33, "
    assert len(text) == BLOCK
    assert read_table(write(text + '"4, x"\n'))["b"].to_pylist()[-1] == "4, x"


def test_line_ends_in_quotes_may_fall_anywhere(write: Write) -> None:
    table = read_table(write("a,b\n" + '"x\nyz",1\n' * 300_000))
    assert len(table) == 300_000
    assert table["a"].unique().to_pylist() == ["x\nyz"]


@pytest.mark.parametrize(
    ("text", "line", "found", "expected"),
    [
        ("a,b\n1,2\n3\n4,5\n", 3, "1 field", 2),
        ("a,b\n1,2\n3,4,5\n6,7\n", 3, "3 fields", 2),
        ("\na,b\n\n1,2\n\n3,4,5\n6,7\n", 6, "3 fields", 2),
        ('a,b\n1,"x\ny"\n3,4,5\n6,7\n', 4, "3 fields", 2),
        ("1 2 3\n1 2 3\n1 2\n", 3, "2 fields", 3),
        ("a,b,c\r1,2,3\r1,2\r1,2,3\r", 3, "2 fields", 3),
    ],
)
def test_a_ragged_row_is_named(text: str, line: int, found: str, expected: int, write: Write) -> None:
    with pytest.raises(TableError, match=f"table.csv has {found} in line {line}, expected {expected}:"):
        read_table(write(text))


def test_an_open_quote_is_named(write: Write) -> None:
    with pytest.raises(TableError, match="quote in line 3"):
        read_table(write('a,b\n1,x\n2,"y\n3,z\n'))


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_batches_have_the_rows_of_the_table_and_one_schema(name: str, tmp_path: Path) -> None:
    n = 1003
    table = pa.table(
        {
            "n": [*range(n - 1), None],
            "x": [i / 4 if i > 900 else None for i in range(n)],
            "w": [f"w{i}" for i in range(n)],
        }
    )
    path = tmp_path / name
    if name.endswith("parquet"):
        parquet.write_table(table, path)
    elif name.endswith("jsonl"):
        table.to_pandas().to_json(path, orient="records", lines=True)
    else:
        table.to_pandas().to_csv(path, index=False)
    parts = list(read_batches(path, rows=100))
    assert [len(part) for part in parts] == [100] * 10 + [3]
    assert all(part.schema == parts[0].schema for part in parts)
    assert pa.concat_tables(parts).to_pylist() == read_table(path).to_pylist()
    assert [row["w"] for row in read_table(path).to_pylist()] == table["w"].to_pylist()


def test_json_columns_are_those_of_all_rows(write: Write) -> None:
    many = '{"a": 1}\n' * 600_000
    table = read_table(write(many + '{"a": 2.5, "late": "x"}\n', "a.jsonl"))
    assert table.schema == pa.schema([("a", pa.float64()), ("late", pa.string())])
    assert table["late"].null_count == 600_000


def test_a_header_alone_is_a_table_without_rows(write: Write) -> None:
    (only,) = read_batches(write("a,b\n"))
    assert only.column_names == ["a", "b"]
    assert len(only) == 0
