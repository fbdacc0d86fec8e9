"""Classes that a linear function of the columns tells apart: coefficients that only the penalty keeps finite."""

from chainrule.diagnosis.finding import ExaminationResult, Finding, NotLookedAtError
from chainrule.diagnosis.model_under_test import ModelUnderTest
from chainrule.diagnosis.remedies import trained_anew
from chainrule.inference import separation_of

MOST_WORK = 2e9  # rows × squared coefficients: some ten seconds


def separated_classes(tested: ModelUnderTest) -> ExaminationResult:
    """Find classes that are separated, wholly or in some rows, of a model without hidden layers."""
    fitted, classifier = tested.fitted, tested.classifier
    if classifier.hidden:
        raise NotLookedAtError("the model has hidden layers")
    if len(fitted.rows) * fitted.network.size**2 > MOST_WORK:
        raise NotLookedAtError("it would take too long: call chainrule.separation(X, y)")
    try:
        found = separation_of(fitted)
    except ValueError as error:
        raise NotLookedAtError(str(error)) from None
    if not found:
        return ExaminationResult([], found.finding, {"kind": found.kind})
    if classifier.l2 != 0 or classifier.l1 != 0:
        by = found.columns[0] if len(found.columns) == 1 else f"{len(found.columns)} columns together"
        looked = f"{found.kind} separation by {by}: only the penalty keeps the coefficients finite"
        return ExaminationResult([], looked, {"kind": found.kind})
    numbers = {"kind": found.kind, "columns": found.columns, "classes": found.classes, "direction": found.direction}
    remedy = trained_anew(tested, "keep a penalty, which makes the coefficients finite", l2=found.l2)
    about = f"{found.kind} separation", f"columns {', '.join(found.columns)}", found.cause, numbers
    return ExaminationResult([Finding("problem", *about, remedy)], found.finding)
