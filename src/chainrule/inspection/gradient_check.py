"""Gradient checking: every derivative of a layer, a loss or a network against differences of its values.

Each layer is checked by itself at the inputs that it really gets, then the loss, then the whole chain: so a mistake is
found where it is. Everything is computed in float64, whatever the network trains in. A layer that answers in float32
all the same is checked with steps and a tolerance for that precision, and the outcome says so.
"""

from collections.abc import Sequence

import numpy as np

from chainrule.arrays import Array
from chainrule.inspection.differences import Comparer, good_to, slope
from chainrule.inspection.layer_check import LayerCheck, mistakes_of_loss, precision
from chainrule.inspection.mistake_kinds import UNKNOWN, Clues, Likely
from chainrule.inspection.mistakes import Mistake, of_worst, told
from chainrule.inspection.outcome import GradientCheck, check_fit, check_targets_of, comparer_for, finite, outcome_of
from chainrule.losses import Loss
from chainrule.network import Network

WHOLE = "The whole network"


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
    check_fit(network, loss, theta)
    comparer = comparer_for("check_gradients", tolerance, max_entries, random_state)
    rows, targets, theta = finite("x", x), np.asarray(t), theta.astype(np.float64)
    outputs = network.forward(theta, rows)
    check_targets_of(loss, targets, outputs[-1])
    mistakes: list[Mistake] = []
    names = [f"Layer {number}, {layer}" for number, layer in enumerate(network.layers)]
    for where, layer, params, given in zip(names, network.layers, network.views(theta), outputs, strict=False):
        mistakes += LayerCheck(comparer, where, layer, params, given.astype(np.float64)).run()
    mistakes += mistakes_of_loss(comparer, loss, outputs[-1].astype(np.float64), targets)
    mistakes += _of_the_whole(comparer, network, loss, theta, rows, targets, mistakes)
    return outcome_of(comparer, mistakes, names, outputs[1:])


def _of_the_whole(
    comparer: Comparer, network: Network, loss: Loss, theta: Array, x: Array, t: Array, before: Sequence[Mistake]
) -> list[Mistake]:
    """Return what is wrong with the gradient of the whole network, which may follow from the mistakes before.

    Rows of which a layer is at a kink are left out: where several are, no difference tells their derivative.
    """
    smooth = np.setdiff1d(np.arange(len(x)), sorted(comparer.kinked_rows))
    if not len(smooth):
        comparer.kinks += min(network.size, comparer.max_entries)
        return []
    x, t = x[smooth], t[smooth]
    outputs = network.forward(theta, x)

    def value(v: Array) -> Array:
        return loss.value(network.forward(v, x)[-1], t)

    what, dtype = "gradient with respect to theta", min(map(precision, outputs), key=lambda each: each.itemsize)
    try:
        gradient = network.backward(theta, outputs, loss.gradient(outputs[-1], t))
    except (ValueError, IndexError):
        if before:
            return []  # the one that fails is among them
        raise
    worst = comparer.compare(value, theta, gradient, dtype=dtype)
    if worst is None:
        return []
    names = _parameters(network)
    place = (names[worst.entry[0]],)
    if before:
        return [of_worst(WHOLE, what, place, worst, Likely("consequence", "what is wrong above"))]
    chosen = np.unique([*range(min(network.size, comparer.max_entries)), worst.entry[0]])
    expected = np.array([slope(value, theta, (p,), dtype).sum() for p in chosen])[None, None]
    clues = Clues(([""], [""], [names[p] for p in chosen]), sizes={"the number of rows": len(x)})
    mistake = told(WHOLE, what, gradient[chosen][None, None], expected, clues, max(1e-4, good_to(dtype)))
    return [mistake or of_worst(WHOLE, what, place, worst, UNKNOWN)]


def _parameters(network: Network) -> list[str]:
    """Return what each number of `theta` (p,) is called."""
    names: list[str] = []
    for number, places in enumerate(network.layout):
        for name, (_, shape) in places.items():
            indices = np.ndindex(*shape[::-1])
            names += [f"{name}{list(index[::-1])} of layer {number}" for index in indices]
    return names
