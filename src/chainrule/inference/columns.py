"""The columns of a regression: which inputs they are, in which units, and how they are scaled while it is fitted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, final

import numpy as np
from sklearn.preprocessing import OneHotEncoder

from chainrule.arrays import Array, dense
from chainrule.engine import Rows
from chainrule.estimator.standardizer import Standardizer
from chainrule.estimator.trained_model import TrainedModel


def categories_of(model: TrainedModel) -> dict[str, tuple[str, ...]]:
    """Return the names of the indicators of each category, by the name of its column, as a first step makes them."""
    if not len(model.steps):
        return {}
    first = model.steps[0]
    learned = getattr(first, "learned_", ())
    parts = [part for column in learned for part in vars(column).values() if hasattr(part, "labels")]
    found = {one.name: tuple(one.names()) for one in (*learned, *parts) if hasattr(one, "labels")}
    return found | dict(_one_hot(first))


def cut_columns_of(model: TrainedModel) -> dict[str, tuple[str, ...]]:
    """Return the inputs of each number that is cut into bins, itself first, by the name of its column.

    Its coefficients together make a curve. None of them is an effect by itself: the others cannot stay as they are.
    """
    learned = getattr(model.steps[0], "learned_", ()) if len(model.steps) else ()
    numbers = [(column.name, getattr(column, "days", column)) for column in learned]
    return {name: (number.names()[0], *number.bin_names()) for name, number in numbers if getattr(number, "edges", ())}


def _one_hot(step: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield a name and the indicators of each category that encoders of scikit-learn make."""
    if hasattr(step, "output_indices_"):  # a ColumnTransformer, known without loading it
        each = [(name, one) for name, one, _ in step.transformers_ if isinstance(one, OneHotEncoder)]
        of = {name: step.get_feature_names_out()[step.output_indices_[name]] for name, _ in each}
    elif isinstance(step, OneHotEncoder):
        each, of = [("", step)], {"": step.get_feature_names_out()}
    else:
        return
    for key, encoder in each:
        names, start = [str(name) for name in of[key]], 0
        counts = encoder._n_features_outs  # of each of its columns
        if sum(counts) != len(names):
            continue
        for place, count in enumerate(counts):
            yield f"{key}__{place}", tuple(names[start : start + count])
            start += count


def independent(r: Array, tolerance: float) -> tuple[Array, Array]:
    """Return which columns are no combination of those before them (d,), and an orthonormal basis of them (·, d).

    By the method of Gram and Schmidt, twice for each column, for what the first time leaves by rounding.

    Parameters:
        r: the columns (·, j), or the triangle of their QR decomposition.
        tolerance: share of a column's length that is left once those before it are taken out, up to which it is one.

    >>> independent(np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 3.0]]), 1e-9)[0]
    array([0, 2])
    """
    kept: list[int] = []
    basis = np.empty(r.shape)
    for place, column in enumerate(r.T):
        found = basis[:, : len(kept)]
        rest = column - found @ (found.T @ column)
        rest -= found @ (found.T @ rest)
        length = np.linalg.norm(rest)
        if length > tolerance * np.linalg.norm(column):
            basis[:, len(kept)] = rest / length
            kept.append(place)
    return np.array(kept, int), basis[:, : len(kept)]


# What the column of ones is called, as in R and statsmodels.
INTERCEPT = "intercept"


@final
@dataclass(frozen=True, eq=False)
class CoefficientColumns:
    """Columns `g` of a regression, made of inputs `x` of a classifier, and scaled ones `z` to compute with.

        g = x · unit + origin    the units of the coefficients: `x` itself, but for a table's numbers
        z = (g - mean) / scale

    The intercept is a column of ones before all others, where there is one.

    Attributes:
        names: of the columns (j,).
        chosen: which inputs they are (i,).
        biased: whether there is an intercept.
        origin, unit, mean, scale: of the columns but the intercept (i,).
        into: what combines the scaled columns into those that are computed with, `into.T z` (j, j); None for none.
    """

    names: tuple[str, ...]
    chosen: Array
    biased: bool
    origin: Array
    unit: Array
    mean: Array
    scale: Array
    into: Array | None = None

    @classmethod
    def of(cls, model: TrainedModel, rows: Rows) -> "CoefficientColumns":
        """Return all inputs of a network as columns in units of the table, scaled for some rows of its classifier."""
        biased = bool(model.network.layers[0].parameter_shapes().get("bias"))
        names, origin, unit = model.units
        if not biased:  # then a column cannot be shifted without changing the model
            origin, unit = np.zeros_like(origin), np.ones_like(unit)
        scaling = Standardizer.of(rows.x, rows.weights, center=biased)
        mean, scale = scaling.mean * unit + origin, scaling.scale * unit
        return cls((INTERCEPT,) * biased + names, np.arange(len(names)), biased, origin, unit, mean, scale)

    def __len__(self) -> int:
        return len(self.names)

    def scaled(self, x: Any) -> Array:
        """Return the scaled columns, one in each row (j, n), of inputs `x` (n, all inputs)."""
        shift, divisor = (self.mean - self.origin) / self.unit, self.scale / self.unit
        inputs = dense(x if len(self.chosen) == x.shape[1] else x[:, self.chosen])
        z = np.ones((len(self), len(inputs)))
        np.subtract(inputs.T, shift[:, None], out=z[self.biased :])
        z[self.biased :] /= divisor[:, None]
        return z if self.into is None else self.into.T @ z

    def original_units(self, x: Any) -> Array:
        """Return the columns (n, j) of inputs `x` (n, all inputs), in the units of the coefficients."""
        inputs = dense(x[:, self.chosen])
        return np.hstack([np.ones((len(inputs), int(self.biased))), inputs * self.unit + self.origin])

    @cached_property
    def back(self) -> Array:
        """The matrix `A` (j, j) that takes coefficients of scaled columns to those of the columns: `params Aᵀ`."""
        matrix = np.diag(np.concatenate([np.ones(int(self.biased)), 1 / self.scale]))
        if self.biased:
            matrix[0, 1:] = -self.mean / self.scale
        return matrix if self.into is None else matrix @ self.into

    def for_scaled(self, params: Array) -> Array:
        """Return the coefficients (k-1, j) of scaled columns from those in the units of the columns."""
        return np.linalg.solve(self.back, params.T).T

    def combined(self, into: Array) -> Self:
        """Return the same columns, computed with as combinations `into.T z` (j, j) of the scaled ones."""
        return replace(self, into=into)

    def without(self, places: list[int]) -> Self:
        """Return the columns but those at these places; without an intercept they are no longer centred."""
        kept = np.setdiff1d(np.arange(len(self)), places)
        biased = self.biased and 0 in kept
        inputs = kept[kept >= self.biased] - self.biased
        return replace(
            self,
            names=tuple(self.names[place] for place in kept),
            chosen=self.chosen[inputs],
            biased=biased,
            origin=self.origin[inputs],
            unit=self.unit[inputs],
            mean=self.mean[inputs] * biased,
            scale=self.scale[inputs],
            into=None,
        )
