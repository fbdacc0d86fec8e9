"""One linear layer with softmax or sigmoid cross-entropy: what a row's probabilities say of its derivatives.

    probabilities   y = softmax(z), or σ(z)
    score           t - y                                     the gradient of the log-likelihood at the logits
    curvature       A = diag(y) - y yᵀ, or diag(y (1 - y))     of the loss at the logits; A = B Bᵀ
    information     H = Σ_r w_r A_r ⊗ x_r x_rᵀ                 of the parameters, for n rows

Rows come first: inputs `x` (n, j), with a column of ones for the bias, and probabilities `y` (n, k). Parameters are
ordered by class (k, j), the bias of each behind its weights; `theta` has all weights before all biases. Of contrasts
with a reference class, leave its column of `y` out: the formulas hold for the others as they stand. With one column
softmax and sigmoid have the same ones. Sums are over one block of rows; the caller adds blocks up.

Source: A. Agresti, "Categorical Data Analysis", 3rd edition (2013), sections 5.5 and 8.1.
"""

from functools import cache

import numpy as np

from chainrule.arrays import Array


def probabilities_and_losses(z: Array, t: Array) -> tuple[Array, Array]:
    """Return the softmax of logits `z` (n, k), and the losses `-log y_t` of classes `t` (n,).

    A logit of minus infinity leaves its class out.

    >>> probabilities_and_losses(np.zeros((1, 2)), np.array([0]))
    (array([[0.5, 0.5]]), array([0.69314718]))
    """
    y = z - z.max(axis=1)[:, None]
    of_target = y[np.arange(len(t)), t]
    np.exp(y, out=y)
    total = y.sum(axis=1)
    y /= total[:, None]
    return y, np.log(total) - of_target


def score(y: Array, t: Array) -> Array:
    """Return `t - y` (n, k) for classes `t` (n,).

    >>> score(np.array([[0.25, 0.75]]), np.array([1]))
    array([[-0.25,  0.25]])
    """
    difference = np.negative(y)
    difference[np.arange(len(t)), t] += 1
    return difference


def curvatures(y: Array) -> Array:
    """Return `diag(y) - y yᵀ` of each row (n, k, k).

    >>> curvatures(np.array([[0.5, 0.5]]))
    array([[[ 0.25, -0.25],
            [-0.25,  0.25]]])
    """
    return y[:, :, None] * (np.eye(y.shape[1], dtype=y.dtype) - y[:, None, :])


def curvature_roots(y: Array) -> Array:
    """Return `B` with `B Bᵀ = diag(y) - y yᵀ` of each row (n, k, k), `y` being all k classes or one output.

    >>> root = curvature_roots(np.array([[0.2, 0.3, 0.5]]))
    >>> bool(np.allclose(root @ root.mT, curvatures(np.array([[0.2, 0.3, 0.5]]))))
    True
    """
    if y.shape[1] == 1:
        return np.sqrt(class_curvature(y))[:, :, None]
    return np.sqrt(y)[:, None, :] * (np.eye(y.shape[1]) - y[:, :, None])


def class_curvature(y: Array) -> Array:
    """Return `y (1 - y)` for probabilities of any shape: the diagonal of the curvature."""
    return y * (1 - y)


def curvature_product(
    y: Array, v: Array, *, weights: Array | None = None, softmax: bool = True, out: Array | None = None
) -> Array:
    """Return the curvature of each row times `v` (n, k): how its probabilities change as its logits change by `v`.

    Parameters:
        y: probabilities (n, k); with softmax, those of all classes.
        v: logits (n, k).
        weights: what each row counts (n,); None where all count 1.
        softmax: False for outputs that are sigmoids, each by itself.
        out: where to write it, which may be `v`.

    >>> curvature_product(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]]))
    array([[ 0.25, -0.25]])
    """
    change = np.subtract(v, np.vecdot(y, v)[:, None] if softmax else y * v, out=out)
    change *= y if weights is None else y * weights[:, None]
    return change


