"""Absolute values in the cost: steps that stay in one orthant, where the cost is smooth, and end in true zeros."""

from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.line_search import HALVINGS, SUFFICIENT
from chainrule.optimizers.optimizer import Objective


class Orthants(NamedTuple):
    """The orthant that a step from `theta` stays in.

    Attributes:
        sign: of each parameter after the step, unless it becomes zero (p,); zero where any sign will do.
        free: which parameters move (p,): those with no absolute value, those not zero, and those that the slope drives
            away from zero.
    """

    sign: Array
    free: Array

    @classmethod
    def of(cls, theta: Array, gradient: Array, l1: Array) -> "Orthants":
        """Return the orthant of `theta`, entered where it is zero as the least subgradient `gradient` says."""
        sign = np.where(theta == 0, -np.sign(gradient), np.sign(theta)) * (l1 > 0)
        return cls(sign, (l1 == 0) | (sign != 0))

    def project(self, theta: Array) -> Array:
        """Return `theta` with zeros where it is outside the orthant."""
        return np.where(theta * self.sign >= 0, theta, 0)

    def descend(
        self, objective: Objective, theta: Array, direction: Array, value: float, gradient: Array
    ) -> tuple[Array, float]:
        """Return the first point along the projected direction, at rates 1, 1/2, ..., whose cost is low enough.

        Where half of the halvings have found none, the gradient is followed instead; the rate is 0 where that finds
        none either.
        """
        for way in (direction, -gradient):
            rate = 1.0
            for _ in range(HALVINGS // 2):
                point = self.project(theta + rate * way)
                slope = float(gradient @ (point - theta))
                if slope < 0 and objective.value_and_gradient(point)[0] <= value + SUFFICIENT * slope:
                    return point, rate
                rate /= 2
        return theta.copy(), 0.0


def soft_threshold(theta: Array, by: Array | float) -> Array:
    """Return `theta` moved towards zero by as much as `by`, and no further.

    >>> soft_threshold(np.array([3., -0.5, -2.]), 1.0)
    array([ 2., -0., -1.])
    """
    return np.sign(theta) * np.maximum(np.abs(theta) - by, 0)


def least_subgradient(theta: Array, smooth: Array, l1: Array) -> Array:
    """Return the subgradient (p,) of least norm from the gradient `smooth` of all but the absolute values.

    >>> least_subgradient(np.array([1., 0., 0.]), np.array([2., 2., 0.5]), np.ones(3))
    array([3., 1., 0.])
    """
    return np.where(theta == 0, soft_threshold(smooth, l1), smooth + l1 * np.sign(theta))
