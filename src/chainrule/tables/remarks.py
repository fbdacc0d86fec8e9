"""What was noticed of a file while it was read, kept with its columns."""

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa

# How names of a stranger's columns stand in sentences.

# Characters of a name that a sentence has room for.
LONGEST_NAME = 60


def shown(name: object, most: int = LONGEST_NAME) -> str:
    """Return a name as a sentence has room for it: on one line, its end left out where it is long.

    >>> shown("a name of many words", 12)
    'a name of ma...'
    """
    line = "".join(letter if letter.isprintable() else " " for letter in str(name))
    return line if len(line) <= most else f"{line[:most]}..."


NOTES, FORMATS = b"chainrule notes", b"chainrule formats"


def with_remarks(schema: pa.Schema, notes: Sequence[str], formats: Mapping[str, tuple[str, str]]) -> pa.Schema:
    """Return columns with notes about them, and with how those are written whose words are numbers or dates.

    Parameters:
        schema: of the columns.
        notes: a sentence each.
        formats: by name of the column, the name of a format and a sentence about it.

    >>> notes_of(with_remarks(pa.schema([("a", pa.string())]), ["Column b was left out."], {}))
    ['Column b was left out.']
    """
    return schema.with_metadata({NOTES: json.dumps(list(notes)), FORMATS: json.dumps(dict(formats))})


def notes_of(schema: pa.Schema) -> list[str]:
    """Return what was noticed of the columns of a file, a sentence each."""
    return list(json.loads((schema.metadata or {}).get(NOTES, b"[]")))


def formats_of(schema: pa.Schema) -> dict[str, tuple[str, str]]:
    """Return how columns are written whose words are numbers or dates: by name, a format and a sentence about it."""
    found = json.loads((schema.metadata or {}).get(FORMATS, b"{}"))
    return {name: (written, note) for name, (written, note) in found.items()}


def left_out_note(name: str, what: str) -> str:
    """Return what is said of a column of which no number can be made."""
    return f"Column {shown(name)} holds {what} and was left out: give each part a column of its own to use it."
