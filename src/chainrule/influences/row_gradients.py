"""The gradient of each row's loss by itself, with respect to the parameters of all layers."""

from typing import Any

import numpy as np

from chainrule.arrays import Array, is_sparse, squares
from chainrule.layers import Dense
from chainrule.losses import Loss
from chainrule.network import Network


def row_gradients(network: Network, loss: Loss, theta: Array, x: Any, t: Array) -> Array:
    """Return the gradient of the loss of each row (n, p): `∂loss/∂W = x ⊗ dy` and `∂loss/∂b = dy` for each layer.

    Parameters:
        network: of dense layers and activations.
        loss: of a row.
        theta: parameters (p,).
        x: rows (n, i).
        t: class indices (n,).

    >>> from chainrule import SigmoidCrossEntropy
    >>> network = Network((Dense(2, 1),))
    >>> row_gradients(network, SigmoidCrossEntropy(), network.zeros(), np.array([[1., 2.]]), np.array([1]))
    array([[-0.5, -1. , -0.5]])
    """
    gradients = np.empty((x.shape[0], network.size))
    for places, before, dy in _backward(network, loss, theta, x, t):
        dense = before.toarray() if is_sparse(before) else before
        gradients[:, places["weights"][0]] = (dy[:, :, None] * dense[:, None, :]).reshape(len(dy), -1)
        if "bias" in places:
            gradients[:, places["bias"][0]] = dy
    return gradients


def gradient_norms(network: Network, loss: Loss, theta: Array, x: Any, t: Array) -> Array:
    """Return the norm of each row of `row_gradients` (n,): the sum over layers of `‖dy‖² (‖x‖² + 1)`, its root."""
    total = np.zeros(x.shape[0])
    for places, before, dy in _backward(network, loss, theta, x, t):
        of_inputs = np.asarray(squares(before).sum(axis=1)).ravel() + ("bias" in places)
        total += np.vecdot(dy, dy) * of_inputs
    return np.sqrt(total)


def _backward(network: Network, loss: Loss, theta: Array, x: Any, t: Array) -> Any:
    """Yield for each dense layer, last to first: where its parameters are, its inputs, and the gradient after it."""
    outputs, params = network.forward(theta, x), network.views(theta)
    dy = loss.gradient(outputs[-1], t)
    for number in range(len(network.layers) - 1, -1, -1):
        layer, before, after = network.layers[number], outputs[number], outputs[number + 1]
        if isinstance(layer, Dense):
            yield network.layout[number], before, dy
        if number:
            passed = layer.vjp(params[number], before, after, dy)
            assert passed is not None
            dy = passed
