"""The lesson's data: two small sets of rows in the plane, the same numbers on every machine."""

from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array

CLASS_NAMES = ("a", "b", "c")


class Plane(NamedTuple):
    """Rows in the plane: `x` (n, 2), and one-hot targets `t` (n, 3) of the classes a, b and c."""

    x: Array
    t: Array


def three_gaussians() -> Plane:
    """Return three clouds of 20 rows around (-3, 0), (0, 0) and (2, 0), in random order.

    >>> x, t = three_gaussians()
    >>> x.shape, t.sum(axis=0)
    ((60, 2), array([20., 20., 20.]))
    """
    generator = np.random.RandomState(0)
    x = np.vstack([generator.randn(20, 2) * 0.8 + mean + generator.rand(20, 2) for mean in ((-3, 0), (0, 0), (2, 0))])
    order = generator.permutation(60)
    return Plane(x[order], np.repeat(np.eye(3), 20, axis=0)[order])


def three_rings(seed: int = 0) -> tuple[Plane, Array, Array]:
    """Return a blob inside two rings, 50 rows each, in random order; and starting weights (2, 3) and (3, 3).

    Parameters:
        seed: of the generator. The lesson trains on 0; any other gives fresh rows of the same kind.

    >>> (x, t), first, second = three_rings()
    >>> x.shape, first.shape, second.shape
    ((150, 2), (2, 3), (3, 3))
    """
    generator, n = np.random.RandomState(seed), 50
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    x = np.vstack([circle * radius + generator.randn(n, 2) * 0.2 for radius in (0, 0.75, 1.25)])
    order = generator.permutation(3 * n)
    plane = Plane(x[order], np.repeat(np.eye(3), n, axis=0)[order])
    return plane, generator.randn(2, 3), generator.randn(3, 3)
