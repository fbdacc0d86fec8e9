"""Columns that only tell rows apart are found in all rows, by what they hold and by their names."""

import numpy as np
import pytest

from chainrule import TableEncoder
from chainrule.tables.frames import Values, values_of
from chainrule.tables.kinds import is_named_identifier
from chainrule.tables.leakage import find_identifiers

ROWS = 40
COUNTED = np.arange(ROWS)
APART = 17 + 31 * np.random.default_rng(0).permutation(ROWS)  # all different, and no count


def found(name: str, values: Values) -> bool:
    return name in find_identifiers({name: values, "size": np.linspace(0, 1, ROWS)})


@pytest.mark.parametrize("values", [COUNTED, COUNTED + 1, COUNTED[::-1], np.random.default_rng(1).permutation(COUNTED)])
def test_a_count_of_the_rows_whatever_its_name(values: Values) -> None:
    assert found("length", values)


@pytest.mark.parametrize(
    "name",
    [
        *("id", "ID", "Id", "_id", "CustomerID", "customer_id", "PassengerId", "customerid", "user.uuid", "pk"),
        *("Unnamed: 0", "", "column 0", "index", "rownames", "row.names", "Row Number", "row_nr", "X.id", "lfd. Nr."),
        *("sampleNumber", "order no", "Kundennummer", "record", "#", "Invoice No."),
    ],
)
def test_numbers_all_different_under_the_name_of_an_identifier(name: str) -> None:
    assert is_named_identifier(name)
    assert found(name, APART)
    assert not found(name, np.where(COUNTED == 3, APART[4], APART)), "two rows have the same"
    assert not found(name, APART / 7), "whole numbers alone"


@pytest.mark.parametrize(
    "name",
    [
        *("age", "humid", "acid", "fluid", "video", "refractive index", "atomic number", "body_mass_index", "grid"),
        *("number of rooms", "income", "price", "bid", "year", "monkey", "casino", "piano"),
    ],
)
def test_measurements_are_none(name: str) -> None:
    assert not is_named_identifier(name)
    assert not found(name, APART)
    assert not found(name, 1980 + COUNTED)


def test_words_that_hardly_any_two_rows_share() -> None:
    table = values_of({"code": [f"A{i}" for i in range(ROWS)], "town": ["Ulm", "Bern"] * (ROWS // 2)})
    assert list(find_identifiers(table)) == ["code"]


def test_few_rows_tell_nothing() -> None:
    assert not find_identifiers({"id": np.arange(19)})


@pytest.mark.parametrize("seed", range(40))
def test_what_is_found_in_all_rows_holds_for_any_of_them(seed: int) -> None:
    """Seen by itself, a sample of a row number may be a measurement, and of rare words an identifier."""
    rng = np.random.default_rng(seed)
    words = np.repeat([f"w{i}" for i in range(30)], 5)
    rows = len(words)
    table = {"row": 1 + np.arange(rows), "rare": words, "size": rng.normal(size=rows)}
    identifiers = tuple(find_identifiers(values_of({name: list(values) for name, values in table.items()})))
    assert identifiers == ("row",)
    some = rng.permutation(rows)[:60]
    encoder = TableEncoder(identifiers=identifiers).fit({name: list(values[some]) for name, values in table.items()})
    assert [column.kind for column in encoder.columns_] == ["identifier", "category", "number"]


def test_a_kind_that_is_given_counts_for_more() -> None:
    table = {"id": list(range(ROWS)), "size": [i / 7 for i in range(ROWS)]}
    encoder = TableEncoder({"id": "number"}, identifiers=("id",)).fit(table)
    assert [column.kind for column in encoder.columns_] == ["number", "number"]
