"""Softmax and sigmoid regression by plain linear algebra: every Hessian written out row by row or as one product."""

from dataclasses import dataclass, replace

import numpy as np

from chainrule.arrays import Array


@dataclass(frozen=True, eq=False)
class Regression:
    """Rows `x` (n, j) with a column of ones, targets as distributions (n, k) or (n, 1), weights, and the l2 of each
    parameter by class (k, j), in a cost that is a sum over rows.
    """

    x: Array
    targets: Array
    weights: Array
    l2: Array

    def probabilities(self, theta: Array) -> Array:
        z = self.x @ theta.T
        if z.shape[1] == 1:
            return 1 / (1 + np.exp(-z))
        y = np.exp(z - z.max(axis=1, keepdims=True))
        return y / y.sum(axis=1, keepdims=True)

    def losses(self, theta: Array) -> Array:
        z = self.x @ theta.T
        together = np.logaddexp(0, z[:, 0]) if z.shape[1] == 1 else np.logaddexp.reduce(z, axis=1)
        return np.asarray(together - np.sum(self.targets * z, axis=1))

    def gradient(self, theta: Array) -> Array:
        error = self.probabilities(theta) - self.targets
        return (self.weights[:, None] * error).T @ self.x + self.l2 * theta

    def row_hessian(self, theta: Array, row: int) -> Array:
        y = self.probabilities(theta)[row]
        curvature = np.diag(y) - np.outer(y, y)
        return self.weights[row] * np.kron(curvature, np.outer(self.x[row], self.x[row]))

    def hessian(self, theta: Array) -> Array:
        y = self.probabilities(theta)
        curvature = (y[:, :, None] * np.eye(y.shape[1]) - y[:, :, None] * y[:, None, :]) * self.weights[:, None, None]
        size = theta.size
        return np.einsum("ncd,nj,nl->cjdl", curvature, self.x, self.x, optimize=True).reshape(size, size) + np.diag(
            self.l2.ravel()
        )

    def without(self, row: int) -> "Regression":
        kept = np.delete(np.arange(len(self.x)), row)
        return replace(self, x=self.x[kept], targets=self.targets[kept], weights=self.weights[kept])

    def step(self, theta: Array) -> Array:
        """Newton's step, the shortest of all."""
        gradient = self.gradient(theta).ravel()
        return -np.linalg.lstsq(self.hessian(theta), gradient, rcond=1e-13)[0].reshape(theta.shape)

    def cost(self, theta: Array) -> float:
        return float(self.weights @ self.losses(theta) + (self.l2 * theta**2).sum() / 2)

    def fit(self, theta: Array, accuracy: float = 1e-10) -> Array:
        """The optimum, by Newton's method with halved steps from `theta`."""
        for _ in range(100):
            step = self.step(theta)
            if np.abs(self.x @ step.T).max() < accuracy:
                return theta + step
            size = 1.0
            while self.cost(theta + size * step) > self.cost(theta) * (1 + 1e-12):
                size /= 2
                assert size > 1e-9
            theta = theta + size * step
        raise AssertionError("no optimum")
