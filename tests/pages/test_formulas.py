"""Formulas and numbers as pages show them."""

import numpy as np
import pytest

from chainrule.common.formulas import number
from chainrule.pages.page import display, fixed, formula, matrix


def test_latex_becomes_mathml() -> None:
    assert "<mi>x</mi>" in formula("x^2")
    assert 'display="block"' in display("x^2")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (-0.0, "0"), (1234.5678, "1235"), (0.5, "0.5"), (-2e-9, r"-2.0\cdot 10^{-9}"), (np.inf, "inf")],
)
def test_numbers_have_significant_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_zero_has_no_minus() -> None:
    assert fixed(-1e-9) == "0.000"
    assert "-" not in matrix(np.array([[-0.0, -1e-12]]))


def test_a_vector_is_a_matrix_of_one_row() -> None:
    assert matrix(np.array([1.0, 0.25]), 2) == r"\begin{matrix}1 & 0.25\end{matrix}"
