"""One dense layer with cross-entropy on all rows, compiled: cost and gradient, probabilities, curvature."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np

from chainrule.arrays import Array, is_sparse
from chainrule.engine.compiled.library import ACROSS, ALONG, SPARSE, VECTOR_NUMBERS, kernels, read_only
from chainrule.engine.compiled_rows import Source, cut, source_of
from chainrule.engine.rows import Rows
from chainrule.engine.threads import parallel_map
from chainrule.layers import Dense
from chainrule.losses import Loss, SigmoidCrossEntropy, SoftmaxCrossEntropy
from chainrule.network import Network

# Numbers of all rows, up to which the exact blocks of the curvature are made of all of them; of more, rows are drawn.
MOST_CURVED = 1 << 22
# Columns of sparse rows, up to which their exact block is made: it has columns² numbers, and its factor takes columns³.
MOST_SPARSE_COLUMNS = 512
# Numbers of a sparse row, up to which it is: each row adds the square of as many.
MOST_A_ROW = 32
# Multiplications of a part of the rows, about half a millisecond: less is not worth handing to a thread.
PART_WORK = 1_500_000
# Rows that a part has a multiple of: as many as the kernels go through at a time.
STRIP = 256
# Parts at most, cut by size alone so that the number of threads changes no bit: more threads than that share no pass.
MOST_PARTS = 8
# Multiplications of dense rows that take as long as one of sparse rows, whose places are looked up.
SPARSE_COST = 16


def compiled_regression(network: Network, loss: Loss, rows: Rows, scale: float) -> "CompiledRegression | None":
    """Return the cost of the rows by the compiled kernels; None where they do not cover it, or were not built."""
    known = (isinstance(loss, SoftmaxCrossEntropy) and network.outputs > 1 and not is_sparse(rows.x)) or (
        isinstance(loss, SigmoidCrossEntropy) and network.outputs == 1
    )
    by_class = rows.t.ndim == 1 and rows.t.dtype.kind in "iu"
    one_layer = len(network.layers) == 1 and isinstance(network.layers[0], Dense)
    covered = known and by_class and one_layer and rows.x.dtype in (np.float32, np.float64)
    if kernels is None or not covered or not _within(rows.t, max(network.outputs, 2)):
        return None
    smoothing = float(getattr(loss, "label_smoothing", 0.0))
    return CompiledRegression(network, smoothing, rows, scale, source_of(rows.x))


def _within(classes: Array, count: int) -> bool:
    """Return whether there are rows, all of so many classes: the kernels take a class for a place in memory."""
    return bool(len(classes) and classes.min() >= 0 and classes.max() < count)


class Kept(NamedTuple):
    """What was computed last.

    Attributes:
        theta: where (p,).
        cost: of all rows.
        gradient: of the cost (p,).
        y: the probabilities (k, n).
    """

    theta: Array
    cost: float
    gradient: Array
    y: Array


@final
class CompiledRegression:
    """The cost of rows with one dense layer and cross-entropy.

    Attributes:
        weights: of the rows, divided by the scale (n,).
        dtype: of the numbers.
        parts: where each part of the rows that a thread takes begins and ends.

    Parameters:
        network: of one dense layer.
        smoothing: of the labels.
        rows: with a class each.
        scale: what their weights are divided by.
        source: where the kernels read the rows.
    """

    def __init__(self, network: Network, smoothing: float, rows: Rows, scale: float, source: Source) -> None:
        self._network, self._rows, self._source = network, rows, source
        self._smoothing, self._scale, self.dtype = smoothing, scale, source.dtype
        self._biased = network.size > network.outputs * network.inputs
        weights = np.empty(len(rows), self.dtype)
        weights[:] = (1.0 if rows.weights is None else rows.weights) / scale
        self.weights = read_only(weights)
        self._classes = read_only(rows.t.astype(np.int64, copy=False))
        numbers, sparse = source.given.x.size, source.given.form == SPARSE
        work = network.outputs * (numbers + len(rows)) * (SPARSE_COST if sparse else 1)
        parts = int(max(1, min(MOST_PARTS, work // PART_WORK)))
        self._keeping = False
        self._kept: Kept | None = None
        self.parts = cut(len(rows), parts, STRIP)

    @property
    def x(self) -> Any:
        """The rows (n, i), in the type of the numbers that the kernels read."""
        return self._source.table

    @cached_property
    def single(self) -> "CompiledRegression":
        """The same in single precision; itself where that would take too much memory."""
        single = self._source.single()
        if single is self._source:
            return self
        return CompiledRegression(self._network, self._smoothing, self._rows, self._scale, single)

    def cost_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Return the cost at `theta` (p,) and its gradient (p,)."""
        kept = self._kept
        if kept is not None and np.array_equal(kept.theta, theta):
            return kept.cost, kept.gradient.copy()
        k = self._network.outputs
        keep, smooth = 1 - self._smoothing, self._smoothing / max(k, 2)
        self._kept = None  # whose memory the next probabilities may take
        y = np.empty((k if self._keeping else 0, len(self._rows)), np.float32)
        fixed = (*self._matrices(theta), self._classes, self.weights, keep, smooth, y)
        costs, gradient = self._sum(kernels.add_cost_and_gradient, fixed)
        cost = sum(costs)
        if self._keeping:
            self._kept = Kept(theta.copy(), cost, gradient.copy(), y)
        return cost, gradient

    def keep_probabilities(self) -> None:
        """Keep the probabilities from now on, whenever a cost is computed: they are likely to be asked for."""
        self._keeping = True

    def probabilities(self, theta: Array) -> Array:
        """Return the probabilities (k, n) of all rows at `theta` (p,), in single precision.

        From now on they are kept whenever a cost is computed.
        """
        self.keep_probabilities()
        self.cost_and_gradient(theta)
        assert self._kept is not None
        return self._kept.y

    def curvature_product(self, y: Array, v: Array) -> Array:
        """Return the curvature where the probabilities are `y` (k, n), times `v` (p,)."""
        fixed = (*self._matrices(v), self.weights, y)
        product = self._sum(kernels.add_curvature_product, fixed)[1].astype(v.dtype, copy=False)
        k, i = self._network.outputs, self._network.inputs
        for part in (product[: k * i].reshape(k, i), product[k * i :].reshape(-1, k).T):
            part -= part.sum(axis=0) / k if k > 1 else 0  # what rounding added to all classes alike
        return product

    def hessian(self, theta: Array, l2: Array) -> Array | None:
        """Return the Hessian at `theta` (p,) written out (p, p), `l2` (p,) on its diagonal; None of sparse rows."""
        given, p, k, size = self._source.given, self._network.size, self._network.outputs, self._network.inputs + 1
        if given.form == SPARSE:
            return None
        blocks = np.zeros((k * (k + 1) // 2, size, size + VECTOR_NUMBERS), self.dtype)
        matrix = np.empty((p, p), self.dtype)
        every = (*given, 0, len(self._rows), *self._matrices(theta), self.weights)
        kernels.write_hessian(*every, l2, blocks, matrix)
        return matrix

    @property
    def cost_of_blocks(self) -> float | None:
        """How many products making the `blocks` costs, roughly; None where drawing some of the rows is better."""
        given, i = self._source.given, self._network.inputs
        if self._source.rescaled or given.form == ACROSS:
            return None
        if given.form == ALONG:
            return 4 + i / 5 if given.x.size <= MOST_CURVED else None
        numbers_a_row = given.x.size / len(self._rows)
        few = i <= MOST_SPARSE_COLUMNS and numbers_a_row <= MOST_A_ROW
        return 2 + numbers_a_row / 4 + i**3 / (SPARSE_COST * max(1, given.x.size)) if few else None

    def blocks(self, y: Array) -> Array | None:
        """Return the lower half of the curvature of each class by itself (k, j, j), the bias last; None for none."""
        if self.cost_of_blocks is None:
            return None
        given, k, i = self._source.given, self._network.outputs, self._network.inputs
        shape = i + 1, i + VECTOR_NUMBERS
        if given.form == ALONG:
            blocks = np.zeros((k, *shape), self.dtype)
            every = (*given, 0, len(self._rows), self.weights, y)
            parallel_map(lambda c: kernels.add_block(*every, c, blocks[c]), range(k))
        else:
            parts = np.zeros((len(self.parts), *shape), self.dtype)
            numbered = list(zip(parts, self.parts, strict=True))
            parallel_map(lambda part: kernels.add_block(*given, *part[1], self.weights, y, 0, part[0]), numbered)
            blocks = parts.sum(axis=0, keepdims=True)
        return blocks[:, : i + self._biased, : i + self._biased]

    def _matrices(self, theta: Array) -> tuple[Array, Array]:
        """Return weights (k, i) and bias (k,) as the kernels take them: each row filled up with zeros."""
        k, i = self._network.outputs, self._network.inputs
        weights = np.zeros((k, i + VECTOR_NUMBERS - 1), self.dtype)
        bias = np.zeros(k, self.dtype)
        weights[:, :i] = theta[: k * i].reshape(k, i)
        bias[: k if self._biased else 0] = theta[k * i :]
        return weights, bias

    def _sum(self, kernel: Callable[..., Any], fixed: tuple[Any, ...]) -> tuple[list[Any], Array]:
        """Return what the kernel returns of each part of the rows, and the sum of what it adds."""
        shape, given = fixed[0].shape, self._source.given

        def of_part(part: tuple[int, int]) -> tuple[Any, Array, Array]:
            weights, bias = np.zeros(shape, self.dtype), np.zeros(shape[0], self.dtype)
            return kernel(*given, *part, *fixed, weights, bias), weights, bias

        (answer, weights, bias), *others = parallel_map(of_part, self.parts)
        answers = [answer]
        for another, more_weights, more_bias in others:
            answers.append(another)
            weights += more_weights
            bias += more_bias
        total, k, i = np.empty(self._network.size, self.dtype), self._network.outputs, self._network.inputs
        total[: k * i].reshape(k, i)[:] = weights[:, :i]
        total[k * i :] = bias[: k if self._biased else 0]
        return answers, total
