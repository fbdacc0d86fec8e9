"""Which columns are powers and products of others: the effect of a column counts all that it enters.

1. Of some rows, spread over all, two columns at a time are multiplied, and each is raised to the powers 3 and 4; a
   column that such a product equals on a few of them is a candidate. One of zeros and ones is a product so easily by
   chance that it must also be named after its factors.
2. On all rows the candidates that are no such product are struck out.
3. Each that is left is written as powers of columns that are no products themselves: `x³ = x · x²` is the power 3 of x.
   Of two ways to write it, the one of fewer columns is taken; of `u = 1/x`, `x` and `x²` only the last is a product.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.layers import Dense
from chainrule.network import Network

# The Jacobian of a network's logits with respect to its parameters, row by row, as factors of Kronecker products.
#
# One row passes through `y = x W + b` to the logits `z`, so that with `W` written column by column
#
#     ∂z/∂W = ∂z/∂y ⊗ x    (k, o i)        ∂z/∂b = ∂z/∂y ⊗ 1    (k, o)
#
# Products with the whole matrix need the small factors alone.


class Factors(NamedTuple):
    """The Jacobian `outer ⊗ inner` of some rows with respect to one parameter.

    Attributes:
        part: where the parameter lies among those that are asked for.
        outer: (n, k, o).
        inner: (n, i).
    """

    part: slice
    outer: Array
    inner: Array


def jacobian_factors(network: Network, theta: Array, outputs: list[Array], first: int = 0) -> Iterator[Factors]:
    """Yield the factors of `∂z/∂theta` of rows for each parameter, from the last layer back to layer `first`.

    Parameters:
        network: of `k` outputs.
        theta: its parameters (p,).
        outputs: of `network.forward`, the rows themselves dense.
        first: the number of the first layer whose parameters are asked for.

    >>> network = Network((Dense(2, 1),))
    >>> outputs = network.forward(network.zeros(), np.array([[3.0, 4.0]]))
    >>> [(outer.tolist(), inner.tolist()) for _, outer, inner in jacobian_factors(network, network.zeros(), outputs)]
    [([[[1.0]]], [[3.0, 4.0]]), ([[[1.0]]], [[1.0]])]
    """
    n, k = outputs[-1].shape
    views, behind, one = network.views(theta), np.broadcast_to(np.eye(k), (n, k, k)), np.ones((n, 1))
    before = size_before(network, first)
    for number in range(len(network.layers) - 1, first - 1, -1):
        layer, x, y = network.layers[number], outputs[number], outputs[number + 1]
        places = {
            name: slice(part.start - before, part.stop - before) for name, (part, _) in network.layout[number].items()
        }
        if isinstance(layer, Dense):
            for name, part in places.items():
                yield Factors(part, behind, x if name == "weights" else one)
        elif places:
            own = layer.jacobian(views[number], x, y)
            for name, part in places.items():
                by_column = own[name].transpose(0, 1, *range(own[name].ndim - 1, 1, -1))
                yield Factors(part, behind @ by_column.reshape(n, by_column.shape[1], -1), one)
        if number > first:
            passed = [layer.vjp(views[number], x, y, np.ascontiguousarray(behind[:, c])) for c in range(k)]
            behind = np.stack([dx for dx in passed if dx is not None], axis=1)


def size_before(network: Network, layer: int) -> int:
    """Return the number of parameters in the layers before this one."""
    return sum(part.stop - part.start for places in network.layout[:layer] for part, _ in places.values())


def times(factors: Factors, matrix: Array) -> Array:
    """Return `(outer ⊗ inner) matrix` of each row (n, k, r) for a matrix (o i, r).

    >>> times(Factors(slice(0, 2), np.array([[[2.0]]]), np.array([[3.0, 4.0]])), np.eye(2))
    array([[[6., 8.]]])
    """
    _, outer, inner = factors
    by_output = matrix.reshape(outer.shape[2], inner.shape[1], -1)
    of_outputs = inner @ by_output
    return outer @ of_outputs.transpose(1, 0, 2)


def summed_products(left: Factors, middle: Array, right: Factors) -> Array:
    """Return `Σ_r leftᵀ_r middle_r right_r` (o i, o' i') for matrices `middle` (n, k, k).

    >>> one = Factors(slice(0, 2), np.array([[[2.0]]]), np.array([[3.0, 4.0]]))
    >>> summed_products(one, np.array([[[1.0]]]), one)
    array([[36., 48.],
           [48., 64.]])
    """
    outer = left.outer.transpose(0, 2, 1) @ middle @ right.outer
    o, i, columns = outer.shape[1], left.inner.shape[1], outer.shape[2] * right.inner.shape[1]
    product = np.empty((o, i, columns))
    for output in range(o):
        weighted = outer[:, output, :, None] * right.inner[:, None, :]
        product[output] = left.inner.T @ weighted.reshape(-1, columns)
    return product.reshape(o * i, columns)


Powers: TypeAlias = Mapping[int, int]
Possible: TypeAlias = tuple[int, tuple[int, ...]]  # a column, and those whose product it may be
# Rows of step 1: of so many, even a rare indicator has some that are 1.
SOME = 4096
# Of these, those that tell most candidates from others.
FEW = 8
# Columns whose pairs are looked at within a second.
MOST_COLUMNS = 200
# What stands between two names, in the formulas of R and Stata, and where scikit-learn and people make products.
BETWEEN = (" ", ":", "*", "#", "_", " * ", " x ", "_x_", "×", " × ", "·")
# Errors of a product, in units of the rounding of its factors.
ROUNDED = 1000


class Products(NamedTuple):
    """Columns that are products of others.

    Attributes:
        powers: of each of these columns, the power of each column that it is a product of.
    """

    powers: Mapping[int, Powers]

    @property
    def factors(self) -> list[int]:
        """The columns that products are made of, in order."""
        return sorted({column for powers in self.powers.values() for column in powers})

    def renewed(self, x: Array) -> Array:
        """Return rows (n, j) with the products made anew of the other columns."""
        x = x.copy()
        for column, powers in self.powers.items():
            x[:, column] = _product(x, powers)
        return x

    def slopes(self, x: Array, column: int) -> Array:
        """Return how all columns of rows (n, j) grow with one of them that is no product: (n, j)."""
        grown = np.zeros_like(x)
        grown[:, column] = 1
        for other, powers in self.powers.items():
            if power := powers.get(column, 0):
                grown[:, other] = power * _product(x, {**powers, column: power - 1})
        return grown

    def told(self, names: Sequence[str]) -> list[str]:
        """Return a formula for each product, in the names of the columns.

        >>> Products({1: {0: 2}, 3: {0: 1, 2: 1}}).told(("dose", "dose2", "old", "both"))
        ['dose2 = dose^2', 'both = dose · old']
        """
        formulas = []
        for column, powers in self.powers.items():
            factors = [names[base] + (f"^{power}" if power > 1 else "") for base, power in sorted(powers.items())]
            formula = " · ".join(factors)
            formulas.append(formula if formula == names[column] else f"{names[column]} = {formula}")
        return formulas


def products_among(blocks: Iterable[Array], some: Array, names: Sequence[str], eps: float) -> Products:
    """Return which columns are products of others.

    Parameters:
        blocks: all rows, some at a time (b, j).
        some: a number of rows, spread over all (s, j).
        names: of the columns (j,).
        eps: the relative rounding of the numbers.

    >>> x = np.arange(1.0, 7.0)
    >>> rows = np.stack([x, x**3, x**2], axis=1)
    >>> products_among([rows], rows, ("x", "cube", "square"), 2e-16).powers
    {1: {0: 3}, 2: {0: 2}}
    """
    if len(names) > MOST_COLUMNS or not len(some):
        return Products({})
    possible = _candidates(some, names, eps)
    for x in blocks if possible else ():
        largest = np.abs(x).max(axis=0)
        possible = [one for one in possible if _holds(x, one, eps, largest)]
    return Products(_expanded(possible))


def _candidates(some: Array, names: Sequence[str], eps: float) -> list[Possible]:
    """Return columns with those whose product they are on the rows that tell most."""
    found: list[Possible] = []
    largest = np.abs(some).max(axis=0)
    for column in range(some.shape[1]):
        values, rows = np.unique(some[:, column], return_index=True)
        if len(values) < 2:
            continue
        rows = rows[np.linspace(0, len(rows) - 1, min(FEW, len(rows))).astype(int)]
        possible = [(column, factors) for factors in _equal(some[rows], column, eps, largest[column])]
        if len(values) == 2:
            possible = [each for each in possible if _is_named_after(names[column], [names[one] for one in each[1]])]
        found += [each for each in possible if _holds(some, each, eps, largest)]
    return found


def _equal(x: Array, column: int, eps: float, largest: float) -> list[tuple[int, ...]]:
    """Return the columns whose product equals another one in a few rows (r, j): pairs, and powers of one."""
    goal = x[:, column, None]
    tolerance = _tolerance(goal, eps, largest)
    pairs = np.abs(x[:, :, None] * x[:, None, :] - goal[..., None]) <= tolerance[..., None]
    found = [tuple(pair) for pair in np.argwhere(np.triu(pairs.all(axis=0))).tolist()]
    for power in (3, 4):
        equal = (np.abs(x**power - goal) <= tolerance).all(axis=0)
        found += [(base,) * power for base in np.flatnonzero(equal).tolist()]
    return [factors for factors in found if column not in factors]


def _is_named_after(name: str, factors: Sequence[str]) -> bool:
    return any(name in (between.join(factors), between.join(reversed(factors))) for between in BETWEEN)


def _holds(x: Array, possible: Possible, eps: float, largest: Array) -> bool:
    """Return whether a column is the product that it may be in these rows."""
    column, factors = possible
    error = np.abs(x[:, factors].prod(axis=1) - x[:, column])
    return bool((error <= _tolerance(x[:, column], eps, largest[column])).all())


def _tolerance(values: Array, eps: float, largest: float) -> Array:
    """Return by how much a product may miss values (n,) whose column has numbers as large as this."""
    return ROUNDED * eps * (np.abs(values) + largest)


def _expanded(possible: Sequence[Possible]) -> dict[int, Powers]:
    """Return products in powers of columns that are none: those of one column first, and none that needs itself."""
    factors: dict[int, tuple[int, ...]] = {}
    for column, of in sorted(possible, key=lambda each: (len(set(each[1])), each)):
        if column not in factors:
            factors[column] = of
            if column in _reached(factors, of):
                del factors[column]
    return {column: dict(_powers(factors, column)) for column in sorted(factors)}


def _reached(factors: Mapping[int, tuple[int, ...]], columns: Iterable[int]) -> set[int]:
    reached, waiting = set[int](), list(columns)
    while waiting:
        column = waiting.pop()
        if column not in reached:
            reached.add(column)
            waiting += factors.get(column, ())
    return reached


def _powers(factors: Mapping[int, tuple[int, ...]], column: int) -> Counter[int]:
    if column not in factors:
        return Counter({column: 1})
    return sum((_powers(factors, one) for one in factors[column]), Counter())


def _product(x: Array, powers: Powers) -> Array:
    product = np.ones(len(x))
    for column, power in powers.items():
        product *= x[:, column] ** power
    return product
