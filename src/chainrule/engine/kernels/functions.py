"""Exponentials and what is made of them, for loops that the compiler turns into vector instructions.

An exponential is `2^n · exp(r)` with `n` whole and `|r| ≤ log(2) / 2`, where a polynomial is exact to rounding. All
of it is computed in double precision, and passes on what is not a number.
"""

import numpy as np

from chainrule.engine.kernels.modes import as_written

ROUND = 1.5 * 2.0**52
PER_LOG_2 = 1.4426950408889634
LOG_2_HIGH = 6.93147180369123816490e-01
LOG_2_LOW = 1.90821492927058770002e-10


@as_written
def parts_of_exp(x):
    """Return `exp(r) - 1` and `2^n`, whose exponents make up `x`."""
    x = -708.0 if x < -708.0 else x
    x = 709.0 if x > 709.0 else x
    shifted = x * PER_LOG_2 + ROUND
    n = shifted - ROUND
    r = x - n * LOG_2_HIGH - n * LOG_2_LOW
    p = 1 / 6227020800.0
    p = p * r + 1 / 479001600.0
    p = p * r + 1 / 39916800.0
    p = p * r + 1 / 3628800.0
    p = p * r + 1 / 362880.0
    p = p * r + 1 / 40320.0
    p = p * r + 1 / 5040.0
    p = p * r + 1 / 720.0
    p = p * r + 1 / 120.0
    p = p * r + 1 / 24.0
    p = p * r + 1 / 6.0
    p = p * r + 0.5
    power = np.int64((np.float64(shifted).view(np.int64) + 1023) << 52).view(np.float64)
    return r + r * r * p, power


@as_written
def exp(x):
    """Return the exponential of `x`, which is taken as at least -708 and at most 709."""
    fraction, power = parts_of_exp(np.float64(x))
    return power + power * fraction


@as_written
def tanh(x):
    """Return the hyperbolic tangent of `x`."""
    x = np.float64(x)
    away = 20.0 if x > 20.0 else x
    away = -20.0 if away < -20.0 else away
    fraction, power = parts_of_exp(2 * away)
    less_one = power * fraction + (power - 1)
    return less_one / (less_one + 2)


@as_written
def logistic(x):
    """Return `1 / (1 + exp(-x))`."""
    return 1 / (1 + exp(-np.float64(x)))
