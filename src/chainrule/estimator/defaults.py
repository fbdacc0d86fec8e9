"""What a classifier trains, and how: chosen from the user's words and the size of the data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import whole
from chainrule.engine import Rows
from chainrule.layers import Dense, Elementwise, Layer, activations
from chainrule.losses import Loss, MemberLoss, Penalty, SigmoidCrossEntropy, SoftmaxCrossEntropy
from chainrule.network import Network
from chainrule.optimizers import (
    FIRST_ORDER,
    LBFGS,
    OWLQN,
    Adam,
    ExponentialDecay,
    Newton,
    Optimizer,
    Proximal,
    Schedule,
)
from chainrule.training.history import GradientBelow, History, Stalled, StopRule

ACTIVATIONS: dict[str, Layer] = {
    name: activation()
    for name, activation in activations.ACTIVATIONS.items()
    if issubclass(activation, Elementwise) and activation.learns
}
OPTIMIZERS: dict[str, Optimizer[Any]] = {
    "newton": Newton(accuracy=1e-5),
    "lbfgs": LBFGS(),
    "owlqn": OWLQN(),
    **{name: preset for one in FIRST_ORDER for name, preset in one.presets().items()},
}
# Optimizers whose every step takes all rows.
WHOLE_DATA = (Newton, LBFGS, OWLQN)
# Rows times parameters up to which a network is trained with all rows a step: a step is then a few milliseconds, and
# those of L-BFGS need no rate.
SMALL_WORK = 5_000_000
# Parameters, and inputs, beyond which Newton's systems take so many products that steps of L-BFGS end sooner.
NEWTON_SIZE = 2000
NEWTON_INPUTS = 2000
# Relative fall of the cost below which so wide a model has stalled: the rest takes most of the time, and of more
# columns than rows tell apart it fits the noise.
WIDE_TOL = 1e-2
# Times as strong an "auto" penalty with hidden layers: of eight small real tables six had a lower held-out log loss.
HIDDEN_PENALTY = 3.0
# Strengths that cross-validation chooses among: of nine real tables some did best with each of the first three, one of
# 120 zeros and ones with the last.
STRENGTHS = (HIDDEN_PENALTY, 10.0, 30.0, 100.0)
# Rows of a mini-batch: enough for products of matrices to take the time, few enough for many steps an epoch.
BATCH = 128
# Steps that a watched epoch of few rows takes at least, and rows of its mini-batches at least: on three tables of
# scikit-learn and three simulated ones, of 150 to 1,000 rows, that lowered the log loss of new rows by 4 % and took
# half the time of steps with up to 128 rows.
WATCHED_STEPS = 8
WATCHED_BATCH = 16
# Share of a class at the start at least: one of rows that all weigh nothing has none.
LEAST_SHARE = 1e-6
WHY = {
    "newton": "the cost is convex, and few steps reach its minimum",
    "lbfgs": "the cost is convex, and of so many parameters that steps without a curvature matrix are quicker",
    "owlqn": "the L1 penalty has corners, and there are so many columns that quick steps are worth more than few",
}
SMALL_NETWORK = "the network and the rows are few enough for steps with all of them"
WATCHED_ROWS = "rows held out end the training, before the last of the fall of the cost fits noise"
MINI_BATCHES = "mini-batches, which many rows or batch_size ask for, take many steps in one pass over the rows"


@final
@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        optimizer: makes the steps.
        batch_size: rows of a mini-batch; None for all rows at once.
        stop: when the cost is low enough.
        convex: whether every minimum is the minimum.
        why: why this optimizer.
        form: what computes cost and gradient: compiled kernels or plain NumPy; empty before training begins.

    >>> linear = Network((Dense(4, 3),))
    >>> print(build_plan(linear, 150, optimizer="auto", rate=None, l1=0, batch_size="auto", tol="auto"))
    Newton(accuracy=1e-05) on all rows at once: the cost is convex, and few steps reach its minimum
    """

    optimizer: Optimizer[Any]
    batch_size: int | None
    stop: StopRule
    convex: bool
    why: str = ""
    form: str = ""

    def __str__(self) -> str:
        on = "all rows at once" if self.batch_size is None else f"mini-batches of {self.batch_size} rows"
        by = f"; computed by {self.form}" if self.form else ""
        return f"{self.optimizer} on {on}: {self.why}{by}"


