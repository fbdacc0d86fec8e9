"""One epoch of mini-batches of a chain of dense layers, as machine code.

Each mini-batch is cut into parts by its size alone. The threads share the parts; when all are done, the blocks of
`theta`; and when these are done, one of them adds up what is told of the step. Each part and each block is computed by
one thread and sums are added in order: the number of threads changes no bit.
"""

from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.engine.kernels.cross_entropy import cross_entropy
from chainrule.engine.kernels.functions import logistic, tanh
from chainrule.engine.kernels.modes import from_python, in_any_order, kept
from chainrule.engine.kernels.products import multiply
from chainrule.engine.kernels.turns import end_turn, take_turn

__all__ = ["ENTRY", "Chain", "kept", "run_epoch"]

SECONDS_TO_COMPILE = 6.0
IDENTITY, RELU, LEAKY_RELU, TANH, LOGISTIC = range(5)


class Chain(NamedTuple):
    """Dense layers, each with an activation.

    Attributes:
        widths: inputs, then outputs of each layer.
        weights: where the weights of each layer begin in `theta`.
        biases: where its biases begin, or -1 where it has none.
        activations: the code of each layer's activation.
        slopes: of leaky ReLUs, below zero.
    """

    widths: Array
    weights: Array
    biases: Array
    activations: Array
    slopes: Array


@in_any_order
def _gather(x, rows, out):
    width = x.shape[1]
    for r in range(len(rows)):
        row, to = x[rows[r]], out[r * width : (r + 1) * width]
        for c in range(width):
            to[c] = row[c]


@in_any_order
def _add(to, what):
    for k in range(len(to)):
        to[k] += what[k]


@in_any_order
def _activate(y, code, slope):
    """Put `f(y)` in the place of `y`."""
    zero = y.dtype.type(0)
    if code in (RELU, LEAKY_RELU):
        slope = y.dtype.type(slope)
        for k in range(len(y)):
            y[k] = y[k] * slope if y[k] <= zero else y[k]
    elif code == TANH:
        for k in range(len(y)):
            y[k] = tanh(y[k])
    elif code == LOGISTIC:
        for k in range(len(y)):
            y[k] = logistic(y[k])


@in_any_order
def _pass_activation(y, dy, code, slope):
    """Put `f'(x) dy` in the place of `y = f(x)`."""
    zero, one = y.dtype.type(0), y.dtype.type(1)
    if code in (RELU, LEAKY_RELU):
        slope = y.dtype.type(slope)
        for k in range(len(y)):
            y[k] = dy[k] if y[k] > zero else dy[k] * slope
    elif code == TANH:
        for k in range(len(y)):
            y[k] = (one - y[k]) * (one + y[k]) * dy[k]
    elif code == LOGISTIC:
        for k in range(len(y)):
            y[k] = y[k] * (one - y[k]) * dy[k]
    else:
        for k in range(len(y)):
            y[k] = dy[k]


@in_any_order
def _cost_and_gradient(table, rows, chain, loss, scale, theta, memory, work, gradient):
    """Return the cost of the rows over `scale`, and write its gradient (p,)."""
    n, depth, one = len(rows), len(chain.weights), np.int64(1)  # a literal would be compiled for
    starts = np.zeros(depth + 2, np.int64)
    for layer in range(depth + 1):
        starts[layer + 1] = starts[layer] + n * chain.widths[layer]
    _gather(table.x, rows, work)
    for layer in range(depth):
        i, o, bias = chain.widths[layer], chain.widths[layer + 1], chain.biases[layer]
        below, weights = work[starts[layer] :], theta[chain.weights[layer] :]
        y = work[starts[layer + 1] : starts[layer + 2]]
        multiply(n, o, i, below, i, one, weights, one, i, y, o, memory)
        if bias >= 0:
            for r in range(n):
                _add(y[r * o : (r + 1) * o], theta[bias : bias + o])
        _activate(y, chain.activations[layer], chain.slopes[layer])
    z = work[starts[depth] : starts[depth + 1]]
    cost = cross_entropy(loss, table, rows, z, chain.widths[depth], scale)
    for layer in range(depth - 1, -1, -1):
        i, o, bias = chain.widths[layer], chain.widths[layer + 1], chain.biases[layer]
        below, weights = work[starts[layer] : starts[layer + 1]], theta[chain.weights[layer] :]
        dy = work[starts[layer + 1] :]
        multiply(o, i, n, dy, one, o, below, i, one, gradient[chain.weights[layer] :], i, memory)
        if bias >= 0:
            gradient[bias : bias + o] = 0
            for r in range(n):
                _add(gradient[bias : bias + o], dy[r * o : (r + 1) * o])
        if layer > 0:
            dx = work[starts[depth + 1] : starts[depth + 1] + n * i]
            multiply(n, i, o, dy, o, one, weights, i, one, dx, i, memory)
            _pass_activation(below, dx, chain.activations[layer - 1], chain.slopes[layer - 1])
    return cost


