"""A large table that is shifted and scaled as its rows are taken, so that no copy of it need be made."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, rescale


@final
@dataclass(frozen=True, eq=False)
class Rescaled:
    """The table `(given - shift) / scale`: rows that are taken of it are computed then.

    Attributes:
        given: numbers (n, i).
        shift: taken from each column (i,).
        scale: each column is divided by (i,).
        dtype: of what is taken.

    >>> table = Rescaled(np.array([[1.], [3.]]), np.array([2.]), np.array([0.5]), np.dtype(float))
    >>> table[1:]
    array([[2.]])
    """

    given: Array
    shift: Array
    scale: Array
    dtype: np.dtype[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return self.given.shape

    @property
    def nbytes(self) -> int:
        """The memory that all of it would take."""
        return self.given.size * self.dtype.itemsize

    def __getitem__(self, index: Any) -> Array:
        part = self.given[index]
        return rescale(part, self.shift, self.scale, np.empty(part.shape, self.dtype))
