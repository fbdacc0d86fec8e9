"""Whole epochs of an optimizer in C, where objective and optimizer allow it."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, final, runtime_checkable

import numpy as np

from chainrule.arrays import Array
from chainrule.engine import CompiledEpoch
from chainrule.optimizers import FIRST_ORDER, Objective, Optimizer, recurrence


@runtime_checkable
class Compilable(Objective, Protocol):
    """An objective that can go through the mini-batches of a whole epoch in C."""

    def compiled_epoch(self, size: int) -> CompiledEpoch | None:
        """Return an epoch with mini-batches of `size` rows, or None where that is not covered."""
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
    """Epochs of an optimizer in C, each on the mini-batches that the generator would draw otherwise."""

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


def whole_epochs(objective: Objective, optimizer: Optimizer[Any], theta: Array, batch_size: int) -> WholeEpochs | None:
    """Return the epochs of a run in C; None where that is not possible."""
    if not isinstance(objective, Compilable) or not isinstance(optimizer, FIRST_ORDER):
        return None
    epoch = objective.compiled_epoch(batch_size)
    return None if epoch is None or epoch.dtype != theta.dtype else WholeEpochs(epoch, optimizer)
