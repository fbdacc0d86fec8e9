"""Units that no gradient passes: dead ones, whose output no input moves, and saturated ones, which hardly move."""

from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.common.format import listed
from chainrule.diagnosis import finding
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError
from chainrule.layers import Elementwise

# A hundredth of the slope at 0: what passes such a unit is lost beside what passes a working one.
SATURATED_SLOPE = 0.01
# A unit that works on one row in a hundred still learns from that one.
SATURATED_ROWS = 0.99
# Of a layer that loses half its units, what is left is another network than the one asked for.
PROBLEM_SHARE = 0.5


class Slopes(NamedTuple):
    """How the units of an activation move.

    Attributes:
        number: of the layer.
        layer: the activation.
        least: the slope that counts as one: a share of that at 0, or any above 0 where that is 0, as of a rectifier.
        steep: rows where the slope is larger (o,).
    """

    number: int
    layer: Elementwise
    least: float
    steep: Array


def dead_and_saturated_units(tested: ModelUnderTest) -> finding.ExaminationResult:
    """Find hidden units whose slope is 0 on all rows, or tiny on nearly all."""
    slopes = slopes_of(tested)
    if not slopes:
        raise NotExaminedError("the network has no hidden layer")
    rows, findings, measured = len(tested.rows), [], {}
    counted = {"dead units": 0, "saturated units": 0}
    for each in slopes:
        what = "saturated units" if each.least else "dead units"
        most = int((1 - SATURATED_ROWS) * rows) if each.least else 0
        units = np.flatnonzero(each.steep <= most)
        counted[what] += len(units)
        measured[f"layer {each.number}"] = {"units": len(each.steep), what: units.tolist()}
        if len(units):
            said = (
                f"their derivative is below {SATURATED_SLOPE:g} times its value at 0 on at least {SATURATED_ROWS:.0%}"
                f" of {rows:,} rows, so they hardly learn"
                if each.least
                else f"their derivative is 0 on all {rows:,} rows, so no gradient passes through them"
            )
            findings.append(_finding(tested, what, each, units, said))
    dead, saturated = counted.values()
    all_units = sum(len(each.steep) for each in slopes)
    summary = f"{dead} of {all_units} hidden units are dead and {saturated} are saturated"
    return finding.ExaminationResult(findings, summary, measured)


def slopes_of(tested: ModelUnderTest) -> list[Slopes]:
    """Return the slopes of every activation, counted over all rows."""
    network = tested.model.network
    found = [
        Slopes(number, layer, SATURATED_SLOPE * _slope_at_zero(layer), np.zeros(network.widths[number + 1], int))
        for number, layer in enumerate(network.layers)
        if isinstance(layer, Elementwise)
    ]
    for outputs in tested.model.outputs(tested.rows.x) if found else ():
        for number, layer, least, steep in found:
            steep += np.count_nonzero(np.abs(layer.derivative(outputs[number], outputs[number + 1])) > least, axis=0)
    return found


def _slope_at_zero(layer: Elementwise) -> float:
    zero = np.zeros((1, 1))
    return float(np.abs(layer.derivative(zero, layer.forward({}, zero)))[0, 0])


def _finding(tested: ModelUnderTest, what: str, slopes: Slopes, units: Array, said: str) -> finding.Finding:
    share = len(units) / len(slopes.steep)
    return finding.Finding(
        "problem" if share >= PROBLEM_SHARE else "note",
        what,
        f"layer {slopes.number}, {slopes.layer}",
        f"{len(units)} of {len(slopes.steep)} units ({listed(units.tolist())}): {said}",
        {"layer": slopes.number, "units": units.tolist(), "of": len(slopes.steep), "share": share},
        _remedy(tested, what),
    )


def _remedy(tested: ModelUnderTest, what: str) -> finding.Remedy:
    settings = finding.sound_training(tested)
    other, why = "relu", "does not saturate"
    if what == "dead units":
        other, why = "leaky_relu", "has a non-zero derivative everywhere"
    advice = f"{finding.settings_in_words(settings)}use an activation that {why}"
    return finding.trained_anew(tested, advice, **settings, activation=other)
