"""What leaving each row out would do, as numbers to read and to go on with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.data_frame import data_frame
from chainrule.common.format import significant
from chainrule.influences.curvature import Without
from chainrule.influences.last_layer import LastLayer, row_gradients

AT_A_TIME = 128
HEADINGS = {
    "row": "row",
    "label": "class",
    "loss": "loss",
    "leverage": "leverage",
    "cooks_distance": "Cook's distance",
    "loss_change": "change of its loss",
    "on_loss_change": "change of the total loss",
    "on_probability_change": "largest change of a probability",
}


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
            f"{steps} of the last layer without each row, the layers before it as they are: the last block of the"
            " generalised Gauss-Newton matrix stands for the Hessian."
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
        if by not in known:
            raise ValueError(f"by must be one of {', '.join(known)}, found {by!r}.")
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
        for start in range(0, len(rows), AT_A_TIME):
            without = Without(layer, layer.block(rows[start : start + AT_A_TIME]), self.inverse)
            changes = without.changes(self.steps)
            ordered[start : start + AT_A_TIME, order] = changes.reshape(len(changes), -1)
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
        shown = [(heading, columns[name]) for name, heading in HEADINGS.items() if name in columns]
        cells = [[heading, *map(_in_words, values)] for heading, values in shown]
        widths = [max(map(len, column)) for column in cells]
        lines = [
            "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True))
            for line in zip(*cells, strict=True)
        ]
        left = len(self) - len(columns["row"])
        lines += [f"and {left} more"] if left else []
        part = "model" if len(self.layer.network.layers) == 1 else "last layer"
        settled = f"The {part} is {self.unsettled:.2g} from its optimum, as Cook's distance measures it."
        return "\n".join([*lines, self.method, settled])

    def __str__(self) -> str:
        return self.table()


MEASURES = (
    *("loss", "leverage", "cooks_distance", "loss_change", "gradient_norm", "on_loss_change"),
    "on_probability_change",
)


def _in_words(value: object) -> str:
    return significant(value, 4) if isinstance(value, float) else str(value)
