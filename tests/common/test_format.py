"""Percentages have the decimals that their rows bear."""

import pytest

from chainrule.common.format import ONE_DECIMAL_ROWS, TWO_DECIMAL_ROWS, percent


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (ONE_DECIMAL_ROWS - 1, "12"),
        (ONE_DECIMAL_ROWS, "12.3"),
        (TWO_DECIMAL_ROWS - 1, "12.3"),
        (TWO_DECIMAL_ROWS, "12.35"),
    ],
)
def test_a_percentage_has_a_decimal_more_from_a_number_of_rows_on(rows: int, expected: str) -> None:
    # The standard error of a share is at most 0.5 / √rows: at these rows 3.5 and 0.22 hundredths.
    assert (ONE_DECIMAL_ROWS, TWO_DECIMAL_ROWS) == (200, 50_000)
    assert percent(0.12346, rows) == f"{expected}\N{NO-BREAK SPACE}%"
