"""Detect complete and quasi-complete separation in multinomial logistic regression: no likelihood maximum then exists.

A direction has a vector `b_c` of weights for each class. Its margin at a row `x` of class `y`, beside another class
`c`, is `(b_y - b_c)ᵀ x`. Along a direction without a negative margin the likelihood of softmax regression never falls,
and it rises where a margin is positive: there is a maximum where no direction has positive margins and no negative
ones. Two facts decide that, either of them checked on all rows:

- a direction with its margins shows that there is no maximum;
- numbers `λ_rc > 0` with `Σ_rc λ_rc (b_y - b_c)ᵀ x_r = 0` for every direction show that there is one (Stiemke's
  lemma). The probabilities at the maximum are such numbers, and so is what Newton's step makes of those at any point
  from which it changes each by less than itself.

1. Rows are taken to orthonormal coordinates, so that neither scales nor collinear columns matter.
2. Each step of Newton's method on the likelihood of the pairs of row and other class that are undecided says by what
   share it changes each probability. If none falls by half of itself, the changed ones are Stiemke's numbers: there is
   a maximum, but for pairs whose numbers are as small as rounding.
3. Else the pairs that lose probability are those that a direction may separate. The others hold it to few dimensions,
   where a linear programme finds it. This is tried every few steps, and when the step of 2 leaves pairs uncertain.
4. The pairs with a positive margin are taken away, and 2 begins again with the others, until none are left or 2 ends.
5. Where steps decide nothing in the end, the programme alone does, on all pairs.
6. Of the directions that separate these pairs, `minimal_direction` finds one of few columns, to be named: the least
   absolute sum of weights, and then columns are left out one at a time.

Sources: A. Albert, J. A. Anderson, "On the existence of maximum likelihood estimates in logistic regression models",
Biometrika 71 (1984); K. Konis, "Linear programming algorithms for detecting separated data in binary logistic
regression models", thesis, Oxford (2007); S. Correia, P. Guimarães, T. Zylkin, "Verifying the existence of maximum
likelihood estimates for generalized linear models", arXiv:1903.01633 (2019).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from chainrule.arrays import Array, dense
from chainrule.engine.softmax_head import add_information, information, mirror, probabilities_and_losses, score
from chainrule.inference.columns import independent

# Rows in coordinates that are orthonormal over all of them, some at a time: without scales or collinear columns.

# What is left of a standardised column once those before it are taken out, as a share of its length, with which it
# counts as their combination: half of the digits, since margins are squared.
COLLINEAR = 1e-8
# The share of its terms below which a bias is 0: rounding leaves so much where columns are undone from their means.
NO_BIAS = 1e-9
# Numbers of a block, 2 MiB: about what a core's cache holds.
BLOCK_NUMBERS = 1 << 18
# Numbers of all rows that are kept in the coordinates, 128 MiB; more are computed at each pass.
MOST_NUMBERS_KEPT = 1 << 24
# Rows of a block at least, where there are many columns.
FEWEST_ROWS = 256


@final
@dataclass(frozen=True, eq=False)
class OrthonormalRows:
    """Rows `x` (n, i), and the change of coordinates `z = (x - mean) / scale @ into`, with `Σ_r z_r z_rᵀ = n I`.

    Where there is a bias, the first column is that of ones, and the others follow it: j columns in all.

    Attributes:
        x: rows, dense or a sparse matrix of SciPy in the CSR format.
        mean, scale: of each column (i,); the mean is 0 where there is no bias.
        biased: whether there is a column of ones before the others.
        kept: places, among the j columns, of those that are no combination of columns before them (d,).
        into: what makes orthonormal coordinates of the columns kept (d, d).
        coordinates: what makes a weight of each coordinate of weights of all columns, standardised (d, j).
    """

    x: Any
    mean: Array
    scale: Array
    biased: bool
    kept: Array
    into: Array
    coordinates: Array

    @classmethod
    def of(cls, x: Any, *, biased: bool) -> "OrthonormalRows":
        """Return rows `x` (n, i) with their coordinates.

        >>> orthonormal = OrthonormalRows.of(np.array([[1., 2.], [2., 4.], [3., 6.]]), biased=True)
        >>> orthonormal.kept, orthonormal.dependent
        (array([0, 1]), array([2]))
        """
        mean, scale = _centre_and_scale(x, biased)
        r = _triangle(x, mean, scale, biased)
        kept, basis = independent(r, COLLINEAR)
        coordinates = basis.T @ r / np.sqrt(x.shape[0])
        return cls(x, mean, scale, biased, kept, np.linalg.inv(coordinates[:, kept]), coordinates)

    def __len__(self) -> int:
        return int(self.x.shape[0])

    @property
    def dependent(self) -> Array:
        """Places, among the j columns, of those that are combinations of columns before them."""
        return np.setdiff1d(np.arange(self.coordinates.shape[1]), self.kept)

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """Yield the rows in order, so many at a time, as where they are and what they are in the coordinates (b, d)."""
        if len(self) * len(self.kept) <= MOST_NUMBERS_KEPT:
            yield from self._blocks
        else:
            yield from self._fresh_blocks()

    @cached_property
    def _blocks(self) -> list[tuple[slice, Array]]:
        return list(self._fresh_blocks())

    def _fresh_blocks(self) -> Iterator[tuple[slice, Array]]:
        for part, columns in _columns(self.x, self.mean, self.scale, self.biased):
            yield part, columns[:, self.kept] @ self.into

    def chosen(self, rows: Array) -> Array:
        """Return some rows in the coordinates (b, d)."""
        return np.asarray(self.chosen_standardized(rows)[:, self.kept] @ self.into)

    def chosen_standardized(self, rows: Array) -> Array:
        """Return the standardised columns of some rows (b, j)."""
        return np.vstack([columns for _, columns in _columns(self.x[rows], self.mean, self.scale, self.biased)])

    def original_units(self, weights: Array) -> Array:
        """Return weights of the standardised columns (k, j) in the units of the columns, the bias first.

        Of three classes or more the biases are moved together, so that most are 0 where most are the same.
        """
        of_columns = weights[:, int(self.biased) :] / self.scale
        if not self.biased:
            return of_columns
        terms = np.column_stack([weights[:, :1], -of_columns * self.mean])
        bias = terms.sum(axis=1)
        if len(bias) > 2:
            bias -= np.sort(bias)[(len(bias) - 1) // 2]
        bias[np.abs(bias) <= NO_BIAS * np.abs(terms).sum(axis=1).max()] = 0
        return np.column_stack([bias, of_columns])


def _columns(x: Any, mean: Array, scale: Array, biased: bool) -> Iterator[tuple[slice, Array]]:
    for part, rows in _dense(x):
        columns = np.ones((len(rows), len(mean) + int(biased)))
        columns[:, int(biased) :] = (rows - mean) / scale
        yield part, columns


def _dense(x: Any) -> Iterator[tuple[slice, Array]]:
    size = max(FEWEST_ROWS, BLOCK_NUMBERS // (x.shape[1] + 1))
    for start in range(0, x.shape[0], size):
        part = slice(start, min(start + size, x.shape[0]))
        yield part, np.asarray(dense(x[part]), np.float64)


def _centre_and_scale(x: Any, biased: bool) -> tuple[Array, Array]:
    """Return mean and deviation of each column, or 0 and the root of the mean square where there is no bias."""
    n, columns = x.shape
    total, low, high = np.zeros(columns), np.full(columns, np.inf), np.full(columns, -np.inf)
    for _, rows in _dense(x):
        total += rows.sum(axis=0) / n
        low, high = np.minimum(low, rows.min(axis=0)), np.maximum(high, rows.max(axis=0))
    mean = np.where(low == high, low, total) if biased else np.zeros(columns)
    square = sum(((rows - mean) ** 2).sum(axis=0) / n for _, rows in _dense(x))
    scale = np.sqrt(square)
    return mean, np.where(scale == 0, 1, scale)


def _triangle(x: Any, mean: Array, scale: Array, biased: bool) -> Array:
    """Return the factor R of the QR decomposition of all standardised rows (j or fewer, j)."""
    r: Array = np.empty((0, len(mean) + int(biased)))
    for _, columns in _columns(x, mean, scale, biased):
        r = np.asarray(np.linalg.qr(np.vstack([r, columns]), mode="r"))
    return r


# Margins below it count as 0, in units of a direction's length: above it no rounding of the programme reaches.
LEAST_MARGIN = 1e-6
# By how much a margin may be negative by rounding: ten times what the programme allows itself.
ROUNDING = 1e-8
# The share of the largest curvature that is added to the diagonal, so that rounding leaves Newton's system positive.
RIDGE = 1e-13
# The share of the rows below which an eigenvalue is 0: rounding leaves about 1e-15 in orthonormal coordinates.
FLAT = 1e-12
# Steps at most, after which the programme decides alone: it is slower, but always ends.
MOST_STEPS = 60
# Steps after which the programme is tried although many probabilities still fall: each step halves those that do.
STEPS_BETWEEN_PROGRAMMES = 5
# After so many halvings a step is 1e-6 of itself.
MOST_HALVINGS = 20
# Pairs that the programme takes in at a time, the most violated first: it seldom needs many of all.
PAIRS_AT_A_TIME = 1000
# By what share a probability may fall and count as staying above 0; any share below 1 proves it, but rounding is there.
SURE_CHANGE = 0.5
# Said where the linear programme ends without a solution, which only rounding makes it do.
HIDDEN = "Rounding hides whether classes are separated: leave out columns that nearly depend on others."
# The tolerances of the programme, a hundred times tighter than its own, so that LEAST_MARGIN is far from rounding.
EXACT = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


def separable_pairs(rows: "Pairs") -> Array:
    """Return beside which other classes each row has a positive margin, in a direction without negative ones (n, k).

    >>> x, t = np.array([[0.], [1.], [1.], [2.]]), np.array([0, 0, 1, 1])
    >>> separable_pairs(Pairs(OrthonormalRows.of(x, biased=True), t, 2)).any(axis=1)
    array([ True, False, False,  True])
    """
    if not len(rows.orthonormal.kept):
        return np.zeros_like(rows.others)
    theta = np.zeros((rows.classes, rows.orthonormal.into.shape[1]))
    undecided = rows.others
    for number in range(1, MOST_STEPS + 1):
        logits = rows.logits(theta)
        if (rows.margins(logits)[undecided] > LEAST_MARGIN * np.linalg.norm(theta)).all():
            undecided[:] = False
        if not undecided.any():
            break
        step, change, uncertain = rows.newton_step(logits, undecided)
        least = change[undecided].min()
        if least > -SURE_CHANGE or number % STEPS_BETWEEN_PROGRAMMES == 0:
            sure = bool(least > -SURE_CHANGE)
            held = undecided & ~uncertain if sure else undecided & (change > -SURE_CHANGE)
            found = rows.separable(undecided, held)
            if sure and not found.any():
                break
            undecided &= ~found
        theta = theta + rows.fitting_share(logits, step, undecided) * step
    else:
        while (found := rows.separable(undecided, np.zeros_like(undecided))).any():
            undecided &= ~found
    return rows.others & ~undecided


@final
@dataclass(frozen=True, eq=False)
class Pairs:
    """Rows beside each class that is not theirs.

    Attributes:
        orthonormal: the rows.
        t: their class indices (n,).
        classes: how many there are, k.
    """

    orthonormal: OrthonormalRows
    t: Array
    classes: int

    @property
    def others(self) -> Array:
        """Which classes are not that of a row (n, k)."""
        return np.arange(self.classes) != self.t[:, None]

    def logits(self, theta: Array) -> Array:
        """Return `z θ_cᵀ` for each row and class (n, k), `theta` being (k, d)."""
        found = np.empty((len(self.t), self.classes))
        for part, z in self.orthonormal.blocks():
            found[part] = z @ theta.T
        return found

    def margins(self, logits: Array) -> Array:
        """Return how far the logit of the row's class is above the others (n, k)."""
        return logits[np.arange(len(self.t)), self.t][:, None] - logits

    def newton_step(self, logits: Array, undecided: Array) -> tuple[Array, Array, Array]:
        """Return Newton's step (k, d), the share by which it changes each probability (n, k), and which are uncertain.

        Those are probabilities too small to say, beside rounding, that no direction parts their row from their class.
        """
        p = self._among(logits, undecided)[0]
        gradient = self._sum_over_rows(score(p, self.t))[1:].ravel()
        curvature = np.zeros((gradient.size, gradient.size))
        for part, z in self.orthonormal.blocks():
            curvature += information(z, p[part, 1:])
        step = _solved(curvature, gradient)
        of_classes = self._of_classes(step)
        change = self.logits(of_classes)
        change -= (p * change).sum(axis=1, keepdims=True)
        error = np.linalg.norm(gradient - curvature @ step) + np.finfo(float).eps * len(p)
        return of_classes, change, p * (1 + change) < error / LEAST_MARGIN

    def fitting_share(self, logits: Array, step: Array, undecided: Array) -> float:
        """Return the share of a step, halved until the likelihood does not fall."""
        along, before, share = self.logits(step), self._among(logits, undecided)[1].sum(), 1.0
        for _ in range(MOST_HALVINGS):
            if self._among(logits + share * along, undecided)[1].sum() <= before:
                return share
            share /= 2
        return 0.0

    def separable(self, undecided: Array, held: Array) -> Array:
        """Return pairs with a positive margin in a direction without negative ones and without any where held (n, k).

        The linear programme is Konis's: the largest sum of margins none of which is negative, in a box. It begins with
        few pairs, and takes in those that its direction has on the wrong side.

        Raises:
            ValueError: rounding leaves it without a solution.
        """
        free = self.free_of(held)
        among = np.argwhere(undecided & ~held)
        if not (free.shape[-1] and len(among)):
            return np.zeros_like(undecided)
        signs = np.where(self.others, -1.0 * undecided, undecided.sum(axis=1, keepdims=True))
        objective = np.einsum("kd,kdv->v", self._sum_over_rows(signs), free)
        chosen = among[np.linspace(0, len(among) - 1, min(len(among), PAIRS_AT_A_TIME)).astype(int)]
        taken = np.zeros_like(undecided)
        while len(chosen):
            taken[tuple(chosen.T)] = True
            rows, others = np.nonzero(taken)
            sides = np.einsum("rd,rdv->rv", self.orthonormal.chosen(rows), (free[self.t[rows]] - free[others]))
            solution = linprog(-objective, -sides, np.zeros(len(sides)), bounds=(-1, 1), options=EXACT)
            if solution.status:
                raise ValueError(HIDDEN)
            margins = self.margins(self.logits(free @ solution.x))
            wrong = np.argwhere(undecided & ~taken & (margins < -ROUNDING))
            chosen = wrong[margins[tuple(wrong.T)].argsort()[:PAIRS_AT_A_TIME]]
        return undecided & (margins > LEAST_MARGIN)

    def free_of(self, held: Array) -> Array:
        """Return an orthonormal basis (k, d, v) of the directions that have no margin at the pairs held.

        They are those that do not change `Σ_rc ((b_y - b_c)ᵀ z_r)²` over these pairs.
        """
        k, d = self.classes, self.orthonormal.into.shape[1]
        squares, own = np.zeros((k - 1, d, k - 1, d)), ~self.others * 1.0
        for part, z in self.orthonormal.blocks():
            theirs, beside = own[part], held[part] * 1.0
            products = np.eye(k) * (beside + theirs * beside.sum(axis=1, keepdims=True))[:, None, :]
            products -= theirs[:, :, None] * beside[:, None, :] + beside[:, :, None] * theirs[:, None, :]
            add_information(squares, z, products[:, 1:, 1:])
        values, vectors = np.linalg.eigh(mirror(squares))
        return self._of_classes(vectors[:, values <= FLAT * len(self.t)])

    def _sum_over_rows(self, of_classes: Array) -> Array:
        """Return `Σ_r a_r z_rᵀ` (k, d) of numbers `a` (n, k)."""
        found = np.zeros((self.classes, self.orthonormal.into.shape[1]))
        for part, z in self.orthonormal.blocks():
            found += of_classes[part].T @ z
        return found

    def _among(self, logits: Array, undecided: Array) -> tuple[Array, Array]:
        """Return the probabilities (n, k) and losses (n,) among each row's class and those it is undecided beside."""
        return probabilities_and_losses(np.where(undecided | ~self.others, logits, -np.inf), self.t)

    def _of_classes(self, free: Array) -> Array:
        """Return what is of the classes but the first ((k - 1) d, ...) as of all of them (k, d, ...)."""
        d = self.orthonormal.into.shape[1]
        return np.concatenate([np.zeros((1, d, *free.shape[1:])), free.reshape(self.classes - 1, d, *free.shape[1:])])


