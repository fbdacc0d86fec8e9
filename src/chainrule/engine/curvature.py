"""The Hessian of softmax and sigmoid regression at one `theta`: probabilities once, then product after product.

With one dense layer and cross-entropy, the curvature of a row at its logits is that of its probabilities `y`:

    softmax   diag(y) - y yᵀ        sigmoid   diag(y (1 - y))

    H v = Xᵀ (w ∂²loss/∂z² (X v)) + l2 v

The preconditioner takes the classes for independent: one matrix `Xᵀ diag(w y (1 - y)) X + l2` a class, with a column of
ones for the bias, is inverted for each. Where columns are too many for that, or sparse, it is the diagonal of `H`.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array, is_sparse, squares
from chainrule.engine.rows import Rows
from chainrule.losses import Loss, SigmoidCrossEntropy, SoftmaxCrossEntropy
from chainrule.network import Network

KEPT_BYTES = 1 << 28
MOST_NUMBERS = 1 << 22


def has_kept_form(network: Network, loss: Loss, rows: Rows) -> bool:
    """Return whether `KeptCurvature` can be made: the loss fits, there is no hidden layer, and it fits in memory."""
    kept = 2 * len(rows) * network.outputs * rows.x.dtype.itemsize
    fits = isinstance(loss, SoftmaxCrossEntropy | SigmoidCrossEntropy) and len(network.layers) == 1
    return fits and kept <= KEPT_BYTES


class _Kept(NamedTuple):
    """What a block keeps: rows `x` (b, i), probabilities `y` (b, k), and their weighted curvature `d` (b, k)."""

    x: Array
    y: Array
    d: Array


@final
class KeptCurvature:
    """The Hessian at `theta`, of one dense layer.

    Parameters:
        network: of one dense layer.
        loss: the cross-entropy.
        blocks: of rows.
        theta: where (p,).
        scale: what the rows' weights are divided by.
        l2: strength of the penalty on each parameter (p,).
    """

    def __init__(
        self, network: Network, loss: Loss, blocks: Iterator[Rows], theta: Array, scale: float, l2: Array
    ) -> None:
        self._network, self._l2 = network, l2
        self._coupled = isinstance(loss, SoftmaxCrossEntropy)
        self._blocks = [self._kept(loss, block, theta, scale) for block in blocks]
        (places,) = network.layout
        self._weights, self._biased = places["weights"][0], "bias" in places
        self._flat = self._coupled and not l2.any()

    def _kept(self, loss: Loss, block: Rows, theta: Array, scale: float) -> _Kept:
        z = self._network.forward(theta, block.x)[-1]
        y = loss.activation.forward({}, z, out=z)
        d = y if self._coupled else y * (1 - y)
        return _Kept(block.x, y, d * (1 / scale if block.weights is None else (block.weights / scale)[:, None]))

    @property
    def patience(self) -> int:
        return 0 if self._by_diagonal else max(8, self._network.inputs // 4)

    @property
    def _by_diagonal(self) -> bool:
        numbers = self._network.outputs * (self._network.inputs + 1) ** 2
        return is_sparse(self._blocks[0].x) or numbers > MOST_NUMBERS

    def product(self, v: Array) -> Array:
        """Return `H v` for `v` (p,)."""
        total = self._l2 * v
        for x, y, d in self._blocks:
            dz = self._network.forward(v, x)[-1]
            if self._coupled:
                dz -= np.vecdot(y, dz)[:, None]
            dz *= d
            total += self._network.backward(v, (x, dz), dz)
        return total

    def preconditioner(self, free: Array | None = None) -> Callable[[Array], Array]:
        """Return a map from `r` (p,) to about `H⁻¹ r`: of the rows and columns of `free` (p,), None for all."""
        if free is not None:
            solve = self._diagonal() if self._by_diagonal else self._classwise(free)
            return lambda r: solve(r * free) * free
        solve = self._diagonal() if self._by_diagonal else self._classwise(np.ones(self._l2.size, bool))
        return lambda r: self._without_flat(solve(self._without_flat(r)))

    def _row_weights(self, kept: _Kept) -> Array:
        return kept.d * (1 - kept.y) if self._coupled else kept.d

    def _diagonal(self) -> Callable[[Array], Array]:
        diagonal = self._l2.copy()
        for kept in self._blocks:
            w = self._row_weights(kept)
            diagonal += self._network.backward(diagonal, (squares(kept.x), w), w)
        diagonal[diagonal == 0] = 1
        return lambda r: r / diagonal

    def _classwise(self, free: Array) -> Callable[[Array], Array]:
        moving = self._bordered(free)
        grams = self._grams * moving[:, :, None] * moving[:, None, :]
        inverses = _inverses(grams, float(np.sqrt(np.finfo(self._l2.dtype).eps))).astype(self._l2.dtype)
        return lambda r: self._flattened(np.matmul(inverses, self._bordered(r)[:, :, None])[:, :, 0])

    @cached_property
    def _grams(self) -> Array:
        i, k = self._network.inputs, self._network.outputs
        size = i + 1 if self._biased else i
        grams = np.zeros((k, size, size))
        for kept in self._blocks:
            x = np.hstack([kept.x, np.ones((len(kept.x), 1), kept.x.dtype)]) if self._biased else kept.x
            roots = np.sqrt(self._row_weights(kept))
            for c in range(k):
                weighted = x * roots[:, c, None]
                grams[c] += weighted.T @ weighted
        grams[:, range(size), range(size)] += self._bordered(self._l2)
        return grams

    def _bordered(self, v: Array) -> Array:
        """Return the parameters as one row a class, its bias at the end."""
        weights = v[self._weights].reshape(self._network.outputs, -1)
        return np.hstack([weights, v[self._weights.stop :, None]]) if self._biased else weights

    def _flattened(self, rows: Array) -> Array:
        i = self._network.inputs
        return np.concatenate([rows[:, :i].ravel(), rows[:, i:].ravel()])

    def _without_flat(self, v: Array) -> Array:
        """Return `v` without the directions in which softmax is flat: the same number added to all classes."""
        if not self._coupled:
            return v
        start = 0 if self._flat else self._weights.stop
        v = v.copy()
        for part in (slice(start, self._weights.stop), slice(self._weights.stop, v.size)):
            rows = v[part].reshape(self._network.outputs, -1)
            rows -= np.add.reduce(rows, axis=0) / len(rows)
        return v


def _inverses(matrices: Array, jitter: float) -> Array:
    """Return the inverses of positive semi-definite matrices (k, m, m), their diagonals raised by a share `jitter`."""
    places = np.arange(matrices.shape[1])
    diagonals = matrices[:, places, places]
    scales = 1 / np.sqrt(np.where(diagonals > 0, diagonals, 1))
    scaled = matrices * scales[:, :, None] * scales[:, None, :]
    scaled[:, places, places] = 1 + jitter
    inverses = np.linalg.inv(scaled) * scales[:, :, None] * scales[:, None, :]
    return (inverses + inverses.transpose(0, 2, 1)) / 2
