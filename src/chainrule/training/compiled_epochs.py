"""Whole epochs of an optimizer in C, for the networks, costs and optimizers that it covers."""

import threading
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, TypeGuard, final

import numpy as np

from chainrule.arrays import Array, is_sparse
from chainrule.engine import Cost
from chainrule.engine.compiled.library import PLAIN, VECTOR_NUMBERS, form_in_use, kernels, read_only
from chainrule.engine.threads import thread_count
from chainrule.layers import Activation, Dense, Identity, Layer, MemberDense, MemberScale, SharedDense
from chainrule.losses import DescribedLoss
from chainrule.network import Network
from chainrule.optimizers import FirstOrder, Objective, Optimizer

Link: TypeAlias = tuple[int, Activation]
# What a layer's weights are to its members, as epoch.h numbers it: one matrix for all, a matrix for each, a factor of
# each input for each. A dense layer has one member.
KINDS: dict[type, int] = {Dense: 0, SharedDense: 0, MemberDense: 1, MemberScale: 2}
# Parameters that a thread moves at a time: few enough that threads finish together.
BLOCK = 4096
# A mini-batch is cut into parts of at least so many rows, so that tiles of rows are full.
PART_ROWS = 100
# And of at least so many multiplications, so that a thread is worth it.
PART_WORK = 500_000
# More threads than that wait for each other.
MOST_PARTS = 8
# Numbers of the rows of a part and of all layers' outputs, more of which leave the cache, as those of many members do.
PART_NUMBERS = 1 << 16
# Yet a part has at least so many rows, and multiplies by each parameter PART_ROWS times: it writes the gradient of all.
FEWEST_ROWS = 16
# Multiplications after which a call returns, a fraction of a second, so that Ctrl-C is heard soon.
WORK_A_CALL = 2_000_000_000
# What a step costs beside its products, in multiplications.
WORK_A_STEP = 50_000
# As kernels.c has it: the most layers of a chain.
MOST_LAYERS = 64
# As epoch.h has it: the numbers that hold the two counters of turns.
COUNTERS = 16
# As products.h has it: the most rows of a tile.
TALLEST = 12


class Moved(NamedTuple):
    """The outcome of an epoch: the parameters and the two running means (p,), the cost, and the gradient's norm."""

    theta: Array
    mean: Array
    square: Array
    cost: float
    gradient_norm: float


def compiled_epoch(cost: Cost, size: int) -> "CompiledEpoch | None":
    """Return an epoch of mini-batches of `size` rows in C; None where that is not covered, or was not built."""
    loss = cost.loss
    links = links_of(cost.network)
    if not links or not isinstance(loss, DescribedLoss) or not _is_covered(cost):
        return None
    return CompiledEpoch(kernels, cost, loss, links, size)


def _is_covered(cost: Cost) -> bool:
    """Return whether the kernels take network, loss, rows and penalty of a cost; False where they were not built."""
    links, dense = links_of(cost.network) or [], not is_sparse(cost.rows.x)
    known = isinstance(cost.loss, DescribedLoss) and cost.loss.kernel is not None
    return kernels is not None and known and bool(links) and dense and not cost.penalty.l1


