"""The likely kind of a mistake, from all numbers of a derivative beside what they should be.

Each kind says what the whole array would be if that were the mistake, and is named only where it is:

    forgotten      found = 0                       factor         found = c · expected
    sign           found = -expected               missing term   found = expected + c · term
    transposed     found = expectedᵀ                              found = c · term, found = c · term - expected
    wrong point    found(y for x) = expected

A mistake may be in a part of the numbers only, such as one row or all off the diagonal. Kinds without a constant come
first; one with a constant that could be any number needs three numbers to speak for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Literal, NamedTuple, TypeAlias, final

import numpy as np

from chainrule.arrays import Array

Kind: TypeAlias = Literal[
    "sign",
    "factor",
    "transposed",
    "missing term",
    "wrong point",
    "forgotten",
    "not a number",
    "not filled",
    "shape",
    "consequence",
    "unknown",
]
Equal: TypeAlias = Callable[[Array, Array], bool]
SAME, FEWEST = 1e-4, 3


class Likely(NamedTuple):
    """The likely kind of a mistake, and what speaks for it in words."""

    kind: Kind
    reason: str


UNKNOWN = Likely("unknown", "")


@final
@dataclass(frozen=True, eq=False)
class Clues:
    """What the numbers may be compared with, besides what is expected: all of shape (n, o, p), or broadcast to it.

    Attributes:
        labels: what each row (n), output (o) and place (p) is called.
        transposed: what is expected, with outputs and inputs exchanged; None where they differ in number.
        points: pairs that are equal if the derivative is taken at the wrong point, by how so in words.
        terms: that may be left out of a sum, by name.
        factors: that may be left out of a product, by name.
        sizes: numbers that a factor may be, by name.
    """

    labels: tuple[Sequence[str], Sequence[str], Sequence[str]]
    transposed: Array | None = None
    points: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)
    terms: Mapping[str, Array] = field(default_factory=dict)
    factors: Mapping[str, Array] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)


def likely_kind(found: Array, expected: Array, clues: Clues, same: float = SAME) -> Likely:
    """Return the likely kind of mistake that makes `found` out of `expected`, both (n, o, p).

    Parameters:
        found: the derivative as computed.
        expected: as it should be, no number where that is not known.
        clues: what else the numbers may be.
        same: relative difference up to which two numbers are the same.

    >>> labels = (["row 0"], ["output 0"], ["input 0", "input 1"])
    >>> likely_kind(np.array([[[1., 3.]]]), np.array([[[2., 6.]]]), Clues(labels))
    Likely(kind='factor', reason='it is 1/2 times what it should be')
    """
    if not np.isfinite(found).all():
        return Likely("not a number", f"{_share(~np.isfinite(found))} of its numbers are not finite")
    known = np.isfinite(expected)
    floor = 1e-3 * float(np.abs(expected[known]).max(initial=0)) + 1e-12

    def equal(a: Array, b: Array) -> bool:
        return bool((np.abs(a - b) <= same * np.maximum(np.maximum(np.abs(a), np.abs(b)), floor)).all())

    wrong = known & ~(np.abs(found - expected) <= same * np.maximum(np.maximum(np.abs(found), np.abs(expected)), floor))
    if not wrong.any():
        return UNKNOWN
    f, e, part = found[wrong], expected[wrong], _part(wrong, known & (np.abs(expected) > floor), clues)
    if not f.any():
        return Likely("forgotten", f"it is zero{part or ' everywhere'}")
    if equal(f, -e):
        return Likely("sign", f"the other sign would be right{part}")
    if clues.transposed is not None and equal(found[known], clues.transposed[known]):
        return Likely("transposed", "it is right with rows and columns exchanged")
    for how, (a, b) in clues.points.items():
        both = np.isfinite(a) & np.isfinite(b)
        if both.sum() >= FEWEST and equal(a[both], b[both]):
            return Likely("wrong point", how)
    return next(_with_a_constant(found, expected, wrong, clues, part, equal), UNKNOWN)


def _with_a_constant(
    found: Array, expected: Array, wrong: Array, clues: Clues, part: str, equal: Equal
) -> Iterator[Likely]:
    """Yield the kinds that fit with one constant, the plainest first."""
    f, e = found[wrong], expected[wrong]
    ratio = _multiple(f, e)
    if ratio and equal(f, ratio * e):
        words, plain = _in_words(ratio, clues.sizes)
        if plain or np.count_nonzero(e) >= FEWEST:
            yield Likely("factor", f"it is {words} times what it should be{part}")
    for name, factor in clues.factors.items():
        each = np.broadcast_to(factor, found.shape)[wrong]
        if np.count_nonzero(e) >= FEWEST:
            if equal(f * each, e):
                yield Likely("factor", f"{name} is left out of a product{part}")
            if equal(f, e * each):
                yield Likely("factor", f"{name} is once too often in a product{part}")
    yield from _with_a_term(found, expected, wrong, clues, part, equal)


def _with_a_term(
    found: Array, expected: Array, wrong: Array, clues: Clues, part: str, equal: Equal
) -> Iterator[Likely]:
    """Yield the kinds where a multiple of one term is missing, or is there too often."""
    known = np.isfinite(expected)
    for (among, words), (name, term) in product(((known, ""), (wrong, part)), clues.terms.items()):
        each = np.broadcast_to(term, found.shape)[among]
        if np.count_nonzero(each) < FEWEST:
            continue
        f, e = found[among], expected[among]
        for left, equation in (
            (f - e, "found - expected"),
            (f, "found"),
            (f + e, "a term has the wrong sign: found + expected"),
        ):
            times = _multiple(left, each)
            if times and equal(left, times * each):
                yield Likely("missing term", f"{equation} = {times:.6g} × {name}{words}")


def _multiple(a: Array, b: Array) -> float:
    """Return the `c` for which `c b` comes closest to `a`."""
    squares = float((b * b).sum())
    return float((a * b).sum()) / squares if squares else 0.0


def _in_words(number: float, sizes: Mapping[str, int]) -> tuple[str, bool]:
    """Return a number in words, and whether it is a plain one: a small fraction, or one of the sizes.

    >>> _in_words(0.25, {"the number of rows": 4}), _in_words(0.123456789, {})
    (('1/4 (one over the number of rows)', True), ('0.123457', False))
    """
    plain = Fraction(number).limit_denominator(12)
    if plain == 0 or abs(number - plain) > 1e-5 * abs(number):
        return f"{number:.6g}", False
    for name, size in sizes.items():
        if size > 1 and plain in (size, Fraction(1, size)):
            return f"{plain} ({'' if plain == size else 'one over '}{name})", True
    return str(plain), abs(plain.numerator) <= 12


def _share(mask: Array) -> str:
    return "all" if mask.all() else f"{int(mask.sum())} of {mask.size}"


def _part(wrong: Array, informative: Array, clues: Clues) -> str:
    """Return which part of the numbers (n, o, p) is wrong, in words; nothing where all that tell anything are."""
    if not (informative & ~wrong).any():
        return ""
    _, outputs, places = wrong.shape
    if outputs == places > 1:
        on = np.broadcast_to(np.eye(outputs, dtype=bool), wrong.shape)
        if not (wrong & on).any():
            return " off the diagonal"
        if not (wrong & ~on).any() and (informative & ~on).any():
            return " on the diagonal"
    for axis, labels in reversed(list(enumerate(clues.labels))):
        others = tuple({0, 1, 2} - {axis})
        hit = wrong.any(axis=others)
        if hit.sum() == 1 and informative.any(axis=others).sum() > 1:
            return f" at {labels[int(hit.argmax())]} alone"
    return " in part"
