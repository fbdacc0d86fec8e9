"""The contract of a loss: what one row costs, and its derivatives.

A loss is written on the logits `z` (n, k), so that it is stable, and shows its factors all the same:

    value              loss (n,)
    gradient           ∂loss/∂z (n, k), the fused form
    factors            ∂loss/∂y (n, k) and ∂y/∂z (n, k, k), the unfused form: their product equals the gradient
    curvature_product  ∂²loss/∂z² · v (n, k)
"""

from typing import Protocol

from chainrule.arrays import Array
from chainrule.layers import Layer


class Loss(Protocol):
    """A loss of logits `z` (n, k) and targets `t`, row by row.

    Attributes:
        activation: turns logits into what the network predicts, `y` (n, k).
    """

    @property
    def activation(self) -> Layer: ...

    def check_targets(self, t: Array, outputs: int) -> None:
        """Raise ValueError, naming the row, unless `t` are targets for `outputs` logits."""
        ...

    def value(self, z: Array, t: Array) -> Array:
        """Return the loss of each row (n,)."""
        ...

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        """Return `∂loss/∂z` (n, k)."""
        ...

    def value_and_gradient(self, z: Array, t: Array, *, out: Array | None = None) -> tuple[Array, Array]:
        """Return both, sharing their work."""
        ...

    def curvature_product(self, z: Array, t: Array, v: Array) -> Array:
        """Return `∂²loss/∂z² · v` (n, k) for `v` (n, k)."""
        ...

    def factors(self, z: Array, t: Array) -> tuple[Array, Array]:
        """Return `∂loss/∂y` (n, k) and `∂y/∂z` (n, k, k)."""
        ...
