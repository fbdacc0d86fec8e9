"""The cost of all rows: the sum over blocks, plus the penalty. This is what optimizers see.

    mean   cost(theta) = Σ_r w_r loss_r / Σ_r w_r + penalty(weights)
    sum    the same times Σ_r w_r: the plain sum over rows

A mini-batch of m of the n rows takes m / n of the full Σ_r w_r in place of its own: its gradient is that of all rows on
average, whatever the weights in it.

Blocks are cut by data size alone and added in order, so the result never depends on who computes them. Memory is that
of one block, whatever the number of rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any, Literal, final

import numpy as np

from chainrule.arrays import Array, Shape, is_sparse, memory
from chainrule.engine.compiled_regression import CompiledRegression, compiled_regression
from chainrule.engine.curvature import KeptCurvature, WrittenHessian, has_kept_form
from chainrule.engine.rows import Rows, drawn
from chainrule.engine.threads import parallel_imap
from chainrule.losses import Loss, Penalty
from chainrule.network import Network
from chainrule.optimizers.optimizer import CurvatureProducts, Objective

# One thread's buffers: memory for a block's intermediate results, used again for every block.


@final
class Workspace:
    """Arrays by name, allocated once at the largest size asked for.

    An array is valid until its name is asked for again.

    >>> workspace = Workspace()
    >>> block = workspace.array(("y", 0), (4, 3), np.dtype(float))
    >>> np.shares_memory(block, workspace.array(("y", 0), (2, 3), np.dtype(float)))
    True
    """

    def __init__(self) -> None:
        self._memory: dict[tuple[str, int], Array] = {}
        self._parts: dict[int, Workspace] = {}

    def part(self, number: int) -> "Workspace":
        """Return the workspace of a thread that works beside others; this one is the first."""
        return self if number == 0 else self._parts.setdefault(number, Workspace())

    def array(self, name: tuple[str, int], shape: Shape, dtype: np.dtype[Any]) -> Array:
        """Return an array of this shape, the same memory each time for the same name."""
        memory = self._memory.get(name)
        if memory is not None and memory.shape == shape and memory.dtype == dtype:
            return memory
        size = prod(shape)
        if memory is None or memory.size < size or memory.dtype != dtype:
            memory = self._memory[name] = np.empty(shape, dtype)
        return memory.reshape(-1)[:size].reshape(shape)


# Cost and gradient of one block of rows: the hot loop.
#
#     cost = Σ_r w_r loss_r / scale        gradient = backward(w_r ∂loss_r/∂z / scale)


def block_cost(network: Network, loss: Loss, theta: Array, block: Rows, scale: float, workspace: Workspace) -> float:
    """Return the cost of the block."""
    z = network.forward(theta, block.x, workspace)[-1]
    return _weighted_sum(loss.value(z, block.t), block) / scale


def block_cost_and_gradient(
    network: Network, loss: Loss, theta: Array, block: Rows, scale: float, workspace: Workspace, out: Array
) -> float:
    """Return the cost of the block and write its gradient into `out` (p,)."""
    outputs = network.forward(theta, block.x, workspace)
    z = outputs[-1]
    losses, dz = loss.value_and_gradient(z, block.t, out=workspace.array(("dz", 0), z.shape, z.dtype))
    dz *= 1 / scale if block.weights is None else (block.weights / scale).astype(dz.dtype, copy=False)[:, None]
    network.backward(theta, outputs, dz, workspace, out=out)
    return _weighted_sum(losses, block) / scale


def block_curvature_product(
    network: Network, loss: Loss, theta: Array, block: Rows, scale: float, workspace: Workspace, v: Array, out: Array
) -> None:
    """Write the Gauss-Newton product of the block with `v` (p,) into `out` (p,)."""
    outputs = network.forward(theta, block.x, workspace)
    dz = loss.curvature_product(outputs[-1], block.t, network.jvp(theta, outputs, v))
    dz *= 1 / scale if block.weights is None else (block.weights / scale).astype(dz.dtype, copy=False)[:, None]
    network.backward(theta, outputs, dz, workspace, out=out)


def _weighted_sum(losses: Array, block: Rows) -> float:
    weighted = losses if block.weights is None else losses * block.weights
    return float(np.add.reduce(weighted, dtype=np.float64))


# Bytes of a block's rows and activations, 1 MiB: so that they stay in a core's cache from forward to backward.
BLOCK_BYTES = 1 << 20
# Bytes of a block of sparse rows, 8 MiB: each product has the overhead of a call of SciPy, and adds a whole gradient.
SPARSE_BLOCK_BYTES = 1 << 23
# Small tables are cut further, for threads: into blocks of at least so many rows, which fill the tiles of products,
PART_ROWS = 64
# of at least so many rows times parameters, a millisecond or so, beside which handing out a block is little,
PART_WORK = 2_000_000
# and for threads alone into no more blocks than these: the smaller each is, the more its calls cost.
MOST_PARTS = 4
# Rows times parameters from which threads share a pass; below, one thread is done before another has begun.
THREADED_WORK = 200_000


@final
@dataclass(frozen=True, eq=False)
class Cost(Objective):
    """What a network's parameters cost on rows: the objective of training.

    Make one with `Cost.of`, which checks what it is given.
    """

    network: Network
    loss: Loss
    rows: Rows
    total_weight: float
    penalty: Penalty
    reduction: Literal["mean", "sum"]
    workspace: Workspace = field(default_factory=Workspace, repr=False)
    whole: bool = True

    @classmethod
    def of(
        cls,
        network: Network,
        loss: Loss,
        x: object,
        t: object,
        *,
        weights: object | None = None,
        penalty: Penalty | None = None,
        reduction: Literal["mean", "sum"] = "mean",
    ) -> "Cost":
        """Return the cost of `network` with `loss` on rows `x` (n, i) with targets `t`.

        Parameters:
            network: of as many inputs as `x` has columns.
            loss: fitting the targets.
            x: rows (n, i), finite; sparse rows of SciPy stay sparse.
            t: class indices (n,) or class probabilities (n, k).
            weights: of each row (n,), at least 0; None where all count the same.
            penalty: on the weights; None for no penalty.
            reduction: "mean" over the weights of the rows, or "sum".

        Raises:
            ValueError: anything is empty, not finite, of the wrong shape, no target, or all rows are of one class.

        >>> from chainrule import Dense, SoftmaxCrossEntropy
        >>> network = Network((Dense(1, 2),))
        >>> cost = Cost.of(network, SoftmaxCrossEntropy(), [[0.], [1.]], [0, 1])
        >>> cost.value_and_gradient(network.zeros())
        (0.6931471805599453, array([ 0.25, -0.25,  0.  ,  0.  ]))
        """
        if reduction not in ("mean", "sum"):
            raise ValueError(f'reduction must be "mean" or "sum", found {reduction!r}.')
        rows = Rows.checked(x, t, weights)
        if rows.x.shape[1] != network.inputs:
            raise ValueError(f"x has {rows.x.shape[1]} columns, but the network takes {network.inputs} inputs.")
        loss.check_targets(rows.t, network.outputs)
        _refuse_one_class(rows.t)
        return cls(network, loss, rows, rows.total_weight, penalty or Penalty(), reduction)

    @property
    def _scale(self) -> float:
        return self.total_weight if self.reduction == "mean" else 1.0

    @property
    def _penalty_scale(self) -> float:
        return self.total_weight / self._scale

    @property
    def uses_threads(self) -> bool:
        """Whether there is so much to multiply that threads would share it."""
        return len(self.rows) * self.network.size > THREADED_WORK

    @cached_property
    def block_size(self) -> int:
        """How many rows are computed at a time: so many that they and their activations stay in a core's cache."""
        x, block_bytes = self.rows.x, BLOCK_BYTES
        bytes_a_row = memory(x) // len(self.rows) + 2 * x.dtype.itemsize * sum(self.network.widths[1:])
        if is_sparse(x):  # a product of few rows is all overhead, and adds a whole gradient
            block_bytes = max(SPARSE_BLOCK_BYTES, 2 * x.dtype.itemsize * self.network.size)
        work = len(self.rows) * self.network.size
        parts = max(1, min(MOST_PARTS, len(self.rows) // PART_ROWS, work // PART_WORK))
        return max(16, min(block_bytes // bytes_a_row, -(-len(self.rows) // parts)))

    @cached_property
    def _compiled(self) -> CompiledRegression | None:
        return compiled_regression(self.network, self.loss, self.rows, self._scale) if self.whole else None

    def _compiled_for(self, theta: Array) -> CompiledRegression | None:
        compiled = self._compiled
        if compiled is None or compiled.dtype != theta.dtype or theta.shape != (self.network.size,):
            return None
        return compiled

    def is_compiled_for(self, theta: Array) -> bool:
        """Return whether compiled kernels compute the cost at `theta` (p,), which its type and size decide."""
        return self._compiled_for(theta) is not None

    @cached_property
    def _penalized(self) -> tuple[slice, ...]:
        return self.network.penalized if self.penalty != Penalty() else ()

    def value(self, theta: Array) -> float:
        """Return the cost at `theta` (p,)."""
        if (compiled := self._compiled_for(theta)) is not None:
            return compiled.cost_and_gradient(theta)[0] + self._penalty_value(theta)
        total = 0.0
        for block in self.rows.blocks(self.block_size):
            total += block_cost(self.network, self.loss, theta, block, self._scale, self.workspace)
        return total + self._penalty_value(theta)

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Return the cost at `theta` (p,) and its gradient (p,).

        With an l1 penalty, where a weight is zero the cost has a kink, and many slopes: the one nearest to zero is
        taken, so that the gradient is zero at the lowest point.
        """
        compiled = self._compiled_for(theta)
        total, gradient = self._of_blocks(theta) if compiled is None else compiled.cost_and_gradient(theta)
        for weights in self._penalized:
            gradient[weights] = self.penalty.least_subgradient(theta[weights], gradient[weights], self._penalty_scale)
        return total + self._penalty_value(theta), gradient

    def _of_blocks(self, theta: Array) -> tuple[float, Array]:
        """Return the cost at `theta` (p,) and its gradient (p,), without the penalty."""
        total, gradient = 0.0, np.zeros_like(theta)

        def of_block(number: int, start: int) -> tuple[float, Array]:
            block = self.rows.block(start, self.block_size)
            workspace = self.workspace.part(number)
            out = workspace.array(("block gradient", 0), theta.shape, theta.dtype)
            return block_cost_and_gradient(self.network, self.loss, theta, block, self._scale, workspace, out), out

        for cost, part in parallel_imap(of_block, range(0, len(self.rows), self.block_size)):
            total += cost
            gradient += part
        return total, gradient

    def curvature_product(self, theta: Array, v: Array) -> Array:
        """Return the Gauss-Newton matrix at `theta` (p,) times `v` (p,): with no hidden layer, the Hessian."""
        product, part = np.zeros_like(theta), np.empty_like(theta)
        for block in self.rows.blocks(self.block_size):
            block_curvature_product(self.network, self.loss, theta, block, self._scale, self.workspace, v, part)
            product += part
        for weights in self._penalized:
            product[weights] += self._penalty_scale * self.penalty.curvature_product(v[weights])
        return product

    def curvature(self, theta: Array) -> KeptCurvature | WrittenHessian | CurvatureProducts:
        """Return the matrix of `curvature_product` at `theta` (p,), which shares the work of many products.

        With one dense layer it keeps the probabilities of all rows, where they fit in 256 MiB.
        """
        if not self._has_kept_form:
            return CurvatureProducts(self, theta)  # not None: small systems of None are solved exactly, at any distance
        l2 = self._l2_strengths
        l2 = l2 if l2.dtype == theta.dtype else self._strengths(self.penalty.l2, theta.dtype)
        compiled = self._compiled_for(theta)
        size = self.block_size
        kept = KeptCurvature(self.network, self.loss, self.rows, size, theta, self._scale, l2, compiled)
        return kept.written_out() if kept.is_cheap_to_write_out else kept

    @cached_property
    def _has_kept_form(self) -> bool:
        return has_kept_form(self.network, self.loss, self.rows)

    @cached_property
    def _l2_strengths(self) -> Array:
        return self._strengths(self.penalty.l2, self.rows.x.dtype)

    def sample(self) -> "tuple[Cost, float] | None":
        """Return the cost of some rows, and its expected relative optimism, `p / m` for `p` parameters and `m` rows.

        None where there are few rows, or weights are to become zero. A sum is raised to that of as many rows as all.
        """
        rows = None if self.penalty.l1 else drawn(self.rows, self.network.size)
        if rows is None:
            return None
        if self._compiled is not None:
            self._compiled.keep_probabilities()  # which whoever tried a sample asks for at what came of it
        share, total = len(rows) / len(self.rows), self.total_weight
        if self.reduction == "sum":
            weights = np.ones(len(rows)) if rows.weights is None else rows.weights
            rows = replace(rows, weights=weights / share)
        else:
            total *= share
        return replace(self, rows=rows, total_weight=total), self.network.size / len(rows)

    def l1_weights(self) -> Array | None:
        """Return the L1 penalty of each parameter (p,), zero for biases, or None if there is none."""
        return self._strengths(self.penalty.l1, self.rows.x.dtype) if self.penalty.l1 else None

    def l2_weights(self) -> Array:
        """Return the L2 penalty of each parameter (p,): zero for biases."""
        return self._strengths(self.penalty.l2, self.rows.x.dtype)

    @property
    def convex(self) -> bool:
        """Whether every minimum is the minimum: with one dense layer, since every loss is convex in the logits."""
        return len(self.network.layers) == 1

    def smooth(self) -> "Cost":
        """Return the cost without the absolute values of its penalty: the same each time, with what it has prepared."""
        return self._smooth if self.penalty.l1 else self

    @cached_property
    def _smooth(self) -> "Cost":
        return replace(self, penalty=Penalty(l2=self.penalty.l2))

    def _strengths(self, strength: float, dtype: np.dtype[Any]) -> Array:
        strengths = np.zeros(self.network.size, dtype)
        for part in self.network.penalized:
            strengths[part] = self._penalty_scale * strength
        return strengths

    def weights(self, theta: Array) -> Array:
        """Return `theta` (p,) with biases set to zero: the part that a penalty applies to."""
        weights = np.zeros_like(theta)
        for part in self.network.penalized:
            weights[part] = theta[part]
        return weights

    def batches(self, size: int, generator: np.random.Generator) -> Iterator[tuple[float, "Cost"]]:
        """Yield mini-batches, each with its share: all rows once, in random order, `size` at a time.

        The cost of all rows is the sum of `share · cost of the batch`.
        """
        for rows in self.rows.shuffled(size, generator):
            fraction = len(rows) / len(self.rows)
            share = fraction if self.reduction == "mean" else 1.0
            yield share, replace(self, rows=rows, total_weight=self.total_weight * fraction, whole=False)

    def _penalty_value(self, theta: Array) -> float:
        return sum((self._penalty_scale * self.penalty.value(theta[part]) for part in self._penalized), 0.0)


def _refuse_one_class(t: Array) -> None:
    first = t[0]
    soft = t.dtype.kind == "f" and not np.isin(first, (0, 1)).all()
    if (t == first).all() and not soft:
        name = int(first.argmax()) if first.size > 1 else first.item()
        raise ValueError(f"All {len(t)} rows are of one class ({name}); a classifier needs rows of at least two.")