def _solved(matrix: Array, right: Array) -> Array:
    """Return the solution of a system (p,) with a positive matrix, or near it where that is singular."""
    raised = matrix + RIDGE * matrix.diagonal().max() * np.eye(len(matrix))
    try:
        np.linalg.cholesky(raised)
        return np.linalg.solve(raised, right)
    except np.linalg.LinAlgError:
        return np.linalg.lstsq(raised, right, rcond=RIDGE)[0]


# A minimal direction that separates what can be separated: few columns, none of which can be left out.

# Pairs that this programme takes in at a time: it has more unknowns than the other.
MINIMAL_PAIRS_AT_A_TIME = 500
# By how much a margin may be short of 1, or miss 0, by rounding.
SHORT_OF_ONE = 1e-6
# The share of the largest weight below which a weight is 0.
NOTHING = 1e-6
# What a bias costs beside a weight of 1: so little that it is free, and not nothing, so that it is not arbitrary.
BIAS_COST = 1e-3
# Columns of a direction that are tried to be left out, each by a programme of its own.
MOST_COLUMNS_TRIED = 30


def minimal_direction(rows: Pairs, separable: Array) -> Array:
    """Return weights of the standardised columns (k, j) with margins of at least 1 where separable, and 0 elsewhere.

    Their absolute sum is the least there is. Then columns are left out one at a time, the least ones first, as long as
    the others can do without. Of two classes, the first one's weights are zero.

    Parameters:
        rows: beside the classes that are not theirs.
        separable: the pairs (n, k) that `separable_pairs` returns, at least one.

    Raises:
        ValueError: rounding leaves no direction that does it.
    """
    programme = _Programme.of(rows, separable)
    found, used = programme.solve(np.zeros(programme.columns, bool))
    if found is None:
        raise ValueError(HIDDEN)
    left_out = used_by(found) == 0
    left_out[: int(rows.orthonormal.biased)] = False
    candidates = np.flatnonzero(~left_out)[int(rows.orthonormal.biased) :]
    if len(candidates) <= MOST_COLUMNS_TRIED:
        for column in candidates[used_by(found)[candidates].argsort()]:
            without = left_out.copy()
            without[column] = True
            other, used = programme.solve(without, used)
            if other is not None:
                found, left_out = other, without
    return found


