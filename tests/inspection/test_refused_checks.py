"""What cannot be checked is refused in one sentence."""

from dataclasses import dataclass

import numpy as np
import pytest

from chainrule import Dense, SoftmaxCrossEntropy, check_layer, check_loss
from chainrule.arrays import Array
from chainrule.layers import Parameters
from tests.inspection.broken import PlainDense
from tests.mistakes import assert_refused

X = np.random.default_rng(0).normal(size=(5, 3))
T = np.array([0, 2, 1, 1, 0])
Z = np.random.default_rng(1).normal(size=(5, 3))


@dataclass(frozen=True)
class OneOutputShort(PlainDense):
    """A dense layer that gives one output less than it says."""

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        return self.right.forward(params, x)[:, 1:]


class Nothing:
    """No layer, and no loss."""

    def __repr__(self) -> str:
        return "Nothing()"


def test_what_cannot_be_checked_is_refused_in_one_sentence() -> None:
    dense = Dense(3, 2)
    assert_refused(lambda: check_layer(dense, [1.0]), "x must have shape (n, i) with at least one row, found (1,).")
    assert_refused(lambda: check_layer(dense, [[np.nan] * 3]), "x must be finite, found nan.")
    assert_refused(
        lambda: check_layer(dense, X, {"weights": np.ones((2, 2))}),
        f"{dense} has parameters of shapes {{'weights': (3, 2), 'bias': (2,)}}, found {{'weights': (2, 2)}}.",
    )
    short = OneOutputShort(3, 4)
    assert_refused(
        lambda: check_layer(short, X),
        f"{short} must return outputs of shape (5, 4) for these rows, found (5, 3).",
    )
    assert_refused(
        lambda: check_loss(SoftmaxCrossEntropy(), Z, [0]),
        "Targets must have one entry for each of the 5 rows, found shape (1,).",
    )
    assert_refused(
        lambda: check_loss(SoftmaxCrossEntropy(), [0.0], [0]),
        "z must have shape (n, k) with at least one row, found (1,).",
    )
    with pytest.raises(TypeError, match=r"^A layer needs output_size, .*: Nothing\(\) lacks output_size, parameter_"):
        check_layer(Nothing(), X)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^A loss needs activation, .*: Nothing\(\) lacks activation, "):
        check_loss(Nothing(), Z, T)  # type: ignore[arg-type]
