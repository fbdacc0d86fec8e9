"""The Laplace approximation: what a penalised or multilayer model leaves uncertain, as if its parameters were normal.

The cost of all rows, the penalty read as a normal prior on the weights, bends at the trained parameters by

    P = Σ_r w_r J_rᵀ Λ_r J_r + Σ_r w_r · l2     J = ∂z/∂theta,  Λ = ∂²loss/∂z²   (generalised Gauss-Newton)

and its inverse is taken for the covariance of the parameters; that of the logits of a row is `J P⁻¹ Jᵀ`. Without
hidden layers `P` is the exact Hessian. With them it is an approximation twice over: it leaves out how the network
itself bends, and takes one optimum for all there are. `over="last"` keeps the hidden layers as they are, and lets only
the last layer be uncertain. Directions that no row and no penalty bends
(by more than 1e-10 of the most that any is bent), such as the same number added to all biases of
a softmax, are left out: they change no probability of these rows.

Sources: D. MacKay, "A practical Bayesian framework for backpropagation networks", Neural Computation 4 (1992);
E. Daxberger et al., "Laplace redux", NeurIPS 2021; A. Immer, M. Korzepa, M. Bauer, "Improving predictions of Bayesian
neural nets via local linearization", AISTATS 2021.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from chainrule.arrays import Array, is_sparse
from chainrule.engine.hessian import hessian, in_theta
from chainrule.fitted import FittedRows, fitted_rows, network_inputs
from chainrule.inference.jacobian import logits_jacobian
from chainrule.inference.probabilities import (
    BLOCK_NUMBERS,
    ProbabilityIntervals,
    one_against_others,
)
from chainrule.layers import Dense
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.network import Network
from chainrule.plan import loss_of, penalty_of

MOST_PARAMETERS = 5000
FLAT = 1e-10
PARTS = ("last", "all")


@final
@dataclass(frozen=True, eq=False)
class Laplace:
    """A trained model whose parameters are taken as normal about their values: an approximation.

    Attributes:
        model: as it was given.
        fitted: the model and the rows that its uncertainty comes from.
        over: "last" or "all": the layers whose parameters are uncertain.
        root: of the covariance `root rootᵀ` of the uncertain parameters (p, r), for standardised inputs, in the order
            of `theta`.
        flat: directions that neither rows nor penalty bend, and that are left out.
    """

    model: Any
    fitted: FittedRows
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
        x, network, theta = network_inputs(self.model, X), self.fitted.network, self.fitted.theta
        k = len(self.fitted.classes)
        logits, errors = np.empty((x.shape[0], k)), np.empty((x.shape[0], k))
        step = _block_size(network, self.over)
        for start in range(0, len(logits), step):
            part = slice(start, start + step)
            outputs = _forward(self.fitted, theta, x[part])
            z, among = outputs[-1], self._logit_covariances(outputs)
            if k == 2:  # one output: the logit of the second class against the first
                z = np.insert(z, 0, 0, axis=1)
                among = np.pad(among, ((0, 0), (1, 0), (1, 0)))
            logits[part], errors[part] = one_against_others(z, among)
        return ProbabilityIntervals(tuple(self.fitted.classes), logits, errors, str(self))

    def _logit_covariances(self, outputs: list[Array]) -> Array:
        """Return the covariance of the logits of rows (n, k, k)."""
        network = self.fitted.network
        if self.over == "last":
            layer = _last(network)
            x = np.column_stack([outputs[-2], np.ones((len(outputs[-2]), int(layer.bias)))])
            by_class = self.root[in_theta(layer.outputs, layer.inputs, layer.bias)]
            spread = np.stack([x @ of_class for of_class in by_class], axis=1)
        else:
            spread = logits_jacobian(network, self.fitted.theta, outputs) @ self.root
        return np.asarray(spread @ spread.transpose(0, 2, 1))

    def __str__(self) -> str:
        layers = "the last layer" if self.over == "last" else "all layers"
        flat = f"; directions without curvature that are left out: {self.flat}" if self.flat else ""
        return (
            f"Laplace approximation over the {len(self.root)} parameters of {layers} (generalised Gauss-Newton"
            f"{flat}): an approximation, as if these parameters were normal about their trained values."
        )


def laplace(model: Any, X: Any, y: Any, *, over: Literal["last", "all"] = "last", sample_weight: Any = None) -> Laplace:
    """Return the Laplace approximation of a trained model at its parameters.

    Parameters:
        model: a trained `Classifier`, or a pipeline that ends in one.
        X: the rows it was trained on, as `model.predict` takes them (n, ...).
        y: their labels (n,).
        over: "last" for the parameters of the last layer alone, "all" for those of all layers.
        sample_weight: of each row (n,), or None.

    Raises:
        ValueError: `over` is another word, the model has an l1 penalty, or more than 5000 parameters are uncertain.

    >>> from sklearn.datasets import load_iris
    >>> from chainrule import Classifier
    >>> x, y = load_iris(return_X_y=True)
    >>> found = laplace(Classifier(hidden=(4,), random_state=0).fit(x, y), x, y)
    >>> found.covariance.shape
    (15, 15)
    """
    if over not in PARTS:
        raise ValueError(f'over must be "last" or "all", found {over!r}.')
    fitted = fitted_rows(model, X, y, sample_weight)
    network = fitted.network
    over = "last" if len(network.layers) == 1 else over
    part = _uncertain(network, over)
    size = part.stop - part.start
    if size > MOST_PARAMETERS:
        remedy = 'take over="last"' if over == "all" else "train a model with fewer inputs or a narrower last layer"
        raise ValueError(
            f"The Laplace approximation is for at most {MOST_PARAMETERS} parameters, found {size}: {remedy}."
        )
    prior = np.diag(_prior(fitted)[part])
    root, flat = _inverse_root(_curvature(fitted, over) + prior)
    return Laplace(model, fitted, over, root, flat)


def _curvature(fitted: FittedRows, over: str) -> Array:
    """Return `Σ_r w_r J_rᵀ Λ_r J_r` of the uncertain parameters (p, p)."""
    network, theta = fitted.network, fitted.theta
    part = _uncertain(network, over)
    matrix = np.zeros((part.stop - part.start,) * 2)
    for outputs, weights in _blocks(fitted, over):
        matrix += _of_last(network, outputs, weights) if over == "last" else _of_all(network, theta, outputs, weights)
    return matrix


def _of_last(network: Network, outputs: list[Array], weights: Array) -> Array:
    """Return the curvature of a block in the last layer, whose Jacobian is a Kronecker product (p, p)."""
    layer, loss = _last(network), loss_of(network, 0.0)
    y = loss.activation.forward({}, outputs[-1])
    coupled = isinstance(loss, SoftmaxCrossEntropy)
    return hessian(outputs[-2], y.T, weights, coupled=coupled, biased=layer.bias)


def _of_all(network: Network, theta: Array, outputs: list[Array], weights: Array) -> Array:
    """Return the curvature of a block in all layers (p, p)."""
    z, loss = outputs[-1], loss_of(network, 0.0)
    t = np.zeros(len(z), np.int64)  # the curvature of cross-entropy depends on no target
    units = np.eye(z.shape[1])
    bend = np.stack([loss.curvature_product(z, t, np.broadcast_to(unit, z.shape)) for unit in units], axis=2)
    jacobian = logits_jacobian(network, theta, outputs)
    bent = (weights[:, None, None] * bend) @ jacobian
    return jacobian.reshape(-1, network.size).T @ bent.reshape(-1, network.size)


def _blocks(fitted: FittedRows, over: str) -> Iterator[tuple[list[Array], Array]]:
    """Yield the outputs of all layers for some rows at a time, and the weights of these."""
    theta = fitted.theta
    for block in fitted.rows.blocks(_block_size(fitted.network, over)):
        weights = np.ones(len(block)) if block.weights is None else block.weights.astype(np.float64)
        yield _forward(fitted, theta, block.x), weights


def _forward(fitted: FittedRows, theta: Array, x: Any) -> list[Array]:
    """Return the outputs of all layers for a block of rows as given, dense and in double precision."""
    dense = x.toarray() if is_sparse(x) else x
    return fitted.network.forward(theta, fitted.standardizer.apply(dense, np.dtype(np.float64)))


def _block_size(network: Network, over: str) -> int:
    """Return how many rows fit into a block, whose Jacobians take most of the memory."""
    numbers = sum(network.widths)
    if over == "all":
        numbers += 2 * network.outputs * network.size + max(network.widths[1:]) * network.size
    else:
        numbers += network.outputs * (network.outputs + 1) * (network.widths[-2] + 1)
    return max(1, 4 * BLOCK_NUMBERS // numbers)


def _prior(fitted: FittedRows) -> Array:
    """Return the precision that the penalty gives each parameter (p,): zero for biases."""
    model, total = fitted.classifier, fitted.rows.total_weight
    penalty = penalty_of(model.l2, model.l1, total, bool(model.hidden))
    if penalty.l1:
        raise ValueError(
            f"The Laplace approximation needs a smooth penalty, found l1={penalty.l1:g}: train the model with l2 alone."
        )
    precision = fitted.network.zeros()
    for part in fitted.network.penalized:
        precision[part] = total * penalty.l2
    return precision


def _last(network: Network) -> Dense:
    """Return the last layer, which is a dense one in every classifier."""
    layer = network.layers[-1]
    assert isinstance(layer, Dense)
    return layer


def _uncertain(network: Network, over: str) -> slice:
    """Return where the uncertain parameters lie in `theta`."""
    first = min(part.start for part, _ in network.layout[-1].values()) if over == "last" else 0
    return slice(first, network.size)


def _inverse_root(precision: Array) -> tuple[Array, int]:
    """Return the root (p, r) of the inverse of a matrix (p, p) across its flat directions, and how many these are."""
    values, vectors = np.linalg.eigh((precision + precision.T) / 2)
    bent = values > FLAT * max(values[-1], 0.0)
    return vectors[:, bent] / np.sqrt(values[bent]), int((~bent).sum())
