"""Starting values of `theta`: weights drawn by a named rule, biases zero, and what a layer says is `initial` itself.

Each rule gives the weights of one layer a variance that depends on its number of inputs and outputs, so that numbers
neither grow nor shrink on their way through the layers:

    glorot   2 / (inputs + outputs)     lecun   1 / inputs     he   2 / inputs
"""

from collections.abc import Callable
from functools import partial
from math import sqrt
from typing import Any, TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import check, generator_of
from chainrule.layers import Activation, Layer
from chainrule.network import Network

Initializer: TypeAlias = Callable[[np.random.Generator, int, int], Array]


def _uniform(generator: np.random.Generator, inputs: int, outputs: int, variance: float) -> Array:
    limit = sqrt(3 * variance)
    return generator.uniform(-limit, limit, (inputs, outputs))


def _normal(generator: np.random.Generator, inputs: int, outputs: int, variance: float) -> Array:
    return generator.normal(0, sqrt(variance), (inputs, outputs))


def glorot_uniform(generator: np.random.Generator, inputs: int, outputs: int) -> Array:
    """Return uniform weights of variance `2 / (inputs + outputs)`.

    Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
    2010, equation 16.

    >>> bool(abs(glorot_uniform(np.random.default_rng(0), 2, 4)).max() < 1)
    True
    """
    return _uniform(generator, inputs, outputs, 2 / (inputs + outputs))


def glorot_normal(generator: np.random.Generator, inputs: int, outputs: int) -> Array:
    """Return normal weights of variance `2 / (inputs + outputs)`; source as of `glorot_uniform`."""
    return _normal(generator, inputs, outputs, 2 / (inputs + outputs))


def he_uniform(generator: np.random.Generator, inputs: int, outputs: int) -> Array:
    """Return uniform weights of variance `2 / inputs`; source as of `he_normal`."""
    return _uniform(generator, inputs, outputs, 2 / inputs)


def he_normal(generator: np.random.Generator, inputs: int, outputs: int) -> Array:
    """Return normal weights of variance `2 / inputs`, for rectifiers.

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015, equation 10.
    """
    return _normal(generator, inputs, outputs, 2 / inputs)


def lecun_uniform(generator: np.random.Generator, inputs: int, outputs: int) -> Array:
    """Return uniform weights of variance `1 / inputs`; source as of `lecun_normal`."""
    return _uniform(generator, inputs, outputs, 1 / inputs)


def lecun_normal(generator: np.random.Generator, inputs: int, outputs: int) -> Array:
    """Return normal weights of variance `1 / inputs`.

    Source: Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, "Efficient BackProp" (1998), equation 16.
    """
    return _normal(generator, inputs, outputs, 1 / inputs)


def orthogonal(generator: np.random.Generator, inputs: int, outputs: int) -> Array:
    """Return weights whose shorter side is orthonormal, drawn uniformly from all such matrices.

    Source: A. Saxe, J. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks", ICLR 2014.

    >>> w = orthogonal(np.random.default_rng(0), 5, 3)
    >>> np.allclose(w.T @ w, np.eye(3))
    True
    """
    tall = generator.standard_normal((max(inputs, outputs), min(inputs, outputs)))
    basis, triangle = np.linalg.qr(tall)
    basis = basis * np.sign(np.diag(triangle))
    return basis if inputs >= outputs else basis.T


def zeros(generator: np.random.Generator, inputs: int, outputs: int) -> Array:  # noqa: ARG001 (takes what every initialiser takes)
    """Return zeros: fine for one layer, useless for hidden ones, whose units would all stay the same."""
    return np.zeros((inputs, outputs))


INITIALIZERS: dict[str, Initializer] = {
    rule.__name__: rule
    for rule in (
        glorot_uniform,
        glorot_normal,
        he_uniform,
        he_normal,
        lecun_uniform,
        lecun_normal,
        orthogonal,
        zeros,
    )
}


def initialize(
    network: Network,
    random_state: int | np.random.Generator,
    *,
    initializer: str | Initializer = "auto",
    dtype: type[np.floating[Any]] = np.float64,
) -> Array:
    """Return starting values `theta` (p,) for a network.

    Parameters:
        network: whose parameters to draw.
        random_state: a seed or a generator.
        initializer: a name from `INITIALIZERS`, a function of (generator, inputs, outputs), or "auto": `he_normal`
            before a rectifier, `lecun_normal` before SELU, `glorot_uniform` elsewhere, as each activation says.
        dtype: numpy.float32 or numpy.float64.

    Raises:
        ValueError: no initializer has that name.

    >>> from chainrule import Dense, Network, ReLU
    >>> initialize(Network((Dense(2, 4), ReLU(), Dense(4, 3))), random_state=0).shape
    (27,)
    """
    if isinstance(initializer, str) and initializer not in ("auto", *INITIALIZERS):
        raise ValueError(f"No initializer is called {initializer!r}; there are auto, {', '.join(INITIALIZERS)}.")
    check("network", network, isinstance(network, Network), "a Network")
    draws = isinstance(initializer, str) or (callable(initializer) and not isinstance(initializer, type))
    check("initializer", initializer, draws, "a name or a function")
    check("dtype", dtype, isinstance(dtype, type) and dtype in (float, np.float32, np.float64), "float32 or float64")
    generator = generator_of(random_state)
    theta = network.zeros(dtype)
    followers: tuple[Layer | None, ...] = (*network.layers[1:], None)
    for layer, views, follower in zip(network.layers, network.views(theta), followers, strict=True):
        rule = _rule_before(follower) if initializer == "auto" else initializer
        draw = partial(INITIALIZERS[rule] if isinstance(rule, str) else rule, generator)
        if hasattr(layer, "initial"):
            started = layer.initial(generator, draw)
        else:
            started = {"weights": draw(*views["weights"].shape)} if "weights" in views else {}
        for name, values in started.items():
            views[name][...] = values
    return theta


def _rule_before(layer: Layer | None) -> str:
    return (layer if isinstance(layer, Activation) else Activation).initializer
