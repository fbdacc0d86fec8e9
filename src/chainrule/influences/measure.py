"""What leaving each training row out would do to a model, measured in one pass over the rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import check, whole
from chainrule.common.display import Part, Table, data_frame
from chainrule.common.format import significant
from chainrule.engine import Rows
from chainrule.estimator.trained_model import TrainedModel
from chainrule.influences.curvature import Without, inverse, product
from chainrule.influences.last_layer import ROWS_AT_ONCE, LastLayer, gradient_norms, row_gradients

# Rows whose changes are made at once, since each takes as many numbers as the last layer has parameters.
ROWS_OF_CHANGES = 128
# The measures of a row in the order of the columns, and what stands above each in a table; nothing above one left out.
MEASURES = {
    "loss": "loss",
    "leverage": "leverage",
    "cooks_distance": "Cook's distance",
    "loss_change": "change of its loss",
    "gradient_norm": "",
    "on_loss_change": "change of the total loss",
    "on_probability_change": "largest change of a probability",
}
# Influence converges in a few steps: a hundred are more than any model needs.
MOST_STEPS = 100
# Changes of probabilities that are returned at most, 400 MB of doubles.
MOST_NUMBERS = 50_000_000
# Rows squared times parameters of the last layer, up to which three steps are taken where none are asked for: two
# passes over all rows for every row are quick then.
MOST_WORK = 300_000_000
# Newton's method squares the distance with each step: from the loosest training six are enough.
MOST_POLISHING = 8
# The square of a step in standard errors, about: below, the next step is rounding.
SETTLED = 1e-20


@final
@dataclass(frozen=True, eq=False)
class Influence:
    """What leaving each of n training rows out would do to a model.

    Attributes:
        cooks_distance: how far the parameters move, `Δthetaᵀ H Δtheta / rank` (n,): infinite for a row that alone
            determines some direction.
        leverage: the trace of the row's block of the hat matrix (n,), which adds up to `rank` where nothing is
            penalised, and to the effective number of parameters where something is.
        loss: of the row, by the model as it is (n,).
        loss_change: how much larger the row's own loss would be (n,).
        gradient_norm: of the loss of the row with respect to the parameters of all layers (n,).
        on_loss_change: how much larger the total loss of the rows `on` would be (n,); None unless asked for.
        on_probability_change: the change of the probabilities of the rows `on` (n, m, k); None unless asked for.
        labels: the class of each row, in words.
        rank: in how many directions rows can move the parameters of the last layer.
        steps: Newton steps for each row. Leverage and Cook's distance are those of a single one.
        unsettled: how far the model is from its own optimum, in the measure of Cook's distance: where this is not much
            smaller than the largest distances, train longer before you trust them.
    """

    cooks_distance: Array
    leverage: Array
    loss: Array
    loss_change: Array
    gradient_norm: Array
    labels: Sequence[str]
    rank: int
    steps: int
    unsettled: float
    layer: LastLayer = field(repr=False)
    inverse: Array = field(repr=False)
    on_loss_change: Array | None = None
    on_probability_change: Array | None = None

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def method(self) -> str:
        """What the numbers are, in a sentence."""
        steps = "One exact Newton step" if self.steps == 1 else f"{self.steps} Newton steps"
        if len(self.layer.network.layers) == 1:
            return f"{steps} without each row."
        return (
            f"{steps} of the last layer without each row, with the layers before it fixed; the last block of the"
            " generalised Gauss-Newton matrix is used as the Hessian."
        )

    def top(self, n: int = 10, by: str = "cooks_distance") -> Array:
        """Return the numbers of the rows of most influence, the largest first.

        Parameters:
            n: how many.
            by: one of the measures (n,), such as "leverage" or "on_loss_change", by its absolute value;
                "on_probability_change" by the largest of its row.

        Raises:
            ValueError: there is no such measure.
        """
        known = [name for name, values in vars(self).items() if isinstance(values, np.ndarray) and name in MEASURES]
        check("by", by, by in known, f"one of {', '.join(known)}")
        values = np.abs(getattr(self, by)).reshape(len(self), -1)
        largest = np.where(np.isnan(values), np.inf, values).max(axis=1, initial=0)
        return np.argsort(-largest, kind="stable")[:n]

    def gradients(self, rows: Any) -> Array:
        """Return the gradient of the loss of some rows by themselves (m, p), of the parameters of all layers.

        Parameters:
            rows: their numbers (m,).
        """
        layer, some = self.layer, self.layer.rows.take(np.asarray(rows))
        return row_gradients(layer.network, layer.loss, layer.theta, some.x, some.t)

    def changes(self, rows: Any) -> Array:
        """Return how the parameters of the last layer change without each of some rows (m, q).

        They are in the order of the last q numbers of the model's `theta_`, and for standardised columns as they are.

        Parameters:
            rows: their numbers (m,).
        """
        layer, order = self.layer, self.layer.order.ravel()
        rows = np.asarray(rows, np.int64)
        ordered = np.empty((len(rows), len(order)))
        for start in range(0, len(rows), ROWS_OF_CHANGES):
            without = Without(layer, layer.block(rows[start : start + ROWS_OF_CHANGES]), self.inverse)
            changes = without.changes(self.steps)
            ordered[start : start + ROWS_OF_CHANGES, order] = changes.reshape(len(changes), -1)
        return ordered

    def columns(self, rows: Any = None) -> dict[str, Any]:
        """Return number, class and measures of some rows, or of all, by name; of changes of probabilities the largest.

        Parameters:
            rows: their numbers (m,), or None.
        """
        rows = np.arange(len(self)) if rows is None else np.asarray(rows)
        measures = {name: getattr(self, name) for name in MEASURES}
        given = {name: values[rows] for name, values in measures.items() if values is not None}
        if self.on_probability_change is not None:
            each = self.on_probability_change[rows].reshape(len(rows), -1)
            given["on_probability_change"] = each[np.arange(len(rows)), np.abs(each).argmax(axis=1)]
        return {"row": rows, "label": [self.labels[row] for row in rows], **given}

    def frame(self, n: int | None = None) -> Any:
        """Return the rows as a data frame, the largest Cook's distance first: all, or `n` of them.

        Raises:
            ValueError: neither pandas nor polars nor Arrow is there.
        """
        return data_frame(self.columns(self.top(len(self) if n is None else n)))

    def table(self, n: int = 10, by: str = "cooks_distance") -> str:
        """Return the rows of most influence as text."""
        columns = self.columns(self.top(n, by))
        headings = {"row": "row", "label": "class", **MEASURES}
        shown = [(heading, columns[name]) for name, heading in headings.items() if heading and name in columns]
        cells = zip(*(values for _, values in shown), strict=True)
        rows = [[significant(cell, 4) if isinstance(cell, float) else str(cell) for cell in row] for row in cells]
        left = len(self) - len(rows)
        part = "model" if len(self.layer.network.layers) == 1 else "last layer"
        settled = f"The {part} is {self.unsettled:.2g} from its optimum, as Cook's distance measures it."
        notes = [*([f"and {left} more"] if left else []), self.method, settled]
        return Table(parts=[Part([heading for heading, _ in shown], rows)], align="r", notes=notes).text()

    def __str__(self) -> str:
        return self.table()


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
    trained = TrainedModel.of(model)
    layer = at_the_optimum(LastLayer.of(trained, trained.rows(X, y, sample_weight)))
    if steps is None:
        steps = 3 if len(layer.rows) ** 2 * layer.parameters.size <= MOST_WORK else 1
    check("steps", steps, whole(steps) and steps <= MOST_STEPS, f"a whole number from 1 to {MOST_STEPS}")
    return _influence(trained, layer, steps, None if on is None else _watched(trained, layer, on))


def influence_of(model: TrainedModel, rows: Rows) -> Influence:
    """Return the `influence` of rows of a model's classifier, by one step each."""
    return _influence(model, at_the_optimum(LastLayer.of(model, rows)), 1, None)


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


