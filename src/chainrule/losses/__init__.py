"""Losses: what one row costs, with derivatives; and the penalty on weights."""

from chainrule.losses.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy
from chainrule.losses.loss import Loss
from chainrule.losses.penalty import Penalty
from chainrule.losses.perceptron import PerceptronCriterion

__all__ = ["Loss", "Penalty", "PerceptronCriterion", "SigmoidCrossEntropy", "SoftmaxCrossEntropy"]
