"""Cross-entropy of rows as machine code: their cost, with its gradient in the place of their logits."""

from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.engine.kernels.functions import exp, logistic
from chainrule.engine.kernels.modes import in_any_order


class Table(NamedTuple):
    """Rows (n, i) and their weights (n,); targets are classes (n,) or probabilities (n, k), the other one is empty."""

    x: Array
    classes: Array
    probabilities: Array
    weights: Array


class Loss(NamedTuple):
    """Cross-entropy of a softmax or of sigmoids, with targets `t · keep + spread`."""

    softmax: bool
    keep: float
    spread: float


@in_any_order
def cross_entropy(loss, table, rows, z, k, scale):
    """Return the cost of the rows over `scale`, and put its gradient in the place of their logits (rows · k,)."""
    if loss.softmax:
        return _of_softmax(loss, table, rows, z, k, scale)
    return _of_sigmoids(loss, table, rows, z, k, scale)


@in_any_order
def _of_softmax(loss, table, rows, z, k, scale):
    cost, one_hot = 0.0, len(table.classes) > 0
    for r in range(len(rows)):
        logits, row = z[r * k : (r + 1) * k], rows[r]
        top = logits[0]
        for c in range(1, k):
            top = logits[c] if logits[c] > top else top
        total = expected = 0.0
        for c in range(k):
            logits[c] -= top
            total += logits[c]
        if one_hot:
            expected = np.float64(logits[table.classes[row]])
        else:
            for c in range(k):
                expected += table.probabilities[row, c] * logits[c]
        cost -= table.weights[row] * (loss.keep * expected + loss.spread * total)
    for c in range(len(z)):
        z[c] = exp(z[c])
    for r in range(len(rows)):
        y, row = z[r * k : (r + 1) * k], rows[r]
        total = 0.0
        for c in range(k):
            total += y[c]
        weight = table.weights[row] / scale
        cost += table.weights[row] * np.log(total)
        for c in range(k):
            y[c] = weight * (y[c] / total - loss.spread)
        if one_hot:
            y[table.classes[row]] -= weight * loss.keep
        else:
            for c in range(k):
                y[c] -= weight * loss.keep * table.probabilities[row, c]
    return cost / scale


@in_any_order
def _of_sigmoids(loss, table, rows, z, k, scale):
    cost = 0.0
    for r in range(len(rows)):
        logits, row = z[r * k : (r + 1) * k], rows[r]
        weight, total = table.weights[row] / scale, 0.0
        for c in range(k):
            logit, t = np.float64(logits[c]), loss.keep * table.probabilities[row, c] + loss.spread
            total += (logit if logit >= 0 else 0.0) - t * logit + np.log1p(exp(-abs(logit)))
            logits[c] = weight * (logistic(logit) - t)
        cost += table.weights[row] * total
    return cost / scale
