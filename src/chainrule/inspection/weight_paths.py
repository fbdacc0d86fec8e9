"""All paths from the loss of a row back to one weight: their number, their sum, and those that matter most.

A path goes through one output of every layer: loss, `y_d`, `z_c`, a unit of each hidden layer, the weight. What it
contributes is the product of the derivatives along it,

    ∂loss/∂y_d · ∂y_d/∂z_c · ∂z_c/∂h_u · … · ∂a_j/∂w

and the sum over all paths is `∂loss/∂w`: the chain rule with its matrix products written out. There are far too many to
go through one by one, so that counts, sum and largest ones come from the Jacobians, a layer at a time.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.arrays import Array
from chainrule.inspection.tracing import Trace
from chainrule.inspection.weight import Weight
from chainrule.layers import Elementwise


@final
@dataclass(frozen=True)
class Path:
    """One path.

    Attributes:
        nodes: the output it goes through of `y`, of `z`, and of each layer before, back to that of the weight.
        factors: the derivatives along it, from the loss to the weight.
        contribution: their product.
    """

    nodes: tuple[int, ...]
    factors: tuple[float, ...]
    contribution: float


@final
@dataclass(frozen=True)
class Paths:
    """All paths to one weight.

    Attributes:
        largest: those whose contributions are largest in size, first to last; none that contributes nothing.
        total: the sum over all paths, from the weight to the loss (forward mode): `∂loss/∂w`.
        count: all paths there are.
        contributing: those with no factor of zero.
        difference: between `total` and the gradient that the ledger has, relative to the larger of the gradient and of
            what the largest path contributes.
    """

    largest: tuple[Path, ...]
    total: float
    count: int
    contributing: int
    difference: float

    @property
    def others(self) -> int:
        """How many contributing paths are not among the largest."""
        return self.contributing - len(self.largest)

    @property
    def rest(self) -> float:
        """What those contribute together."""
        return self.total - sum(path.contribution for path in self.largest) if self.others else 0.0


def paths(trace: Trace, weight: Weight, most: int = 10) -> Paths:
    """Return the paths from the loss of a row to one weight.

    Parameters:
        trace: of the row.
        weight: of the same network.
        most: how many of the largest to return.

    >>> from chainrule import Dense, Network, SoftmaxCrossEntropy
    >>> from chainrule.inspection import find_weight, trace
    >>> network = Network((Dense(1, 2),))
    >>> row = trace(network, SoftmaxCrossEntropy(), network.zeros(), [3.], 0)
    >>> found = paths(row, find_weight(network, "1,1,1"))
    >>> found.total, found.count, found.largest
    (-1.5, 2, (Path(nodes=(0, 0), factors=(-2.0, 0.25, 3.0), contribution=-1.5),))
    """
    stages = _stages(trace, weight)
    total = stages[-1][0][:, 0]
    for jacobian, _ in reversed(stages[:-1]):
        total = jacobian @ total
    largest = _largest([jacobian for jacobian, _ in stages], most)
    link = trace.links[weight.link]
    gradient = float(link.gradients[weight.parameter][weight.index])
    scale = max([abs(gradient), *(abs(path.contribution) for path in largest[:1])], default=0.0) or 1.0
    return Paths(
        largest,
        float(total[0]),
        _count([structure for _, structure in stages]),
        _count([jacobian != 0 for jacobian, _ in stages]),
        abs(float(total[0]) - gradient) / scale,
    )


def _stages(trace: Trace, weight: Weight) -> list[tuple[Array, Array]]:
    """Return the Jacobians from the loss to the weight, each with where a path may go."""
    elementwise = isinstance(trace.activation, Elementwise)
    stages = [_stage(trace.dloss_dy[None], diagonal=False), _stage(trace.dy_dz, diagonal=elementwise)]
    between = reversed(trace.links[weight.link + 1 :])
    stages += [_stage(link.jacobians["x"], diagonal=isinstance(link.layer, Elementwise)) for link in between]
    slopes = trace.links[weight.link].jacobians[weight.parameter][:, [weight.column]]
    return [*stages, (slopes, np.arange(len(slopes))[:, None] == weight.output)]


def _stage(jacobian: Array, *, diagonal: bool) -> tuple[Array, Array]:
    return jacobian, np.eye(len(jacobian), dtype=bool) if diagonal else np.ones(jacobian.shape, bool)


def _count(open_ways: list[Array]) -> int:
    """Return the number of paths, exactly, however many."""
    counts = np.ones(1, object)
    for ways in open_ways:
        counts = np.array([sum(counts[way].tolist()) for way in ways.T], object)
    return int(counts[0])


def _largest(jacobians: list[Array], most: int) -> tuple[Path, ...]:
    """Return the paths of the largest products: what is best up to a node goes on from the best up to those before."""
    best, steps = np.ones((1, 1)), []
    for jacobian in jacobians:
        products = (best[:, :, None] * jacobian[:, None, :]).reshape(-1, jacobian.shape[1])
        order = np.argsort(-np.abs(products), axis=0, kind="stable")[:most]
        steps.append((order // best.shape[1], order % best.shape[1]))
        best = np.take_along_axis(products, order, axis=0).T
    found = []
    for rank in np.flatnonzero(best[0]).tolist():
        node, nodes, factors = 0, [], []
        contribution = float(best[0, rank])
        for jacobian, (before, rank_before) in zip(reversed(jacobians), reversed(steps), strict=True):
            came_from = int(before[rank, node])
            factors.append(float(jacobian[came_from, node]))
            rank, node = int(rank_before[rank, node]), came_from
            nodes.append(node)
        found.append(Path(tuple(reversed(nodes[:-1])), tuple(reversed(factors)), contribution))
    return tuple(found)
