"""Figures: functions that draw results with matplotlib, each on axes of its own or on yours.

Every function takes `ax` and returns the axes it drew on. Nothing here opens a window: `to_svg` makes a picture for a
page, `figure.savefig` a file, and pyplot, if you work with it, shows its figures as ever.
"""

from chainrule.plots.bars import dependence, probability_bars, value_bars, value_dots
from chainrule.plots.diagram import layer_sizes, network_diagram
from chainrule.plots.lines import activation_shapes, cost_curve, curves, precision_recall, reliability, roc
from chainrule.plots.matrices import confusion, matrix_heat
from chainrule.plots.plane import decision_regions, limits_around, map_of, probability_surface, scatter_classes
from chainrule.plots.style import CLASS_COLORS, CLASS_MARKERS, NEGATIVE, POSITIVE, STYLE, panels, styled, text_color
from chainrule.plots.svg import to_svg

__all__ = [
    "CLASS_COLORS",
    "CLASS_MARKERS",
    "NEGATIVE",
    "POSITIVE",
    "STYLE",
    "activation_shapes",
    "confusion",
    "cost_curve",
    "curves",
    "decision_regions",
    "dependence",
    "layer_sizes",
    "limits_around",
    "map_of",
    "matrix_heat",
    "network_diagram",
    "panels",
    "precision_recall",
    "probability_bars",
    "probability_surface",
    "reliability",
    "roc",
    "scatter_classes",
    "styled",
    "text_color",
    "to_svg",
    "value_bars",
    "value_dots",
]
