"""The Hessian of the cost with respect to the last layer, and its inverse.

With the inputs `x` of the layer and the probabilities `y` of a row that counts `w`,

    H = Σ_r w_r A_r ⊗ x_r x_rᵀ + l2        A = diag(y) - y yᵀ

which for a sigmoid's one output is `A = y (1 - y)`. It is the exact Hessian with the other layers fixed, and the last
block of the generalised Gauss-Newton matrix of the network.

Softmax is flat along the same numbers added to all classes; no row's gradient points there, so any curvature may be
added along it. Where columns repeat each other and there is no penalty, H has other flat directions: the inverse is
then that of the rest (Moore and Penrose's), so that the parameters do not move along them.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.engine.softmax_head import add_information, curvature_roots, curvatures, mirror
from chainrule.influences.last_layer import LastLayer, RowBlock

# What leaving out each row does: one Newton step on the cost without it, exactly; and further ones.
#
# The gradient of a row is `U e`, and its part of the Hessian `w U A Uᵀ`, with its inputs in `U = I ⊗ x` (p, k), its
# error `e = y - t` (k,) and `A = B Bᵀ` (k, k), the curvature of its loss at the logits. With `M = Uᵀ H⁻¹ U`, Woodbury's
# identity gives the inverse without the row, and so the step from where the whole cost is lowest:
#
#     (H - w U A Uᵀ)⁻¹ = H⁻¹ + H⁻¹ U w B (I - P)⁻¹ Bᵀ Uᵀ H⁻¹        P = w Bᵀ M B, the row's block of the hat matrix
#     Δtheta = (H - w U A Uᵀ)⁻¹ w U e = H⁻¹ U s                     s = w e + w B (I - P)⁻¹ Bᵀ w M e
#     leverage = trace P
#     Cook's distance = Δthetaᵀ H Δtheta / p = sᵀ M s / p
#
# An eigenvalue of P that is 1 says that nothing but this row determines some direction: there is then no such step.
# Of several steps, all with the same matrix and the gradient of the cost without the row, each ends where the slope
# along it would be 0 if it changed evenly, but no further: this takes two passes over all rows for each row and step.
#
# Sources: D. Pregibon, "Logistic regression diagnostics", Annals of Statistics 9 (1981); E. Lesaffre and A. Albert,
# "Multiple-group logistic regression diagnostics", Applied Statistics 38 (1989).

# What is added to the diagonal of `I - P`, where it is singular: little more than the rounding of the eigenvalues of P.
NUDGE = 1e-13
# The trace of `(I - P)⁻¹` from which an eigenvalue of P counts as 1: rounding leaves the step fewer than seven digits.
MOST_INFLATION = 1e9


@final
@dataclass(frozen=True, eq=False)
class Without:
    """The cost without each row of a block.

    Attributes:
        layer: whose parameters move.
        block: the rows.
        inverse: of the Hessian with all rows (k, j, k, j).
    """

    layer: LastLayer
    block: RowBlock
    inverse: Array

    @cached_property
    def _logit_covariances(self) -> Array:
        """`M` of each row (b, k, k)."""
        (k, j), x = self.layer.shape, self.block.x
        m = np.empty((len(x), k, k))
        for c in range(k):
            reached = (x @ self.inverse[c, :, c:].reshape(j, -1)).reshape(len(x), k - c, j)
            m[:, c, c:] = np.vecdot(reached, x[:, None, :])
            m[:, c:, c] = m[:, c, c:]
        return m

    @cached_property
    def _root(self) -> Array:
        """`B` of each row (b, k, k)."""
        return curvature_roots(self.block.y)

    @cached_property
    def _hat(self) -> Array:
        """`P` of each row (b, k, k)."""
        weighted = self.block.weights[:, None, None] * self._root
        return np.asarray(weighted.mT @ self._logit_covariances @ self._root)

    @cached_property
    def _left(self) -> Array:
        """`(I - P)⁻¹` of each row (b, k, k)."""
        return np.linalg.inv((1 + NUDGE) * np.eye(self._hat.shape[1]) - self._hat)

    @property
    def leverage(self) -> Array:
        """The trace of `P` (b,)."""
        return np.trace(self._hat, axis1=1, axis2=2)

    @property
    def determined(self) -> Array:
        """Whether the other rows determine everything that these do (b,): no eigenvalue of `P` is 1 or near it."""
        inflation = np.trace(self._left, axis1=1, axis2=2)
        return np.asarray((inflation > 0) & (inflation < MOST_INFLATION))

    @cached_property
    def pull(self) -> Array:
        """`s` of each row (b, k)."""
        pull = self.block.weights[:, None] * self.block.error
        return np.asarray(pull + self._inflated_by_row(product(self._logit_covariances, pull)))

    @property
    def logits(self) -> Array:
        """The change of each row's own logits in the first step (b, k)."""
        return product(self._logit_covariances, self.pull)

    def _inflated_by_row(self, logits: Array) -> Array:
        """Return `w B (I - P)⁻¹ Bᵀ` times the change of each row's logits (b, k)."""
        inflated = product(self._left, product(self._root.mT, logits))
        return np.asarray(self.block.weights[:, None] * product(self._root, inflated))

    def changes(self, steps: int = 1) -> Array:
        """Return the change of the parameters without each row (b, k, j); where there is none, it is not a number.

        A single step is the whole of Newton's; of several, each is shortened where it would go too far.
        """
        x = self.block.x[:, None, :]
        step = self._inverted(self.pull[:, :, None] * x)
        if steps == 1:
            changes = step
        else:
            changes, slope = np.zeros_like(step), -(self.block.weights[:, None] * self.block.error)[:, :, None] * x
            for number in range(steps):
                if number:
                    slope = self._slope(changes)
                    logits = product(self._inverted(slope), self.block.x)
                    step = -self._inverted(slope + self._inflated_by_row(logits)[:, :, None] * x)
                changes += self._shortened(changes, slope, step)
        changes[~self.determined] = np.nan
        return changes

    def _shortened(self, changes: Array, slope: Array, step: Array) -> Array:
        """Return the part of each step (b, k, j) after which the slope along it is 0, if it changes evenly.

        Parameters:
            changes: where the steps start (b, k, j).
            slope: there (b, k, j).
            step: the whole of each (b, k, j).
        """
        before, after = (np.einsum("bkj,bkj->b", each, step) for each in (slope, self._slope(changes + step)))
        length = np.divide(before, before - after, out=np.ones(len(step)), where=after > 0)
        return length[:, None, None] * step

    def _inverted(self, slope: Array) -> Array:
        """Return the inverse Hessian times each of some slopes (b, k, j)."""
        size = slope.shape[1] * slope.shape[2]
        flat = slope.reshape(len(slope), size) @ self.inverse.reshape(size, size)
        return np.asarray(flat).reshape(slope.shape)

    def _slope(self, changes: Array) -> Array:
        """Return the gradient of the cost without each row after these changes (b, k, j).

        That of the whole cost at the parameters as they are counts as 0.
        """
        layer, own = self.layer, self.block
        slope = layer.strength * changes
        for block in layer.kept:
            y = layer.probabilities(block.z + (changes @ block.x.T).transpose(0, 2, 1))
            slope += ((y - block.y) * block.weights[:, None]).transpose(0, 2, 1) @ block.x
        error = own.error + layer.probabilities(own.z + product(changes, own.x)) - own.y
        return np.asarray(slope - (own.weights[:, None] * error)[:, :, None] * own.x[:, None, :])


