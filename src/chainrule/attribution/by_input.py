"""What each input contributes to the prediction of a row, as arrays, a table in words, and a data frame."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, dense
from chainrule.attribution.integrated import Answers, Scale, integrated_gradients
from chainrule.common.arguments import check, real
from chainrule.common.display import Part, Table, data_frame
from chainrule.common.format import described
from chainrule.estimator.trained_model import TrainedModel

# Contributions at most, 128 MiB of doubles, and as many slopes of each kind.
MOST_NUMBERS = 1 << 24
# Numbers of all layers' outputs that are held at once, 8 MiB of doubles.
ROWS_OF_NUMBERS = 1 << 20
# Lines of a table: the other inputs are added up in one more.
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
        check("row", row, 0 <= row < len(self.values), f"from 0 to {len(self.values) - 1}")
        value, start = self.values[row], self.baseline_values[row]
        title = (
            f"Row {row}, class {self.labels[row]}: {self.scale} {value:.6g}, at the baseline {start:.6g}, "
            f"difference {value - start:+.6g}; the contributions add up to it within {self.errors[row]:.1e}."
        )
        part = self._of_inputs(row, most) if self.columns == self.names else self._of_columns(row, most)
        return Table(title, [part], "lr").text()

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

    def _of_inputs(self, row: int, most: int) -> Part:
        head = ("input", "value", "baseline", "contribution", "∂logit/∂x", "∂P/∂x")
        shown, rest = _largest(self.contributions[row], most)
        numbers = (self.inputs[row], self.baseline, self.contributions[row], self.logit_slopes[row])
        all_numbers = (*numbers, self.probability_slopes[row])
        body = [(self.names[i], *(f"{each[i]:.5g}" for each in all_numbers)) for i in shown]
        others = [(f"{len(rest)} others", "", "", f"{self.contributions[row][rest].sum():.5g}", "", "")] if rest else []
        return Part(head, [*body, *others])

    def _of_columns(self, row: int, most: int) -> Part:
        totals = {name: float(of_rows[row]) for name, of_rows in self.by_column().items()}
        names, sums = list(totals), np.array(list(totals.values()))
        shown, rest = _largest(sums, most)
        body = [(names[i], f"{sums[i]:.5g}") for i in shown]
        others = [(f"{len(rest)} others", f"{sums[rest].sum():.5g}")] if rest else []
        return Part(("column", "contribution"), [*body, *others])


def _largest(numbers: Array, most: int) -> tuple[list[int], list[int]]:
    """Return the places of the largest numbers, largest first, and those of the rest."""
    order = [int(i) for i in np.argsort(-np.abs(numbers), kind="stable")]
    return order[:most], order[most:]


def attribute(
    model: Any, X: Any, *, label: Any = None, scale: Scale = "logit", baseline: Any = None, tolerance: float = 1e-6
) -> Attribution:
    """Return how the answer of a trained model for each row depends on its inputs, and what each contributes to it.

    The slopes are `∂P(class)/∂x` and `∂logit/∂x` at the row, for inputs as the classifier gets them. The contributions
    are integrated gradients: they add up to the difference between the answer for the row and the one for the baseline.
    With no hidden layer those to the logit are exact, `coefficient · (x - baseline)`. The probability of an ensemble is
    the mean of its members', and its logits are the logarithms of these means.

    Parameters:
        model: a trained `Classifier`, or a pipeline that ends in one.
        X: rows as `model.predict` takes them (n, ...).
        label: the class to explain; None for the one that each row is predicted to be.
        scale: contributions to its "logit" or to its "probability".
        baseline: rows as `X`, whose mean is what each row is compared with; None for the mean of the rows of training,
            or of `X` where the model does not know it, for it does not centre its inputs.
        tolerance: how far the contributions may be from adding up, relative to a difference of more than 1.

    Raises:
        TypeError: the model does not end in a `Classifier`.
        ValueError: the rows do not fit it, the label is unknown, or there is nothing to compare a row with.

    Source: M. Sundararajan, A. Taly, Q. Yan, "Axiomatic attribution for deep networks", ICML 2017.

    >>> from sklearn.datasets import load_iris
    >>> from chainrule import Classifier
    >>> x, y = load_iris(return_X_y=True)
    >>> found = attribute(Classifier(hidden=(8,), random_state=0).fit(x, y), x[:3])
    >>> found.contributions.shape, bool(found.errors.max() < 1e-6)
    ((3, 4), True)
    """
    check("scale", scale, scale in ("logit", "probability"), "logit or probability")
    if not real(tolerance, 0) or tolerance == 0:
        raise ValueError(f"attribute needs a tolerance above zero, found {described(tolerance)}.")
    trained = TrainedModel.of(model)
    inputs = trained.inputs(X)
    n, width = inputs.shape
    if n * width > MOST_NUMBERS:
        raise ValueError(
            f"X has {n} rows of {width} inputs, too many to list what each contributes: give at most "
            f"{MOST_NUMBERS // width} rows at a time."
        )
    chosen = _classes(trained, inputs, label)
    return Attribution(
        names=trained.names,
        columns=tuple(column.name for column in trained.columns for _ in column.inputs),
        labels=tuple(trained.classes[index] for index in chosen),
        scale=scale,
        **_numbers(trained, inputs, chosen, scale, _baseline(trained, inputs, baseline), tolerance),
    )


def _numbers(
    model: TrainedModel, inputs: Any, chosen: Array, scale: Scale, start: Array, tolerance: float
) -> dict[str, Array]:
    """Return the numbers of an `Attribution` by name, computed a block of rows at a time.

    Parameters:
        model: trained.
        inputs: as its classifier takes them (n, i).
        chosen: the class to explain in each row (n,).
        scale: of the contributions.
        start: what rows are compared with (i,), in units of the inputs.
        tolerance: of the contributions' sum.
    """
    (n, width), network, theta = inputs.shape, model.network, model.theta
    numbers = {name: np.zeros((n, width)) for name in ("inputs", "probability_slopes", "logit_slopes", "contributions")}
    errors, values = np.zeros(n), np.zeros(n)
    from_there = model.standardized(start[None])[0]
    step = max(1, ROWS_OF_NUMBERS // sum(network.widths))
    for rows in (slice(first, first + step) for first in range(0, n, step)):
        given = dense(inputs[rows]).astype(np.float64)
        x = model.standardized(given)
        answers = {each: Answers(network, theta, each, chosen[rows]) for each in ("logit", "probability")}
        numbers["inputs"][rows] = given
        for each, of in answers.items():
            numbers[f"{each}_slopes"][rows] = of.gradient(x) / model.standardizer.scale
        explained = answers[scale]
        values[rows] = explained.values(network.forward(theta, x)[-1])
        numbers["contributions"][rows], errors[rows] = integrated_gradients(explained, x, from_there, tolerance)
    everywhere = Answers(network, theta, scale, chosen)
    z = network.forward(theta, from_there[None])[-1]
    there = everywhere.values(np.broadcast_to(z, (n, z.shape[1])))
    return {**numbers, "values": values, "baseline": start, "baseline_values": there, "errors": errors}


def _classes(model: TrainedModel, inputs: Any, label: Any) -> Array:
    """Return the index of the class to explain for each row (n,)."""
    known = list(model.labels)
    if label is None:
        return np.asarray(np.searchsorted(model.labels, model.classifier.predict(inputs)))
    check("label", label, label in known, f"one of the classes {', '.join(map(str, known))}")
    return np.full(inputs.shape[0], known.index(label))


def _baseline(model: TrainedModel, inputs: Any, baseline: Any) -> Array:
    """Return what rows are compared with (i,), in units of the inputs."""
    if baseline is not None:
        return _mean(model.inputs(baseline))
    mean = model.standardizer.mean
    if mean.any():
        return mean
    if inputs.shape[0] == 1:
        raise ValueError(
            "A single row has no mean to be compared with: give rows as baseline, such as the training rows."
        )
    return _mean(inputs)


def _mean(inputs: Any) -> Array:
    return np.asarray(inputs.mean(axis=0), dtype=np.float64).ravel()
