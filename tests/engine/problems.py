"""A network with two layers on random rows, and its cost as one dense formula without blocks."""

from typing import Literal

import numpy as np

from chainrule import Dense, Network, Penalty, SoftmaxCrossEntropy, Tanh
from chainrule.arrays import Array
from chainrule.engine import Cost

NETWORK = Network((Dense(3, 4), Tanh(), Dense(4, 2)))
THETA = np.random.default_rng(5).normal(size=NETWORK.size)
PENALTY = Penalty(l1=0.01, l2=0.1)


def table(n: int, seed: int = 0) -> tuple[Array, Array, Array]:
    """Rows, classes and weights; some weights are zero."""
    generator = np.random.default_rng(seed)
    weights = generator.uniform(0, 2, n) * (np.arange(n) % 5 > 0)
    return generator.normal(size=(n, 3)), (np.arange(n) + generator.integers(0, 2, n) * (np.arange(n) > 1)) % 2, weights


def cost_of(x: Array, t: Array, weights: Array | None = None, reduction: Literal["mean", "sum"] = "mean") -> Cost:
    return Cost.of(NETWORK, SoftmaxCrossEntropy(), x, t, weights=weights, penalty=PENALTY, reduction=reduction)


def dense_cost_and_gradient(
    theta: Array, x: Array, t: Array, weights: Array, reduction: Literal["mean", "sum"]
) -> tuple[float, Array]:
    """The cost and its gradient by matrices over all rows at once."""
    first, _, second = NETWORK.views(theta)
    hidden = np.tanh(x @ first["weights"] + first["bias"])
    z = hidden @ second["weights"] + second["bias"]
    y = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    shares = weights / weights.sum() if reduction == "mean" else weights
    dz = shares[:, None] * (y - np.eye(2)[t])
    dh = (dz @ second["weights"].T) * (1 - hidden**2)
    charge = shares.sum()
    value = -shares @ np.log(y[np.arange(len(t)), t])
    gradients = []
    for inputs, errors, params in ((x, dh, first), (hidden, dz, second)):
        w = params["weights"]
        value += charge * (PENALTY.l2 / 2 * (w**2).sum() + PENALTY.l1 * np.abs(w).sum())
        gradients += [inputs.T @ errors + charge * (PENALTY.l2 * w + PENALTY.l1 * np.sign(w)), errors.sum(axis=0)]
    return float(value), np.concatenate([g.ravel(order="F") for g in gradients])
