"""The maximum-likelihood estimate, by Newton's method."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh, solve_triangular

from chainrule.arrays import Array
from chainrule.common.format import listed
from chainrule.exceptions import NoMaximumError
from chainrule.inference.columns import INTERCEPT, CoefficientColumns, independent
from chainrule.inference.likelihood import Likelihood, LikelihoodPoint

# Regressions without an estimate: columns that depend on each other, and classes that columns separate.

# What is left of a column once those before it are taken out, as a share of its length: rounding leaves some 1e-15 of
# one that they determine, and 1e-6 is left of the cube of a year of this century beside the year and its square.
DEPENDENT = 1e-10
# The squares that products of columns have lost half of their digits of: below, the columns themselves are looked at.
SUSPECT = 1e-8
# By how much the means of indicators may miss a sum of 1, by rounding, and still be those of a category.
NEARLY_ONE = 1e-9
# The share of the information of columns without effect, below which it has vanished: far below what any estimate
# that exists leaves, and above what steps towards infinity do, each of which leaves exp(-1) of the one before.
SEPARATED = 1e-10


class Dependence(NamedTuple):
    """A column that others determine.

    Attributes:
        column: its place.
        others: the places of the columns it is a sum of.
        shares: how much of each there is in it, in the units given.
    """

    column: int
    others: Array
    shares: Array

    def adds_up_to_one(self, columns: CoefficientColumns) -> bool:
        """Return whether it and the others but the intercept add up to one, as the indicators of a category do."""
        of_intercept = self.others < columns.biased
        expected = np.where(of_intercept, 1.0, -1.0)
        return bool(of_intercept.any()) and len(self.others) > 1 and np.allclose(self.shares, expected, atol=1e-6)


class Estimable(NamedTuple):
    """A likelihood of columns none of which others determine, and what was left out for it.

    Attributes:
        likelihood: of the columns kept.
        baselines: names of the indicators that others of their category are compared with.
        undefined: why each other column that was left out has no coefficient, by its name.
    """

    likelihood: Likelihood
    baselines: tuple[str, ...]
    undefined: dict[str, str]


def estimable(likelihood: Likelihood, categories: Mapping[str, Sequence[str]]) -> Estimable:
    """Return a likelihood without the columns that others determine.

    Of columns that add up to one in every row, as the indicators of a category do, the first is left out, and the
    others are compared with it. Of other columns that depend on each other the last is, as R does.

    Parameters:
        likelihood: of all columns.
        categories: the names of the indicators of each category that is known, by its name.
    """
    columns = likelihood.columns
    if not _may_depend(likelihood.gram):
        return Estimable(likelihood, (), {})
    r, places = likelihood.triangle, list(range(len(columns)))
    firsts = [first for names in categories.values() if (first := _first_level(r, columns, names)) is not None]
    baselines = [columns.names[first] for first in firsts]
    places = _others(firsts, len(columns))
    undefined: dict[str, str] = {}
    while (one := dependence(r[:, places], columns.without(_others(places, len(columns))))) is not None:
        here = columns.without(_others(places, len(columns)))
        if one.adds_up_to_one(here):
            out = int(min(one.others[1:].min(), one.column))
            baselines.append(here.names[out])
        else:
            out = one.column
            undefined[here.names[out]] = _words(one, here)
        del places[out]
    left_out = _others(places, len(columns))
    kept = Likelihood(likelihood.rows, columns.without(left_out), likelihood.labels) if left_out else likelihood
    return Estimable(_well_conditioned(kept), tuple(baselines), undefined)


def _others(places: list[int], count: int) -> list[int]:
    return sorted(set(range(count)) - set(places))


def _first_level(r: Array, columns: CoefficientColumns, names: Sequence[str]) -> int | None:
    """Return the place of the first indicator of a category, if they add up to the intercept in every row."""
    if not columns.biased or len(names) < 2 or not set(names) <= set(columns.names):
        return None
    places = [columns.names.index(name) for name in names]
    of_input = np.array(places) - 1
    parts = r[:, places] * columns.scale[of_input]  # each indicator less its mean
    adds_up = np.linalg.norm(parts.sum(axis=1)) <= DEPENDENT * np.linalg.norm(parts)
    return places[0] if adds_up and abs(columns.mean[of_input].sum() - 1) < NEARLY_ONE else None


def _may_depend(gram: Array) -> bool:
    """Return whether a column is so nearly a sum of others that the products of columns (j, j) cannot rule it out."""
    lengths = np.sqrt(gram.diagonal())
    if not lengths.all():
        return True
    smallest = eigh(gram / np.outer(lengths, lengths), eigvals_only=True, subset_by_index=[0, 0])[0]
    return bool(smallest < SUSPECT)


def _well_conditioned(likelihood: Likelihood) -> Likelihood:
    """Return a likelihood of the same columns; of orthonormal ones, where they nearly depend on each other."""
    if not _may_depend(likelihood.gram):
        return likelihood
    into = solve_triangular(likelihood.triangle, np.eye(len(likelihood.columns)))
    return Likelihood(likelihood.rows, likelihood.columns.combined(into), likelihood.labels)


def dependence(r: Array, columns: CoefficientColumns) -> Dependence | None:
    """Return the first column that is a sum of columns before it, or None.

    Parameters:
        r: columns (·, j) whose products are those of the scaled columns, such as the triangle of their decomposition.
        columns: what they stand for.
    """
    kept, basis = independent(r, DEPENDENT)
    dependent = np.setdiff1d(np.arange(r.shape[1]), kept)
    if not len(dependent):
        return None
    place = int(dependent[0])
    before = basis[:, :place].T
    shares = solve_triangular(before @ r[:, :place], before @ r[:, place]) if place else np.zeros(0)
    return _dependence(place, list(range(place)), shares, columns)


def _dependence(place: int, kept: list[int], shares: Array, columns: CoefficientColumns) -> Dependence:
    """Return a dependence between scaled columns, with its shares in the units given."""
    relation = np.zeros(len(columns))
    relation[kept], relation[place] = shares, -1.0
    given = relation @ columns.back.T  # Σ relation_j z_j, as a sum in the units of the columns
    given /= -given[place]
    size = np.abs(given)[kept] * np.append(np.ones(int(columns.biased)), columns.scale)[kept]
    of_itself = columns.scale[place - columns.biased] if place >= columns.biased else 1.0
    matters = size > 1e-6 * max(of_itself, size.max(initial=0))
    others = np.array(kept, dtype=int)[matters]
    return Dependence(place, others, given[others])


def _words(dependence: Dependence, columns: CoefficientColumns) -> str:
    """Return why a column has no coefficient."""
    others = [columns.names[place] for place in dependence.others]
    return "the same in every row" if others in ([], [INTERCEPT]) else f"determined by {listed(others)}"


def refuse_separation(likelihood: Likelihood, information: Array) -> None:
    """Raise NoMaximumError where the information has vanished in some direction, as where classes are separated.

    That is where less than 1e-10 of it is left of what there would be if the columns had no effect: where the smallest
    eigenvalue of `I v = λ N v` is less, with the information `N` at the shares of the classes.

    Parameters:
        likelihood: of the rows.
        information: where Newton's method has come to (p, p).

    Source: A. Albert, J. Anderson, "On the existence of maximum likelihood estimates in logistic regression models",
    Biometrika 71 (1984).
    """
    curved = eigh(information, likelihood.null_information, eigvals_only=True, subset_by_index=[0, 0])[0]
    if not curved > SEPARATED:
        raise NoMaximumError(
            "The likelihood has no maximum, since columns separate classes, wholly or in some rows, so there are no"
            " estimates and no standard errors: leave columns out, or train with a penalty (l2 above 0)."
        )


# Newton's method of its own, and not `optimizers.Newton`: the Cholesky factor that standard errors need anyway solves
# each step to the last digit, where conjugate gradients end at a residual; and it ends by lengths in standard errors.

# The length of a step in standard errors, after which the next would be one of rounding, as each squares the last.
SETTLED = 1e-7
# The length below which a step that is no shorter than the last is one of rounding too.
ROUNDING = 1e-5
# Where classes are separated, each step is exp(-1/2) = 0.61 of the one before, for ever; rounding makes them alike.
ALIKE = 0.9
# Steps at most: many more than an estimate takes, or than separated classes take to come below SEPARATED, some 25.
MOST_STEPS = 100
# After so many halvings a step is 1e-9 of itself.
MOST_HALVINGS = 30
# By what share the likelihood may seem to fall by rounding: sums over a million rows keep twelve digits or more.
FALL_BY_ROUNDING = 1e-12


class Maximum(NamedTuple):
    """Where the likelihood is highest.

    Attributes:
        params: coefficients of the scaled columns (k-1, j).
        point: value, score and information there.
        inverse: of the information (p, p).
    """

    params: Array
    point: LikelihoodPoint
    inverse: Array


def maximum(likelihood: Likelihood, start: Array) -> Maximum:
    """Return the maximum-likelihood estimate, from a start (k-1, j) that may be anywhere.

    Newton's steps `I⁻¹ score`, halved until the likelihood does not fall, end with one that is shorter than 1e-7
    standard errors (the root of `scoreᵀ I⁻¹ score`), after which the next would be one of rounding; value and
    information are those before it, which is the same to 13 and 7 digits or more. They also end where rounding keeps
    them from getting shorter.

    Raises:
        NoMaximumError: there is none, for the likelihood rises for ever.

    Source: J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), section 3.3.
    """
    params, at, settled = start, likelihood.at(start), False
    if at.value > likelihood.null_value:
        params, at, settled = _climb(likelihood, params, at)
    if not settled:  # the start was too far off
        zeros = np.zeros(likelihood.shape)
        params, at, settled = _climb(likelihood, zeros, likelihood.at(zeros))
    refuse_separation(likelihood, at.information)
    if not settled:
        words = f"The likelihood has no maximum within {MOST_STEPS} steps of Newton's method: scale the columns."
        raise NoMaximumError(words)
    return Maximum(params, at, cho_solve(cho_factor(at.information), np.eye(params.size)))


def _climb(likelihood: Likelihood, params: Array, at: LikelihoodPoint) -> tuple[Array, LikelihoodPoint, bool]:
    """Return the point that Newton's steps end at, and whether that is because they have become short."""
    before = np.inf
    for _ in range(MOST_STEPS):
        try:
            step = cho_solve(cho_factor(at.information), at.score)
        except np.linalg.LinAlgError:
            return params, at, False
        length = float(np.sqrt(max(at.score @ step, 0.0)))
        if length <= SETTLED or (length <= ROUNDING and length > ALIKE * before):
            return params + step.reshape(params.shape), at, True
        params, at = _ascend(likelihood, params, at, step.reshape(params.shape))
        before = length
    return params, at, False


