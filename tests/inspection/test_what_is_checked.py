"""A mistake in any derivative of the contract is found, also where training would not meet it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chainrule import Dense, Network, SoftmaxCrossEntropy, check_gradients, initialize
from chainrule.arrays import Array
from chainrule.layers import Elementwise


@dataclass(frozen=True)
class ForgetsTheBiasForward:
    """A dense layer whose jvp leaves out the change of the bias."""

    dense: Dense

    def __getattr__(self, name: str) -> object:
        return getattr(self.dense, name)

    def jvp(self, params: Mapping[str, Array], x: Array, y: Array, dx: Array, dparams: Mapping[str, Array]) -> Array:
        return self.dense.jvp(params, x, y, dx, {**dparams, "bias": np.zeros(3)})


@dataclass(frozen=True)
class BentCrossEntropy:
    """Cross-entropy that says it has twice its curvature."""

    true: SoftmaxCrossEntropy

    def __getattr__(self, name: str) -> object:
        return getattr(self.true, name)

    def curvature_product(self, z: Array, t: Array, v: Array) -> Array:
        return 2 * self.true.curvature_product(z, t, v)


X = [[1.0, 2.0], [3.0, -1.0]]
T = [0, 2]


def test_a_wrong_jvp_along_a_parameter() -> None:
    network = Network((ForgetsTheBiasForward(Dense(2, 3)),))  # type: ignore[arg-type]
    check = check_gradients(network, SoftmaxCrossEntropy(), initialize(network, random_state=0), X, T)
    assert [mistake.what for mistake in check.mistakes] == ["jvp along bias"]


def test_a_wrong_curvature() -> None:
    network = Network((Dense(2, 3),))
    bent = BentCrossEntropy(SoftmaxCrossEntropy())
    check = check_gradients(network, bent, initialize(network, random_state=0), X, T)  # type: ignore[arg-type]
    assert [mistake.what for mistake in check.mistakes] == ["curvature product"]


@dataclass(frozen=True)
class SteepWithoutSlope(Elementwise):
    """A very curved function that forgot its derivative."""

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.exp(50 * x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return np.zeros_like(x)


def test_a_bend_is_not_taken_for_a_kink() -> None:
    network = Network((Dense(2, 3), SteepWithoutSlope()))
    theta = 0.01 * initialize(network, random_state=0)
    check = check_gradients(network, SoftmaxCrossEntropy(), theta, X, T)
    assert check.mistakes[0].where == "Layer 1, SteepWithoutSlope()"
    assert check.kinks == 0
