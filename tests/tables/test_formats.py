"""Numbers and dates as people write them are understood, and what was understood is said."""

import csv
import datetime as dt
import io
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from chainrule import TableEncoder
from chainrule.exceptions import FormatWarning
from chainrule.tables.formats import DATES, FORMATS, NUMBERS
from chainrule.tables.readers.files import read_batches, read_table
from chainrule.tables.written import find_formats, formats_of, notes_of

NBSP = "\u00a0"
THIN = "\u202f"
MINUS = "\u2212"

READ: dict[str, tuple[Sequence[str], Sequence[float | None]]] = {
    "thousands and point": (["1,234.56", "12,345,678", "5", ".5", ""], [1234.56, 12345678, 5, 0.5, None]),
    "thousands and comma": (["1.234,56", "12.345.678", "-7,5", "5"], [1234.56, 12345678, -7.5, 5]),
    "spaces and comma": (["1 234,56", f"1{NBSP}234,5", f"12{THIN}345"], [1234.56, 1234.5, 12345]),
    "spaces and point": (["1 234.56", "12 345 678.5"], [1234.56, 12345678.5]),
    "apostrophes": (["1'234.56", "1\u2019234"], [1234.56, 1234]),
    "lakhs": (["12,34,567.5", "1,23,456"], [1234567.5, 123456]),
    "comma alone": (["0,5", "1,25", "3"], [0.5, 1.25, 3]),
    "comma and exponent": (["1,5e3", "2E-1"], [1500, 0.2]),
    "dollars": (["$1,234", "$ 5.50", "-$3", "$-4"], [1234, 5.5, -3, -4]),
    "euros before": (["€ 5", "€1.234,50"], [5, 1234.5]),
    "euros after": (["5 €", f"1.234,50{NBSP}€"], [5, 1234.5]),
    "codes": (["EUR 5.50", "EUR 1,000", "12 EUR"], [5.5, 1000, 12]),
    "per cent": (["12.3%", "5 %", "-1%"], [12.3, 5, -1]),
    "accounting": (["(1,234)", "(5.5)", "2,000.25"], [-1234, -5.5, 2000.25]),
    "accounting with a currency": (["($1,234.5)", "$2"], [-1234.5, 2]),
    "Unicode minus": ([f"{MINUS}5", f"{MINUS}0.5", "3"], [-5, -0.5, 3]),
    "four digits before a comma": (["1234,567", "2,345"], [1234.567, 2.345]),
    "a zero before a comma": (["0,123", "2,345"], [0.123, 2.345]),
}
DAYS: dict[str, tuple[Sequence[str], Sequence[dt.datetime | None]]] = {
    "German": (["31.12.2023", "1.2.2024", ""], [dt.datetime(2023, 12, 31), dt.datetime(2024, 2, 1), None]),
    "American": (["12/31/2023", "1/2/2024"], [dt.datetime(2023, 12, 31), dt.datetime(2024, 1, 2)]),
    "British": (["31/12/2023", "1/2/2024"], [dt.datetime(2023, 12, 31), dt.datetime(2024, 2, 1)]),
    "dashes": (["31-12-2023", "01-02-2024"], [dt.datetime(2023, 12, 31), dt.datetime(2024, 2, 1)]),
    "year first": (["2023/12/31", "2024/2/1"], [dt.datetime(2023, 12, 31), dt.datetime(2024, 2, 1)]),
    "without zeros": (["2023-12-31", "2024-2-1"], [dt.datetime(2023, 12, 31), dt.datetime(2024, 2, 1)]),
    "short years": (["31.12.23", "1.2.70"], [dt.datetime(2023, 12, 31), dt.datetime(1970, 2, 1)]),
    "months in words": (["5 Jan 2023", "6. Mai 2024"], [dt.datetime(2023, 1, 5), dt.datetime(2024, 5, 6)]),
    "months first": (["Jan 5, 2023", "March 31st, 2024"], [dt.datetime(2023, 1, 5), dt.datetime(2024, 3, 31)]),
    "times": (["31.12.2023 14:05", "1.2.2024"], [dt.datetime(2023, 12, 31, 14, 5), dt.datetime(2024, 2, 1)]),
    "noon and midnight": (
        ["12/31/2023 12:05 AM", "1/2/2024 12:06 pm", "1/2/2024 3:00:30 PM"],
        [dt.datetime(2023, 12, 31, 0, 5), dt.datetime(2024, 1, 2, 12, 6), dt.datetime(2024, 1, 2, 15, 0, 30)],
    ),
}
WORDS: dict[str, Sequence[str]] = {
    "codes": ["007,5", "1,5"],
    "two decimal points": ["1.2.3", "4.5"],
    "several ways": ["1.234,5", "1,234.5"],
    "a group of four": ["1,2345.5", "1.5"],
    "units": ["5 kg", "6 kg"],
    "more digits than a float holds": ["1,234,567,890,123,456", "9223372036854775808"],
    "no such day": ["31.02.2023", "1.2.2023"],
    "day and month beyond twelve": ["13/13/2023", "1/2/2023"],
    "a date and a number": ["31.12.2023", "5"],
    "ranges": ["1-5", "6-9"],
    "prose": ["May I", "1 Jan"],
}


