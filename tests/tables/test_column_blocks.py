"""Columns looked at and read together are what they are one by one."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from chainrule.tables.types import ColumnType, known_words, read_all, see_all

Rng = np.random.Generator
KINDS: dict[str, Callable[[Rng], str]] = {
    "decimals": lambda rng: f"{rng.normal():.3f}",
    "large decimals": lambda rng: f"{rng.integers(1, 999)}.{rng.integers(100, 999)}",
    "whole": lambda rng: str(rng.integers(-50, 50)),
    "exponents": lambda rng: f"{rng.integers(1, 9)}e{rng.integers(-3, 3)}",
    "codes": lambda rng: f"{rng.integers(0, 99):03}",
    "words": lambda rng: str(rng.choice(["red", "blue"])),
    "dates": lambda rng: f"2023-0{rng.integers(1, 9)}-1{rng.integers(0, 9)}",
    "money": lambda rng: f"${rng.integers(1, 9)},{rng.integers(100, 999)}.50",
    "plus": lambda rng: f"+{rng.integers(1, 9)}.5",
    "large": lambda rng: str(2**62 + int(rng.integers(0, 2**62)) * 3),
    "missing": lambda _: "",
}
OTHERS = ("", " NA ", "?", ".", "-", " 7 ")


def columns_of(rng: Rng, kinds: list[str], rows: int) -> list[pa.Array]:
    """Return a column of each kind, in which some words are missing, and now and then one is of another kind."""
    columns = []
    for kind in kinds:
        words = [KINDS[kind](rng) for _ in range(rows)]
        for row in np.flatnonzero(rng.random(rows) < 0.1):
            words[row] = str(rng.choice(OTHERS))
        if rng.random() < 0.2:
            words[rng.integers(rows)] = KINDS[str(rng.choice(list(KINDS)))](rng)
        columns.append(pa.array(words))
    return columns


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=pytest.mark.long) if seed >= 20 else seed for seed in range(60)]
)
def test_columns_are_seen_and_read_together_as_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    most = 2 if seed % 2 else len(KINDS)
    kinds = rng.choice(rng.choice(list(KINDS), most, replace=False), 30).tolist()
    parts = [columns_of(rng, kinds, int(rng.integers(1, 70))) for _ in range(3)]
    together, single = ([ColumnType() for _ in kinds] for _ in range(2))
    for part in parts:
        see_all(together, part)
        for one, column in zip(single, part, strict=True):
            one.see(known_words(column))
    for one, other in zip(together, single, strict=True):
        assert (one.readings, one.formats, one.any_known) == (other.readings, other.formats, other.any_known)
        assert one.type() == other.type()
    for part in parts:
        expected = [one.read(known_words(column)) for one, column in zip(single, part, strict=True)]
        assert read_all(together, part) == expected


def test_no_columns_and_no_rows() -> None:
    see_all([], [])
    assert read_all([], []) == []
    types = [ColumnType(), ColumnType()]
    see_all(types, [pa.array([], pa.string())] * 2)
    assert [len(column) for column in read_all(types, [pa.array([], pa.string())] * 2)] == [0, 0]
