"""Marginal effects as a result: errors, tests, intervals, and a table as text, HTML or data frame."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy.special import ndtr

from chainrule.arrays import Array
from chainrule.common.data_frame import data_frame
from chainrule.inference import tabulation
from chainrule.inference.probabilities import normal_quantile
from chainrule.inference.tabulation import Table, head, line

TITLES = {"average": "Average marginal effects", "means": "Marginal effects at the means of the columns"}


@final
@dataclass(frozen=True, eq=False)
class MarginalEffects:
    """How much more probable each class becomes as each column grows.

    Attributes:
        classes: their names (k,).
        names: of the columns (i,).
        effects: on the probability of each class (k, i); those on one column sum to 0.
        standard_errors: of the effects (k, i).
        at: "average" or "means".
        steps: names of the columns whose effect is that of the step from 0 to 1.
        counted: the columns that are powers and products of others, as formulas; they count in the effects of those.
    """

    classes: tuple[str, ...]
    names: tuple[str, ...]
    effects: Array
    standard_errors: Array
    at: str
    steps: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()

    @property
    def z(self) -> Array:
        """Effects in standard errors (k, i)."""
        return self.effects / self.standard_errors

    @property
    def p_values(self) -> Array:
        """Of the two-sided test that an effect is 0 (k, i)."""
        return np.asarray(2 * ndtr(-np.abs(self.z)))

    def confidence_intervals(self, level: float = 0.95) -> Array:
        """Return the lower and upper bound of each effect (k, i, 2).

        Raises:
            ValueError: the level is not between 0 and 1.
        """
        reach = normal_quantile(level) * self.standard_errors
        return np.stack([self.effects - reach, self.effects + reach], axis=2)

    def to_text(self, level: float = 0.95) -> str:
        """Return a table with a part for each class and a line for each column, for a terminal.

        >>> effects, errors = np.array([[-0.2], [0.2]]), np.array([[0.1], [0.1]])
        >>> print(MarginalEffects(("no", "yes"), ("dose",), effects, errors, "means").to_text())
        Marginal effects at the means of the columns
        --------------------------------------------------------------
        no      dy/dx  std err       z  P>|z|       2.5 %       97.5 %
        --------------------------------------------------------------
        dose  -0.2000   0.1000  -2.000  0.046     -0.3960  -4.0036e-03
        --------------------------------------------------------------
        yes     dy/dx  std err       z  P>|z|       2.5 %       97.5 %
        --------------------------------------------------------------
        dose   0.2000   0.1000   2.000  0.046  4.0036e-03       0.3960
        ==============================================================
        Standard errors by the delta method.
        """
        return tabulation.text(self._table(level))

    def to_html(self, level: float = 0.95) -> str:
        """Return the table for a page or a notebook."""
        return tabulation.html(self._table(level))

    def to_latex(self, level: float = 0.95) -> str:
        """Return the table for a paper."""
        return tabulation.latex(self._table(level))

    def to_frame(self, level: float = 0.95) -> Any:
        """Return the same table as a data frame, with all digits: of pandas, polars or Arrow, the first there is."""
        columns: dict[str, Any] = {
            "class": [label for label in self.classes for _ in self.names],
            "column": list(self.names) * len(self.classes),
        }
        bounds = self.confidence_intervals(level)
        numbers = {"effect": self.effects, "standard error": self.standard_errors, "z": self.z, "p": self.p_values}
        numbers |= {"low": bounds[..., 0], "high": bounds[..., 1]}
        return data_frame(columns | {name: values.ravel().tolist() for name, values in numbers.items()})

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()

    def _table(self, level: float) -> Table:
        each = [self.effects, self.standard_errors, self.z, self.p_values]
        numbers = np.stack([*each, *np.moveaxis(self.confidence_intervals(level), 2, 0)], axis=2)
        parts = [
            (label, [line(name, values) for name, values in zip(self.names, of_class.tolist(), strict=True)])
            for label, of_class in zip(self.classes, numbers, strict=True)
        ]
        notes = ["Standard errors by the delta method."]
        if self.steps:
            notes.append(f"The effect is that of the step from 0 to 1: {', '.join(self.steps)}.")
        if self.counted:
            notes.append(f"Counted in the effects of what they are made of: {', '.join(self.counted)}.")
        return Table(TITLES[self.at], head("dy/dx", level), parts, [], notes)
