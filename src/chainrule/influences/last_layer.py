"""The last layer on its rows, as the softmax or sigmoid regression that it is on what the layers before it give."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np

from chainrule.arrays import Array, dense, squares
from chainrule.engine import Rows
from chainrule.engine.softmax_head import places_in_theta
from chainrule.estimator.trained_model import TrainedModel
from chainrule.layers import Dense, MemberDense
from chainrule.layers.members import by_member
from chainrule.losses import Loss
from chainrule.network import Network

# Numbers that are made of a block of rows, 16 MiB of doubles: they stay in the processor's cache.
NUMBERS_AT_ONCE = 1 << 21
# Rows of a block that is gone through often, for each of many other rows.
ROWS_AT_ONCE = 1 << 10
# Rows of a block at least: of fewer, the calls take longer than what they compute.
LEAST_BLOCK_ROWS = 16


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
        gradients[:, places["weights"][0]] = (dy[:, :, None] * dense(before)[:, None, :]).reshape(len(dy), -1)
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
    """Yield for each dense layer, last to first: where its parameters are, its inputs, and the gradient after it.

    Of an ensemble's layer it is the same for each member.
    """
    outputs, params = network.forward(theta, x), network.views(theta)
    dy = loss.gradient(outputs[-1], t)
    for number in range(len(network.layers) - 1, -1, -1):
        layer, before, after = network.layers[number], outputs[number], outputs[number + 1]
        if isinstance(layer, Dense):
            yield network.layout[number], before, dy
        elif isinstance(layer, MemberDense):
            for inputs, after_it in zip(by_member(before, layer.members), by_member(dy, layer.members), strict=True):
                yield network.layout[number], inputs, after_it
        if number:
            passed = layer.vjp(params[number], before, after, dy)
            assert passed is not None
            dy = passed


class RowBlock(NamedTuple):
    """Some of the rows, at the last layer.

    Attributes:
        chosen: which rows these are.
        x: what the layer gets, with a one behind it for the bias (b, j).
        z: logits (b, k).
        y: probabilities (b, k).
        t: class indices (b,).
        error: the gradient of each row's loss at the logits (b, k).
        weights: what the rows count (b,).
    """

    chosen: Array | slice
    x: Array
    z: Array
    y: Array
    t: Array
    error: Array
    weights: Array


@final
@dataclass(frozen=True, eq=False)
class LastLayer:
    """The last layer of a trained network, and rows.

    Its parameters are ordered by class here, the bias of each behind its weights (k, j).

    Attributes:
        network: the whole network.
        loss: of a row.
        theta: all parameters (p,), in double precision.
        rows: with inputs as the network takes them, in double precision.
        l1, l2: strength of the penalty on each weight, in a cost that is the sum over the rows.
    """

    network: Network
    loss: Loss
    theta: Array
    rows: Rows
    l1: float
    l2: float

    @classmethod
    def of(cls, model: TrainedModel, rows: Rows) -> "LastLayer":
        """Return the last layer of a trained model, on rows of its classifier.

        Raises:
            ValueError: the network is an ensemble.
        """
        model.refuse_ensemble("influence")
        penalty, total, standardized = model.penalty(rows), rows.total_weight, model.standardized_rows(rows)
        return cls(model.network, model.loss, model.theta, standardized, penalty.l1 * total, penalty.l2 * total)

    @property
    def layer(self) -> Dense:
        """The layer."""
        layer = self.network.layers[-1]
        assert isinstance(layer, Dense)
        return layer

    @property
    def shape(self) -> tuple[int, int]:
        """The number of its outputs `k`, and of parameters that each has, `j`."""
        return self.layer.outputs, self.layer.inputs + self.layer.bias

    @cached_property
    def order(self) -> Array:
        """Where in the last numbers of `theta` each of the parameters is (k, j)."""
        return places_in_theta(self.layer.outputs, self.layer.inputs, self.layer.bias)

    @cached_property
    def weights(self) -> Array:
        """What each row counts (n,)."""
        return np.ones(len(self.rows)) if self.rows.weights is None else self.rows.weights.astype(np.float64)

    @cached_property
    def parameters(self) -> Array:
        """The parameters of the layer (k, j)."""
        return self.theta[len(self.theta) - self.order.size :][self.order]

    def with_parameters(self, parameters: Array) -> "LastLayer":
        """Return the same layer with other parameters (k, j)."""
        theta = self.theta.copy()
        theta[len(theta) - self.order.size :][self.order] = parameters
        return replace(self, theta=theta)

    @cached_property
    def free(self) -> Array:
        """Which of them a small change of the rows can move (k, j): all but weights that l1 holds at zero."""
        free: Array = self.parameters != 0 if self.l1 else np.ones(self.shape, bool)
        free[:, self.layer.inputs :] = True
        return free

    @cached_property
    def strength(self) -> Array:
        """The l2 penalty on each of them (k, j)."""
        strength = np.full(self.shape, self.l2)
        strength[:, self.layer.inputs :] = 0
        return strength

    def inputs(self, x: Any) -> Array:
        """Return what the layer gets for rows `x` (n, i) as the network takes them, with a one for the bias (n, j)."""
        h = dense(self.network.forward(self.theta, x)[-2])
        return np.hstack([h, np.ones((len(h), int(self.layer.bias)))])

    def probabilities(self, z: Array) -> Array:
        """Return the probabilities of logits (..., k)."""
        return self.loss.activation.forward({}, z.reshape(-1, z.shape[-1])).reshape(z.shape)

    def losses(self, z: Array, t: Array) -> Array:
        """Return the losses (b, m) of logits (b, m, k) of classes `t` (m,)."""
        return self.loss.value(z.reshape(-1, z.shape[2]), np.tile(t, len(z))).reshape(z.shape[:2])

    def block(self, chosen: Array | slice) -> RowBlock:
        """Return some of the rows."""
        rows = self.rows.take(chosen)
        x = self.inputs(rows.x)
        z, t = x @ self.parameters.T, rows.t
        return RowBlock(chosen, x, z, self.probabilities(z), t, self.loss.gradient(z, t), self.weights[chosen])

    def blocks(self, numbers_a_row: int) -> Iterator[RowBlock]:
        """Yield the rows, so many at a time that what is made of them takes little memory."""
        widest = max(numbers_a_row, *self.network.widths)
        size = max(LEAST_BLOCK_ROWS, NUMBERS_AT_ONCE // widest)
        for start in range(0, len(self.rows), size):
            yield self.block(slice(start, start + size))

    @cached_property
    def kept(self) -> tuple[RowBlock, ...]:
        """All rows, kept to be gone through often."""
        return tuple(self.blocks(NUMBERS_AT_ONCE // ROWS_AT_ONCE))

    def slope(self) -> Array:
        """Return the gradient of the cost (k, j), of the parameters that are free."""
        slope = self.strength * self.parameters
        slope[:, : self.layer.inputs] += self.l1 * np.sign(self.parameters[:, : self.layer.inputs])
        for block in self.blocks(1):
            slope += (block.weights[:, None] * block.error).T @ block.x
        return np.where(self.free, slope, 0)
