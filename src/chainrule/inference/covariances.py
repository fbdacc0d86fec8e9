"""Covariances of estimates: from the information, and those that hold where the model is wrong or rows are related."""

import numpy as np

from chainrule.arrays import Array
from chainrule.inference.likelihood import Likelihood
from chainrule.inference.maximum import Maximum

KINDS = ("observed", "robust", "clustered")


def covariance_of(likelihood: Likelihood, found: Maximum, kind: str, groups: Array | None) -> Array:
    """Return the covariance (p, p) of coefficients of scaled columns.

        observed    I⁻¹
        robust      I⁻¹ (Σ_r w_r s_r s_rᵀ) I⁻¹             with the score s_r of each row
        clustered   I⁻¹ (G/(G-1) Σ_g s_g s_gᵀ) I⁻¹         with the score s_g = Σ_{r in g} w_r s_r of each of G groups

    Parameters:
        likelihood: of the rows.
        found: its maximum.
        kind: one of these words.
        groups: numbers of the groups (n,), 0 to G-1, for "clustered".

    Sources: H. White, "Maximum likelihood estimation of misspecified models", Econometrica 50 (1982); K. Liang,
    S. Zeger, "Longitudinal data analysis using generalized linear models", Biometrika 73 (1986).
    """
    if kind == "observed":
        return found.inverse
    if groups is None:
        middle = _products_of_rows(likelihood, found.params)
    else:
        middle = _products_of_groups(likelihood, found.params, groups)
    return found.inverse @ middle @ found.inverse


def _products_of_rows(likelihood: Likelihood, params: Array) -> Array:
    total = np.zeros((params.size, params.size))
    for rows in likelihood.blocks():
        part = likelihood.part(rows, params)
        scores = (part.residuals[:, None] * part.z).reshape(-1, len(rows))
        total += scores @ scores.T
    return total


def _products_of_groups(likelihood: Likelihood, params: Array, groups: Array) -> Array:
    """Return the products of the scores of groups: the rows of a group come one after another, whatever the block."""
    total, carried = np.zeros((params.size, params.size)), np.zeros(params.size)
    order = np.argsort(groups, kind="stable")
    last, done = -1, 0
    for rows in likelihood.blocks(order):
        of_row = groups[order[done : done + len(rows)]]
        done += len(rows)
        part = likelihood.part(rows, params)
        scores = ((part.residuals * part.root)[:, None] * part.z).reshape(-1, len(rows))
        starts = np.flatnonzero(np.diff(of_row, prepend=of_row[0] - 1))
        sums = np.add.reduceat(scores, starts, axis=1)
        if of_row[0] == last:
            sums[:, 0] += carried
        else:
            total += np.outer(carried, carried)
        total += sums[:, :-1] @ sums[:, :-1].T
        carried, last = sums[:, -1], int(of_row[-1])
    total += np.outer(carried, carried)
    count = np.count_nonzero(np.bincount(groups, likelihood.rows.weights))
    return total * (count / (count - 1))
