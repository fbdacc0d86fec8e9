"""Inference: what the rows say of the coefficients of a trained model, and how surely."""

from chainrule.inference.hypotheses import HypothesisTest
from chainrule.inference.infer import infer
from chainrule.inference.laplace import Laplace, laplace
from chainrule.inference.result import Inference
from chainrule.inference.separated import Separation
from chainrule.inference.separation import separation, separation_of

__all__ = ["HypothesisTest", "Inference", "Laplace", "Separation", "infer", "laplace", "separation", "separation_of"]
