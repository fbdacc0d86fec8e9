"""Matrix products as machine code, of matrices that lie in flat arrays with any steps between rows and columns.

A tile of the product, some rows of two vectors each, stays in registers while the sum runs. Two vectors of columns of
the right matrix are copied side by side first, so that the sum reads them in order.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.extending import intrinsic

from chainrule.engine.kernels.modes import as_written
from chainrule.engine.kernels.tiles import MANY_REGISTERS, VECTOR_BYTES, outer_tile

ROWS, FEWER_ROWS = (12, 4) if MANY_REGISTERS else (6, 2)

_wide_many, _wide_few, _wide_one = (outer_tile(rows, 2) for rows in (ROWS, FEWER_ROWS, 1))
_slim_many, _slim_few, _slim_one = (outer_tile(rows, 1) for rows in (ROWS, FEWER_ROWS, 1))


@as_written
def _write_tile(rows, wide, a, a_row, a_step, b, width, size, c, c_row):
    if rows == ROWS and wide:
        _wide_many(a, a_row, a_step, b, width, size, c, c_row)
    elif rows == ROWS:
        _slim_many(a, a_row, a_step, b, width, size, c, c_row)
    elif rows == FEWER_ROWS and wide:
        _wide_few(a, a_row, a_step, b, width, size, c, c_row)
    elif rows == FEWER_ROWS:
        _slim_few(a, a_row, a_step, b, width, size, c, c_row)
    elif wide:
        _wide_one(a, a_row, a_step, b, width, size, c, c_row)
    else:
        _slim_one(a, a_row, a_step, b, width, size, c, c_row)


@intrinsic
def _transpose(_, a, a_row, b, b_row):
    """Write the transpose of a square of as many rows as a vector has numbers: b[c · b_row + r] = a[r · a_row + c]."""

    def generate(context, builder, signature, arguments):
        """Return the instructions."""
        a, b = (context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in (0, 2))
        size = context.get_abi_sizeof(a.type.pointee)
        lanes = VECTOR_BYTES // size
        vector, order = ir.VectorType(a.type.pointee, lanes), ir.VectorType(ir.IntType(32), lanes)

        def place(start, row, number):
            offset = builder.mul(row, ir.Constant(row.type, number))
            return builder.bitcast(builder.gep(start, [offset]), vector.as_pointer())

        rows = [builder.load(place(a, arguments[1], r), align=size) for r in range(lanes)]
        low, high = ([k // 2 + lanes * (k % 2) + start for k in range(lanes)] for start in (0, lanes // 2))
        for _ in range(lanes.bit_length() - 1):
            pairs = [(rows[r], rows[r + lanes // 2]) for r in range(lanes // 2)]
            rows = [builder.shuffle_vector(*pair, ir.Constant(order, take)) for pair in pairs for take in (low, high)]
        for r, row in enumerate(rows):
            builder.store(row, place(b, arguments[3], r), align=size)
        return context.get_dummy_value()

    return types.void(a, a_row, b, b_row), generate


@as_written
def _copy_columns(matrix, row, column, size, count, width, out):
    """Copy `count` columns of `size` numbers side by side into `out` (size, width), and zeros after them."""
    if count < width:
        out[: size * width] = 0
    if column == 1:
        for s in range(size):
            to, what = out[s * width : s * width + count], matrix[s * row : s * row + count]
            for c in range(len(to)):
                to[c] = what[c]
        return
    lanes = VECTOR_BYTES // out.itemsize
    squares = size // lanes * lanes if row == 1 else 0
    for first in range(0, count, lanes):
        some = min(lanes, count - first)
        begin = squares if some == lanes else 0
        for s in range(0, begin, lanes):
            _transpose(matrix[first * column + s :], column, out[s * width + first :], width)
        for c in range(first, first + some):
            what, to = matrix[c * column + begin * row :], out[begin * width + c :]
            for s in range(size - begin):
                to[s * width] = what[s * row]


def memory_of_product(size: int, dtype: np.dtype[Any]) -> int:
    """Return how many numbers of memory `multiply` needs where none of the three sizes is larger."""
    return (size + ROWS) * 2 * VECTOR_BYTES // dtype.itemsize


@as_written
def multiply(m, n, size, a, a_row, a_step, b, b_row, b_column, c, c_row, memory):
    """Write the product c (m, n) of a (m, size) and b (size, n).

    The number in row r and column s of `a` is `a[r · a_row + s · a_step]`, and so for the others.
    """
    lanes = VECTOR_BYTES // a.itemsize
    right, corner = memory[: size * 2 * lanes], memory[size * 2 * lanes :]
    for first in range(0, n, 2 * lanes):
        count = min(2 * lanes, n - first)
        width = 2 * lanes if count > lanes else lanes
        direct = b_column == 1 and count == width
        if not direct:
            _copy_columns(b[first * b_column :], b_row, b_column, size, count, width, right)
        source, step = (b[first:], b_row) if direct else (right, width)
        r = 0
        while r < m:
            rows = ROWS if m - r >= ROWS else FEWER_ROWS if m - r >= FEWER_ROWS else 1
            left = a[r * a_row :]
            whole = count == width
            out, out_row = (c[r * c_row + first :], c_row) if whole else (corner, width)
            _write_tile(rows, width > lanes, left, a_row, a_step, source, step, size, out, out_row)
            if not whole:
                for k in range(rows):
                    to = c[(r + k) * c_row + first : (r + k) * c_row + first + count]
                    for j in range(count):
                        to[j] = corner[k * width + j]
            r += rows
