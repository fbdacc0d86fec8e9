"""Layers: the links of a network, each a forward function with its derivatives."""

from chainrule.layers import activations, members
from chainrule.layers.activations import *  # noqa: F403 (so that a new activation is listed once, there)
from chainrule.layers.activations import ACTIVATIONS
from chainrule.layers.dense import Dense
from chainrule.layers.layer import Activation, Elementwise, Layer, LinearFormulas, Operand, Operation, Parameters
from chainrule.layers.members import *  # noqa: F403

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Dense",
    "Elementwise",
    "Layer",
    "LinearFormulas",
    "Operand",
    "Operation",
    "Parameters",
]
__all__ += activations.__all__
__all__ += members.__all__
