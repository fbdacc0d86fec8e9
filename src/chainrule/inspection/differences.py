"""Derivatives against differences of a function's values.

    slope ahead  (f(v + h) - f(v)) / h        slope behind  (f(v) - f(v - h)) / h

Their mean is the central difference, good to `h²`. Where the two still differ at a much smaller step, by about as much
as the derivative is off, the function has a kink there (a rectifier at zero) and no derivative: such numbers are set
apart, not counted as mistakes. The step is the cube root of the precision of the values, where the errors of rounding
and of the difference itself are equally small.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias, final

import numpy as np

from chainrule.arrays import Array
from chainrule.layers import Layer
from chainrule.layers.layer import Parameters

DOUBLE = np.dtype(np.float64)
# Share of the step at which the slopes on both sides are looked at again: at a kink they still differ as much, on a
# smooth function 64 times less.
CLOSER = 1 / 64
# Units of rounding that a value of the function may be off by: a few operations' worth.
ROUNDING = 8
# Central differences err by a sixth of the third derivative times the square of the step: so many squares allow for a
# third derivative 180 times as large as the slope.
TRUST = 30
# Relative difference of the two slopes from which there is a kink: on a smooth function it is about the step, 6e-6.
BEND = 0.01
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
    ahead, behind = _both_sides(function, at, place, step_for(dtype), function(at))
    kinked = np.abs(ahead - behind) > BEND * (np.abs(ahead) + np.abs(behind)) + BEND / 10
    return np.where(kinked, np.nan, (ahead + behind) / 2)


def _both_sides(
    function: Callable[[Array], Array], at: Array, place: Place, step: float, centre: Array
) -> tuple[Array, Array]:
    """Return the slopes of a function (n, ...) ahead and behind, as the number at a place, or of each row, moves."""
    slopes = []
    for sign in (1, -1):
        moved = at.copy()
        moved[place] += sign * step * np.maximum(1, np.abs(at[place]))
        distance: Any = moved[place] - at[place]
        change = function(moved) - centre
        slopes.append(change / np.reshape(distance, (-1, *[1] * (change.ndim - 1))))
    return slopes[0], slopes[1]


def _slopes(
    function: Callable[[Array], Array], at: Array, places: list[Place], step: float, by_row: bool
) -> tuple[Array, Array]:
    """Return the smaller and the larger of the slopes ahead and behind, at each place: (places, n) or (places, 1)."""
    centre = function(at)
    slopes = np.array([_both_sides(function, at, place, step, centre) for place in places])
    low, high = slopes.min(axis=1), slopes.max(axis=1)
    return (low, high) if by_row else (low.sum(axis=1, keepdims=True), high.sum(axis=1, keepdims=True))


# The Jacobian of a layer in full, as each of its methods has it, and by differences: what shows a mistake's kind.
#
# All are (n, o, p): rows, outputs, and places in what the derivative is taken with respect to, the inputs or a
# parameter.
# Of a large layer it is that of some rows, outputs and places, those where the mistake was met among them.

# Rows of a sample at least, and rows times outputs where outputs are few: enough numbers to distinguish mistakes.
FEW_ROWS = 8
MOST_NUMBERS = 256
# Places and outputs of a sample, and rows and columns of a matrix: its Jacobian is then made in little time and memory.
MOST_UNITS = 32
MOST_SIDE = 12
Method: TypeAlias = "Callable[[Sample, Array, Array], Array]"


@final
@dataclass(frozen=True, eq=False)
class Sample:
    """A layer at some rows, and which part of its Jacobian is looked at.

    Attributes:
        layer, params: the layer and its parameters.
        x, y: all rows, and its outputs for them.
        name: of what the derivative is taken with respect to: "x" or a parameter.
        rows, outputs: which of them are looked at.
        places: column of `x`, or place in the parameter, counted row by row.
    """

    layer: Layer
    params: Parameters
    x: Array
    y: Array
    name: str
    rows: Array
    outputs: Array
    places: Array

    @classmethod
    def around(
        cls, layer: Layer, params: Parameters, x: Array, name: str, row: int, place: tuple[int, ...]
    ) -> "Sample":
        """Return some rows, outputs and places, with this row and place among them, and the output beside it."""
        most = max(FEW_ROWS, MOST_NUMBERS // layer.output_size(x.shape[1]))
        rows = _some(len(x), most, row)
        y = layer.forward(params, x)
        shape = x.shape[1:] if name == "x" else params[name].shape
        if len(shape) == 2:
            square = shape[0] == shape[1]
            sides = [_some(size, MOST_SIDE, *(place if square else place[i : i + 1])) for i, size in enumerate(shape)]
            places = np.ravel_multi_index(np.meshgrid(*sides, indexing="ij"), shape).ravel()
        else:
            places = _some(int(np.prod(shape)), MOST_UNITS, int(np.ravel_multi_index(place, shape)) if shape else 0)
        last = [unit for unit in place[-1:] if unit < y.shape[1]]
        outputs = _some(y.shape[1], MOST_SIDE if len(shape) == 2 else MOST_UNITS, *last)
        return cls(layer, params, x, y, name, rows, outputs, places)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the Jacobian (n, o, p)."""
        return len(self.rows), len(self.outputs), len(self.places)

    @property
    def square(self) -> bool:
        """Whether the layer has as many outputs as inputs."""
        return self.x.shape == self.y.shape

    def zeros(self) -> dict[str, Array]:
        """Return a zero for each number of each parameter."""
        return {name: np.zeros_like(values) for name, values in self.params.items()}

    def index(self, place: int) -> tuple[int, ...]:
        """Return the index of a place in the inputs or the parameter."""
        shape = self.x.shape[1:] if self.name == "x" else self.params[self.name].shape
        return tuple(int(i) for i in np.unravel_index(place, shape))

    def entry(self, index: tuple[int, ...]) -> tuple[str]:
        """Return what a number of the parameter is called."""
        return (f"{self.name}{list(index)}",)

    @property
    def labels(self) -> tuple[list[str], list[str], list[str]]:
        """What rows, outputs and places are called."""
        inputs = [f"input {place}" for place in self.places]
        entries = [name for place in self.places for name in self.entry(self.index(int(place)))]
        rows, outputs = [f"row {row}" for row in self.rows], [f"output {output}" for output in self.outputs]
        return rows, outputs, inputs if self.name == "x" else entries

    def tried(self, jacobian: Callable[[], Array]) -> Array:
        """Return a Jacobian where the layer may refuse to be, or no numbers."""
        try:
            return jacobian()
        except Exception:  # whatever a user's layer raises where it is not meant to be: this is only a clue
            return np.full(self.shape, np.nan)

    def clues(self, method: Method, found: Array, expected: Array) -> Clues:
        """Return what the method's Jacobian may be compared with."""
        terms = {"constant": np.ones((1, 1, 1))}
        factors: dict[str, Array] = {}
        points: dict[str, tuple[Array, Array]] = {}
        transposed = None
        if self.square:
            x, y = (a[np.ix_(self.rows, self.outputs)] for a in (self.x, self.y))
            factors = {"y": y, "x": x, "1 + y": 1 + y, "1 - y": 1 - y}
            factors = {name: values[:, :, None] for name, values in factors.items()}
            with np.errstate(all="ignore"):
                points = {
                    "it takes y where x belongs": (self.tried(lambda: method(self, self.x, self.x)), expected),
                    "it takes x where y belongs": (self.tried(lambda: method(self, self.y, self.y)), expected),
                    "it is the derivative at y, not at x": (self.tried(lambda: by_differences(self, self.y)), found),
                }
            if self.name == "x":
                transposed = expected.swapaxes(1, 2)
                one = np.eye(len(self.outputs))[None]
                ratio = np.divide(y, x, out=np.zeros_like(y), where=x != 0)
                diagonals = {"constant": np.ones_like(x), "y": y, "x": x, "y / x": ratio, "y²": y * y}
                terms |= {f"{name} on the diagonal": v[:, :, None] * one for name, v in diagonals.items()}
                terms["y yᵀ"] = y[:, :, None] * y[:, None, :]
        side = round(len(self.places) ** 0.5)
        parameter = self.params.get(self.name)
        if parameter is not None and parameter.ndim == 2 and parameter.shape[0] == parameter.shape[1]:
            transposed = expected.reshape(*self.shape[:2], side, side).swapaxes(2, 3).reshape(self.shape)
        counts = {"rows": len(self.x), "outputs": self.y.shape[1], "inputs": self.x.shape[1]}
        sizes = {f"the number of {name}": size for name, size in counts.items()}
        return Clues(self.labels, transposed, points, terms, factors, sizes)


