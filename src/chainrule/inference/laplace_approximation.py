"""The Laplace approximation: what a penalised or multilayer model leaves uncertain, as if its parameters were normal.

The cost of all rows, the penalty read as a normal prior on the weights, bends at the trained parameters by

    P = Σ_r w_r J_rᵀ Λ_r J_r + Σ_r w_r · l2     J = ∂z/∂theta,  Λ = ∂²loss/∂z²   (generalised Gauss-Newton)

and its inverse is taken for the covariance of the parameters; that of the logits of a row is `J P⁻¹ Jᵀ`. Without
hidden layers `P` is the exact Hessian. With them it is an approximation twice over: it leaves out how the network
itself bends, and takes one optimum for all there are. `over="last"` keeps the hidden layers as they are, and lets only
the last layer be uncertain. Directions that no row and no penalty bends (by more than 1e-10 of the most that any is
bent), such as the same number added to all biases of a softmax, are left out: they change no probability of these rows.

`P` and products with its root are computed from the Kronecker factors of `J`, some rows at a time.

Sources: D. MacKay, "A practical Bayesian framework for backpropagation networks", Neural Computation 4 (1992);
E. Daxberger et al., "Laplace redux", NeurIPS 2021; A. Immer, M. Korzepa, M. Bauer, "Improving predictions of Bayesian
neural nets via local linearization", AISTATS 2021.
"""

from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from chainrule.arrays import Array, is_sparse
from chainrule.common.arguments import told
from chainrule.engine import Rows
from chainrule.estimator.trained_model import TrainedModel
from chainrule.inference.probabilities import BLOCK_NUMBERS, ProbabilityIntervals, one_against_others
from chainrule.inference.products import jacobian_factors, size_before, summed_products, times
from chainrule.network import Network

MOST_PARAMETERS = 5000
FLAT = 1e-10
PARTS = ("last", "all")
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
        flat: directions that neither rows nor penalty bend, and that are left out.
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
    if over not in PARTS:
        raise ValueError(f'over must be "last" or "all", found {told(over)}.')
    trained = TrainedModel.of(model)
    return approximation(trained, trained.rows(X, y, sample_weight), over)


def approximation(model: TrainedModel, rows: Rows, over: str) -> Laplace:
    """Return the Laplace approximation of a model that is trained on these rows of its classifier: see `laplace`."""
    network = model.network
    over = "last" if len(network.layers) == 1 else over
    prior = _prior(model, rows, over)
    size = len(prior)
    if size > MOST_PARAMETERS:
        remedy = (
            'take over="last", which tells less than there is uncertain'
            if over == "all"
            else "train a model with fewer inputs or a narrower last layer"
        )
        raise ValueError(
            f"The Laplace approximation is for at most {MOST_PARAMETERS} parameters, found {size}: {remedy}."
        )
    root, flat = _inverse_root(_curvature(model, rows, over, size) + np.diag(prior))
    return Laplace(model, over, root, flat)


def _curvature(model: TrainedModel, rows: Rows, over: str, size: int) -> Array:
    """Return `Σ_r w_r J_rᵀ Λ_r J_r` of the uncertain parameters (p, p)."""
    network, theta, first = model.network, model.theta, _first_layer(model.network, over)
    loss, matrix = model.loss, np.zeros((size, size))
    for block in rows.blocks(_block_size(network, 2 * size)):
        outputs = _forward(model, block.x)
        z, units = outputs[-1], np.eye(network.outputs)
        t = np.zeros(len(z), np.int64)  # the curvature of cross-entropy depends on no target
        bend = np.stack([loss.curvature_product(z, t, np.broadcast_to(unit, z.shape)) for unit in units], axis=2)
        if block.weights is not None:
            bend *= block.weights[:, None, None]
        factors = list(jacobian_factors(network, theta, outputs, first))
        for place, left in enumerate(factors):
            for right in factors[: place + 1]:
                product = summed_products(left, bend, right)
                matrix[left.part, right.part] += product
                if right is not left:
                    matrix[right.part, left.part] += product.T
    return matrix


def _forward(model: TrainedModel, x: Any) -> list[Array]:
    """Return the outputs of all layers for a block of rows as given, dense and in double precision."""
    dense = x.toarray() if is_sparse(x) else x
    return model.network.forward(model.theta, model.standardized(dense))


def _block_size(network: Network, numbers: int) -> int:
    """Return how many rows fit into a block, each with so many numbers beside its Jacobian's factors."""
    widest = max(network.widths)
    return max(1, 4 * BLOCK_NUMBERS // (numbers + widest * (widest + len(network.widths) * network.outputs)))


def _prior(model: TrainedModel, rows: Rows, over: str) -> Array:
    """Return the precision that the penalty gives each uncertain parameter (p,): zero for biases."""
    penalty = model.penalty(rows)
    if penalty.l1:
        raise ValueError(
            f"The Laplace approximation needs a smooth penalty, found l1={penalty.l1:g}: train the model with l2 alone."
        )
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
