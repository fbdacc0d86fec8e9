"""Gradient checking: every derivative of a layer, a loss or a network against differences of its values.

Each layer is checked by itself at the inputs that it really gets, then the loss, then the whole chain: so a mistake is
found where it is. Everything is computed in float64, whatever the network trains in. A layer that answers in float32
all the same is checked with steps and a tolerance for that precision, and the outcome says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, floating
from chainrule.common.arguments import check, generator_of, real, whole
from chainrule.common.format import described
from chainrule.inspection.differences import DOUBLE, Clues, Comparer, good_to, slope
from chainrule.inspection.layer_check import LayerCheck, mistakes_of_loss, precision
from chainrule.inspection.mistakes import UNKNOWN, Likely, Mistake, find_mistake, of_worst
from chainrule.layers import Layer
from chainrule.losses import Loss
from chainrule.network import Network

# The outcome, and the checks of arguments that every gradient check begins with.


@final
@dataclass(frozen=True)
class GradientCheck:
    """The outcome of `check_gradients`, `check_layer` and `check_loss`.

    Attributes:
        mistakes: the worst disagreement of each derivative that has one, in the order of the chain.
        compared: how many numbers were compared.
        kinks: how many of them lie at a kink of the function, and were skipped.
        largest_error: the largest relative error among the others.
        coarse: layers that answer in less than double precision, and so are checked less closely.
    """

    mistakes: tuple[Mistake, ...]
    compared: int
    kinks: int
    largest_error: float
    coarse: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether there is no mistake."""
        return not self.mistakes

    def __str__(self) -> str:
        counted = f"{self.compared} derivatives compared, {self.kinks or 'none'} skipped at a kink"
        end = f": all agree, largest relative error {self.largest_error:.1e}."
        first = counted + (end if self.passed else f": {len(self.mistakes)} disagree.")
        return "\n".join([first, *map(str, self.mistakes), *self.coarse])


def comparer_for(caller: str, tolerance: float, max_entries: int, random_state: int) -> Comparer:
    """Return what compares numbers.

    Raises:
        ValueError: the tolerance or the number of entries makes no sense.
    """
    if not real(tolerance, 0) or tolerance == 0 or not whole(max_entries):
        found = f"{described(tolerance)} and {described(max_entries)}"
        raise ValueError(f"{caller} needs a tolerance above zero and at least one entry, found {found}.")
    return Comparer(tolerance, max_entries, generator_of(random_state))


def check_fit(network: Network, loss: Loss, theta: Array) -> None:
    """Raise ValueError unless they are a network, a loss and the network's parameters."""
    check("network", network, isinstance(network, Network), "a Network")
    check("loss", loss, not isinstance(loss, type) and hasattr(loss, "factors"), "a loss such as SoftmaxCrossEntropy()")
    vector = isinstance(theta, np.ndarray) and theta.dtype.kind == "f" and theta.shape == (network.size,)
    check("theta", theta, vector, f"the array of the {network.size} parameters of the network")


def finite(name: str, values: object) -> Array:
    """Return values in double precision.

    Raises:
        ValueError: one of them is not finite.
    """
    numbers = floating(values).astype(np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} must be finite, found {numbers[~np.isfinite(numbers)][0]}.")
    return numbers


def check_targets_of(loss: Loss, t: Array, z: Array) -> None:
    """Raise ValueError unless there is one target for each row of logits, as the loss takes them."""
    if t.shape[:1] != z.shape[:1]:
        raise ValueError(f"Targets must have one entry for each of the {len(z)} rows, found shape {t.shape}.")
    loss.check_targets(t, z.shape[1])


def outcome_of(
    comparer: Comparer, mistakes: Sequence[Mistake], names: Sequence[str], outputs: Sequence[Array]
) -> GradientCheck:
    """Return the outcome of a check of layers of these names, which have these outputs."""
    types = [(name, precision(y)) for name, y in zip(names, outputs, strict=True)]
    said = "{} computes in {}, so it is checked to {:.0e} only."
    coarse = tuple(said.format(name, dtype, good_to(dtype)) for name, dtype in types if dtype != DOUBLE)
    return GradientCheck(tuple(mistakes), comparer.compared, comparer.kinks, comparer.largest_error, coarse)


# A layer or a loss of one's own, checked in one call.

# What `chainrule.layers.Layer` asks for.
LAYER_METHODS = ("output_size", "parameter_shapes", "forward", "vjp", "jvp", "jacobian")
# What `chainrule.losses.Loss` asks for.
LOSS_METHODS = tuple(name for name in vars(Loss) if not name.startswith("_"))


