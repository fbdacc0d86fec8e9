"""What `attribute` found, as arrays, a table in words, and a data frame."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, final

import numpy as np

from chainrule.arrays import Array, logistic
from chainrule.common.data_frame import data_frame
from chainrule.layers import Softmax
from chainrule.network import Network

# What is explained: the probability or the logit of one class for each row, with its gradient at the inputs.

Scale: TypeAlias = Literal["logit", "probability"]


@final
@dataclass(frozen=True, eq=False)
class Answers:
    """A network that answers with the probability or the logit of a class, another one for each row.

    Attributes:
        network, theta: the network and its parameters.
        scale: "logit" or "probability".
        classes: index of the class of each row (n,). Two classes have one output, the logit of the second.
    """

    network: Network
    theta: Array
    scale: Scale
    classes: Array

    def take(self, rows: Array) -> "Answers":
        """Return the same for other rows."""
        return Answers(self.network, self.theta, self.scale, self.classes[rows])

    def values(self, z: Array) -> Array:
        """Return the answers (n,) for logits `z` (n, k)."""
        if self.network.outputs == 1:
            signed = self._signs * z[:, 0]
            return signed if self.scale == "logit" else logistic(signed)
        of_all = z if self.scale == "logit" else Softmax().forward({}, z)
        return of_all[np.arange(len(z)), self.classes]

    def slopes(self, z: Array) -> Array:
        """Return the gradient of the answers at the logits (n, k)."""
        if self.network.outputs == 1:
            slopes = self._signs[:, None]
            return slopes if self.scale == "logit" else slopes * logistic(z) * logistic(-z)
        chosen = np.eye(self.network.outputs)[self.classes]
        if self.scale == "logit":
            return chosen
        passed = Softmax().vjp({}, z, Softmax().forward({}, z), chosen)
        assert passed is not None
        return passed

    def gradient(self, x: Array) -> Array:
        """Return the gradient of the answers at rows `x` (n, i), as the network takes them."""
        outputs = self.network.forward(self.theta, x)
        return self.network.input_gradient(self.theta, outputs, self.slopes(outputs[-1]))

    @property
    def _signs(self) -> Array:
        return 2.0 * self.classes - 1


MOST_LINES = 12


@final
@dataclass(frozen=True, eq=False)
class Attribution:
    """How the answers of a model for rows depend on their inputs.

    Attributes:
        names: of the inputs (i,).
        columns: of the table, that each input comes from (i,): the input itself, where no `TableEncoder` made it.
        labels: the class explained, for each row (n,).
        scale: what is contributed to: the "logit" or the "probability" of that class.
        inputs: the rows as the classifier gets them (n, i).
        values: the logit or probability of each row (n,).
        baseline: what each row is compared with (i,).
        baseline_values: the logit or probability there, of the class of each row (n,).
        probability_slopes: `∂P(class)/∂x` at each row (n, i).
        logit_slopes: `∂logit/∂x` at each row (n, i); predictions depend on differences between logits alone.
        contributions: of each input to `values - baseline_values` (n, i).
        errors: how far the contributions of each row are from adding up to that (n,): the error of completeness.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    scale: str
    inputs: Array
    values: Array
    baseline: Array
    baseline_values: Array
    probability_slopes: Array
    logit_slopes: Array
    contributions: Array
    errors: Array

    def by_column(self) -> dict[str, Array]:
        """Return the contribution of each column of the table (n,), by its name."""
        totals = {name: np.zeros(len(self.values)) for name in self.columns}
        for place, name in enumerate(self.columns):
            totals[name] = totals[name] + self.contributions[:, place]
        return totals

    def table(self, row: int = 0, most: int = MOST_LINES) -> str:
        """Return what counts for a row in words: contributions, the largest first, and the sum of those left out.

        Parameters:
            row: its place in `X`.
            most: lines at most.

        Raises:
            ValueError: there is no such row.
        """
        if not 0 <= row < len(self.values):
            raise ValueError(f"row must be from 0 to {len(self.values) - 1}, found {row}.")
        value, start = self.values[row], self.baseline_values[row]
        lines = [
            f"Row {row}, class {self.labels[row]}: {self.scale} {value:.6g}, at the baseline {start:.6g}, "
            f"difference {value - start:+.6g}; the contributions add up to it within {self.errors[row]:.1e}.",
            *(self._of_inputs(row, most) if self.columns == self.names else self._of_columns(row, most)),
        ]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()

    def frame(self) -> Any:
        """Return a data frame with a line for each row and input: of pandas, polars or Arrow, the first there is.

        Raises:
            ValueError: there is none of them.
        """
        n, width = self.contributions.shape
        return data_frame(
            {
                "row": np.repeat(np.arange(n), width).tolist(),
                "class": [label for label in self.labels for _ in range(width)],
                "column": list(self.columns) * n,
                "input": list(self.names) * n,
                "value": self.inputs.ravel().tolist(),
                "baseline": self.baseline.tolist() * n,
                "contribution": self.contributions.ravel().tolist(),
                "logit_slope": self.logit_slopes.ravel().tolist(),
                "probability_slope": self.probability_slopes.ravel().tolist(),
            }
        )

    def _of_inputs(self, row: int, most: int) -> list[str]:
        head = ("input", "value", "baseline", "contribution", "∂logit/∂x", "∂P/∂x")
        shown, rest = _largest(self.contributions[row], most)
        numbers = (self.inputs[row], self.baseline, self.contributions[row], self.logit_slopes[row])
        all_numbers = (*numbers, self.probability_slopes[row])
        body = [(self.names[i], *(f"{each[i]:.5g}" for each in all_numbers)) for i in shown]
        others = [(f"{len(rest)} others", "", "", f"{self.contributions[row][rest].sum():.5g}", "", "")] if rest else []
        return _aligned([head, *body, *others])

    def _of_columns(self, row: int, most: int) -> list[str]:
        totals = {name: float(of_rows[row]) for name, of_rows in self.by_column().items()}
        names, sums = list(totals), np.array(list(totals.values()))
        shown, rest = _largest(sums, most)
        body = [(names[i], f"{sums[i]:.5g}") for i in shown]
        others = [(f"{len(rest)} others", f"{sums[rest].sum():.5g}")] if rest else []
        return _aligned([("column", "contribution"), *body, *others])


def _largest(numbers: Array, most: int) -> tuple[list[int], list[int]]:
    """Return the places of the largest numbers, largest first, and those of the rest."""
    order = [int(i) for i in np.argsort(-np.abs(numbers), kind="stable")]
    return order[:most], order[most:]


def _aligned(lines: list[tuple[str, ...]]) -> list[str]:
    """Return lines whose words stand in columns, numbers to the right."""
    widths = [max(map(len, words)) for words in zip(*lines, strict=True)]
    return [
        "  ".join(
            [line[0].ljust(widths[0]), *(word.rjust(width) for word, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    ]
