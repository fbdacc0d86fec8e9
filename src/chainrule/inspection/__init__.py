"""Inspection: every number of the chain rule, and whether it is right."""

from chainrule.inspection.entries import Entry, Section, parameter_name, sections, unit_names
from chainrule.inspection.gradient_check import GradientCheck, check_gradients, check_layer, check_loss
from chainrule.inspection.mistakes import Mistake
from chainrule.inspection.tracing import Link, Trace, trace
from chainrule.inspection.weight import Nudge, Path, Paths, Weight, find_weight, nudge, paths

__all__ = [
    "Entry",
    "GradientCheck",
    "Link",
    "Mistake",
    "Nudge",
    "Path",
    "Paths",
    "Section",
    "Trace",
    "Weight",
    "check_gradients",
    "check_layer",
    "check_loss",
    "find_weight",
    "nudge",
    "parameter_name",
    "paths",
    "sections",
    "trace",
    "unit_names",
]
