"""Chainrule: neural-network classifiers that show every number of how they compute and learn."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chainrule.engine import Cost
from chainrule.history import GradientBelow, Stalled, TimeLimit
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
    from chainrule import datasets
    from chainrule.classifier import Classifier
    from chainrule.doctor import diagnose
    from chainrule.inspection import check_gradients, trace
    from chainrule.model_file import export, load, save
    from chainrule.optimum import optimality
    from chainrule.tables import TableEncoder

__version__ = "0.1.0"


LATER = {
    "Classifier": "classifier",
    "TableEncoder": "tables",
    "check_gradients": "inspection",
    "diagnose": "doctor",
    "export": "model_file",
    "load": "model_file",
    "optimality": "optimum",
    "save": "model_file",
    "trace": "inspection",
}


def __getattr__(name: str) -> Any:
    """Import what few need, or what needs other libraries, when it is first asked for."""
    if name in LATER:
        return getattr(import_module(f"chainrule.{LATER[name]}"), name)
    if name in ("datasets", "plots"):
        return import_module(f"chainrule.{name}")
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
    "diagnose",
    "epochs",
    "export",
    "initialize",
    "load",
    "optimality",
    "save",
    "trace",
    "train",
]