def information(x: Array, y: Array, *, softmax: bool = True) -> Array:
    """Return `Σ_r A_r ⊗ x_r x_rᵀ` (k j, k j), in the type of `x`.

    Two matrix products make it: with the rows `y ⊗ x` in `F` (n, k j), the part of `diag(y)` is in the k blocks of
    `Fᵀ x`, and that of `y yᵀ` is `Fᵀ F`, of which the library computes one half.

    Parameters:
        x: inputs (n, j), each row times the root of its weight.
        y: probabilities (n, k).
        softmax: False for outputs that are sigmoids, each by itself.

    >>> information(np.array([[2.0]]), np.array([[0.5, 0.5]]))
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    (n, j), k = x.shape, y.shape[1]
    together = softmax and k > 1
    flat = ((y if together else class_curvature(y))[:, :, None] * x[:, None, :]).reshape(n, k * j)
    own = (flat.T @ x).reshape(k, j, j)
    matrix = flat.T @ flat if together else np.zeros((k * j, k * j), x.dtype)
    np.negative(matrix, out=matrix)
    by_class = matrix.reshape(k, j, k, j)
    for c in range(k):
        by_class[c, :, c] += own[c]
    return matrix


def add_information(total: Array, x: Array, matrices: Array) -> None:
    """Add `Σ_r A_r ⊗ x_r x_rᵀ` of any symmetric matrices `A` to the blocks on and above the diagonal of `total`.

    With `curvatures(y)` it is `information` with ten to three hundred times less rounding where rows have probabilities
    near 1, since no sums of `y` and `y²` cancel; from six classes on it takes up to 2.6 times as long.

    Parameters:
        total: what is added to (k, j, k, j).
        x: inputs (n, j).
        matrices: of each row, times its weight (n, k, k).
    """
    k, j = total.shape[:2]
    for c in range(k):
        weighted = (matrices[:, c, c:, None] * x[:, None, :]).reshape(len(x), -1)
        total[c, :, c:] += (x.T @ weighted).reshape(j, -1, j)


def mirror(total: Array) -> Array:
    """Fill in the blocks below the diagonal of a matrix by class (k, j, k, j), and return it as (k j, k j)."""
    k, j = total.shape[:2]
    for c in range(k):
        total[c + 1 :, :, c] = total[c, :, c + 1 :].transpose(1, 2, 0)
    return total.reshape(k * j, k * j)


# The order of parameters, and the directions that softmax is flat along: the same number added to all classes.


@cache
def places_in_theta(classes: int, inputs: int, biased: bool) -> Array:
    """Return where in `theta` the parameters of each class are (k, j).

    >>> places_in_theta(2, 2, True)
    array([[0, 1, 4],
           [2, 3, 5]])
    """
    weights = np.arange(classes * inputs).reshape(classes, inputs)
    places = np.hstack([weights, classes * inputs + np.arange(classes * biased).reshape(classes, -1)])
    places.flags.writeable = False
    return places


def by_class(v: Array, classes: int, inputs: int) -> Array:
    """Return what is ordered as `theta` (p,) by class (k, j): faster than by `places_in_theta`."""
    weights = classes * inputs
    return np.concatenate([v[:weights].reshape(classes, inputs), v[weights:].reshape(classes, -1)], axis=1)


def as_theta(each: Array, inputs: int) -> Array:
    """Return what is ordered by class (k, j) as `theta` has it (p,)."""
    return np.concatenate([each[:, :inputs].ravel(), each[:, inputs:].ravel()])


def without_flat(v: Array, classes: int, inputs: int) -> Array:
    """Return `v` (p,), ordered as `theta`, without what it has along the directions that softmax is flat in.

    >>> without_flat(np.array([3.0, 1.0]), 2, 1)
    array([ 1., -1.])
    """
    each = by_class(v, classes, inputs)
    return as_theta(each - np.add.reduce(each, axis=0) / classes, inputs)
