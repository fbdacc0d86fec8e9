"""What leaving out each row does: one Newton step on the cost without it, exactly; and further ones.

The gradient of a row is `U e`, and its part of the Hessian `w U A Uᵀ`, with its inputs in `U = I ⊗ x` (p, k), its
error `e = y - t` (k,) and `A = B Bᵀ` (k, k), the curvature of its loss at the logits. With `M = Uᵀ H⁻¹ U`, Woodbury's
identity gives the inverse without the row, and so the step from where the whole cost is lowest:

    (H - w U A Uᵀ)⁻¹ = H⁻¹ + H⁻¹ U w B (I - P)⁻¹ Bᵀ Uᵀ H⁻¹        P = w Bᵀ M B, the row's block of the hat matrix
    Δtheta = (H - w U A Uᵀ)⁻¹ w U e = H⁻¹ U s                     s = w e + w B (I - P)⁻¹ Bᵀ w M e
    leverage = trace P
    Cook's distance = Δthetaᵀ H Δtheta / p = sᵀ M s / p

An eigenvalue of P that is 1 says that nothing but this row determines some direction: there is then no such step.
Of several steps, all with the same matrix and the gradient of the cost without the row, each ends where the slope along
it would be 0 if it changed evenly, but no further: this takes two passes over all rows for each row and step.

Sources: D. Pregibon, "Logistic regression diagnostics", Annals of Statistics 9 (1981); E. Lesaffre and A. Albert,
"Multiple-group logistic regression diagnostics", Applied Statistics 38 (1989).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from chainrule.arrays import Array
from chainrule.influences.last_layer import Block, LastLayer

NUDGE, MOST_INFLATION = 1e-13, 1e9


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
    block: Block
    inverse: Array

    @cached_property
    def _reached(self) -> Array:
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
        y = self.block.y
        if y.shape[1] == 1:
            return np.sqrt(y * (1 - y))[:, :, None]
        return np.sqrt(y)[:, None, :] * (np.eye(y.shape[1]) - y[:, :, None])

    @cached_property
    def _hat(self) -> Array:
        """`P` of each row (b, k, k)."""
        weighted = self.block.weights[:, None, None] * self._root
        return np.asarray(weighted.mT @ self._reached @ self._root)

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
        return np.asarray(pull + self._given_back(product(self._reached, pull)))

    @property
    def logits(self) -> Array:
        """The change of each row's own logits in the first step (b, k)."""
        return product(self._reached, self.pull)

    def _given_back(self, logits: Array) -> Array:
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
                    step = -self._inverted(slope + self._given_back(logits)[:, :, None] * x)
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
