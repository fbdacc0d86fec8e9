"""Inference: what the rows say of the coefficients of a trained model, and how surely."""

from chainrule.inference.hypotheses import HypothesisTest
from chainrule.inference.laplace_approximation import Laplace, laplace
from chainrule.inference.model_inference import infer
from chainrule.inference.result import Inference
from chainrule.inference.separated_classes import Separation, separation, separation_of

__all__ = ["HypothesisTest", "Inference", "Laplace", "Separation", "infer", "laplace", "separation", "separation_of"]
