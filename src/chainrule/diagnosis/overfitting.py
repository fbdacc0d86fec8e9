"""Overfitting: rows of training that are predicted much better than others."""

import numpy as np

from chainrule.diagnosis.finding import ExaminationResult, Finding, Remedy, rounded, trained_anew
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError

# A tenth of the rows classified only where they were trained on is more than a good network of a small table loses.
LARGE_GAP = 0.1
# A gap remains with the best penalty where rows are few; a stronger one helps where other rows cost twice as much.
DEARER = 2.0
# Gaps that three standard errors explain are chance.
STANDARD_ERRORS = 3.0
# A held-out cost that ends a tenth above its lowest point was trained past it.
RISEN = 0.1
# Share of the rows that the remedy holds out, where training held out none: as many as one of five folds.
HELD_OUT = 0.2
# Epochs that the remedy waits for a lower held-out cost: the classifier's default.
PATIENCE = 10


def overfitting(tested: ModelUnderTest) -> ExaminationResult:
    """Find accuracy that is lost on other rows, probabilities worse than none, and a held-out cost that has risen."""
    risen = _risen(tested)
    try:
        unseen = tested.unseen_predictions
    except NotExaminedError:
        if not tested.history.validation_accuracy:
            raise
        return _from_training(tested, risen)
    predictions = tested.training_predictions
    seen_right, unseen_right = predictions.mean(predictions.correct), unseen.mean(unseen.correct)
    gap = seen_right - unseen_right
    sizes = predictions.effective_sample_size, unseen.effective_sample_size
    error = np.sqrt(sum(p * (1 - p) / n for p, n in zip((seen_right, unseen_right), sizes, strict=True)))
    cost, unseen_cost = predictions.mean(predictions.losses), unseen.mean(unseen.losses)
    shares = np.bincount(predictions.t, predictions.weights, len(tested.model.classes)) / predictions.weights.sum()
    with np.errstate(divide="ignore"):
        uninformed = unseen.mean(-np.log(shares)[unseen.t])
    measured = {
        "accuracy": seen_right,
        "accuracy on other rows": unseen_right,
        "mean loss": cost,
        "mean loss on other rows": unseen_cost,
        "mean loss of the shares": uninformed if np.isfinite(uninformed) else None,
        "other rows": unseen.source,
    }
    summary = f"accuracy {seen_right:.3f} in training, {unseen_right:.3f} on {unseen.source}; "
    summary += f"mean loss {cost:.3g} and {unseen_cost:.3g}"
    variance = np.average(np.square(unseen.losses - unseen_cost), weights=unseen.weights)
    spread = np.sqrt(variance / unseen.effective_sample_size)
    memorised = gap > max(LARGE_GAP, STANDARD_ERRORS * error) and unseen_cost > DEARER * cost
    worse_than_none = unseen_cost > uninformed + STANDARD_ERRORS * spread and cost < uninformed
    if memorised or worse_than_none:
        said = f"{seen_right:.1%} of the training rows are classified correctly, {unseen_right:.1%} of {unseen.source}"
        said += f" (mean loss {cost:.3g} and {unseen_cost:.3g})"
        if worse_than_none:
            said += f", which is worse than predicting the class shares, {uninformed:.3g}"
        overfitted = Finding("problem", "overfitting", "the whole model", said, measured, _remedy(tested))
        return ExaminationResult([overfitted, *risen], summary, measured)
    return ExaminationResult(risen, summary, measured)


def _risen(tested: ModelUnderTest) -> list[Finding]:
    """Return the finding of a cost of held-out rows that ended well above its lowest point, if it did."""
    costs = tested.history.validation_cost
    if not costs or tested.model.classifier.patience is not None:  # with patience the best epoch is kept
        return []
    lowest = int(np.argmin(costs))
    if costs[-1] <= (1 + RISEN) * costs[lowest]:
        return []
    said = f"the validation cost was lowest, {costs[lowest]:.3g}, in epoch {lowest + 1}, and ended at {costs[-1]:.3g}"
    numbers = {"lowest": costs[lowest], "epoch": lowest + 1, "last": costs[-1]}
    classifier = tested.model.classifier
    remedy = _remedy(tested)
    if classifier.hidden:
        given = classifier.validation_fraction
        fraction = HELD_OUT if given in (None, "auto", 0) else given
        remedy = trained_anew(tested, "keep the best epoch", patience=PATIENCE, validation_fraction=fraction)
    return [Finding("problem", "trained too long", f"epochs after {lowest + 1}", said, numbers, remedy)]


def _from_training(tested: ModelUnderTest, risen: list[Finding]) -> ExaminationResult:
    """Compare the accuracies that training watched, in the epoch whose parameters it kept."""
    history = tested.history
    epoch = int(np.argmin(history.validation_cost)) if tested.model.classifier.patience is not None else -1
    seen, held_out = history.accuracy[epoch], history.validation_accuracy[epoch]
    measured = {"accuracy": seen, "accuracy on other rows": held_out, "other rows": "held out in training"}
    said = f"{seen:.1%} of the training rows were classified correctly, {held_out:.1%} of those held out in training"
    if seen - held_out <= LARGE_GAP:
        return ExaminationResult(risen, said, measured)
    finding = Finding("problem", "overfitting", "the whole model", said, measured, _remedy(tested))
    return ExaminationResult([finding, *risen], said, measured)


def _remedy(tested: ModelUnderTest) -> Remedy:
    stronger = rounded(10 * max(tested.penalty.l2, 1 / tested.rows.total_weight))
    return trained_anew(tested, "increase the penalty, or collect more rows", l2=stronger)