def table_of(words: Sequence[str], path: Path, **others: Sequence[str]) -> pa.Table:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["a", "also", *others])
    writer.writerows(zip(words, ["z"] * len(words), *others.values(), strict=True))
    path.write_text(file.getvalue())
    return read_table(path)


@pytest.mark.parametrize(("words", "values"), [*READ.values(), *DAYS.values()], ids=[*READ, *DAYS])
def test_a_column_is_understood(words: Sequence[str], values: Sequence[object], tmp_path: Path) -> None:
    words, values = [*words, "NA"], [*values, None]
    table = table_of(words, tmp_path / "a.csv")
    assert table["a"].to_pylist() == values
    assert list(formats_of(table.schema)) == ["a"]


@pytest.mark.parametrize("words", WORDS.values(), ids=list(WORDS))
def test_other_words_stay_words(words: Sequence[str], tmp_path: Path) -> None:
    assert table_of(words, tmp_path / "a.csv")["a"].to_pylist() == words


@pytest.mark.parametrize("number", [0, 1, -1, 0.5, 999, 1000, -1234.5, 1234567.25, 1e14 + 1, 0.001, -987654321])
@pytest.mark.parametrize("one", NUMBERS, ids=lambda one: one.name)
def test_a_number_written_in_a_format_is_read_back(one: object, number: float) -> None:
    written = f"{number:,}".replace(",", "g").replace(".", "d")
    group, decimal = one.name[1], one.name[5]  # type: ignore[attr-defined]
    word = written.replace("g", group).replace("d", decimal)
    assert one.read(pa.array([word, f"€ {word}", f"{word} %", None])).to_pylist() == [*[number] * 3, None]  # type: ignore[attr-defined]
    if number > 0:
        assert one.read(pa.array([f"({word})", f"-${word}"])).to_pylist() == [-number] * 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("one", DATES.values(), ids=list(DATES))
def test_every_day_written_in_a_format_is_read_back(one: object) -> None:
    names = {"d": "%d", "m": "%m", "y": "%Y", "mon": "%b"}
    name = one.name  # type: ignore[attr-defined]
    pattern = "".join(names.get(part, part) for part in re.split(r"(\W+)", name))
    days = [dt.datetime(2023, 1, 1) + dt.timedelta(i, minutes=i) for i in range(800)]
    words = pa.array([f"{day.strftime(pattern)} {day:%H:%M}" for day in days])
    assert one.read(words).to_pylist() == days  # type: ignore[attr-defined]


