"""The smallest objective: a quadratic whose steps can be written down by hand."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers import Objective


@dataclass
class Quadratic(Objective):
    """`cost = (theta - lowest)ᵀ A (theta - lowest) / 2`, which counts how often it is asked."""

    A: Array
    lowest: Array
    calls: dict[str, int] = field(default_factory=lambda: {"value": 0, "gradient": 0, "curvature": 0})

    def value(self, theta: Array) -> float:
        self.calls["value"] += 1
        away = theta - self.lowest
        return float(away @ self.A @ away) / 2

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        self.calls["gradient"] += 1
        away = theta - self.lowest
        return float(away @ self.A @ away) / 2, self.A @ away

    def curvature_product(self, theta: Array, v: Array) -> Array:
        self.calls["curvature"] += 1
        return self.A @ v

    def weights(self, theta: Array) -> Array:
        return theta


class BatchedQuadratic(Quadratic):
    """The same twice over: every mini-batch is all of it."""

    def batches(self, size: int, generator: np.random.Generator) -> Iterator[tuple[float, Quadratic]]:
        yield 0.5, self
        yield 0.5, self


def diagonal(*curvatures: float) -> Quadratic:
    """A quadratic with its lowest point at 1, 2, 3, ..."""
    return Quadratic(np.diag(curvatures), np.arange(1.0, len(curvatures) + 1))


def random_quadratic(size: int, seed: int = 0) -> Quadratic:
    """A quadratic with eigenvalues from 1 to 10 along random directions."""
    generator = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(generator.normal(size=(size, size)))
    return Quadratic(basis @ np.diag(np.linspace(1, 10, size)) @ basis.T, generator.normal(size=size))
