"""One weight moved a little: its slope from values of the loss alone."""

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array
from chainrule.inspection.tracing import Trace
from chainrule.inspection.weight import Weight

STEP = 1e-4


@final
@dataclass(frozen=True)
class Nudge:
    """What happens to the loss when one weight is moved.

    Attributes:
        step: how far, `h`.
        slope: `(8 (loss(w + h) - loss(w - h)) - (loss(w + 2h) - loss(w - 2h))) / 12 h`.
        meets_kink: whether a unit changes its sign on the way, where a rectifier has no derivative.
    """

    step: float
    slope: float
    meets_kink: bool


def nudge(trace: Trace, weight: Weight) -> Nudge:
    """Return the slope of a row's loss along one weight, found without any derivative.

    >>> from chainrule import Dense, Network, SoftmaxCrossEntropy
    >>> from chainrule.inspection import find_weight, trace
    >>> network = Network((Dense(1, 2),))
    >>> row = trace(network, SoftmaxCrossEntropy(), network.zeros(), [3.], 0)
    >>> round(nudge(row, find_weight(network, "1,1,1")).slope, 10)
    -1.5
    """
    value = float(trace.links[weight.link].params[weight.parameter][weight.index])
    step = STEP * max(1.0, abs(value))
    losses, signs = zip(*(_moved(trace, weight, times * step) for times in (-2, -1, 1, 2)), strict=True)
    slope = (8 * (losses[2] - losses[1]) - (losses[3] - losses[0])) / (12 * step)
    return Nudge(step, slope, not all(np.array_equal(signs[0], other) for other in signs))


def _moved(trace: Trace, weight: Weight, step: float) -> tuple[float, Array]:
    """Return the loss with the weight moved, and which numbers of the layers are above zero."""
    x, signs = trace.links[0].x[None], []
    for place, link in enumerate(trace.links):
        params = dict(link.params)
        if place == weight.link:
            params[weight.parameter] = params[weight.parameter].copy()
            params[weight.parameter][weight.index] += step
        x = link.layer.forward(params, x)
        signs.append(x[0] > 0)
    return float(trace.criterion.value(x, trace.t[None])[0]), np.concatenate(signs)
