"""One weight of the hidden layer in numbers: its slope by the chain rule, and by differences of the loss."""

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array
from chainrule.layers import LeakyReLU
from chainrule.losses import Loss
from chainrule.network import Network

# The weight from the first input to the third hidden neuron, counted from 0.
INPUT, NEURON = 0, 2
STEPS = tuple(10.0**-power for power in range(0, 13, 2))


@final
@dataclass(frozen=True)
class Difference:
    """The slope of the loss as the differences of its values give it.

    Attributes:
        h: how far the weight is moved.
        one_sided: `(L(w + h) - L(w)) / h`.
        central: `(L(w + h) - L(w - h)) / 2h`.
    """

    h: float
    one_sided: float
    central: float


@final
@dataclass(frozen=True, eq=False)
class OneWeight:
    """The way of one weight to the loss of one point, and back.

    Attributes:
        x: the input that the weight multiplies.
        weight: its value.
        a, h: what its neuron adds up, and what the activation makes of that.
        onward: the weights from the neuron to the logits (3,).
        dz: the slopes of the loss by the logits (3,).
        dh: their sum along the three ways, `dz · onward`.
        bend: the slope of the activation at `a`.
        dw: the slope of the loss by the weight, `dh · bend · x`.
        differences: the same slope without the chain rule, for steps from 1 down to 10⁻¹².
    """

    x: float
    weight: float
    a: float
    h: float
    onward: Array
    dz: Array
    dh: float
    bend: float
    dw: float
    differences: tuple[Difference, ...]


def one_weight(network: Network, loss: Loss, theta: Array, x: Array, t: Array) -> OneWeight:
    """Return every number on the way of one weight of a network with a hidden layer of leaky ReLU."""
    first, activation, last = network.views(theta)[0], network.layers[1], network.views(theta)[2]
    assert isinstance(activation, LeakyReLU)
    _, a, h, z = network.forward(theta, x[None])
    onward, dz = last["weights"][NEURON], loss.gradient(z, t[None])[0]
    dh = float(dz @ onward)
    bend = 1.0 if a[0, NEURON] > 0 else activation.slope
    return OneWeight(
        x=float(x[INPUT]),
        weight=float(first["weights"][INPUT, NEURON]),
        a=float(a[0, NEURON]),
        h=float(h[0, NEURON]),
        onward=onward,
        dz=dz,
        dh=dh,
        bend=bend,
        dw=dh * bend * float(x[INPUT]),
        differences=_differences(network, loss, theta, x, t),
    )


def _differences(network: Network, loss: Loss, theta: Array, x: Array, t: Array) -> tuple[Difference, ...]:
    def value(step: float) -> float:
        moved = theta.copy()
        network.views(moved)[0]["weights"][INPUT, NEURON] += step
        return float(np.sum(loss.value(network.forward(moved, x[None])[-1], t[None])))

    here = value(0)
    return tuple(Difference(h, (value(h) - here) / h, (value(h) - value(-h)) / (2 * h)) for h in STEPS)
