"""Rows: what a user gives becomes arrays, or one sentence about what is wrong with it."""

import numpy as np
import pytest

from chainrule import Cost, Dense, Network, SigmoidCrossEntropy
from chainrule.engine import Rows
from tests.mistakes import assert_refused


def test_lists_of_whole_numbers_become_rows_of_double_precision() -> None:
    rows = Rows.checked([[1, 2], [3, 4], [5, 6]], [0, 1, 1])
    assert len(rows) == 3
    assert rows.x.dtype == np.float64
    assert rows.weights is None
    assert rows.total_weight == 3.0


def test_single_precision_stays_and_nothing_is_copied() -> None:
    x, t, weights = np.ones((4, 2), np.float32), np.array([0, 1, 0, 1]), np.ones(4, np.float32)
    rows = Rows.checked(x, t, weights)
    assert rows.x is x
    assert rows.t is t
    assert rows.weights is weights


@pytest.mark.parametrize("t", [[True, False], np.array([1, 0], np.uint8)])
def test_truth_values_and_unsigned_numbers_become_class_indices(t: object) -> None:
    rows = Rows.checked([[1.0], [2.0]], t)
    assert rows.t.dtype == np.int64
    np.testing.assert_array_equal(rows.t, [1, 0])


def test_blocks_are_views_in_order_and_cover_all_rows() -> None:
    rows = Rows.checked(np.arange(14.0).reshape(7, 2), np.arange(7) % 2, np.arange(7.0))
    blocks = list(rows.blocks(3))
    assert [len(block) for block in blocks] == [3, 3, 1]
    assert all(np.shares_memory(block.x, rows.x) for block in blocks)
    np.testing.assert_array_equal(np.concatenate([block.x for block in blocks]), rows.x)
    assert list(rows.blocks(7)) == [rows]


def test_the_total_weight_is_the_sum_of_the_weights() -> None:
    assert Rows.checked([[1.0], [2.0]], [0, 1], [0.5, 0.25]).total_weight == 0.75


@pytest.mark.parametrize(
    ("x", "t", "weights", "message"),
    [
        ([1.0, 2.0], [0, 1], None, "x must be a table of at least one row and one column, found shape (2,)."),
        (np.empty((0, 3)), [], None, "x must be a table of at least one row and one column, found shape (0, 3)."),
        (np.empty((2, 0)), [0, 1], None, "x must be a table of at least one row and one column, found shape (2, 0)."),
        (
            [[1.0, 2.0], [np.nan, np.inf]],
            [0, 1],
            None,
            "x must be finite, found nan in row 1, column 0 (2 such values): fill or remove them first.",
        ),
        (
            [[1.0], [2.0]],
            ["a", "b"],
            None,
            "Targets must be numbers (class indices or probabilities), found type <U1.",
        ),
        ([["a"], ["b"]], [0, 1], None, "x must hold real numbers only, found type <U1."),
        ([[1j], [2j]], [0, 1], None, "x must hold real numbers only, found type complex128."),
        ([[1, 2], [3]], [0, 1], None, "x must have entries of equal length, found some that differ."),
        (
            [[1.0, None], [1.0, 2.0]],
            [0, 1],
            None,
            "x must be finite, found nan in row 0, column 1 (1 such values): fill or remove them first.",
        ),
        ([[1.0]], [None], None, "Targets must be numbers (class indices or probabilities), found type object."),
        ([[1.0], [2.0]], [[1, 0], [1]], None, "Targets must have entries of equal length, found some that differ."),
        ([[1.0], [2.0]], [0, 1], ["a", "b"], "Weights must hold real numbers only, found type <U1."),
        ([[1.0], [2.0]], [0, 1, 0], None, "Targets must have one entry for each of the 2 rows, found shape (3,)."),
        ([[1.0], [2.0]], 1, None, "Targets must have one entry for each of the 2 rows, found shape ()."),
        (
            [[1.0], [2.0]],
            [0.5, np.nan],
            None,
            "targets must be finite, found nan in row 1, column 0 (1 such values): fill or remove them first.",
        ),
        ([[1.0], [2.0]], [0, 1], [1.0], "Weights must have one number for each of the 2 rows, found shape (1,)."),
        ([[1.0], [2.0]], [0, 1], [1.0, -2.0], "Weights must be finite and not negative, found -2.0 in row 1."),
        ([[1.0], [2.0]], [0, 1], [np.inf, 1.0], "Weights must be finite and not negative, found inf in row 0."),
        ([[1.0], [2.0]], [0, 1], [0, 0], "At least one row must have a weight above zero, found none."),
    ],
)
def test_what_cannot_be_rows_is_refused_in_one_sentence(x: object, t: object, weights: object, message: str) -> None:
    assert_refused(lambda: Rows.checked(x, t, weights), message)


def test_targets_half_way_between_two_classes_are_not_one_class() -> None:
    cost = Cost.of(Network((Dense(1, 1),)), SigmoidCrossEntropy(), [[0.0], [1.0]], [0.5, 0.5])
    assert cost.value(cost.network.zeros()) == pytest.approx(np.log(2))
