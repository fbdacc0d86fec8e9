"""The one file that knows which array library values come from: NumPy, or SciPy where rows are sparse.

Everything that layers and losses need beyond arithmetic stands here, so that a second array library is a change
of this file and not of theirs. All of it also works on complex numbers, because an independent derivative of an
analytic function is its value at `x + ih` (the complex step).
"""

import sys
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.common.format import described

Array: TypeAlias = NDArray[Any]
Shape: TypeAlias = tuple[int, ...]
# The share of numbers other than 0 above which sparse rows are made dense for a product with several columns: it is
# then 1.2 to 2 times faster.
DENSE_SHARE = 0.1
# And the bytes up to which they are: 256 MiB.
DENSE_BYTES = 1 << 28


def floating(values: object) -> Array:
    """Return `values` as an array of floats: float32 and float64 stay what they are, anything else becomes float64.

    Raises:
        ValueError: they are no numbers.

    >>> floating([1, 2]).dtype
    dtype('float64')
    """
    try:
        array = np.asarray(values)
        return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"Expected an array of numbers, found {described(values)}.") from None


def is_sparse(x: object) -> bool:
    """Return whether `x` is a sparse matrix or array of SciPy, which keeps its nonzero numbers alone."""
    if isinstance(x, np.ndarray):  # asked of every product, so said at once
        return False
    sparse = sys.modules.get("scipy.sparse")  # there are none before somebody has imported it
    return sparse is not None and bool(sparse.issparse(x))


def dense(x: Any) -> Array:
    """Return rows, dense or sparse, as a dense array."""
    return np.asarray(x.toarray() if is_sparse(x) else x)


def refuse_malformed(x: Any) -> None:
    """Raise ValueError where the places of sparse numbers are none: compiled code would read beyond its memory.

    >>> from scipy.sparse import csr_array
    >>> x = csr_array([[0., 2.]])
    >>> x.indices[0] = 7
    >>> refuse_malformed(x)
    Traceback (most recent call last):
      ...
    ValueError: X is not a valid sparse matrix (indices must be < 2): rebuild it from its numbers and their indices.
    """
    try:
        if hasattr(x, "check_format"):
            x.check_format(full_check=True)
    except ValueError as error:
        why = f"{error}".rstrip(".")
        raise ValueError(
            f"X is not a valid sparse matrix ({why}): rebuild it from its numbers and their indices."
        ) from None


def memory(x: Any) -> int:
    """Return the bytes that `x` takes: where it is sparse, those of its nonzero numbers and their places."""
    return int(x.data.nbytes + x.indices.nbytes if is_sparse(x) else x.nbytes)


def filled(x: Any) -> float:
    """Return the share of the numbers of `x` (n, i) that are kept: 1, or less where it is sparse.

    >>> filled(np.zeros((2, 3)))
    1.0
    """
    return float((x.nnz + 1) / (x.shape[0] * x.shape[1] + 1)) if is_sparse(x) else 1.0


def fast_to_multiply(x: Any, *, wide: bool) -> Any:
    """Return `x` (n, i) in the form whose product with a matrix takes the least time.

    With a matrix of several columns that is a dense array, unless few numbers of `x` are not 0 or it would take much
    memory.

    >>> from scipy.sparse import csr_array
    >>> fast_to_multiply(csr_array([[0., 2.]]), wide=True)
    array([[0., 2.]])
    """
    if wide and is_sparse(x) and filled(x) > DENSE_SHARE and x.dtype.itemsize * prod(x.shape) <= DENSE_BYTES:
        return x.toarray()
    return x


def matmul(a: Array, b: Array, out: Array | None = None) -> Array:
    """Return the matrix product `a b`, dense; either may be sparse, and stays so.

    >>> from scipy.sparse import csr_array
    >>> matmul(csr_array([[0., 2.]]), np.array([[3.], [4.]]))
    array([[8.]])
    """
    return put(a @ b, out) if is_sparse(a) or is_sparse(b) else np.matmul(a, b, out=out)


def rescale(x: Array, shift: Array, scale: Array, out: Array) -> Array:
    """Return `(x - shift) / scale` of each row of `x` (n, i), written into `out`.

    >>> rescale(np.array([[1., 2.]]), np.array([1., 0.]), np.array([1., 4.]), np.empty((1, 2)))
    array([[0. , 0.5]])
    """
    np.subtract(x, shift, out=out, casting="same_kind")
    out /= scale
    return out


def squares(x: Array) -> Array:
    """Return the square of each number: sparse where `x` is."""
    return x.multiply(x).tocsr() if is_sparse(x) else x * x  # type: ignore[attr-defined]


def zeros_like(x: Array, dtype: np.dtype[Any]) -> Array:
    """Return zeros of the shape of `x`: sparse where `x` is, so that they take no memory."""
    return type(x)(x.shape, dtype=dtype) if is_sparse(x) else np.zeros(x.shape, dtype)


def absolute(x: Array) -> Array:
    """Return `|x|`, for complex `x` continued analytically from the real line: `-x` where the real part is negative."""
    return np.where(x.real < 0, -x, x) if np.iscomplexobj(x) else np.abs(x)


def row_maximum(x: Array) -> Array:
    """Return the largest number of each row of real `x` (n, k), as a column (n, 1).

    Where rows are short and many, NumPy takes most of the time to begin with each of them: then column by column, which
    is the same number.

    >>> row_maximum(np.array([[1., 3., 2.]]))
    array([[3.]])
    """
    n, k = x.shape
    if n <= 16 * k:
        return np.maximum.reduce(x, axis=1, keepdims=True)
    largest = x[:, 0].copy()
    for column in range(1, k):
        np.maximum(largest, x[:, column], out=largest)
    return largest[:, None]


def smallest(dtype: np.dtype[Any]) -> float:
    """Return the smallest positive normal number of `dtype`: what a probability of zero is rounded up to."""
    return float(np.finfo(dtype).tiny)


def put(value: Array, out: Array | None) -> Array:
    """Return `value`, written into `out` if a buffer is given."""
    if out is None:
        return value
    np.copyto(out, value)
    return out


def diagonal(values: Array) -> Array:
    """Return the batch of diagonal matrices (n, k, k) whose diagonals are the rows of `values` (n, k).

    >>> diagonal(np.array([[1., 2.]]))
    array([[[1., 0.],
            [0., 2.]]])
    """
    size = values.shape[1]
    matrices = np.zeros((*values.shape, size), values.dtype)
    index = np.arange(size)
    matrices[:, index, index] = values
    return matrices


def logistic(x: Array, out: Array | None = None) -> Array:
    """Return `1 / (1 + exp(-x))` without overflow, accurate in both tails.

    >>> logistic(np.array([-1e4, 0., 1e4]))
    array([0. , 0.5, 1. ])
    """
    decay = np.exp(-absolute(x))
    return np.divide(np.where(x.real < 0, decay, 1), 1 + decay, out=out)


def softplus(x: Array, out: Array | None = None) -> Array:
    """Return `log(1 + exp(x))` without overflow.

    >>> softplus(np.array([-1e4, 1e4]))
    array([    0., 10000.])
    """
    return np.add(np.log1p(np.exp(-absolute(x))), np.where(x.real >= 0, x, 0), out=out)
