"""A wrong derivative in words: where it is, what it says, what it should say, and the likely kind of mistake.

Each kind says what the whole array would be if that were the mistake, and is named only where it is:

    forgotten      found = 0                       factor         found = c · expected
    sign           found = -expected               missing term   found = expected + c · term
    transposed     found = expectedᵀ                              found = c · term, found = c · term - expected
    wrong point    found(y for x) = expected

A mistake may be in a part of the numbers only, such as one row or all off the diagonal. Kinds without a constant come
first; one with a constant that could be any number needs three numbers to speak for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal, NamedTuple, TypeAlias, final

import numpy as np

from chainrule.arrays import Array
from chainrule.inspection.differences import Clues, Method, Sample, Worst, by_differences, good_to

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
# Relative difference of two numbers that are the same: far above the error of differences, far below a wrong factor.
SAME = 1e-4
# Numbers that must agree before a constant that could be any number is believed.
FEWEST = 3


class Likely(NamedTuple):
    """The likely kind of a mistake, and what speaks for it in words."""

    kind: Kind
    reason: str


UNKNOWN = Likely("unknown", "")


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
        mask = ~np.isfinite(found)
        share = "all" if mask.all() else f"{int(mask.sum())} of {mask.size}"
        return Likely("not a number", f"{share} of its numbers are not finite")
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


def _part(wrong: Array, informative: Array, clues: Clues) -> str:
    """Return which part of the numbers (n, o, p) is wrong, in words; nothing where all that are not near 0 are."""
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


@final
@dataclass(frozen=True)
class Mistake:
    """A derivative that disagrees with the differences of the function.

    Attributes:
        where: the layer with its position, the loss, or the whole network.
        what: the method and what the derivative is taken with respect to.
        place: row, output, and input or entry of a parameter, as far as they are known: the one that is most wrong.
        found: what the method says there.
        expected: what the differences say.
        error: `|found - expected|`, relative to the larger of the two, or to a thousandth of the largest expected.
        kind: the likely kind of mistake, as all numbers of the derivative show it; "unknown" where none fits.
        reason: what speaks for it.
    """

    where: str
    what: str
    place: tuple[str, ...]
    found: float
    expected: float
    error: float
    kind: Kind
    reason: str

    def __str__(self) -> str:
        if not self.place:
            return f"{self.where}: {self.what} {self.reason}."
        return (
            f"{self.where}: {self.what}, at {', '.join(self.place)}, is {self.found:.6g}, but differences of the "
            f"values give {self.expected:.6g} (relative error {self.error:.1e}); {self._kind_in_words}."
        )

    @property
    def _kind_in_words(self) -> str:
        if self.kind == "unknown":
            return "it is a mistake of no known kind"
        if self.kind == "consequence":
            return f"it follows from {self.reason}"
        return f"likely mistake: {self.kind} ({self.reason})"


def without_numbers(where: str, what: str, kind: Kind, reason: str) -> Mistake:
    """Return the mistake of a derivative that has no numbers to compare."""
    return Mistake(where, what, (), np.nan, np.nan, np.inf, kind, reason)


def of_layer(where: str, what: str, worst: Worst, sample: Sample, method: Method) -> Mistake:
    """Return the mistake of a layer's method, which its Jacobian in full shows beside that by differences."""
    same = max(SAME, good_to(sample.y.dtype))
    with np.errstate(all="ignore"):
        found, expected = method(sample, sample.x, sample.y), by_differences(sample, sample.x)
        mistake = find_mistake(where, what, found, expected, sample.clues(method, found, expected), same)
    if mistake is not None:
        return mistake
    filled = Likely("not filled", "the arrays of grad must be overwritten, not added to")
    place = (f"row {worst.entry[0]}", f"input {worst.entry[1]}") if sample.name == "x" else sample.entry(worst.entry)
    return of_worst(where, what, place, worst, filled if np.isnan(worst.found) else UNKNOWN)


def find_mistake(
    where: str, what: str, found: Array, expected: Array, clues: Clues, same: float = SAME
) -> Mistake | None:
    """Return the mistake that makes `found` out of `expected`, both (n, o, p), or None where they agree."""
    known = np.isfinite(expected)
    floor = 1e-3 * float(np.abs(expected[known]).max(initial=0)) + 1e-6
    off = np.abs(found - expected) / np.maximum(np.maximum(np.abs(found), np.abs(expected)), floor)
    off = np.where(known, np.where(np.isfinite(found), off, np.inf), 0)
    index = tuple(int(i) for i in np.unravel_index(int(off.argmax()), off.shape)) if off.size else ()
    if not off.size or off[index] <= same:
        return None
    place = tuple(labels[i] for labels, i in zip(clues.labels, index, strict=True) if labels[i])
    kind, reason = likely_kind(found, expected, clues, same)
    return Mistake(where, what, place, float(found[index]), float(expected[index]), float(off[index]), kind, reason)


def of_worst(where: str, what: str, place: Sequence[str], worst: Worst, likely: Likely) -> Mistake:
    """Return the mistake of which no more is known than its worst number."""
    return Mistake(where, what, tuple(place), worst.found, worst.expected, worst.error, *likely)
