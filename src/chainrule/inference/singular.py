"""Regressions without an estimate: columns that depend on each other, and classes that columns separate."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh, solve_triangular

from chainrule.arrays import Array
from chainrule.inference.columns import INTERCEPT, Columns
from chainrule.inference.likelihood import Likelihood

DEPENDENT = 1e-12
SEPARATED = 1e-10


class NoMaximumError(ValueError):
    """The likelihood rises for ever."""


class Dependence(NamedTuple):
    """A column that others determine.

    Attributes:
        column: its place.
        others: the places of the columns it is a sum of.
        shares: how much of each there is in it, in the units given.
    """

    column: int
    others: Array
    shares: Array

    def adds_up_to_one(self, columns: Columns) -> bool:
        """Return whether it and the others but the intercept add up to one, as the indicators of a category do."""
        of_intercept = self.others < columns.biased
        expected = np.where(of_intercept, 1.0, -1.0)
        return bool(of_intercept.any()) and len(self.others) > 1 and np.allclose(self.shares, expected, atol=1e-6)


def without_baselines(likelihood: Likelihood) -> Likelihood:
    """Return a likelihood without one column of each set that adds up to one in every row, as indicators of a word do.

    The first of such a set is left out: the others are then compared with it.

    Raises:
        ValueError: columns depend on each other in another way; the message names them.
    """
    columns = likelihood.columns
    found = dependences(likelihood.gram, columns)
    baselines = [one for one in found if one.adds_up_to_one(columns)]
    others = [_words(one, columns) for one in found if one not in baselines]
    if others:
        which = "it" if len(others) == 1 else "each of these"
        raise ValueError(f"{'; '.join(others)}: no estimate can tell them apart, so leave {which} out.")
    if not baselines:
        return likelihood
    first = [int(min(one.others[1:].min(), one.column)) for one in baselines]
    return Likelihood(likelihood.rows, columns.without(first), likelihood.labels)


def dependences(gram: Array, columns: Columns) -> list[Dependence]:
    """Return the columns that are sums of columns before them, by Cholesky's method on the products `Σ z zᵀ` (j, j).

    A column is one where less than 1e-12 of its square is left once the columns before it are taken out.
    """
    kept: list[int] = []
    found = []
    root = np.zeros_like(gram)
    for place in range(len(gram)):
        k = len(kept)
        along = solve_triangular(root[:k, :k], gram[kept, place], lower=True) if k else np.zeros(0)
        left = gram[place, place] - along @ along
        if left > DEPENDENT * gram[place, place]:
            root[k, :k], root[k, k] = along, np.sqrt(left)
            kept.append(place)
            continue
        shares = solve_triangular(root[:k, :k], along, lower=True, trans=1) if k else np.zeros(0)
        found.append(_dependence(place, kept, shares, columns))
    return found


def _dependence(place: int, kept: list[int], shares: Array, columns: Columns) -> Dependence:
    """Return a dependence between scaled columns, with its shares in the units given."""
    relation = np.zeros(len(columns))
    relation[kept], relation[place] = shares, -1.0
    given = relation @ columns.back.T  # Σ relation_j z_j, as a sum of columns as given
    given /= -given[place]
    size = np.abs(given)[kept] * np.append(np.ones(int(columns.biased)), columns.scale)[kept]
    matters = size > 1e-6 * max(columns.scale[place - columns.biased], size.max(initial=0))
    others = np.array(kept, dtype=int)[matters]
    return Dependence(place, others, given[others])


def _words(dependence: Dependence, columns: Columns) -> str:
    name, others = columns.names[dependence.column], [columns.names[place] for place in dependence.others]
    if not others or others == [INTERCEPT]:
        return f"Column {name} is the same in every row"
    return f"Column {name} says nothing that {_and(others)} {'does' if len(others) == 1 else 'do'} not say"


def refuse_separation(likelihood: Likelihood, information: Array) -> None:
    """Raise NoMaximumError where the information has vanished in some direction, as where classes are separated.

    That is where less than 1e-10 of it is left of what there would be if no column told anything: where the smallest
    eigenvalue of `I v = λ N v` is less, with the information `N` at the shares of the classes.

    Parameters:
        likelihood: of the rows.
        information: where Newton's method has come to (p, p).

    Source: A. Albert, J. Anderson, "On the existence of maximum likelihood estimates in logistic regression models",
    Biometrika 71 (1984).
    """
    curved = eigh(information, likelihood.null_information, eigvals_only=True, subset_by_index=[0, 0])[0]
    if not curved > SEPARATED:
        raise NoMaximumError(
            "The likelihood rises for ever, for columns set classes apart, wholly or in part: there are no estimates "
            "and no standard errors, so leave columns out, or train with a penalty (l2 above 0)."
        )


def _and(names: list[str]) -> str:
    """Return names in words.

    >>> _and(["a", "b", "c"])
    'a, b and c'
    """
    shown = names if len(names) <= 6 else [*names[:5], f"{len(names) - 5} others"]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
