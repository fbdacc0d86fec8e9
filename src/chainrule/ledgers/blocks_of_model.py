"""The blocks that a ledger is made of: headings, sentences, equations and tables."""

from dataclasses import dataclass
from typing import TypeAlias, final

from chainrule.inspection import Entry
from chainrule.inspection.notation import Formula
from chainrule.ledgers.parts import Index, as_place


@final
@dataclass(frozen=True)
class Product:
    """Some numbers, to be multiplied."""

    factors: tuple[float, ...]


Words: TypeAlias = str | float | Formula
Cell: TypeAlias = Words | Product


@final
@dataclass(frozen=True)
class Heading:
    """A heading of level 2 or 3."""

    text: str
    level: int = 3


@final
@dataclass(frozen=True)
class Prose:
    """A sentence or several: words, numbers and names in turn."""

    words: tuple[Words, ...]


@final
@dataclass(frozen=True, eq=False)
class Equation:
    """A name, its formula and its numbers."""

    entry: Entry


@final
@dataclass(frozen=True)
class Listing:
    """A table. The last rows may be set apart as sums."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sums: int = 0


Block: TypeAlias = Heading | Prose | Equation | Listing


def prose(*words: Words) -> Prose:
    """Return words as a block."""
    return Prose(words)


def element(name: Formula, index: Index) -> Formula:
    """Return the name of one number of an array.

    >>> element(Formula("h1", "h_1"), (3,)).text
    'h1[4]'
    """
    place = as_place(index)
    return Formula(name.text + place, name.latex + place)


def counted(number: int, noun: str) -> str:
    """Return a number of things in words.

    >>> counted(1, "path"), counted(12345, "path")
    ('1 path', '12,345 paths')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
