"""An approximate inverse of the Hessian of one dense layer: of each class by itself, in single precision.

With `X` the rows and a last column of ones for the bias, the block of class c is

    H_c = Xᵀ diag(w y_c (1 - y_c)) X + l2

which of one output is the whole Hessian: block Jacobi for several. Conjugate gradients then take 10 to 20 products on
60,000 images, and 200 without.

1. Where there are many columns, rows are drawn for each block: a systematic sample, with a chance in proportion to
   their curvature `w y_c (1 - y_c)`, weighted by one over that chance, so that the block is right on average.
2. The block is summed over some rows at a time, by products of NumPy, which let other threads go on; the classes are
   shared by threads.
3. Its Cholesky factor is inverted, `L⁻¹`, so that each application is two products with a triangle. Where rounding
   leaves no positive matrix the diagonal is raised, and in the end stands alone.
4. Softmax is flat along the same numbers added to all classes. These directions are left out, and l2 alone curves them.

Where the blocks would take too much memory or time, the diagonal alone is the preconditioner.

Sources: Y. Saad, "Iterative Methods for Sparse Linear Systems", 2nd edition (2003), section 10.2 (block Jacobi);
C.-E. Särndal, B. Swensson, J. Wretman, "Model Assisted Survey Sampling" (1992), section 3.6.2 (systematic sampling with
probability proportional to size).
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, is_sparse, squares
from chainrule.engine.softmax_head import as_theta, by_class, class_curvature, without_flat
from chainrule.engine.threads import parallel_map, single_threaded_blas

# Shares of itself that the diagonal is raised by, one after the other until there is a factor: a hundred times the
# rounding of single precision, and a hundred times that.
RIDGES = (1e-5, 1e-3)
# Columns from which the diagonal alone is used: inverting a block takes columns³ multiplications, a class each.
MOST_COLUMNS = 2048
# Numbers of all blocks together, 128 MiB in single precision: the diagonal alone is used where they would take more.
MOST_NUMBERS = 1 << 25
# Numbers of the rows drawn for a block, 16 MiB: more rows make the block better, and take longer.
MOST_DRAWN = 1 << 22
# Numbers of rows that are multiplied at a time, 2 MiB: about what a core's cache holds.
AT_A_TIME = 1 << 19
# Rows drawn for each column at least: fewer would leave the block singular, or nearly so.
ROWS_A_COLUMN = 4
# Products with the Hessian that making a block may cost; of sparse rows, which products are quick with, fewer.
PRODUCTS = 48
FEW_PRODUCTS = 2
# Multiplications of a dense product of matrices that take as long as one of a product with the Hessian does: of each
# number of dense rows (read twice, at the speed of memory), and of sparse ones (with places looked up, in SciPy).
DENSE_COST = 8
SPARSE_COST = 32


@final
@dataclass(frozen=True, eq=False)
class Preconditioner:
    """The inverse of one block for each class, or of the diagonal.

    Attributes:
        roots: `L⁻¹` of the Cholesky factor of each block (k, j, j), the bias last; of the diagonal alone (k, j).
        l2: strength of the penalty on each parameter (p,).
        inputs: columns of the rows.
        softmax: whether the classes exclude each other.
        free: the parameters that may move (p,), None for all.
    """

    roots: Array
    l2: Array
    inputs: int
    softmax: bool
    free: Array | None

    def __call__(self, r: Array) -> Array:
        """Return about the inverse of the Hessian times `r` (p,)."""
        if self.free is not None:
            return self._solve(r * self.free) * self.free
        if not self.softmax:
            return self._solve(r)
        curved = without_flat(r, len(self.roots), self.inputs)
        flat_curvature = np.where(self.l2 > 0, self.l2, np.inf).astype(r.dtype)
        solved = without_flat(self._solve(curved), len(self.roots), self.inputs)
        return solved + (r - curved) / flat_curvature

    def _solve(self, r: Array) -> Array:
        each = by_class(r, len(self.roots), self.inputs).astype(self.roots.dtype)
        if self.roots.ndim == 2:
            return as_theta(each * self.roots**2, self.inputs).astype(r.dtype)
        halfway = np.matmul(self.roots, each[:, :, None])
        solved = np.matmul(self.roots.transpose(0, 2, 1), halfway)[:, :, 0]
        return as_theta(solved, self.inputs).astype(r.dtype)


def rows_drawn(x: Any) -> int:
    """Return how many of the rows `x` (n, i) are drawn for a block: as many as cost like some products."""
    n, i = x.shape
    products, numbers = (FEW_PRODUCTS, SPARSE_COST * x.nnz) if is_sparse(x) else (PRODUCTS, n * i)
    count = min(max(ROWS_A_COLUMN * i, products * numbers // i**2), MOST_DRAWN // i)
    return count if count < n / 2 or n > MOST_DRAWN // i else n


def cost_in_products(x: Any, classes: int) -> int:
    """Return how many products with the Hessian of rows `x` (n, i) making the preconditioner costs, roughly."""
    n, i = x.shape
    if not _fits(i, classes):
        return 1
    numbers = SPARSE_COST * x.nnz + 1 if is_sparse(x) else DENSE_COST * n * i
    return 2 + round((rows_drawn(x) * i**2 + i**3) / numbers)


def _fits(inputs: int, classes: int) -> bool:
    return inputs < MOST_COLUMNS and classes * inputs**2 <= MOST_NUMBERS


def preconditioner(
    x: Any,
    y: Array,
    weights: Array,
    l2: Array,
    softmax: bool,
    free: Array | None = None,
    blocks: Array | None = None,
) -> Preconditioner:
    """Return the preconditioner of one dense layer.

    Parameters:
        x: rows (n, i).
        y: their probabilities (k, n).
        weights: what they count (n,).
        l2: strength of the penalty on each parameter (p,).
        softmax: whether the probabilities are those of a softmax.
        free: the parameters that may move (p,), None for all.
        blocks: the lower halves of the blocks without the penalty (k, j, j), where they are known.
    """
    from scipy.linalg import lapack  # here, and not in the threads: what is not loaded yet is not kept to one of them

    k, i = len(y), x.shape[1]
    strengths, biased = by_class(l2, k, i), l2.size > k * i
    moving = None if free is None else by_class(free, k, i)

    def root(c: int) -> Array:
        curvature = weights * class_curvature(y[c]) if blocks is None else weights
        if not _fits(i, k):
            diagonal = np.concatenate([squares(x).T @ curvature, [curvature.sum()][:biased]]) + strengths[c]
            return 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1), dtype=np.float32)
        block = class_hessian(x, curvature, biased) if blocks is None else blocks[c]
        block[np.diag_indices(len(block))] += strengths[c]
        return _inverse_root(block if moving is None else block * np.outer(moving[c], moving[c]), lapack)

    with single_threaded_blas():
        roots = np.stack(parallel_map(root, range(k)))
    return Preconditioner(roots, l2, i, softmax, free)


def class_hessian(x: Any, curvature: Array, biased: bool) -> Array:
    """Return the Hessian of one class by itself (j, j), without the penalty, of rows drawn by their curvature.

    Parameters:
        x: rows (n, i).
        curvature: of each row (n,): its weight times `y (1 - y)`.
        biased: whether a column of ones for the bias comes last.
    """
    chosen, counted = _drawn(curvature, rows_drawn(x))
    roots, step = np.sqrt(counted, dtype=np.float32), max(1, AT_A_TIME // x.shape[1])
    block = np.zeros((x.shape[1] + biased,) * 2, np.float32)
    for start in range(0, len(roots), step):
        these = slice(start, start + step)
        block += _gram(_taken(x, these if chosen is None else chosen[these]), roots[these, None], biased)
    return block


def _gram(x: Array, roots: Array, biased: bool) -> Array:
    """Return the products (j, j) of the columns of rows (m, i), and a last one of ones, each row times its root."""
    rows = np.empty((len(x), x.shape[1] + biased), np.float32, order="F" if x.flags.f_contiguous else "C")
    np.multiply(x, roots, out=rows[:, : x.shape[1]])
    rows[:, x.shape[1] :] = roots
    return np.asarray(rows.T @ rows)


def _taken(x: Any, these: Array | slice) -> Array:
    """Return these rows, dense, and ordered as they are."""
    if is_sparse(x):
        return np.asarray(x[these].toarray())
    by_column = isinstance(x, np.ndarray) and x.flags.f_contiguous
    return np.asarray(x.T[:, these].T if by_column else x[these])


def _drawn(curvature: Array, count: int) -> tuple[Array | None, Array]:
    """Return a systematic sample in proportion to curvature (n,), and what each row of it counts; None for all."""
    total = curvature.sum(dtype=np.float64)
    if count >= len(curvature) or not total > 0:
        return None, curvature
    chance = curvature * (count / total)
    np.minimum(1, chance, out=chance)
    steps = np.cumsum(chance, dtype=np.float64)
    np.floor(steps, out=steps)
    chosen = np.flatnonzero(np.concatenate([[steps[0] > 0], steps[1:] != steps[:-1]]))
    return chosen, curvature[chosen] / chance[chosen]


def _inverse_root(block: Array, lapack: Any) -> Array:
    """Return `L⁻¹` with `L Lᵀ` the block (j, j), of which the lower half is given; of its diagonal, if need be.

    The diagonal is raised a little: rounding, and directions without curvature, need it.
    """
    diagonal = np.diagonal(block)
    for ridge in RIDGES:
        raised = block.copy(order="F")
        np.fill_diagonal(raised, np.where(diagonal > 0, diagonal * (1 + ridge), 1))
        factor, failed = lapack.spotrf(raised, lower=1, clean=1)
        inverse, singular = lapack.strtri(factor, lower=1)
        if not (failed or singular) and np.isfinite(inverse).all():
            return np.ascontiguousarray(inverse)
    return np.diag(1 / np.sqrt(np.where(diagonal > 0, diagonal, 1), dtype=np.float32))
