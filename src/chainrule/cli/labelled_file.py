"""A file of labelled rows: what to learn from, the labels, the weights."""

import difflib
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.common.format import short, some_of
from chainrule.tables.frames import as_numbers, as_words, columns_of, is_words, values_of
from chainrule.tables.leakage import find_identifiers
from chainrule.tables.readers.files import is_matrix, read_batches, read_matrix
from chainrule.tables.written import find_formats, formats_of, notes_of, read_written, with_formats

# Classes, at most: with more, the target is likely a text or a number.
MOST_CLASSES = 1000
# Above it, floats are no longer every whole number: two of a file may have become one.
MOST_EXACT = 2.0**53
# Distinct values that are classes in any case, even of numbers or of few rows.
FEW_CLASSES = 20


@final
@dataclass(frozen=True, eq=False)
class LabelledFile:
    """Labelled rows of a file.

    Attributes:
        x: the other columns: an Arrow table, or a matrix (n, i).
        labels: of the rows (n,).
        target: name of the column they come from.
        weights: of the rows (n,), or None.
        columns: names of all columns of the file.
        header: whether the file names its columns.
        rows: where they are in the file (n,), counted from 0.
        notes: what was noticed, a sentence each.
        formats: how columns are written whose words are numbers or dates: by name, a format and a sentence about it.
        identifiers: columns of `x` that only identify the rows.
    """

    x: Any
    labels: Array
    target: str
    weights: Array | None
    columns: list[str]
    header: bool
    rows: Array
    notes: list[str] = field(default_factory=list)
    formats: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    identifiers: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def is_table(self) -> bool:
        """Whether the rows are a table rather than a matrix."""
        return isinstance(self.x, pa.Table)

    def with_x(self, x: Any) -> "LabelledFile":
        """Return the same rows with other inputs (n, ...)."""
        return replace(self, x=x)

    def take(self, index: Array) -> "LabelledFile":
        """Return some of the rows."""
        x = self.x.take(pa.array(index)) if self.is_table else self.x[index]
        weights = None if self.weights is None else self.weights[index]
        return replace(self, x=x, labels=self.labels[index], weights=weights, rows=self.rows[index])

    @property
    def written(self) -> dict[str, str]:
        """How the columns are written whose words are numbers or dates: a format by name."""
        return {name: written for name, (written, _) in self.formats.items()}

    def parsed(self, formats: Mapping[str, str], as_words: Collection[str] = ()) -> "LabelledFile":
        """Return the rows with numbers and dates read that people wrote, and with its identifiers found.

        Parameters:
            formats: of columns by name, where they are given.
            as_words: columns that are left as they are written.

        Raises:
            ValueError: a column is not there, or does not hold what its format says.
        """
        if not self.is_table:
            return self
        for name in formats:
            if name not in self.x.column_names:
                raise ValueError(f"The table has no column {short(name)}; it has {some_of(self.x.column_names)}.")
        decided = {*formats, *as_words}
        found = {name: each for name, each in self.formats.items() if name not in decided}
        notes = [*self.notes, *(note for _, note in found.values())]
        used = found | {name: (written, "") for name, written in formats.items()}
        x = with_formats(self.x, {name: written for name, (written, _) in used.items()})
        return replace(self, x=x, notes=notes, formats=used, identifiers=tuple(find_identifiers(values_of(x))))


def sha256(path: Path) -> str:
    """Return the hash of a file's content, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_labelled(
    path: Path,
    target: str | None,
    *,
    weight: str | None = None,
    header: bool | None = None,
    separator: str | None = None,
    columns: int | None = None,
    as_words: Collection[str] = (),
) -> LabelledFile:
    """Return the labelled rows of a file; rows without a label are left out, and noted.

    Numbers and dates as people write them are left as they are written: `parsed` reads them.

    Raises:
        ValueError: the file cannot be read, a column is not there, or the target makes no classes.
    """
    if is_matrix(path):
        x, labels, names = read_matrix(path, columns=columns)
        if target not in (None, "label"):
            raise ValueError(f"{path} stores its labels separately: omit --target, found {target}.")
        labels = _classes(labels, "label")
        x = x.astype(np.float32) if x.dtype == np.uint8 else x
        return LabelledFile(x, labels, "label", None, names, False, np.arange(len(labels)))
    table = pa.concat_tables(read_batches(path, header=header, separator=separator, as_words=as_words))
    if target is None:
        raise ValueError(f"Choose the column to predict with --target: {path} has {some_of(table.column_names)}.")
    return split_target(table, target, weight)


def split_target(table: pa.Table, target: str, weight: str | None) -> LabelledFile:
    """Return a table with its target and weights taken out."""
    names, notes = table.column_names, notes_of(table.schema)
    target = find_column(names, target)
    formats = _formats_in(table.drop_columns([target]), notes)
    known = pc.is_valid(_known(table[target].combine_chunks()))
    rows = np.flatnonzero(known)
    without = len(table) - pc.sum(known).as_py() if len(table) else 0
    if without:
        table = table.filter(known)
        some = "1 row has" if without == 1 else f"{without} rows have"
        notes.append(f"{some} no value in the target {short(target)} and were left out.")
    if len(table) == 0:
        raise ValueError(f"No row has a value in the target {short(target)}.")
    labels = labels_of(table[target].combine_chunks(), target)
    taken, weights = [target], None
    if weight is not None:
        weight = find_column(names, weight)
        written = formats.pop(weight, ("", ""))[0]
        weights = as_numbers(read_written(table[weight].combine_chunks(), written, weight), weight)
        taken.append(weight)
        wrong = ~(weights >= 0)
        if wrong.any():
            row = int(wrong.argmax())
            found = f"{weights[row]:g} in row {row} of column {short(weight)}"
            raise ValueError(f"Weights must be at least 0, found {found}.")
    unnamed = all(name == f"column {place}" for place, name in enumerate(names))
    x = table.drop_columns(taken)
    return LabelledFile(x, labels, target, weights, list(names), not unnamed, rows, notes, formats)


def _formats_in(table: pa.Table, notes: list[str]) -> dict[str, tuple[str, str]]:
    """Return how columns are written: as the file's reader found, or found here where it keeps words as words."""
    known = formats_of(table.schema)
    found, more = find_formats({name: values for name, values in values_of(table).items() if name not in known})
    notes += [note for note in more if note not in notes]
    formats = {**known, **{name: (each.format.name, each.note(name)) for name, each in found.items()}}
    return {name: each for name, each in formats.items() if name in table.column_names}