def test_the_other_columns_decide_what_a_column_leaves_open(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert table_of(["1,234", "5"], path, b=["0.25", "1.5"])["a"].to_pylist() == [1234, 5]
    assert table_of(["1,234", "5"], path, b=["0,25", "1,5"])["a"].to_pylist() == [1.234, 5]
    assert table_of(["1.234", "5"], path, b=["0,25", "1,5"])["a"].to_pylist() == [1234, 5]
    assert table_of(["1.234", "5"], path, b=["0.25", "1.5"])["a"].to_pylist() == [1.234, 5]
    assert table_of(["€ 1.234", "€ 5"], path, b=["x", "y"])["a"].to_pylist() == [1234, 5]
    february, january = dt.datetime(2023, 2, 1), dt.datetime(2023, 1, 2)
    assert table_of(["01/02/2023"], path, b=["31/12/2023"])["a"].to_pylist() == [february]
    assert table_of(["01/02/2023"], path, b=["12/31/2023"])["a"].to_pylist() == [january]
    assert table_of(["01/02/2023"], path, b=["0,5"])["a"].to_pylist() == [february]


def test_what_stays_open_is_read_as_in_english_and_said(tmp_path: Path) -> None:
    table = table_of(["1,234", "5"], tmp_path / "a.csv", when=["01/02/2023", "03/04/2023"], x=["p", "q"])
    assert table.to_pylist()[0] == {"a": 1234, "also": "z", "when": dt.datetime(2023, 1, 2), "x": "p"}
    said = {name: note for name, (_, note) in formats_of(table.schema).items()}
    assert said["a"] == (
        "Column a holds numbers that can be read in two ways: 1,234 was read as 1234; if it means 1.234, give --format"
        " a=1.234,5."
    )
    assert said["when"] == (
        "Column when holds dates that can be read in two ways: 01/02/2023 was read as 2 January 2023; if it means"
        " 1 February 2023, give --format when=d/m/y."
    )


def test_several_currencies_are_no_numbers(tmp_path: Path) -> None:
    table = table_of(["$5", "€6"], tmp_path / "a.csv")
    assert table["a"].to_pylist() == ["$5", "€6"]
    assert notes_of(table.schema) == ["Column a mixes amounts in $ and €: it was read as text."]


def test_a_percent_sign_that_is_missing_in_some_rows_is_said(tmp_path: Path) -> None:
    table = table_of(["5%", "6.5"], tmp_path / "a.csv")
    assert table["a"].to_pylist() == [5, 6.5]
    assert formats_of(table.schema)["a"][1].endswith("rows without a % sign were read as percent too.")


def test_what_comes_late_in_a_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a;b\n" + "1.234;01/02/2023\n" * 200_000 + "0,5;31/12/2023\n")
    table = read_table(path)
    assert table["a"].to_pylist()[-2:] == [1234, 0.5]
    assert table["b"].to_pylist()[-2:] == [dt.datetime(2023, 2, 1), dt.datetime(2023, 12, 31)]


def test_the_first_row_may_be_of_such_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("31.12.2023;€ 5\n1.2.2023;€ 6\n")
    assert read_table(path).column_names == ["column 0", "column 1"]
    path.write_text("day;price\n1.2.2023;€ 6\n")
    assert read_table(path).column_names == ["day", "price"]


def test_batches_leave_words_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b,c\n"1,234.5",7,x\n"2",8,y\n')
    (batch,) = read_batches(path, as_words=["b"])
    assert batch.to_pylist()[0] == {"a": "1,234.5", "b": "7", "c": "x"}


@pytest.mark.parametrize("frame", [pd.DataFrame, pa.table], ids=["pandas", "arrow"])
def test_the_encoder_reads_and_remembers_how(frame: object) -> None:
    n = 40
    numbers = np.round(np.random.default_rng(0).normal(0, 3000, n), 2)
    days = [dt.date(2023, 1, 1) + dt.timedelta(int(i)) for i in range(0, 9 * n, 9)]
    plain = {"a": numbers.tolist(), "day": days, "iso": days}
    people = {
        "a": [f"{number:,} €".translate(str.maketrans(",.", ".,")) for number in numbers],
        "day": [f"{day:%d.%m.%Y}" for day in days],
        "iso": [f"{day:%Y-%m-%d}" for day in days],
    }
    expected = TableEncoder().fit(plain)
    encoder = TableEncoder().fit(frame(people))  # type: ignore[operator]
    assert encoder.formats_ == {"a": "1.234,5", "day": "d.m.y", "iso": "y-m-d"}
    np.testing.assert_array_equal(encoder.transform(frame(people)), expected.transform(plain))  # type: ignore[operator]
    one = {"a": ["1.234"], "day": ["1.2.2023"], "iso": ["2023-02-01"]}
    same = {"a": [1234.0], "day": [dt.date(2023, 2, 1)], "iso": [dt.date(2023, 2, 1)]}
    np.testing.assert_array_equal(encoder.transform(one), expected.transform(same))
    np.testing.assert_array_equal(encoder.transform(same), expected.transform(same))
    with pytest.raises(ValueError, match=r"Column a must hold numbers written like 1\.234,5, .*'1\.5' in row 1\."):
        encoder.transform({"a": ["2,5", "1.5"], "day": ["1.2.2023"] * 2, "iso": ["2023-02-01"] * 2})


def test_the_encoder_warns_of_what_is_unclear_and_can_be_told() -> None:
    table = {"when": ["01/02/2023", "03/04/2023"] * 20, "x": list(np.arange(40) / 7)}
    with pytest.warns(FormatWarning, match=r'give TableEncoder\(formats=\{"when": "d/m/y"\}\)'):
        american = TableEncoder().fit(table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        british = TableEncoder(formats={"when": "d/m/y"}).fit(table)
        assert TableEncoder({"when": "category"}).fit(table).columns_[0].kind == "category"
    first_of_april = {"when": ["01/04/2023"], "x": [1.0]}
    assert american.learned_[0] != british.learned_[0]
    assert british.transform(first_of_april).shape[1] == len(british.get_feature_names_out())
    with pytest.raises(ValueError, match=r"has an unknown format, 'dmy': choose one of 1,234\.5; 1\.234,5;"):
        TableEncoder(formats={"when": "dmy"}).fit(table)


def test_a_model_of_plain_numbers_does_not_guess_how_others_are_written() -> None:
    encoder = TableEncoder().fit({"a": [1.5, 2.5]})
    with pytest.raises(ValueError, match="must hold numbers, as in the training data, found '1,234' in row 0"):
        encoder.transform({"a": ["1,234"]})


def test_codes_in_words_stay_words() -> None:
    assert not find_formats({"zip": pa.array(["10115", "80331"])})[0]
    assert not find_formats({"a": pa.array(["yes", "no"])})[0]
    assert not find_formats({"a": pa.array([1.5, 2.5]), "b": pa.nulls(2, pa.string())})[0]


def test_the_same_table_in_two_files_is_encoded_alike(tmp_path: Path) -> None:
    words = {"a": ["$1,234.50", "$2"] * 10, "b": ["1.5", "2.25"] * 10, "c": ["2023-12-31", "2023-01-31"] * 10}
    parquet.write_table(pa.table(words), tmp_path / "a.parquet")
    table_of(words["a"], tmp_path / "a.csv", b=words["b"], c=words["c"])
    one, other = (TableEncoder().fit_transform(read_table(tmp_path / name)) for name in ("a.csv", "a.parquet"))
    np.testing.assert_array_equal(one, other)


def test_every_format_has_its_own_name() -> None:
    assert len(FORMATS) == len(NUMBERS) + len(DATES)
