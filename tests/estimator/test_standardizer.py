"""Sparse columns divided by their largest number: whatever the form that the rows are kept in."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix

from chainrule.estimator.standardizer import AT_A_TIME, Standardizer


@pytest.mark.parametrize("kind", [csr_array, csr_matrix])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_number_of_a_sparse_column_becomes_one(kind: type, dtype: type) -> None:
    x: Any = np.array([[0, -4, 0], [2, 1, 0], [0.5, 2, 0]], dtype)
    standardizer = Standardizer.of(kind(x))
    np.testing.assert_array_equal(standardizer.scale, [2, 4, 1])
    np.testing.assert_array_equal(standardizer.apply(kind(x), np.dtype(dtype)).toarray(), x / [2, 4, 1])


def test_rows_of_no_weight_do_not_count() -> None:
    x = csr_array([[1.0, 9.0], [3.0, 0.0]])
    np.testing.assert_array_equal(Standardizer.of(x, np.array([0.0, 1.0])).scale, [3, 1])


def test_two_numbers_in_one_place_count_as_their_sum() -> None:
    x = csr_array((np.array([1.0, 2.0]), np.array([0, 0]), np.array([0, 2])), shape=(1, 1))
    np.testing.assert_array_equal(Standardizer.of(x).scale, [3])
    assert x.nnz == 2


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_long_indices_become_short_ones_and_the_rows_given_stay_as_they_are(scale: float) -> None:
    x = csr_array([[1.0, 0.0], [0.0, scale]])
    x.indices, x.indptr = x.indices.astype(np.int64), x.indptr.astype(np.int64)
    standard = Standardizer.of(x).apply(x, np.dtype(np.float64))
    assert standard.indices.dtype == standard.indptr.dtype == np.int32
    assert x.indices.dtype == np.int64
    np.testing.assert_array_equal(standard.toarray(), np.eye(2))
    np.testing.assert_array_equal(x.toarray(), [[1, 0], [0, scale]])


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (AT_A_TIME + 1, 1), (2 * AT_A_TIME // 50 + 3, 50)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
def test_dense_columns_have_the_deviation_that_numpy_finds_however_many_blocks_they_take(
    shape: tuple[int, int], dtype: type, weighted: bool
) -> None:
    generator = np.random.default_rng(0)
    x: Any = (1000 + generator.normal(size=shape)).astype(dtype)
    weights = generator.uniform(0.5, 2, shape[0]) if weighted else None
    exact = x.astype(np.float64)
    mean = np.average(exact, axis=0, weights=weights)
    deviation = np.sqrt(np.average((exact - mean) ** 2, axis=0, weights=weights))
    found = Standardizer.of(x, weights)
    # the mean is rounded as its rows are; what is off by d adds d² to a variance of about 1
    rounding = 10 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(found.mean, mean, rtol=rounding)
    expected = np.where(deviation == 0, 1, deviation)
    np.testing.assert_allclose(found.scale, expected, rtol=(1000 * rounding) ** 2 + 1e-12 + len(x) * 1e-15)
