"""scikit-learn's checks of rows and labels, without what they cost where there is nothing to find.

scikit-learn asks narwhals whether an array is a data frame, and the first time narwhals looks through every installed
package for more kinds of them: 3 to 5 ms, longer than the fit of a small table. Plain arrays that are in order are
checked here; whatever else there is, and every refusal, is scikit-learn's.
"""

from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from chainrule.arrays import Array, is_sparse, refuse_malformed

FLOATS = [np.float64, np.float32]


def checked(
    estimator: Any, X: Any, y: Any = None, *, labelled: bool = False, reset: bool = True, finite: bool = True
) -> Any:
    """Return rows (n, i), and labels (n,) with them, as `sklearn.utils.validation.validate_data` does.

    Parameters:
        estimator: whose rows they are.
        X: rows, dense or a SciPy sparse matrix.
        y: their labels.
        labelled: whether there are labels.
        reset: whether the estimator learns from them how many columns there are, and their names.
        finite: whether every number must be.

    Raises:
        ValueError: what scikit-learn raises.
    """
    if _in_order(estimator, X, reset, finite) and (not labelled or _labels_in_order(y, len(X))):
        if reset:
            estimator.n_features_in_ = X.shape[1]
        return (X, y) if labelled else X
    if is_sparse(X):
        refuse_malformed(X)
    labels = (y,) if labelled else ()
    return validate_data(
        estimator, X, *labels, dtype=FLOATS, accept_sparse="csr", reset=reset, ensure_all_finite=finite
    )


def _in_order(estimator: Any, X: Any, reset: bool, finite: bool) -> bool:
    """Whether these are rows that scikit-learn would return as they are, without a warning."""
    if type(X) is not np.ndarray or X.ndim != 2 or X.dtype not in FLOATS or not X.size:
        return False
    if hasattr(estimator, "feature_names_in_") or (
        not reset and X.shape[1] != getattr(estimator, "n_features_in_", None)
    ):
        return False
    return not finite or _finite(X)


def _labels_in_order(y: Any, rows: int) -> bool:
    if type(y) is not np.ndarray or y.shape != (rows,):
        return False
    return y.dtype.kind in "biuU" or (y.dtype.kind == "f" and _finite(y))


def _finite(numbers: Array) -> bool:
    """Whether the sum is finite: then each number is. One that overflows is left to scikit-learn."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(numbers.sum()))
