"""The inputs of all columns side by side, as one dense or sparse matrix, some rows at a time."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from scipy import sparse as sp

from chainrule.arrays import Array
from chainrule.tables.frames import refuse_infinite

# Rows that are filled at a time: few enough to stay in cache, many enough that threads seldom wait for each other.
ROWS = 25_000
# Where smooth clipping ends, as its source has it: standardised numbers hardly reach it, outliers do.
SMOOTH_LIMIT = 3.0
# A number so far out is clipped to that limit to the last digit, and its square does not overflow.
FAR = 1e100
Each: TypeAlias = Callable[..., Iterable[Any]]
Fill = Callable[[int, int], None]


class Bins(NamedTuple):
    """Inputs that say how far a number `x` is through each bin: `clip((x - e_t) / (e_(t+1) - e_t), 0, 1) - mean_t`.

    Attributes:
        edges: `e` of the bins, ascending (bins + 1,).
        means: taken from each (bins,).
    """

    edges: Array
    means: Array

    def shares(self, numbers: Array, out: Array | None = None) -> Array:
        """Return how far each number (n,) is through each bin, 0 to 1, as (bins, n); NaN where it is missing."""
        starts, ends = self.edges[:-1, None], self.edges[1:, None]
        found: Array = np.clip(numbers, starts, ends, out=out)
        found -= starts
        found /= ends - starts
        return found


class Numbers(NamedTuple):
    """An input that is a number in every row, and others that are made of it.

    The first is `z = (values - mean) / scale`, or `z / √(1 + (z / 3)²)` where it is clipped smoothly. One may say where
    the number is missing; those of bins follow.

    Attributes:
        name: of the column.
        values: as they stand in the table (n,), NaN where one is missing.
        mean: taken from each.
        scale: each is divided by.
        missing: whether there is the input that says so.
        clipped: whether it is clipped smoothly.
        bins: those of the number; None for none.
    """

    name: str
    values: Array
    mean: float
    scale: float
    missing: bool
    clipped: bool = False
    bins: Bins | None = None

    @property
    def width(self) -> int:
        """How many inputs there are."""
        return 1 + self.missing + (0 if self.bins is None else len(self.bins.means))


class Codes(NamedTuple):
    """Inputs of which one is 1 in each row, the others 0: which one (n,), or -1 for none."""

    codes: Array
    width: int


class Terms(NamedTuple):
    """Inputs most of which are 0: a sparse matrix (n, width)."""

    matrix: Any
    width: int


Part: TypeAlias = Numbers | Codes | Terms


class TableInputs(NamedTuple):
    """What the rows of a table are encoded as, before it is a matrix.

    Attributes:
        parts: the inputs of the columns, in order, terms last.
        rows: how many there are.
        sparse: whether their matrix is sparse.
        each: applies a function to each of many arguments, as `map` does.
    """

    parts: Sequence[Part]
    rows: int
    sparse: bool
    each: Each = map

    def matrix(self) -> Any:
        """Return the inputs (n, i), dense or as a CSR matrix."""
        return assemble(self.parts, self.rows, sparse=self.sparse, each=self.each)


class Lines(NamedTuple):
    """What a linear layer makes of a column of numbers: straight lines over the pieces between edges.

    At a number of piece `t` the outputs are `at_t + by_t (x - origin_t) factor_t`; where one is missing, the last row
    of `at`.

    Attributes:
        values: the numbers (n,).
        edges: between the pieces, ascending (pieces - 1,).
        origins, factors: of the pieces (pieces,).
        at, by: of the outputs (pieces + 1, o).
    """

    values: Array
    edges: Array
    origins: Array
    factors: Array
    at: Array
    by: Array


def lines_of(part: Numbers, weights: Array) -> list[Lines]:
    """Return what a layer with weights (width, o) makes of the inputs of a column; two where one is clipped smoothly.

    >>> cut = Numbers("a", np.array([1.0]), 0.0, 1.0, False, bins=Bins(np.array([0.0, 2.0, 6.0]), np.array([0.5, 0.1])))
    >>> (lines,) = lines_of(cut, np.array([[1.0], [10.0], [100.0]]))
    >>> lines.at[:, 0], lines.by[:, 0]  # before, in and behind the two bins; and where the number is missing
    (array([-15.,  -15.,  -3.,  101.,   0.]), array([  1.,  12., 104.,   1.,   0.]))
    """
    if part.clipped:
        values = np.asarray(part.values, np.float64)
        z = np.where(np.isinf(values), values, clipped_smoothly((values - part.mean) / part.scale))  # infinite: refused
        alone = part._replace(values=z, mean=0.0, scale=1.0, clipped=False, bins=None)
        of_bins = np.concatenate([np.zeros((1, weights.shape[1])), weights[1 + part.missing :]])
        binned = part._replace(clipped=False, missing=False)
        return [
            *lines_of(alone, weights[: 1 + part.missing]),
            *([] if part.bins is None else lines_of(binned, of_bins)),
        ]
    slope, missing = weights[0], weights[1] if part.missing else np.zeros_like(weights[0])
    edges, steps = np.empty(0), weights[1 + part.missing :]
    widths, starts = np.empty(0), np.array([part.mean])
    at = np.zeros((1, len(slope)))
    if part.bins is not None:
        edges, widths = part.bins.edges, np.diff(part.bins.edges)
        starts = np.concatenate([edges[:1], edges])
        full = np.cumsum(np.concatenate([np.zeros((2, len(slope))), steps]), axis=0)
        at = full - part.bins.means @ steps + np.outer((starts - part.mean) / part.scale, slope)
    inside = np.concatenate([[part.scale], widths, [part.scale]]) if part.bins is not None else np.array([part.scale])
    by = np.outer(inside / part.scale, slope)
    by[1:-1] += steps  # of none without bins
    return [Lines(part.values, edges, starts, 1 / inside, np.vstack([at, missing]), np.vstack([by, 0 * slope]))]


class Standardised:
    """Inputs of many columns of numbers, made some rows at a time.

    Parameters:
        parts: the columns.
        places: where in a row the inputs of each begin.
    """

    def __init__(self, parts: Sequence[Numbers], places: Array) -> None:
        cut = np.array([part.bins is not None for part in parts], dtype=bool)
        self.parts, self.places = [part for part in parts if part.bins is None], places[~cut]
        self.cut = [(part, place) for part, place in zip(parts, places.tolist(), strict=True) if part.bins is not None]
        self.mean = np.array([part.mean for part in self.parts])[:, None]
        self.scale = np.array([part.scale for part in self.parts])[:, None]
        self.telling = np.flatnonzero([part.missing for part in self.parts])
        self.clipped = np.flatnonzero([part.clipped for part in self.parts])

    def fill(self, inputs: Array, start: int, stop: int) -> None:
        """Set the inputs of the rows from `start` to `stop` (stop - start, i).

        Raises:
            ValueError: a number is infinite; the message names column and row.
        """
        for part, place in self.cut:
            _fill_cut(part, inputs[:, place : place + part.width], start, stop)
        if not self.parts:
            return
        block = np.array([part.values[start:stop] for part in self.parts], dtype=np.float64)
        finite = np.isfinite(block)
        block -= self.mean
        block /= self.scale
        inputs[:, self.places[self.telling] + 1] = 0
        for column in () if finite.all() else np.flatnonzero(~finite.all(axis=1)):
            numbers, part, missing = block[column], self.parts[int(column)], ~finite[column]
            refuse_infinite_of(part, numbers, start)
            np.copyto(numbers, 0, where=missing)
            if part.missing:
                inputs[:, self.places[column] + 1] = missing
        block[self.clipped] = clipped_smoothly(block[self.clipped])
        inputs[:, self.places] = block.T


def _fill_cut(part: Numbers, inputs: Array, start: int, stop: int) -> None:
    """Set all inputs (stop - start, width) of a column that is cut into bins at once, so that each row is met once."""
    assert part.bins is not None
    numbers = np.asarray(part.values[start:stop], np.float64)
    made, first = np.empty((part.width, len(numbers))), 1 + part.missing
    z, finite = (numbers - part.mean) / part.scale, np.isfinite(numbers)
    made[0] = clipped_smoothly(z) if part.clipped else z
    part.bins.shares(numbers, made[first:])
    made[first:] -= part.bins.means[:, None]
    if not finite.all():
        refuse_infinite_of(part, numbers, start)
        made[:, ~finite] = 0
    if part.missing:
        made[1] = ~finite
    inputs[:] = made.T


def refuse_infinite_of(part: Numbers, numbers: Array, start: int) -> None:
    """Raise ValueError where one of these numbers of a column, which begin with that of row `start`, is infinite."""
    infinite = np.isinf(numbers)
    if infinite.any():
        row = start + int(infinite.argmax())
        refuse_infinite(part.name, part.values[row], row)


def clipped_smoothly(z: Array) -> Array:
    """Return `z / √(1 + (z / 3)²)`: nearly `z` in the middle, and never beyond ±3.

    Source: D. Holzmüller, L. Grinsztajn, I. Steinwart, "Better by default", NeurIPS 2024.

    >>> clipped_smoothly(np.array([0.0, 4.0, -1e300]))
    array([ 0. ,  2.4, -3. ])
    """
    z = np.clip(z, -FAR, FAR)
    return z / np.sqrt(1 + (z / SMOOTH_LIMIT) ** 2)


def assemble(parts: Sequence[Part], rows: int, *, sparse: bool, each: Each = map) -> Any:
    """Return the parts side by side (rows, Σ width), dense or as a CSR matrix.

    Parameters:
        parts: in order, terms last.
        rows: how many there are.
        sparse: whether to return a CSR matrix.
        each: applies a function to each of many arguments, as `map` does.

    >>> assemble([Numbers("a", np.array([2., 3.]), 1., 1., False), Codes(np.array([1, -1]), 2)], 2, sparse=False)
    array([[1., 0., 1.],
           [2., 0., 0.]])
    """
    terms = [part.matrix for part in parts if isinstance(part, Terms)]
    single = [part for part in parts if not isinstance(part, Terms) and part.width]
    if not sparse:
        matrix, fill = _dense(single, rows, sum(part.width for part in parts))
        _in_pieces(fill, rows, each)
        if terms:
            matrix[:, -sum(term.shape[1] for term in terms) :] = sp.hstack(terms).toarray()
        return matrix
    blocks = []
    if single:
        matrix, fill = _sparse(single, rows)
        _in_pieces(fill, rows, each)
        blocks = [matrix]
    blocks += terms
    return blocks[0] if len(blocks) == 1 else sp.hstack(blocks, format="csr")


def _in_pieces(fill: Fill, rows: int, each: Each) -> None:
    """Fill `ROWS` rows at a time."""
    starts = range(0, rows, ROWS)
    list(each(fill, starts, [min(rows, start + ROWS) for start in starts]))


def _dense(parts: Sequence[Numbers | Codes], rows: int, width: int) -> tuple[Array, Fill]:
    matrix = np.zeros((rows, width))
    starts = np.cumsum([0, *(part.width for part in parts)])
    numbers = _standardised(parts, starts)
    codes = [(start, part.codes) for start, part in zip(starts, parts, strict=False) if isinstance(part, Codes)]

    def fill(start: int, stop: int) -> None:
        piece = matrix[start:stop]
        numbers.fill(piece, start, stop)
        flat, firsts = piece.reshape(-1), np.arange(0, piece.size, width)
        for place, chosen in codes:
            some = chosen[start:stop]
            at = firsts + (some + place)
            flat[at if some.min() >= 0 else at[some >= 0]] = 1

    return matrix, fill


def _sparse(parts: Sequence[Numbers | Codes], rows: int) -> tuple[Any, Fill]:
    """Return a CSR matrix with as many entries in each row."""
    widths = [part.width for part in parts]
    starts = np.cumsum([0, *widths], dtype=np.int32)
    entries = [part.width if isinstance(part, Numbers) else 1 for part in parts]
    places = np.cumsum([0, *entries])
    numbers = _standardised(parts, places)
    codes = [
        (place, start, part.codes)
        for place, start, part in zip(places, starts, parts, strict=False)
        if isinstance(part, Codes)
    ]
    first = np.concatenate([start + np.arange(count) for start, count in zip(starts, entries, strict=False)])
    values = np.empty((rows, places[-1]))
    columns = np.empty(values.shape, np.int32)

    def fill(start: int, stop: int) -> None:
        piece, where = values[start:stop], columns[start:stop]
        piece.fill(1)
        where[:] = first
        numbers.fill(piece, start, stop)
        for place, begin, chosen in codes:
            some = chosen[start:stop]
            if some.min() < 0:
                piece[:, place] = some >= 0
                some = np.maximum(some, 0)
            np.add(some, begin, out=where[:, place])

    bounds = np.arange(0, values.size + 1, values.shape[1], dtype=np.int32 if values.size < 1 << 31 else np.int64)
    return sp.csr_array((values.reshape(-1), columns.reshape(-1), bounds), shape=(rows, int(starts[-1]))), fill


def _standardised(parts: Sequence[Numbers | Codes], places: Array) -> Standardised:
    numbers = [(part, place) for part, place in zip(parts, places, strict=False) if isinstance(part, Numbers)]
    return Standardised([part for part, _ in numbers], np.array([place for _, place in numbers], dtype=np.intp))
