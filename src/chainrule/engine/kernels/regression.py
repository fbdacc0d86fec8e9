"""Cost, gradient, probabilities and curvature products of one dense layer with cross-entropy, as machine code.

The logits of a strip of rows, their probabilities and what comes of them stay in cache, and each row is read once.
Rows lie across (n, i), along (i, n), or are sparse, which only one output can be computed of. Where there are classes,
they are filled up to a multiple of four. Places of numbers are unsigned, which saves asking whether they count from the
end.
"""

import numpy as np

from chainrule.engine.kernels import ACROSS, ALONG
from chainrule.engine.kernels.functions import exp, log_one_more
from chainrule.engine.kernels.modes import from_python, in_any_order, kept
from chainrule.engine.kernels.strips import dots, spread

__all__ = [
    "ENTRY",
    "add_block",
    "add_cost_and_gradient",
    "add_curvature_product",
    "add_sparse_block",
    "kept",
    "rescale",
]

SECONDS_TO_COMPILE = 11.0
STRIPS = (32, 256, 64)


@in_any_order
def _logits(x, places, starts, form, weights, bias, first, rows, z):
    """Write the logits (k, rows) of the rows from `first` on."""
    inputs, classes = weights.shape[1], weights.shape[0]
    for c in range(classes):
        z[c, :rows] = bias[c]
    if form == ACROSS:
        dots(weights, x, first, 0, inputs, z, classes, rows)
    elif form == ALONG:
        spread(weights, x, 0, first, rows, z, classes, inputs, rows)
    else:
        numbers, of_columns = x[0], weights[0]
        for r in range(rows):
            total = z[0, r]
            for place in range(np.uint64(starts[first + r]), np.uint64(starts[first + r + 1])):
                total += numbers[place] * of_columns[np.uint64(places[place])]
            z[0, r] = total


@in_any_order
def _add_gradient(x, places, starts, form, dz, first, rows, weights, bias):
    """Add the gradient of the rows from `first` on to that of the weights (k, i) and of the bias (k,)."""
    inputs, classes = weights.shape[1], weights.shape[0]
    for c in range(classes):
        row, total = dz[c, :rows], dz.dtype.type(0)
        for r in range(rows):
            total += row[r]
        bias[c] += total
    if form == ACROSS:
        spread(dz, x, first, 0, inputs, weights, classes, rows, rows * inputs)
    elif form == ALONG:
        dots(dz, x, 0, first, rows, weights, classes, inputs)
    else:
        numbers, of_columns = x[0], weights[0]
        for r in range(rows):
            number = dz[0, r]
            for place in range(np.uint64(starts[first + r]), np.uint64(starts[first + r + 1])):
                of_columns[np.uint64(places[place])] += numbers[place] * number


@in_any_order
def _softmax(z, classes, rows, largest, total):
    """Put the probabilities in the place of the logits; leave the largest logits and the logarithms of the sums."""
    one = z.dtype.type(1)
    first = z[0, :rows]
    for r in range(rows):
        largest[r] = first[r]
        total[r] = 0
    for c in range(1, classes):
        row = z[c, :rows]
        for r in range(rows):
            largest[r] = row[r] if row[r] > largest[r] else largest[r]
    for c in range(classes):
        row = z[c, :rows]
        for r in range(rows):
            row[r] = exp(row[r] - largest[r])
            total[r] += row[r]
    for c in range(classes):
        row = z[c, :rows]
        for r in range(rows):
            row[r] *= one / total[r]


@in_any_order
def _softmax_cost(z, t, w, keep, smooth, classes, rows, largest, total, y):
    """Put the weighted gradient in the place of the logits, the probabilities into `y`.

    Return the weighted cost.
    """
    cost = 0.0
    for r in range(rows):
        expected = keep * z[t[r], r]
        if smooth > 0:
            for c in range(classes):
                expected += smooth * z[c, r]
        cost -= w[r] * expected
    _softmax(z, classes, rows, largest, total)
    for c in range(len(y)):
        y[c] = z[c, :rows]
    for r in range(rows):
        cost += w[r] * (largest[r] + np.log(np.float64(total[r])))
    for c in range(classes):
        row = z[c, :rows]
        for r in range(rows):
            row[r] = (row[r] - smooth) * w[r]
    for r in range(rows):
        z[t[r], r] -= keep * w[r]
    return cost


@in_any_order
def _sigmoid_cost(z, t, w, keep, smooth, rows, y):
    """Put the weighted gradient in the place of the logits of the only output, its probabilities into `y`.

    Return the weighted cost.
    """
    cost, row = 0.0, z[0, :rows]
    for r in range(rows):
        number, target = row[r], t[r] * keep + smooth
        decay = exp(-abs(number))
        cost += w[r] * (max(number, 0.0) - target * number + log_one_more(decay))
        row[r] = (1.0 if number >= 0 else decay) / (1.0 + decay)
    for c in range(len(y)):
        y[c] = row
    for r in range(rows):
        row[r] = w[r] * (row[r] - (t[r] * keep + smooth))
    return cost


