"""The columns of a regression: which inputs they are, in which units, and how they are scaled while it is fitted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, final

import numpy as np
from sklearn.preprocessing import OneHotEncoder

from chainrule.arrays import Array, is_sparse
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
        counts = _indicators(encoder)
        if sum(counts) != len(names):
            continue
        for place, count in enumerate(counts):
            yield f"{key}__{place}", tuple(names[start : start + count])
            start += count


def _indicators(encoder: OneHotEncoder) -> list[int]:
    """Return how many indicators an encoder makes of each of its columns."""
    rare = getattr(encoder, "infrequent_categories_", None) or [None] * len(encoder.categories_)
    dropped = [None] * len(encoder.categories_) if encoder.drop_idx_ is None else encoder.drop_idx_
    return [
        len(levels) - (0 if few is None else len(few) - 1) - (gone is not None)
        for levels, few, gone in zip(encoder.categories_, rare, dropped, strict=True)
    ]


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
        return cls(
            (INTERCEPT,) * biased + names,
            np.arange(len(names)),
            biased,
            origin,
            unit,
            scaling.mean * unit + origin,
            scaling.scale * unit,
        )

    @cached_property
    def _onto(self) -> tuple[Array, Array]:
        """What takes inputs to scaled columns, and columns as given to scaled ones."""
        return (self.mean - self.origin) / self.unit, self.scale / self.unit

    def __len__(self) -> int:
        return len(self.names)

    def scaled(self, x: Any) -> Array:
        """Return the scaled columns, one in each row (j, n), of inputs `x` (n, all inputs)."""
        shift, divisor = self._onto
        inputs = x if len(self.chosen) == x.shape[1] else x[:, self.chosen]
        inputs = inputs.toarray() if is_sparse(inputs) else inputs
        z = np.ones((len(self), len(inputs)))
        np.subtract(inputs.T, shift[:, None], out=z[self.biased :])
        z[self.biased :] /= divisor[:, None]
        return z if self.into is None else self.into.T @ z

    def original_units(self, x: Any) -> Array:
        """Return the columns (n, j) of inputs `x` (n, all inputs), in the units of the coefficients."""
        inputs = x[:, self.chosen]
        inputs = inputs.toarray() if is_sparse(inputs) else inputs
        return np.hstack([np.ones((len(inputs), int(self.biased))), inputs * self.unit + self.origin])

    @cached_property
    def back(self) -> Array:
        """The matrix `A` (j, j) that takes coefficients of scaled columns to those of columns as given: `params Aᵀ`."""
        matrix = np.diag(np.concatenate([np.ones(int(self.biased)), 1 / self.scale]))
        if self.biased:
            matrix[0, 1:] = -self.mean / self.scale
        return matrix if self.into is None else matrix @ self.into

    def for_scaled(self, params: Array) -> Array:
        """Return the coefficients (k-1, j) of scaled columns from those of columns as given."""
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
