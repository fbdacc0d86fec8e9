"""Columns of every type that Parquet and Arrow have are read right, or left out and named."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from chainrule import TableEncoder
from chainrule.tables.readers.files import read_batches, read_table, write_table
from chainrule.tables.written import notes_of

ROWS = 30
FEW = [i % 3 for i in range(ROWS)]
NUMBERS = [None, 1, 2] * 10
TIMES = [dt.time(1, 2, 3), dt.time(4), None] * 10
WORDS = ["red", None, "blue"] * 10

SUPPORTED: dict[str, tuple[pa.Array, str]] = {
    "int8": (pa.array(NUMBERS, pa.int8()), "number"),
    "uint64": (pa.array(NUMBERS, pa.uint64()), "number"),
    "half": (pa.array(np.array(FEW, np.float16)), "number"),
    "float": (pa.array(NUMBERS, pa.float32()), "number"),
    "decimal": (pa.array([Decimal("1.25"), Decimal("-3"), None] * 10), "number"),
    "decimal256": (pa.array([Decimal("1.25"), Decimal("-3"), None] * 10, pa.decimal256(50, 3)), "number"),
    "boolean": (pa.array([True, False, None] * 10), "boolean"),
    "date32": (pa.array([dt.date(2024, 1, 1 + i % 9) for i in range(ROWS)]), "date"),
    "date64": (pa.array([dt.date(2024, 1, 1 + i % 9) for i in range(ROWS)], pa.date64()), "date"),
    "nanoseconds": (
        pa.array([1_700_000_000_123_456_789 + i * 86_400_000_000_000 for i in range(ROWS)], pa.timestamp("ns")),
        "date",
    ),
    "zoned": (pa.array([1_700_000_000 + i * 86_400 for i in range(ROWS)], pa.timestamp("s", "Europe/Berlin")), "date"),
    "time32": (pa.array(TIMES, pa.time32("s")), "number"),
    "time64": (pa.array(TIMES, pa.time64("us")), "number"),
    "duration": (pa.array(FEW, pa.duration("ms")), "number"),
    "string": (pa.array(WORDS), "category"),
    "large string": (pa.array(WORDS, pa.large_string()), "category"),
    "string view": (pa.array(WORDS, pa.string_view()), "category"),
    "dictionary": (pa.array(WORDS).dictionary_encode(), "category"),
    "dictionary of numbers": (pa.array(NUMBERS).dictionary_encode(), "number"),
    "null": (pa.nulls(ROWS), "constant"),
    "8-bit boolean": (pa.array(FEW, pa.int8()).cast(pa.bool8()), "number"),
}
LEFT_OUT: dict[str, tuple[pa.Array, str]] = {
    "list": (pa.array([[1, 2], [], None] * 10), "lists"),
    "large list": (pa.array([["a"], [], None] * 10, pa.large_list(pa.string())), "lists"),
    "fixed list": (pa.array([[1, 2]] * ROWS, pa.list_(pa.int64(), 2)), "lists"),
    "struct": (pa.array([{"a": 1}] * ROWS), "structures"),
    "map": (pa.array([[("a", 1)]] * ROWS, pa.map_(pa.string(), pa.int64())), "structures"),
    "binary": (pa.array([b"ab", b"c", None] * 10), "bytes"),
    "binary view": (pa.array([b"ab", b"c", None] * 10, pa.binary_view()), "bytes"),
    "fixed binary": (pa.array([b"ab"] * ROWS, pa.binary(2)), "bytes"),
    "uuid": (pa.array([bytes([i] * 16) for i in range(ROWS)], pa.uuid()), "bytes"),
}


def kind_of(table: Any) -> str:
    return TableEncoder().fit(table).columns_[0].kind


@pytest.mark.parametrize(("values", "kind"), SUPPORTED.values(), ids=list(SUPPORTED))
def test_a_type_is_read_right(values: pa.Array, kind: str, tmp_path: Path) -> None:
    table = pa.table({"a": values, "size": np.linspace(0, 1, ROWS)})
    parquet.write_table(table, tmp_path / "a.parquet")
    read = read_table(tmp_path / "a.parquet")
    assert kind_of(table) == kind_of(read) == kind
    encoder = TableEncoder().fit(table)
    np.testing.assert_array_equal(encoder.transform(read), encoder.transform(table))
    write_table(tmp_path / "b.csv", [read])
    if kind in ("number", "category", "boolean"):
        np.testing.assert_array_equal(encoder.transform(read_table(tmp_path / "b.csv")), encoder.transform(table))


@pytest.mark.parametrize(("values", "what"), LEFT_OUT.values(), ids=list(LEFT_OUT))
def test_a_type_of_which_no_number_can_be_made_is_left_out(values: pa.Array, what: str, tmp_path: Path) -> None:
    table = pa.table({"a": values, "size": np.linspace(0, 1, ROWS)})
    encoder = TableEncoder().fit(table)
    assert encoder.columns_[0][1:3] == ("unsupported", f"{what}, which cannot be encoded as numbers")
    assert encoder.transform(table).shape == (ROWS, 1)
    parquet.write_table(table, tmp_path / "a.parquet")
    for part in read_batches(tmp_path / "a.parquet", rows=7):
        assert part.column_names == ["size"]
        (note,) = notes_of(part.schema)
        assert note == f"Column a holds {what} and was left out: give each part a column of its own to use it."


def test_values_are_those_of_the_type() -> None:
    def first(name: str) -> float:
        encoder = TableEncoder().fit({"a": SUPPORTED[name][0]})
        origin, unit = encoder.units()
        return float(encoder.transform({"a": SUPPORTED[name][0]})[0, 0] * unit[0] + origin[0])

    assert first("decimal") == first("decimal256") == 1.25
    assert first("time32") == pytest.approx(3723)
    assert first("time64") == pytest.approx(3723)
    assert first("duration") == pytest.approx(0)


def test_lists_in_a_data_frame_are_left_out() -> None:
    frame = pd.DataFrame({"tags": [["a"], ["b", "c"]] * 10, "size": np.arange(20) / 7})
    encoder = TableEncoder().fit(frame)
    assert [column.kind for column in encoder.columns_] == ["unsupported", "number"]


@pytest.mark.parametrize("nested", ["[1, 2]", '{"b": 1}', "[]", '[{"c": [1]}]'])
def test_nested_values_in_json_are_left_out(nested: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"tags": {nested}, "size": {i}.5}}\n' for i in range(ROWS)))
    read = read_table(path)
    assert read.to_pylist() == [{"size": i + 0.5} for i in range(ROWS)]
    assert notes_of(read.schema)[0].startswith("Column tags holds ")
