"""What a classifier trains, and how: chosen from the user's words and the size of the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from chainrule.history import GradientBelow, Stalled, StopRule
from chainrule.layers import (
    ELU,
    GELU,
    SELU,
    Dense,
    Identity,
    Layer,
    LeakyReLU,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from chainrule.losses import Loss, Penalty, SigmoidCrossEntropy, SoftmaxCrossEntropy
from chainrule.network import Network
from chainrule.optimizers import LBFGS, Adam, GradientDescent, Momentum, Newton, Optimizer, RMSprop

ACTIVATIONS: dict[str, Layer] = {
    "identity": Identity(),
    "logistic": Sigmoid(),
    "tanh": Tanh(),
    "relu": ReLU(),
    "leaky_relu": LeakyReLU(),
    "elu": ELU(),
    "selu": SELU(),
    "softplus": Softplus(),
    "gelu": GELU(),
    "silu": SiLU(),
    "mish": Mish(),
}
OPTIMIZERS: dict[str, Optimizer[Any]] = {
    "newton": Newton(accuracy=1e-3),
    "lbfgs": LBFGS(),
    "adam": Adam(),
    "adamw": Adam(weight_decay=0.01),
    "rmsprop": RMSprop(),
    "gradient_descent": GradientDescent(rate=0.1),
    "momentum": Momentum(rate=0.01, nesterov=True),
}
WHOLE_DATA = (Newton, LBFGS)
SMALL_WORK = 20_000_000
BATCH = 128


@final
@dataclass(frozen=True)
class Plan:
    """What to train and how.

    Attributes:
        network: from standardised columns to logits.
        loss: of the logits.
        optimizer: makes the steps.
        batch_size: rows of a mini-batch; None for all rows at once.
        stop: when the cost is low enough.
        convex: whether every minimum is the minimum.
    """

    network: Network
    loss: Loss
    optimizer: Optimizer[Any]
    batch_size: int | None
    stop: StopRule
    convex: bool


def build_network(inputs: int, hidden: Sequence[int], activation: str | Layer, bias: bool, classes: int) -> Network:
    """Return the network of a classifier: one output for two classes, else one for each.

    Raises:
        ValueError: no activation has that name, or a size is not a positive whole number.

    >>> build_network(4, (8,), "relu", True, 3).layers
    (Dense(inputs=4, outputs=8, bias=True), ReLU(), Dense(inputs=8, outputs=3, bias=True))
    """
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be a layer or one of {', '.join(ACTIVATIONS)}, found {activation!r}.")
        activation = ACTIVATIONS[activation]
    layers: list[Layer] = []
    width = inputs
    for size in hidden:
        layers += [Dense(width, size, bias), activation]
        width = size
    return Network((*layers, Dense(width, 1 if classes == 2 else classes, bias)))


def penalty_of(l2: float | str, total_weight: float) -> Penalty:
    """Return the penalty that `l2` asks for: "auto" is one over the total weight of the rows.

    Raises:
        ValueError: `l2` is another word, or negative.

    >>> penalty_of("auto", 50.0)
    Penalty(l1=0.0, l2=0.02)
    """
    if isinstance(l2, str):
        if l2 != "auto":
            raise ValueError(f'l2 must be "auto" or a number of at least 0, found {l2!r}.')
        return Penalty(l2=1 / total_weight)
    return Penalty(l2=l2)


def build_plan(
    network: Network,
    rows: int,
    *,
    optimizer: str | Optimizer[Any],
    label_smoothing: float,
    batch_size: int | str | None,
    tol: float | str,
) -> Plan:
    """Return how to train a network on so many rows.

    Raises:
        ValueError: no optimizer has that name, or it cannot use mini-batches.
    """
    convex = len(network.layers) == 1
    if optimizer == "auto":
        small = rows * network.size <= SMALL_WORK
        optimizer = "newton" if convex else "lbfgs" if small else "adam"
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZERS:
            raise ValueError(
                f"optimizer must be an optimizer or one of auto, {', '.join(OPTIMIZERS)}, found {optimizer!r}."
            )
        optimizer = OPTIMIZERS[optimizer]
    if batch_size == "auto":
        batch_size = None if isinstance(optimizer, WHOLE_DATA) or rows <= BATCH else BATCH
    elif isinstance(batch_size, str) or (batch_size is not None and batch_size < 1):
        raise ValueError(f'batch_size must be "auto", None or at least 1, found {batch_size!r}.')
    elif batch_size is not None and isinstance(optimizer, WHOLE_DATA):
        raise ValueError(f"{optimizer} needs all rows at once: leave batch_size out, or choose adam.")
    loss = SigmoidCrossEntropy(label_smoothing) if network.outputs == 1 else SoftmaxCrossEntropy(label_smoothing)
    return Plan(network, loss, optimizer, batch_size, _stop_rule(tol, convex and batch_size is None), convex)


def _stop_rule(tol: float | str, to_the_optimum: bool) -> StopRule:
    if isinstance(tol, str):
        if tol != "auto":
            raise ValueError(f'tol must be "auto" or a number of at least 0, found {tol!r}.')
        tol = 1e-5 if to_the_optimum else 1e-3
    return GradientBelow(tol) if to_the_optimum else Stalled(tol, patience=10)
