"""The Jacobian of a network's logits with respect to its parameters, row by row, as factors of Kronecker products.

One row passes through `y = x W + b` to the logits `z`, so that with `W` written column by column

    ∂z/∂W = ∂z/∂y ⊗ x    (k, o i)        ∂z/∂b = ∂z/∂y ⊗ 1    (k, o)

Products with the whole matrix need the small factors alone.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.layers import Dense
from chainrule.network import Network


class Factors(NamedTuple):
    """The Jacobian `outer ⊗ inner` of some rows with respect to one parameter.

    Attributes:
        part: where the parameter lies among those that are asked for.
        outer: (n, k, o).
        inner: (n, i).
    """

    part: slice
    outer: Array
    inner: Array


def jacobian_factors(network: Network, theta: Array, outputs: list[Array], first: int = 0) -> Iterator[Factors]:
    """Yield the factors of `∂z/∂theta` of rows for each parameter, from the last layer back to layer `first`.

    Parameters:
        network: of `k` outputs.
        theta: its parameters (p,).
        outputs: of `network.forward`, the rows themselves dense.
        first: the number of the first layer whose parameters are asked for.

    >>> network = Network((Dense(2, 1),))
    >>> outputs = network.forward(network.zeros(), np.array([[3.0, 4.0]]))
    >>> [(outer.tolist(), inner.tolist()) for _, outer, inner in jacobian_factors(network, network.zeros(), outputs)]
    [([[[1.0]]], [[3.0, 4.0]]), ([[[1.0]]], [[1.0]])]
    """
    n, k = outputs[-1].shape
    views, behind, one = network.views(theta), np.broadcast_to(np.eye(k), (n, k, k)), np.ones((n, 1))
    before = size_before(network, first)
    for number in range(len(network.layers) - 1, first - 1, -1):
        layer, x, y = network.layers[number], outputs[number], outputs[number + 1]
        places = {
            name: slice(part.start - before, part.stop - before) for name, (part, _) in network.layout[number].items()
        }
        if isinstance(layer, Dense):
            for name, part in places.items():
                yield Factors(part, behind, x if name == "weights" else one)
        elif places:
            own = layer.jacobian(views[number], x, y)
            for name, part in places.items():
                by_column = own[name].transpose(0, 1, *range(own[name].ndim - 1, 1, -1))
                yield Factors(part, behind @ by_column.reshape(n, by_column.shape[1], -1), one)
        if number > first:
            passed = [layer.vjp(views[number], x, y, np.ascontiguousarray(behind[:, c])) for c in range(k)]
            behind = np.stack([dx for dx in passed if dx is not None], axis=1)


def size_before(network: Network, layer: int) -> int:
    """Return the number of parameters in the layers before this one."""
    return sum(part.stop - part.start for places in network.layout[:layer] for part, _ in places.values())


def times(factors: Factors, matrix: Array) -> Array:
    """Return `(outer ⊗ inner) matrix` of each row (n, k, r) for a matrix (o i, r).

    >>> times(Factors(slice(0, 2), np.array([[[2.0]]]), np.array([[3.0, 4.0]])), np.eye(2))
    array([[[6., 8.]]])
    """
    _, outer, inner = factors
    by_output = matrix.reshape(outer.shape[2], inner.shape[1], -1)
    of_outputs = inner @ by_output
    return outer @ of_outputs.transpose(1, 0, 2)


def summed_products(left: Factors, middle: Array, right: Factors) -> Array:
    """Return `Σ_r leftᵀ_r middle_r right_r` (o i, o' i') for matrices `middle` (n, k, k).

    >>> one = Factors(slice(0, 2), np.array([[[2.0]]]), np.array([[3.0, 4.0]]))
    >>> summed_products(one, np.array([[[1.0]]]), one)
    array([[36., 48.],
           [48., 64.]])
    """
    outer = left.outer.transpose(0, 2, 1) @ middle @ right.outer
    o, i, columns = outer.shape[1], left.inner.shape[1], outer.shape[2] * right.inner.shape[1]
    product = np.empty((o, i, columns))
    for output in range(o):
        bent = outer[:, output, :, None] * right.inner[:, None, :]
        product[output] = left.inner.T @ bent.reshape(-1, columns)
    return product.reshape(o * i, columns)
