"""Data frames of any library to columns as Arrow arrays, and those to numbers and words."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.common.format import short

# Words that say that a value is missing: what spreadsheets, R, Python, SQL and the UCI repository write.
MISSING_WORDS = ("", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
# Words that say so where all others of the column are numbers or dates.
MISSING_NUMBERS = (".", "-")
# Ticks of a second, by the unit of a time.
TICKS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}

Values: TypeAlias = Array | pa.Array


def columns_of(table: Any) -> dict[str, pa.Array]:
    """Return the columns of a data frame (pandas, polars, Arrow, ...) or of a 2-D array, by name, as Arrow arrays.

    Raises:
        TypeError: `table` is neither.
        ValueError: two columns have one name, or a column holds values of several types.

    >>> columns_of({"a": [1, None]})["a"].null_count
    1
    """
    return {name: as_arrow(values) for name, values in values_of(table).items()}


def values_of(table: Any) -> dict[str, Values]:
    """Return the columns of a data frame or of a 2-D array by name.

    Those that NumPy keeps as numbers stay what they are, NaN where one is missing; all others are Arrow arrays.

    Raises:
        TypeError: `table` is neither.
        ValueError: two columns have one name, or a column holds values of several types.
    """
    if isinstance(table, dict):
        lists = all(hasattr(values, "__len__") and not isinstance(values, str | bytes) for values in table.values())
        check("A table given as a dictionary", table, lists, "a list of values for each column")
        table = pa.table(table)
    if isinstance(table, np.ndarray):
        if table.ndim != 2:
            raise ValueError(f"A table must be a 2-D array, found one of shape {table.shape}.")
        return {f"column {i}": _values(column, f"column {i}") for i, column in enumerate(table.T)}
    if isinstance(table, pa.Table):
        _refuse_repeated(table.column_names)
        return {
            name: plain(column.combine_chunks()) for name, column in zip(table.column_names, table.columns, strict=True)
        }
    names = [str(name) for name in getattr(table, "columns", ())]
    _refuse_repeated(names)
    types = set(getattr(table, "dtypes", ()))
    if len(types) == 1 and _is_numeric(*types):
        return dict(zip(names, table.to_numpy().T, strict=True))
    import narwhals as nw

    try:
        frame = nw.from_native(table, eager_only=True)
    except TypeError:
        raise TypeError(f"A table must be a data frame or a 2-D array, found {type(table).__name__}.") from None
    return {str(column.name): _values(column, str(column.name)) for column in frame.iter_columns()}


def _values(column: Any, name: str) -> Values:
    native = column if isinstance(column, np.ndarray) else column.to_native()
    if _is_numeric(getattr(native, "dtype", None)):
        return np.asarray(native)
    try:
        values = pa.array(column, from_pandas=True) if isinstance(column, np.ndarray) else column.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise ValueError(
            f"Column {short(name)} holds values of several types: convert all to numbers, or all to text (astype(str))."
        ) from None
    return plain(values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values)


def _is_numeric(kind: Any) -> bool:
    return isinstance(kind, np.dtype) and kind.kind in "fiu"


def plain(values: pa.Array) -> pa.Array:
    """Return values as one of few types: truth values, integers, floats, strings, dates, times; others as they are.

    Decimal numbers become floats; times of the day and durations become seconds.

    >>> plain(pa.array(["a", "a"]).dictionary_encode()).type
    DataType(string)
    """
    kind = values.type
    if pa.types.is_dictionary(kind):
        return plain(values.dictionary_decode())
    if pa.types.is_run_end_encoded(kind):
        return plain(pc.run_end_decode(values))
    if isinstance(values, pa.ExtensionArray):
        return plain(values.storage)
    if is_words(values):
        return values if pa.types.is_string(kind) else values.cast(pa.string())
    if pa.types.is_float16(kind):
        return values.cast(pa.float32())
    if pa.types.is_decimal(kind):
        return values.cast(pa.float64(), safe=False)
    if pa.types.is_time(kind) or pa.types.is_duration(kind):
        ticks = values.cast(pa.int32() if kind.bit_width == 32 else pa.int64()).cast(pa.float64(), safe=False)
        return pc.divide(ticks, TICKS[kind.unit])
    return values


def unsupported(kind: pa.DataType) -> str | None:
    """Return what values of a type are, in words, where no number can be made of them; None where one can.

    >>> unsupported(pa.list_(pa.int64())), unsupported(pa.int8())
    ('lists', None)
    """
    if pa.types.is_map(kind) or pa.types.is_struct(kind) or pa.types.is_union(kind):
        return "structures"
    if pa.types.is_nested(kind):
        return "lists"
    if "binary" in str(kind):
        return "bytes"
    return None if _is_plain(kind) else f"values of type {kind}"


def _is_plain(kind: pa.DataType) -> bool:
    tests = (pa.types.is_null, pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_string)
    return any(test(kind) for test in tests) or pa.types.is_date(kind) or pa.types.is_timestamp(kind)


def as_arrow(values: Values) -> pa.Array:
    """Return the values of a column as an Arrow array, null where a float is no number."""
    if isinstance(values, np.ndarray):
        return pa.array(values, from_pandas=True)
    if pa.types.is_floating(values.type) and pc.any(pc.is_nan(values)).as_py():
        return pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    return values


def _refuse_repeated(names: list[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ValueError(f"Two columns are named {short(name)}: rename one of them.")


def is_words(values: pa.Array) -> bool:
    """Return whether the values are strings."""
    kind = values.type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def as_words(values: pa.Array) -> pa.Array:
    """Return the values as strings, whole numbers without a point; missing words are null.

    >>> as_words(pa.array([1.0, None])).to_pylist()
    ['1', None]
    """
    if is_words(values):
        return without(values if pa.types.is_string(values.type) else values.cast(pa.string()), MISSING_WORDS)
    if pa.types.is_floating(values.type):
        numbers = values.to_numpy(zero_copy_only=False)
        known = numbers[np.isfinite(numbers)]
        if (known == np.floor(known)).all() and (np.abs(known) < 2**53).all():
            finite = np.isfinite(numbers)
            whole = np.where(finite, numbers, 0).astype(np.int64)
            return pa.array(whole, mask=~finite).cast(pa.string())
        values = pa.array(numbers, from_pandas=True)
    return values.cast(pa.string())


def without(words: pa.Array, missing: Sequence[str]) -> pa.Array:
    """Return strings, null where one is among `missing`.

    >>> without(pa.array(["1", "."]), MISSING_NUMBERS).to_pylist()
    ['1', None]
    """
    found = pc.is_in(words, value_set=pa.array(missing, words.type))
    return pc.if_else(found, pa.scalar(None, words.type), words) if found.true_count else words


def as_numbers(values: Values, name: str) -> Array:
    """Return the values as float64 (n,), NaN where one is missing.

    Raises:
        ValueError: a value is no number, or infinite; the message names column and row.

    >>> as_numbers(pa.array(["1.5", "?"]), "age")
    array([1.5, nan])
    """
    numbers = np.asarray(numbers_in(values, name), np.float64)
    infinite = np.isinf(numbers)
    if infinite.any():
        row = int(infinite.argmax())
        refuse_infinite(name, numbers[row], row)
    return numbers


def numbers_in(values: Values, name: str) -> Array:
    """Return the values as numbers of any type (n,), NaN where one is missing, infinite ones among them.

    Raises:
        ValueError: a value is no number.
    """
    if isinstance(values, np.ndarray):
        return values
    kind = values.type
    if pa.types.is_null(kind):
        return np.full(len(values), np.nan)
    if is_words(values):
        values = _numbers_in_words(values, name)
    elif pa.types.is_temporal(kind):
        values = values.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
    elif pa.types.is_boolean(kind):
        values = values.cast(pa.int8())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise ValueError(f"Column {short(name)} must hold numbers, found {kind}: leave it out, or make it a category.")
    return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def _numbers_in_words(values: pa.Array, name: str) -> pa.Array:
    words = as_words(values)
    try:
        return without(pc.utf8_trim_whitespace(words), MISSING_NUMBERS).cast(pa.float64())
    except pa.ArrowInvalid:
        number = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
        for row, word in enumerate(words.to_pylist()):
            if word is not None and word.strip() not in MISSING_NUMBERS and not number.fullmatch(word):
                raise ValueError(
                    f"Column {short(name)} must hold numbers, as in the training data, found"
                    f" {short(word)!r} in row {row}."
                ) from None
        raise


def refuse_infinite(name: str, number: float, row: int) -> None:
    """Raise ValueError for an infinite number."""
    raise ValueError(f"Column {short(name)} must hold finite numbers, found {number} in row {row}.")
