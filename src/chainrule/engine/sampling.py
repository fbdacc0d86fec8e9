"""Some of many rows: they tell nearly as much of where the lowest point is, and cost less."""

import numpy as np

from chainrule.arrays import memory
from chainrule.engine.rows import Rows

ROWS_A_PARAMETER, WORK = 250, 100_000
LARGE, ROWS_A_COLUMN = 1 << 27, 8
DRAWN, LEAST_LEFT_OUT, MOST_BYTES = 3, 8, 1 << 26


def drawn(rows: Rows, parameters: int) -> Rows | None:
    """Return some of the rows, drawn at random, for so many parameters; None where all of them are better.

    The lowest point of m rows costs about `p / 2m` more on all of them, in units of a row's loss: more are drawn for
    more parameters, and a smaller share of more rows. A table that takes long to read is sampled even where it has few
    rows for each parameter: its columns mostly tell the same as others do.
    """
    n, size = len(rows), memory(rows.x)
    count = min(int(DRAWN * np.sqrt(n * parameters)), n // LEAST_LEFT_OUT, n * MOST_BYTES // max(1, size))
    many = n >= ROWS_A_PARAMETER * parameters and n * parameters >= WORK
    large = size >= LARGE and count >= ROWS_A_COLUMN * rows.x.shape[1]
    if not (many or large):
        return None
    places = np.random.default_rng(n).choice(n, count, replace=False, shuffle=False)
    places.sort()
    return rows.take(places)
