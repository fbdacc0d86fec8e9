"""JSON lines, and JSON lists of objects, as tables."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import json as arrow_json

from chainrule.common.format import short
from chainrule.exceptions import TableError
from chainrule.tables.frames import unsupported
from chainrule.tables.readers.opening import MOST_COLUMNS, blocks, lines
from chainrule.tables.written import left_out_note, with_remarks

# Characters, and rows, that are read together: few, since Python reads again what Arrow cannot.
CHUNK = 1 << 22
MOST_ROWS = 5000
# Characters of a row that may have very many keys, which are counted before Arrow makes columns of them.
LONG_LINE = 1 << 17
# Rows that share hardly any keys would make a table of nothing but gaps, a thousand times as large as the file.
# So of a table of more cells than these, at least this share must be filled.
FEW_CELLS = 10_000_000
FILLED = 0.01
# What values are called in messages.
KINDS = {int: "number", float: "number", bool: "truth value", str: "word"}
Chunk = list[str]


def json_tables(path: Path, schema: pa.Schema | None = None) -> Iterator[pa.Table]:
    """Yield the objects of a file as rows, a chunk at a time, with columns of the types given, or of those it finds.

    Raises:
        TableError: a line is no JSON object, or a value is nested; the message names row and column.
    """
    first_row = 1
    for chunk in _chunks(path):
        yield _table(path, chunk, first_row, schema)
        first_row += len(chunk)


def json_schema(path: Path) -> pa.Schema:
    """Return the columns of a file, in the order in which they first appear, with types that hold all their values.

    Those of nested values are left out, with a note.

    Raises:
        TableError: as for `json_tables`, or a column holds values of several kinds, or all are nested.
    """
    types: dict[str, pa.DataType] = {}
    rows = values = 0
    for table in json_tables(path):
        rows += len(table)
        values += sum(len(table) - column.null_count for column in table.columns)
        for name, kind in zip(table.column_names, table.schema.types, strict=True):
            types[name] = _common(path, name, types.get(name, pa.null()), kind)
        _refuse_scattered(path, len(types), rows, values)
    if not types:
        raise TableError(f"{path} is empty: it needs an object for each row.")
    nested = {name: what for name, kind in types.items() if (what := unsupported(kind))}
    if len(nested) == len(types):
        raise TableError(f"{path} has nested values in {next(iter(nested))!r}: give each part a column of its own.")
    known = {
        name: pa.string() if pa.types.is_null(kind) else kind for name, kind in types.items() if name not in nested
    }
    return with_remarks(pa.schema(known.items()), [left_out_note(name, what) for name, what in nested.items()], {})


def _refuse_many(path: Path, columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise TableError(f"{path} has {columns} distinct keys or more; at most {MOST_COLUMNS} are read.")


def _refuse_scattered(path: Path, columns: int, rows: int, values: int) -> None:
    _refuse_many(path, columns)
    if rows * columns > FEW_CELLS and values < rows * columns * FILLED:
        raise TableError(
            f"{path} has {columns} distinct keys, but {values / rows:.1f} per row: give all rows the same keys."
        )


def _common(path: Path, name: str, one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if pa.types.is_null(one) or one == other:
        return other
    if pa.types.is_null(other) or (pa.types.is_nested(one) and pa.types.is_nested(other)):
        return one
    numbers = [pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in (one, other)]
    words = [pa.types.is_string(kind) or pa.types.is_temporal(kind) for kind in (one, other)]
    if all(numbers):
        return pa.float64()
    if all(words):
        return pa.string()
    raise _mixed(path, name, str(one), str(other))


def _mixed(path: Path, name: str, one: str, other: str) -> TableError:
    return TableError(
        f"{path} has values of several types in {short(name)!r}, {one} and {other}: convert them to one type."
    )


def _chunks(path: Path) -> Iterator[Chunk]:
    """Yield lines that are not blank, some at a time."""
    texts = blocks(path)
    start = next(texts, "")
    texts = chain([start], texts)
    found = _items(path, "".join(texts)) if start.lstrip().startswith("[") else lines(path, texts)
    chunk: Chunk = []
    characters = 0
    for line in found:
        if line.strip():
            chunk.append(line)
            characters += len(line)
        if characters > CHUNK or len(chunk) == MOST_ROWS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _items(path: Path, text: str) -> Iterable[str]:
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as error:
        raise TableError(f"{path} is not valid JSON: {error.msg}, in line {error.lineno}.") from None
    except (ValueError, RecursionError):
        raise TableError(f"{path} has a number too long or values nested too deep.") from None
    return (json.dumps(row) + "\n" for row in rows)


def _table(path: Path, chunk: Chunk, first_row: int, schema: pa.Schema | None) -> pa.Table:
    for row, line in enumerate(chunk, first_row):
        if len(line) > LONG_LINE:  # Arrow takes the longer the more columns there are
            _refuse_many(path, len(_object(path, line, row)))
    data = "".join(chunk).encode(errors="replace")
    parse = arrow_json.ParseOptions(
        explicit_schema=schema, unexpected_field_behavior="infer" if schema is None else "ignore"
    )
    try:
        return arrow_json.read_json(_without_python(data), arrow_json.ReadOptions(block_size=len(data) + 1), parse)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        rows = [_object(path, line, row) for row, line in enumerate(chunk, first_row)]
        _refuse_mixed(path, rows, first_row)
    try:
        return pa.Table.from_pylist(rows, schema=schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise TableError(f"{path} cannot be read: {str(error).splitlines()[0]}.") from None


def _without_python(data: bytes) -> pa.BufferReader:
    """Return a file that threads of Arrow can let go of without the interpreter's lock; `separated.Lent` says why."""
    copy = pa.BufferOutputStream()
    copy.write(data)
    return pa.BufferReader(copy.getvalue())


def _object(path: Path, line: str, row: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise TableError(f"{path} has invalid JSON in row {row}: {error.msg}, at character {error.pos + 1}.") from None
    except (ValueError, RecursionError):
        raise TableError(f"{path} has a number too long or values nested too deep in row {row}.") from None
    if not isinstance(found, dict):
        raise TableError(f"{path} has no object in row {row}: each row is {{...}}, with a value for each column.")
    return found


def _refuse_mixed(path: Path, rows: Iterable[dict[str, Any]], first_row: int) -> None:
    kinds: dict[str, str] = {}
    for row, values in enumerate(rows, first_row):
        for name, value in values.items():
            if isinstance(value, dict | list):
                raise TableError(
                    f"{path} has a nested value in {short(name)!r} of row {row}: give each part a column of its own."
                )
            if value is not None:
                kind = KINDS[type(value)]
                if kinds.setdefault(name, kind) != kind:
                    raise _mixed(path, name, kinds[name], kind)
