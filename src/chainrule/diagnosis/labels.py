"""Rows whose label may be wrong: they are more likely mislabelled than not."""

import numpy as np

from chainrule.common.format import listed
from chainrule.diagnosis.finding import ExaminationResult, Finding, NotLookedAtError, Remedy
from chainrule.diagnosis.label_noise import slips_among
from chainrule.diagnosis.model_under_test import ModelUnderTest

# What is more likely wrong than right is worth a look.
LIKELY = 0.5
# Nobody puts down a wrong label in every fourth row: there it is the model that is wrong.
MOST_SLIPS = 0.25
SHOWN = 20


def label_suspects(tested: ModelUnderTest) -> ExaminationResult:
    """Find rows whose label is more likely a slip than not, by models that did not learn them if that can be had."""
    try:
        judged, how = tested.crossed, "cross-validated models"
    except NotLookedAtError:
        judged, how = tested.judged, "the model, which was trained on these rows and so misses some errors"
    slips = slips_among(judged)
    if slips.share > MOST_SLIPS:
        raise NotLookedAtError("the model makes too many errors to judge the labels")
    guess = slips.log_y.argmax(axis=1)
    places = np.flatnonzero(slips.chance > LIKELY)
    places = places[np.argsort(-slips.chance[places], kind="stable")]
    looked = f"{len(places)} of {len(judged.t):,} labels look wrong to {how}"
    measured = {"suspects": len(places), "share of slips": slips.share, "gain in log-likelihood": slips.gain}
    if not len(places):
        return ExaminationResult([], looked, measured)
    classes, rows = tested.fitted.classes, tested.numbers[places].tolist()
    suspects = [
        {
            "row": rows[order],
            "label": classes[judged.t[i]],
            "looks like": classes[guess[i]],
            "probability": float(np.exp(slips.log_y[i, guess[i]])),
            "chance of a slip": float(slips.chance[i]),
        }
        for order, i in enumerate(places[:SHOWN])
    ]
    first = suspects[0]
    said = (
        f"row {first['row']} is labelled {first['label']} but looks like {first['looks like']} (probability"
        f" {first['probability']:.3g}) to {how}; its label is wrong with probability {first['chance of a slip']:.0%}"
    )
    if len(places) > 1:
        said += f", and the other labels with more than {LIKELY:.0%}"
    shown = f"X.iloc[{rows[:SHOWN]!r}]" if hasattr(tested.X, "iloc") else f"X[{rows[:SHOWN]!r}]"
    remedy = Remedy("look at these rows and correct the wrong labels", shown)
    where = f"{len(places)} rows: {listed(rows)}" if len(places) > 1 else f"row {rows[0]}"
    finding = Finding("note", "suspect labels", where, said, {**measured, "first": suspects}, remedy)
    return ExaminationResult([finding], looked, measured)
