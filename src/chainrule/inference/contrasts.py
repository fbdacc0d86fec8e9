"""Softmax regression as contrasts against a reference class, with their covariance: what effects and intervals need."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, is_sparse
from chainrule.layers import Softmax


def as_they_are(x: Any) -> Array:
    """Return a block of rows (n, i), dense or sparse, as a dense table in double precision."""
    return np.asarray(x.toarray() if is_sparse(x) else x, np.float64)


def behind_ones(x: Any) -> Array:
    """Return a block of rows (n, i) behind a column of ones for the intercept (n, 1 + i).

    >>> behind_ones(np.array([[2.0], [3.0]]))
    array([[1., 2.],
           [1., 3.]])
    """
    return np.column_stack([np.ones(x.shape[0]), as_they_are(x)])


@final
@dataclass(frozen=True, eq=False)
class Contrasts:
    """Softmax regression, or logistic regression for two classes: the logit of each class against a reference class.

    Attributes:
        params: (k - 1, j), the intercept first if there is one.
        covariance: of these, contrast by contrast ((k - 1) j, (k - 1) j).
        reference: the place of the reference class among all classes.
        biased: whether there is an intercept.
        columns: what makes the columns (n, j) of a block of rows, with ones for the intercept.
    """

    params: Array
    covariance: Array
    reference: int = 0
    biased: bool = True
    columns: Callable[[Any], Array] = behind_ones

    @property
    def classes(self) -> int:
        """The number of classes `k`."""
        return len(self.params) + 1

    @property
    def others(self) -> Array:
        """The places of all classes but the reference (k - 1,)."""
        return np.delete(np.arange(self.classes), self.reference)

    @property
    def slopes(self) -> Array:
        """The weights of all classes without intercepts, zero for the reference class (k, i)."""
        return np.insert(self.params[:, int(self.biased) :], self.reference, 0, axis=0)

    def logits(self, columns: Array) -> Array:
        """Return the logits of rows with these columns (n, j): (n, k), zero for the reference class."""
        return np.insert(columns @ self.params.T, self.reference, 0, axis=1)

    def probabilities(self, columns: Array) -> Array:
        """Return the probability of each class for rows with these columns (n, j): (n, k)."""
        return Softmax().forward({}, self.logits(columns))

    def variances(self, jacobian: Array) -> Array:
        """Return the variances (m,) of numbers whose Jacobian by the contrasts is (m, k - 1, j)."""
        flat = jacobian.reshape(len(jacobian), -1)
        return np.vecdot(flat @ self.covariance, flat)
