"""The likelihood of softmax regression and its derivatives, added up over blocks of rows.

With contrasts `β_c` (j,) of each class against the first, whose own are 0, and the columns `z` of a row:

    y_c = exp(β_c·z) / (1 + Σ_d exp(β_d·z))
    log-likelihood   Σ_r w_r log y_t
    score            Σ_r w_r (t - y) ⊗ z
    information      Σ_r w_r (diag(y) - y yᵀ) ⊗ z zᵀ

For two classes it is logistic regression.

Source: A. Agresti, "Categorical Data Analysis", 3rd edition (2013), sections 5.5 and 8.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import fsum, log
from typing import NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.engine import Rows, softmax_head
from chainrule.engine.threads import parallel_imap, single_threaded_blas
from chainrule.inference.columns import CoefficientColumns

# Numbers `y ⊗ z` of a block, 2 MiB: about what a core's cache holds.
BLOCK_NUMBERS = 1 << 18
# Rows of a block at least: with fewer, adding its information up takes as long as the product that makes it.
FEWEST_ROWS = 1024


class LikelihoodPoint(NamedTuple):
    """The log-likelihood at some coefficients, its gradient (p,), and minus its Hessian (p, p)."""

    value: float
    score: Array
    information: Array


class BlockSums(NamedTuple):
    """A block of rows at some coefficients.

    Attributes:
        value: its log-likelihood.
        y: the probabilities of all classes but the first (k-1, n).
        residuals: `t - y` of these (k-1, n).
        z: the scaled columns times the roots of the weights (j, n).
        root: the roots of the weights (n,), or 1.
    """

    value: float
    y: Array
    residuals: Array
    z: Array
    root: Array | float


@final
@dataclass(frozen=True, eq=False)
class Likelihood:
    """The likelihood of classes `t` given columns.

    Attributes:
        rows: inputs as a classifier takes them, class indices, and weights or None.
        columns: what becomes of the inputs.
        labels: of the classes (k,).
    """

    rows: Rows
    columns: CoefficientColumns
    labels: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the coefficients, (k-1, j)."""
        return len(self.labels) - 1, len(self.columns)

    @cached_property
    def class_weights(self) -> Array:
        """The total weight of each class (k,)."""
        return np.bincount(self.rows.t, self.rows.weights, len(self.labels)).astype(np.float64)

    @property
    def null_value(self) -> float:
        """The log-likelihood of the intercepts alone; without them, of equal probabilities."""
        total = float(self.class_weights.sum())
        if not self.columns.biased:
            return -total * log(len(self.labels))
        return fsum(weight * log(weight / total) for weight in self.class_weights if weight)

    @cached_property
    def gram(self) -> Array:
        """The products of all pairs of scaled columns, `Σ_r w_r z zᵀ` (j, j)."""

        def of_block(_: int, rows: Rows) -> Array:
            z = self.columns.scaled(rows.x)
            return np.asarray((z if rows.weights is None else z * rows.weights) @ z.T)

        gram = np.zeros((len(self.columns), len(self.columns)))
        with single_threaded_blas():
            for product in parallel_imap(of_block, self.blocks()):
                gram += product
        return gram

    @cached_property
    def triangle(self) -> Array:
        """The factor R of the QR decomposition of all scaled columns, times the roots of the weights (j, j)."""
        r: Array = np.zeros((len(self.columns), len(self.columns)))
        for rows in self.blocks():
            z = self.columns.scaled(rows.x)
            weighted = z if rows.weights is None else z * np.sqrt(rows.weights)
            r = np.asarray(np.linalg.qr(np.vstack([r, weighted.T]), mode="r"))
        return r

    @property
    def null_information(self) -> Array:
        """The information at the shares of the classes (p, p): what there would be if the columns had no effect."""
        shares = self.class_weights[1:] / self.class_weights.sum()
        return np.kron(softmax_head.curvatures(shares[None])[0], self.gram)

    def blocks(self, order: Array | None = None) -> Iterator[Rows]:
        """Yield the rows, some at a time; in another order if one is given."""
        size = max(FEWEST_ROWS, BLOCK_NUMBERS // max(1, self.shape[0] * self.shape[1]))
        if order is None:
            yield from self.rows.blocks(size)
            return
        for start in range(0, len(order), size):
            yield self.rows.take(order[start : start + size])

    def at(self, params: Array) -> LikelihoodPoint:
        """Return value, score and information at coefficients of scaled columns (k-1, j)."""
        values, score = [], np.zeros(params.size)
        information = np.zeros((params.size, params.size))
        with single_threaded_blas():
            for value, score_of_block, of_block in parallel_imap(
                lambda _, rows: self._sums(rows, params), self.blocks()
            ):
                values.append(value)
                score += score_of_block
                information += of_block
        return LikelihoodPoint(fsum(values), score, information)

    def _sums(self, rows: Rows, params: Array) -> tuple[float, Array, Array]:
        """Return value, score and information of a block."""
        part = self.part(rows, params)
        score = (part.residuals * part.root) @ part.z.T
        return part.value, score.ravel(), softmax_head.information(part.z.T, part.y.T)

    def part(self, rows: Rows, params: Array) -> BlockSums:
        """Return what value, score and information of a block of rows are made of."""
        z = self.columns.scaled(rows.x)
        logits = np.zeros((len(self.labels), len(rows)))
        np.matmul(params, z, out=logits[1:])
        y, losses = softmax_head.probabilities_and_losses(logits.T, rows.t)
        contrasts, residuals = y.T[1:], softmax_head.score(y, rows.t).T[1:]
        if rows.weights is None:
            return BlockSums(-float(losses.sum()), contrasts, residuals, z, 1.0)
        weights = rows.weights.astype(np.float64)
        root = np.sqrt(weights)
        return BlockSums(-float(losses @ weights), contrasts, residuals, z * root, root)
