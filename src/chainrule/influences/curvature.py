"""The Hessian of the cost with respect to the last layer, and its inverse.

With the inputs `x` of the layer and the probabilities `y` of a row that counts `w`,

    H = Σ_r w_r A_r ⊗ x_r x_rᵀ + l2        A = diag(y) - y yᵀ

which for a sigmoid's one output is `A = y (1 - y)`. It is the exact Hessian with the other layers fixed, and the last
block of the generalised Gauss-Newton matrix of the network.

Softmax is flat along the same numbers added to all classes; no row's gradient points there, so any curvature may be
added along it. Where columns repeat each other and there is no penalty, H has other flat directions: the inverse is
then that of the rest (Moore and Penrose's), so that the parameters do not move along them.
"""

from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.influences.last_layer import LastLayer

MOST_PARAMETERS = 8000
LEAST_PIVOT = 1e-11


class Inverse(NamedTuple):
    """The inverse of the Hessian.

    Attributes:
        matrix: parameters by class (k, j, k, j).
        rank: in how many directions rows can move the parameters: `(k - 1) j` where no column repeats others.
    """

    matrix: Array
    rank: int


def curvatures(y: Array) -> Array:
    """Return `diag(y) - y yᵀ` for each row of `y` (n, k): (n, k, k)."""
    return y[:, :, None] * (np.eye(y.shape[1]) - y[:, None, :])


def hessian(layer: LastLayer) -> Array:
    """Return the Hessian of the sum of the rows' losses and the penalty (k, j, k, j)."""
    k, j = layer.shape
    matrix = np.zeros((k, j, k, j))
    for block in layer.blocks(k * max(j, k)):
        weighted = block.weights[:, None, None] * curvatures(block.y)
        for c in range(k):
            bent = weighted[:, c, c:, None] * block.x[:, None, :]
            matrix[c, :, c:] += (block.x.T @ bent.reshape(len(bent), -1)).reshape(j, -1, j)
    for c in range(k):
        matrix[c + 1 :, :, c] = matrix[c, :, c + 1 :].transpose(1, 2, 0)
    whole = matrix.reshape(k * j, k * j)
    whole[np.diag_indices_from(whole)] += layer.strength.ravel()
    return matrix


def inverse(layer: LastLayer) -> Inverse:
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
        unbent = np.flatnonzero(layer.strength[0] == 0)
        matrix[:, unbent, :, unbent] += max(np.einsum("cjcj->", matrix) / (k * j), np.finfo(float).tiny) / k
    free = np.flatnonzero(layer.free)
    whole = matrix.reshape(k * j, k * j)
    found, rank = _symmetric_inverse(whole if len(free) == k * j else whole[np.ix_(free, free)])
    if len(free) < k * j:
        whole[...] = 0
        whole[np.ix_(free, free)] = found
        found = whole
    return Inverse(found.reshape(k, j, k, j), rank - flat)


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