def _influence(model: TrainedModel, layer: LastLayer, steps: int, watched: "_Watched | None") -> Influence:
    inverted = inverse(layer)
    k, j = layer.shape
    width = max(k * max(j, k), k * ROWS_AT_ONCE * (steps > 1), 0 if watched is None else watched.z.size)
    each = (Without(layer, block, inverted.matrix) for block in layer.blocks(width))
    parts = [_measures(without, inverted.rank, steps, watched) for without in each]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    slope = layer.slope().ravel()
    return Influence(
        **columns,
        labels=[model.classes[t] for t in layer.rows.t],
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


def _watched(model: TrainedModel, layer: LastLayer, on: Any) -> _Watched:
    given, labels = on if isinstance(on, tuple) else (on, None)
    t = None
    if labels is None:
        x = model.inputs(given)
        numbers = len(layer.rows) * x.shape[0] * len(model.classes)
        if numbers > MOST_NUMBERS:
            raise ValueError(
                f"on has {x.shape[0]} rows, whose probabilities would change by {numbers} numbers, at most"
                f" {MOST_NUMBERS}: give fewer of them, or on=(rows, labels) for the change of their total loss."
            )
    else:
        rows = model.rows(given, labels, class_weight=False)
        x, t = rows.x, rows.t
    h = layer.inputs(model.standardized(x))
    return _Watched(layer, h, h @ layer.parameters.T, t)
