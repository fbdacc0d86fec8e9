"""One weight of a network: where it is, and how a user names it."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import prod
from typing import TypeAlias, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.format import count, described
from chainrule.inspection.tracing import Trace
from chainrule.layers import Dense, Elementwise, MemberDense, MemberScale, SharedDense
from chainrule.network import Network

Given: TypeAlias = str | Sequence[object]
Weighted: TypeAlias = Dense | SharedDense | MemberDense


@final
@dataclass(frozen=True)
class Weight:
    """A weight `W[input, output]` of a dense layer, or its bias `b[output]`.

    Attributes:
        layer: of the linear layers, counted from 1.
        link: place of that layer among all layers of the network, counted from 0.
        input: counted from 0; None for the bias.
        output: counted from 0.
        inputs: rows of `W`.
        sources: the inputs of the layer that `W[:, output]` is multiplied by, for the first of its units.
        units: the outputs of the layer that it is part of: one, or one of each member that shares it.
    """

    layer: int
    link: int
    input: int | None
    output: int
    inputs: int
    sources: range
    units: tuple[int, ...]

    @property
    def parameter(self) -> str:
        """The parameter that it is a number of: "weights" or "bias"."""
        return "bias" if self.input is None else "weights"

    @property
    def index(self) -> tuple[int, ...]:
        """Its place in that parameter."""
        return (self.output,) if self.input is None else (self.input, self.output)

    @property
    def column(self) -> int:
        """Its place in that parameter as one vector, column by column."""
        return self.output if self.input is None else self.output * self.inputs + self.input

    def __str__(self) -> str:
        return f"{self.layer},{'bias' if self.input is None else self.input + 1},{self.output + 1}"


def find_weight(network: Network, given: Given, names: Sequence[str] = ()) -> Weight:
    """Return the weight that a user means: "LAYER,INPUT,OUTPUT", or these three.

    Parameters:
        network: that it is a weight of.
        given: the linear layer, its input and its output, each counted from 1; for the input the word bias, or in
            the first layer a name. Inputs and outputs are those of the matrix of weights: of an ensemble they are of
            one member, but for outputs where each has weights of its own.
        names: of the inputs of the network (i,); none where they have no names.

    Raises:
        ValueError: there is no such weight; the message says what there is.

    >>> network = Network((Dense(2, 3),))
    >>> find_weight(network, "1,width,3", ["length", "width"]).index
    (1, 2)
    """
    parts = _parts(given)
    linear = [(at, layer) for at, layer in enumerate(network.layers) if isinstance(layer, Weighted | MemberScale)]
    if not any(isinstance(layer, Weighted) for _, layer in linear):
        raise ValueError("The network has no dense layer, and so no weight to follow.")
    number = _number("layer", parts[0], len(linear), "the network has", "dense layer")
    link, layer = linear[number]
    if isinstance(layer, MemberScale):
        raise ValueError(
            f"Layer {number + 1} only scales its inputs for each member: follow a weight of another layer."
        )
    inputs, columns = layer.parameter_shapes()["weights"]
    of_layer = f"layer {number + 1} has"
    biased = parts[1] == "bias"
    outputs = layer.outputs if biased else columns
    output = _number("output", parts[2], outputs, of_layer, "output")
    if biased:
        if not layer.bias:
            raise ValueError(f"Layer {number + 1} has no bias: choose an input from 1 to {inputs}.")
        chosen = None
    elif link == 0 and parts[1] in names:
        chosen = list(names).index(parts[1])
    else:
        near = get_close_matches(parts[1], names, 1) or list(names[:1])
        named = f", or a name, such as {near[0]}" if link == 0 and names else ""
        chosen = _number("input", parts[1], inputs, of_layer, "input", named)
    shared = isinstance(layer, SharedDense) and not biased
    units = tuple(range(output, layer.outputs, columns)) if shared else (output,)
    member = 0 if isinstance(layer, Dense) else units[0] // layer.member_outputs
    return Weight(number + 1, link, chosen, output, inputs, range(member * inputs, (member + 1) * inputs), units)


def _parts(given: Given) -> list[str]:
    form = "A weight is LAYER,INPUT,OUTPUT, each counted from 1, such as 1,2,1"
    if not isinstance(given, Sequence):
        raise ValueError(f"{form}: found {described(given)}.")
    parts = given.split(",") if isinstance(given, str) else [str(part) for part in given]
    if len(parts) > 3:  # the name of an input may hold commas
        parts = [parts[0], ",".join(parts[1:-1]), parts[-1]]
    if len(parts) != 3:
        raise ValueError(f"{form}: found {given!r}.")
    return [part.strip() for part in parts]


def _number(what: str, given: str, size: int, owner: str, noun: str, also: str = "") -> int:
    if given.isdecimal() and 1 <= int(given) <= size:
        return int(given) - 1
    there = f"{owner} {count(size, noun)}"
    choose = f"a number from 1 to {size}" if size > 1 else "1"
    raise ValueError(f"There is no {what} {given}: {there}; give {choose}{also}.")


# One weight moved a little: its slope from values of the loss alone.

# Relative step: four values leave an error of h⁴, 1e-16 times the fifth derivative, and rounding one of eps / h, 2e-12.
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


# All paths from the loss of a row back to one weight: their number, their sum, and those that matter most.
#
# A path goes through one output of every layer: loss, `y_d`, `z_c`, a unit of each hidden layer, the weight. What it
# contributes is the product of the derivatives along it,
#
#     ∂loss/∂y_d · ∂y_d/∂z_c · ∂z_c/∂h_u · … · ∂a_j/∂w
#
# and the sum over all paths is `∂loss/∂w`: the chain rule with its matrix products written out. There are far too many
# to go through one by one, so that counts, sum and largest ones come from the Jacobians, a layer at a time.


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
    return [*stages, (slopes, np.isin(np.arange(len(slopes)), weight.units)[:, None])]


def _stage(jacobian: Array, *, diagonal: bool) -> tuple[Array, Array]:
    return jacobian, np.eye(len(jacobian), dtype=bool) if diagonal else np.ones(jacobian.shape, bool)


def _count(open_ways: list[Array]) -> int:
    """Return the number of paths, exactly, however many: as whole numbers of 64 bits where none can be larger."""
    counts = np.ones(1, np.int64 if prod(way.shape[1] for way in open_ways) < 1 << 63 else object)
    for ways in open_ways:
        counts = counts @ ways.astype(counts.dtype)
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
