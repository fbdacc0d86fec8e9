"""A layer that is not Chainrule's."""

from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array
from chainrule.layers import Elementwise


@dataclass(frozen=True)
class Cube(Elementwise):
    """The cube: `f(x) = x³`, `f'(x) = 3 x²`."""

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.multiply(x, x * x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return 3 * x * x
