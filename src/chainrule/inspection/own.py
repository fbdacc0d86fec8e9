"""A layer or a loss of one's own, checked in one call."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.inspection.layer_check import LayerCheck
from chainrule.inspection.loss_check import mistakes_of_loss
from chainrule.inspection.outcome import GradientCheck, check_targets_of, comparer_for, finite, outcome_of
from chainrule.layers import Layer
from chainrule.losses import Loss

LAYER_METHODS = ("output_size", "parameter_shapes", "forward", "vjp", "jvp", "jacobian")
LOSS_METHODS = (
    "activation",
    "check_targets",
    "value",
    "gradient",
    "value_and_gradient",
    "curvature_product",
    "factors",
)


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
    if rows.ndim != 2 or not rows.size:
        raise ValueError(f"x must have shape (n, i) with at least one row, found {rows.shape}.")
    shapes, width = layer.parameter_shapes(), layer.output_size(rows.shape[1])
    if params is None:
        params = {name: comparer.generator.standard_normal(shape) for name, shape in shapes.items()}
    values = {name: finite(name, value) for name, value in params.items()}
    if {name: value.shape for name, value in values.items()} != shapes:
        found = {name: value.shape for name, value in values.items()}
        raise ValueError(f"{layer} has parameters of shapes {shapes}, found {found}.")
    y = layer.forward(values, rows)
    if y.shape != (len(rows), width):
        raise ValueError(f"{layer} must return outputs of shape {(len(rows), width)} for these rows, found {y.shape}.")
    return outcome_of(comparer, LayerCheck(comparer, str(layer), layer, values, rows).run(), [str(layer)], [y])


def check_loss(
    loss: Loss,
    z: object,
    t: object,
    *,
    tolerance: float = 1e-6,
    max_entries: int = 200,
    random_state: int = 0,
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
    if logits.ndim != 2 or not logits.size:
        raise ValueError(f"z must have shape (n, k) with at least one row, found {logits.shape}.")
    check_targets_of(loss, targets, logits)
    return outcome_of(comparer, mistakes_of_loss(comparer, loss, logits, targets), [], [])


def _check_methods(what: str, own: object, methods: Sequence[str]) -> None:
    missing = [name for name in methods if not hasattr(own, name)]
    if missing:
        raise TypeError(f"A {what} needs {', '.join(methods)}: {own} lacks {', '.join(missing)}.")
