"""The inputs of all columns side by side, as one dense or sparse matrix."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse as sp

from chainrule.arrays import Array
from chainrule.tables.columns import Codes, Numbers, Part, Terms


def assemble(parts: Sequence[Part], rows: int, *, sparse: bool) -> Any:
    """Return the parts side by side (rows, Σ width), dense or as a CSR matrix.

    >>> assemble([Numbers(np.array([2., 3.])), Codes(np.array([1, -1]), 2)], 2, sparse=False)
    array([[2., 0., 1.],
           [3., 0., 0.]])
    """
    return _sparse(parts, rows) if sparse else _dense(parts, rows)


def _dense(parts: Sequence[Part], rows: int) -> Array:
    inputs = np.zeros((rows, sum(part.width for part in parts)))
    start = 0
    for part in parts:
        if isinstance(part, Numbers):
            inputs[:, start] = part.values
        elif isinstance(part, Codes):
            known = np.flatnonzero(part.codes >= 0)
            inputs[known, start + part.codes[known]] = 1
        else:
            inputs[:, start : start + part.width] = part.matrix.toarray()
        start += part.width
    return inputs


def _sparse(parts: Sequence[Part], rows: int) -> Any:
    """Return a CSR matrix: as many entries in each row as there are parts, then the texts."""
    single = [part for part in parts if not isinstance(part, Terms)]
    starts = np.cumsum([0, *(part.width for part in single)], dtype=np.int32)
    columns, values = np.tile(starts[:-1], (rows, 1)), np.ones((rows, len(single)))
    blocks: list[Any] = []
    for place, part in enumerate(single):
        if isinstance(part, Numbers):
            values[:, place] = part.values
            continue
        none = part.codes < 0
        if none.any():
            columns[:, place] += np.maximum(part.codes, 0)
            values[none, place] = 0
        elif part.width > 1:
            columns[:, place] += part.codes
    if single:
        entries = rows * len(single)
        bounds = np.arange(0, entries + 1, len(single), dtype=np.int32 if entries < 1 << 31 else np.int64)
        blocks.append(sp.csr_array((values.ravel(), columns.ravel(), bounds), shape=(rows, int(starts[-1]))))
    blocks += [part.matrix for part in parts if isinstance(part, Terms)]
    return blocks[0] if len(blocks) == 1 else sp.hstack(blocks, format="csr")
