"""Optimizers: pure steps that lower an objective."""

from chainrule.optimizers.adam import Adam
from chainrule.optimizers.gradient_descent import GradientDescent
from chainrule.optimizers.lbfgs import LBFGS
from chainrule.optimizers.momentum import Momentum
from chainrule.optimizers.newton import Newton
from chainrule.optimizers.optimality_certificate import Certificate, certificate
from chainrule.optimizers.optimizer import Curvature, Curved, L1Objective, Objective, Optimizer, Sampled, Step
from chainrule.optimizers.owlqn import OWLQN
from chainrule.optimizers.perceptron_rule import PerceptronRule
from chainrule.optimizers.proximal import HasStepSize, Proximal
from chainrule.optimizers.recurrences import FIRST_ORDER, Recurrence, recurrence
from chainrule.optimizers.rmsprop import RMSprop
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
    "Adam",
    "Certificate",
    "CosineDecay",
    "Curvature",
    "Curved",
    "ExponentialDecay",
    "GradientDescent",
    "HasStepSize",
    "InverseTimeDecay",
    "L1Objective",
    "Momentum",
    "Newton",
    "Objective",
    "Optimizer",
    "PerceptronRule",
    "Proximal",
    "RMSprop",
    "Recurrence",
    "Sampled",
    "Schedule",
    "Step",
    "StepDecay",
    "Warmup",
    "certificate",
    "recurrence",
]
