"""Products with few rows on one side, where the other side is long and read once, as it lies.

A library's product copies what it multiplies into a better order first, which costs more than it gains where a number
takes part in only some ten multiplications.
"""

from chainrule.engine.kernels import FIVE
from chainrule.engine.kernels.modes import in_any_order
from chainrule.engine.kernels.tiles import MANY_REGISTERS, VECTOR_BYTES, dot_tile, outer_tile

TWELVE, TEN = (12, 10) if MANY_REGISTERS else (4, 5)
LONG_FOUR, LONG_FIVE = (6, 5) if MANY_REGISTERS else (2, 2)

_twelve, _ten, _five, _four, _one = (outer_tile(rows, 2, adding=True, fetching=True) for rows in (TWELVE, TEN, 5, 4, 1))
_part_of_twelve, _part_of_ten, _part_of_five, _part_of_four, _part_of_one = (
    outer_tile(rows, 1, adding=True, masked=True, fetching=True) for rows in (TWELVE, TEN, 5, 4, 1)
)
_five_dots, _five_dots_each, _four_dots, _four_dots_each, _dots, _dots_each = (
    dot_tile(*shape) for shape in ((5, LONG_FIVE), (5, 1), (4, LONG_FOUR), (4, 1), (1, 4), (1, 1))
)


@in_any_order
def spread(few, long, row, start, size, out, rows, terms, ahead):
    """Add `few` times some rows of `long`: out[a, s] += Σ_b few[a, b] long[row + b, start + s], for s < size.

    `rows` of `few` and `terms` of its columns take part; `rows` is 1 or a multiple of 4 or 5. What lies so many numbers
    `ahead` of what is read of `long` is asked for.
    """
    lanes = VECTOR_BYTES // few.itemsize
    f, n, o = few.shape[1], long.shape[1], out.shape[1]
    fives = rows % FIVE == 0
    s = 0
    while s < size:
        count = min(lanes, size - s)
        wide = size - s >= 2 * lanes
        right = long[row, start + s :]
        a = 0
        while a < rows:
            left, to, left_rows = few[a, 0:], out[a, s:], rows - a
            if fives and left_rows >= TEN:
                if wide:
                    _ten(left, f, 1, right, n, terms, to, o, 0, ahead)
                else:
                    _part_of_ten(left, f, 1, right, n, terms, to, o, count, ahead)
                a += TEN
            elif fives:
                if wide:
                    _five(left, f, 1, right, n, terms, to, o, 0, ahead)
                else:
                    _part_of_five(left, f, 1, right, n, terms, to, o, count, ahead)
                a += 5
            elif left_rows >= TWELVE:
                if wide:
                    _twelve(left, f, 1, right, n, terms, to, o, 0, ahead)
                else:
                    _part_of_twelve(left, f, 1, right, n, terms, to, o, count, ahead)
                a += TWELVE
            elif rows > 1:
                if wide:
                    _four(left, f, 1, right, n, terms, to, o, 0, ahead)
                else:
                    _part_of_four(left, f, 1, right, n, terms, to, o, count, ahead)
                a += 4
            else:
                if wide:
                    _one(left, f, 1, right, n, terms, to, o, 0, ahead)
                else:
                    _part_of_one(left, f, 1, right, n, terms, to, o, count, ahead)
                a += 1
        s += 2 * lanes if wide else lanes


@in_any_order
def dots(few, long, row, start, size, out, rows, columns):
    """Add the products of rows with rows: out[a, b] += Σ_s few[a, s] long[row + b, start + s], for s < size.

    `rows` of `few` and `columns` rows of `long` take part; `rows` is 1 or a multiple of 4 or 5.
    """
    f, n, o = few.shape[1], long.shape[1], out.shape[1]
    fives = rows % FIVE == 0
    many = LONG_FIVE if fives else LONG_FOUR if rows > 1 else 4
    b = 0
    while b < columns:
        right, whole = long[row + b, start:], columns - b >= many
        for a in range(0, rows, 5 if fives else 4):
            left, to = few[a, 0:], out[a, b:]
            if fives and whole:
                _five_dots(left, f, right, n, size, to, o)
            elif fives:
                _five_dots_each(left, f, right, n, size, to, o)
            elif rows > 1 and whole:
                _four_dots(left, f, right, n, size, to, o)
            elif rows > 1:
                _four_dots_each(left, f, right, n, size, to, o)
            elif whole:
                _dots(left, f, right, n, size, to, o)
            else:
                _dots_each(left, f, right, n, size, to, o)
        b += many if whole else 1
