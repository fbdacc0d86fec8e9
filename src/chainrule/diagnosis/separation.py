"""Classes that a linear function of the columns separates: coefficients that only the penalty keeps finite."""

from chainrule.diagnosis.finding import ExaminationResult, Finding, trained_anew
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError
from chainrule.inference import separation_of

# In rows × squared coefficients: some ten seconds.
MOST_WORK = 2e9


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
