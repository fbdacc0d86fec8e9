"""Optimizers: pure steps that lower an objective."""

from chainrule.optimizers.gradient_descent import GradientDescent
from chainrule.optimizers.momentum import Momentum
from chainrule.optimizers.newton import Newton
from chainrule.optimizers.optimizer import Objective, Optimizer, Step
from chainrule.optimizers.perceptron_rule import PerceptronRule
from chainrule.optimizers.schedules import (
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    Schedule,
    StepDecay,
    Warmup,
)

__all__ = [
    "CosineDecay",
    "ExponentialDecay",
    "GradientDescent",
    "InverseTimeDecay",
    "Momentum",
    "Newton",
    "Objective",
    "Optimizer",
    "PerceptronRule",
    "Schedule",
    "Step",
    "StepDecay",
    "Warmup",
]