def build_network(
    inputs: int, hidden: Sequence[int] | int, activation: str | Layer | Sequence[str | Layer], bias: bool, classes: int
) -> Network:
    """Return the network of a classifier: one output for two classes, else one for each.

    Raises:
        ValueError: no activation has that name, there is not one for each hidden layer, or a size is not a positive
            whole number.

    >>> build_network(4, (8,), "relu", True, 3).layers
    (Dense(inputs=4, outputs=8, bias=True), ReLU(), Dense(inputs=8, outputs=3, bias=True))
    """
    hidden = hidden_sizes(hidden)
    each = [_activation(one) for one in activation] if isinstance(activation, list | tuple) else None
    if each is None:
        each = [_activation(cast("str | Layer", activation))] * len(hidden)
    if len(each) != len(hidden):
        raise ValueError(
            f"activation must be a single one, or one for each of the {len(hidden)} hidden layers, found {len(each)}."
        )
    layers: list[Layer] = []
    width = inputs
    for size, chosen in zip(hidden, each, strict=True):
        layers += [Dense(width, size, bias), chosen]
        width = size
    return Network((*layers, Dense(width, 1 if classes == 2 else classes, bias)))


def hidden_sizes(hidden: Sequence[int] | int) -> tuple[int, ...]:
    """Return the sizes of the hidden layers, of which a number alone is one.

    >>> hidden_sizes(8), hidden_sizes([16, 8])
    ((8,), (16, 8))
    """
    return (int(hidden),) if isinstance(hidden, int | np.integer) else tuple(hidden)


def _activation(activation: str | Layer) -> Layer:
    if not isinstance(activation, str):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be a layer or one of {', '.join(ACTIVATIONS)}, found {activation!r}.")
    return ACTIVATIONS[activation]


def started_at_shares(theta: Array, network: Network, rows: Rows) -> Array:
    """Return starting parameters (p,) whose predictions are the shares of the classes in the rows.

    The weights of the last layer are 0 and its biases the logarithms of the shares; those of the other layers are as
    given. The first epochs then go into telling the classes apart, not into undoing what the weights say by chance: on
    tables that are learned in few of them, the loss of new rows was up to 3 % lower.
    """
    theta = theta.copy()
    last = network.views(theta)[-1]
    last["weights"][:] = 0
    if "bias" in last:
        several = network.outputs > 1
        weight = np.bincount(rows.t, rows.weights, minlength=network.outputs if several else 2)
        logarithms = np.log(np.maximum(weight / weight.sum(), LEAST_SHARE)) if weight.sum() else np.zeros(len(weight))
        last["bias"][:] = logarithms if several else logarithms[1] - logarithms[0]
    return theta


def loss_of(network: Network, label_smoothing: float) -> Loss:
    """Return the cross-entropy that fits the outputs: of a sigmoid for one, of a softmax for more.

    Of a network that is an ensemble it is the mean over the members, each with as many outputs.
    """
    binary = network.outputs == network.members
    loss: Loss = SigmoidCrossEntropy(label_smoothing) if binary else SoftmaxCrossEntropy(label_smoothing)
    return loss if network.members == 1 else MemberLoss(network.members, loss)


def dtype_of(dtype: str, given: np.dtype[Any], batch_size: int | None) -> np.dtype[Any]:
    """Return the type of the parameters: "auto" is float32 for mini-batches, else that of the rows.

    Raises:
        ValueError: it is another word.
    """
    if dtype not in ("auto", "float32", "float64"):
        raise ValueError(f'dtype must be "auto", "float32" or "float64", found {dtype!r}.')
    if dtype == "auto":
        return given if batch_size is None else np.dtype(np.float32)
    return np.dtype(dtype)


def strength_of(classifier: Any) -> float:
    """Return what an `l2` of "auto" is times the total weight of the rows.

    It is 1, and 3 with hidden layers, whose many weights fit noise more readily, unless cross-validation chose it.
    """
    return float(getattr(classifier, "strength_", HIDDEN_PENALTY if hidden_sizes(classifier.hidden) else 1.0))


def penalty_of(l2: float | str, l1: float, total_weight: float, strength: float = 1.0) -> Penalty:
    """Return the penalty asked for.

    An `l2` of "auto" is a strength over the total weight of the rows; beside an `l1` it is 0.

    Raises:
        ValueError: `l2` is another word, or a number is negative.

    >>> penalty_of("auto", 0.0, 50.0)
    Penalty(l1=0.0, l2=0.02)
    """
    if isinstance(l2, str):
        if l2 != "auto":
            raise ValueError(f'l2 must be "auto" or a number of at least 0, found {l2!r}.')
        l2 = 0.0 if l1 else strength / total_weight
    return Penalty(l1, l2)


