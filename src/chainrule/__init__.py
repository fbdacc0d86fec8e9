"""Chainrule: neural-network classifiers that show every number of how they compute and learn."""

import gc
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from chainrule._version import __version__ as __version__
from chainrule.engine import Cost
from chainrule.initializers import initialize
from chainrule.layers import Dense, activations, members
from chainrule.layers.activations import *  # noqa: F403 (each is listed once, there; so are losses and optimizers)
from chainrule.layers.members import *  # noqa: F403
from chainrule.losses import MemberLoss, Penalty, classification
from chainrule.losses.classification import *  # noqa: F403
from chainrule.network import Network, ensemble
from chainrule.optimizers import (
    LBFGS,
    OWLQN,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    Newton,
    PerceptronRule,
    Proximal,
    StepDecay,
    Warmup,
    certificate,
    first_order,
)
from chainrule.optimizers.first_order import *  # noqa: F403
from chainrule.training.history import GradientBelow, Stalled, TimeLimit
from chainrule.training.loop import epochs, train

if TYPE_CHECKING:
    from chainrule import datasets, exceptions
    from chainrule.attribution import attribute
    from chainrule.diagnosis import diagnose
    from chainrule.estimator.auto import AutoClassifier
    from chainrule.estimator.classifier import Classifier
    from chainrule.evaluation.conformal import conformal_sets
    from chainrule.evaluation.scores import optimality
    from chainrule.inference import infer, laplace, separation
    from chainrule.influences import influence
    from chainrule.inspection import check_gradients, check_layer, check_loss, trace
    from chainrule.ledgers import ledger
    from chainrule.model_file import export, load, save
    from chainrule.pages.playground import Playground
    from chainrule.tables import TableEncoder

LATER = {
    "AutoClassifier": "estimator.auto",
    "Classifier": "estimator.classifier",
    "Playground": "pages.playground",
    "TableEncoder": "tables",
    "attribute": "attribution",
    "check_gradients": "inspection",
    "check_layer": "inspection",
    "check_loss": "inspection",
    "conformal_sets": "evaluation.conformal",
    "diagnose": "diagnosis",
    "export": "model_file",
    "infer": "inference",
    "influence": "influences",
    "laplace": "inference",
    "ledger": "ledgers",
    "load": "model_file",
    "optimality": "evaluation.scores",
    "save": "model_file",
    "separation": "inference",
    "trace": "inspection",
}


def __getattr__(name: str) -> Any:
    """Import what few need, or what needs other libraries, when it is first asked for."""
    if name in LATER:
        return getattr(_imported(LATER[name]), name)
    if name in ("datasets", "exceptions", "plots"):
        return _imported(name)
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")


def _imported(part: str) -> Any:
    """Import a part of the package, without a search for garbage among all that it loads, which would find none."""
    searching = gc.isenabled()
    gc.disable()
    try:
        return import_module(f"chainrule.{part}")
    finally:
        if searching:
            gc.enable()


__all__ = [
    "LBFGS",
    "OWLQN",
    "AutoClassifier",
    "Classifier",
    "CosineDecay",
    "Cost",
    "Dense",
    "ExponentialDecay",
    "GradientBelow",
    "InverseTimeDecay",
    "MemberLoss",
    "Network",
    "Newton",
    "Penalty",
    "PerceptronRule",
    "Playground",
    "Proximal",
    "Stalled",
    "StepDecay",
    "TableEncoder",
    "TimeLimit",
    "Warmup",
    "attribute",
    "certificate",
    "check_gradients",
    "check_layer",
    "check_loss",
    "conformal_sets",
    "datasets",
    "diagnose",
    "ensemble",
    "epochs",
    "exceptions",
    "export",
    "infer",
    "influence",
    "initialize",
    "laplace",
    "ledger",
    "load",
    "optimality",
    "save",
    "separation",
    "trace",
    "train",
]
__all__ += activations.__all__
__all__ += members.__all__
__all__ += classification.__all__
__all__ += first_order.__all__

if find_spec("pyarrow") is None:  # then what reads tables says so when it is asked for, not when all is imported
    list.remove(__all__, "TableEncoder")  # mypy would take `__all__.remove` to hold everywhere
    list.remove(__all__, "AutoClassifier")
    list.remove(__all__, "Playground")