def check_layer(
    layer: Layer,
    x: object,
    params: dict[str, Any] | None = None,
    *,
    tolerance: float = 1e-6,
    max_entries: int = 200,
    random_state: int = 0,
) -> GradientCheck:
    """Return how the derivatives of one layer, such as your own, agree with differences.

    Parameters:
        layer: with the methods of `chainrule.layers.Layer`; a subclass of `Elementwise` has them all.
        x: a few rows (n, i).
        params: its parameters by name; None for random ones.
        tolerance: relative error up to which numbers agree.
        max_entries: inputs and numbers of a parameter to compare; of more, as many are drawn at random.
        random_state: seed of the draws.

    Raises:
        TypeError: the layer lacks a method.
        ValueError: rows or parameters do not fit the layer.

    >>> from dataclasses import dataclass
    >>> from chainrule.layers import Elementwise
    >>> @dataclass(frozen=True)
    ... class Softsign(Elementwise):
    ...     def function(self, x, *, out=None):
    ...         return np.divide(x, 1 + np.abs(x), out=out)
    ...     def derivative(self, x, y):
    ...         return 1 / (1 + np.abs(y)) ** 2
    >>> mistake = check_layer(Softsign(), [[0.5, -1.0, 2.0], [1.5, -0.2, 0.1]]).mistakes[0]
    >>> mistake.what, mistake.kind, mistake.reason
    ('vjp with respect to x', 'wrong point', 'it takes y where x belongs')
    """
    _check_methods("layer", layer, LAYER_METHODS)
    comparer = comparer_for("check_layer", tolerance, max_entries, random_state)
    rows = finite("x", x)
    check("x", rows.shape, rows.ndim == 2 and rows.size > 0, "shape (n, i) with at least one row", "have")
    shapes, width = layer.parameter_shapes(), layer.output_size(rows.shape[1])
    if params is None:
        params = {name: comparer.generator.standard_normal(shape) for name, shape in shapes.items()}
    values = {name: finite(name, value) for name, value in params.items()}
    if {name: value.shape for name, value in values.items()} != shapes:
        found = {name: value.shape for name, value in values.items()}
        raise ValueError(f"{layer} has parameters of shapes {shapes}, found {found}.")
    y = layer.forward(values, rows)
    expected = (len(rows), width)
    check(str(layer), y.shape, y.shape == expected, f"outputs of shape {expected} for these rows", "return")
    return outcome_of(comparer, LayerCheck(comparer, str(layer), layer, values, rows).run(), [str(layer)], [y])


def check_loss(
    loss: Loss, z: object, t: object, *, tolerance: float = 1e-6, max_entries: int = 200, random_state: int = 0
) -> GradientCheck:
    """Return how the derivatives of a loss, such as your own, agree with differences.

    Its curvature is compared with differences of its gradient, and so only where that is right.

    Parameters:
        loss: with the methods of `chainrule.losses.Loss`.
        z: logits of a few rows (n, k).
        t: their targets.
        tolerance: relative error up to which numbers agree.
        max_entries: logits to compare; of more, as many are drawn at random.
        random_state: seed of the draws.

    Raises:
        TypeError: the loss lacks a method.
        ValueError: logits or targets do not fit the loss.

    >>> from chainrule import SoftmaxCrossEntropy
    >>> print(check_loss(SoftmaxCrossEntropy(), [[0.5, -1.0], [2.0, 0.1]], [0, 1]))  # doctest: +ELLIPSIS
    16 derivatives compared, none skipped at a kink: all agree, largest relative error ...
    """
    _check_methods("loss", loss, LOSS_METHODS)
    comparer = comparer_for("check_loss", tolerance, max_entries, random_state)
    logits, targets = finite("z", z), np.asarray(t)
    check("z", logits.shape, logits.ndim == 2 and logits.size > 0, "shape (n, k) with at least one row", "have")
    check_targets_of(loss, targets, logits)
    return outcome_of(comparer, mistakes_of_loss(comparer, loss, logits, targets), [], [])


def _check_methods(what: str, own: object, methods: Sequence[str]) -> None:
    missing = [name for name in methods if not hasattr(own, name)]
    if missing:
        raise TypeError(f"A {what} needs {', '.join(methods)}: {own} lacks {', '.join(missing)}.")


# What mistakes say that they are in where no layer is at fault by itself.
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

    Rows of which a layer is at a kink are left out: where several are, no difference is their derivative.
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
    mistake = find_mistake(WHOLE, what, gradient[chosen][None, None], expected, clues, max(1e-4, good_to(dtype)))
    return [mistake or of_worst(WHOLE, what, place, worst, UNKNOWN)]


def _parameters(network: Network) -> list[str]:
    """Return what each number of `theta` (p,) is called."""
    names: list[str] = []
    for number, places in enumerate(network.layout):
        for name, (_, shape) in places.items():
            indices = np.ndindex(*shape[::-1])
            names += [f"{name}{list(index[::-1])} of layer {number}" for index in indices]
    return names