@from_python
def add_cost_and_gradient(
    x, places, starts, form, before, weights, bias, t, w, classes, keep, smooth, y, first, last, into_weights, into_bias
):
    """Return the cost of the rows from `first` to `last`, add their gradient, and write their probabilities.

    Parameters:
        x: rows across (n, i) or along (i, n), or the numbers of sparse rows (1, number).
        places: columns of the numbers of sparse rows (number,).
        starts: where each sparse row starts (n + 1,).
        form: which of the three it is.
        before: how many rows come before the first of them: these have places in `t` and `w` alone.
        weights: (k, i).
        bias: (k,).
        t: classes of the rows (n,).
        w: their weights (n,).
        classes: how many of the k rows of `weights` are no filling.
        keep: what targets are multiplied by.
        smooth: what is added to them.
        y: what the probabilities are written into (classes, n); with no rows, if nobody wants them (0, n).
        first: the first row.
        last: the row after the last.
        into_weights: what the gradient is added to (k, i).
        into_bias: the same for the bias (k,).
    """
    strip = STRIPS[form]
    z = np.zeros((weights.shape[0], strip), weights.dtype)
    largest, total = np.empty(strip, weights.dtype), np.empty(strip, weights.dtype)
    cost = 0.0
    for start in range(first, last, strip):
        rows = min(strip, last - start)
        _logits(x, places, starts, form, weights, bias, start - before, rows, z)
        targets, each, kept = t[start : start + rows], w[start : start + rows], y[:, start : start + rows]
        if classes > 1:
            cost += _softmax_cost(z, targets, each, keep, smooth, classes, rows, largest, total, kept)
            z[classes:, :rows] = 0
        else:
            cost += _sigmoid_cost(z, targets, each, keep, smooth, rows, kept)
        _add_gradient(x, places, starts, form, z, start - before, rows, into_weights, into_bias)
    return cost


@from_python
def add_curvature_product(
    x, places, starts, form, before, weights, bias, y, w, classes, first, last, into_weights, into_bias
):
    """Add the curvature of the rows from `first` to `last`, times a vector of weights (k, i) and bias (k,).

    With probabilities `y` (k, n) it is `w (diag(y) - y yᵀ)` at the logits of a row, and `w y (1 - y)` of one output.
    """
    strip = STRIPS[form]
    z = np.zeros((weights.shape[0], strip), weights.dtype)
    mean = np.empty(strip, weights.dtype)
    for start in range(first, last, strip):
        rows = min(strip, last - start)
        _logits(x, places, starts, form, weights, bias, start - before, rows, z)
        each = w[start : start + rows]
        if classes > 1:
            mean[:rows] = 0
            for c in range(classes):
                row, share = z[c, :rows], y[c, start : start + rows]
                for r in range(rows):
                    mean[r] += row[r] * share[r]
            for c in range(classes):
                row, share = z[c, :rows], y[c, start : start + rows]
                for r in range(rows):
                    row[r] = (row[r] - mean[r]) * share[r] * each[r]
            z[classes:, :rows] = 0
        else:
            row, share = z[0, :rows], y[0, start : start + rows]
            for r in range(rows):
                row[r] *= share[r] * (1 - share[r]) * each[r]
        _add_gradient(x, places, starts, form, z, start - before, rows, into_weights, into_bias)


@from_python
def add_block(x, y, w, of_class, out):
    """Add the lower half of the curvature of one class's weights and bias (j, j), of rows that lie along (i, n).

    `out` is filled up to a multiple of four rows; the bias is the row after those of the weights.
    """
    inputs, strip = x.shape[0], STRIPS[ALONG]
    scaled = np.zeros((out.shape[0], strip), x.dtype)
    for start in range(0, x.shape[1], strip):
        rows = min(strip, x.shape[1] - start)
        share, each, bent = y[of_class, start : start + rows], w[start : start + rows], scaled[inputs, :rows]
        total = x.dtype.type(0)
        for r in range(rows):
            bent[r] = each[r] * share[r] * (1 - share[r])
            total += bent[r]
        out[inputs, inputs] += total
        for i in range(inputs):
            row, to = x[i, start : start + rows], scaled[i, :rows]
            for r in range(rows):
                to[r] = row[r] * bent[r]
        for i in range(0, inputs + 1, 4):
            dots(scaled[i : i + 4], x, 0, start, rows, out[i : i + 4], 4, min(inputs, i + 4))


@from_python
def add_sparse_block(x, places, starts, y, w, first, last, out):
    """Add the lower half of the curvature of the only output's weights and bias (j, j), of sparse rows.

    The places of each row are in order; the bias is the row after those of the weights.
    """
    numbers, inputs = x[0], np.uint64(out.shape[0] - 1)
    for r in range(first, last):
        bent = w[r] * y[0, r] * (1 - y[0, r])
        start, end = np.uint64(starts[r]), np.uint64(starts[r + 1])
        of_bias = out[inputs]
        of_bias[inputs] += bent
        for a in range(start, end):
            number = numbers[a] * bent
            of_bias[np.uint64(places[a])] += number
            row = out[np.uint64(places[a])]
            for b in range(start, a + np.uint64(1)):
                row[np.uint64(places[b])] += number * numbers[b]


@from_python
def rescale(given, lies, shift, factor, first, rows, form, out):
    """Write `(given - shift) · factor` of some rows, those from `first` on, which lie across or along, in a form."""
    inputs = shift.size
    if form == ACROSS:
        for r in range(rows):
            to = out[r]
            for i in range(inputs):
                number = given[first + r, i] if lies == ACROSS else given[i, first + r]
                to[i] = (number - shift[i]) * factor[i]
    elif lies == ALONG:
        for i in range(inputs):
            row, to, less, times = given[i, first : first + rows], out[i], shift[i], factor[i]
            for r in range(rows):
                to[r] = (row[r] - less) * times
    else:
        for r in range(rows):
            row = given[first + r]
            for i in range(inputs):
                out[i, r] = (row[i] - shift[i]) * factor[i]


ENTRY = add_cost_and_gradient
