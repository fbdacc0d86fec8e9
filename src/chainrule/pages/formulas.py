"""The one renderer of formulas and numbers: LaTeX to MathML, arrays to matrices."""

import re
from functools import cache

import numpy as np
from latex2mathml.converter import convert
from markupsafe import Markup

from chainrule.arrays import Array
from chainrule.common.formulas import number

# A minus after a bracket that opens, a comma or an operator is the sign of what follows.
SIGN = re.compile(r"(<mo[^>]*>(?:&#x00028;|&#x0002C;|&#x000B7;|&#x0003D;|&#x0002B;)</mo>)<mo>(&#x02212;)</mo>")


@cache
def formula(latex: str, display: bool = False) -> Markup:
    """Return LaTeX as MathML, within a line or as a line of its own.

    >>> formula("x^2")[:5]
    Markup('<math')
    """
    mathml = convert(latex, display="block" if display else "inline")
    mathml = re.sub(r"<mo>([a-z]{2,})</mo>", r"<mi>\1</mi>", mathml)  # a function's name is no operator
    mathml = SIGN.sub(r'\1<mo form="prefix">\2</mo>', mathml)  # or else it is spaced like a difference
    return Markup(re.sub(r"<mi>(log|max)</mi>(?=<m[^o])", r'<mi>\1</mi><mspace width="0.17em"/>', mathml))


def display(latex: str) -> Markup:
    """Return LaTeX as MathML on a line of its own."""
    return formula(latex, display=True)


def fixed(value: float, decimals: int = 3) -> str:
    """Return a number with so many decimals, without a minus before zero.

    >>> fixed(-0.0001), fixed(2)
    ('0.000', '2.000')
    """
    text = f"{float(value):.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text


def scientific(value: float) -> str:
    r"""Return a number as LaTeX with two digits and a power of ten; the first two powers are written out.

    >>> scientific(-0.000123), scientific(0.25), scientific(1e-10)
    ('-1.2\\cdot 10^{-4}', '0.25', '1.0\\cdot 10^{-10}')
    """
    mantissa, power = f"{float(value):.1e}".split("e")
    return number(value, 2) if -2 <= int(power) <= 1 else rf"{mantissa}\cdot 10^{{{int(power)}}}"


def matrix(values: Array, decimals: int = 3) -> str:
    r"""Return LaTeX for a matrix, or a row vector, of numbers with so many decimals; whole numbers stay whole.

    The pages' style sheet draws the parentheses, because few fonts can stretch them.

    >>> matrix(np.array([[1, 0], [0.5, -2]]), decimals=1)
    '\\begin{matrix}1 & 0 \\\\ 0.5 & -2\\end{matrix}'
    """
    rows = np.atleast_2d(values)
    entry = [[f"{v:.0f}" if float(v).is_integer() else fixed(v, decimals) for v in row + 0.0] for row in rows]
    return r"\begin{matrix}" + r" \\ ".join(" & ".join(row) for row in entry) + r"\end{matrix}"
