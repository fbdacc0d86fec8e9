"""Integrated gradients: how much each input contributes to the difference between a row and a baseline.

    contribution_i = (x_i - b_i) · ∫₀¹ ∂f/∂x_i (b + α (x - b)) dα        Σ_i contribution_i = f(x) - f(b)

The second equation is completeness. It also holds for each piece of the way from the baseline `b` to the row `x`, so it
shows where the integral is not exact yet. A piece is cut where a rectifier changes its side, which is known exactly, as
what it gets is linear in between; else in half. Each piece is integrated by Gauss-Legendre quadrature.

Source: M. Sundararajan, A. Taly, Q. Yan, "Axiomatic attribution for deep networks", ICML 2017.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, final

import numpy as np

from chainrule.arrays import Array, logistic
from chainrule.layers import Activation, Softmax
from chainrule.losses.members import joint_logits, joint_logits_vjp
from chainrule.network import Network

Scale: TypeAlias = Literal["logit", "probability"]

# Of Gauss-Legendre quadrature on a piece: polynomials up to degree 15 are integrated exactly.
QUADRATURE = np.polynomial.legendre.leggauss(8)
# The same on the way from 0 to 1.
NODES = (QUADRATURE[0] + 1) / 2
NODE_WEIGHTS = QUADRATURE[1] / 2
# Times that pieces are cut at most: those that are left are taken as they are, and the error is returned.
MOST_ROUNDS = 60
# Length of a piece below which it is taken as it is: no cut is needed more than forty times in half.
SHORTEST = 2.0**-40
# Share of a piece that a kink is away from its ends at least: nearer, it has been cut there, but for rounding.
AT_AN_END = 1e-9
# Difference of what a rectifier gets at both ends, below which it stays on its side.
SAME_SIDE = 1e-12
# Share of the allowed error that the shortest piece may have: else many short ones would be cut for what none adds.
SMALLEST_SHARE = 1 / 128
# Numbers of all layers' outputs that are held at once, 16 MiB of doubles.
NUMBERS_AT_ONCE = 1 << 21


@final
@dataclass(frozen=True, eq=False)
class Answers:
    """A network that answers with the probability or the logit of a class, another one for each row.

    An ensemble answers with the mean of its members' probabilities, or with the logits of that mean.

    Attributes:
        network, theta: the network and its parameters.
        scale: "logit" or "probability".
        classes: index of the class of each row (n,). Two classes have one output, the logit of the second.
    """

    network: Network
    theta: Array
    scale: Scale
    classes: Array

    def take(self, rows: Array) -> "Answers":
        """Return the same for other rows."""
        return Answers(self.network, self.theta, self.scale, self.classes[rows])

    def values(self, z: Array) -> Array:
        """Return the chosen probability or logit of each row (n,) for logits `z` (n, k)."""
        z = joint_logits(z, self.network.members)
        if z.shape[1] == 1:
            signed = self._signs * z[:, 0]
            return signed if self.scale == "logit" else logistic(signed)
        of_all = z if self.scale == "logit" else Softmax().forward({}, z)
        return of_all[np.arange(len(z)), self.classes]

    def slopes(self, z: Array) -> Array:
        """Return the gradient of the answers at the logits (n, k), of an ensemble at those of all members."""
        members = self.network.members
        return joint_logits_vjp(z, members, self._slopes(joint_logits(z, members)))

    def _slopes(self, z: Array) -> Array:
        """Return the gradient of the answers at the logits (n, k) of the prediction."""
        if z.shape[1] == 1:
            slopes = self._signs[:, None]
            return slopes if self.scale == "logit" else slopes * logistic(z) * logistic(-z)
        chosen = np.eye(z.shape[1])[self.classes]
        if self.scale == "logit":
            return chosen
        passed = Softmax().vjp({}, z, Softmax().forward({}, z), chosen)
        assert passed is not None
        return passed

    def gradient(self, x: Array) -> Array:
        """Return the gradient of the answers at rows `x` (n, i), as the network takes them."""
        outputs = self.network.forward(self.theta, x)
        return self.network.input_gradient(self.theta, outputs, self.slopes(outputs[-1]))

    @property
    def _signs(self) -> Array:
        return 2.0 * self.classes - 1


class Pieces(NamedTuple):
    """Pieces of the ways from the baseline to rows: which row (m,), and where on its way from 0 to 1 (m,)."""

    rows: Array
    starts: Array
    ends: Array

    def take(self, chosen: Array) -> "Pieces":
        """Return some of them."""
        return Pieces(*(each[chosen] for each in self))


def integrated_gradients(answers: Answers, x: Array, baseline: Array, tolerance: float) -> tuple[Array, Array]:
    """Return contributions (n, i), and how far their sum is from the difference of the answers (n,).

    Parameters:
        answers: what is explained.
        x: rows as the network takes them (n, i).
        baseline: a row (i,).
        tolerance: of the sum, for a difference of at most 1; relative to larger ones.
    """
    way = x - baseline
    ends = [answers.values(answers.network.forward(answers.theta, rows)[-1]) for rows in (x, x - way)]
    difference = ends[0] - ends[1]
    allowed = tolerance * np.maximum(1, np.abs(difference)) / 2
    contributions = np.zeros_like(way)
    pieces = Pieces(np.arange(len(x)), np.zeros(len(x)), np.ones(len(x)))
    at_once = max(1, NUMBERS_AT_ONCE // (len(NODES) * sum(answers.network.widths)))
    for number in range(MOST_ROUNDS):
        cut: list[Pieces] = []
        for first in range(0, len(pieces.rows), at_once):
            some = pieces.take(np.arange(first, min(first + at_once, len(pieces.rows))))
            integral = _integral(answers, some, baseline, way)
            change, cuts = _ends(answers, some, baseline, way)
            length = some.ends - some.starts
            close = np.abs(integral.sum(axis=1) - change) <= allowed[some.rows] * np.maximum(length, SMALLEST_SHARE)
            done = (close & np.isnan(cuts)) | (length < SHORTEST) | (number == MOST_ROUNDS - 1)
            np.add.at(contributions, some.rows[done], integral[done])
            cut.append(_cut(some.take(~done), cuts[~done]))
        pieces = Pieces(*(np.concatenate(each) for each in zip(*cut, strict=True)))
        if not len(pieces.rows):
            break
    return contributions, np.abs(contributions.sum(axis=1) - difference)


def _points(baseline: Array, way: Array, pieces: Pieces, alpha: Array) -> Array:
    return baseline + alpha[:, None] * way[pieces.rows]


def _integral(answers: Answers, pieces: Pieces, baseline: Array, way: Array) -> Array:
    """Return the contributions of each piece (m, i)."""
    length = pieces.ends - pieces.starts
    total = np.zeros((len(length), way.shape[1]))
    of_rows = answers.take(pieces.rows)
    for node, weight in zip(NODES, NODE_WEIGHTS, strict=True):
        alpha = pieces.starts + node * length
        total += weight * of_rows.gradient(_points(baseline, way, pieces, alpha))
    return total * length[:, None] * way[pieces.rows]


def _ends(answers: Answers, pieces: Pieces, baseline: Array, way: Array) -> tuple[Array, Array]:
    """Return how much the answer changes along each piece (m,), and where on it a rectifier changes side, or NaN."""
    start, end = (
        answers.network.forward(answers.theta, _points(baseline, way, pieces, alpha))
        for alpha in (pieces.starts, pieces.ends)
    )
    of_rows = answers.take(pieces.rows)
    cuts = np.full(len(pieces.rows), np.nan)
    for number, layer in enumerate(answers.network.layers):
        if isinstance(layer, Activation) and layer.kinked:
            nearest = _nearest_crossing(start[number], end[number])
            # what a later layer gets is linear once no earlier one bends
            cuts = np.where(np.isnan(cuts), nearest, cuts)
    return of_rows.values(end[-1]) - of_rows.values(start[-1]), cuts


def _nearest_crossing(start: Array, end: Array) -> Array:
    """Return the share of the way from `start` to `end` (m, u) where one is 0, nearest to the middle (m,), or NaN."""
    apart = start - end
    share = np.divide(start, apart, out=np.zeros_like(start), where=np.abs(apart) > SAME_SIDE)
    middle = np.where((share > AT_AN_END) & (share < 1 - AT_AN_END), np.abs(share - 0.5), np.inf)
    nearest = middle.argmin(axis=1)[:, None]
    found = np.isfinite(np.take_along_axis(middle, nearest, axis=1))
    return np.where(found, np.take_along_axis(share, nearest, axis=1), np.nan)[:, 0]


def _cut(pieces: Pieces, cuts: Array) -> Pieces:
    """Return both parts of each piece, cut at a share of its length (m,), or in half where that is NaN."""
    at = pieces.starts + np.where(np.isnan(cuts), 0.5, cuts) * (pieces.ends - pieces.starts)
    pairs = ((pieces.rows, pieces.rows), (pieces.starts, at), (at, pieces.ends))
    return Pieces(*map(np.concatenate, pairs))
