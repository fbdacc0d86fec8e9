"""Whether the model is as sure as it may be: mean confidence against accuracy on rows it was not trained on."""

import numpy as np

from chainrule.diagnosis.finding import ExaminationResult, Finding, Remedy, Severity, rounded, trained_anew
from chainrule.diagnosis.model_under_test import ModelUnderTest
from chainrule.evaluation.scores import best_temperature, calibration_error

# A probability that is off by three in a hundred misleads few decisions.
NOTABLE = 0.03
# One that is off by ten in a hundred misleads many.
MISLEADING = 0.1
# Differences that three standard errors explain are chance.
STANDARD_ERRORS = 3.0


def confidence_against_accuracy(tested: ModelUnderTest) -> ExaminationResult:
    """Find models that are surer, or less sure, than they are right."""
    unseen = tested.unseen_predictions
    confidence = np.exp(unseen.log_y.max(axis=1))
    mean, right = unseen.mean(confidence), unseen.mean(unseen.correct)
    error = calibration_error(confidence, unseen.correct, unseen.weights)
    standard_error = float(np.sqrt(unseen.mean(confidence * (1 - confidence)) / unseen.effective_sample_size))
    lean = mean - right
    measured = {
        "mean confidence": mean,
        "accuracy": right,
        "expected calibration error": error,
        "standard error": standard_error,
        "rows": unseen.source,
    }
    summary = f"mean confidence {mean:.3f}, accuracy {right:.3f} on {unseen.source}; "
    summary += f"expected calibration error {error:.3f}"
    least = NOTABLE if lean > 0 else MISLEADING  # a penalty makes every model a little less sure than it may be
    if abs(lean) <= max(least, STANDARD_ERRORS * standard_error):
        return ExaminationResult([], summary, measured)
    temperature = best_temperature(unseen.t, unseen.log_y, unseen.weights)
    said = (
        f"on {unseen.source} its mean confidence is {mean:.1%} and its accuracy {right:.1%} (expected calibration error"
        f" {error:.3f}); the best-fitting temperature is {temperature:.2g}"
    )
    remedy, classifier = _remedy(tested, lean), tested.model.classifier
    if classifier.class_weight is not None and not classifier.prior_correction:
        said += "; its probabilities reflect class_weight, not the class frequencies"
        remedy = trained_anew(tested, "correct the probabilities for the class weights", prior_correction=True)
    severity: Severity = "problem" if lean > MISLEADING else "note"
    what, numbers = "overconfidence" if lean > 0 else "underconfidence", {**measured, "temperature": temperature}
    finding = Finding(severity, what, "the probabilities", said, numbers, remedy)
    return ExaminationResult([finding], summary, measured)


def _remedy(tested: ModelUnderTest, lean: float) -> Remedy:
    l2 = tested.penalty.l2
    stronger = rounded(10 * l2 if lean > 0 else l2 / 10) if l2 else "auto"
    penalty = trained_anew(tested, "", l2=stronger)
    return Remedy(
        f"scale the logits on held-out rows X_held, y_held, or make the penalty {'stronger' if lean > 0 else 'weaker'}",
        "from sklearn.calibration import CalibratedClassifierCV; from sklearn.frozen import FrozenEstimator; "
        'CalibratedClassifierCV(FrozenEstimator(model), method="temperature").fit(X_held, y_held)',
        penalty.options,
    )
