"""Marginal effects of softmax regression: how much more probable a class becomes as a column grows, with errors.

With `y` the probabilities of a row, `x` its columns and `B` the weights of all classes (zero for the reference class),

    ∂y/∂x = κ₂ B,   κ₂ = diag(y) - y yᵀ                             of one row
    E = M B,        M = Σ_r w_r κ₂(y_r) / Σ_r w_r                    of all rows, on average

so the average effects need one small matrix of the rows. Their errors come from the delta method, and need the third
cumulants `κ₃ = ∂κ₂/∂z` of the rows as well, summed with their columns:

    ∂E_cm / ∂B_dl = M_cd [l = m] + Σ_e T_cedl B_em,   T = Σ_r w_r κ₃(y_r) ⊗ x_r / Σ_r w_r

A column `a` that also enters powers and products of itself, `∂x/∂a = d`, is followed row by row:

    E_c = Σ_r w_r κ₂(y_r) s_r / Σ_r w_r,   s = B d,   ∂E_c / ∂B_el = Σ_r w_r (κ₂_ce d_l + (κ₃ s)_ce x_l) / Σ_r w_r

A million rows take no more memory than a thousand. A column of zeros and ones can be treated as a step instead:
`E_cm = Σ_r w_r (y_c at x_m = 1 less y_c at x_m = 0) / Σ_r w_r`.

Sources: W. Greene, "Econometric analysis", 7th edition (2012), sections 17.3.2 and 18.2.3; T. Bartus, "Estimation of
marginal effects using margeff", Stata Journal 5 (2005).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.common.display import Table, data_frame
from chainrule.engine import Rows
from chainrule.engine.softmax_head import curvatures
from chainrule.inference.estimates import Estimates
from chainrule.inference.hypotheses import Contrasts
from chainrule.inference.probabilities import BLOCK_NUMBERS

# Which columns are powers and products of others: the effect of a column counts all that it enters.
#
# 1. Of some rows, spread over all, two columns at a time are multiplied, and each is raised to the powers 3 and 4; a
#    column that such a product equals on a few of them is a candidate. One of zeros and ones is a product so easily by
#    chance that it must also be named after its factors.
# 2. On all rows the candidates that are no such product are struck out.
# 3. Each that is left is written as powers of columns that are no products themselves: `x³ = x · x²` is the power 3
#    of x. Of two ways to write it, the one of fewer columns is taken; of `u = 1/x`, `x` and `x²` only the last is a
#    product.

Powers: TypeAlias = Mapping[int, int]
Possible: TypeAlias = tuple[int, tuple[int, ...]]  # a column, and those whose product it may be
# Rows of step 1: among 4096, even a rare indicator has some that are 1.
SAMPLE_ROWS = 4096
# Of these, the rows that each candidate is tried on first: most fail on so few.
TELLING_ROWS = 8
# Columns whose pairs are looked at within a second.
MOST_COLUMNS = 200
# What stands between two names, in the formulas of R and Stata, and where scikit-learn and people make products.
BETWEEN = (" ", ":", "*", "#", "_", " * ", " x ", "_x_", "×", " × ", "·")
# Errors of a product, in units of the rounding of its factors.
ROUNDING_OF_PRODUCTS = 1000


class Products(NamedTuple):
    """Columns that are products of others.

    Attributes:
        powers: of each of these columns, the power of each column that it is a product of.
    """

    powers: Mapping[int, Powers]

    @property
    def factors(self) -> list[int]:
        """The columns that products are made of, in order."""
        return sorted({column for powers in self.powers.values() for column in powers})

    def renewed(self, x: Array) -> Array:
        """Return rows (n, j) with the products made anew of the other columns."""
        x = x.copy()
        for column, powers in self.powers.items():
            x[:, column] = _product(x, powers)
        return x

    def slopes(self, x: Array, column: int) -> Array:
        """Return how all columns of rows (n, j) grow with one of them that is no product: (n, j)."""
        grown = np.zeros_like(x)
        grown[:, column] = 1
        for other, powers in self.powers.items():
            if power := powers.get(column, 0):
                grown[:, other] = power * _product(x, {**powers, column: power - 1})
        return grown

    def formulas(self, names: Sequence[str]) -> list[str]:
        """Return a formula for each product, in the names of the columns.

        >>> Products({1: {0: 2}, 3: {0: 1, 2: 1}}).formulas(("dose", "dose2", "old", "both"))
        ['dose2 = dose^2', 'both = dose · old']
        """
        found = []
        for column, powers in self.powers.items():
            factors = [names[base] + (f"^{power}" if power > 1 else "") for base, power in sorted(powers.items())]
            formula = " · ".join(factors)
            found.append(formula if formula == names[column] else f"{names[column]} = {formula}")
        return found


def products_among(blocks: Iterable[Array], some: Array, names: Sequence[str], eps: float) -> Products:
    """Return which columns are products of others.

    Parameters:
        blocks: all rows, some at a time (b, j).
        some: a number of rows, spread over all (s, j).
        names: of the columns (j,).
        eps: the relative rounding of the numbers.

    >>> x = np.arange(1.0, 7.0)
    >>> rows = np.stack([x, x**3, x**2], axis=1)
    >>> products_among([rows], rows, ("x", "cube", "square"), 2e-16).powers
    {1: {0: 3}, 2: {0: 2}}
    """
    if len(names) > MOST_COLUMNS or not len(some):
        return Products({})
    possible = _candidates(some, names, eps)
    for x in blocks if possible else ():
        largest = np.abs(x).max(axis=0)
        possible = [one for one in possible if _holds(x, one, eps, largest)]
    return Products(_expanded(possible))


def _candidates(some: Array, names: Sequence[str], eps: float) -> list[Possible]:
    """Return columns with those whose product they are on a few rows."""
    found: list[Possible] = []
    largest = np.abs(some).max(axis=0)
    for column in range(some.shape[1]):
        values, rows = np.unique(some[:, column], return_index=True)
        if len(values) < 2:
            continue
        rows = rows[np.linspace(0, len(rows) - 1, min(TELLING_ROWS, len(rows))).astype(int)]
        possible = [(column, factors) for factors in _equal(some[rows], column, eps, largest[column])]
        if len(values) == 2:
            possible = [each for each in possible if _is_named_after(names[column], [names[one] for one in each[1]])]
        found += [each for each in possible if _holds(some, each, eps, largest)]
    return found


def _equal(x: Array, column: int, eps: float, largest: float) -> list[tuple[int, ...]]:
    """Return the columns whose product equals another one in a few rows (r, j): pairs, and powers of one."""
    goal = x[:, column, None]
    tolerance = _tolerance(goal, eps, largest)
    pairs = np.abs(x[:, :, None] * x[:, None, :] - goal[..., None]) <= tolerance[..., None]
    found = [tuple(pair) for pair in np.argwhere(np.triu(pairs.all(axis=0))).tolist()]
    for power in (3, 4):
        equal = (np.abs(x**power - goal) <= tolerance).all(axis=0)
        found += [(base,) * power for base in np.flatnonzero(equal).tolist()]
    return [factors for factors in found if column not in factors]


def _is_named_after(name: str, factors: Sequence[str]) -> bool:
    return any(name in (between.join(factors), between.join(reversed(factors))) for between in BETWEEN)


def _holds(x: Array, possible: Possible, eps: float, largest: Array) -> bool:
    """Return whether a column is the product that it may be in these rows."""
    column, factors = possible
    error = np.abs(x[:, factors].prod(axis=1) - x[:, column])
    return bool((error <= _tolerance(x[:, column], eps, largest[column])).all())


def _tolerance(values: Array, eps: float, largest: float) -> Array:
    """Return by how much a product may miss values (n,) whose column has numbers as large as this."""
    return ROUNDING_OF_PRODUCTS * eps * (np.abs(values) + largest)


def _expanded(possible: Sequence[Possible]) -> dict[int, Powers]:
    """Return products in powers of columns that are none: those of one column first, and none that needs itself."""
    factors: dict[int, tuple[int, ...]] = {}
    for column, of in sorted(possible, key=lambda each: (len(set(each[1])), each)):
        if column not in factors:
            factors[column] = of
            if column in _reached(factors, of):
                del factors[column]
    return {column: dict(_powers(factors, column)) for column in sorted(factors)}


def _reached(factors: Mapping[int, tuple[int, ...]], columns: Iterable[int]) -> set[int]:
    reached, waiting = set[int](), list(columns)
    while waiting:
        column = waiting.pop()
        if column not in reached:
            reached.add(column)
            waiting += factors.get(column, ())
    return reached


def _powers(factors: Mapping[int, tuple[int, ...]], column: int) -> Counter[int]:
    if column not in factors:
        return Counter({column: 1})
    return sum((_powers(factors, one) for one in factors[column]), Counter())


def _product(x: Array, powers: Powers) -> Array:
    product = np.ones(len(x))
    for column, power in powers.items():
        product *= x[:, column] ** power
    return product


# Marginal effects as a result: errors, tests, intervals, and a table as text, HTML or data frame.

# What `at` may be, and the title of the table of each.
TITLES = {"average": "Average marginal effects", "means": "Marginal effects at the means of the columns"}


@final
@dataclass(frozen=True, eq=False, repr=False)
class MarginalEffects(Estimates):
    """How much more probable each class becomes as each column grows.

    Attributes:
        classes: their names (k,).
        names: of the columns (i,).
        effects: on the probability of each class (k, i); those on one column sum to 0.
        standard_errors: of the effects (k, i).
        at: "average" or "means".
        steps: names of the columns whose effect is that of the step from 0 to 1.
        counted: the columns that are powers and products of others, as formulas; they count in the effects of those.
        cut: the columns that are cut into bins, which are not among `names`: they have no one slope.

    >>> effects, errors = np.array([[-0.2], [0.2]]), np.array([[0.1], [0.1]])
    >>> MarginalEffects(("no", "yes"), ("dose",), effects, errors, "means")
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

    classes: tuple[str, ...]
    names: tuple[str, ...]
    effects: Array
    standard_errors: Array
    at: str
    steps: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()

    def without(self, cut: Mapping[str, Sequence[str]]) -> "MarginalEffects":
        """Return the effects but those of columns that are cut into bins, whose inputs these are by their names.

        Raises:
            ValueError: there are no others.
        """
        inputs = {name for names in cut.values() for name in names}
        kept = [place for place, name in enumerate(self.names) if name not in inputs]
        if not kept:
            raise ValueError(
                f"No column has one slope, since all are cut into bins ({', '.join(cut)}): ask probability_intervals at"
                " several of their values."
            )
        return replace(
            self,
            names=tuple(self.names[place] for place in kept),
            effects=self.effects[:, kept],
            standard_errors=self.standard_errors[:, kept],
            cut=tuple(cut),
        )

    def _wald(self) -> tuple[Array, Array]:
        return self.effects, self.standard_errors

    def to_frame(self, level: float = 0.95) -> Any:
        """Return the same table as a data frame, with all digits: of pandas, polars or Arrow, the first there is."""
        return data_frame(self._columns(self.classes, self.names, "effect", level))

    def _table(self, level: float) -> Table:
        notes = ["Standard errors by the delta method."]
        if self.steps:
            notes.append(f"The effect is that of the step from 0 to 1: {', '.join(self.steps)}.")
        if self.counted:
            notes.append(
                f"Included in the effects of the columns that they are computed from: {', '.join(self.counted)}."
            )
        if self.cut:
            notes.append(f"Cut into bins, so that they have no one slope: {', '.join(self.cut)}.")
        parts = self._parts(self.classes, self.names, "dy/dx", level)
        return Table(TITLES[self.at], parts, "lr", notes, ruled=True)


