"""How many rows are drawn from a table, and from which."""

import numpy as np
import pytest

from chainrule.engine import Rows, rows


def table_of(n: int, columns: int) -> Rows:
    x = np.arange(n * columns, dtype=np.float64).reshape(n, columns)
    return Rows(x, np.arange(n), np.arange(n) + 1.0)


def test_rows_are_drawn_with_their_targets_and_weights_in_order_and_once() -> None:
    drawn = rows.drawn(table_of(40_000, 2), 5)
    assert drawn is not None
    assert len(drawn) == int(3 * np.sqrt(40_000 * 5))
    assert (np.diff(drawn.t) > 0).all()
    assert drawn.weights is not None
    np.testing.assert_array_equal(drawn.weights, drawn.t + 1)
    np.testing.assert_array_equal(drawn.x[:, 0], 2 * drawn.t)


@pytest.mark.parametrize(("n", "parameters", "found"), [(4999, 20, None), (5000, 20, 625), (3000, 3, None)])
def test_few_rows_for_each_parameter_are_not_sampled(n: int, parameters: int, found: int | None) -> None:
    drawn = rows.drawn(table_of(n, 2), parameters)
    assert (None if drawn is None else len(drawn)) == found


@pytest.mark.parametrize(("columns", "found"), [(10, 100), (12, 100), (13, None)])
def test_a_large_table_is_sampled_unless_it_has_few_rows_for_each_column(
    columns: int, found: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table_of(800, columns)
    assert rows.drawn(table, 10 * columns) is None
    monkeypatch.setattr(rows, "LARGE", table.x.nbytes)
    drawn = rows.drawn(table, 10 * columns)
    assert (None if drawn is None else len(drawn)) == found


def test_a_sample_takes_no_more_memory_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of(8000, 4)
    monkeypatch.setattr(rows, "MOST_BYTES", 50 * 4 * 8)
    drawn = rows.drawn(table, 20)
    assert drawn is not None
    assert drawn.x.shape == (50, 4)
    monkeypatch.setattr(rows, "LARGE", 0)
    assert rows.drawn(table, 1000) is not None
    monkeypatch.setattr(rows, "MOST_BYTES", 31 * 4 * 8)
    assert rows.drawn(table, 1000) is None
