"""Inspection: every number of the chain rule, and whether it is right."""

from chainrule.inspection.differences import Mistake
from chainrule.inspection.gradient_check import GradientCheck, check_gradients
from chainrule.inspection.trace import Link, Trace, trace

__all__ = ["GradientCheck", "Link", "Mistake", "Trace", "check_gradients", "trace"]
