"""Chainrule: neural-network classifiers that show every number of how they compute and learn."""

from importlib import import_module
from types import ModuleType

from chainrule import datasets
from chainrule.engine import Cost
from chainrule.history import GradientBelow, Stalled, TimeLimit
from chainrule.initializers import initialize
from chainrule.inspection import check_gradients, trace
from chainrule.layers import (
    ELU,
    GELU,
    SELU,
    Dense,
    Heaviside,
    Identity,
    LeakyReLU,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from chainrule.losses import Penalty, PerceptronCriterion, SigmoidCrossEntropy, SoftmaxCrossEntropy
from chainrule.network import Network
from chainrule.optimizers import (
    CosineDecay,
    ExponentialDecay,
    GradientDescent,
    InverseTimeDecay,
    Momentum,
    Newton,
    PerceptronRule,
    StepDecay,
    Warmup,
)
from chainrule.training import epochs, train

__version__ = "0.1.0"


def __getattr__(name: str) -> ModuleType:
    """Import `chainrule.plots`, and matplotlib with it, when it is first asked for."""
    if name == "plots":
        return import_module("chainrule.plots")
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")


__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "CosineDecay",
    "Cost",
    "Dense",
    "ExponentialDecay",
    "GradientBelow",
    "GradientDescent",
    "Heaviside",
    "Identity",
    "InverseTimeDecay",
    "LeakyReLU",
    "Mish",
    "Momentum",
    "Network",
    "Newton",
    "Penalty",
    "PerceptronCriterion",
    "PerceptronRule",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "SigmoidCrossEntropy",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "Stalled",
    "StepDecay",
    "Tanh",
    "TimeLimit",
    "Warmup",
    "check_gradients",
    "datasets",
    "epochs",
    "initialize",
    "trace",
    "train",
]
