"""The ledger: chosen rows of a trained model followed through the whole chain, with every number."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, final

import narwhals as nw
import numpy as np

from chainrule.arrays import Array, dense, is_sparse
from chainrule.common.arguments import check, whole
from chainrule.engine import Rows
from chainrule.estimator.standardizer import Standardizer
from chainrule.estimator.trained_model import TrainedModel, first_encoder
from chainrule.inspection import Trace, Weight, find_weight, trace
from chainrule.layers import MemberScale
from chainrule.ledgers.record import Inputs, LedgerRecord, RowLedger, first_step, to_dict
from chainrule.network import Network

# A row as its user has it, before the steps of a pipeline.


def columns_of_row(X: Any, row: int) -> Mapping[str, str]:
    """Return the values of a row by the names of their columns, in words; a column without a name has its number.

    >>> columns_of_row([[1.5, 2.0]], 0)
    {'1': '1.5', '2': '2.0'}
    """
    if hasattr(X, "columns") or hasattr(X, "column_names"):
        frame = nw.from_native(X, eager_only=True)
        return {str(name): _in_words(value) for name, value in zip(frame.columns, frame.row(row), strict=True)}
    if is_sparse(X):
        columns = X[[row]].tocsr()
        return {str(i + 1): _in_words(v) for i, v in zip(columns.indices.tolist(), columns.data.tolist(), strict=True)}
    return {str(i + 1): _in_words(value) for i, value in enumerate(np.asarray(X[row]).tolist())}


def _in_words(value: Any) -> str:
    return "(missing)" if value is None or value != value else str(value)


# Numbers of the largest Jacobian: 1 GB in double precision.
MOST_NUMBERS = 1 << 27


@final
class Ledger(LedgerRecord):
    """Chosen rows through the whole chain, one weight in detail, and the step that follows.

    Shows itself as a page in a notebook. `str` writes it for a terminal.
    """

    @classmethod
    def of_trace(cls, row: Trace, weight: str | Sequence[object] | None = None) -> "Ledger":
        """Return the ledger of a trace.

        Raises:
            ValueError: there is no such weight.
        """
        network = Network(tuple(link.layer for link in row.links))
        found = _largest_weight(network, row) if weight is None else find_weight(network, weight)
        return cls((RowLedger(row, found),), found, weight is not None)

    def __str__(self) -> str:
        from chainrule.ledgers.text import to_text

        return to_text(self)

    def to_latex(self) -> str:
        """Return the ledger as LaTeX, to be set within a document that uses amsmath."""
        from chainrule.ledgers.text import to_latex

        return to_latex(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the ledger as JSON can say it."""
        return to_dict(self)

    def to_html(self) -> str:
        """Return the ledger as a page that needs nothing else."""
        from chainrule.ledgers.html import to_page

        return to_page(self)

    def _repr_html_(self) -> str:
        from chainrule.ledgers.html import to_fragment

        return to_fragment(self)


def ledger(
    model: Any,
    X: Any = None,
    y: Any = None,
    row: int | Sequence[int] = 0,
    weight: str | Sequence[object] | None = None,
    *,
    sample_weight: Any = None,
) -> Ledger:
    """Follow rows of a trained model through the whole chain rule, with every number.

    Parameters:
        model: a trained `Classifier`, or a pipeline that ends in one; or a `Trace`, which is of one row already.
        X: rows as `model.predict` takes them (n, ...); None for a trace.
        y: their labels (n,); None for a trace.
        row: the row to follow, counted from 0, or several.
        weight: the weight to follow in detail: "LAYER,INPUT,OUTPUT" or these three, each counted from 1, the layer
            among those with weights or scales; the input can be `bias`, and in the first layer a name. None for the one
            with the largest gradient in the first layer of weights.
        sample_weight: of each row (n,), or None.

    Raises:
        TypeError: the model does not end in a `Classifier`.
        ValueError: there is no such row or weight, or the rows do not fit the model.

    >>> from chainrule import Classifier
    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> found = ledger(Classifier().fit(x, y), x, y, row=70, weight="1,2,3")
    >>> found.rows[0].trace.y.round(3), round(found.rows[0].paths.total, 3)
    (array([0.012, 0.44 , 0.548]), 0.18)
    """
    if isinstance(model, Trace):
        return Ledger.of_trace(model, weight)
    if X is None or y is None:
        raise ValueError("The ledger of a model needs rows and their labels: give X and y.")
    trained = TrainedModel.of(model)
    every = trained.rows(X, y, sample_weight)
    _refuse_large(trained.network)
    numbers = _numbers_of(row, len(every))
    names = () if trained.names == tuple(f"x{i}" for i in range(len(trained.names))) else trained.names
    chosen = None if weight is None else find_weight(trained.network, weight, names)
    taken = every.take(np.array(numbers))
    x: Any = taken.x
    given = Rows(dense(x), taken.t, taken.weights)
    rows = trained.standardized_rows(given)
    if not rows.total_weight:
        raise ValueError("The chosen rows all weigh nothing, so no step follows from them: choose another row.")
    traces = [trace(trained.network, trained.loss, trained.theta, x, t) for x, t in zip(rows.x, rows.t, strict=True)]
    followed = _largest_weight(trained.network, traces[0]) if chosen is None else chosen
    encoder = first_encoder(model)
    ledgers = [
        RowLedger(
            traces[place],
            followed,
            number=number,
            counts=1.0 if rows.weights is None else float(rows.weights[place]),
            columns=columns_of_row(X, number) if len(trained.steps) else None,
            inputs=_inputs(trained.standardizer, given.x[place]),
            encoding=() if encoder is None else encoder.encoding_of(X, number),
        )
        for place, number in enumerate(numbers)
    ]
    step = first_step(trained, rows, followed)
    return Ledger(tuple(ledgers), followed, weight is not None, trained.classes, names, step)


def _numbers_of(row: Any, rows: int) -> list[int]:
    """Return the numbers of the chosen rows.

    Raises:
        ValueError: none is chosen, or there is no such row.
    """
    several = isinstance(row, Sequence | np.ndarray) and not isinstance(row, str | bytes)
    numbers = list(row) if several else [row]
    check("row", row, all(whole(number, -rows) for number in numbers), "the number of a row, or several")
    if not numbers:
        raise ValueError("Say which row to follow, found none.")
    for number in numbers:
        if not 0 <= number < rows:
            raise ValueError(f"There is no row {number}: there are {rows}, 0 to {rows - 1}.")
    return [int(number) for number in numbers]


def _inputs(standardizer: Standardizer, given: Array) -> Inputs | None:
    return None if standardizer.changes_nothing else Inputs(given, standardizer.mean, standardizer.scale)


def _largest_weight(network: Network, row: Trace) -> Weight:
    """Return the weight of the first dense layer with the largest gradient."""
    number = 2 if isinstance(network.layers[0], MemberScale) else 1
    first = find_weight(network, (number, 1, 1))
    gradient = np.abs(row.links[first.link].gradients["weights"])
    place, output = np.unravel_index(gradient.argmax(), gradient.shape)
    return find_weight(network, (number, place + 1, output + 1))


def _refuse_large(network: Network) -> None:
    for layer, outputs in zip(network.layers, network.widths[1:], strict=True):
        numbers = outputs * max((prod(shape) for shape in layer.parameter_shapes().values()), default=0)
        if numbers > MOST_NUMBERS:
            size = f"the Jacobian by its weights has {numbers:,} numbers, more than {MOST_NUMBERS:,}"
            raise ValueError(f"{layer} is too wide for a ledger: {size}.")
