"""Products with few rows on one side, where the other side is long and read once: four rows by four at a time.

A library's product copies what it multiplies into a better order first, which costs more than it gains where a number
takes part in only some ten multiplications. These read `long` as it lies, in strips along its rows.
"""

from chainrule.engine.kernels.modes import in_any_order


@in_any_order
def spread(few, long, row, start, size, out, rows, terms):
    """Add `few` times some rows of `long`: out[a, s] += Σ_b few[a, b] long[row + b, start + s], for s < size.

    `rows` of `few` and `terms` of its columns take part; `rows` is 1 or a multiple of 4.
    """
    for a in range(0, rows, 4):
        o0 = out[a, :size]
        whole = terms // 4 * 4 if terms > 0 else 0
        if rows > 1:
            o1, o2, o3 = out[a + 1, :size], out[a + 2, :size], out[a + 3, :size]
            for b in range(0, whole, 4):
                l0, l1 = long[row + b, start : start + size], long[row + b + 1, start : start + size]
                l2, l3 = long[row + b + 2, start : start + size], long[row + b + 3, start : start + size]
                f00, f01, f02, f03 = few[a, b], few[a, b + 1], few[a, b + 2], few[a, b + 3]
                f10, f11, f12, f13 = few[a + 1, b], few[a + 1, b + 1], few[a + 1, b + 2], few[a + 1, b + 3]
                f20, f21, f22, f23 = few[a + 2, b], few[a + 2, b + 1], few[a + 2, b + 2], few[a + 2, b + 3]
                f30, f31, f32, f33 = few[a + 3, b], few[a + 3, b + 1], few[a + 3, b + 2], few[a + 3, b + 3]
                for s in range(size):
                    x0, x1, x2, x3 = l0[s], l1[s], l2[s], l3[s]
                    o0[s] += f00 * x0 + f01 * x1 + f02 * x2 + f03 * x3
                    o1[s] += f10 * x0 + f11 * x1 + f12 * x2 + f13 * x3
                    o2[s] += f20 * x0 + f21 * x1 + f22 * x2 + f23 * x3
                    o3[s] += f30 * x0 + f31 * x1 + f32 * x2 + f33 * x3
            for b in range(whole, terms):
                l0 = long[row + b, start : start + size]
                f00, f10, f20, f30 = few[a, b], few[a + 1, b], few[a + 2, b], few[a + 3, b]
                for s in range(size):
                    x0 = l0[s]
                    o0[s] += f00 * x0
                    o1[s] += f10 * x0
                    o2[s] += f20 * x0
                    o3[s] += f30 * x0
        else:
            for b in range(0, whole, 4):
                l0, l1 = long[row + b, start : start + size], long[row + b + 1, start : start + size]
                l2, l3 = long[row + b + 2, start : start + size], long[row + b + 3, start : start + size]
                f00, f01, f02, f03 = few[a, b], few[a, b + 1], few[a, b + 2], few[a, b + 3]
                for s in range(size):
                    o0[s] += f00 * l0[s] + f01 * l1[s] + f02 * l2[s] + f03 * l3[s]
            for b in range(whole, terms):
                l0, f00 = long[row + b, start : start + size], few[a, b]
                for s in range(size):
                    o0[s] += f00 * l0[s]


@in_any_order
def dots(few, long, row, start, size, out, rows, columns):
    """Add the products of rows with rows: out[a, b] += Σ_s few[a, s] long[row + b, start + s], for s < size.

    `rows` of `few` and `columns` rows of `long` take part; `rows` is 1 or a multiple of 4.
    """
    zero = few.dtype.type(0)
    for a in range(0, rows, 4):
        f0 = few[a, :size]
        whole = columns // 4 * 4 if columns > 0 else 0
        if rows > 1:
            f1, f2, f3 = few[a + 1, :size], few[a + 2, :size], few[a + 3, :size]
            for b in range(0, whole, 4):
                l0, l1 = long[row + b, start : start + size], long[row + b + 1, start : start + size]
                l2, l3 = long[row + b + 2, start : start + size], long[row + b + 3, start : start + size]
                t00 = t01 = t02 = t03 = t10 = t11 = t12 = t13 = zero
                t20 = t21 = t22 = t23 = t30 = t31 = t32 = t33 = zero
                for s in range(size):
                    x0, x1, x2, x3 = f0[s], f1[s], f2[s], f3[s]
                    y0, y1, y2, y3 = l0[s], l1[s], l2[s], l3[s]
                    t00 += x0 * y0
                    t01 += x0 * y1
                    t02 += x0 * y2
                    t03 += x0 * y3
                    t10 += x1 * y0
                    t11 += x1 * y1
                    t12 += x1 * y2
                    t13 += x1 * y3
                    t20 += x2 * y0
                    t21 += x2 * y1
                    t22 += x2 * y2
                    t23 += x2 * y3
                    t30 += x3 * y0
                    t31 += x3 * y1
                    t32 += x3 * y2
                    t33 += x3 * y3
                for r, t0, t1, t2, t3 in (
                    (a, t00, t01, t02, t03),
                    (a + 1, t10, t11, t12, t13),
                    (a + 2, t20, t21, t22, t23),
                    (a + 3, t30, t31, t32, t33),
                ):
                    out[r, b] += t0
                    out[r, b + 1] += t1
                    out[r, b + 2] += t2
                    out[r, b + 3] += t3
            for b in range(whole, columns):
                l0 = long[row + b, start : start + size]
                t00 = t10 = t20 = t30 = zero
                for s in range(size):
                    y0 = l0[s]
                    t00 += f0[s] * y0
                    t10 += f1[s] * y0
                    t20 += f2[s] * y0
                    t30 += f3[s] * y0
                out[a, b] += t00
                out[a + 1, b] += t10
                out[a + 2, b] += t20
                out[a + 3, b] += t30
        else:
            for b in range(columns):
                l0 = long[row + b, start : start + size]
                t00 = zero
                for s in range(size):
                    t00 += f0[s] * l0[s]
                out[a, b] += t00