Blocks: TypeAlias = Callable[[], Iterator[tuple[Array, Array]]]
# How near to 0 or 1 a number counts as it: columns were scaled and are scaled back.
ROUNDING = 1e-9


def marginal_effects(
    model: Contrasts,
    rows: Rows,
    names: Sequence[str],
    classes: Sequence[str],
    *,
    at: Literal["average", "means"] = "average",
    steps: Sequence[int] = (),
    together: Mapping[int, Sequence[int]] | None = None,
) -> MarginalEffects:
    """Return the effect of each column on the probability of each class, with standard errors.

    A column that is a power of another, or a product of others, has no effect of its own: it counts in that of each of
    them. At the means, it is that power or product of the means.

    Parameters:
        model: its contrasts and their covariance.
        rows: as `model.columns` takes them, dense or sparse; weighted rows count with their weight.
        names: of the columns but the intercept (i,).
        classes: their names (k,).
        at: "average" for the effect on each row, averaged; "means" for the effect on the one row of means.
        steps: columns of zeros and ones, for which the effect is that of the step from 0 to 1.
        together: of each of these, the indicators of the same category, which are 0 before and after its step.

    Raises:
        ValueError: `at` is another word.

    >>> model = Contrasts(np.array([[0.0, 1.0]]), np.eye(2))
    >>> rows = Rows(np.array([[0.0], [2.0]]), np.array([0, 1]))
    >>> marginal_effects(model, rows, ("dose",), ("ill", "well")).effects.round(3)
    array([[-0.177],
           [ 0.177]])
    """
    check("at", at, at in TITLES, '"average" or "means"')
    blocks, start = partial(_blocks, model, rows), int(model.biased)
    products = _products(model, rows, names)
    where = blocks if at == "average" else _at_means(blocks, products)
    effects, variances = _slopes(model, where)
    for column in products.factors:
        effects[:, column - start], variances[:, column - start] = _slope_with_products(model, where, column, products)
    kept = [column for column in range(len(names)) if start + column not in products.powers]
    steps = [column for column in steps if column in kept]
    for column in steps:
        zeros = [start + other for other in (together or {}).get(column, ())]
        effects[:, column], variances[:, column] = _step(model, where, start + column, zeros, products)
    errors = np.sqrt(np.maximum(variances, 0))
    shown, treated = (tuple(names[column] for column in some) for some in (kept, steps))
    counted = tuple(products.formulas(("",) * start + tuple(names)))
    return MarginalEffects(tuple(classes), shown, effects[:, kept], errors[:, kept], at, treated, counted)


