"""Inference: estimates of regressions with standard errors, intervals and tests."""

from chainrule.inference.hypotheses import HypothesisTest
from chainrule.inference.infer import infer
from chainrule.inference.result import Inference

__all__ = ["HypothesisTest", "Inference", "infer"]
