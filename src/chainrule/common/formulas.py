"""Formulas and names as plain text and as LaTeX, and numbers as LaTeX."""

import re
from collections.abc import Mapping
from math import floor, isfinite, log10
from typing import NamedTuple


class Formula(NamedTuple):
    """A formula, or a name, twice."""

    text: str
    latex: str


def derivative(of: Formula, by: Formula) -> Formula:
    """Return the name of a derivative.

    >>> derivative(Formula("z", "z"), Formula("b", "b")).text
    '∂z/∂b'
    """
    return Formula(f"∂{of.text}/∂{by.text}", rf"\frac{{\partial {of.latex}}}{{\partial {by.latex}}}")


def by_cases(positive: str, otherwise: str) -> Formula:
    r"""Return a function that is one thing above zero and another elsewhere, both given as LaTeX.

    >>> by_cases("a", r"0.1\, a").text
    'a where a > 0, else 0.1 a'
    """
    latex = rf"{positive} \text{{ where }} a \gt 0, \text{{ else }} {otherwise}"
    text = f"{positive} where a > 0, else {otherwise}".replace(r"\,", "").replace("e^{a}", "exp(a)")
    return Formula(text, latex)


def with_names(formula: Formula, a: Formula, h: Formula) -> Formula:
    """Return a formula of `a` and `h` with other names for them.

    >>> with_names(Formula("a tanh(a) + h", ""), Formula("a1", ""), Formula("h1", "")).text
    'a1 tanh(a1) + h1'
    """
    return replaced(formula, {"a": a, "h": h})


def replaced(formula: Formula, names: Mapping[str, Formula]) -> Formula:
    """Return a formula with other names, or numbers, for some of its letters.

    >>> replaced(Formula("w - 0.1 g", ""), {"w": Formula("0.5", ""), "g": Formula("(-2)", "")}).text
    '0.5 - 0.1 (-2)'
    """

    def text(word: re.Match[str]) -> str:
        return names[word[0]].text if word[0] in names else word[0]

    def latex(word: re.Match[str]) -> str:
        return f"{{{names[word[0]].latex}}}" if word[0] in names else word[0]

    return Formula(
        re.sub(r"[a-zA-Z]+", text, formula.text), re.sub(r"\\text\{.*?\}|\\?[a-zA-Z]+", latex, formula.latex)
    )


def number(value: float, digits: int = 4) -> str:
    r"""Return a number as LaTeX and pages show it, with so many significant digits.

    >>> number(0.000123456), number(-2.0), number(1e-16), number(123456.0)
    ('0.0001235', '-2', '1.0\\cdot 10^{-16}', '123456')
    """
    value = float(value) + 0.0
    if value == 0 or not isfinite(value):
        return "0" if value == 0 else str(value)
    exponent = floor(log10(abs(value)))
    if -5 < exponent < 7:
        text = f"{value:.{max(0, digits - 1 - exponent)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, power = f"{value:.{min(digits, 2) - 1}e}".split("e")
    return rf"{mantissa}\cdot 10^{{{int(power)}}}"
