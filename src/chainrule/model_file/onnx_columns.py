"""Each learned column of a table as ONNX operations, from the column as it stands to the inputs it becomes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from chainrule.arrays import Array
from chainrule.exceptions import ModelFileError
from chainrule.model_file.onnx_graph import Graph
from chainrule.tables import TableEncoder
from chainrule.tables.columns import Category, Column, Date, Number, days_of, stamps_of
from chainrule.tables.frames import MISSING_WORDS, as_numbers, as_words, columns_of
from chainrule.tables.written import read_written


def add_columns(graph: Graph, encoder: TableEncoder) -> str:
    """Add an input for each column that the encoder uses, and return the inputs of the network (n, i).

    Raises:
        ModelFileError: a column is text, or its name is one that no input can have.
    """
    inputs: list[str] = []
    for column in encoder.learned_:
        if type(column) not in COLUMNS:
            raise ModelFileError(
                f"Column {column.name} is text, whose words ONNX cannot count as the model does: export to json, or"
                " train without it."
            )
        if column.name in graph.outputs or not column.name:
            raise ModelFileError(f"Column {column.name!r} has a name that no ONNX input can have: rename it.")
        kind, _, add = COLUMNS[type(column)]
        inputs += add(graph, column, graph.input(column.name, kind, 1))
    return graph.add("Concat", *inputs, axis=1)


def feeds_of(encoder: TableEncoder, table: Any) -> dict[str, Array]:
    """Return the values of each column of a table as the ONNX model takes them, each (n, 1)."""
    columns = columns_of(table)
    return {column.name: _fed(column, columns[column.name]) for column in encoder.learned_}


def wanted_by(encoder: TableEncoder) -> dict[str, str]:
    """Return what the ONNX model takes for each column, in words."""
    return {column.name: COLUMNS[type(column)][1] for column in encoder.learned_}


def _fed(column: Column, values: pa.Array) -> Array:
    if isinstance(column, Number):
        return as_numbers(read_written(values, column.written, column.name), column.name)[:, None]
    if isinstance(column, Date):
        stamps = stamps_of(read_written(values, column.written, column.name), column.name)
        return as_numbers(days_of(stamps), column.name)[:, None]
    return np.array(as_words(values).fill_null("").to_pylist(), dtype=object)[:, None]


def _number(graph: Graph, column: Number, x: str) -> list[str]:
    missing = graph.add("IsNaN", x)
    standard = graph.add("Div", graph.add("Sub", x, column.mean), column.scale)
    inputs = [graph.add("Where", missing, 0.0, standard)]
    return [*inputs, graph.cast(missing, "double")] if column.missing else inputs


def _category(graph: Graph, column: Category, words: str) -> list[str]:
    """Add the number of each word, no word for -1, and compare it with the number of each input."""
    width = len(column.labels())
    if not width:
        return []
    unknown = len(column.words) if column.rare else -1
    missing = len(column.words) + column.rare if column.missing else -1
    codes = graph.add(
        "LabelEncoder",
        words,
        keys_strings=[*column.words, *MISSING_WORDS],
        values_int64s=[*range(len(column.words)), *[missing] * len(MISSING_WORDS)],
        default_int64=unknown,
    )
    return [graph.cast(graph.add("Equal", codes, np.arange(width)[None]), "double")]


def _date(graph: Graph, column: Date, days: str) -> list[str]:
    missing = graph.add("IsNaN", days)
    day = graph.add("Floor", graph.add("Where", missing, 0.0, days))

    def word(number: str) -> str:
        return graph.add("Where", missing, np.array(""), graph.cast(graph.cast(number, "int64"), "string"))

    month = _category(graph, column.month, word(_month(graph, day)))
    return [*_number(graph, column.days, days), *month, *_category(graph, column.weekday, word(_weekday(graph, day)))]


def _quotient(graph: Graph, x: str, divisor: float) -> str:
    return graph.add("Floor", graph.add("Div", x, divisor))


def _remainder(graph: Graph, x: str, divisor: float) -> str:
    return graph.add("Sub", x, graph.add("Mul", _quotient(graph, x, divisor), divisor))


def _weekday(graph: Graph, day: str) -> str:
    """Add 1 for Monday to 7: day 0 is a Thursday."""
    return graph.add("Add", _remainder(graph, graph.add("Add", day, 3.0), 7.0), 1.0)


def _month(graph: Graph, day: str) -> str:
    """Add the month, 1 to 12, of a day since 1970-01-01.

    Years are counted from March, so that a leap day is the last day of its year, and in eras of 400 years, which all
    have 146,097 days; the months from March on begin on day `⌊(153 m + 2) / 5⌋`.
    """
    of_era = _remainder(graph, graph.add("Add", day, 719468.0), 146097.0)
    leaps = graph.add("Sub", _quotient(graph, of_era, 1460.0), _quotient(graph, of_era, 36524.0))
    leaps = graph.add("Add", leaps, _quotient(graph, of_era, 146096.0))
    year = _quotient(graph, graph.add("Sub", of_era, leaps), 365.0)
    leap_days = graph.add("Sub", _quotient(graph, year, 4.0), _quotient(graph, year, 100.0))
    of_year = graph.add("Sub", of_era, graph.add("Add", graph.add("Mul", year, 365.0), leap_days))
    from_march = _quotient(graph, graph.add("Add", graph.add("Mul", of_year, 5.0), 2.0), 153.0)
    return graph.add("Add", _remainder(graph, graph.add("Add", from_march, 2.0), 12.0), 1.0)


COLUMNS: dict[type, tuple[str, str, Callable[[Graph, Any, str], list[str]]]] = {
    Number: ("double", "a number, NaN where missing", _number),
    Category: (
        "string",
        "a word, empty where missing; whole numbers without a point, truth as true and false",
        _category,
    ),
    Date: ("double", "days since 1970-01-01 with the time of day as a fraction, NaN where missing", _date),
}
