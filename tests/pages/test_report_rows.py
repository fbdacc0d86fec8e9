"""Rows of tables and matrices behave alike."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from chainrule.pages.report.rows import rows_of, sample

VALUES = np.array([[0.0, 1.5], [2.0, 0.0], [3.0, 4.0]])
FORMS = {
    "table": pd.DataFrame(VALUES, columns=["a", "b"]),
    "dense": VALUES,
    "sparse": sp.csc_array(VALUES),
}


def numbers(given: Any) -> np.ndarray:
    if sp.issparse(given):
        return given.toarray()
    return given if isinstance(given, np.ndarray) else given.to_pandas().to_numpy()


@pytest.mark.parametrize("form", FORMS)
def test_rows_are_taken_and_columns_replaced(form: str) -> None:
    rows = rows_of(FORMS[form], None if form == "table" else ["a", "b"], table=form == "table")
    assert (len(rows), rows.names) == (3, ["a", "b"])
    np.testing.assert_array_equal(numbers(rows.take(np.array([2, 0, 2])).given), VALUES[[2, 0, 2]])
    changed = rows.replaced("a", rows.column("b"))
    np.testing.assert_array_equal(numbers(changed.given), VALUES[:, [1, 1]])
    np.testing.assert_array_equal(numbers(rows.given), VALUES)


def test_whole_numbers_take_fractions_and_signs() -> None:
    rows = rows_of(np.array([[1, 2]], dtype=np.uint8), None, table=False).replaced("column 1", [-0.5])
    np.testing.assert_array_equal(rows.given, [[1, -0.5]])


def test_a_sample_is_the_same_each_time_and_has_no_row_twice() -> None:
    drawn = sample(10_000, 100)
    np.testing.assert_array_equal(drawn, sample(10_000, 100))
    assert len(np.unique(drawn)) == 100
    assert drawn.max() > 5000
    np.testing.assert_array_equal(sample(3, 100), [0, 1, 2])
