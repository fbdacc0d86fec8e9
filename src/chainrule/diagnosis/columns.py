"""What is wrong with columns: sizes too different for a network that does not standardise them, and no news in them.

A constant column says nothing; a repeated or collinear one says nothing that others do not.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import qr

from chainrule.arrays import Array, dense
from chainrule.common.format import listed
from chainrule.diagnosis.finding import LARGEST_SIZE_RATIO, ExaminationResult, Finding, trained_anew, without
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError
from chainrule.estimator.trained_model import SourceColumn

# What others leave unexplained of such a column is a thousandth of its deviation: less than the noise of nearly any
# measurement, and its coefficient's standard error is a thousand times what the column alone would have.
UNEXPLAINED = 1e-3
# What is this much smaller still is rounding: the column is the others again.
ROUNDING = 1e-7
# A share of another column smaller than this, in standard deviations, is not worth naming.
SHARE = 0.05
# Rows that are compared, drawn at random: ten for each input at least, and their QR factors take less than a second.
MOST_ROWS = 5000
# Inputs that are compared: the work grows with their square, and for each that is determined once more.
MOST_INPUTS = 500
# Columns with a finding each: of more there is one finding, which lists them.
EACH_BY_ITSELF = 4
# The length of a centred input, beside its largest number, below which it is constant but for rounding.
CONSTANT = 1e-12
# Inputs that a sentence adds up before it counts the others.
SHOWN = 6


class Explained(NamedTuple):
    """A column that others all but make up.

    Attributes:
        column: that says nothing new.
        by: those that make it up.
        shares: how much of each input of theirs, in standard deviations, where it is a single number.
        left: the share of its deviation that they leave.
    """

    column: SourceColumn
    by: list[SourceColumn]
    shares: dict[str, float]
    left: float


def badly_scaled_columns(tested: ModelUnderTest) -> ExaminationResult:
    """Find columns whose sizes, root mean squares of their numbers that are not 0, differ too much."""
    if tested.model.classifier.standardize:
        return ExaminationResult([], "the classifier standardises them")
    sizes = tested.input_sizes
    used = np.flatnonzero(sizes)
    if not len(used):
        return ExaminationResult([], "every number is 0")
    small, large = used[sizes[used].argmin()], used[sizes[used].argmax()]
    ratio = tested.size_ratio
    names = tested.model.names
    span = f"from {sizes[small]:.3g} ({names[small]}) to {sizes[large]:.3g} ({names[large]})"
    measured = {"smallest": float(sizes[small]), "largest": float(sizes[large]), "ratio": ratio}
    if ratio <= LARGEST_SIZE_RATIO:
        return ExaminationResult([], f"the magnitudes of the inputs range {span}", measured)
    bias = " beside a bias whose input is 1" if tested.model.classifier.bias else ""
    where = f"inputs {names[small]} and {names[large]}" if small != large else f"input {names[large]}"
    said = f"their magnitudes range {span}{bias}, so no single rate or penalty suits all weights"
    numbers = {**measured, "columns": {names[i]: float(sizes[i]) for i in (small, large)}}
    remedy = trained_anew(tested, "let the classifier standardise them", standardize=True)
    finding = Finding("problem", "badly scaled columns", where, said, numbers, remedy)
    return ExaminationResult([finding], f"magnitudes range {span}", measured)


def constant_and_collinear_columns(tested: ModelUnderTest) -> ExaminationResult:
    """Find columns that are constant, or that a linear combination of others makes up.

    A category is made up where each of its values is. That its values add up to one is no finding.
    """
    names = tested.model.names
    if len(names) > MOST_INPUTS:
        raise NotExaminedError(f"there are {len(names):,} inputs, and at most {MOST_INPUTS:,} are checked together")
    everywhere = _varies(tested.rows.x)
    constant = [column.name for column in tested.model.columns if not everywhere[column.inputs].any()]
    findings = [_constant(tested, constant)] if constant else []
    x = dense(tested.drawn(MOST_ROWS).x).astype(np.float64)
    centred = x - x.mean(axis=0)
    lengths = np.sqrt(np.square(centred).sum(axis=0))
    varies = lengths > CONSTANT * np.sqrt(len(x)) * np.abs(x).max(axis=0)
    summary = f"{len(constant)} of {len(tested.model.columns)} columns are constant"
    if varies.sum() >= len(x):
        every = "with fewer rows than inputs every column is determined by others"
        return ExaminationResult(findings, f"{summary}; {every}")
    z = np.divide(centred, lengths, where=varies, out=np.zeros_like(x))
    triangle = np.asarray(qr(z, mode="r", check_finite=False)[0][: len(names)])
    columns = [SourceColumn(name, inputs[varies[inputs]]) for name, inputs in tested.model.columns]
    columns = [_without_the_sum(triangle, column) for column in columns if len(column.inputs)]
    explained = _explained(triangle, columns, names)
    if len(explained) > EACH_BY_ITSELF:
        findings.append(_together(tested, explained, len(x)))
    else:
        findings += [_finding(tested, each, len(x)) for each in explained]
    return ExaminationResult(findings, f"{summary}, {len(explained)} are determined by others")


def _varies(x: Any) -> Array:
    """Return whether each input varies in all rows `x` (n, i)."""
    most, least = x.max(axis=0), x.min(axis=0)
    return dense(most != least).ravel()


def _explained(z: Array, columns: list[SourceColumn], names: tuple[str, ...]) -> list[Explained]:
    """Return the columns that those left make up, from the last on, each left out in its turn.

    Parameters:
        z: centred inputs of length 1, or the triangle of their QR factors, which has the same products (r, i).
        columns: those that vary.
        names: of the inputs.
    """
    found, kept = [], columns
    for column in reversed(_nearly_dependent(z, columns)):
        others = [other for other in kept if other is not column]
        left, coefficients, inputs = _regress(z, column, others)
        if left > UNEXPLAINED:
            continue
        kept = others
        alone = [other for other in others if _regress(z, column, [other])[0] <= UNEXPLAINED]
        if alone:
            by = alone[:1]
            left, coefficients, inputs = _regress(z, column, by)
        else:
            large = {int(i) for i in inputs[np.abs(coefficients).max(axis=1) >= SHARE]}
            by = [other for other in others if large & set(other.inputs.tolist())]
        single = coefficients[:, 0] if len(column.inputs) == 1 else np.empty(0)
        order = np.argsort(-np.abs(single))
        shares = {names[inputs[i]]: float(single[i]) for i in order if abs(single[i]) >= SHARE}
        found.append(Explained(column, by, shares, left))
    return found[::-1]


def _without_the_sum(z: Array, column: SourceColumn) -> SourceColumn:
    """Return a column without its last input where that follows from its others: its values add up to one."""
    before, last = SourceColumn(column.name, column.inputs[:-1]), SourceColumn(column.name, column.inputs[-1:])
    return before if len(before.inputs) and _regress(z, last, [before])[0] <= ROUNDING else column


def _nearly_dependent(z: Array, columns: list[SourceColumn]) -> list[SourceColumn]:
    """Return the columns that take part in a combination of next to nothing: the only ones that others can make up."""
    used = np.concatenate([column.inputs for column in columns]) if columns else np.array([], dtype=int)
    singular, directions = np.linalg.svd(z[:, used], full_matrices=False)[1:]
    part = np.zeros(z.shape[1])
    part[used] = np.abs(directions[singular <= UNEXPLAINED]).max(axis=0, initial=0)
    return [column for column in columns if part[column.inputs].max() >= UNEXPLAINED]


def _regress(z: Array, column: SourceColumn, others: list[SourceColumn]) -> tuple[float, Array, Array]:
    """Return what others leave of a column at most, coefficients (others' inputs, own inputs), and those inputs."""
    inputs = np.concatenate([other.inputs for other in others]) if others else np.array([], dtype=int)
    own = z[:, column.inputs]
    coefficients = np.linalg.lstsq(z[:, inputs], own, rcond=ROUNDING)[0]
    left = np.linalg.norm(own - z[:, inputs] @ coefficients, axis=0)
    return float(left.max()), coefficients, inputs


def _constant(tested: ModelUnderTest, names: list[str]) -> Finding:
    many = len(names) > 1
    said = f"{'each has' if many else 'it has'} the same value in all {len(tested.rows):,} rows"
    remedy = without(tested, f"drop {'them' if many else 'it'}", names)
    return Finding("note", "constant columns", listed(names), said, {"columns": names}, remedy)


def _finding(tested: ModelUnderTest, explained: Explained, rows: int) -> Finding:
    name, others = explained.column.name, [column.name for column in explained.by]
    exact = "exactly" if explained.left <= ROUNDING else f"up to {explained.left:.1g} of its standard deviation"
    if len(others) == 1:
        what, said = "repeated column", f"{others[0]} alone determines it, {exact}"
    elif explained.shares:
        what, shares = "collinear column", list(explained.shares.items())
        sums = " ".join(f"{share:+.2g} {other}" for other, share in shares[:SHOWN])
        more = f" and {len(shares) - SHOWN} more" if len(shares) > SHOWN else ""
        said = f"in units of standard deviations it equals {sums}{more}, {exact}"
    else:
        what, said = "collinear column", f"{listed(others)} together determine it, {exact}"
    numbers = {"column": name, "by": others, "shares": explained.shares, "left": explained.left}
    remedy = without(tested, "drop it, or do not interpret any of these coefficients alone", [name])
    return Finding("note", what, name, f"{said}, in the {rows:,} rows checked", numbers, remedy)


def _together(tested: ModelUnderTest, explained: list[Explained], rows: int) -> Finding:
    names = [each.column.name for each in explained]
    by = {each.column.name: [column.name for column in each.by] for each in explained}
    said = f"each of these {len(names)} is determined by the other columns in the {rows:,} rows checked"
    said += f", as {names[0]} is by {listed(by[names[0]])}"
    remedy = without(tested, "drop them, or do not interpret any of these coefficients alone", names)
    return Finding("note", "collinear columns", listed(names), said, {"columns": by}, remedy)
