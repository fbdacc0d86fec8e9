"""The penalty on large weights, added to the cost once and never to biases."""

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import real
from chainrule.common.format import described


@final
@dataclass(frozen=True)
class Penalty:
    """What weights cost by themselves: `l2 / 2 · ‖weights‖² + l1 · ‖weights‖₁`.

    At zero, where `|w|` has a kink, the gradient of the l1 part is taken as zero.

    Parameters:
        l1: strength of the absolute values, at least 0.
        l2: strength of the squares, at least 0.

    Raises:
        ValueError: a strength is negative or not finite.

    >>> Penalty(l1=1, l2=2).value(np.array([3., -1.]))
    14.0
    """

    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        for name in ("l1", "l2"):
            strength = getattr(self, name)
            if not real(strength, 0):
                raise ValueError(f"Penalty needs a finite {name} of at least 0, found {described(strength)}.")

    def value(self, weights: Array) -> float:
        """Return the penalty of `weights`."""
        smooth = float(self.l2 / 2 * (weights @ weights))
        return smooth + float(self.l1 * np.abs(weights).sum()) if self.l1 else smooth

    def gradient(self, weights: Array) -> Array:
        """Return the gradient of the penalty, of the shape of `weights`."""
        return self.l2 * weights + self.l1 * np.sign(weights)

    def least_subgradient(self, weights: Array, slope: Array, times: float = 1.0) -> Array:
        """Return the gradient of a cost with slope `slope` and `times` this penalty: at a kink, that nearest to zero.

        >>> Penalty(l1=1).least_subgradient(np.array([2., 0., 0.]), np.array([3., 3., -0.5]))
        array([ 4.,  2., -0.])
        """
        smooth, l1 = slope + times * self.l2 * weights, times * self.l1
        if l1 == 0:
            return smooth
        at_zero = np.sign(smooth) * np.maximum(np.abs(smooth) - l1, 0)
        return np.where(weights == 0, at_zero, smooth + l1 * np.sign(weights))

    def curvature_product(self, v: Array) -> Array:
        """Return the Hessian of the penalty times `v`, of the shape of `v`."""
        return self.l2 * v
