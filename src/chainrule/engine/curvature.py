"""The Hessian of softmax and sigmoid regression at one `theta`: probabilities once, then product after product.

With one dense layer and cross-entropy, the curvature of a row at its logits is that of its probabilities `y`:

    softmax   diag(y) - y yᵀ        sigmoid   diag(y (1 - y))

    H v = Xᵀ (w ∂²loss/∂z² (X v)) + l2 v

The preconditioner is the inverse of `H` in single precision where `H` is small enough to be written out, else that of
its diagonal.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array, filled, squares
from chainrule.engine.hessian import hessian, inverse
from chainrule.engine.rows import Rows
from chainrule.losses import Loss, SigmoidCrossEntropy, SoftmaxCrossEntropy
from chainrule.network import Network

KEPT_BYTES = 1 << 28
LARGEST = 2000
FEW = 12


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

    def _kept(self, loss: Loss, block: Rows, theta: Array, scale: float) -> _Kept:
        z = self._network.forward(theta, block.x)[-1]
        y = loss.activation.forward({}, z, out=z)
        d = y if self._coupled else y * (1 - y)
        return _Kept(block.x, y, d * (1 / scale if block.weights is None else (block.weights / scale)[:, None]))

    @property
    def price(self) -> int:
        """How many products the preconditioner costs, by a count of multiplications; 0 for a few."""
        size, rows = self._l2.size, sum(len(kept.y) for kept in self._blocks)
        if size > LARGEST:
            return 0
        price = round((size / 17 + size**2 / (10 * rows)) / filled(self._blocks[0].x))
        return price if price > FEW else 0

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
        solve = inverse(self._in_order(), free) if self._l2.size <= LARGEST else None
        solve = solve or self._diagonal()
        if free is not None:
            return lambda r: solve(r * free) * free
        flat_curvature = np.where(self._l2 > 0, self._l2, np.inf).astype(self._l2.dtype)

        def apply(r: Array) -> Array:
            bent = self._without_flat(r)
            return self._without_flat(solve(bent)) + (r - bent) / flat_curvature  # where it is flat, l2 alone bends

        return apply

    @cached_property
    def _written_out(self) -> Array:
        return hessian(iter(self._blocks), self._biased, self._coupled)

    def _in_order(self) -> Array:
        """Return the Hessian (p, p), in the order of `theta`."""
        k, j = self._written_out.shape[:2]
        places = np.arange(k * j).reshape(k, j)
        order = np.concatenate([places[:, : self._network.inputs].ravel(), places[:, self._network.inputs :].ravel()])
        matrix = self._written_out.reshape(k * j, k * j)[np.ix_(order, order)]
        matrix[np.diag_indices(k * j)] += self._l2
        return matrix

    def _row_weights(self, kept: _Kept) -> Array:
        return kept.d * (1 - kept.y) if self._coupled else kept.d

    def _diagonal(self) -> Callable[[Array], Array]:
        diagonal = self._l2.copy()
        for kept in self._blocks:
            w = self._row_weights(kept)
            diagonal += self._network.backward(diagonal, (squares(kept.x), w), w)
        diagonal[diagonal == 0] = 1
        return lambda r: r / diagonal

    def _without_flat(self, v: Array) -> Array:
        """Return `v` without the directions in which softmax is flat: the same number added to all classes."""
        if not self._coupled:
            return v
        v = v.copy()
        for part in (slice(0, self._weights.stop), slice(self._weights.stop, v.size)):
            rows = v[part].reshape(self._network.outputs, -1)
            rows -= np.add.reduce(rows, axis=0) / len(rows)
        return v
