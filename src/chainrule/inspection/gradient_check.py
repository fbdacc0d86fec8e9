"""Gradient checking: every derivative of a network against differences of its values.

Each layer is checked by itself at the inputs that it really gets, then the loss, then the whole chain: so a mistake is
found where it is. Everything is computed in float64, whatever the network trains in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array, floating
from chainrule.inspection.differences import Comparer, Mistake
from chainrule.layers import Layer
from chainrule.losses import Loss
from chainrule.network import Network

LARGEST_JACOBIAN = 10_000_000


@final
@dataclass(frozen=True)
class GradientCheck:
    """The outcome of `check_gradients`.

    Attributes:
        mistakes: the worst disagreement of each derivative that has one, in the order of the chain.
        compared: how many numbers were compared.
        kinks: how many of them lie at a kink of the function, and were set apart.
        largest_error: the largest relative error among the others.
    """

    mistakes: tuple[Mistake, ...]
    compared: int
    kinks: int
    largest_error: float

    @property
    def passed(self) -> bool:
        """Whether there is no mistake."""
        return not self.mistakes

    def __str__(self) -> str:
        counted = f"{self.compared} derivatives compared, {self.kinks} at a kink set apart"
        if self.passed:
            return f"{counted}: all agree, largest relative error {self.largest_error:.1e}."
        return "\n".join([f"{counted}: {len(self.mistakes)} disagree.", *map(str, self.mistakes)])


def check_gradients(
    network: Network,
    loss: Loss,
    theta: Array,
    x: object,
    t: object,
    *,
    tolerance: float = 1e-6,
    max_entries: int = 200,
    random_state: int = 0,
) -> GradientCheck:
    """Return how the derivatives of each layer, of the loss and of the whole network agree with differences.

    Parameters:
        network: any layers, also your own.
        loss: any loss, also your own.
        theta: parameters (p,).
        x: a few rows (n, i); the work grows with their number.
        t: their targets.
        tolerance: relative error up to which numbers agree.
        max_entries: inputs and parameters of a layer to compare; where it has more, as many are drawn at random.
        random_state: seed of the draws.

    Raises:
        ValueError: rows or targets do not fit the network.

    >>> from chainrule import Dense, SoftmaxCrossEntropy, Tanh, initialize
    >>> network = Network((Dense(2, 4), Tanh(), Dense(4, 3)))
    >>> theta = initialize(network, random_state=0)
    >>> check_gradients(network, SoftmaxCrossEntropy(), theta, [[1., 2.], [3., 4.]], [0, 2]).passed
    True
    """
    if not tolerance > 0 or max_entries < 1:
        raise ValueError(
            f"check_gradients needs a tolerance above zero and at least one entry, found {tolerance} and {max_entries}."
        )
    rows, targets, theta = floating(x).astype(np.float64), np.asarray(t), theta.astype(np.float64)
    if not np.isfinite(rows).all():
        raise ValueError(f"x must be finite, found {rows[~np.isfinite(rows)][0]}.")
    outputs = network.forward(theta, rows)
    if targets.shape[:1] != rows.shape[:1]:
        raise ValueError(f"Targets must have one entry for each of the {len(rows)} rows, found shape {targets.shape}.")
    loss.check_targets(targets, network.outputs)
    comparer = Comparer(tolerance, max_entries, np.random.default_rng(random_state))
    for number, (layer, params) in enumerate(zip(network.layers, network.views(theta), strict=True)):
        _check_layer(comparer, f"Layer {number}, {layer}", layer, params, outputs[number])
    z = outputs[-1]
    dz = loss.gradient(z, targets)
    product = np.einsum("nk,nkl->nl", *loss.factors(z, targets))
    for what, found in (("gradient with respect to z", dz), ("product of the factors ∂loss/∂y · ∂y/∂z", product)):
        comparer.compare(str(loss), what, lambda v: loss.value(v, targets), z, found, by_row=True)
    w = comparer.generator.standard_normal(z.shape)
    bent = loss.curvature_product(z, targets, w)
    comparer.compare(
        str(loss), "curvature product", lambda v: (w * loss.gradient(v, targets)).sum(axis=1), z, bent, by_row=True
    )
    comparer.compare(
        "The whole network",
        "gradient with respect to theta",
        lambda v: loss.value(network.forward(v, rows)[-1], targets),
        theta,
        network.backward(theta, outputs, dz),
    )
    return GradientCheck(tuple(comparer.mistakes), comparer.compared, comparer.kinks, comparer.largest_error)


def _check_layer(comparer: Comparer, where: str, layer: Layer, params: dict[str, Array], x: Array) -> None:
    """Compare vjp, jvp and Jacobian of a layer at the inputs `x` with differences of its forward function."""
    y = layer.forward(params, x)
    dy = comparer.generator.standard_normal(y.shape)

    def value_at_x(v: Array) -> Array:
        return (dy * layer.forward(params, v)).sum(axis=1)

    grad = _zeros(params)
    dx = layer.vjp(params, x, y, dy, grad=grad)
    along = [(dy * layer.jvp(params, x, y, unit, _zeros(params))).sum(axis=1) for unit in _units(x)]
    small = y.size * max(x.shape[1], *(values.size for values in (*params.values(), x[0]))) <= LARGEST_JACOBIAN
    jacobian = layer.jacobian(params, x, y) if small else {}
    found = {"vjp with respect to x": dx, "jvp along x": np.stack(along, axis=1)}
    if small:
        found["jacobian of x"] = np.einsum("no,noi->ni", dy, jacobian["x"])
    for what, derivative in found.items():
        if derivative is not None:
            comparer.compare(where, what, value_at_x, x, derivative, by_row=True)

    for name, values in params.items():

        def value_at_parameter(v: Array, name: str = name) -> Array:
            return (dy * layer.forward({**params, name: v}, x)).sum(axis=1)

        comparer.compare(where, f"vjp with respect to {name}", value_at_parameter, values, grad[name])
        direction = comparer.generator.standard_normal(values.shape)
        moved = layer.jvp(params, x, y, np.zeros_like(x), {**_zeros(params), name: direction})

        def value_along(step: Array, name: str = name, direction: Array = direction) -> Array:
            return (dy * layer.forward({**params, name: params[name] + step[0] * direction}, x)).sum(axis=1)

        comparer.compare(where, f"jvp along {name}", value_along, np.zeros(1), np.array([(dy * moved).sum()]))
        if small:
            contracted = np.tensordot(dy, jacobian[name], axes=([0, 1], [0, 1]))
            comparer.compare(where, f"jacobian of {name}", value_at_parameter, values, contracted)


def _zeros(params: dict[str, Array]) -> dict[str, Array]:
    return {name: np.zeros_like(values) for name, values in params.items()}


def _units(x: Array) -> Iterator[Array]:
    for column in range(x.shape[1]):
        unit = np.zeros_like(x)
        unit[:, column] = 1
        yield unit
