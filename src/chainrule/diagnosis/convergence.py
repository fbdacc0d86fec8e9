"""How training ended: diverged, too soon, or with nothing learnt."""

from typing import Any

import numpy as np

from chainrule.diagnosis import finding
from chainrule.diagnosis.model_under_test import ModelUnderTest
from chainrule.estimator.defaults import hidden_sizes

# The classifier's own rule: a cost that still falls by a thousandth of itself in ten epochs is worth going on for.
# Ten times that says that the model is not what it would become.
STILL_FALLING = 1e-2
# Epochs that the fall of the cost is measured over: those of the classifier's own rule.
EPOCHS_BACK = 10
# Knowing the rows must save at least a hundredth of what is unknown without them.
LEARNT = 0.01
# How many times the epochs the remedy trains for: that it may not be too short again. A run that converges ends sooner.
MORE_EPOCHS = 4


def course_of_training(tested: ModelUnderTest) -> finding.ExaminationResult:
    """Find training that diverged or ran out of epochs, and models that know no more than the shares of the classes."""
    classifier, history, predictions = tested.model.classifier, tested.history, tested.training_predictions
    stop = str(getattr(classifier, "stop_", "None"))
    cost = predictions.mean(predictions.losses)
    shares = np.bincount(predictions.t, predictions.weights, len(tested.model.classes)) / predictions.weights.sum()
    unknown = abs(float((shares[shares > 0] * np.log(shares[shares > 0])).sum()))
    norm = history.gradient_norm[-1] if len(history) else None
    ended = "" if stop == "None" else f"training ended because {stop}; "
    summary = f"{ended}mean loss {cost:.4g}, {unknown:.4g} for predicting the class shares"
    measured: dict[str, Any] = {
        "stop": stop,
        "epochs": classifier.n_iter_,
        "gradient norm": norm,
        "mean loss": cost,
        "mean loss of the shares": unknown,
    }
    findings = []
    if stop.startswith("diverged"):
        said = f"the cost was no longer finite ({stop})"
        where, remedy = f"epoch {classifier.n_iter_}", _remedy_for_divergence(tested)
        findings.append(finding.Finding("problem", "training diverged", where, said, measured, remedy))
    elif stop.startswith("max_epochs"):
        findings.append(_too_short(tested, measured))
    if cost > (1 - LEARNT) * unknown > 0:
        findings.append(_nothing_learnt(tested, measured))
    return finding.ExaminationResult(findings, summary, measured)


def _too_short(tested: ModelUnderTest, measured: dict[str, Any]) -> finding.Finding:
    costs = tested.history.cost
    fall = (costs[-1 - EPOCHS_BACK] - costs[-1]) / abs(costs[-1]) if len(costs) > EPOCHS_BACK else np.inf
    short = len(costs) <= EPOCHS_BACK
    lately = f"the cost fell by {fall:.2%} in the last ten epochs"
    if short:
        lately = "there were too few epochs to estimate the distance to the minimum"
    said = f"{measured['stop']} with a gradient norm of {measured['gradient norm']:.3g}, and {lately}"
    epochs = MORE_EPOCHS * max(tested.model.classifier.n_iter_, EPOCHS_BACK)
    return finding.Finding(
        "problem" if fall > STILL_FALLING else "note",
        "training too short",
        f"{tested.model.classifier.n_iter_} epochs",
        said,
        measured | {"fall in ten epochs": None if short else float(fall)},
        finding.trained_anew(tested, "train for more epochs", max_epochs=epochs),
    )


def _nothing_learnt(tested: ModelUnderTest, measured: dict[str, Any]) -> finding.Finding:
    said = (
        f"its mean loss on the training rows is {measured['mean loss']:.4g}, no better than the"
        f" {measured['mean loss of the shares']:.4g} of predicting the class shares for every row"
    )
    return finding.Finding(
        "problem", "nothing learned", "the whole model", said, measured, _remedy_for_nothing_learnt(tested)
    )


def _remedy_for_divergence(tested: ModelUnderTest) -> finding.Remedy:
    settings = finding.sound_training(tested)
    if not settings:
        return finding.Remedy("look for columns with huge values, and rescale them to about 1")
    return finding.trained_anew(tested, finding.settings_in_words(settings).rstrip(", "), **settings)


def _remedy_for_nothing_learnt(tested: ModelUnderTest) -> finding.Remedy:
    classifier = tested.model.classifier
    settings = finding.sound_training(tested)
    wanted = {"activation": "relu", "l2": "auto", "hidden": hidden_sizes(classifier.hidden)[: finding.FEW_LAYERS]}
    changes = {name: value for name, value in wanted.items() if getattr(classifier, name) != value}
    advice = "and if that learns nothing either, look for better columns"
    if not classifier.hidden:
        said = f"{finding.settings_in_words(settings)}try a hidden layer, {advice}"
        return finding.trained_anew(tested, said, **settings, hidden=(32,))
    if not settings and not changes:
        return finding.Remedy("look for columns that are related to the target; these are not")
    few = "one or two hidden layers and " if hidden_sizes(classifier.hidden)[finding.FEW_LAYERS :] else ""
    said = f"{finding.settings_in_words(settings)}use {few}settings that suit most tables, {advice}"
    return finding.trained_anew(tested, said, **settings, **changes)
