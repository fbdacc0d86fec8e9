"""The Laplace approximation: what a penalised or multilayer model leaves uncertain, as if its parameters were normal.

The cost of all rows, the penalty read as a normal prior on the weights, has at the trained parameters the curvature

    P = Σ_r w_r J_rᵀ Λ_r J_r + Σ_r w_r · l2     J = ∂z/∂theta,  Λ = ∂²loss/∂z²   (generalised Gauss-Newton)

and its inverse is taken for the covariance of the parameters; that of the logits of a row is `J P⁻¹ Jᵀ`. Without
hidden layers `P` is the exact Hessian. With them it is an approximation twice over: it leaves out the curvature of
the network itself, and takes one optimum for all there are. `over="last"` keeps the hidden layers as they are, and
lets only the last layer be uncertain. Directions without curvature (1e-10 of the largest, or less), such as the same
number added to all biases of a softmax, are left out: they change no probability of these rows.

`P` and products with its root are computed from the Kronecker factors of `J`, some rows at a time.

Sources: D. MacKay, "A practical Bayesian framework for backpropagation networks", Neural Computation 4 (1992);
E. Daxberger et al., "Laplace redux", NeurIPS 2021; A. Immer, M. Korzepa, M. Bauer, "Improving predictions of Bayesian
neural nets via local linearization", AISTATS 2021.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

import numpy as np

from chainrule.arrays import Array, dense
from chainrule.common.arguments import check
from chainrule.engine import Rows
from chainrule.engine.softmax_head import curvatures
from chainrule.estimator.trained_model import TrainedModel
from chainrule.inference.probabilities import BLOCK_NUMBERS, ProbabilityIntervals, one_against_others
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
        part: where the parameter is among those that are asked for.
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
        parts = {name: part for name, (part, _) in network.layout[number].items()}
        places = {name: slice(part.start - before, part.stop - before) for name, part in parts.items()}
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


# Parameters of the largest matrix whose eigenvectors are found: it takes 200 MB, and time as their cube.
MOST_PARAMETERS = 5000
# The share of the largest curvature below which a direction has none: some digits above what rounding leaves.
FLAT = 1e-10
# What a reader must know of an approximation over the last layer of a network with others.
FIXED = (
    " What the hidden layers leave uncertain is not in it: its 95 % intervals can hold as little as 58 % of the"
    " posterior."
)


@final
@dataclass(frozen=True, eq=False)
class Laplace:
    """A trained model whose parameters are taken as normal about their values: an approximation.

    Attributes:
        model: the trained model.
        over: "last" or "all": the layers whose parameters are uncertain.
        root: of the covariance `root rootᵀ` of the uncertain parameters (p, r), for standardised inputs, in the order
            of `theta`.
        flat: directions without curvature, which are left out.
    """

    model: TrainedModel
    over: str
    root: Array
    flat: int

    @property
    def covariance(self) -> Array:
        """The covariance of the uncertain parameters (p, p)."""
        return self.root @ self.root.T

    @property
    def standard_errors(self) -> Array:
        """Of the uncertain parameters (p,), for standardised inputs."""
        return np.linalg.norm(self.root, axis=1)

    def probability_intervals(self, X: Any) -> ProbabilityIntervals:
        """Return intervals on the probabilities of rows `X`, as `model.predict` takes them."""
        x, k = self.model.inputs(X), len(self.model.classes)
        logits, errors = np.empty((x.shape[0], k)), np.empty((x.shape[0], k))
        step = _block_size(self.model.network, max(self.model.network.widths[1:]) * len(self.root))
        for start in range(0, len(logits), step):
            part = slice(start, start + step)
            outputs = _forward(self.model, x[part])
            z, among = outputs[-1], self._logit_covariances(outputs)
            if k == 2:  # one output: the logit of the second class against the first
                z = np.insert(z, 0, 0, axis=1)
                among = np.pad(among, ((0, 0), (1, 0), (1, 0)))
            logits[part], errors[part] = one_against_others(z, among)
        return ProbabilityIntervals(tuple(self.model.classes), logits, errors, str(self))

    def _logit_covariances(self, outputs: list[Array]) -> Array:
        """Return the covariance of the logits of rows (n, k, k)."""
        network, spread = self.model.network, np.zeros((*outputs[-1].shape, self.root.shape[1]))
        for factors in jacobian_factors(network, self.model.theta, outputs, _first_layer(network, self.over)):
            spread += times(factors, self.root[factors.part])
        return np.asarray(spread @ spread.transpose(0, 2, 1))

    def __str__(self) -> str:
        layers = "the last layer" if self.over == "last" else "all layers"
        flat = f"; directions without curvature that are left out: {self.flat}" if self.flat else ""
        return (
            f"Laplace approximation over the {len(self.root)} parameters of {layers} (generalised Gauss-Newton"
            f"{flat}): an approximation, as if these parameters were normal about their trained values."
            f"{FIXED if self.over == 'last' and len(self.model.network.layers) > 1 else ''}"
        )

    __repr__ = __str__


def laplace(model: Any, X: Any, y: Any, *, over: Literal["last", "all"] = "all", sample_weight: Any = None) -> Laplace:
    """Return the Laplace approximation of a trained model at its parameters.

    Parameters:
        model: a trained `Classifier`, or a pipeline that ends in one.
        X: the rows it was trained on, as `model.predict` takes them (n, ...).
        y: their labels (n,).
        over: "all" for the parameters of all layers, "last" for those of the last layer alone, which takes less time
            and leaves out much of what is uncertain: its 95 % intervals can hold as little as 58 % of the posterior.
        sample_weight: of each row (n,), or None.

    Raises:
        ValueError: `over` is another word, the model has an l1 penalty, or more than 5000 parameters are uncertain.

    >>> from sklearn.datasets import load_iris
    >>> from chainrule import Classifier
    >>> x, y = load_iris(return_X_y=True)
    >>> found = laplace(Classifier(hidden=(4,), random_state=0).fit(x, y), x, y)
    >>> found.covariance.shape
    (35, 35)
    """
    check("over", over, over in ("last", "all"), '"last" or "all"')
    trained = TrainedModel.of(model)
    return approximation(trained, trained.rows(X, y, sample_weight), over)


def approximation(model: TrainedModel, rows: Rows, over: str) -> Laplace:
    """Return the Laplace approximation of a model that is trained on these rows of its classifier: see `laplace`."""
    model.refuse_ensemble("laplace")
    network = model.network
    over = "last" if len(network.layers) == 1 else over
    prior = _prior(model, rows, over)
    size = len(prior)
    if size > MOST_PARAMETERS:
        narrower = "train a model with fewer inputs or a narrower last layer"
        remedy = 'use over="last", which understates the uncertainty' if over == "all" else narrower
        most = f"at most {MOST_PARAMETERS} parameters"
        raise ValueError(f"The Laplace approximation is for {most}, found {size}: {remedy}.")
    root, flat = _inverse_root(_curvature(model, rows, over, size) + np.diag(prior))
    return Laplace(model, over, root, flat)


def _curvature(model: TrainedModel, rows: Rows, over: str, size: int) -> Array:
    """Return `Σ_r w_r J_rᵀ Λ_r J_r` of the uncertain parameters (p, p)."""
    network, theta, first = model.network, model.theta, _first_layer(model.network, over)
    loss, matrix = model.loss, np.zeros((size, size))
    for block in rows.blocks(_block_size(network, 2 * size)):
        outputs = _forward(model, block.x)
        curvature = curvatures(loss.activation.forward({}, outputs[-1]))
        if block.weights is not None:
            curvature *= block.weights[:, None, None]
        factors = list(jacobian_factors(network, theta, outputs, first))
        for place, left in enumerate(factors):
            for right in factors[: place + 1]:
                product = summed_products(left, curvature, right)
                matrix[left.part, right.part] += product
                if right is not left:
                    matrix[right.part, left.part] += product.T
    return matrix


def _forward(model: TrainedModel, x: Any) -> list[Array]:
    """Return the outputs of all layers for a block of inputs, dense and in double precision."""
    return model.network.forward(model.theta, model.standardized(dense(x)))


def _block_size(network: Network, numbers: int) -> int:
    """Return how many rows fit into a block, each with so many numbers beside its Jacobian's factors."""
    widest = max(network.widths)
    return max(1, 4 * BLOCK_NUMBERS // (numbers + widest * (widest + len(network.widths) * network.outputs)))


def _prior(model: TrainedModel, rows: Rows, over: str) -> Array:
    """Return the precision that the penalty gives each uncertain parameter (p,): zero for biases."""
    penalty = model.penalty(rows)
    if penalty.l1:
        smooth = f"a smooth penalty, found l1={penalty.l1:g}"
        raise ValueError(f"The Laplace approximation needs {smooth}: train the model with l2 alone.")
    precision = model.network.zeros()
    for part in model.network.penalized:
        precision[part] = rows.total_weight * penalty.l2
    return precision[size_before(model.network, _first_layer(model.network, over)) :]


def _first_layer(network: Network, over: str) -> int:
    """Return the number of the first layer whose parameters are uncertain."""
    return len(network.layers) - 1 if over == "last" else 0


def _inverse_root(precision: Array) -> tuple[Array, int]:
    """Return the root (p, r) of the inverse of a matrix (p, p) across its flat directions, and how many these are."""
    values, vectors = np.linalg.eigh((precision + precision.T) / 2)
    curved = values > FLAT * max(values[-1], 0.0)
    return vectors[:, curved] / np.sqrt(values[curved]), int((~curved).sum())