def _ascend(likelihood: Likelihood, params: Array, at: LikelihoodPoint, step: Array) -> tuple[Array, LikelihoodPoint]:
    """Return the point after a step, halved until the likelihood does not fall by more than rounding."""
    least = at.value - FALL_BY_ROUNDING * abs(at.value)
    for _ in range(MOST_HALVINGS):
        there = likelihood.at(params + step)
        if there.value >= least:
            return params + step, there
        step = step / 2
    return params, at


# Covariances of estimates: from the information, and those that hold where the model is wrong or rows are related.

# The inverse information, the sandwich of White, and the same with the scores of groups of rows.
KINDS = ("observed", "robust", "clustered")


def covariance_of(likelihood: Likelihood, found: Maximum, kind: str, groups: Array | None) -> Array:
    """Return the covariance (p, p) of coefficients of scaled columns.

        observed    I⁻¹
        robust      I⁻¹ (Σ_r w_r s_r s_rᵀ) I⁻¹             with the score s_r of each row
        clustered   I⁻¹ (G/(G-1) Σ_g s_g s_gᵀ) I⁻¹         with the score s_g = Σ_{r in g} w_r s_r of each of G groups

    Parameters:
        likelihood: of the rows.
        found: its maximum.
        kind: one of these words.
        groups: numbers of the groups (n,), 0 to G-1, for "clustered".

    Sources: H. White, "Maximum likelihood estimation of misspecified models", Econometrica 50 (1982); K. Liang,
    S. Zeger, "Longitudinal data analysis using generalized linear models", Biometrika 73 (1986).
    """
    if kind == "observed":
        return found.inverse
    if groups is None:
        middle = _products_of_rows(likelihood, found.params)
    else:
        middle = _products_of_groups(likelihood, found.params, groups)
    return found.inverse @ middle @ found.inverse


