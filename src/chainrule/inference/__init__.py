"""Inference: estimates of regressions with standard errors, intervals and tests."""

from chainrule.inference.hypotheses import HypothesisTest
from chainrule.inference.infer import infer
from chainrule.inference.laplace import Laplace, laplace
from chainrule.inference.result import Inference

__all__ = ["HypothesisTest", "Inference", "Laplace", "infer", "laplace"]
