"""The Jacobian of a network's logits with respect to all its parameters, row by row."""

import numpy as np

from chainrule.arrays import Array
from chainrule.network import Network


def logits_jacobian(network: Network, theta: Array, outputs: list[Array]) -> Array:
    """Return `∂z/∂theta` (n, k, p) of rows: the product of the layers' Jacobians, from the last layer to the first.

    Parameters:
        network: of `k` outputs and `p` parameters.
        theta: its parameters (p,).
        outputs: of `network.forward`, the rows themselves dense.

    >>> from chainrule.layers import Dense
    >>> network = Network((Dense(2, 1),))
    >>> logits_jacobian(network, network.zeros(), network.forward(network.zeros(), np.array([[3.0, 4.0]])))
    array([[[3., 4., 1.]]])
    """
    n, k = outputs[-1].shape
    jacobian = np.empty((n, k, network.size))
    behind = np.broadcast_to(np.eye(k), (n, k, k))
    views = network.views(theta)
    for number in range(len(network.layers) - 1, -1, -1):
        own = network.layers[number].jacobian(views[number], outputs[number], outputs[number + 1])
        for name, (part, _) in network.layout[number].items():
            by_column = own[name].transpose(0, 1, *range(own[name].ndim - 1, 1, -1))
            jacobian[:, :, part] = behind @ by_column.reshape(n, by_column.shape[1], -1)
        behind = behind @ own["x"]
    return jacobian
