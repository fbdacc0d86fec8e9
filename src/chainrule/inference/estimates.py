"""What follows from estimates and their standard errors alone: tests and intervals of Wald, and tables of them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.common.display import Part, Table
from chainrule.common.format import tabular


class Estimates(ABC):
    """Estimates for several classes (k, j): one for each column, with a standard error."""

    @abstractmethod
    def _wald(self) -> tuple[Array, Array]:
        """Return the estimates and their standard errors (k, j) each."""

    @abstractmethod
    def _table(self, level: float) -> Table:
        """Return the table of the estimates, with intervals of this level."""

    @property
    def z(self) -> Array:
        """Each estimate divided by its standard error (k, j)."""
        estimates, errors = self._wald()
        return estimates / errors

    @property
    def p_values(self) -> Array:
        """How likely an estimate at least as far from 0 is where the true one is 0: `2 Φ(-|z|)` (k, j)."""
        return np.asarray(2 * ndtr(-np.abs(self.z)))

    def confidence_intervals(self, level: float = 0.95) -> Array:
        """Return the intervals of Wald of all estimates (k, j, 2): `estimate ± Φ⁻¹((1 + level)/2) standard error`.

        Raises:
            ValueError: the level is not between 0 and 1.
        """
        estimates, errors = self._wald()
        reach = normal_quantile(level) * errors
        return np.stack([estimates - reach, estimates + reach], axis=2)

    def to_text(self, level: float = 0.95) -> str:
        """Return the table, with a part for each class and a line for each column, for a terminal."""
        return self._table(level).text()

    def to_html(self, level: float = 0.95) -> str:
        """Return the table for a page or a notebook."""
        return self._table(level).html()

    def to_latex(self, level: float = 0.95) -> str:
        """Return the table for a paper."""
        return self._table(level).latex()

    def __str__(self) -> str:
        return self.to_text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.to_html()

    def _columns(
        self, classes: Sequence[str], names: Sequence[str], what: str, level: float, **others: Array
    ) -> dict[str, list[Any]]:
        """Return what is known of each estimate, class by class, as columns: parameters as `_parts` has them."""
        bounds = self.confidence_intervals(level)
        known = zip((what, "standard error", "z", "p"), (*self._wald(), self.z, self.p_values), strict=True)
        numbers = {**dict(known), "low": bounds[..., 0], "high": bounds[..., 1], **others}
        return {
            "class": [label for label in classes for _ in names],
            "column": list(names) * len(classes),
            **{name: values.ravel().tolist() for name, values in numbers.items()},
        }

    def _parts(
        self, titles: Sequence[str], names: Sequence[str], what: str, level: float, **others: Array
    ) -> list[Part]:
        """Return a part of a table for each class: estimates, standard errors, z, p, bounds and what follows.

        Parameters:
            titles: of the parts (k,).
            names: of the columns (j,).
            what: is estimated.
            level: of the intervals.
            others: further numbers (k, j), by what stands above them.
        """
        bounds = (f"{100 * share:.4g} %" for share in ((1 - level) / 2, (1 + level) / 2))
        head = [what, "std err", "z", "P>|z|", *bounds, *others]
        each = [*self._wald(), self.z, self.p_values, *np.moveaxis(self.confidence_intervals(level), 2, 0)]
        numbers = np.stack([*each, *others.values()], axis=2)
        return [
            Part([title, *head], [line(name, values) for name, values in zip(names, of_class.tolist(), strict=True)])
            for title, of_class in zip(titles, numbers, strict=True)
        ]


def line(name: str, values: Sequence[float]) -> list[str]:
    """Return the line of an estimate in words: its name, and estimate, standard error, z, p, bounds and what follows.

    >>> line("dose", [0.5, 0.25, 2.0, 0.0455, 0.01, 0.99])
    ['dose', '0.5000', '0.2500', '2.000', '0.045', '0.0100', '0.9900']
    """
    estimate, error, z, p, *others = values
    chance = "<0.001" if p < 0.001 else f"{p:.3f}"
    return [name, tabular(estimate), tabular(error), f"{z:.3f}", chance, *map(tabular, others)]


def normal_quantile(level: float) -> float:
    """Return how many standard errors a two-sided interval of this level reaches.

    Raises:
        ValueError: the level is not between 0 and 1.

    >>> round(normal_quantile(0.95), 3)
    1.96
    """
    check("The level of an interval", level, 0 < level < 1, "above 0 and below 1, such as 0.95")
    return float(ndtri((1 + level) / 2))
