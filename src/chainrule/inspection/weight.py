"""One weight of a network: where it is, and how a user names it."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias, final

from chainrule.common.arguments import told
from chainrule.layers import Dense
from chainrule.network import Network

Given: TypeAlias = str | Sequence[object]


@final
@dataclass(frozen=True)
class Weight:
    """A weight `W[input, output]` of a dense layer, or its bias `b[output]`.

    Attributes:
        layer: of the dense layers, counted from 1.
        link: place of that layer among all layers of the network, counted from 0.
        input: counted from 0; None for the bias.
        output: counted from 0.
        inputs: of the layer.
    """

    layer: int
    link: int
    input: int | None
    output: int
    inputs: int

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
        given: the dense layer, its input and its output, each counted from 1; for the input the word bias, or in
            the first layer a name.
        names: of the inputs of the network (i,); none where they have no names.

    Raises:
        ValueError: there is no such weight; the message says what there is.

    >>> network = Network((Dense(2, 3),))
    >>> find_weight(network, "1,width,3", ["length", "width"]).index
    (1, 2)
    """
    parts = _parts(given)
    dense = [(place, layer) for place, layer in enumerate(network.layers) if isinstance(layer, Dense)]
    if not dense:
        raise ValueError("The network has no dense layer, and so no weight to follow.")
    number = _number("layer", parts[0], len(dense), "the network has", "dense layer")
    link, layer = dense[number]
    of_layer = f"layer {number + 1} has"
    output = _number("output", parts[2], layer.outputs, of_layer, "output")
    if link == 0 and parts[1] in names:
        return Weight(1, link, list(names).index(parts[1]), output, layer.inputs)
    if parts[1] == "bias":
        if not layer.bias:
            raise ValueError(f"Layer {number + 1} has no bias: choose an input from 1 to {layer.inputs}.")
        return Weight(number + 1, link, None, output, layer.inputs)
    named = _meant(parts[1], names) if link == 0 and names else ""
    chosen = _number("input", parts[1], layer.inputs, of_layer, "input", named)
    return Weight(number + 1, link, chosen, output, layer.inputs)


def _parts(given: Given) -> list[str]:
    if not isinstance(given, Sequence):
        raise ValueError(f"A weight is LAYER,INPUT,OUTPUT, each counted from 1, such as 1,2,1: found {told(given)}.")
    parts = given.split(",") if isinstance(given, str) else [str(part) for part in given]
    if len(parts) > 3:  # the name of an input may hold commas
        parts = [parts[0], ",".join(parts[1:-1]), parts[-1]]
    if len(parts) != 3:
        raise ValueError(f"A weight is LAYER,INPUT,OUTPUT, each counted from 1, such as 1,2,1: found {given!r}.")
    return [part.strip() for part in parts]


def _meant(given: str, names: Sequence[str]) -> str:
    near = get_close_matches(given, names, 1)
    return f", or a name, such as {near[0] if near else names[0]}"


def _number(what: str, given: str, count: int, owner: str, noun: str, also: str = "") -> int:
    if given.isdecimal() and 1 <= int(given) <= count:
        return int(given) - 1
    there = f"{owner} {count} {noun}{'' if count == 1 else 's'}"
    choose = f"a number from 1 to {count}" if count > 1 else "1"
    raise ValueError(f"There is no {what} {given}: {there}; give {choose}{also}.")
