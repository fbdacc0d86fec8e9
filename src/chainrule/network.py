"""A network: a chain of layers, and the flat vector `theta` that all its parameters live in.

    forward    x → y₁ → y₂ → … → z, each layer from the output of the one before
    backward   dz → … → dy₁, each vector-Jacobian product from the one after, leaving the gradient of each layer's
               parameters behind
    jvp        (dx = 0, dtheta) → dz, the same chain from left to right

Weights lie in `theta` column by column, so that the Jacobian of `x W` for one row is the Kronecker product `I ⊗ x`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Protocol, final

import numpy as np

from chainrule.arrays import Array, Shape, zeros_like
from chainrule.common.display import as_html, as_text
from chainrule.common.format import count, described
from chainrule.exceptions import MismatchError
from chainrule.layers import Dense, Elementwise, Layer, MemberDense, MemberScale, MemberSoftmax, Softmax


class Buffers(Protocol):
    """Where a network may leave its intermediate results: see `engine.Workspace`."""

    def array(self, name: tuple[str, int], shape: Shape, dtype: np.dtype[Any]) -> Array:
        """Return an array of this shape, the same memory each time for the same name."""
        ...


@final
@dataclass(frozen=True)
class Network:
    """A chain of layers from rows `x` (n, i) to logits `z` (n, k).

    Parameters:
        layers: the links, first to last. The first says how many inputs there are, so it is a `Dense`, or a
            `MemberScale`, with which an ensemble begins; each takes as many inputs as the one before has outputs.

    Raises:
        MismatchError: the layers do not fit together.

    >>> from chainrule import Dense, Tanh
    >>> network = Network((Dense(2, 4), Tanh(), Dense(4, 3)))
    >>> network.inputs, network.outputs, network.size
    (2, 3, 27)
    >>> [y.shape for y in network.forward(network.zeros(), np.ones((5, 2)))]
    [(5, 2), (5, 4), (5, 4), (5, 3)]
    >>> network
    Network: 2 inputs, 3 outputs, 27 parameters
      layer                                 output  shapes                    parameters
      Dense(inputs=2, outputs=4, bias=True) (n, 4)  weights (2, 4), bias (4,) 12
      Tanh()                                (n, 4)                            0
      Dense(inputs=4, outputs=3, bias=True) (n, 3)  weights (4, 3), bias (3,) 15
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        given = self.layers
        if not isinstance(given, list | tuple) or not all(hasattr(layer, "output_size") for layer in given):
            raise MismatchError(f"A network is made of layers such as (Dense(4, 8), Tanh()), found {described(given)}.")
        object.__setattr__(self, "layers", tuple(self.layers))
        if not self.layers or self.layers[0].inputs is None:
            found = self.layers[0] if self.layers else "no layer"
            raise MismatchError(
                f"A network starts with a layer that fixes its inputs, such as Dense(4, 8): found {found}."
            )
        width, before = self.layers[0].inputs, "the rows"
        for number, layer in enumerate(self.layers):
            if layer.inputs not in (None, width):
                raise MismatchError(
                    f"Layer {number}, {layer}, takes {layer.inputs} inputs, but {before} give {width}: "
                    "make the two equal."
                )
            width, before = layer.output_size(width), f"the outputs of layer {number}, {layer},"

    def __repr__(self) -> str:
        return as_text(*self._table())

    def _repr_html_(self) -> str:
        return as_html(*self._table())

    def _table(self) -> tuple[str, list[str], list[list[str]]]:
        """Return what a terminal and a notebook show: a line for each layer."""
        title = ", ".join(
            (f"Network: {count(self.inputs, 'input')}", count(self.outputs, "output"), count(self.size, "parameter"))
        )
        rows = []
        for layer, width, places in zip(self.layers, self.widths[1:], self.layout, strict=True):
            shapes = ", ".join(f"{name} {shape}" for name, (_, shape) in places.items())
            size = sum(prod(shape) for _, shape in places.values())
            rows.append([str(layer), f"(n, {width})", shapes, f"{size:,}"])
        return title, ["layer", "output", "shapes", "parameters"], rows

    @property
    def inputs(self) -> int:
        """The number of inputs of the first layer."""
        return self.widths[0]

    @property
    def outputs(self) -> int:
        """The number of logits."""
        return self.widths[-1]

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """The number of inputs, then of each layer's outputs."""
        widths = [self.layers[0].inputs or 0]
        for layer in self.layers:
            widths.append(layer.output_size(widths[-1]))
        return tuple(widths)

    @cached_property
    def layout(self) -> tuple[dict[str, tuple[slice, Shape]], ...]:
        """Where in `theta` each parameter of each layer lies, and its shape."""
        start, layout = 0, []
        for layer in self.layers:
            places = {}
            for name, shape in layer.parameter_shapes().items():
                places[name] = (slice(start, start + prod(shape)), shape)
                start += prod(shape)
            layout.append(places)
        return tuple(layout)

    @cached_property
    def size(self) -> int:
        """The number of parameters `p`."""
        return sum(prod(shape) for places in self.layout for _, shape in places.values())

    @cached_property
    def penalized(self) -> tuple[slice, ...]:
        """The parts of `theta` that a penalty applies to: all but biases and what a layer says is `unpenalized`."""
        return tuple(
            part
            for layer, places in zip(self.layers, self.layout, strict=True)
            for name, (part, _) in places.items()
            if name not in ("bias", *getattr(layer, "unpenalized", ()))
        )

    @cached_property
    def members(self) -> int:
        """How many members of an ensemble its logits are of, as the last layer with parameters says; else 1."""
        return next((getattr(layer, "members", 1) for layer in reversed(self.layers) if layer.parameter_shapes()), 1)

    def zeros(self, dtype: type[np.floating[Any]] = np.float64) -> Array:
        """Return a `theta` of zeros."""
        return np.zeros(self.size, dtype)

    def flatten(self, parameters: Sequence[Mapping[str, Any]]) -> Array:
        """Return the `theta` that holds the given parameters, one mapping for each layer (`{}` for an activation).

        Raises:
            MismatchError: a parameter is missing, unknown or of the wrong shape.

        >>> from chainrule import Dense
        >>> Network((Dense(2, 2),)).flatten([{"weights": [[1, 3], [2, 4]], "bias": [5, 6]}])
        array([1., 2., 3., 4., 5., 6.])
        """
        if len(parameters) != len(self.layers):
            raise MismatchError(f"Expected parameters for {len(self.layers)} layers, found {len(parameters)}.")
        theta = self.zeros()
        for number, (views, given) in enumerate(zip(self.views(theta), parameters, strict=True)):
            found, expected = {n: np.shape(a) for n, a in given.items()}, {n: a.shape for n, a in views.items()}
            if found != expected:
                raise MismatchError(
                    f"Layer {number}, {self.layers[number]}, has parameters of shapes {expected}, found {found}."
                )
            for name, view in views.items():
                view[...] = given[name]
        return theta

    def views(self, theta: Array) -> tuple[dict[str, Array], ...]:
        """Return each layer's parameters as views into `theta` (p,), one dictionary for each layer.

        Raises:
            MismatchError: `theta` has not `p` numbers.
        """
        if theta.shape != (self.size,):
            raise MismatchError(f"theta must have shape ({self.size},) for this network, found {theta.shape}.")
        layers = []
        for places in self.layout:
            views = {}
            for name, (part, shape) in places.items():
                views[name] = theta[part].reshape(shape[::-1]).T if len(shape) > 1 else theta[part]
            layers.append(views)
        return tuple(layers)

    def forward(self, theta: Array, x: Array, workspace: Buffers | None = None) -> list[Array]:
        """Return `[x, output of layer 1, ..., logits]` for the rows `x` (n, i), dense or sparse.

        Raises:
            MismatchError: `x` is not a table of rows with as many columns as the network has inputs.
        """
        if x.ndim != 2 or x.shape[1] != self.inputs:
            raise MismatchError(f"x must have shape (n, {self.inputs}) for this network, found {x.shape}.")
        outputs = [x]
        for number, (layer, params) in enumerate(zip(self.layers, self.views(theta), strict=True)):
            shape = (x.shape[0], self.widths[number + 1])
            out = None if workspace is None else workspace.array(("y", number), shape, theta.dtype)
            outputs.append(layer.forward(params, outputs[-1], out=out))
        return outputs

    def backward(
        self,
        theta: Array,
        outputs: Sequence[Array],
        dz: Array,
        workspace: Buffers | None = None,
        *,
        out: Array | None = None,
    ) -> Array:
        """Return the gradient (p,) from `outputs` of `forward` and `dz` (n, k), the loss gradient at the logits."""
        gradient = np.empty_like(theta) if out is None else out
        params, grads = self.views(theta), self.views(gradient)
        dy = dz
        for number in range(len(self.layers) - 1, -1, -1):
            x, first = outputs[number], number == 0
            dx = None if first or workspace is None else workspace.array(("dx", number), x.shape, theta.dtype)
            passed = self.layers[number].vjp(
                params[number], x, outputs[number + 1], dy, need_dx=not first, out=dx, grad=grads[number]
            )
            dy = dy if passed is None else passed
        return gradient

    def input_gradient(self, theta: Array, outputs: Sequence[Array], dz: Array) -> Array:
        """Return the gradient at the rows (n, i) from `outputs` of `forward` and `dz` (n, k), that at the logits.

        >>> from chainrule import Dense
        >>> network, theta = Network((Dense(2, 1),)), np.array([3.0, 4.0, 5.0])
        >>> network.input_gradient(theta, network.forward(theta, np.ones((1, 2))), np.ones((1, 1)))
        array([[3., 4.]])
        """
        params, dy = self.views(theta), dz
        for number in range(len(self.layers) - 1, -1, -1):
            passed = self.layers[number].vjp(params[number], outputs[number], outputs[number + 1], dy)
            dy = dy if passed is None else passed
        return dy

    def jvp(self, theta: Array, outputs: Sequence[Array], dtheta: Array) -> Array:
        """Return the change of the logits `dz` (n, k) for a change `dtheta` (p,) of the parameters."""
        params, dparams = self.views(theta), self.views(dtheta)
        dy = zeros_like(outputs[0], dtheta.dtype)
        for number, layer in enumerate(self.layers):
            dy = layer.jvp(params[number], outputs[number], outputs[number + 1], dy, dparams[number])
        return dy


