"""Cost and gradient of one block of rows: the hot loop.

cost = Σ_r w_r loss_r / scale,    gradient = backward(w_r ∂loss_r/∂z / scale)
"""

import numpy as np

from chainrule.arrays import Array
from chainrule.engine.rows import Rows
from chainrule.engine.workspace import Workspace
from chainrule.losses import Loss
from chainrule.network import Network


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
