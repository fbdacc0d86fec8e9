"""Probabilities over the planes of two columns, with all others fixed at the values of one row."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from chainrule.arrays import Array
from chainrule.pages.report.fitted import Fitted
from chainrule.pages.report.rows import sample

RESOLUTION, DRAWN_ROWS, CANDIDATES, COLUMNS = 60, 150, 500, 3


class Surface(NamedTuple):
    """The plane of two columns.

    Attributes:
        names: of the columns, across and up.
        limits: (left, right, bottom, top).
        y: probabilities at a grid's points (r·r, k), line by line from the bottom.
        rows: some of the held-out rows in this plane (m, 2).
        classes: their true classes (m,).
    """

    names: tuple[str, str]
    limits: tuple[float, float, float, float]
    y: Array
    rows: Array
    classes: Array


class Surfaces(NamedTuple):
    """The planes of the most important columns of numbers.

    Attributes:
        row: number of the held-out row that the other columns are pinned to, from 0.
        planes: of each pair of columns.
    """

    row: int
    planes: list[Surface]


def surfaces_of(model: Fitted, t: Array, names: Sequence[str]) -> Surfaces | None:
    """Return the planes of the first three of these columns that hold numbers, or None where fewer than two do.

    Parameters:
        model: with its rows.
        t: classes of the held-out rows (n,).
        names: of columns, the most important first.
    """
    spans = {name: span for name in names if (span := _span(model, name)) is not None}
    if len(spans) < 2:
        return None
    row = _middle_row(model)
    some = sample(len(t), DRAWN_ROWS)
    pinned, drawn = model.held_out.take(np.full(RESOLUTION**2, row)), model.held_out.take(some)
    planes = []
    for across, up in combinations(list(spans)[:COLUMNS], 2):
        grid = np.meshgrid(np.linspace(*spans[across], RESOLUTION), np.linspace(*spans[up], RESOLUTION))
        points = pinned.replaced(across, pa.array(grid[0].ravel())).replaced(up, pa.array(grid[1].ravel()))
        rows = np.column_stack([_numbers(drawn.column(name)) for name in (across, up)])
        inside = np.isfinite(rows).all(axis=1)
        limits = (*spans[across], *spans[up])
        planes.append(Surface((across, up), limits, model.probabilities(points), rows[inside], t[some][inside]))
    return Surfaces(row, planes)


def _span(model: Fitted, name: str) -> tuple[float, float] | None:
    """Return the range of a column of numbers, without its rarest hundredths; None for anything else."""
    if model.kinds[name] != "number":
        return None
    values = model.held_out.column(name)
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        return None
    numbers = _numbers(values)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return None
    low, high = np.quantile(numbers, [0.01, 0.99])
    edge = 0.04 * (high - low)
    return (float(low - edge), float(high + edge)) if high > low else None


def _numbers(values: pa.Array) -> Array:
    return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def _middle_row(model: Fitted) -> int:
    """Return the number of the held-out row whose inputs are nearest to the median of each."""
    some = sample(len(model.held_out), CANDIDATES)
    x = model.inputs(model.held_out.take(some))
    x = x.toarray() if sp.issparse(x) else np.asarray(x)
    sizes = np.array([each.size for each in model.network_inputs])
    distance = (np.abs(x - np.median(x, axis=0)) / np.where(sizes > 0, sizes, 1)).sum(axis=1)
    return int(some[distance.argmin()])
