"""Columns whose numbers are of very different sizes, in front of a network that does not standardise them."""

import numpy as np

from chainrule.arrays import Array, is_sparse
from chainrule.diagnosis.finding import ExaminationResult, Finding
from chainrule.diagnosis.model_under_test import ModelUnderTest
from chainrule.diagnosis.remedies import trained_anew

# One rate must serve all weights, and one penalty: with sizes a thousand apart, the curvatures are a million apart.
LARGEST_RATIO = 1e3
MOST_ROWS = 50_000


def badly_scaled_columns(tested: ModelUnderTest) -> ExaminationResult:
    """Find columns whose sizes, root mean squares of their numbers that are not 0, differ too much."""
    if tested.classifier.standardize:
        return ExaminationResult([], "the classifier standardises them")
    sizes = sizes_of(tested)
    used = np.flatnonzero(sizes)
    if not len(used):
        return ExaminationResult([], "every number is 0")
    small, large = used[sizes[used].argmin()], used[sizes[used].argmax()]
    ratio = size_ratio(tested)
    names = tested.fitted.names
    span = f"from {sizes[small]:.3g} ({names[small]}) to {sizes[large]:.3g} ({names[large]})"
    measured = {"smallest": float(sizes[small]), "largest": float(sizes[large]), "ratio": ratio}
    if ratio <= LARGEST_RATIO:
        return ExaminationResult([], f"the magnitudes of the inputs range {span}", measured)
    bias = " beside a bias whose input is 1" if tested.classifier.bias else ""
    return ExaminationResult(
        [
            Finding(
                "problem",
                "badly scaled columns",
                f"inputs {names[small]} and {names[large]}" if small != large else f"input {names[large]}",
                f"their magnitudes range {span}{bias}, so no single rate or penalty suits all weights",
                {**measured, "columns": {names[i]: float(sizes[i]) for i in (small, large)}},
                trained_anew(tested, "let the classifier standardise them", standardize=True),
            )
        ],
        f"magnitudes range {span}",
        measured,
    )


def size_ratio(tested: ModelUnderTest) -> float:
    """Return how many times larger the largest input is than the smallest, the constant 1 of a bias among them."""
    sizes = sizes_of(tested)
    sizes = np.append(sizes[sizes > 0], [1.0] if tested.classifier.bias else [])
    return float(sizes.max() / sizes.min()) if len(sizes) else 1.0


def sizes_of(tested: ModelUnderTest) -> Array:
    """Return the root mean square of the numbers of each input that are not 0 (i,), as the network gets them."""
    x = tested.standardized(tested.drawn(MOST_ROWS).x)
    if is_sparse(x):
        squares = np.bincount(x.indices, np.square(x.data), minlength=x.shape[1])
        counts = np.bincount(x.indices, x.data != 0, minlength=x.shape[1])
    else:
        squares, counts = np.square(x).sum(axis=0), np.count_nonzero(x, axis=0)
    return np.sqrt(squares / np.maximum(counts, 1))
