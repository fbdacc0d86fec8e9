"""Rows of a table or of a matrix: taken by number, and with a column replaced, whichever it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.tables.frames import columns_of

# Rows that are looked at, of a larger table drawn at random: a share of as many is known to 0.3 hundredths.
MOST_ROWS = 100_000
# Probabilities that are held at a time: 80 MB in double precision.
MOST_NUMBERS = 10_000_000


@final
@dataclass(frozen=True, eq=False)
class TableRows:
    """Rows of a table, `given` as a model takes them."""

    given: pa.Table

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return list(self.given.column_names)

    def __len__(self) -> int:
        return int(self.given.num_rows)

    def take(self, indices: Array) -> "TableRows":
        """Return the rows of these numbers (m,)."""
        return TableRows(self.given.take(pa.array(indices)))

    def replaced(self, name: str, values: Any) -> "TableRows":
        """Return the rows with other values (n,) in one column."""
        return TableRows(self.given.set_column(self.names.index(name), name, values))

    def column(self, name: str) -> pa.Array:
        """Return the values of one column (n,)."""
        return self.given[name].combine_chunks()


@final
@dataclass(frozen=True, eq=False)
class MatrixRows:
    """Rows of a matrix of numbers, dense or sparse, with the same methods."""

    given: Any
    names: list[str]

    def __len__(self) -> int:
        return int(self.given.shape[0])

    def take(self, indices: Array) -> "MatrixRows":
        return MatrixRows(self.given[indices], self.names)

    def replaced(self, name: str, values: Any) -> "MatrixRows":
        at = self.names.index(name)
        dtype = np.result_type(self.given.dtype, np.float32)
        numbers = np.asarray(values, dtype=dtype)
        if sp.issparse(self.given):
            parts = (self.given[:, :at], sp.csr_array(numbers[:, None]), self.given[:, at + 1 :])
            return MatrixRows(sp.hstack(parts, format="csr"), self.names)
        matrix = self.given.astype(dtype)
        matrix[:, at] = numbers
        return MatrixRows(matrix, self.names)

    def column(self, name: str) -> pa.Array:
        at = self.names.index(name)
        values = self.given[:, [at]].toarray()[:, 0] if sp.issparse(self.given) else self.given[:, at]
        return pa.array(values)


ReportRows: TypeAlias = TableRows | MatrixRows


def rows_of(data: Any, names: Sequence[str] | None, *, table: bool) -> ReportRows:
    """Return a data frame or a matrix as rows.

    Parameters:
        data: the rows (n, i).
        names: of a matrix's columns.
        table: whether the model takes a table.

    Raises:
        TypeError: the model takes a matrix, and this is none.
        ValueError: the names do not fit.

    >>> rows_of(np.eye(2), ["a", "b"], table=False).replaced("b", [5., 6.]).given
    array([[1., 5.],
           [0., 6.]])
    """
    if table:
        return TableRows(pa.table(columns_of(data)))
    if not (sp.issparse(data) or isinstance(data, np.ndarray)):
        raise TypeError(f"A model without a TableEncoder needs a matrix, found {type(data).__name__}: give its values.")
    names = [f"column {number}" for number in range(data.shape[1])] if names is None else list(map(str, names))
    check("names", len(names), len(names) == data.shape[1], f"the {data.shape[1]} columns of the matrix", "name")
    return MatrixRows(sp.csr_array(data) if sp.issparse(data) else data, names)


def enough(classes: int) -> int:
    """Return of how many rows the probabilities of so many classes take little memory.

    >>> enough(2), enough(1000)
    (100000, 10000)
    """
    return min(MOST_ROWS, MOST_NUMBERS // classes)


def sample(size: int, most: int, seed: int = 0) -> Array:
    """Return the numbers of all rows, or of `most` drawn without replacement, in their order.

    >>> sample(3, 5), len(sample(1000, 5))
    (array([0, 1, 2]), 5)
    """
    return np.arange(size) if size <= most else np.sort(np.random.default_rng(seed).choice(size, most, replace=False))
