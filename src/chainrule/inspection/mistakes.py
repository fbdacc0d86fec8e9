"""A wrong derivative in words: where it is, what it says, what it should say, and the likely kind of mistake."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array
from chainrule.inspection.differences import Method, Sample, Worst, by_differences, good_to
from chainrule.inspection.mistake_kinds import SAME, UNKNOWN, Clues, Kind, Likely, likely_kind


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
        kind: the likely kind of mistake, told from all numbers of the derivative; "unknown" where none fits.
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
    """Return the mistake of a layer's method, told from its Jacobian in full beside that by differences."""
    same = max(SAME, good_to(sample.y.dtype))
    with np.errstate(all="ignore"):
        found, expected = method(sample, sample.x, sample.y), by_differences(sample, sample.x)
        mistake = told(where, what, found, expected, sample.clues(method, found, expected), same)
    if mistake is not None:
        return mistake
    filled = Likely("not filled", "the arrays of grad must be overwritten, not added to")
    place = (f"row {worst.entry[0]}", f"input {worst.entry[1]}") if sample.name == "x" else sample.entry(worst.entry)
    return of_worst(where, what, place, worst, filled if np.isnan(worst.found) else UNKNOWN)


def told(where: str, what: str, found: Array, expected: Array, clues: Clues, same: float = SAME) -> Mistake | None:
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
