"""Classes so rare that the model may leave them out."""

import numpy as np

from chainrule.diagnosis.finding import ExaminationResult, Finding, Remedy, Severity, trained_anew
from chainrule.diagnosis.model_under_test import ModelUnderTest

# Rare is a class with less than a fifth of what it would have if all had as many rows.
RARE = 0.2
# A class of which fewer than half the rows are found is not learnt.
LOW_RECALL = 0.5


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
