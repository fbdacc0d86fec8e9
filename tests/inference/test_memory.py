"""Memory: one block's worth and a few numbers a row, never a number for each row and coefficient."""

from functools import partial

import numpy as np
import pytest

from chainrule import Classifier, infer
from tests.engine.test_memory import peak_bytes
from tests.inference.problems import drawn


@pytest.mark.parametrize("covariance", ["observed", "robust", "clustered"])
def test_more_rows_take_a_few_numbers_each(covariance: str) -> None:
    peaks, rows = [], (30_000, 90_000)
    x, y = drawn(rows[1], 10, 5, 0)
    model = Classifier(l2=0, tol=1e-3).fit(x[: rows[0]], y[: rows[0]])
    for n in rows:
        groups = np.arange(n) // 3 if covariance == "clustered" else None
        peaks.append(peak_bytes(partial(infer, model, x[:n], y[:n], covariance=covariance, groups=groups)))
    numbers = (peaks[1] - peaks[0]) / 8 / (rows[1] - rows[0])
    assert numbers < 12  # there are 44 coefficients, and 11 columns
