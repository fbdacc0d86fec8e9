"""Optimizers: pure steps that lower an objective."""

from chainrule.optimizers import first_order
from chainrule.optimizers.first_order import *  # noqa: F403 (so that a new optimizer is listed once, there)
from chainrule.optimizers.first_order import FIRST_ORDER, FirstOrder, Recurrence
from chainrule.optimizers.lbfgs import LBFGS, OWLQN
from chainrule.optimizers.newton import Certificate, Newton, certificate
from chainrule.optimizers.optimizer import Curvature, Objective, Optimizer, Step
from chainrule.optimizers.perceptron_rule import PerceptronRule
from chainrule.optimizers.proximal import HasStepSize, Proximal
from chainrule.optimizers.schedules import (
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    Schedule,
    StepDecay,
    Warmup,
)

__all__ = [
    "FIRST_ORDER",
    "LBFGS",
    "OWLQN",
    "Certificate",
    "CosineDecay",
    "Curvature",
    "ExponentialDecay",
    "FirstOrder",
    "HasStepSize",
    "InverseTimeDecay",
    "Newton",
    "Objective",
    "Optimizer",
    "PerceptronRule",
    "Proximal",
    "Recurrence",
    "Schedule",
    "Step",
    "StepDecay",
    "Warmup",
    "certificate",
]
__all__ += first_order.__all__