@final
class CompiledEpoch:
    """The steps of one epoch, taken in C.

    Attributes:
        rows: how many there are.
        steps: how many there are.
        dtype: of the rows.

    Parameters:
        kernels: the module in C.
        cost: of all rows.
        loss: of a row.
        links: the linear layers' numbers in the network, each with the activation that follows.
        size: rows of a mini-batch.
    """

    def __init__(self, kernels: Any, cost: Cost, loss: DescribedLoss, links: list[Link], size: int) -> None:
        network = cost.network
        self._run_epoch = kernels.run_epoch
        self.rows, self.dtype, self.workspace = len(cost.rows), cost.rows.x.dtype, cost.workspace
        self.size, self.steps = min(size, self.rows), -(-self.rows // size)
        self.steps_a_call = max(1, WORK_A_CALL // (self.size * _multiplications(network) + WORK_A_STEP))
        members = getattr(loss, "members", 1)
        chain, outputs = chain_of(network, links, members), network.outputs // members
        self.parts = _parts(network, self.size, int(chain[0].sum()))
        self._table, self._chain, self._loss = _table(cost, loss, outputs), chain, _loss(loss, outputs)
        self._batches, self._blocks = _batches(cost, self.size, self.steps), _blocks(network)
        self._work = _work(chain[0].tolist(), int(chain[4].max()), -(-self.size // self.parts))

    def __call__(self, theta: Array, mean: Array, square: Array, coefficients: Array, order: Array) -> Moved | None:
        """Return what the steps make of `theta` (p,) and of the running means (p,); None where a number is not finite.

        Parameters:
            theta: of the type of the rows; it is not changed, nor are the means.
            mean: the running mean of the gradient.
            square: the running mean of its square.
            coefficients: of each step, as `Recurrence` says (steps, 9).
            order: of the rows (n,).
        """
        theta, mean, square, outcome = theta.copy(), mean.copy(), square.copy(), np.zeros(2)
        coefficients, order = coefficients.astype(self.dtype), read_only(order, np.int64)
        for first in range(0, self.steps, self.steps_a_call):
            steps = slice(first, first + self.steps_a_call)
            rows = slice(first * self.size, (first + self.steps_a_call) * self.size)
            self._run(order[rows], self._batches[steps], coefficients[steps], theta, mean, square, outcome)
        finite = np.isfinite(outcome).all() and np.isfinite(theta @ theta)
        return Moved(theta, mean, square, float(outcome[0]), float(outcome[1])) if finite else None

    def _run(
        self,
        order: Array,
        batches: Array,
        coefficients: Array,
        theta: Array,
        mean: Array,
        square: Array,
        outcome: Array,
    ) -> None:
        """Take steps in place, and add their cost and gradient's norm to `outcome` (2,)."""
        array, dtype, parts = self.workspace.array, self.dtype, self.parts
        threads = min(thread_count(), parts, MOST_PARTS) if parts > 1 else 1
        counters = np.zeros(COUNTERS, np.int64)
        shared = (
            *(counters, *self._table, order, self.size, *self._chain, *self._loss, batches, coefficients),
            *(self._blocks, theta, mean, square),
            array(("work", 0), (threads, self._work), dtype),
            array(("part gradients", 0), (parts, theta.size), dtype),
            array(("sums", 0), (3, max(parts, len(self._blocks))), np.dtype(np.float64)),
            outcome,
        )
        others = [threading.Thread(target=self._run_epoch, args=(me, *shared)) for me in range(1, threads)]
        try:
            for other in others:
                other.start()
            self._run_epoch(0, *shared)
        finally:
            counters[0] = 1 << 62  # where this thread was interrupted, the others take no more turns
            for other in others:
                other.join()


def links_of(network: Network) -> list[Link] | None:
    """Return the linear layers' numbers, each with the activation that follows; None where the kernels lack a layer."""
    links: list[Link] = []
    for number, layer in enumerate(network.layers):
        if type(layer) in KINDS:
            links.append((number, Identity()))
        elif links and _is_known(layer) and links[-1][1] == Identity():
            links[-1] = (links[-1][0], layer)
        else:
            return None
    return links if links and links[-1][1] == Identity() and len(links) <= MOST_LAYERS else None


def _is_known(layer: Layer) -> TypeGuard[Activation]:
    """Return whether the kernels have an activation: they must tell its derivative from its value, hence the slope."""
    return isinstance(layer, Activation) and layer.kernel is not None and getattr(layer, "slope", 0) >= 0


def _parts(network: Network, size: int, width: int) -> int:
    """Return into how many parts a mini-batch is cut: a power of two, so that as many threads finish together.

    They are as many as threads are worth it for, or as it takes for its rows and what the layers make of them, `width`
    numbers each, to stay in the cache.
    """
    work = size * _multiplications(network)
    for_threads = min(MOST_PARTS, size // PART_ROWS, work // PART_WORK)
    for_the_cache = min(size * width // PART_NUMBERS, size // FEWEST_ROWS, work // (network.size * PART_ROWS))
    most = max(for_threads, for_the_cache)
    return 1 << max(0, int(most).bit_length() - 1)


def _multiplications(network: Network) -> int:
    """Return about how many multiplications a row takes forward: one by each parameter, if shared for each member."""
    shared = (layer for layer in network.layers if isinstance(layer, SharedDense))
    return network.size + sum((each.members - 1) * each.member_inputs * each.member_outputs for each in shared)


def _table(cost: Cost, loss: DescribedLoss, k: int) -> tuple[Array, Array, Array, Array]:
    """Return rows (n, i), their classes (n,) or probabilities (n, k), one of them empty, and their weights (n,)."""
    rows, n = cost.rows, len(cost.rows)
    by_class = loss.exclusive and rows.t.ndim == 1
    classes = rows.t if by_class else np.empty(0)
    probabilities = np.empty((0, k)) if by_class else rows.t.reshape(n, k)
    weights = np.ones(n) if rows.weights is None else rows.weights
    return (
        read_only(rows.x, rows.x.dtype),
        read_only(classes, np.int64),
        read_only(probabilities, rows.x.dtype),
        read_only(weights, np.float64),
    )


def chain_of(network: Network, links: list[Link], members: int) -> tuple[Array, ...]:
    """Return what the kernels know of the layers, as epoch.h says: widths, starts, biases, kinds, members and so on."""
    layers, places = [network.layers[number] for number, _ in links], [network.layout[number] for number, _ in links]
    return (
        np.array([network.inputs] + [network.widths[number + 1] for number, _ in links], np.int64),
        np.array([next(iter(place.values()))[0].start for place in places], np.int64),  # biases come second
        np.array([place["bias"][0].start if "bias" in place else -1 for place in places], np.int64),
        np.array([KINDS[type(layer)] for layer in layers], np.int64),
        np.array([*(getattr(layer, "members", 1) for layer in layers), members], np.int64),
        np.array([activation.kernel for _, activation in links], np.int64),
        np.array([float(getattr(activation, "slope", 0)) for _, activation in links]),
    )


def _loss(loss: DescribedLoss, outputs: int) -> tuple[int, float, float]:
    """Return its number in the kernels, and `keep` and `spread` of targets `t · keep + spread`."""
    assert loss.kernel is not None
    smoothing = float(getattr(loss, "label_smoothing", 0))
    return loss.kernel, 1 - smoothing, smoothing / (outputs if loss.exclusive else 2)


def _work(widths: list[int], members: int, rows: int) -> int:
    """Return how many numbers of memory a thread needs: as `work_needed` of kernels.c says."""
    filled = [-(-rows * width // VECTOR_NUMBERS) * VECTOR_NUMBERS for width in (*widths, max(widths))]
    return sum(filled) + (max(*widths, rows * members) + TALLEST) * 2 * VECTOR_NUMBERS


def _batches(cost: Cost, size: int, steps: int) -> Array:
    """Return of each step its share, the weight its cost is divided by and the strength of its l2 penalty (s, 3)."""
    n = len(cost.rows)
    share = np.minimum(size, n - size * np.arange(steps)) / n
    weight, one, l2 = cost.total_weight * share, np.ones(steps), cost.penalty.l2
    mean = cost.reduction == "mean"
    return np.column_stack((share, weight, l2 * one) if mean else (one, one, l2 * weight))


def _blocks(network: Network) -> Array:
    """Return where each block of `theta` starts and stops, and whether it is penalised (b, 3)."""
    blocks = [
        (start, min(start + BLOCK, place.stop), place in network.penalized)
        for places in network.layout
        for place, _ in places.values()
        for start in range(place.start, place.stop, BLOCK)
    ]
    return np.array(blocks, np.int64)


class Whole(NamedTuple):
    """The outcome of an epoch: `theta` (p,), state and rate after its steps, and their cost and gradient's norm."""

    theta: Array
    state: Any
    cost: float
    gradient_norm: float
    rate: float
    steps: int


@final
@dataclass(frozen=True, eq=False)
class WholeEpochs:
    """Epochs of an optimizer in C, each on the mini-batches that the generator would draw otherwise."""

    epoch: CompiledEpoch
    optimizer: FirstOrder[Any]

    def __call__(self, theta: Array, state: Any, generator: np.random.Generator) -> Whole | None:
        """Return the outcome of the next epoch.

        Where a number is not finite it is None, and the generator is as before: steps one by one find out where.
        """
        before = generator.bit_generator.state
        steps = self.optimizer.recurrence(theta, state, self.epoch.steps)
        order = generator.permutation(self.epoch.rows)
        with np.errstate(over="ignore", invalid="ignore"):
            moved = self.epoch(theta, steps.mean, steps.square, steps.coefficients, order)
        if moved is None:
            generator.bit_generator.state = before
            return None
        after = steps.state(moved.mean, moved.square)
        return Whole(moved.theta, after, moved.cost, moved.gradient_norm, float(steps.rates[-1]), self.epoch.steps)


def whole_epochs(objective: Objective, optimizer: Optimizer[Any], theta: Array, batch_size: int) -> WholeEpochs | None:
    """Return the epochs of a run in C; None where that is not possible."""
    if not isinstance(objective, Cost) or not isinstance(optimizer, FirstOrder):
        return None
    epoch = compiled_epoch(objective, batch_size)
    return None if epoch is None or epoch.dtype != theta.dtype else WholeEpochs(epoch, optimizer)


def form_of_training(cost: Cost, optimizer: Optimizer[Any], theta: Array, batch_size: int | None) -> str:
    """Return what computes cost and gradient in training: compiled kernels, by their instructions, or plain NumPy."""
    if batch_size is None:
        compiled = cost.is_compiled_for(theta)
    else:
        compiled = isinstance(optimizer, FirstOrder) and cost.rows.x.dtype == theta.dtype and _is_covered(cost)
    return form_in_use() if compiled else PLAIN
