"""Columns whose numbers are of very different sizes, in front of a network that does not standardise them."""

import numpy as np

from chainrule.diagnosis.finding import LARGEST_SIZE_RATIO, ExaminationResult, Finding, trained_anew
from chainrule.diagnosis.model_under_test import ModelUnderTest


def badly_scaled_columns(tested: ModelUnderTest) -> ExaminationResult:
    """Find columns whose sizes, root mean squares of their numbers that are not 0, differ too much."""
    if tested.model.classifier.standardize:
        return ExaminationResult([], "the classifier standardises them")
    sizes = tested.input_sizes
    used = np.flatnonzero(sizes)
    if not len(used):
        return ExaminationResult([], "every number is 0")
    small, large = used[sizes[used].argmin()], used[sizes[used].argmax()]
    ratio = tested.size_ratio
    names = tested.model.names
    span = f"from {sizes[small]:.3g} ({names[small]}) to {sizes[large]:.3g} ({names[large]})"
    measured = {"smallest": float(sizes[small]), "largest": float(sizes[large]), "ratio": ratio}
    if ratio <= LARGEST_SIZE_RATIO:
        return ExaminationResult([], f"the magnitudes of the inputs range {span}", measured)
    bias = " beside a bias whose input is 1" if tested.model.classifier.bias else ""
    where = f"inputs {names[small]} and {names[large]}" if small != large else f"input {names[large]}"
    said = f"their magnitudes range {span}{bias}, so no single rate or penalty suits all weights"
    numbers = {**measured, "columns": {names[i]: float(sizes[i]) for i in (small, large)}}
    remedy = trained_anew(tested, "let the classifier standardise them", standardize=True)
    finding = Finding("problem", "badly scaled columns", where, said, numbers, remedy)
    return ExaminationResult([finding], f"magnitudes range {span}", measured)
