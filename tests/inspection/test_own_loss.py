"""A loss of one's own: formulas as people write them wrongly, and what the check says of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from chainrule import check_loss
from chainrule.arrays import Array
from chainrule.layers import Softmax
from tests.inspection.broken import PlainLoss
from tests.registry import LOSSES, LossCase, named

Z = np.random.default_rng(1).normal(size=(5, 3))
T = np.array([0, 2, 1, 1, 0])


@dataclass(frozen=True)
class OwnLoss(PlainLoss):
    """A cross-entropy whose gradient is one's own."""

    own: Callable[[Array, Array], Array]

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        return self.own(z, np.eye(z.shape[1])[t])


def softmax(z: Array) -> Array:
    return Softmax().forward({}, z)


@pytest.mark.parametrize(
    ("own", "kind", "reason"),
    [
        (lambda z, t: (softmax(z) - t) / len(z), "factor", "1/5 (one over the number of rows) times"),
        (lambda z, t: softmax(softmax(z)) - t, "wrong point", "it takes y where z belongs"),
        (lambda z, t: z - t, "wrong point", "it takes z where y belongs"),
        (lambda z, _: softmax(z), "missing term", "found - expected = 1 × t"),
        (lambda z, t: softmax(z) + t, "missing term", "found - expected = 2 × t"),
        (lambda z, t: t - softmax(z), "sign", "the other sign would be right"),
    ],
    ids=["mean", "softmax twice", "no softmax", "no target", "target added", "sign"],
)
def test_a_gradient_of_a_loss_written_wrongly(own: Callable[[Array, Array], Array], kind: str, reason: str) -> None:
    check = check_loss(OwnLoss(own), Z, T)
    assert check.mistakes[0].what == "gradient with respect to z"
    assert check.mistakes[0].kind == kind, str(check)
    assert reason in check.mistakes[0].reason, str(check)


@dataclass(frozen=True)
class ForgetsItsValue(PlainLoss):
    """A loss that says twice its value where it says both."""

    def value_and_gradient(self, z: Array, t: Array, *, out: Array | None = None) -> tuple[Array, Array]:
        return 2 * self.value(z, t), self.gradient(z, t)


def test_value_and_gradient_must_say_the_same_value() -> None:
    (mistake,) = check_loss(ForgetsItsValue(), Z, T).mistakes
    assert (mistake.what, mistake.kind) == ("value of value_and_gradient", "factor")
    assert mistake.reason == "it is 2 times what it should be"


def test_a_gradient_of_another_shape_is_a_mistake() -> None:
    own = OwnLoss(lambda z, t: (softmax(z) - t).sum(axis=1))
    mistake = check_loss(own, Z, T).mistakes[0]
    assert str(mistake) == f"{own}: gradient with respect to z has shape (5,), where (5, 3) is expected."


@pytest.mark.parametrize("case", LOSSES, ids=named(LOSSES))
def test_every_loss_passes_by_itself(case: LossCase) -> None:
    generator = np.random.default_rng(0)
    outputs = case.outputs[-1]
    check = check_loss(case.loss, generator.normal(size=(4, outputs)), case.targets("soft", 4, outputs, generator))
    assert check.passed, str(check)
