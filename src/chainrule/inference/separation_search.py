"""Which classes of which rows linear directions can part for good: what leaves a likelihood without a maximum.

A direction has a vector `b_c` of weights for each class. Its margin at a row `x` of class `y`, beside another class
`c`, is `(b_y - b_c)ᵀ x`. Along a direction without a negative margin the likelihood of softmax regression never falls,
and it rises where a margin is positive: there is a maximum where no direction has positive margins and no negative
ones. Two facts decide that, either of them checked on all rows:

- a direction with its margins shows that there is no maximum;
- numbers `λ_rc > 0` with `Σ_rc λ_rc (b_y - b_c)ᵀ x_r = 0` for every direction show that there is one (Stiemke's
  lemma). The probabilities at the maximum are such numbers, and so is what Newton's step makes of those at any point
  from which it changes each by less than itself.

Newton's method finds the numbers if there are any. If not, its step tells the pairs of row and class that it takes the
probability from, and the others, which hold the direction to few dimensions, where a linear programme finds it. Then
the pairs with a positive margin are taken away, and all begins again with the others.

Sources: A. Albert, J. A. Anderson, "On the existence of maximum likelihood estimates in logistic regression models",
Biometrika 71 (1984); K. Konis, "Linear programming algorithms for detecting separated data in binary logistic
regression models", thesis, Oxford (2007); S. Correia, P. Guimarães, T. Zylkin, "Verifying the existence of maximum
likelihood estimates for generalized linear models", arXiv:1903.01633 (2019).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, is_sparse

# Rows in coordinates that are orthonormal over all of them, some at a time: without scales or collinear columns.

COLLINEAR = 1e-8
COLLINEAR = 1e-9
BLOCK_NUMBERS = 1 << 18
MOST_NUMBERS_KEPT = 1 << 24
FEWEST_ROWS = 256


@final
@dataclass(frozen=True, eq=False)
class Whitened:
    """Rows `x` (n, i), and the change of coordinates `z = (x - mean) / scale @ into`, with `Σ_r z_r z_rᵀ = n I`.

    Where there is a bias, the first column is that of ones, and the others follow it: j columns in all.

    Attributes:
        x: rows as given, dense or a sparse matrix of SciPy in the CSR format.
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
    def of(cls, x: Any, *, biased: bool) -> "Whitened":
        """Return rows `x` (n, i) with their coordinates.

        >>> whitened = Whitened.of(np.array([[1., 2.], [2., 4.], [3., 6.]]), biased=True)
        >>> whitened.kept, whitened.dependent
        (array([0, 1]), array([2]))
        """
        mean, scale = _centre_and_scale(x, biased)
        r = _triangle(x, mean, scale, biased)
        kept, basis = _independent(r)
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
            yield from self._anew()

    @cached_property
    def _blocks(self) -> list[tuple[slice, Array]]:
        return list(self._anew())

    def _anew(self) -> Iterator[tuple[slice, Array]]:
        for part, columns in _columns(self.x, self.mean, self.scale, self.biased):
            yield part, columns[:, self.kept] @ self.into

    def chosen(self, rows: Array) -> Array:
        """Return some rows in the coordinates (b, d)."""
        return np.vstack([columns[:, self.kept] @ self.into for _, columns in self._chosen(rows)])

    def chosen_standardized(self, rows: Array) -> Array:
        """Return the standardised columns of some rows (b, j)."""
        return np.vstack([columns for _, columns in self._chosen(rows)])

    def _chosen(self, rows: Array) -> Iterator[tuple[slice, Array]]:
        return _columns(self.x[rows], self.mean, self.scale, self.biased)

    def as_given(self, weights: Array) -> Array:
        """Return weights of the standardised columns (k, j) as weights of the columns as given, the bias first.

        Of three classes or more the biases are moved together, so that most are 0 where most are the same.
        """
        of_columns = weights[:, int(self.biased) :] / self.scale
        if not self.biased:
            return of_columns
        terms = np.column_stack([weights[:, :1], -of_columns * self.mean])
        bias = terms.sum(axis=1)
        if len(bias) > 2:
            bias -= np.sort(bias)[(len(bias) - 1) // 2]
        bias[np.abs(bias) <= COLLINEAR * np.abs(terms).sum(axis=1).max()] = 0
        return np.column_stack([bias, of_columns])


def _columns(x: Any, mean: Array, scale: Array, biased: bool) -> Iterator[tuple[slice, Array]]:
    for part, dense in _dense(x):
        columns = np.ones((len(dense), len(mean) + int(biased)))
        columns[:, int(biased) :] = (dense - mean) / scale
        yield part, columns


def _dense(x: Any) -> Iterator[tuple[slice, Array]]:
    size = max(FEWEST_ROWS, BLOCK_NUMBERS // (x.shape[1] + 1))
    for start in range(0, x.shape[0], size):
        part = slice(start, min(start + size, x.shape[0]))
        yield part, np.asarray(x[part].toarray() if is_sparse(x) else x[part], np.float64)


def _centre_and_scale(x: Any, biased: bool) -> tuple[Array, Array]:
    """Return mean and deviation of each column, or 0 and the root of the mean square where there is no bias."""
    n, columns = x.shape
    total, low, high = np.zeros(columns), np.full(columns, np.inf), np.full(columns, -np.inf)
    for _, dense in _dense(x):
        total += dense.sum(axis=0) / n
        low, high = np.minimum(low, dense.min(axis=0)), np.maximum(high, dense.max(axis=0))
    mean = np.where(low == high, low, total) if biased else np.zeros(columns)
    square = sum(((dense - mean) ** 2).sum(axis=0) / n for _, dense in _dense(x))
    scale = np.sqrt(square)
    return mean, np.where(scale == 0, 1, scale)


def _triangle(x: Any, mean: Array, scale: Array, biased: bool) -> Array:
    """Return the factor R of the QR decomposition of all standardised rows (j or fewer, j)."""
    r: Array = np.empty((0, len(mean) + int(biased)))
    for _, columns in _columns(x, mean, scale, biased):
        r = np.asarray(np.linalg.qr(np.vstack([r, columns]), mode="r"))
    return r


def _independent(r: Array) -> tuple[Array, Array]:
    """Return which columns are no combination of those before them (d,), and an orthonormal basis of all (·, d)."""
    kept: list[int] = []
    basis = np.empty(r.shape)
    for place, column in enumerate(r.T):
        found = basis[:, : len(kept)]
        rest = column - found @ (found.T @ column)
        rest -= found @ (found.T @ rest)
        length = np.linalg.norm(rest)
        if length > COLLINEAR * np.linalg.norm(column):
            basis[:, len(kept)] = rest / length
            kept.append(place)
    return np.array(kept, int), basis[:, : len(kept)]


LEAST_MARGIN = 1e-6
ROUNDING = 1e-8
RIDGE = 1e-13
FLAT = 1e-12
MOST_STEPS = 60
STEPS_BETWEEN_PROGRAMMES = 5
MOST_HALVINGS = 20
PAIRS_AT_A_TIME = 1000
SURE_CHANGE = 0.5
HIDDEN = "Rounding hides whether classes are separated: leave out columns that nearly depend on others."
EXACT = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


def separable_pairs(rows: "Pairs") -> Array:
    """Return beside which other classes each row has a positive margin, in a direction without negative ones (n, k).

    >>> x, t = np.array([[0.], [1.], [1.], [2.]]), np.array([0, 0, 1, 1])
    >>> separable_pairs(Pairs(Whitened.of(x, biased=True), t, 2)).any(axis=1)
    array([ True, False, False,  True])
    """
    if not len(rows.whitened.kept):
        return np.zeros_like(rows.others)
    theta = np.zeros((rows.classes, rows.whitened.into.shape[1]))
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
        whitened: the rows.
        t: their class indices (n,).
        classes: how many there are, k.
    """

    whitened: Whitened
    t: Array
    classes: int

    @property
    def others(self) -> Array:
        """Which classes are not that of a row (n, k)."""
        return np.arange(self.classes) != self.t[:, None]

    def logits(self, theta: Array) -> Array:
        """Return `z θ_cᵀ` for each row and class (n, k), `theta` being (k, d)."""
        found = np.empty((len(self.t), self.classes))
        for part, z in self.whitened.blocks():
            found[part] = z @ theta.T
        return found

    def margins(self, logits: Array) -> Array:
        """Return how far the logit of the row's class is above the others (n, k)."""
        return logits[np.arange(len(self.t)), self.t][:, None] - logits

    def newton_step(self, logits: Array, undecided: Array) -> tuple[Array, Array, Array]:
        """Return Newton's step (k, d), the share by which it changes each probability (n, k), and which are uncertain.

        Those are probabilities too small to say, beside rounding, that no direction parts their row from their class.
        """
        p = self._probabilities(logits, undecided)
        gradient = self._sum_over_rows(~self.others - p)[1:].ravel()
        information = self._information(p, p, p / 2)
        step = _solved(information, gradient)
        of_classes = self._of_classes(step)
        change = self.logits(of_classes)
        change -= (p * change).sum(axis=1, keepdims=True)
        error = np.linalg.norm(gradient - information @ step) + np.finfo(float).eps * len(p)
        return of_classes, change, p * (1 + change) < error / LEAST_MARGIN

    def fitting_share(self, logits: Array, step: Array, undecided: Array) -> float:
        """Return the share of a step, halved until the likelihood does not fall."""
        along, before, share = self.logits(step), self._loss(logits, undecided), 1.0
        for _ in range(MOST_HALVINGS):
            if self._loss(logits + share * along, undecided) <= before:
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
        from scipy.optimize import linprog

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
            sides = np.einsum("rd,rdv->rv", self.whitened.chosen(rows), (free[self.t[rows]] - free[others]))
            solution = linprog(-objective, -sides, np.zeros(len(sides)), bounds=(-1, 1), options=EXACT)
            if solution.status:
                raise ValueError(HIDDEN)
            margins = self.margins(self.logits(free @ solution.x))
            wrong = np.argwhere(undecided & ~taken & (margins < -ROUNDING))
            chosen = wrong[margins[tuple(wrong.T)].argsort()[:PAIRS_AT_A_TIME]]
        return undecided & (margins > LEAST_MARGIN)

    def free_of(self, held: Array) -> Array:
        """Return an orthonormal basis (k, d, v) of the directions that have no margin at the pairs held."""
        own = ~self.others * 1.0
        values, vectors = np.linalg.eigh(self._information(held + own * held.sum(axis=1, keepdims=True), own, held))
        return self._of_classes(vectors[:, values <= FLAT * len(self.t)])

    def _sum_over_rows(self, of_classes: Array) -> Array:
        """Return `Σ_r a_r z_rᵀ` (k, d) of numbers `a` (n, k)."""
        found = np.zeros((self.classes, self.whitened.into.shape[1]))
        for part, z in self.whitened.blocks():
            found += of_classes[part].T @ z
        return found

    def _probabilities(self, logits: Array, undecided: Array) -> Array:
        masked = np.where(undecided | ~self.others, logits, -np.inf)
        p = np.exp(masked - masked.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    def _loss(self, logits: Array, undecided: Array) -> float:
        beside = np.where(undecided, -self.margins(logits), -np.inf)
        highest = np.maximum(beside.max(axis=1), 0)
        return float((highest + np.log(np.exp(-highest) + np.exp(beside - highest[:, None]).sum(axis=1))).sum())

    def _information(self, diagonal: Array, u: Array, v: Array) -> Array:
        """Return `Σ_r (diag(a_r) - u_r v_rᵀ - v_r u_rᵀ) ⊗ z_r z_rᵀ` of the classes but the first ((k - 1) d square)."""
        k, d = self.classes - 1, self.whitened.into.shape[1]
        by_class, products = np.zeros((d, k, d)), np.zeros((k * d, k * d))
        for part, z in self.whitened.blocks():
            of_u, of_v, of_a = ((a[part, 1:, None] * z[:, None, :]).reshape(len(z), -1) for a in (u, v, diagonal))
            by_class += (z.T @ of_a).reshape(d, k, d)
            products += of_u.T @ of_v
        found = -products - products.T
        for c in range(k):
            found[c * d : (c + 1) * d, c * d : (c + 1) * d] += by_class[:, c]
        return found

    def _of_classes(self, free: Array) -> Array:
        """Return what is of the classes but the first ((k - 1) d, ...) as of all of them (k, d, ...)."""
        d = self.whitened.into.shape[1]
        return np.concatenate([np.zeros((1, d, *free.shape[1:])), free.reshape(self.classes - 1, d, *free.shape[1:])])


def _solved(matrix: Array, right: Array) -> Array:
    """Return the solution of a system (p,) with a positive matrix, or near it where that is singular."""
    raised = matrix + RIDGE * matrix.diagonal().max() * np.eye(len(matrix))
    try:
        np.linalg.cholesky(raised)
        return np.linalg.solve(raised, right)
    except np.linalg.LinAlgError:
        return np.linalg.lstsq(raised, right, rcond=RIDGE)[0]