def build_plan(
    network: Network,
    rows: int,
    *,
    optimizer: str | Optimizer[Any],
    rate: float | Schedule | None,
    l1: float,
    batch_size: int | str | None,
    tol: float | str,
    watched: bool = False,
) -> Plan:
    """Return how to train a network on so many rows, of which some may be `watched` to end the training.

    Raises:
        ValueError: no optimizer has that name, or it cannot use mini-batches.
    """
    convex = len(network.layers) == 1
    why = "asked for"
    wide = convex and (network.inputs > NEWTON_INPUTS or (tol == "auto" and network.size > NEWTON_SIZE))
    if optimizer == "auto":
        small = rows * network.size <= SMALL_WORK
        to_the_optimum = convex and (not wide or (l1 and tol != "auto"))  # most weights of an L1 penalty stay zero
        of_all_rows = "newton" if to_the_optimum else "owlqn" if l1 else "lbfgs"
        whole_data = (convex or small) and not whole(batch_size) and not watched
        optimizer = of_all_rows if whole_data else _decaying_adam(rows, rate)
        why = WHY[optimizer] if isinstance(optimizer, str) else MINI_BATCHES
        why = SMALL_NETWORK if whole_data and not convex else WATCHED_ROWS if watched else why
        rate = None if isinstance(optimizer, Adam) else rate
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZERS:
            raise ValueError(
                f"optimizer must be an optimizer or one of auto, {', '.join(OPTIMIZERS)}, found {optimizer!r}."
            )
        optimizer = _with_rate(OPTIMIZERS[optimizer], rate)
    elif rate is not None:
        raise ValueError(f"rate is for optimizers given by name: set the rate of {type(optimizer).__name__} itself.")
    if l1:
        optimizer = _with_true_zeros(optimizer)
    if watched and batch_size == "auto":
        batch_size = min(BATCH, max(WATCHED_BATCH, rows // WATCHED_STEPS))
    batch_size = _batch_size(batch_size, optimizer, rows)
    if watched:
        return Plan(optimizer, batch_size, _go_on, convex, why)
    if wide and batch_size is None and tol == "auto":
        return Plan(optimizer, batch_size, Stalled(WIDE_TOL, patience=10), convex, why)
    return Plan(optimizer, batch_size, _stop_rule(tol, convex and batch_size is None), convex, why)


def takes_rows_in_parts(optimizer: str | Optimizer[Any]) -> bool:
    """Return True for an optimizer that learns from some of the rows at a time; "auto" can choose such a one.

    Raises:
        AttributeError: it needs all rows at once.

    >>> takes_rows_in_parts("adam")
    True
    """
    chosen = OPTIMIZERS.get(optimizer) if isinstance(optimizer, str) else optimizer
    if isinstance(chosen, WHOLE_DATA):
        raise AttributeError(f"partial_fit takes rows in parts, but {chosen} needs all rows at once: choose adam.")
    return True


def _with_rate(optimizer: Optimizer[Any], rate: float | Schedule | None) -> Optimizer[Any]:
    if rate is None:
        return optimizer
    if not hasattr(optimizer, "rate"):
        raise ValueError(f"{type(optimizer).__name__} chooses its own step length: omit rate, or choose adam.")
    return replace(optimizer, rate=rate)  # type: ignore[type-var]


def _decaying_adam(rows: int, rate: float | Schedule | None) -> Adam:
    """Return Adam whose rate, unless given, falls to four fifths every so often: the more rows, the fewer epochs."""
    epoch = max(1, rows // BATCH)
    every = max(epoch, min(2000, 250_000 // epoch))
    return Adam(ExponentialDecay(3e-3, factor=0.8, every=every) if rate is None else rate)


def _batch_size(batch_size: int | str | None, optimizer: Optimizer[Any], rows: int) -> int | None:
    """Return how many rows a step takes, None for all of them."""
    if batch_size == "auto":
        return None if isinstance(optimizer, WHOLE_DATA) or rows <= BATCH else BATCH
    if isinstance(batch_size, str) or (batch_size is not None and batch_size < 1):
        raise ValueError(f'batch_size must be "auto", None or at least 1, found {batch_size!r}.')
    if batch_size is not None and isinstance(optimizer, WHOLE_DATA):
        raise ValueError(f"{optimizer} needs all rows at once: omit batch_size, or choose adam.")
    return batch_size


def _with_true_zeros(optimizer: Optimizer[Any]) -> Optimizer[Any]:
    if isinstance(optimizer, LBFGS):
        raise ValueError(f"{optimizer} needs a smooth cost, and l1 is not smooth: choose owlqn, or set l1 = 0.")
    return optimizer if isinstance(optimizer, Newton | OWLQN | Proximal) else Proximal(optimizer)  # type: ignore[arg-type]


def _go_on(_: History) -> None:
    """Never stop: the rows that are watched end the training."""


def _stop_rule(tol: float | str, to_the_optimum: bool) -> StopRule:
    if isinstance(tol, str):
        if tol != "auto":
            raise ValueError(f'tol must be "auto" or a number of at least 0, found {tol!r}.')
        tol = 1e-5 if to_the_optimum else 1e-3
    return GradientBelow(tol) if to_the_optimum else Stalled(tol, patience=10)