def _products(model: Contrasts, rows: Rows, names: Sequence[str]) -> Products:
    """Return which columns of the rows are powers and products of others."""
    spread = rows.take(np.linspace(0, len(rows) - 1, min(len(rows), SAMPLE_ROWS)).astype(int))
    given = np.dtype(rows.x.dtype)
    eps = float(np.finfo(given if given.kind == "f" else np.float64).eps)
    every = (columns for columns, _ in _blocks(model, rows))
    return products_among(every, model.columns(spread.x), ("",) * model.biased + tuple(names), eps)


def zero_one_columns(model: Contrasts, rows: Rows) -> list[int]:
    """Return the columns that hold both 0 and 1, and nothing else.

    >>> model = Contrasts(np.zeros((1, 4)), np.eye(4))
    >>> zero_one_columns(model, Rows(np.array([[0.0, 0.0, 1.0], [1.0, 2.0, 1.0]]), np.array([0, 1])))
    [0]
    """
    start = int(model.biased)
    zeros, ones = np.zeros((2, model.params.shape[1] - start), np.int64)
    for columns, _ in _blocks(model, rows):
        zeros += (np.abs(columns[:, start:]) < ROUNDING).sum(axis=0)
        ones += (np.abs(columns[:, start:] - 1) < ROUNDING).sum(axis=0)
    return [int(column) for column in np.flatnonzero((zeros > 0) & (ones > 0) & (zeros + ones == len(rows)))]


