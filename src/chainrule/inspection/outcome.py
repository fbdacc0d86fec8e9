"""What a gradient check comes to, and what all of them begin with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array, floating
from chainrule.common.arguments import check, generator_of, real, told, whole
from chainrule.inspection.differences import DOUBLE, Comparer, good_to
from chainrule.inspection.layer_check import precision
from chainrule.inspection.mistakes import Mistake
from chainrule.losses import Loss
from chainrule.network import Network


@final
@dataclass(frozen=True)
class GradientCheck:
    """The outcome of `check_gradients`, `check_layer` and `check_loss`.

    Attributes:
        mistakes: the worst disagreement of each derivative that has one, in the order of the chain.
        compared: how many numbers were compared.
        kinks: how many of them lie at a kink of the function, and were skipped.
        largest_error: the largest relative error among the others.
        coarse: layers that answer in less than double precision, and so are checked less closely.
    """

    mistakes: tuple[Mistake, ...]
    compared: int
    kinks: int
    largest_error: float
    coarse: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether there is no mistake."""
        return not self.mistakes

    def __str__(self) -> str:
        counted = f"{self.compared} derivatives compared, {self.kinks or 'none'} skipped at a kink"
        end = f": all agree, largest relative error {self.largest_error:.1e}."
        first = counted + (end if self.passed else f": {len(self.mistakes)} disagree.")
        return "\n".join([first, *map(str, self.mistakes), *self.coarse])


def comparer_for(caller: str, tolerance: float, max_entries: int, random_state: int) -> Comparer:
    """Return what compares numbers.

    Raises:
        ValueError: the tolerance or the number of entries makes no sense.
    """
    if not real(tolerance, 0) or tolerance == 0 or not whole(max_entries):
        raise ValueError(
            f"{caller} needs a tolerance above zero and at least one entry, found {told(tolerance)} and"
            f" {told(max_entries)}."
        )
    return Comparer(tolerance, max_entries, generator_of(random_state))


def check_fit(network: Network, loss: Loss, theta: Array) -> None:
    """Raise ValueError unless they are a network, a loss and the network's parameters."""
    check("network", network, isinstance(network, Network), "a Network")
    check("loss", loss, not isinstance(loss, type) and hasattr(loss, "factors"), "a loss such as SoftmaxCrossEntropy()")
    vector = isinstance(theta, np.ndarray) and theta.dtype.kind == "f" and theta.shape == (network.size,)
    check("theta", theta, vector, f"the array of the {network.size} parameters of the network")


def finite(name: str, values: object) -> Array:
    """Return values in double precision.

    Raises:
        ValueError: one of them is not finite.
    """
    numbers = floating(values).astype(np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} must be finite, found {numbers[~np.isfinite(numbers)][0]}.")
    return numbers


def check_targets_of(loss: Loss, t: Array, z: Array) -> None:
    """Raise ValueError unless there is one target for each row of logits, as the loss takes them."""
    if t.shape[:1] != z.shape[:1]:
        raise ValueError(f"Targets must have one entry for each of the {len(z)} rows, found shape {t.shape}.")
    loss.check_targets(t, z.shape[1])


def outcome_of(
    comparer: Comparer, mistakes: Sequence[Mistake], names: Sequence[str], outputs: Sequence[Array]
) -> GradientCheck:
    """Return the outcome of a check of layers of these names, which have these outputs."""
    types = [(name, precision(y)) for name, y in zip(names, outputs, strict=True)]
    coarse = tuple(
        f"{name} answers in {dtype}: what it says is checked to {good_to(dtype):.0e} only."
        for name, dtype in types
        if dtype != DOUBLE
    )
    return GradientCheck(tuple(mistakes), comparer.compared, comparer.kinks, comparer.largest_error, coarse)
