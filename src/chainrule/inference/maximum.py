"""The maximum-likelihood estimate, by Newton's method."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from chainrule.arrays import Array
from chainrule.inference.likelihood import Likelihood, Point
from chainrule.inference.singular import NoMaximumError, refuse_separation

SETTLED, ROUNDING = 1e-7, 1e-5
# Where classes are separated, each step is exp(-1/2) = 0.61 of the one before, for ever; rounding makes them alike.
ALIKE = 0.9
MOST_STEPS, MOST_HALVINGS = 100, 30


class Maximum(NamedTuple):
    """Where the likelihood is highest.

    Attributes:
        params: coefficients of the scaled columns (k-1, j).
        point: value, score and information there.
        inverse: of the information (p, p).
    """

    params: Array
    point: Point
    inverse: Array


def maximum(likelihood: Likelihood, start: Array) -> Maximum:
    """Return the maximum-likelihood estimate, from a start (k-1, j) that may be anywhere.

    Newton's steps `I⁻¹ score`, halved until the likelihood does not fall, end with one that is shorter than 1e-7
    standard errors (the root of `scoreᵀ I⁻¹ score`), after which the next would be one of rounding; value and
    information are those before it, which is the same to 13 and 7 digits or more. They also end where rounding keeps
    them from getting shorter.

    Raises:
        NoMaximumError: there is none, for the likelihood rises for ever.

    Source: J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), section 3.3.
    """
    params, at, settled = start, likelihood.at(start), False
    if at.value > likelihood.null_value:
        params, at, settled = _climb(likelihood, params, at)
    if not settled:  # the start was too far off
        zeros = np.zeros(likelihood.shape)
        params, at, settled = _climb(likelihood, zeros, likelihood.at(zeros))
    refuse_separation(likelihood, at.information)
    if not settled:
        words = f"The likelihood has no maximum within {MOST_STEPS} steps of Newton's method: scale the columns."
        raise NoMaximumError(words)
    return Maximum(params, at, cho_solve(cho_factor(at.information), np.eye(params.size)))


def _climb(likelihood: Likelihood, params: Array, at: Point) -> tuple[Array, Point, bool]:
    """Return the point that Newton's steps end at, and whether that is because they have become short."""
    before = np.inf
    for _ in range(MOST_STEPS):
        try:
            step = cho_solve(cho_factor(at.information), at.score)
        except np.linalg.LinAlgError:
            return params, at, False
        length = float(np.sqrt(max(at.score @ step, 0.0)))
        if length <= SETTLED or (length <= ROUNDING and length > ALIKE * before):
            return params + step.reshape(params.shape), at, True
        params, at = _ascend(likelihood, params, at, step.reshape(params.shape))
        before = length
    return params, at, False


def _ascend(likelihood: Likelihood, params: Array, at: Point, step: Array) -> tuple[Array, Point]:
    """Return the point after a step, halved until the likelihood does not fall by more than rounding."""
    least = at.value - 1e-12 * abs(at.value)
    for _ in range(MOST_HALVINGS):
        there = likelihood.at(params + step)
        if there.value >= least:
            return params + step, there
        step = step / 2
    return params, at