def _blocks(model: Contrasts, rows: Rows) -> Iterator[tuple[Array, Array]]:
    """Yield the columns (b, j) of some rows at a time, and their weights over the weight of all rows (b,)."""
    k, j = model.classes, model.params.shape[1]
    for block in rows.blocks(max(1, BLOCK_NUMBERS // (k * k * k + k * j))):
        weights = np.ones(len(block)) if block.weights is None else block.weights.astype(np.float64)
        yield model.columns(block.x), weights / rows.total_weight


def _at_means(blocks: Blocks, products: Products) -> Blocks:
    """Return the one row of the weighted means of the columns, as a block; products are those of the means."""
    means = products.renewed(np.asarray(sum(weights @ columns for columns, weights in blocks()))[None])
    return lambda: iter([(means, np.ones(1))])


def _slopes(model: Contrasts, blocks: Blocks) -> tuple[Array, Array]:
    """Return `E` and the variances of its numbers (k, i)."""
    B, others, start = model.slopes, model.others, int(model.biased)
    M, T = _cumulants(model, blocks)
    columns = np.arange(B.shape[1])
    variances = np.empty(B.shape)
    for c in range(model.classes):
        jacobian = np.tensordot(B, T[c], axes=(0, 0))
        jacobian[columns, :, start + columns] += M[c, others]
        variances[c] = model.variances(jacobian)
    return M @ B, variances


def _cumulants(model: Contrasts, blocks: Blocks) -> tuple[Array, Array]:
    """Return `M` (k, k) and `T` (k, k, k - 1, j), whose third index leaves out the reference class."""
    k, others, j = model.classes, model.others, model.params.shape[1]
    M = np.zeros((k, k))
    first, second, third = np.zeros((k, j)), np.zeros((k, k, j)), np.zeros((k, k, k - 1, j))
    for x, weights in blocks():
        y = model.probabilities(x)
        weighted = y * weights[:, None]
        pairs = weighted[:, :, None] * y[:, None, :]
        M += np.diag(weighted.sum(axis=0)) - weighted.T @ y
        first += weighted.T @ x
        second += np.tensordot(pairs, x, axes=(0, 0))
        third += np.tensordot(pairs[..., None] * y[:, None, None, others], x, axes=(0, 0))
    same, among = np.eye(k), np.eye(k)[:, others]
    T = 2 * third
    T -= same[:, :, None, None] * second[:, None, others]
    T -= (among[:, None, :, None] + among[None, :, :, None]) * second[:, :, None]
    T += np.einsum("ce,cd,cl->cedl", same, among, first)
    return M, T


def _slope_with_products(model: Contrasts, blocks: Blocks, column: int, products: Products) -> tuple[Array, Array]:
    """Return the effect of a column on each class, all that it enters counted, and its variance (k,)."""
    k, others, j = model.classes, model.others, model.params.shape[1]
    effects, jacobian = np.zeros(k), np.zeros((k, k - 1, j))
    for x, weights in blocks():
        y, d = model.probabilities(x), products.slopes(x, column)
        s = model.logits(d)
        s -= np.vecdot(y, s)[:, None]
        slopes = y * s
        effects += weights @ slopes
        weighted = curvatures(y)
        turned = weighted * s[:, :, None] - y[:, :, None] * slopes[:, None, :]
        for matrix, columns in ((weighted, d), (turned, x)):
            jacobian += np.tensordot(matrix[:, :, others] * weights[:, None, None], columns, axes=(0, 0))
    return effects, model.variances(jacobian)


def _step(model: Contrasts, blocks: Blocks, column: int, zeros: list[int], products: Products) -> tuple[Array, Array]:
    """Return the effect of a step of one column from 0 to 1 on each class, and its variance (k,).

    The columns `zeros`, this one among them or not, are 0 otherwise, and products of these columns follow them.
    """
    k, others, j = model.classes, model.others, model.params.shape[1]
    effects, first, second = np.zeros(k), np.zeros((k, j)), np.zeros((k, k - 1, j))
    for given, weights in blocks():
        x = given.copy()
        x[:, zeros] = 0
        for value, sign in ((1.0, weights), (0.0, -weights)):
            x[:, column] = value
            x = products.renewed(x)
            y = model.probabilities(x)
            weighted = y * sign[:, None]
            effects += weighted.sum(axis=0)
            first += weighted.T @ x
            second += np.tensordot(weighted[:, :, None] * y[:, None, others], x, axes=(0, 0))
    jacobian = np.eye(k)[:, others, None] * first[:, None] - second
    return effects, model.variances(jacobian)
