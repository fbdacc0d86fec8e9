"""The learning rate against curvature: steps of plain gradient descent that are too long for the steepest direction."""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from chainrule.arrays import Array
from chainrule.diagnosis.finding import ExaminationResult, Finding, Remedy, Severity, rounded, trained_anew
from chainrule.diagnosis.model_under_test import ModelUnderTest
from chainrule.engine import Cost
from chainrule.initializers import initialize
from chainrule.optimizers import FirstOrder
from chainrule.optimizers.schedules import rate_at

# The eigenvalue is wanted to a few percent: what matters is whether the rate is beyond the limit or far below it.
ACCURACY = 1e-2
# A run that ended before it was done, with steps a hundred times shorter than stable ones, could have gone faster.
TOO_SLOW = 0.01
# In rows × parameters of a product with the curvature matrix: more rows would change the eigenvalue less than a few
# percent, and Lanczos' method takes some tens of products.
MOST_WORK = 1e8
# Rows of a product at least, however many parameters there are.
LEAST_ROWS = 256


def rate_against_curvature(tested: ModelUnderTest) -> ExaminationResult:
    """Find a rate above `2/λ`, or far below it, λ the largest eigenvalue of the Gauss-Newton matrix of the cost.

    It is taken at the trained parameters and at starting ones, whichever is larger. With momentum the limit is
    `2 (1 + momentum)/λ`, and `2 (1 + momentum)/((1 + 2 momentum) λ)` where it looks ahead.
    """
    network = tested.model.network
    cost = tested.model.objective(tested.drawn(max(LEAST_ROWS, int(MOST_WORK / network.size))), tested.penalty)
    start = network.zeros() if cost.convex else initialize(network, 0)
    curvature = max(largest_curvature(cost, theta) for theta in (tested.model.theta, start))
    optimizer = tested.model.optimizer
    summary, measured = f"the largest curvature is {curvature:.3g}", {"curvature": curvature}
    if not isinstance(optimizer, FirstOrder) or (limit := optimizer.stable_rate(curvature)) is None:
        return ExaminationResult([], f"{summary}; {type(optimizer).__name__} chooses its own step length", measured)
    rates = [*tested.history.rate, rate_at(optimizer.rate, 0)]
    return _compared(tested, optimizer, max(rates), limit, {**measured, "limit": limit, "rate": max(rates)}, summary)


def _compared(
    tested: ModelUnderTest, optimizer: Any, rate: float, limit: float, measured: dict[str, Any], summary: str
) -> ExaminationResult:
    stable = f"since rates up to {limit:.3g} are stable (2/λ, λ = {measured['curvature']:.3g})"
    summary = f"{summary}, so rates up to {limit:.3g} are stable; the rate is {rate:.3g}"
    unfinished = str(getattr(tested.model.classifier, "stop_", "")).startswith("max_epochs")
    if rate > limit:
        severity: Severity = "problem"
        said = f"steps overshoot in the direction of largest curvature, {stable}"
    elif unfinished and rate < TOO_SLOW * limit:
        severity = "note"
        said = f"training ran out of epochs with steps {limit / rate:.0f} times shorter than necessary, {stable}"
    else:
        return ExaminationResult([], summary, measured)
    remedy = _with_rate(tested, optimizer, rounded(limit / 2))
    where = f"{type(optimizer).__name__}, rate {rate:.3g}"
    return ExaminationResult([Finding(severity, "learning rate", where, said, measured, remedy)], summary, measured)


def _with_rate(tested: ModelUnderTest, optimizer: Any, rate: float) -> Remedy:
    advice = "use half the largest stable rate"
    if isinstance(tested.model.classifier.optimizer, str):
        return trained_anew(tested, advice, rate=rate)
    anew = trained_anew(tested, advice, optimizer=replace(optimizer, rate=rate))
    return Remedy(advice, f"from chainrule import {type(optimizer).__name__}; {anew.code}", f"--rate {rate}")


def largest_curvature(cost: Cost, theta: Array) -> float:
    """Return the largest eigenvalue of the Gauss-Newton matrix of a cost at `theta` (p,), by Lanczos' method."""
    size = len(theta)
    if size < 3:  # too small for Lanczos' method
        matrix = np.stack([cost.curvature_product(theta, unit) for unit in np.eye(size)])
        return float(np.linalg.eigvalsh(matrix)[-1])
    product = LinearOperator((size, size), lambda v: cost.curvature_product(theta, v.ravel()), dtype=np.float64)
    begin = np.random.default_rng(0).standard_normal(size)
    return float(eigsh(product, k=1, which="LA", tol=ACCURACY, v0=begin, return_eigenvectors=False)[0])