def ensemble(networks: Sequence[Network], thetas: Sequence[Array]) -> tuple[Network, Array]:
    """Return networks with the same layers, trained one by one, as the members of one network, and its parameters.

    Its logits (n, k c) are those of network 0, then those of network 1, and so on; `MemberLoss.probabilities` is the
    mean of what they predict. The first layer is as wide as all of theirs together; each that follows is a
    `MemberDense`. Networks of one layer alone get a `MemberScale` of ones before it, which copies the row for each.

    Parameters:
        networks: `k` of them, of dense layers, elementwise activations and softmaxes.
        thetas: the parameters of each (p,).

    Raises:
        MismatchError: there are no networks, they differ, or one has not the parameters given for it.

    Source: B. Lakshminarayanan, A. Pritzel, C. Blundell, "Simple and scalable predictive uncertainty estimation using
    deep ensembles", NeurIPS 2017.

    >>> from chainrule import Dense, Tanh, initialize
    >>> one = Network((Dense(2, 4), Tanh(), Dense(4, 3)))
    >>> both, theta = ensemble([one, one], [initialize(one, 0), initialize(one, 1)])
    >>> both.layers[2], both.members, theta.shape
    (MemberDense(members=2, member_inputs=4, member_outputs=3, bias=True), 2, (54,))
    """
    if not networks or len(networks) != len(thetas):
        raise MismatchError(
            "An ensemble is made of networks and the parameters of each, found"
            f" {count(len(networks), 'network')} and {count(len(thetas), 'array')} of parameters."
        )
    for number, network in enumerate(networks):
        if network != networks[0]:
            raise MismatchError(
                f"The networks of an ensemble have the same layers, but those of network {number} are"
                f" {network.layers}, and those of network 0 {networks[0].layers}."
            )
    members, members_views = len(networks), [one.views(theta) for one, theta in zip(networks, thetas, strict=True)]
    joint, params = list[Layer](), list[Mapping[str, Array]]()
    for number, layer in enumerate(networks[0].layers):
        views = [each[number] for each in members_views]
        joined = _joined(layer, members, first=number == 0)
        if number == 0 and not any(one.parameter_shapes() for one in networks[0].layers[1:]):
            copies = MemberScale(members, networks[0].inputs)
            joint, params, joined = [copies], [{"scale": np.ones(copies.outputs)}], _joined(layer, members, first=False)
        joint.append(joined)
        params.append({name: np.concatenate([view[name] for view in views], axis=-1) for name in views[0]})
    network = Network(tuple(joint))
    return network, network.flatten(params).astype(np.result_type(*thetas))


def _joined(layer: Layer, members: int, *, first: bool) -> Layer:
    """Return the layer that does to each member's numbers what `layer` does to those of one."""
    if isinstance(layer, Dense):
        if first:
            return Dense(layer.inputs, members * layer.outputs, layer.bias)
        return MemberDense(members, layer.inputs, layer.outputs, layer.bias)
    if isinstance(layer, Softmax):
        return MemberSoftmax(members)
    if isinstance(layer, Elementwise):
        return layer
    raise MismatchError(
        f"{layer} cannot be a layer of an ensemble's members: take dense layers, elementwise activations and softmaxes."
    )
