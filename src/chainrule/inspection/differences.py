"""Derivatives against differences of a function's values.

    slope ahead  (f(v + h) - f(v)) / h        slope behind  (f(v) - f(v - h)) / h

Their mean is the central difference, good to `h²`. Where the two still differ at a much smaller step, by about as much
as the derivative is off, the function has a kink there (a rectifier at zero) and no derivative: such numbers are set
apart, not counted as mistakes. The step is the cube root of the precision of the values, where the errors of rounding
and of the difference itself are equally small.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, final

import numpy as np

from chainrule.arrays import Array

DOUBLE = np.dtype(np.float64)
CLOSER = 1 / 64
ROUNDING, TRUST, BEND = 8, 30, 0.01
Place: TypeAlias = tuple[Any, ...]


class Worst(NamedTuple):
    """The number of a derivative that disagrees most with the differences.

    Attributes:
        entry: which one it is; with a number for each row, the row and the column.
        found: what the derivative says.
        expected: what the differences say.
        error: `|found - expected|`, relative to the largest of: either of the two, a thousandth of the largest
            expected, and what the rounding of the function's values hides at this tolerance.
    """

    entry: tuple[int, ...]
    found: float
    expected: float
    error: float


@final
class Comparer:
    """Compares derivatives with differences, and keeps count.

    Parameters:
        tolerance: relative error up to which two numbers agree.
        max_entries: numbers of one derivative to compare; of more, as many are drawn at random.
        generator: of the draws.

    Attributes:
        compared, kinks: how many numbers were compared, and how many of them were skipped.
        kinked_rows: those where a number of theirs was.
        largest_error: among the others.
    """

    def __init__(self, tolerance: float, max_entries: int, generator: np.random.Generator) -> None:
        self.tolerance, self.max_entries, self.generator = tolerance, max_entries, generator
        self.compared = self.kinks = 0
        self.kinked_rows: set[int] = set()
        self.largest_error = 0.0

    def compare(
        self,
        function: Callable[[Array], Array],
        at: Array,
        found: Array,
        *,
        by_row: bool = False,
        dtype: np.dtype[Any] = DOUBLE,
    ) -> Worst | None:
        """Compare `found`, of the shape of `at`, with the differences of the sum of `function(at)` (n,).

        With `by_row`, each row of `at` moves its own number of `function` and no other, so a column moves at once.
        The function's values are as good as `dtype`, and no tolerance is tighter than their differences are good to.
        Return the worst disagreement, if there is one.
        """
        step, tolerance = step_for(dtype), max(self.tolerance, good_to(dtype))
        candidates = at.shape[1] if by_row else at.size
        chosen = np.sort(self.generator.permutation(candidates)[: self.max_entries])
        places: list[Place] = [(slice(None), c) if by_row else np.unravel_index(c, at.shape) for c in chosen]
        values = np.array([np.atleast_1d(found[place]) for place in places])
        low, high = _slopes(function, at, places, step, by_row)
        expected = (low + high) / 2
        rounding = ROUNDING * float(np.finfo(dtype).eps) / step * (1 + np.abs(function(at)))
        hidden = (rounding if by_row else rounding.sum()) / tolerance
        scale = np.maximum(np.maximum(np.abs(values), np.abs(expected)), np.maximum(hidden, self._floor(expected)))
        error = np.abs(values - expected) / scale
        wrong = ~(error <= tolerance)  # also where either is no number
        if wrong.any():
            low, high = _slopes(function, at, places, step * CLOSER, by_row)
            slack = tolerance * np.maximum(np.abs(values), self._floor(high))
            between = (values >= low - slack) & (values <= high + slack)
            apart = high - low > 0.01 * np.abs(values - (low + high) / 2) + tolerance * hidden / CLOSER
            kink = wrong & (between | apart)
            self.kinks += int(kink.sum())
            error[kink] = 0
            if by_row:
                self.kinked_rows.update(np.flatnonzero(kink.any(axis=0)).tolist())
        self.compared += values.size
        self.largest_error = max(self.largest_error, float(error.max(initial=0)))
        if not (error <= tolerance).all():
            entry, row = np.unravel_index(int(error.argmax()), error.shape)
            index = (int(row), int(chosen[entry])) if by_row else tuple(int(i) for i in places[entry])
            numbers = (float(a[entry, row]) for a in (values, expected, error))
            return Worst(index, *numbers)
        return None

    def _floor(self, expected: Array) -> float:
        return max(1e-3 * float(np.abs(expected).max(initial=0)), 1e-6)


def step_for(dtype: np.dtype[Any]) -> float:
    """Return the step of a central difference of values of this precision, for a number of size 1.

    >>> f"{step_for(np.dtype(np.float64)):.1e}, {step_for(np.dtype(np.float32)):.1e}"
    '6.1e-06, 4.9e-03'
    """
    return float(np.finfo(dtype).eps) ** (1 / 3)


def good_to(dtype: np.dtype[Any]) -> float:
    """Return the relative error that a central difference of values of this precision may have.

    >>> f"{good_to(np.dtype(np.float64)):.1e}, {good_to(np.dtype(np.float32)):.1e}"
    '1.1e-09, 7.3e-04'
    """
    return TRUST * step_for(dtype) ** 2


def slope(function: Callable[[Array], Array], at: Array, place: Place, dtype: np.dtype[Any] = DOUBLE) -> Array:
    """Return the central difference of `function(at)` (n, ...) as the number at a place of `at`, or of each row, moves.

    It is no number at a kink.

    >>> slope(lambda v: np.abs(v), np.array([[2.0], [0.0]]), (slice(None), 0))
    array([[ 1.],
           [nan]])
    """
    centre, slopes = function(at), []
    for sign in (1, -1):
        moved = at.copy()
        moved[place] += sign * step_for(dtype) * np.maximum(1, np.abs(at[place]))
        distance: Any = moved[place] - at[place]
        change = function(moved) - centre
        slopes.append(change / np.reshape(distance, (-1, *[1] * (change.ndim - 1))))
    ahead, behind = slopes
    bent = np.abs(ahead - behind) > BEND * (np.abs(ahead) + np.abs(behind)) + BEND / 10
    return np.where(bent, np.nan, (ahead + behind) / 2)


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
