"""Copies that threads make a part each are the rows, whole."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from chainrule.arrays import Array
from chainrule.engine.compiled.library import ACROSS, ALONG, SPARSE, kernels
from chainrule.engine.compiled_rows import MOST_PARTS, NARROW, NARROWEST, PART_NUMBERS, source_of

pytestmark = pytest.mark.skipif(kernels is None, reason="the compiled kernels are not in use")


def table(rows: int, columns: int) -> Array:
    return np.random.default_rng(0).normal(size=(rows, columns))


@pytest.mark.parametrize("parts", [1, 2, 3, MOST_PARTS + 1])
@pytest.mark.parametrize("columns", [NARROWEST - 1, NARROWEST, NARROW - 1, NARROW, NARROW + 1])
def test_the_copy_in_single_precision_has_every_number(columns: int, parts: int) -> None:
    x = table(parts * PART_NUMBERS // columns + 1, columns)
    source = source_of(x)
    single = source.single()
    assert source.given.form == (ALONG if columns < NARROWEST else ACROSS)
    assert single.given.form == (ALONG if columns < NARROW else ACROSS)
    np.testing.assert_array_equal(source.table, x)
    np.testing.assert_array_equal(single.table, x.astype(np.float32))


def test_sparse_rows_and_columns_that_lie_along_are_copied_whole_too() -> None:
    x = table(3 * PART_NUMBERS // NARROW, NARROW)
    forms: tuple[tuple[Any, int], ...] = ((csr_array(x), SPARSE), (np.asfortranarray(x), ALONG))
    for given, form in forms:
        single = source_of(given).single()
        assert single.given.form == form
        numbers = single.given.x if form == SPARSE else single.given.x.T
        np.testing.assert_array_equal(numbers.reshape(x.shape), x.astype(np.float32))
