"""A layer and a loss of your own: written with their derivatives, checked in one call each, then trained with.

Run it: `python examples/own_layer_and_loss.py`. The first check finds a mistake made on purpose, and says of what kind.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_iris

from chainrule import LBFGS, Cost, Dense, Network, check_gradients, check_layer, check_loss, initialize, train
from chainrule.arrays import Array
from chainrule.layers import Elementwise, Identity, Layer


@dataclass(frozen=True)
class Softsign(Elementwise):
    """The soft sign: `f(x) = x / (1 + |x|)`, `f'(x) = 1 / (1 + |x|)²`."""

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.divide(x, 1 + np.abs(x), out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return 1 / (1 + np.abs(x)) ** 2


@dataclass(frozen=True)
class SoftsignWithMistake(Softsign):
    """The same, with a derivative that takes the output for the input."""

    def derivative(self, x: Array, y: Array) -> Array:
        return 1 / (1 + np.abs(y)) ** 2


@dataclass(frozen=True)
class SquaredError:
    """Half the squared distance: `loss = Σ_c (z_c - t_c)² / 2`, `∂loss/∂z = z - t`; predictions are the logits."""

    @property
    def activation(self) -> Layer:
        return Identity()

    def check_targets(self, t: Array, outputs: int) -> None:
        if t.ndim != 2 or t.shape[1] != outputs:
            raise ValueError(f"Targets must have shape (n, {outputs}), found {t.shape}.")

    def value(self, z: Array, t: Array) -> Array:
        return ((z - t) ** 2).sum(axis=1) / 2

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        return np.subtract(z, t, out=out)

    def value_and_gradient(self, z: Array, t: Array, *, out: Array | None = None) -> tuple[Array, Array]:
        return self.value(z, t), self.gradient(z, t, out=out)

    def curvature_product(self, z: Array, t: Array, v: Array) -> Array:
        return v

    def factors(self, z: Array, t: Array) -> tuple[Array, Array]:
        return z - t, np.broadcast_to(np.eye(z.shape[1]), (*z.shape, z.shape[1]))


def main() -> None:
    x, labels = load_iris(return_X_y=True)
    x, t = (x - x.mean(axis=0)) / x.std(axis=0), np.eye(3)[labels]
    print(check_layer(SoftsignWithMistake(), x[:10]))
    print(check_layer(Softsign(), x[:10]))
    print(check_loss(SquaredError(), x[:10, :3], t[:10]))
    network = Network((Dense(4, 6), Softsign(), Dense(6, 3)))
    theta = initialize(network, random_state=0)
    print(check_gradients(network, SquaredError(), theta, x[:10], t[:10]))
    trained = train(Cost.of(network, SquaredError(), x, t), LBFGS(), theta, max_epochs=100).theta
    right = network.forward(trained, x)[-1].argmax(axis=1) == labels
    print(f"{right.mean():.0%} of the rows are classified rightly.")


if __name__ == "__main__":
    main()