def product(matrices: Array, vectors: Array) -> Array:
    """Return the product of each matrix (b, m, n) with its vector (b, n): (b, m).

    >>> product(np.array([[[1., 2.], [3., 4.]]]), np.array([[1., 1.]]))
    array([[3., 7.]])
    """
    return np.asarray((matrices @ vectors[:, :, None])[:, :, 0])


# Parameters of the largest Hessian that is inverted: it takes 512 MB, and as much again several times on the way.
MOST_PARAMETERS = 8000
# The share of the diagonal that a squared pivot of the Cholesky factor must keep: with less left, rounding looks like
# curvature, and only eigenvalues show which it is.
LEAST_PIVOT = 1e-11


class GaussNewtonInverse(NamedTuple):
    """The inverse of the Hessian.

    Attributes:
        matrix: parameters by class (k, j, k, j).
        rank: in how many directions rows can move the parameters: `(k - 1) j` where no column repeats others.
    """

    matrix: Array
    rank: int


def hessian(layer: LastLayer) -> Array:
    """Return the Hessian of the sum of the rows' losses and the penalty (k, j, k, j)."""
    k, j = layer.shape
    matrix = np.zeros((k, j, k, j))
    for block in layer.blocks(k * max(j, k)):
        # Not `information`, which is faster: it rounds away what rows near probability 1 say of the rank.
        add_information(matrix, block.x, block.weights[:, None, None] * curvatures(block.y))
    whole = mirror(matrix)
    whole[np.diag_indices_from(whole)] += layer.strength.ravel()
    return matrix


def inverse(layer: LastLayer) -> GaussNewtonInverse:
    """Return the inverse of the Hessian.

    Raises:
        ValueError: it has too many parameters.
    """
    k, j = layer.shape
    if k * j > MOST_PARAMETERS:
        raise ValueError(
            f"Influence inverts the Hessian of the last layer, found {k * j} parameters, at most {MOST_PARAMETERS}:"
            " train with fewer columns, or with a hidden layer."
        )
    matrix = hessian(layer)
    flat = j if k > 1 and layer.free.all() else 0
    if flat:
        unpenalised = np.flatnonzero(layer.strength[0] == 0)
        matrix[:, unpenalised, :, unpenalised] += max(np.einsum("cjcj->", matrix) / (k * j), np.finfo(float).tiny) / k
    free = np.flatnonzero(layer.free)
    whole = matrix.reshape(k * j, k * j)
    found, rank = _symmetric_inverse(whole if len(free) == k * j else whole[np.ix_(free, free)])
    if len(free) < k * j:
        whole[...] = 0
        whole[np.ix_(free, free)] = found
        found = whole
    return GaussNewtonInverse(found.reshape(k, j, k, j), rank - flat)


def _symmetric_inverse(matrix: Array) -> tuple[Array, int]:
    """Return the inverse of a symmetric matrix without negative curvature (p, p), and its rank."""
    from scipy.linalg.lapack import dpotrf, dpotri

    factor, failed = dpotrf(matrix, lower=1, clean=1)
    pivots = factor.diagonal() ** 2
    if not failed and (pivots > LEAST_PIVOT * matrix.diagonal()).all():
        half = np.tril(dpotri(factor, lower=1)[0])
        return half + np.tril(half, -1).T, len(matrix)
    values, vectors = np.linalg.eigh(matrix)
    kept = values > len(values) * np.finfo(float).eps * max(values[-1], 0)
    return (vectors[:, kept] / values[kept]) @ vectors[:, kept].T, int(kept.sum())