def find_column(names: Sequence[str], wanted: str) -> str:
    """Return the column meant by a name, or by a position: 0 is the first, -1 the last.

    >>> find_column(["size", "species"], "-1")
    'species'
    """
    if wanted in names:
        return wanted
    try:
        place = int(wanted)
    except ValueError:
        near = difflib.get_close_matches(wanted, names, 1)
        meant = f"Did you mean {near[0]}?" if near else f"It has {some_of(list(names))}."
        raise ValueError(f"The table has no column {short(wanted)}. {meant}") from None
    if not -len(names) <= place < len(names):
        there = f"its {len(names)} columns are 0 to {len(names) - 1}"
        raise ValueError(f"The table has no column {short(wanted)}: {there}.")
    return names[place]


def labels_of(values: pa.Array, name: str) -> Array:
    """Return labels as whole numbers, truth values or words: numbers that no integer holds are words, as they are.

    Raises:
        ValueError: there is one class only, or so many values that they are no classes.
    """
    kind = values.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        labels = values.to_numpy(zero_copy_only=False)
    elif pa.types.is_floating(kind):
        return _classes(values.to_numpy(zero_copy_only=False), name)
    else:
        (column,) = columns_of(pa.table({name: values})).values()
        labels = np.array(as_words(column).to_pylist())
    _refuse_no_classes(labels, name)
    return labels


def _refuse_no_classes(labels: Array, name: str) -> None:
    """Raise ValueError where labels are of one class only, or so many that they are no classes."""
    found = len(np.unique(labels))
    if found == 1:
        single = f"a single class ({short(str(labels[0]))}) in {len(labels)} rows"
        raise ValueError(f"The target {short(name)} has {single}; at least 2 are needed.")
    if found > FEW_CLASSES and (found > MOST_CLASSES or found > len(labels) / 2 or labels.dtype.kind == "f"):
        what = "distinct words" if labels.dtype.kind in "UO" else "distinct numbers"
        many = f"{found} {what} in {len(labels)} rows, too many for classes"
        raise ValueError(f"The target {short(name)} has {many}: choose another --target, or group its values first.")


def _classes(numbers: Array, name: str) -> Array:
    """Return labels that are floats as whole numbers, or as words where an integer cannot hold them."""
    whole = (numbers == np.floor(numbers)).all() and (np.abs(numbers) < MOST_EXACT).all()
    labels = numbers.astype(np.int64) if whole else numbers
    _refuse_no_classes(labels, name)
    return labels if whole else labels.astype(str)


def _known(values: pa.Array) -> pa.Array:
    if is_words(values):
        return as_words(values)
    return pc.if_else(pc.is_nan(values), None, values) if pa.types.is_floating(values.type) else values


def matched(rows: LabelledFile, classes: Array, path: Path) -> LabelledFile:
    """Return rows of another file whose labels are among the classes; a full stop that they all end in is taken off.

    Raises:
        ValueError: a label is new.
    """
    if rows.labels.dtype.kind == "U" and all(label.endswith(".") for label in rows.labels.tolist()):
        bare = np.char.rstrip(rows.labels, ".")
        if np.isin(bare, classes).all() and not np.isin(rows.labels, classes).any():
            note = f"The labels of {path.name} end in a full stop, which was removed."
            return replace(rows, labels=bare, notes=[*rows.notes, note])
    new = ~np.isin(rows.labels, classes)
    if new.any():
        known = some_of([str(label) for label in classes])
        raise ValueError(
            f"{path} has the class {short(str(rows.labels[new][0]))} in the target {rows.target}, which is not in the"
            f" training data; its classes are {known}."
        )
    return rows
