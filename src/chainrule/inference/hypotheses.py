"""Tests that coefficients are zero: of Wald, by the ratio of likelihoods, and by the score.

With `q` coefficients that are zero under the hypothesis, each statistic has about a chi-squared distribution with `q`
degrees of freedom where it holds:

    Wald                β' V⁻¹ β              of the estimates and their covariance
    likelihood ratio    2 (l(β̂) - l(β̃))       with the estimates β̃ under the hypothesis
    score               s(β̃)' I(β̃)⁻¹ s(β̃)     of the whole model, at the estimates under the hypothesis
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import chi2

from chainrule.arrays import Array, dense
from chainrule.inference.likelihood import Likelihood
from chainrule.inference.maximum import Maximum, maximum
from chainrule.layers import Softmax

# Softmax regression as contrasts against a reference class, with their covariance: what effects and intervals need.


def dense_doubles(x: Any) -> Array:
    """Return a block of rows (n, i), dense or sparse, as a dense table in double precision."""
    return np.asarray(dense(x), np.float64)


def with_intercept(x: Any) -> Array:
    """Return a block of rows (n, i) behind a column of ones for the intercept (n, 1 + i).

    >>> with_intercept(np.array([[2.0], [3.0]]))
    array([[1., 2.],
           [1., 3.]])
    """
    return np.column_stack([np.ones(x.shape[0]), dense_doubles(x)])


@final
@dataclass(frozen=True, eq=False)
class Contrasts:
    """Softmax regression, or logistic regression for two classes: the logit of each class against a reference class.

    Attributes:
        params: (k - 1, j), the intercept first if there is one.
        covariance: of these, contrast by contrast ((k - 1) j, (k - 1) j).
        reference: the place of the reference class among all classes.
        biased: whether there is an intercept.
        columns: what makes the columns (n, j) of a block of rows, with ones for the intercept.
    """

    params: Array
    covariance: Array
    reference: int = 0
    biased: bool = True
    columns: Callable[[Any], Array] = with_intercept

    @property
    def classes(self) -> int:
        """The number of classes `k`."""
        return len(self.params) + 1

    @property
    def others(self) -> Array:
        """The places of all classes but the reference (k - 1,)."""
        return np.delete(np.arange(self.classes), self.reference)

    @property
    def slopes(self) -> Array:
        """The weights of all classes without intercepts, zero for the reference class (k, i)."""
        return np.insert(self.params[:, int(self.biased) :], self.reference, 0, axis=0)

    def logits(self, columns: Array) -> Array:
        """Return the logits of rows with these columns (n, j): (n, k), zero for the reference class."""
        return np.insert(columns @ self.params.T, self.reference, 0, axis=1)

    def probabilities(self, columns: Array) -> Array:
        """Return the probability of each class for rows with these columns (n, j): (n, k)."""
        return Softmax().forward({}, self.logits(columns))

    def variances(self, jacobian: Array) -> Array:
        """Return the variances (m,) of numbers whose Jacobian by the contrasts is (m, k - 1, j)."""
        flat = jacobian.reshape(len(jacobian), -1)
        return np.vecdot(flat @ self.covariance, flat)


@final
@dataclass(frozen=True)
class HypothesisTest:
    """A test that the coefficients of some columns are zero in all contrasts.

    Attributes:
        kind: of test.
        columns: the names of the columns.
        statistic: about chi-squared where they are zero.
        df: its degrees of freedom.

    >>> HypothesisTest("Wald", ("age",), 3.841459, 1)
    Wald test of age: chi-squared(1) = 3.841, p = 0.05
    """

    kind: str
    columns: tuple[str, ...]
    statistic: float
    df: int

    @property
    def p_value(self) -> float:
        """How likely a statistic at least as large is where the coefficients are zero."""
        return float(chi2.sf(self.statistic, self.df))

    def __repr__(self) -> str:
        tested = ", ".join(self.columns) if len(self.columns) <= 6 else f"{len(self.columns)} columns"
        return f"{self.kind} test of {tested}: chi-squared({self.df}) = {self.statistic:.4g}, p = {self.p_value:.3g}"


def places(names: Sequence[str], columns: str | Sequence[str]) -> list[int]:
    """Return the places of columns by their names, one or several.

    Raises:
        ValueError: there is no such column, or none is named.
    """
    asked = [columns] if isinstance(columns, str) else list(columns)
    for name in asked:
        if name not in names:
            raise ValueError(f"There is no column {name!r} to test: the columns are {', '.join(names)}.")
    if not asked:
        raise ValueError("A test is of one column or more, found none.")
    return sorted({names.index(name) for name in asked})


def wald(names: tuple[str, ...], params: Array, covariance: Array, at: list[int]) -> HypothesisTest:
    """Return the test of Wald of columns at these places of `params` (k-1, j).

    Raises:
        ValueError: the covariance of so many is singular, as it is with no more groups of rows than coefficients.
    """
    index = np.arange(params.size).reshape(params.shape)[:, at].ravel()
    tested = params.ravel()[index]
    try:
        statistic = float(tested @ cho_solve(cho_factor(covariance[np.ix_(index, index)]), tested))
    except np.linalg.LinAlgError:
        found = f"The covariance of these {len(index)} coefficients is singular"
        raise ValueError(f"{found}, as with few groups: test fewer columns.") from None
    return HypothesisTest("Wald", tuple(names[place] for place in at), statistic, len(index))


def likelihood_ratio(likelihood: Likelihood, found: Maximum, at: list[int]) -> HypothesisTest:
    """Return the test by the ratio of likelihoods: the model is fitted once more, without the columns at these places.

    Parameters:
        likelihood: with these columns.
        found: its maximum.
        at: the places of the columns to test.
    """
    rest = likelihood.columns.without(at)
    if len(rest) == rest.biased:
        without = Likelihood(likelihood.rows, rest, likelihood.labels).null_value
    else:
        without = maximum(*_restricted(likelihood, found.params, at)).point.value
    return _test("Likelihood-ratio", likelihood, at, 2 * (found.point.value - without))


def score(likelihood: Likelihood, found: Maximum, at: list[int]) -> HypothesisTest:
    """Return the test by the score: parameters as `likelihood_ratio` has them."""
    columns = likelihood.columns
    restricted, start = _restricted(likelihood, found.params, at)
    given = np.zeros(likelihood.shape)
    if len(restricted.columns):
        kept = np.setdiff1d(np.arange(len(columns)), at)
        given[:, kept] = maximum(restricted, start).params @ restricted.columns.back.T
    point = likelihood.at(columns.for_scaled(given))
    return _test("Score", likelihood, at, float(point.score @ cho_solve(cho_factor(point.information), point.score)))


def _test(kind: str, likelihood: Likelihood, at: list[int], statistic: float) -> HypothesisTest:
    names = tuple(likelihood.columns.names[place] for place in at)
    return HypothesisTest(kind, names, statistic, likelihood.shape[0] * len(at))


def _restricted(likelihood: Likelihood, params: Array, at: list[int]) -> tuple[Likelihood, Array]:
    """Return the likelihood without columns, and where to begin."""
    rest = likelihood.columns.without(at)
    kept = np.setdiff1d(np.arange(len(likelihood.columns)), at)
    start = rest.for_scaled((params @ likelihood.columns.back.T)[:, kept])
    return Likelihood(likelihood.rows, rest, likelihood.labels), start
