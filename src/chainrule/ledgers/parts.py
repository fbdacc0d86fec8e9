"""The part of many numbers that matters: the largest first, the rest counted and summed, never silently cut."""

from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np

from chainrule.arrays import Array

MOST_SHOWN, WIDEST, MOST_LISTED = 64, 12, 10
Index: TypeAlias = tuple[int, ...]


@final
@dataclass(frozen=True)
class Part:
    """Some numbers of an array.

    Attributes:
        shown: the largest in size, each with its place counted from 0; none is 0.
        others: how many others are not 0.
        rest: their sum.
        zeros: how many are 0.
    """

    shown: tuple[tuple[Index, float], ...]
    others: int
    rest: float
    zeros: int


def fits(values: Array) -> bool:
    """Return whether an array is small enough to be shown whole."""
    return values.size <= MOST_SHOWN and max(values.shape, default=1) <= WIDEST


def part(values: Array, most: int = MOST_LISTED) -> Part:
    """Return the largest numbers of an array, and what the others come to.

    >>> part(np.array([0.5, -3.0, 0.0, 1.0]), 2)
    Part(shown=(((1,), -3.0), ((3,), 1.0)), others=1, rest=0.5, zeros=1)
    """
    flat = np.ravel(values)
    order = np.argsort(-np.abs(flat), kind="stable")
    kept = order[: min(most, np.count_nonzero(flat))]
    places = zip(*(axis.tolist() for axis in np.unravel_index(kept, values.shape)), strict=True)
    shown = tuple((place, float(values[place])) for place in places)
    nonzero = int(np.count_nonzero(flat))
    return Part(shown, nonzero - len(kept), float(flat[order[len(kept) :]].sum()), flat.size - nonzero)


def shown_places(values: Array) -> list[Index]:
    """Return where the numbers are that are shown of an array."""
    return list(np.ndindex(values.shape)) if fits(values) else [place for place, _ in part(values).shown]


def shape_of(values: Array) -> str:
    """Return the shape in words.

    >>> shape_of(np.zeros((3, 12))), shape_of(np.zeros(())), shape_of(np.zeros(4))
    ('3 × 12', 'a number', '4')
    """
    return " × ".join(map(str, values.shape)) if values.ndim else "a number"


def as_place(index: Index) -> str:
    """Return a place as it stands beside a name, counted from 1.

    >>> as_place((0, 2))
    '[1,3]'
    """
    return f"[{','.join(str(i + 1) for i in index)}]"


def rest_in_words(others: int, zeros: int) -> str:
    """Return how many numbers of an array are not shown.

    >>> rest_in_words(3, 1), rest_in_words(0, 1000)
    ('1 is 0, 3 others', '1,000 are 0')
    """
    zero = f"{zeros:,} {'is' if zeros == 1 else 'are'} 0" if zeros else ""
    other = f"{others:,} other{'' if others == 1 else 's'}" if others else ""
    return ", ".join(filter(None, (zero, other)))
