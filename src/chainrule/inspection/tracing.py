"""The ledger: one row followed through the whole chain, forward and backward, with every number.

    forward    x → y₁ → … → z → y → loss
    backward   ∂loss/∂z = ∂loss/∂y · ∂y/∂z, and for every layer
               ∂loss/∂parameter = ∂loss/∂y_layer · ∂y_layer/∂parameter
               ∂loss/∂x_layer   = ∂loss/∂y_layer · ∂y_layer/∂x_layer

Every product is made from full Jacobians, and compared with what the engine computes without them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import final

import numpy as np

from chainrule.arrays import Array, floating
from chainrule.inspection.gradient_check import check_fit, finite
from chainrule.layers import Layer
from chainrule.losses import Loss
from chainrule.network import Network


@final
@dataclass(frozen=True, eq=False)
class Link:
    """One layer of the chain, for one row.

    Attributes:
        layer: the layer.
        params: its parameters by name.
        x: its inputs (i,).
        y: its outputs (o,).
        jacobians: `∂y/∂x` (o, i), `∂y/∂weights` (o, i·o) with the weights column by column, `∂y/∂bias` (o, o),
            by name.
        dy: `∂loss/∂y` (o,), from the layer behind.
        gradients: `dy · ∂y/∂parameter` by name, in the parameter's shape.
        dx: `dy · ∂y/∂x` (i,), for the layer before.
    """

    layer: Layer
    params: Mapping[str, Array]
    x: Array
    y: Array
    jacobians: Mapping[str, Array]
    dy: Array
    gradients: Mapping[str, Array]
    dx: Array


@final
@dataclass(frozen=True, eq=False)
class Trace:
    """One row through the whole chain.

    Attributes:
        links: the layers, first to last.
        criterion: what measures the loss.
        z: logits (k,).
        t: target as class probabilities (k,), or a number for a sigmoid; of an ensemble, that of each member.
        activation: what turns logits into probabilities.
        y: probabilities (k,).
        loss: of the row.
        dloss_dy: `∂loss/∂y` (k,).
        dy_dz: `∂y/∂z` (k, k).
        dz: their product `∂loss/∂z` (k,).
        dz_fused: the same in the fused form, `y - t` for cross-entropy.
        gradient: the gradient of the row's loss with respect to `theta` (p,), multiplied out from the Jacobians.
        gradient_fused: the same from the engine's backward pass.
        disagreement: the larger of two differences: between `dz` and `dz_fused`, relative to their largest number or to
            1 where all are smaller, since both round probabilities; and between `gradient` and the engine's backward
            pass of the same `dz`, relative to its largest number.
    """

    links: tuple[Link, ...]
    criterion: Loss
    z: Array
    t: Array
    activation: Layer
    y: Array
    loss: float
    dloss_dy: Array
    dy_dz: Array
    dz: Array
    dz_fused: Array
    gradient: Array
    gradient_fused: Array
    disagreement: float

    def __str__(self) -> str:
        rows = [("x", self.links[0].x)]
        for number, link in enumerate(self.links, 1):
            rows += [(f"y{number} = {link.layer}", link.y)]
        rows += [(f"y = {type(self.activation).__name__.lower()}(z)", self.y), ("t", self.t)]
        rows += [("loss", np.asarray(self.loss)), ("∂loss/∂y", self.dloss_dy), ("∂y/∂z", self.dy_dz)]
        rows += [("∂loss/∂z = ∂loss/∂y · ∂y/∂z", self.dz)]
        for number, link in reversed(list(enumerate(self.links, 1))):
            for name, gradient in link.gradients.items():
                rows += [(f"∂y{number}/∂{name}", link.jacobians[name]), (f"∂loss/∂{name}", gradient)]
            if number > 1:
                rows += [(f"∂y{number}/∂y{number - 1}", link.jacobians["x"]), (f"∂loss/∂y{number - 1}", link.dx)]
        width = max(len(name) for name, _ in rows)
        lines = [_table_line(name, values, width) for name, values in rows]
        lines.append(f"Largest difference from the fused form, relative: {self.disagreement:.1e}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def trace(network: Network, loss: Loss, theta: Array, x: object, t: object) -> Trace:
    """Return every number of one row's way through the chain rule.

    Parameters:
        network: the chain of layers.
        loss: what the row's prediction costs.
        theta: parameters (p,).
        x: the row (i,).
        t: its target: a class index, or class probabilities (k,).

    Raises:
        ValueError: the row or its target does not fit the network.

    >>> from chainrule import Dense, SoftmaxCrossEntropy
    >>> network = Network((Dense(2, 2),))
    >>> row = trace(network, SoftmaxCrossEntropy(), network.zeros(), [1., 2.], 0)
    >>> row.dz
    array([-0.5,  0.5])
    >>> row.links[0].jacobians["weights"]
    array([[1., 2., 0., 0.],
           [0., 0., 1., 2.]])
    """
    check_fit(network, loss, theta)
    row, target = floating(x)[None], np.asarray(t)[None]
    finite("x", row)
    if row.ndim != 2:
        raise ValueError(f"trace follows one row (i,), found an array of shape {row.shape[1:]}.")
    loss.check_targets(target, network.outputs)
    outputs = network.forward(theta, row)
    z = outputs[-1]
    dloss_dy, dy_dz = loss.factors(z, target)
    dz = np.einsum("nk,nkl->nl", dloss_dy, dy_dz)
    dz_fused = loss.gradient(z, target)
    links = _links_backward(network, theta, outputs, dz[0])
    gradient = network.flatten([link.gradients for link in links])
    gradient_fused = network.backward(theta, outputs, dz_fused)
    disagreements = (difference(dz, dz_fused, least=1.0), difference(gradient, network.backward(theta, outputs, dz)))
    classes = network.outputs // getattr(loss, "members", 1)
    return Trace(
        links=links,
        criterion=loss,
        z=z[0],
        t=np.eye(classes)[target[0]] if target.ndim == 1 and classes > 1 else target.reshape(-1),
        activation=loss.activation,
        y=loss.activation.forward({}, z)[0],
        loss=float(loss.value(z, target)[0]),
        dloss_dy=dloss_dy[0],
        dy_dz=dy_dz[0],
        dz=dz[0],
        dz_fused=dz_fused[0],
        gradient=gradient,
        gradient_fused=gradient_fused,
        disagreement=max(disagreements),
    )


def _links_backward(network: Network, theta: Array, outputs: list[Array], dz: Array) -> tuple[Link, ...]:
    links, dy = [], dz
    params = network.views(theta)
    for number in range(len(network.layers) - 1, -1, -1):
        layer, x, y = network.layers[number], outputs[number], outputs[number + 1]
        full = {name: jacobian[0] for name, jacobian in layer.jacobian(params[number], x, y).items()}
        gradients = {
            name: (dy @ full[name].reshape(len(dy), -1)).reshape(values.shape)
            for name, values in params[number].items()
        }
        flat = {name: jacobian.reshape(len(jacobian), -1, order="F") for name, jacobian in full.items()}
        link = Link(layer, params[number], x[0], y[0], flat, dy, gradients, dy @ full["x"])
        links.append(link)
        dy = link.dx
    return tuple(reversed(links))


def difference(found: Array, expected: Array, least: float = float(np.finfo(float).tiny)) -> float:
    """Return the largest difference, relative to the largest number expected or to `least`, whichever is larger."""
    return float(np.abs(found - expected).max(initial=0) / np.abs(expected).max(initial=least))


def _table_line(name: str, values: Array, width: int) -> str:
    text = np.array2string(values + 0.0, precision=6, suppress_small=True, threshold=64, max_line_width=120)
    shape = "scalar" if values.ndim == 0 else " x ".join(map(str, values.shape))
    indent = "\n" + " " * (width + 12)
    return f"{name:<{width}}  {shape:<8}  {text.replace(chr(10), indent)}"
