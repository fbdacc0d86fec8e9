"""Cost and gradient of one block of rows: the hot loop.

cost = Σ_r w_r loss_r / scale,    gradient = backward(w_r ∂loss_r/∂z / scale)
"""

from math import prod
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, Shape
from chainrule.engine.rows import Rows
from chainrule.losses import Loss
from chainrule.network import Network

# One thread's buffers: memory for a block's intermediate results, used again for every block.


@final
class Workspace:
    """Arrays by name, allocated once at the largest size asked for.

    An array is valid until its name is asked for again.

    >>> workspace = Workspace()
    >>> block = workspace.array(("y", 0), (4, 3), np.dtype(float))
    >>> np.shares_memory(block, workspace.array(("y", 0), (2, 3), np.dtype(float)))
    True
    """

    def __init__(self) -> None:
        self._memory: dict[tuple[str, int], Array] = {}
        self._parts: dict[int, Workspace] = {}

    def part(self, number: int) -> "Workspace":
        """Return the workspace of a thread that works beside others; this one is the first."""
        return self if number == 0 else self._parts.setdefault(number, Workspace())

    def array(self, name: tuple[str, int], shape: Shape, dtype: np.dtype[Any]) -> Array:
        """Return an array of this shape, the same memory each time for the same name."""
        memory = self._memory.get(name)
        if memory is not None and memory.shape == shape and memory.dtype == dtype:
            return memory
        size = prod(shape)
        if memory is None or memory.size < size or memory.dtype != dtype:
            memory = self._memory[name] = np.empty(shape, dtype)
        return memory.reshape(-1)[:size].reshape(shape)


def block_cost(network: Network, loss: Loss, theta: Array, block: Rows, scale: float, workspace: Workspace) -> float:
    """Return the cost of the block."""
    z = network.forward(theta, block.x, workspace)[-1]
    return _weighted_sum(loss.value(z, block.t), block) / scale


def block_cost_and_gradient(
    network: Network, loss: Loss, theta: Array, block: Rows, scale: float, workspace: Workspace, out: Array
) -> float:
    """Return the cost of the block and write its gradient into `out` (p,)."""
    outputs = network.forward(theta, block.x, workspace)
    z = outputs[-1]
    losses, dz = loss.value_and_gradient(z, block.t, out=workspace.array(("dz", 0), z.shape, z.dtype))
    dz *= 1 / scale if block.weights is None else (block.weights / scale).astype(dz.dtype, copy=False)[:, None]
    network.backward(theta, outputs, dz, workspace, out=out)
    return _weighted_sum(losses, block) / scale


def block_curvature_product(
    network: Network, loss: Loss, theta: Array, block: Rows, scale: float, workspace: Workspace, v: Array, out: Array
) -> None:
    """Write the Gauss-Newton product of the block with `v` (p,) into `out` (p,)."""
    outputs = network.forward(theta, block.x, workspace)
    dz = loss.curvature_product(outputs[-1], block.t, network.jvp(theta, outputs, v))
    dz *= 1 / scale if block.weights is None else (block.weights / scale).astype(dz.dtype, copy=False)[:, None]
    network.backward(theta, outputs, dz, workspace, out=out)


def _weighted_sum(losses: Array, block: Rows) -> float:
    weighted = losses if block.weights is None else losses * block.weights
    return float(np.add.reduce(weighted, dtype=np.float64))
