"""Rows as the compiled kernels read them: as they lie in memory, or rescaled some at a time."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple, final

import numpy as np

from chainrule.arrays import Array, is_sparse
from chainrule.engine.compiled.library import ACROSS, ALONG, SPARSE, aligned, kernels, read_only
from chainrule.engine.rows import Rescaled
from chainrule.engine.threads import parallel_map

# Columns: rows of fewer are computed with along where they are copied anyway: it is 10 to 60 % faster while the copy
# stays in the cache.
NARROW = 64
# Bytes of a copy that does: beyond, passes are as fast as memory, whichever way the rows lie,
CACHED_BYTES = 1 << 24
# but of fewer columns than these. Turning the rows takes two to three times as long as copying them as they lie.
NARROW_IN_MEMORY = 24
# Columns: rows of fewer are worth a copy of their own; others in double precision are read as they lie: there are a
# handful of passes over them, and asking for the memory takes as long as is won.
NARROWEST = 16
# Bytes that copies take at most: 128 MiB.
COPIED_BYTES = 1 << 27

# Into how many parts a copy is cut at most: threads that start together end together, up to this many.
MOST_PARTS = 8

# Numbers that a part of a copy has at least: it takes 0.1 to 0.2 ms, several times what handing it over takes, and as
# long as starting the first thread of a process.
PART_NUMBERS = 400_000

# Rows: parts begin at multiples of so many, so that no two of them write to one line of the cache.
PART_MULTIPLE = 256

# What the kernels are given in place of what rows of another form have.
NO_PLACES = read_only(np.empty(0, np.int32))
NO_STARTS = read_only(np.empty(0, np.int64))
NOT_SHIFTED = read_only(np.empty(0))


class Given(NamedTuple):
    """The first arguments of the kernels: where all rows are.

    Attributes:
        x: rows across (n, i) or along (i, n), or the numbers of sparse rows (1, number).
        places: columns of the numbers of sparse rows (number,).
        starts: where each sparse row starts (n + 1,).
        lies: which of the three x is.
        form: which of the three the kernels compute with.
        shift: taken from each column (i,); empty where rows are computed with as they are.
        factor: each column is multiplied by then (i,).
    """

    x: Array
    places: Array
    starts: Array
    lies: int
    form: int
    shift: Array = NOT_SHIFTED
    factor: Array = NOT_SHIFTED


@final
@dataclass(frozen=True, eq=False)
class Source:
    """Where the kernels read rows.

    Attributes:
        table: the rows (n, i).
        given: the same as the kernels take them.
        dtype: of the numbers that they compute with.
    """

    table: Any
    given: Given
    dtype: np.dtype[Any]

    @property
    def rescaled(self) -> bool:
        """Whether rows are rescaled each time that they are read."""
        return self.given.shift.size > 0

    def single(self) -> "Source":
        """Return a copy of the rows in single precision, or the rows themselves where it would take too much memory."""
        x, dtype = self.given.x, np.dtype(np.float32)
        bytes_of_copy = x.size * dtype.itemsize
        if bytes_of_copy > COPIED_BYTES:
            if not self.rescaled:
                return self
            table = Rescaled(self.table.given, self.table.shift, self.table.scale, dtype)
            return replace(self, table=table, dtype=dtype)
        narrow = self.table.shape[1] < (NARROW if bytes_of_copy <= CACHED_BYTES else NARROW_IN_MEMORY)
        if self.rescaled or (self.given.form == ACROSS and narrow):
            return _copied(self.given, self.table.shape, ALONG if narrow else ACROSS, dtype)
        if self.dtype == dtype:
            return self
        copy, numbers = aligned(x.shape, dtype), x.reshape(-1)

        def convert(part: slice) -> None:
            copy.reshape(-1)[part] = numbers[part]

        parallel_map(convert, _parts(x.size, x.size))
        return _kept(self.table if self.given.form == SPARSE else None, self.given._replace(x=read_only(copy)))


def source_of(x: Any) -> Source:
    """Return where the kernels read the rows (n, i)."""
    if isinstance(x, Rescaled):
        return _rescaled(x)
    if is_sparse(x):
        if not x.has_canonical_format:
            x = x.copy()
            x.sum_duplicates()
        places, starts = read_only(x.indices, np.int32), read_only(x.indptr, np.int64)
        return _kept(x, Given(read_only(x.data[None]), places, starts, SPARSE, SPARSE))
    if x.flags.f_contiguous:
        return _kept(None, Given(read_only(x.T), NO_PLACES, NO_STARTS, ALONG, ALONG))
    given = Given(read_only(x), NO_PLACES, NO_STARTS, ACROSS, ACROSS)
    if x.shape[1] < NARROWEST and x.nbytes <= COPIED_BYTES:
        return _copied(given, x.shape, ALONG, x.dtype)
    return _kept(None, given)


def _kept(sparse: Any, given: Given) -> Source:
    """Return the source of rows that lie in memory; where they are not sparse, the table is a view of what is read."""
    dense = given.x.T if given.form == ALONG else given.x
    return Source(dense if sparse is None else sparse, given, given.x.dtype)


def _rescaled(table: Rescaled) -> Source:
    lies = ALONG if table.given.flags.f_contiguous else ACROSS
    given = Given(
        read_only(table.given.T if lies == ALONG else table.given),
        NO_PLACES,
        NO_STARTS,
        lies,
        ALONG if table.shape[1] < NARROW else ACROSS,
        read_only(table.shift, np.float64),
        read_only(1 / table.scale, np.float64),
    )
    return Source(table, given, table.dtype)


def _copied(given: Given, shape: tuple[int, int], form: int, dtype: np.dtype[Any]) -> Source:
    """Copy the rows (n, i), rescaled if they are to be, and return the copy as a source that lies across or along."""
    n, i = shape
    out = aligned(shape if form == ACROSS else (i, n), dtype)
    shift, factor = (given.shift, given.factor) if given.shift.size else (np.zeros(i), np.ones(i))

    def write(part: slice) -> None:
        kernels.rescale(given.x, NO_PLACES, NO_STARTS, given.lies, form, shift, factor, part.start, part.stop, out)

    parallel_map(write, _parts(n, n * i))
    return _kept(None, Given(read_only(out), NO_PLACES, NO_STARTS, form, form))


def _parts(rows: int, numbers: int) -> list[slice]:
    """Return the parts in which threads copy so many rows, which hold so many numbers."""
    count = max(1, min(MOST_PARTS, numbers // PART_NUMBERS))
    return [slice(*part) for part in cut(rows, count, PART_MULTIPLE)]


def cut(rows: int, count: int, multiple: int) -> list[tuple[int, int]]:
    """Return where each of so many parts of the rows starts and stops, each but the last at a multiple.

    >>> cut(1000, 3, 256)
    [(0, 256), (256, 512), (512, 1000)]
    """
    ends = [rows * part // count // multiple * multiple for part in range(count)]
    return list(pairwise([*ends, rows]))
