"""`diagnose`: all examinations of a trained model, worst findings first."""

from collections.abc import Callable
from typing import Any

from chainrule.diagnosis.calibration import confidence_against_accuracy
from chainrule.diagnosis.classes import class_imbalance, separated_classes
from chainrule.diagnosis.columns import badly_scaled_columns, constant_and_collinear_columns
from chainrule.diagnosis.convergence import course_of_training
from chainrule.diagnosis.dead_units import dead_and_saturated_units
from chainrule.diagnosis.finding import Diagnosis, ExaminationResult
from chainrule.diagnosis.gradient_flow import gradient_flow
from chainrule.diagnosis.label_noise import suspect_labels
from chainrule.diagnosis.leakage import leaking_columns
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError
from chainrule.diagnosis.overfitting import overfitting
from chainrule.diagnosis.rate import rate_against_curvature

# In the order of how much else a finding casts doubt on.
EXAMINATIONS: dict[str, Callable[[ModelUnderTest], ExaminationResult]] = {
    "leakage": leaking_columns,
    "scale of the columns": badly_scaled_columns,
    "learning rate": rate_against_curvature,
    "units": dead_and_saturated_units,
    "gradient flow": gradient_flow,
    "convergence": course_of_training,
    "overfitting": overfitting,
    "class balance": class_imbalance,
    "separation": separated_classes,
    "confidence": confidence_against_accuracy,
    "labels": suspect_labels,
    "redundant columns": constant_and_collinear_columns,
}


def diagnose(
    model: Any, X: Any, y: Any, *, sample_weight: Any = None, held_out: tuple[Any, Any] | None = None
) -> Diagnosis:
    """Return what is wrong with a trained model, each finding with its evidence and a remedy that can be pasted.

    Parameters:
        model: a trained `Classifier`, or a pipeline that ends in one.
        X: the rows that it was trained on, as `fit` takes them (n, ...).
        y: their labels (n,).
        sample_weight: as `fit` had it (n,), or None.
        held_out: rows and labels that it was not trained on; without them, models trained on four fifths of the rows
            are tested on the rest, where that takes no longer than some seconds.

    Raises:
        TypeError: the model does not end in a `Classifier`.
        ValueError: the rows do not fit the model.

    >>> import numpy as np
    >>> from chainrule import Classifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 3))
    >>> y = X @ [2.0, -1.0, 1.0] + rng.normal(size=200) > 0
    >>> X[:, 2] = y + rng.normal(size=200) / 100
    >>> diagnosis = diagnose(Classifier().fit(X, y), X, y)
    >>> [(finding.what, finding.where) for finding in diagnosis.problems]
    [('leaked target', 'column x2')]
    """
    return examine(ModelUnderTest(model, X, y, sample_weight, held_out))


def examine(tested: ModelUnderTest) -> Diagnosis:
    """Return what all examinations find."""
    examined, not_examined = {}, {}
    for name, examination in EXAMINATIONS.items():
        try:
            examined[name] = examination(tested)
        except NotExaminedError as reason:
            not_examined[name] = str(reason)
    findings = [finding for each in examined.values() for finding in each.findings]
    return Diagnosis(
        findings=sorted(findings, key=lambda finding: finding.severity == "note"),
        examined={name: each.summary for name, each in examined.items()},
        not_examined=not_examined,
        measured={name: each.measured for name, each in examined.items()},
        rows=len(tested.rows),
    )
