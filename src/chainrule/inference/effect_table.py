"""Marginal effects as a result: errors, tests, intervals, and a table as text, HTML or data frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, final

import numpy as np
from scipy.special import ndtr

from chainrule.arrays import Array
from chainrule.inference.frames import data_frame
from chainrule.inference.probabilities import normal_quantile

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
    """

    classes: tuple[str, ...]
    names: tuple[str, ...]
    effects: Array
    standard_errors: Array
    at: str
    steps: tuple[str, ...] = ()

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
        """Return a table of one line for each class and column, as text.

        >>> effects, errors = np.array([[-0.2], [0.2]]), np.array([[0.1], [0.1]])
        >>> one = MarginalEffects(("no", "yes"), ("dose",), effects, errors, "means")
        >>> print(one.to_text())
        Marginal effects at the means of the columns, by the delta method
        class  column    dy/dx  std. error      z      p  2.5 %   97.5 %
        no     dose    -0.2000      0.1000  -2.00  0.046 -0.3960 -0.0040
        yes    dose     0.2000      0.1000   2.00  0.046  0.0040  0.3960
        """
        lines = [self._head(level), *self._cells(level)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        aligned = ["  ".join(_aligned(line, widths)).rstrip() for line in lines]
        return "\n".join([self._title, *aligned, *self._notes])

    def to_html(self, level: float = 0.95) -> str:
        """Return the same table as HTML."""
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self._head(level))
        body = "".join(f"<tr>{_html_cells(line)}</tr>" for line in self._cells(level))
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes)
        table = f"<caption>{escape(self._title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        return f"<table>{table}</table>{notes}"

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

    @property
    def _title(self) -> str:
        return f"{TITLES[self.at]}, by the delta method"

    @property
    def _notes(self) -> list[str]:
        return [f"The effect is that of the step from 0 to 1: {', '.join(self.steps)}."] if self.steps else []

    @staticmethod
    def _head(level: float) -> list[str]:
        outside = 50 * (1 - level)
        return ["class", "column", "dy/dx", "std. error", "z", "p", f"{outside:g} %", f"{100 - outside:g} %"]

    def _cells(self, level: float) -> Iterator[list[str]]:
        forms = (".4f", ".4f", ".2f", ".3f", ".4f", ".4f")
        each = [self.effects, self.standard_errors, self.z, self.p_values]
        numbers = np.stack([*each, *np.moveaxis(self.confidence_intervals(level), 2, 0)], axis=2)
        for label, of_class in zip(self.classes, numbers, strict=True):
            for name, line in zip(self.names, of_class, strict=True):
                yield [label, name, *(format(value, form) for value, form in zip(line, forms, strict=True))]


def _aligned(line: list[str], widths: list[int]) -> list[str]:
    """Return the cells of a line, words to the left and numbers to the right."""
    return [
        cell.ljust(width) if place < 2 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]


def _html_cells(line: list[str]) -> str:
    words = "".join(f'<th scope="row">{escape(cell)}</th>' for cell in line[:2])
    return words + "".join(f"<td>{escape(cell)}</td>" for cell in line[2:])
