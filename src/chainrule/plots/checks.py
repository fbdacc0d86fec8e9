"""What figures ask of the values they are given, said in one sentence where they do not fit."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.plots.style import CLASS_COLORS

Limits: TypeAlias = tuple[float, float, float, float]
Function: TypeAlias = Callable[[Array], Array]


def plane_rows(x: object, name: str = "x") -> Array:
    """Return rows in the plane (n, 2), checked."""
    rows = np.asarray(x, dtype=float)
    check(name, rows.shape, rows.ndim == 2 and rows.shape[1] == 2, "shape (n, 2) to be drawn in the plane", "have")
    return finite(rows, name)


def finite(values: Array, name: str) -> Array:
    """Return `values`, all of them finite numbers."""
    if not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite to be drawn, found {values[~np.isfinite(values)][0]}.")
    return values


def class_indices(classes: object, n: int, k: int = len(CLASS_COLORS)) -> Array:
    """Return the class of each of `n` rows as a whole number from 0 to k - 1."""
    indices = np.asarray(classes)
    if indices.shape != (n,) or not np.issubdtype(indices.dtype, np.integer):
        found = f"{indices.dtype} of shape {indices.shape}"
        raise ValueError(f"classes must be whole numbers of shape ({n},), one for each row, found {found}.")
    if n and (indices.min() < 0 or indices.max() >= k):
        wrong = indices.min() if indices.min() < 0 else indices.max()
        raise ValueError(f"classes must lie between 0 and {k - 1} to be distinguishable, found {wrong}.")
    return indices


def class_names(names: Sequence[object] | None, k: int, *, exact: bool = True) -> list[str]:
    """Return the names of `k` classes as text; "class 0" and so on where none are given.

    A space goes before an underscore, because matplotlib leaves names that start with one out of legends.
    """
    if names is None:
        return [f"class {number}" for number in range(k)]
    if len(names) < k or (exact and len(names) > k):
        raise ValueError(f"names must name {k} classes, found {len(names)}: {', '.join(map(str, names))}.")
    return [f" {name}" if str(name).startswith("_") else str(name) for name in names]


def rectangle(limits: Sequence[float]) -> Limits:
    """Return (left, right, bottom, top), checked."""
    values = [float(value) for value in limits]
    fits = len(values) == 4 and all(map(np.isfinite, values)) and values[0] < values[1] and values[2] < values[3]
    check("limits", limits, fits, "(left, right, bottom, top) with left < right and bottom < top")
    return values[0], values[1], values[2], values[3]


def grid(limits: Limits, resolution: int) -> tuple[Array, Array, Array]:
    """Return the places across (r,) and up (r,) of a grid, and its points (r·r, 2), line by line from the bottom."""
    check("resolution", resolution, resolution >= 2, "at least 2 points a side")
    across, up = np.linspace(*limits[:2], resolution), np.linspace(*limits[2:], resolution)
    return across, up, np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)


def values_on_grid(function: Function, points: Array, name: str) -> Array:
    """Return one number for each point of a square grid, as a table (r, r) from the bottom line up."""
    values = np.asarray(function(points), dtype=float)
    if values.shape not in ((len(points),), (len(points), 1)):
        raise ValueError(f"{name} must map rows (m, 2) to numbers (m,), but gave {values.shape} for m = {len(points)}.")
    side = round(len(points) ** 0.5)
    return finite(values, name).reshape(side, side)
