"""The Hessian of softmax and sigmoid regression at one `theta`: probabilities once, then product after product.

H v = Xᵀ (w A (X v)) + l2 v        A = ∂²loss/∂z², which `softmax_head.py` makes of the probabilities
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, is_sparse
from chainrule.engine.compiled.library import kernels
from chainrule.engine.compiled_regression import CompiledRegression
from chainrule.engine.preconditioner import Preconditioner, cost_in_products, preconditioner
from chainrule.engine.rows import Rows
from chainrule.engine.softmax_head import curvature_product, information, places_in_theta
from chainrule.engine.threads import parallel_imap, parallel_map
from chainrule.layers import Dense
from chainrule.losses import Loss, SigmoidCrossEntropy, SoftmaxCrossEntropy
from chainrule.network import Network

# Multiplications, rows times parameters squared, up to which fits with the Hessian written out take 0.3 to 1.2 times as
# long as with products, mostly about half (58 shapes of table); of twice as many, those of two classes take 1.3 times.
MOST_WORK = 6_000_000
# Parameters up to which they do: fits of 120 take 1.1 times as long, of 153 1.3 and, on 5,000 rows, 3.8 times.
MOST_WRITTEN_OUT = 100
# Parameters up to which the compiled kernels write the Hessian out and solve with it: NumPy's calls take longer than
# what they compute. Newton's method keeps no preconditioner of so small a system, so a run that goes on has its bits.
MOST_COMPILED = 100


def is_cheap(rows: int, parameters: int) -> bool:
    """Return whether writing the Hessian out takes no longer than a few products with it would."""
    return parameters <= MOST_WRITTEN_OUT and rows * parameters**2 <= MOST_WORK


@final
@dataclass(frozen=True, eq=False)
class HessianInverse:
    """The inverse of a matrix.

    Attributes:
        root: the inverse `L⁻¹` of its Cholesky factor (p, p).
        flat: directions that are treated by themselves, orthonormal, one a row (f, p).
        along: the inverse of the curvature along each of these (f,); 0 leaves the direction out.
    """

    root: Array
    flat: Array
    along: Array

    def __call__(self, r: Array) -> Array:
        """Return the inverse times `r` (p,)."""
        solved = self._across(self.root.T @ (self.root @ self._across(r)))
        return solved + self.flat.T @ (self.along * (self.flat @ r)) if len(self.flat) else solved

    def _across(self, v: Array) -> Array:
        return v - self.flat.T @ (self.flat @ v) if len(self.flat) else v


@final
@dataclass(frozen=True, eq=False)
class WrittenHessian:
    """A Hessian that is written out.

    Attributes:
        matrix: with the penalty (p, p).
        flat: orthonormal directions that the penalty alone curves, one a row (f, p).
        flat_curvature: the strength of the penalty along each of these (f,).
        l2: the strength of the penalty on each parameter (p,).
        classes: of the probabilities, k.
        inputs: of the layer.
        cost_in_products: how many products inverting it costs, roughly.
    """

    matrix: Array
    flat: Array
    flat_curvature: Array
    l2: Array | None = None
    classes: int = 1
    inputs: int = 0
    cost_in_products: int = 0

    @property
    def max_curvature(self) -> float:
        """The largest number of the diagonal: a curvature that it has."""
        return float(self.matrix.diagonal().max())

    def after(self, products: int) -> "WrittenHessian":
        """Return itself: no form is cheaper, after however many products."""
        return self

    def product(self, v: Array) -> Array:
        """Return `H v` for `v` (p,)."""
        return self.matrix @ v

    def solved(self, b: Array, accuracy: float, damping: float) -> tuple[Array, Array, int] | None:
        """Return `x` with `(H + damping I) x ≈ b` (p,), what is left of `b` (p,) and the products, by the kernels.

        None where there are none, the matrix is large, or rounding makes it no positive one.
        """
        p, dtype = len(self.matrix), self.matrix.dtype
        if kernels is None or self.l2 is None or p > MOST_COMPILED or b.dtype != dtype:
            return None
        out, work, rounding = np.empty((2, p), dtype), np.empty((p + 6, p)), float(np.finfo(dtype).eps)
        sizes = self.classes, len(self.flat), accuracy, damping, rounding
        products = kernels.solve(self.matrix, b, self.l2, *sizes, work, out, self.inputs)
        return None if products < 0 else (out[0], out[1], products)

    def preconditioner(self, free: Array | None = None, damping: float = 0.0) -> HessianInverse:
        """Return the map from `r` (p,) to `(H + damping I)⁻¹ r`: of the rows and columns of `free` (p,) alone.

        The diagonal is raised a little: rounding, and directions without curvature, need it.
        """
        matrix, diagonal = self.matrix.copy(), np.arange(len(self.matrix))
        matrix[diagonal, diagonal] += damping + np.finfo(matrix.dtype).eps ** 0.5 * matrix.diagonal()
        flat = self.flat if free is None else self.flat[:0]
        # Given a curvature of their own, the directions treated by themselves leave the factor well-conditioned: else
        # it blows up what rounding leaves of them in `r`. What it says of them is taken out again.
        if len(flat):
            along = np.nonzero(flat)[1].reshape(len(flat), -1)
            matrix[along[:, :, None], along[:, None, :]] += matrix.trace() / len(matrix)
        if free is not None:
            matrix *= np.outer(free, free)
            matrix[diagonal, diagonal] += 1 - free
        l2 = self.flat_curvature[: len(flat)]
        return HessianInverse(_inverse_root(matrix), flat, 1 / np.where(l2 > 0, l2 + damping, np.inf))


def _inverse_root(matrix: Array) -> Array:
    """Return `L⁻¹` with `L Lᵀ` the matrix (p, p), or near it where rounding makes it no positive one."""
    try:
        return np.linalg.inv(np.linalg.cholesky(matrix))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(matrix)
        least = float(np.finfo(matrix.dtype).eps) ** 0.75 * max(values[-1], 0.0)
        return vectors.T / np.sqrt(np.maximum(values, least) if least else np.ones_like(values))[:, None]


# Bytes of the probabilities that are kept for one step, 256 MiB: the one memory of training that grows with the rows.
KEPT_BYTES = 1 << 28
# How many products of the kernels with dense rows take as long as one of NumPy, whose time the preconditioner takes.
COMPILED_FASTER = 3
# Parameters of a matrix of 32 MiB: its inversion takes a second.
MOST_INVERTED = 2048
# Writing the matrix out takes n p² multiplications and a product 4 n p, at a third of the speed.
WRITING_FASTER = 12
# So inverting it some five times, 4/3 p³ each, costs as much as p²/2n products.
INVERTING_FASTER = 2


def has_kept_form(network: Network, loss: Loss, rows: Rows) -> bool:
    """Return whether `KeptCurvature` can be made: the loss fits, there is no hidden layer, and it fits in memory."""
    kept = len(rows) * network.outputs * rows.x.dtype.itemsize
    one_layer = len(network.layers) == 1 and isinstance(network.layers[0], Dense)
    fits = one_layer and isinstance(loss, SoftmaxCrossEntropy | SigmoidCrossEntropy)
    return fits and kept <= KEPT_BYTES


@lru_cache(maxsize=8)
def _flat_directions(classes: int, inputs: int, biased: bool, size: int, dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """Return the directions (f, p) that softmax is flat in, none for no classes, and a place in theta of each (f,)."""
    places = places_in_theta(classes, inputs, biased).T if classes else np.empty((0, 1), np.int64)
    flat = np.zeros((len(places), size), dtype)
    flat[np.arange(len(places))[:, None], places] = max(classes, 1) ** -0.5
    flat.flags.writeable = False
    return flat, places[:, 0]


@final
class KeptCurvature:
    """The Hessian at `theta`, of one dense layer.

    Attributes:
        max_curvature: a curvature that it has, 0 for none known.
        is_cheap_to_write_out: whether writing the matrix out takes no longer than a few products with it.

    Parameters:
        network: of one dense layer.
        loss: the cross-entropy.
        rows: all of them.
        block: how many rows are multiplied at a time.
        theta: where (p,).
        scale: what the rows' weights are divided by.
        l2: strength of the penalty on each parameter (p,).
        compiled: the same layer and rows for the compiled kernels, or None.
    """

    max_curvature = 0.0

    def __init__(
        self,
        network: Network,
        loss: Loss,
        rows: Rows,
        block: int,
        theta: Array,
        scale: float,
        l2: Array,
        compiled: CompiledRegression | None = None,
    ) -> None:
        self._network, self._rows, self._block, self._l2 = network, rows, block, l2
        self.is_cheap_to_write_out = not is_sparse(rows.x) and is_cheap(len(rows), network.size)
        self._softmax = isinstance(loss, SoftmaxCrossEntropy)
        self._compiled = self._written = None
        if compiled is not None and not self.is_cheap_to_write_out:
            self._compiled = compiled.single
            self._weights, self._y = self._compiled.weights, compiled.probabilities(theta)
            return
        if (
            compiled is not None
            and network.size <= MOST_COMPILED
            and (written := compiled.hessian(theta, l2)) is not None
        ):
            self._written = written
            return
        self._weights = np.empty(len(rows), theta.dtype)
        self._weights[:] = (1.0 if rows.weights is None else rows.weights) / scale
        self._y = np.empty((network.outputs, len(rows)), theta.dtype)

        def write(start: int) -> None:
            z = network.forward(theta, self._rows.block(start, block).x)[-1]
            self._y[:, start : start + block] = loss.activation.forward({}, z, out=z).T

        parallel_map(write, self._starts)

    @property
    def _starts(self) -> range:
        return range(0, len(self._rows), self._block)

    def after(self, products: int) -> "KeptCurvature | WrittenHessian":
        """Return the same matrix in the form that is cheaper after so many products: in the end, written out."""
        size, rows = self._network.size, len(self._rows)
        if is_sparse(self._rows.x) or size > MOST_INVERTED:
            return self
        cost_in_products = size / WRITING_FASTER + size**2 / (INVERTING_FASTER * rows)
        return self.written_out() if products > cost_in_products else self

    def written_out(self) -> WrittenHessian:
        """Return the same matrix (p, p) written out."""
        matrix, k, i = self._hessian(), self._network.outputs, self._network.inputs
        flat, flat_places = _flat_directions(
            k if self._softmax else 0, i, len(matrix) > k * i, len(matrix), matrix.dtype
        )
        return WrittenHessian(matrix, flat, self._l2[flat_places], self._l2, k, i)

    def _hessian(self) -> Array:
        """Return the matrix (p, p)."""
        if self._written is not None:
            return self._written
        k, i = len(self._y), self._network.inputs
        biased = self._network.size > k * i
        by_class = np.zeros((self._network.size,) * 2, self._rows.x.dtype)
        for start in self._starts:
            part, x = slice(start, start + self._block), self._rows.block(start, self._block).x
            columns = np.ones((i + biased, len(x)), x.dtype)  # as the probabilities lie: then nothing is copied
            columns[:i] = x.T
            columns *= np.sqrt(self._weights[part])
            by_class += information(columns.T, self._y[:, part].T, softmax=self._softmax)
        places = places_in_theta(k, i, biased)
        matrix = np.empty_like(by_class)
        matrix[np.ix_(places.ravel(), places.ravel())] = by_class
        matrix[np.diag_indices_from(matrix)] += self._l2
        return matrix

    @property
    def cost_in_products(self) -> int:
        """How many products the preconditioner costs, roughly."""
        if self._compiled is not None and (cost_of_blocks := self._compiled.cost_of_blocks) is not None:
            return round(cost_of_blocks)
        faster = 1 if self._compiled is None or is_sparse(self._rows.x) else COMPILED_FASTER
        return faster * cost_in_products(self._rows.x, self._network.outputs)

    def product(self, v: Array) -> Array:
        """Return `H v` for `v` (p,)."""
        if self._compiled is not None:
            return self._compiled.curvature_product(self._y, v) + self._l2 * v
        total = self._l2 * v
        for product in parallel_imap(lambda _, start: self._of_block(v, start), self._starts):
            total += product
        return total

    def solved(self, b: Array, accuracy: float, damping: float) -> None:
        """Return None: there is no other way."""

    def _of_block(self, v: Array, start: int) -> Array:
        part, x = slice(start, start + self._block), self._rows.block(start, self._block).x
        y, dz = self._y[:, part].T, self._network.forward(v, x)[-1]
        curvature_product(y, dz, weights=self._weights[part], softmax=self._softmax, out=dz)
        return self._network.backward(v, (x, dz), dz)

    def preconditioner(self, free: Array | None = None, damping: float = 0.0) -> Preconditioner:
        """Return a map from `r` (p,) to about `(H + damping I)⁻¹ r`: of the rows and columns of `free` (p,) alone."""
        blocks = None if self._compiled is None else self._compiled.blocks(self._y)
        x = self._rows.x if self._compiled is None else self._compiled.x
        l2 = self._l2 + self._l2.dtype.type(damping)
        return preconditioner(x, self._y, self._weights, l2, self._softmax, free, blocks)
