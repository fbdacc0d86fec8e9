"""Derivatives against differences of a function's values.

    slope ahead  (f(v + h) - f(v)) / h        slope behind  (f(v) - f(v - h)) / h

Their mean is the central difference, good to `h²`. Where the two still differ at a much smaller step, by about as much
as the derivative is off, the function has a kink there (a rectifier at zero) and no derivative: such numbers are set
apart, not counted as mistakes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np

from chainrule.arrays import Array

STEP = float(np.finfo(np.float64).eps ** (1 / 3))
CLOSER = 1 / 64
ROUNDING = 8 * float(np.finfo(np.float64).eps)
Place: TypeAlias = tuple[Any, ...]


@final
@dataclass(frozen=True)
class Mistake:
    """A derivative that disagrees with the differences of the function.

    Attributes:
        where: the layer with its position, the loss, or the whole network.
        what: the method and what the derivative is taken with respect to.
        entry: which number of it.
        found: what the method says.
        expected: what the differences say.
        error: `|found - expected|`, relative to the largest of: either of the two, a thousandth of the largest
            expected, and what the rounding of the function's values hides at this tolerance.
    """

    where: str
    what: str
    entry: tuple[int, ...]
    found: float
    expected: float
    error: float

    def __str__(self) -> str:
        return (
            f"{self.where}: {self.what}, entry {list(self.entry)}, is {self.found:.6g}, but differences of the values "
            f"give {self.expected:.6g} (relative error {self.error:.1e})."
        )


@final
class Comparer:
    """Compares derivatives with differences, and keeps count.

    Parameters:
        tolerance: relative error up to which two numbers agree.
        max_entries: numbers of one derivative to compare; of more, as many are drawn at random.
        generator: of the draws.
    """

    def __init__(self, tolerance: float, max_entries: int, generator: np.random.Generator) -> None:
        self.tolerance, self.max_entries, self.generator = tolerance, max_entries, generator
        self.mistakes: list[Mistake] = []
        self.compared = self.kinks = 0
        self.largest_error = 0.0

    def compare(
        self,
        where: str,
        what: str,
        function: Callable[[Array], Array],
        at: Array,
        found: Array,
        *,
        by_row: bool = False,
    ) -> None:
        """Compare `found`, of the shape of `at`, with the differences of the sum of `function(at)` (n,).

        With `by_row`, each row of `at` moves its own number of `function` and no other, so a column moves at once.
        """
        candidates = at.shape[1] if by_row else at.size
        chosen = np.sort(self.generator.permutation(candidates)[: self.max_entries])
        places: list[Place] = [(slice(None), c) if by_row else np.unravel_index(c, at.shape) for c in chosen]
        values = np.array([np.atleast_1d(found[place]) for place in places])
        low, high = _slopes(function, at, places, STEP, by_row)
        expected = (low + high) / 2
        rounding = ROUNDING / STEP * (1 + np.abs(function(at)))
        hidden = (rounding if by_row else rounding.sum()) / self.tolerance
        scale = np.maximum(np.maximum(np.abs(values), np.abs(expected)), np.maximum(hidden, self._floor(expected)))
        error = np.abs(values - expected) / scale
        wrong = ~(error <= self.tolerance)  # also where either is no number
        if wrong.any():
            low, high = _slopes(function, at, places, STEP * CLOSER, by_row)
            slack = self.tolerance * np.maximum(np.abs(values), self._floor(high))
            between = (values >= low - slack) & (values <= high + slack)
            apart = high - low > 0.01 * np.abs(values - (low + high) / 2) + self.tolerance * hidden / CLOSER
            kink = wrong & (between | apart)
            self.kinks += int(kink.sum())
            error[kink] = 0
        self.compared += values.size
        self.largest_error = max(self.largest_error, float(error.max(initial=0)))
        if not (error <= self.tolerance).all():
            entry, row = np.unravel_index(int(error.argmax()), error.shape)
            index = (int(row), int(chosen[entry])) if by_row else tuple(int(i) for i in places[entry])
            numbers = (float(a[entry, row]) for a in (values, expected, error))
            self.mistakes.append(Mistake(where, what, index, *numbers))

    def _floor(self, expected: Array) -> float:
        return max(1e-3 * float(np.abs(expected).max(initial=0)), 1e-6)


def _slopes(
    function: Callable[[Array], Array], at: Array, places: list[Place], step: float, by_row: bool
) -> tuple[Array, Array]:
    """Return the smaller and the larger of the slopes ahead and behind, at each place: (places, n) or (places, 1)."""
    centre = function(at)
    lows, highs = [], []
    for place in places:
        slopes = []
        for sign in (1, -1):
            moved = at.copy()
            moved[place] += sign * step * np.maximum(1, np.abs(at[place]))
            slopes.append((function(moved) - centre) / (moved[place] - at[place]))
        lows.append(np.minimum(*slopes))
        highs.append(np.maximum(*slopes))
    low, high = np.array(lows), np.array(highs)
    return (low, high) if by_row else (low.sum(axis=1, keepdims=True), high.sum(axis=1, keepdims=True))
