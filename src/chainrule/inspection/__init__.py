"""Inspection: every number of the chain rule, and whether it is right."""

from chainrule.inspection.entries import Entry, Section, parameter_name, sections, unit_names
from chainrule.inspection.gradient_check import check_gradients
from chainrule.inspection.mistakes import Mistake
from chainrule.inspection.nudged_weight import Nudge, nudge
from chainrule.inspection.outcome import GradientCheck
from chainrule.inspection.own import check_layer, check_loss
from chainrule.inspection.tracing import Link, Trace, trace
from chainrule.inspection.weight import Weight, find_weight
from chainrule.inspection.weight_paths import Path, Paths, paths

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