def by_vjp(sample: Sample, x: Array, y: Array) -> Array:
    """Return the Jacobian by vjp, one output at a time, and of a parameter one row at a time."""
    jacobian = np.zeros(sample.shape)
    for k, output in enumerate(sample.outputs):
        for r, row in enumerate((slice(None),) if sample.name == "x" else sample.rows):
            dy, grad = np.zeros_like(sample.y), sample.zeros()
            dy[row, output] = 1
            dx = sample.layer.vjp(sample.params, x, y, dy, grad=grad)
            if sample.name == "x":
                jacobian[:, k] = 0 if dx is None else dx[np.ix_(sample.rows, sample.places)]
            else:
                jacobian[r, k] = grad[sample.name].ravel()[sample.places]
    return jacobian


def by_jvp(sample: Sample, x: Array, y: Array) -> Array:
    """Return the Jacobian by jvp, one place at a time."""
    jacobian = np.zeros(sample.shape)
    for p, place in enumerate(sample.places):
        dx, dparams = np.zeros_like(x), sample.zeros()
        if sample.name == "x":
            dx[:, place] = 1
        else:
            dparams[sample.name][np.unravel_index(place, dparams[sample.name].shape)] = 1
        jacobian[:, :, p] = sample.layer.jvp(sample.params, x, y, dx, dparams)[np.ix_(sample.rows, sample.outputs)]
    return jacobian


def by_jacobian(sample: Sample, x: Array, y: Array) -> Array:
    """Return the Jacobian as the layer gives it."""
    given = sample.layer.jacobian(sample.params, x, y)[sample.name]
    return given.reshape(*sample.y.shape, -1)[np.ix_(sample.rows, sample.outputs, sample.places)]


def by_differences(sample: Sample, x: Array) -> Array:
    """Return the Jacobian by central differences of the outputs, and no number at a kink."""
    inputs = sample.name == "x"
    at = x if inputs else sample.params[sample.name]

    def outputs(v: Array) -> Array:
        params, rows = (sample.params, v) if inputs else ({**sample.params, sample.name: v}, x)
        return sample.layer.forward(params, rows)[:, sample.outputs]

    where = [(slice(None), p) if inputs else np.unravel_index(p, at.shape) for p in sample.places]
    return np.stack([slope(outputs, at, place, sample.y.dtype) for place in where], axis=2)[sample.rows]


def _some(size: int, most: int, *among: int) -> Array:
    """Return up to `most` of the numbers below `size`, and these among them."""
    return np.unique([*range(min(size, most)), *among])
