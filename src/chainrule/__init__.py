"""Chainrule: neural-network classifiers that show every number of how they compute and learn."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
    LBFGS,
    OWLQN,
    Adam,
    CosineDecay,
    ExponentialDecay,
    GradientDescent,
    InverseTimeDecay,
    Momentum,
    Newton,
    PerceptronRule,
    Proximal,
    RMSprop,
    StepDecay,
    Warmup,
    certificate,
)
from chainrule.training import epochs, train

if TYPE_CHECKING:
    from chainrule.classifier import Classifier
    from chainrule.model_file import export, load, save
    from chainrule.tables import TableEncoder

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what needs scikit-learn or matplotlib when it is first asked for."""
    if name == "Classifier":
        return import_module("chainrule.classifier").Classifier
    if name == "optimality":
        return import_module("chainrule.optimality").optimality
    if name == "TableEncoder":
        return import_module("chainrule.tables").TableEncoder
    if name in ("export", "load", "save"):
        return getattr(import_module("chainrule.model_file"), name)
    if name == "plots":
        return import_module("chainrule.plots")
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")


__all__ = [
    "ELU",
    "GELU",
    "LBFGS",
    "OWLQN",
    "SELU",
    "Adam",
    "Classifier",
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
    "Proximal",
    "RMSprop",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "SigmoidCrossEntropy",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "Stalled",
    "StepDecay",
    "TableEncoder",
    "Tanh",
    "TimeLimit",
    "Warmup",
    "certificate",
    "check_gradients",
    "datasets",
    "epochs",
    "export",
    "initialize",
    "load",
    "optimality",
    "save",
    "trace",
    "train",
]