@in_any_order
def _move(theta, mean, square, gradient, coefficients, l2, penalised):
    """Move a block of parameters; return the squared norms of its gradient and of its weights before the move."""
    norm = weights = theta.dtype.type(0)
    keep, take, by_mean, by_gradient, keep_square, take_square, by_square, epsilon, decay = coefficients
    l2, decay = theta.dtype.type(l2), decay * theta.dtype.type(penalised)
    for k in range(len(theta)):
        g = gradient[k] + l2 * theta[k]
        norm += g * g
        weights += theta[k] * theta[k]
        mean[k] = keep * mean[k] + take * g
        square[k] = keep_square * square[k] + take_square * (g * g)
        move = (by_mean * mean[k] + by_gradient * g) / (np.sqrt(by_square * square[k]) + epsilon)
        theta[k] -= move + decay * theta[k]
    return np.float64(norm), np.float64(weights)


@in_any_order
def _move_blocks(first, blocks, gradients, coefficients, l2, theta, mean, square, sums):
    """Move each so-manyth block from the first on, as many as there are parts, whose gradients are added up before."""
    parts = len(gradients)
    for block in range(first, len(blocks), parts):
        start, stop, penalised = blocks[block]
        gradient, strength = gradients[0, start:stop], l2 * penalised
        for part in range(1, parts):
            _add(gradient, gradients[part, start:stop])
        moved = theta[start:stop], mean[start:stop], square[start:stop]
        squares, weights = _move(*moved, gradient, coefficients, strength, penalised)
        sums[1, block], sums[2, block] = squares, strength / 2 * weights


@from_python
def run_epoch(
    me,
    counters,
    table,
    order,
    chain,
    loss,
    size,
    batches,
    blocks,
    moves,
    theta,
    mean,
    square,
    memory,
    work,
    gradients,
    sums,
    out,
):
    """Take the steps of one epoch, as one of several threads that all call it with the same arrays.

    Parameters:
        me: which of the threads this one is.
        counters: of turns, zeros at first.
        table: the rows.
        order: in which they are gone through (n,).
        chain: the network.
        loss: of a row.
        size: rows of a mini-batch.
        batches: of each step its share, the weight its cost is divided by and the strength of its l2 penalty (s, 3).
        blocks: where each block of `theta` starts and stops, and whether it is penalised (b, 3).
        moves: of each step the nine coefficients of a recurrence (s, 9).
        theta: changed in place (p,), and so are `mean` and `square`.
        mean: the running mean of the gradient.
        square: the running mean of its square.
        memory: for each thread's products (threads, ...).
        work: memory for each thread's rows and outputs (threads, ...).
        gradients: memory for the gradient of each part of a mini-batch (parts, p).
        sums: memory for what is summed over parts and blocks (3, ...).
        out: the cost and the gradient's norm, which those of these steps are added to (2,).
    """
    parts = len(gradients)
    turns = len(moves) * (2 * parts + 1)
    while True:
        turn = take_turn(counters, parts, turns)
        if turn >= turns:
            return
        step, place = turn // (2 * parts + 1), turn % (2 * parts + 1)
        share, scale, l2 = batches[step, 0], batches[step, 1], batches[step, 2]
        if place < parts:
            begin, end = step * size, min((step + 1) * size, len(order))
            rows = order[begin + (end - begin) * place // parts : begin + (end - begin) * (place + 1) // parts]
            sums[0, place] = _cost_and_gradient(
                table, rows, chain, loss, scale, theta, memory[me], work[me], gradients[place]
            )
        elif place < 2 * parts:
            _move_blocks(place - parts, blocks, gradients, moves[step], l2, theta, mean, square, sums)
        else:
            norm = 0.0
            for part in range(parts):
                out[0] += share * sums[0, part]
            for block in range(len(blocks)):
                norm += sums[1, block]
                out[0] += share * sums[2, block]
            out[1] += share * np.sqrt(norm)
        end_turn(counters)


ENTRY = run_epoch
