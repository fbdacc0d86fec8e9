"""Whole epochs of an optimizer as machine code, where objective and optimizer allow it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple, Protocol, final, runtime_checkable

import numpy as np

from chainrule.arrays import Array
from chainrule.engine import CompiledEpoch
from chainrule.optimizers import FIRST_ORDER, Objective, Optimizer, recurrence

USUAL_EPOCHS, A_FEW_EPOCHS = 100, 8


@runtime_checkable
class Compilable(Objective, Protocol):
    """An objective that can go through the mini-batches of a whole epoch as machine code."""

    def compiled_epoch(self, size: int, epochs: int) -> CompiledEpoch | None:
        """Return an epoch with mini-batches of `size` rows, or None where so many epochs do not repay it."""
        ...


class Whole(NamedTuple):
    """The outcome of an epoch: `theta` (p,), state and rate after its steps, and their cost and gradient's norm."""

    theta: Array
    state: Any
    cost: float
    gradient_norm: float
    rate: float
    steps: int


@final
@dataclass(frozen=True, eq=False)
class WholeEpochs:
    """Epochs of an optimizer as machine code, each on the mini-batches that the generator would draw otherwise."""

    epoch: CompiledEpoch
    optimizer: Optimizer[Any]

    def __call__(self, theta: Array, state: Any, generator: np.random.Generator) -> Whole | None:
        """Return the outcome of the next epoch.

        Where a number is not finite it is None, and the generator is as before: steps one by one find out where.
        """
        before = generator.bit_generator.state
        steps = recurrence(self.optimizer, theta, state, self.epoch.steps)
        order = generator.permutation(self.epoch.rows)
        with np.errstate(over="ignore", invalid="ignore"):
            moved = self.epoch(theta, steps.mean, steps.square, steps.coefficients, order)
        if moved is None:
            generator.bit_generator.state = before
            return None
        after = steps.state(moved.mean, moved.square)
        return Whole(moved.theta, after, moved.cost, moved.gradient_norm, float(steps.rates[-1]), self.epoch.steps)


def whole_epochs(
    objective: Objective, optimizer: Optimizer[Any], theta: Array, batch_size: int, max_epochs: int | None
) -> Iterator[WholeEpochs | None]:
    """Yield for each epoch its machine code; None where that is not possible, or not worth it.

    A run whose epochs are not limited is taken for one of a few, and then for one of a few more.
    """
    if isinstance(objective, Compilable) and isinstance(optimizer, FIRST_ORDER):
        expected = A_FEW_EPOCHS if max_epochs is None else min(max_epochs, USUAL_EPOCHS)
        epoch = objective.compiled_epoch(batch_size, expected)
        while epoch is None and max_epochs is None:
            yield from repeat(None, expected)
            epoch = objective.compiled_epoch(batch_size, expected)
        if epoch is not None and epoch.dtype == theta.dtype:
            yield from repeat(WholeEpochs(epoch, optimizer))
    yield from repeat(None)
