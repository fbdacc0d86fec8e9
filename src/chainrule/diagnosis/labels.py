"""Rows whose label may be wrong: more likely put down by a slip than what the model says of the row."""

import numpy as np

from chainrule.diagnosis.finding import Examined, Finding, NotLookedAtError, Remedy
from chainrule.diagnosis.label_noise import slips_among
from chainrule.diagnosis.model_under_test import Patient
from chainrule.diagnosis.remedies import listed

# What is more likely wrong than right is worth a look.
LIKELY = 0.5
# Nobody puts down a wrong label in every fourth row: there it is the model that is wrong.
MOST_SLIPS = 0.25
SHOWN = 20


def label_suspects(patient: Patient) -> Examined:
    """Find rows whose label is more likely a slip than not, by models that did not learn them if that can be had."""
    try:
        judged, how = patient.crossed, "models that were not trained on them"
    except NotLookedAtError:
        judged, how = patient.judged, "the model, which was trained on them and so misses some,"
    slips = slips_among(judged)
    if slips.share > MOST_SLIPS:
        raise NotLookedAtError("the model is wrong too often to tell")
    guess = slips.log_y.argmax(axis=1)
    places = np.flatnonzero(slips.chance > LIKELY)
    places = places[np.argsort(-slips.chance[places], kind="stable")]
    looked = f"of {len(judged.t):,} labels {len(places)} look wrong to {how.rstrip(',')}"
    measured = {"suspects": len(places), "share of slips": slips.share, "gain in log-likelihood": slips.gain}
    if not len(places):
        return Examined([], looked, measured)
    classes, rows = patient.fitted.classes, patient.numbers[places].tolist()
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
        f"to {how} row {first['row']} is labelled {first['label']} and looks like {first['looks like']} (probability"
        f" {first['probability']:.3g}), so that its label is wrong with probability {first['chance of a slip']:.0%}"
    )
    if len(places) > 1:
        said += f", and those of the others with more than {LIKELY:.0%}"
    shown = f"X.iloc[{rows[:SHOWN]!r}]" if hasattr(patient.X, "iloc") else f"X[{rows[:SHOWN]!r}]"
    remedy = Remedy("look at these rows, and correct the labels that are wrong", shown)
    where = f"{len(places)} rows: {listed(rows)}" if len(places) > 1 else f"row {rows[0]}"
    finding = Finding("note", "suspect labels", where, said, {**measured, "first": suspects}, remedy)
    return Examined([finding], looked, measured)
