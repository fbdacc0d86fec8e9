"""Influence of training rows, measured in one pass over them."""

from typing import Any, NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import check, whole
from chainrule.estimator.classifier import Classifier
from chainrule.estimator.fitted import FittedRows, fitted_rows
from chainrule.estimator.preparation import checked, class_indices
from chainrule.influences.curvature import Without, inverse, product
from chainrule.influences.last_layer import ROWS_AT_ONCE, LastLayer, gradient_norms
from chainrule.influences.result import Influence

# Influence converges in a few; so many are more than any model needs.
MOST_STEPS = 100

MOST_NUMBERS, MOST_WORK = 50_000_000, 300_000_000
# Newton's method squares the distance with each step: from the loosest training six are enough.
MOST_POLISHING = 8
# The square of a step in standard errors, about: below, the next step is rounding.
SETTLED = 1e-20


def influence(
    model: Any, X: Any, y: Any, *, sample_weight: Any = None, on: Any = None, steps: int | None = None
) -> Influence:
    """Return what leaving each training row out would do to a model, without training anew.

    One Newton step from the trained parameters on the cost without the row, with the row's share of the Hessian taken
    out exactly:

        Δtheta = (H - w A ⊗ x xᵀ)⁻¹ w (y - t) ⊗ x        Cook's distance = Δthetaᵀ H Δtheta / p

    The changes of losses and probabilities are those at the changed parameters. For softmax regression they are close
    to those of a model trained without the row, and closer after further steps. A network with hidden layers has its
    last layer changed so, while the layers before it stay as they are. The penalty and the standardisation of the
    columns stay what they are. Weights that `l1` holds at zero stay there.

    Parameters:
        model: a trained `Classifier`, or a pipeline that ends in one.
        X: the rows that it was trained on (n, ...), as `model.predict` takes them.
        y: their labels (n,).
        sample_weight: as `fit` had it (n,), or None.
        on: rows (m, ...) whose probabilities are watched, or a pair of rows and their labels, whose total loss is.
        steps: Newton steps for each row, all with the same Hessian. One is Newton's, whole; of several each is
            shortened where it would go too far, which takes two passes over all rows for every row. None for three
            where that is quick, else one: of many rows, each moves a model little. Cook's distance is that of one step,
            as usual.

    Raises:
        TypeError: the model does not end in a `Classifier`.
        ValueError: the rows do not fit it, the last layer has too many parameters, or `on` too many rows.

    Sources: D. Pregibon, "Logistic regression diagnostics", Annals of Statistics 9 (1981); E. Lesaffre and A. Albert,
    "Multiple-group logistic regression diagnostics", Applied Statistics 38 (1989); R. D. Cook, "Detection of
    influential observation in linear regression", Technometrics 19 (1977).

    >>> from sklearn.datasets import load_iris
    >>> from chainrule import Classifier
    >>> x, y = load_iris(return_X_y=True)
    >>> found = influence(Classifier().fit(x, y), x, y, on=x[:1])
    >>> found.top(3), found.on_probability_change.shape
    (array([106,  41, 119]), (150, 1, 3))
    """
    fitted = fitted_rows(model, X, y, sample_weight)
    layer = at_the_optimum(LastLayer.of(fitted))
    if steps is None:
        steps = 3 if len(layer.rows) ** 2 * layer.parameters.size <= MOST_WORK else 1
    check("steps", steps, whole(steps) and steps <= MOST_STEPS, f"a whole number from 1 to {MOST_STEPS}")
    watched = None if on is None else _watched(model, layer, fitted.classifier, on)
    return _influence(layer, [fitted.classes[t] for t in layer.rows.t], steps, watched)


def influence_of(fitted: FittedRows) -> Influence:
    """Return the `influence` of rows that are in the form which everything that explains a model begins with."""
    layer = at_the_optimum(LastLayer.of(fitted))
    return _influence(layer, [fitted.classes[t] for t in layer.rows.t], 1, None)


