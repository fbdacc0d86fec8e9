"""What is wrong with classes: so rare that the model may leave them out, or separated by a linear function.

The coefficients of separated classes are finite only for the penalty.
"""

import numpy as np

from chainrule.diagnosis.finding import ExaminationResult, Finding, Remedy, Severity, trained_anew
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError
from chainrule.inference import separation_of

# Rare is a class with less than a fifth of what it would have if all had as many rows.
RARE = 0.2
# A class of which fewer than half the rows are found is not learnt.
LOW_RECALL = 0.5
# Work of deciding separation, in rows × squared coefficients: some ten seconds.
MOST_WORK = 2e9


def class_imbalance(tested: ModelUnderTest) -> ExaminationResult:
    """Find rare classes, by weight, that the model seldom or never predicts."""
    predictions, classes = tested.training_predictions, tested.model.classes
    total = predictions.weights.sum()
    shares = np.bincount(predictions.t, predictions.weights, len(classes)) / total
    found = np.bincount(predictions.t, predictions.weights * predictions.correct, len(classes)) / total
    predicted = np.bincount(predictions.log_y.argmax(axis=1), minlength=len(classes))
    counts = np.bincount(predictions.t, minlength=len(classes))
    recall = found / np.where(shares > 0, shares, 1)
    findings = []
    for c in np.flatnonzero((shares < RARE / len(classes)) & (recall < LOW_RECALL) & (counts > 0)):
        rows, seen = f"{counts[c]:,} of {len(predictions.t):,} rows", int(predicted[c])
        finds = f"has a recall of {recall[c]:.0%} for it" if seen else "never predicts it"
        said = f"it has {shares[c]:.2%} of the total weight ({rows}), and the model {finds}"
        numbers = {"class": classes[c], "share": float(shares[c]), "rows": int(counts[c]), "predicted": seen}
        numbers["recall"] = float(recall[c])
        severity: Severity = "note" if seen else "problem"
        findings.append(Finding(severity, "class imbalance", f"class {classes[c]}", said, numbers, _remedy(tested)))
    rarest = int(np.where(counts > 0, shares, np.inf).argmin())
    summary = f"the rarest class, {classes[rarest]}, has {shares[rarest]:.2%} of the total weight, "
    summary += f"recall {recall[rarest]:.2f}"
    by_class = {"shares": shares, "recall": recall}
    measured = {name: dict(zip(classes, numbers.tolist(), strict=True)) for name, numbers in by_class.items()}
    return ExaminationResult(sorted(findings, key=lambda finding: finding.numbers["recall"]), summary, measured)


def _remedy(tested: ModelUnderTest) -> Remedy:
    if tested.model.classifier.class_weight is None:
        return trained_anew(tested, "weight all classes equally", class_weight="balanced")
    return Remedy("classes are weighted already, so collect more rows of it")


def separated_classes(tested: ModelUnderTest) -> ExaminationResult:
    """Find classes that are separated, wholly or in some rows, of a model without hidden layers."""
    classifier = tested.model.classifier
    if classifier.hidden:
        raise NotExaminedError("the model has hidden layers")
    if len(tested.rows) * tested.model.network.size**2 > MOST_WORK:
        raise NotExaminedError("it would take too long: call chainrule.separation(X, y)")
    try:
        found = separation_of(tested.model, tested.rows)
    except ValueError as error:
        raise NotExaminedError(str(error)) from None
    if not found:
        return ExaminationResult([], found.finding, {"kind": found.kind})
    if classifier.l2 != 0 or classifier.l1 != 0:
        by = found.columns[0] if len(found.columns) == 1 else f"{len(found.columns)} columns together"
        summary = f"{found.kind} separation by {by}: only the penalty keeps the coefficients finite"
        return ExaminationResult([], summary, {"kind": found.kind})
    numbers = {"kind": found.kind, "columns": found.columns, "classes": found.classes, "direction": found.direction}
    remedy = trained_anew(tested, "keep a penalty, which makes the coefficients finite", l2=found.l2)
    about = f"{found.kind} separation", f"columns {', '.join(found.columns)}", found.cause, numbers
    return ExaminationResult([Finding("problem", *about, remedy)], found.finding)
