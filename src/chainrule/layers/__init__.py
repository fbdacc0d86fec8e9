"""Layers: the links of a network, each a forward function with its derivatives."""

from chainrule.layers.activations import (
    ELU,
    GELU,
    SELU,
    Heaviside,
    Identity,
    LeakyReLU,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from chainrule.layers.dense import Dense
from chainrule.layers.layer import Activation, Elementwise, Layer, Parameters
from chainrule.layers.softmax import Softmax

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "Dense",
    "Elementwise",
    "Heaviside",
    "Identity",
    "Layer",
    "LeakyReLU",
    "Mish",
    "Parameters",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]