def at_the_optimum(layer: LastLayer) -> LastLayer:
    """Return a softmax regression at its lowest cost, by Newton's method in double precision from where training ended.

    So what follows does not depend on the tolerance of training. The last layer of a network with hidden layers stays
    as it is: what the others would do is not known. So do weights that `l1` holds at zero, and all where a weight
    would change its sign.
    """
    if len(layer.network.layers) > 1:
        return layer
    left = np.inf
    for _ in range(MOST_POLISHING):
        matrix = inverse(layer).matrix.reshape(layer.parameters.size, -1)
        slope = layer.slope().ravel()
        step = (matrix @ slope).reshape(layer.shape)
        decrement = float(slope @ step.ravel())
        if not SETTLED < decrement < left:
            break
        after = layer.parameters - step
        weights, before = (params[:, : layer.layer.inputs] for params in (after, layer.parameters))
        if layer.l1 and (np.sign(weights) != np.sign(before)).any():
            break
        layer, left = layer.with_parameters(after), decrement
    return layer


def _influence(layer: LastLayer, labels: list[str], steps: int, watched: "_Watched | None") -> Influence:
    inverted = inverse(layer)
    k, j = layer.shape
    width = max(k * max(j, k), k * ROWS_AT_ONCE * (steps > 1), 0 if watched is None else watched.z.size)
    each = (Without(layer, block, inverted.matrix) for block in layer.blocks(width))
    parts = [_measures(without, inverted.rank, steps, watched) for without in each]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    slope = layer.slope().ravel()
    return Influence(
        **columns,
        labels=labels,
        rank=inverted.rank,
        steps=steps,
        unsettled=float(slope @ inverted.matrix.reshape(k * j, k * j) @ slope) / inverted.rank,
        layer=layer,
        inverse=inverted.matrix,
    )


def _measures(without: Without, rank: int, steps: int, watched: "_Watched | None") -> dict[str, Array]:
    """Return every measure of the rows of a block, by its name."""
    layer, block = without.layer, without.block
    rows, loss, logits = layer.rows.take(block.chosen), layer.loss.value(block.z, block.t), without.logits
    measures = {
        "cooks_distance": np.where(without.determined, np.vecdot(without.pull, logits) / rank, np.inf),
        "leverage": without.leverage,
        "loss": loss,
        "gradient_norm": gradient_norms(layer.network, layer.loss, layer.theta, rows.x, rows.t),
    }
    if steps > 1 or watched is not None:
        changes = without.changes(steps)
        logits = product(changes, block.x)
        if watched is not None:
            name = "on_probability_change" if watched.t is None else "on_loss_change"
            measures[name] = watched.changes(changes)
    change = layer.loss.value(block.z + logits, block.t) - loss
    return measures | {"loss_change": np.where(without.determined, change, np.inf)}


@final
class _Watched(NamedTuple):
    """Rows whose probabilities are watched, or whose total loss is.

    Attributes:
        layer: the last one.
        x: what it gets for them (m, j).
        z: their logits (m, k).
        t: class indices (m,), or None.
    """

    layer: LastLayer
    x: Array
    z: Array
    t: Array | None

    def changes(self, steps: Array) -> Array:
        """Return what steps (b, k, j) change: probabilities (b, m, k), or the total loss (b,)."""
        z = self.z + np.matmul(steps, self.x.T).transpose(0, 2, 1)
        if self.t is None:
            return self._probabilities(z) - self._probabilities(self.z)
        after = self.layer.losses(z, self.t)
        return np.asarray((after - self.layer.loss.value(self.z, self.t)).sum(axis=1))

    def _probabilities(self, z: Array) -> Array:
        y = self.layer.probabilities(z)
        return y if z.shape[-1] > 1 else np.concatenate([1 - y, y], axis=-1)


def _watched(model: Any, layer: LastLayer, classifier: Classifier, on: Any) -> _Watched:
    given, labels = on if isinstance(on, tuple) else (on, None)
    before: Any = model[:-1] if hasattr(model, "steps") else ()
    inputs = before.transform(given) if len(before) else given
    t = None
    if labels is None:
        x = checked(classifier, inputs, reset=False)
        numbers = len(layer.rows) * x.shape[0] * len(classifier.classes_)
        if numbers > MOST_NUMBERS:
            raise ValueError(
                f"on has {x.shape[0]} rows, whose probabilities would change by {numbers} numbers, at most"
                f" {MOST_NUMBERS}: give fewer of them, or on=(rows, labels) for the change of their total loss."
            )
    else:
        x, labels = checked(classifier, inputs, labels, labelled=True, reset=False)
        t = class_indices(labels, classifier.classes_)
    h = layer.inputs(classifier._standardizer.apply(x, np.dtype(np.float64)))
    return _Watched(layer, h, h @ layer.parameters.T, t)
