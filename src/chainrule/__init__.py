"""Chainrule: neural-network classifiers that show every number of how they compute and learn."""

from chainrule import datasets
from chainrule.engine import Cost
from chainrule.initializers import initialize
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
from chainrule.training import GradientBelow, Stalled, TimeLimit, epochs, train

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
    "datasets",
    "epochs",
    "initialize",
    "train",
]
