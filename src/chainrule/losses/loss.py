"""The contract of a loss: what one row costs, and its derivatives.

A loss is written on the logits `z` (n, k), so that it is stable, and shows its factors all the same:

    value              loss (n,)
    gradient           ∂loss/∂z (n, k), the fused form
    factors            ∂loss/∂y (n, k) and ∂y/∂z (n, k, k), the unfused form: their product equals the gradient
    curvature_product  ∂²loss/∂z² · v (n, k)
"""

from collections.abc import Mapping
from typing import ClassVar, Protocol

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import real
from chainrule.common.format import described
from chainrule.common.formulas import Formula
from chainrule.layers import Layer

# By which the sum of class probabilities may miss 1: some of them are given in single precision.
SUM_TOLERANCE = 1e-6

# What a target may be: the index of the true class (n,), or a distribution over the classes (n, k).


def distributions(t: Array, outputs: int, smoothing: float, like: Array) -> Array:
    """Return targets as class probabilities (n, k) of the type of `like`, moved towards uniform by `smoothing`.

    >>> distributions(np.array([1]), 2, 0.5, np.zeros(1))
    array([[0.25, 0.75]])
    """
    if t.ndim == 1:
        rows = np.zeros((len(t), outputs), like.real.dtype)
        rows[np.arange(len(t)), t] = 1
    else:
        rows = t.astype(like.real.dtype, copy=False)
    return rows if smoothing == 0 else rows * (1 - smoothing) + smoothing / outputs


def check_smoothing(smoothing: float) -> None:
    """Raise ValueError unless `smoothing` is at least 0 and less than 1."""
    if not real(smoothing, 0, 1):
        raise ValueError(f"label_smoothing must be at least 0 and less than 1, found {described(smoothing)}.")


def check_class_targets(t: Array, outputs: int) -> None:
    """Raise ValueError unless `t` holds class indices below `outputs`, or rows of probabilities that sum to 1."""
    if t.ndim == 1:
        if not np.issubdtype(t.dtype, np.integer):
            raise ValueError(f"One-dimensional targets must be whole class indices, found numbers of type {t.dtype}.")
        wrong = (t < 0) | (t >= outputs)
        if wrong.any():
            row = int(wrong.argmax())
            raise ValueError(
                f"Target of row {row} is class {t[row]}, but there are {outputs} classes, 0 to {outputs - 1}."
            )
        return
    if t.ndim != 2 or t.shape[1] != outputs:
        raise ValueError(
            f"Targets must have shape (n,) of class indices or (n, {outputs}) of class probabilities, found {t.shape}."
        )
    _check_between_zero_and_one(t)
    sums = t.sum(axis=1, dtype=np.float64)
    wrong = np.abs(sums - 1) > SUM_TOLERANCE
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"Target of row {row} is no distribution: its class probabilities sum to {sums[row]:.6g}, expected 1."
        )


def check_binary_targets(t: Array, outputs: int) -> None:
    """Raise ValueError unless `t` holds numbers from 0 to 1, of shape (n,) or (n, outputs)."""
    fits = (t.ndim == 1 and outputs == 1) or (t.ndim == 2 and t.shape[1] == outputs)
    if not fits:
        expected = "(n,) or (n, 1)" if outputs == 1 else f"(n, {outputs})"
        raise ValueError(f"Targets must have shape {expected} for a network with {outputs} outputs, found {t.shape}.")
    _check_between_zero_and_one(t.reshape(len(t), outputs))


def _check_between_zero_and_one(t: Array) -> None:
    wrong = ~((t >= 0) & (t <= 1))
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"Target of row {row}, column {column} is {t[row, column]}, expected a probability from 0 to 1."
        )


class Loss(Protocol):
    """A loss of logits `z` (n, k) and targets `t`, row by row.

    Attributes:
        activation: turns logits into what the network predicts, `y` (n, k).
    """

    @property
    def activation(self) -> Layer: ...

    def check_targets(self, t: Array, outputs: int) -> None:
        """Raise ValueError, naming the row, unless `t` are targets for `outputs` logits."""
        ...

    def value(self, z: Array, t: Array) -> Array:
        """Return the loss of each row (n,)."""
        ...

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        """Return `∂loss/∂z` (n, k)."""
        ...

    def value_and_gradient(self, z: Array, t: Array, *, out: Array | None = None) -> tuple[Array, Array]:
        """Return both, sharing their work."""
        ...

    def curvature_product(self, z: Array, t: Array, v: Array) -> Array:
        """Return `∂²loss/∂z² · v` (n, k) for `v` (n, k)."""
        ...

    def factors(self, z: Array, t: Array) -> tuple[Array, Array]:
        """Return `∂loss/∂y` (n, k) and `∂y/∂z` (n, k, k)."""
        ...


class DescribedLoss:
    """What other parts of Chainrule must know of a loss: all of Chainrule's own say it on their class.

    A loss of a user's own may say as much of it as it likes.

    Attributes:
        exclusive: whether a row has one class of several, so that its target is an index or one distribution; else each
            output is a question of its own.
        kinked: whether it has a kink or a jump at 0.
        kernel: its number in the compiled kernels (`softmax` in `engine/compiled/epoch.h`); None where they do not have
            it.
        note: a sentence about its derivative, with a space before it.
    """

    exclusive: ClassVar[bool] = True
    kinked: ClassVar[bool] = False
    kernel: ClassVar[int | None] = None
    note: ClassVar[str] = ""

    def formulas(self, outputs: int) -> Mapping[str, Formula]:
        """Return how the ledger writes it: "y", "loss", "dloss_dy", "dy_dz", "fused", and "t" where it changes targets.

        Empty where nothing is known.
        """
        return {}


def symbols(outputs: int) -> tuple[Formula, Formula, Formula]:
    """Return the names of `y`, `z` and `t`: vectors, or numbers where there is one output."""
    bold = (rf"\mathbf{{{letter}}}" if outputs > 1 else letter for letter in "yzt")
    y, z, t = (Formula(letter, latex) for letter, latex in zip("yzt", bold, strict=True))
    return y, z, t


def smoothed_target(smoothing: float, classes: int) -> dict[str, Formula]:
    """Return the formula of smoothed targets as "t"; nothing where they stay as they are.

    >>> smoothed_target(0.1, 2)["t"].text
    '0.9 · target + 0.05'
    """
    if not smoothing:
        return {}
    keep, rest = f"{1 - smoothing:g}", f"{smoothing / classes:g}"
    return {"t": Formula(f"{keep} · target + {rest}", rf"{keep} \cdot \text{{target}} + {rest}")}