def used_by(weights: Array) -> Array:
    """Return how much of a direction (k, j) is of each column (j,)."""
    return np.abs(weights).sum(axis=0)


class _Programme(NamedTuple):
    """The least absolute sum of weights with a margin of 1 for separable pairs: of `[b⁺, b⁻, c]`, `b = b⁺ - b⁻`."""

    rows: Pairs
    separable: Array
    others: Array
    free: Array
    movable: Array

    @classmethod
    def of(cls, rows: Pairs, separable: Array) -> "_Programme":
        others = rows.others & ~separable
        movable = np.arange(1 if rows.classes == 2 else 0, rows.classes)
        return cls(rows, separable, others, rows.free_of(others), movable)

    @property
    def columns(self) -> int:
        return int(self.rows.orthonormal.coordinates.shape[1])

    def solve(self, left_out: Array, begin: Array | None = None) -> tuple[Array | None, Array]:
        """Return the weights (k, j) without those of some columns, or None where there are none; and the pairs used."""
        orthonormal, k, m = self.rows.orthonormal, self.rows.classes, len(self.movable)
        contrasts = np.column_stack([-np.ones(k - 1), np.eye(k - 1)])[:, self.movable]
        into_coordinates = sparse.csr_array(np.kron(contrasts, orthonormal.coordinates))
        free = sparse.csr_array(self.free[1:].reshape(-1, self.free.shape[-1]))
        equal = sparse.hstack([into_coordinates, -into_coordinates, -free])
        cost = np.ones((m, self.columns))
        cost[:, : int(orthonormal.biased)] = BIAS_COST
        highest = np.where(left_out, 0, np.inf) + np.zeros((m, 1))
        bounds = [(0, high) for high in np.tile(highest.ravel(), 2)] + [(None, None)] * self.free.shape[-1]
        among = np.argwhere(self.separable)
        used = np.zeros_like(self.separable) if begin is None else begin
        chosen = among[np.linspace(0, len(among) - 1, min(len(among), MINIMAL_PAIRS_AT_A_TIME)).astype(int)]
        weights = np.zeros((k, self.columns))
        while len(chosen):
            used[tuple(chosen.T)] = True
            sides = self._sides(*np.nonzero(used))
            solution = linprog(
                np.concatenate([cost.ravel(), cost.ravel(), np.zeros(self.free.shape[-1])]),
                A_ub=sparse.hstack([-sides, sides, sparse.csr_array((sides.shape[0], self.free.shape[-1]))]),
                b_ub=-np.ones(sides.shape[0]),
                A_eq=equal,
                b_eq=np.zeros(equal.shape[0]),
                bounds=bounds,
                options=EXACT,
            )
            if solution.status:
                return None, used
            positive, negative = solution.x[: 2 * m * self.columns].reshape(2, m, -1)
            weights[self.movable] = positive - negative
            weights[np.abs(weights) < NOTHING * np.abs(weights).max()] = 0
            margins = self.rows.margins(self.rows.logits(weights @ orthonormal.coordinates.T))
            if np.abs(margins[self.others]).max(initial=0) > SHORT_OF_ONE:
                return None, used
            short = np.argwhere(self.separable & ~used & (margins < 1 - SHORT_OF_ONE))
            chosen = short[margins[tuple(short.T)].argsort()[:MINIMAL_PAIRS_AT_A_TIME]]
        return weights, used

    def _sides(self, rows: Array, others: Array) -> Any:
        """Return the matrix (pairs, weights) that takes the weights of the movable classes to margins."""
        x = self.rows.orthonormal.chosen_standardized(rows)
        place = np.searchsorted(self.movable, np.arange(self.rows.classes))
        found = np.zeros((len(rows), len(self.movable), self.columns))
        for classes, sign in ((self.rows.t[rows], 1), (others, -1)):
            there = np.isin(classes, self.movable)
            found[np.flatnonzero(there), place[classes[there]]] = sign * x[there]
        return sparse.csr_array(found.reshape(len(rows), -1))
