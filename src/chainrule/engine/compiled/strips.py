"""Rows as the compiled kernels read them: as they lie in memory, or rescaled some at a time."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, final

import numpy as np

from chainrule.arrays import Array, is_sparse
from chainrule.engine.compiled.library import ACROSS, ALONG, LINE_BYTES, SPARSE, aligned, kernels, read_only
from chainrule.engine.rescaled import Rescaled

NARROW = 64
COPIED_BYTES, RESCALED_BYTES = 1 << 27, 1 << 19
NO_PLACES, NO_STARTS = read_only(np.empty(0, np.int32)), read_only(np.empty(0, np.int64))


class Strips(NamedTuple):
    """Some of the rows as the kernels take them.

    Attributes:
        x: rows across (n, i) or along (i, n), or the numbers of sparse rows (1, number).
        places: columns of the numbers of sparse rows (number,).
        starts: where each sparse row starts (n + 1,).
        form: which of the three it is.
        before: how many rows come before these.
    """

    x: Array
    places: Array
    starts: Array
    form: int
    before: int = 0


class Source(Protocol):
    """Where strips come from.

    Attributes:
        table: the rows (n, i).
        form: how they lie.
        dtype: of their numbers.
        kept: the strips of all rows, where they need not be made each time.
    """

    @property
    def table(self) -> Any: ...

    @property
    def form(self) -> int: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    @property
    def kept(self) -> Strips | None: ...

    def read(self, first: int, last: int) -> Iterator[tuple[Strips, int, int]]:
        """Yield the rows from `first` to `last`, some at a time, each time with which they are."""
        ...

    def single(self) -> "Source":
        """Return the same rows in single precision; themselves where that would take too much memory."""
        ...


def source_of(x: Any) -> Source:
    """Return where the strips of rows (n, i) come from."""
    if isinstance(x, Rescaled):
        return RescaledRows(x)
    if is_sparse(x):
        if not x.has_canonical_format:
            x = x.copy()
            x.sum_duplicates()
        places, starts = read_only(x.indices, np.int32), read_only(x.indptr, np.int64)
        return KeptRows(x, Strips(read_only(x.data[None]), places, starts, SPARSE))
    if x.flags.f_contiguous:
        return KeptRows(x, Strips(read_only(x.T), NO_PLACES, NO_STARTS, ALONG))
    if x.shape[1] < NARROW and x.nbytes <= COPIED_BYTES:
        return KeptRows(x, Strips(read_only(_turned(read_only(x))), NO_PLACES, NO_STARTS, ALONG))
    return KeptRows(x, Strips(read_only(x), NO_PLACES, NO_STARTS, ACROSS))


def _turned(x: Array) -> Array:
    """Return the rows (n, i) along (i, n)."""
    n, i = x.shape
    out = aligned((i, n), x.dtype)
    kernels.rescale(x, ACROSS, np.zeros(i), np.ones(i), 0, n, ALONG, out)
    return out


@final
class KeptRows:
    """Rows that lie in memory as they are read."""

    def __init__(self, given: Any, kept: Strips) -> None:
        self._given, self.kept = given, kept
        self.form, self.dtype = kept.form, kept.x.dtype

    @property
    def table(self) -> Any:
        """The rows (n, i): a view of what is read, or the sparse rows."""
        return self._given if self.form == SPARSE else self.kept.x.T if self.form == ALONG else self.kept.x

    def read(self, first: int, last: int) -> Iterator[tuple[Strips, int, int]]:
        """Yield all of them at once."""
        yield self.kept, first, last

    def single(self) -> "KeptRows":
        """Return the same rows in single precision; themselves where that would take too much memory."""
        if self.dtype == np.float32 or self.kept.x.size * 4 > COPIED_BYTES:
            return self
        single = aligned(self.kept.x.shape, np.dtype(np.float32))
        single[...] = self.kept.x
        return KeptRows(self._given, self.kept._replace(x=read_only(single)))


@final
class RescaledRows:
    """Rows that are rescaled each time, as many at a time as stay in cache."""

    kept = None

    def __init__(self, table: Rescaled) -> None:
        self.table = table
        self.dtype = table.dtype
        self.form = ALONG if table.shape[1] < NARROW else ACROSS
        along = table.given.flags.f_contiguous
        self._given = read_only(table.given.T if along else table.given), ALONG if along else ACROSS
        self._shift = read_only(table.shift, np.float64)
        self._factor = read_only(1 / table.scale, np.float64)

    def read(self, first: int, last: int) -> Iterator[tuple[Strips, int, int]]:
        """Yield them some at a time: what was yielded is overwritten by the next."""
        i = self.table.shape[1]
        lines = max(3, RESCALED_BYTES // (i * LINE_BYTES) - 1 | 1)  # an odd number: else columns share places in cache
        size = lines * (LINE_BYTES // self.dtype.itemsize)
        memory = aligned((i * min(size, last - first),), self.dtype)
        for start in range(first, last, size):
            rows = min(size, last - start)
            x = memory[: i * rows].reshape((i, rows) if self.form == ALONG else (rows, i))
            kernels.rescale(*self._given, self._shift, self._factor, start, start + rows, self.form, x)
            yield Strips(read_only(x), NO_PLACES, NO_STARTS, self.form, start), start, start + rows

    def single(self) -> "RescaledRows":
        """Return the same rows in single precision."""
        given, shift, scale = self.table.given, self.table.shift, self.table.scale
        return RescaledRows(Rescaled(given, shift, scale, np.dtype(np.float32)))