def _products_of_rows(likelihood: Likelihood, params: Array) -> Array:
    total = np.zeros((params.size, params.size))
    for rows in likelihood.blocks():
        part = likelihood.part(rows, params)
        scores = (part.residuals[:, None] * part.z).reshape(-1, len(rows))
        total += scores @ scores.T
    return total


def _products_of_groups(likelihood: Likelihood, params: Array, groups: Array) -> Array:
    """Return the products of the scores of groups: the rows of a group come one after another, whatever the block."""
    total, carried = np.zeros((params.size, params.size)), np.zeros(params.size)
    order = np.argsort(groups, kind="stable")
    last, done = -1, 0
    for rows in likelihood.blocks(order):
        of_row = groups[order[done : done + len(rows)]]
        done += len(rows)
        part = likelihood.part(rows, params)
        scores = ((part.residuals * part.root)[:, None] * part.z).reshape(-1, len(rows))
        starts = np.flatnonzero(np.diff(of_row, prepend=of_row[0] - 1))
        sums = np.add.reduceat(scores, starts, axis=1)
        if of_row[0] == last:
            sums[:, 0] += carried
        else:
            total += np.outer(carried, carried)
        total += sums[:, :-1] @ sums[:, :-1].T
        carried, last = sums[:, -1], int(of_row[-1])
    total += np.outer(carried, carried)
    count = np.count_nonzero(np.bincount(groups, likelihood.rows.weights))
    return total * (count / (count - 1))
