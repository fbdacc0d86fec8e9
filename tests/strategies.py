"""Generators of what the tests differentiate: layers, losses and networks at random points of odd shapes."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from chainrule import Dense, Network, Penalty
from chainrule.arrays import Array
from chainrule.engine import Cost
from chainrule.layers import Layer
from chainrule.losses import Loss
from tests.registry import ACTIVATIONS, KINK_MARGIN, LOSSES, PENALTIES, LayerCase, LossCase

generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@dataclass(frozen=True, eq=False)
class LayerPoint:
    """A layer at random rows and parameters, with directions to multiply its Jacobians with."""

    layer: Layer
    params: dict[str, Array]
    x: Array
    y: Array
    dy: Array
    dx: Array
    dparams: dict[str, Array]

    def as_type(self, dtype: type[Any]) -> "LayerPoint":
        """The same point in another precision, with the outputs that the layer has there."""
        params = {name: values.astype(dtype) for name, values in self.params.items()}
        dparams = {name: values.astype(dtype) for name, values in self.dparams.items()}
        x = self.x.astype(dtype)
        y = self.layer.forward(params, x)
        return LayerPoint(self.layer, params, x, y, self.dy.astype(dtype), self.dx.astype(dtype), dparams)


@st.composite
def layer_points(draw: st.DrawFn, case: LayerCase) -> LayerPoint:
    """A layer at 0, 1 or several rows of random size and scale, in float64."""
    n = draw(st.sampled_from((0, 1, 2, 5)), label="rows")
    width = case.layer.inputs or case.multiple * draw(st.sampled_from((1, 2, 4)), label="inputs")
    generator = draw(generators)
    x = case.inputs(n, width, generator, draw(st.sampled_from((0.1, 1.0, 3.0)), label="scale"))
    params = case.parameters(generator)
    y = case.layer.forward(params, x)
    dy, dx = generator.normal(size=y.shape), generator.normal(size=x.shape)
    return LayerPoint(case.layer, params, x, y, dy, dx, case.parameters(generator))


@dataclass(frozen=True, eq=False)
class LossPoint:
    """A loss at random logits and targets, with a direction to multiply its curvature with."""

    loss: Loss
    z: Array
    t: Array
    rows: Array
    v: Array


@st.composite
def loss_points(draw: st.DrawFn, case: LossCase) -> LossPoint:
    """A loss at 0, 1 or several rows, with any number of outputs and form of target; `rows` are the targets (n, k)."""
    n = draw(st.sampled_from((0, 1, 2, 5)), label="rows")
    outputs = draw(st.sampled_from(case.outputs), label="outputs")
    form = draw(st.sampled_from(case.forms(outputs)), label="form of the targets")
    generator = draw(generators)
    z = case.logits(n, outputs, generator, draw(st.sampled_from((0.1, 1.0, 10.0)), label="scale"))
    t = case.targets(form, n, outputs, generator)
    return LossPoint(case.loss, z, t, case.as_rows(t, outputs), generator.normal(size=z.shape))


@dataclass(frozen=True, eq=False)
class NetworkPoint:
    """A network with a loss and everything a cost is made of, at random parameters."""

    network: Network
    loss: Loss
    theta: Array
    x: Array
    t: Array
    weights: Array | None
    penalty: Penalty
    reduction: Literal["mean", "sum"]
    analytic: bool
    generator: np.random.Generator

    @property
    def cost(self) -> Cost:
        return Cost.of(
            self.network,
            self.loss,
            self.x,
            self.t,
            weights=self.weights,
            penalty=self.penalty,
            reduction=self.reduction,
        )

    def plain_cost(self, theta: Array) -> Any:
        """The same cost as a plain formula, also of complex parameters."""
        losses = self.loss.value(self.network.forward(theta, self.x)[-1], self.t)
        weights = np.ones(len(self.x)) if self.weights is None else self.weights
        total = weights.sum() if self.reduction == "mean" else 1.0
        penalty: Any = 0.0
        for params in self.network.views(theta):
            if "weights" in params:
                w = params["weights"]
                penalty += self.penalty.l2 / 2 * (w * w).sum() + self.penalty.l1 * (w * np.sign(w.real)).sum()
        return (weights * losses).sum() / total + weights.sum() / total * penalty

    def margin(self) -> float:
        """How far the rows are from the kinks of the activations and of the loss.

        A number that is exactly zero comes from units that are all off, and stays zero.
        """
        outputs = self.network.forward(self.theta, self.x)
        kinked = [case.layer for case in ACTIVATIONS if not case.analytic]
        inputs = [x for layer, x in zip(self.network.layers, outputs, strict=False) if layer in kinked]
        logits = [outputs[-1] for case in LOSSES if case.loss == self.loss and not case.analytic]
        return min((float(np.abs(z[z != 0]).min(initial=np.inf)) for z in inputs + logits), default=np.inf)


@st.composite
def networks(draw: st.DrawFn, outputs: int, max_depth: int, activations: list[LayerCase]) -> tuple[Network, bool]:
    """A chain of dense layers and random activations, and whether all of it is analytic."""
    depth = draw(st.integers(0, max_depth), label="hidden layers")
    bias = draw(st.booleans(), label="bias")
    widths = draw(st.lists(st.integers(1, 4), min_size=depth + 1, max_size=depth + 1), label="widths")
    cases = draw(st.lists(st.sampled_from(activations), min_size=depth, max_size=depth), label="activations")
    widths.append(outputs)
    chain: list[Layer] = [Dense(widths[0], widths[1], bias)]
    for case, inputs, units in zip(cases, widths[1:-1], widths[2:], strict=True):
        chain += [case.layer, Dense(inputs, units, bias)]
    return Network(tuple(chain)), all(case.analytic for case in cases)


@st.composite
def network_points(
    draw: st.DrawFn,
    *,
    max_depth: int = 4,
    activations: list[LayerCase] = ACTIVATIONS,
    losses: list[LossCase] = LOSSES,
) -> NetworkPoint:
    """A network with any loss, form of target, weights of rows, penalty and reduction, away from kinks."""
    case = draw(st.sampled_from(losses), label="loss")
    outputs = draw(
        st.sampled_from([k for k in case.outputs if k > case.members or not case.exclusive]), label="outputs"
    )
    network, analytic = draw(networks(outputs, max_depth, activations))
    form = draw(st.sampled_from(case.forms(outputs)), label="form of the targets")
    penalty = draw(st.sampled_from(PENALTIES), label="penalty")
    reduction: Literal["mean", "sum"] = draw(st.sampled_from(("mean", "sum")), label="reduction")
    weighted = draw(st.booleans(), label="weighted rows")
    generator, n = draw(generators), draw(st.integers(2, 5), label="rows")
    t = case.targets(form, n, outputs, generator)
    weights = np.append(0.0, generator.uniform(0.1, 3, n - 1)) if weighted else None
    everywhere = analytic and case.analytic

    def attempt() -> NetworkPoint:
        theta, x = generator.normal(0, 0.7, network.size), generator.normal(size=(n, network.inputs))
        theta += np.copysign(KINK_MARGIN, theta)
        return NetworkPoint(network, case.loss, theta, x, t, weights, penalty, reduction, everywhere, generator)

    attempts = (attempt() for _ in range(200))
    point = next((point for point in attempts if point.margin() > KINK_MARGIN), None)
    assume(point is not None)
    assert point is not None
    return point
