"""A mistake in any derivative of the contract is found, also where training would not meet it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chainrule import Dense, Network, SoftmaxCrossEntropy, check_gradients, initialize
from chainrule.arrays import Array


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


X, T = [[1.0, 2.0], [3.0, -1.0]], [0, 2]


def test_a_wrong_jvp_along_a_parameter() -> None:
    network = Network((ForgetsTheBiasForward(Dense(2, 3)),))  # type: ignore[arg-type]
    check = check_gradients(network, SoftmaxCrossEntropy(), initialize(network, random_state=0), X, T)
    assert [mistake.what for mistake in check.mistakes] == ["jvp along bias"]


def test_a_wrong_curvature() -> None:
    network = Network((Dense(2, 3),))
    bent = BentCrossEntropy(SoftmaxCrossEntropy())
    check = check_gradients(network, bent, initialize(network, random_state=0), X, T)  # type: ignore[arg-type]
    assert [mistake.what for mistake in check.mistakes] == ["curvature product"]
