"""The fitted model behind a report: probabilities of any number of rows, and which inputs each column becomes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np
import scipy.sparse as sp

from chainrule.arrays import Array
from chainrule.estimator.candidates import Tried
from chainrule.estimator.comparison import Comparison
from chainrule.estimator.predictor import decided
from chainrule.estimator.trained_model import TrainedModel, first_encoder
from chainrule.influences import gradient_norms
from chainrule.pages.report.rows import ReportRows, rows_of
from chainrule.tables import TableEncoder

# What a report is about: a trained model with its rows.


@final
@dataclass(frozen=True, eq=False)
class Run:
    """A model, the rows it was trained on, and rows that it never saw.

    Attributes:
        model: fitted pipeline that ends in a `Classifier`, such as `make_pipeline(TableEncoder(), Classifier())`, or
            the classifier alone.
        train: what it was trained on: a data frame, or a matrix, dense or sparse (n, i).
        train_labels: their labels (n,).
        held_out: rows never trained on, of the same form, at least one; or rows of training, each of which was held out
            in cross-validation.
        held_out_labels: their labels.
        title: what the report is called, such as the file's name.
        command: what repeats the run.
        target: what is predicted, such as the name of the column; empty where it has none.
        names: of a matrix's columns; "column 0" and so on where there are none.
        facts: what else it takes to repeat the run, such as seed and versions: name and value of each.
        positive: of two classes, the one in words that pictures are about; None for the second.
        cautions: what to know before the model is believed, a sentence each: they stand first.
        notes: what was decided or warned of on the way, a sentence each.
        train_rows, held_out_rows: numbers of the rows in their file (n,), for a reader to find them; None to count
            each from 0.
        train_weights: what each row counted in training (n,), or None where all counted the same.
        held_out_probabilities: of each class for rows of cross-validation (n, k), by models that had not seen them;
            None for those of the model itself.
        held_out_predicted: label that is predicted for each held-out row (n,), where a threshold was chosen without it;
            None for what the model predicts.
        comparison: what cross-validation says of each model that could have been chosen; empty where none was compared.
        tried: what was trained for it, one after another.
    """

    model: Any
    train: Any
    train_labels: Array
    held_out: Any
    held_out_labels: Array
    title: str
    command: str
    target: str = ""
    names: Sequence[str] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    train_rows: Array | None = None
    held_out_rows: Array | None = None
    train_weights: Array | None = None
    positive: str | None = None
    cautions: Sequence[str] = ()
    held_out_probabilities: Array | None = None
    held_out_predicted: Array | None = None
    comparison: Sequence[Comparison] = ()
    tried: Sequence[Tried] = ()


# Rows that the model predicts at once: a part of the table is copied for it.
ROWS_AT_ONCE = 50_000
# Inputs whose gradients are made at once, 80 MB of doubles.
NUMBERS_AT_ONCE = 10_000_000


class Input(NamedTuple):
    """One input of the network.

    Attributes:
        name: of the input.
        column: of the table, that it comes from.
        unit: how much more of it a coefficient stands for, in words.
        size: that much in the input's own unit.
    """

    name: str
    column: str
    unit: str
    size: float


@final
class Fitted:
    """A run's model and its rows, in one form whatever they were given in."""

    def __init__(self, run: Run) -> None:
        self.trained = TrainedModel.of(run.model)
        self.classifier, self.classes = self.trained.classifier, self.trained.classes
        self.encoder: TableEncoder | None = first_encoder(run.model)
        table = self.encoder is not None
        self.train, self.held_out = (rows_of(rows, run.names, table=table) for rows in (run.train, run.held_out))
        # Of two classes, which one pictures are about; of more it means nothing.
        self.positive = self.classes.index(run.positive) if run.positive in self.classes else 1

    @property
    def columns(self) -> list[str]:
        """Names of the columns that the network gets to see."""
        return self.train.names if self.encoder is None else [column.name for column in self.encoder.learned_]

    @property
    def kinds(self) -> dict[str, str]:
        """What kind each column in use is."""
        if self.encoder is None:
            return dict.fromkeys(self.columns, "number")
        return {column.name: column.kind for column in self.encoder.columns_ if column.used}

    def log_probabilities(self, rows: ReportRows) -> Array:
        """Return the logarithm of each class's probability for rows (n, k)."""
        found = [self.trained.estimator.predict_log_proba(part.given) for part in _parts(rows, ROWS_AT_ONCE)]
        return np.concatenate(found).astype(np.float64)

    def probabilities(self, rows: ReportRows) -> Array:
        """Return the probability of each class for rows (n, k)."""
        y = np.exp(self.log_probabilities(rows))
        return y / y.sum(axis=1, keepdims=True)

    def decided(self, y: Array) -> Array:
        """Return the number of the class (n,) that the model predicts where probabilities are `y` (n, k)."""
        return np.asarray(np.searchsorted(self.classifier.classes_, decided(self.classifier, y)))

    def inputs(self, rows: ReportRows) -> Any:
        """Return what the classifier gets for rows (n, i), dense or sparse."""
        return self.trained.transform(rows.given)

    def gradient_norms(self, rows: ReportRows, t: Array) -> Array:
        """Return the norm of the gradient of the loss of each row (n,), of classes `t` (n,), for all parameters."""
        model, found, start = self.trained, [], 0
        for part in _parts(rows, NUMBERS_AT_ONCE // model.network.inputs + 1):
            x = model.standardized(self.inputs(part))
            found.append(gradient_norms(model.network, model.loss, model.theta, x, t[start : start + len(part)]))
            start += len(part)
        return np.concatenate(found)

    @cached_property
    def network_inputs(self) -> list[Input]:
        """The inputs of the network, in its order."""
        if self.encoder is None:
            scales = zip(self.train.names, _scales(self.train.given), strict=True)
            return [Input(name, name, f"one standard deviation ({scale:.3g})", scale) for name, scale in scales]
        names = [(column, str(name)) for column in self.encoder.learned_ for name in column.names()]
        return [Input(name, column.name, *_unit(column, name)) for column, name in names]

    @cached_property
    def weight_of_columns(self) -> dict[str, float]:
        """How large the first layer's weights for the standardised inputs of each column are: their Euclidean norm."""
        squares = dict.fromkeys(self.columns, 0.0)
        for each, square in zip(self.network_inputs, np.square(self.trained.input_weights), strict=True):
            squares[each.column] += float(square)
        return {name: square**0.5 for name, square in squares.items()}


def _parts(rows: ReportRows, most: int) -> Iterator[ReportRows]:
    for start in range(0, len(rows), most):
        yield rows if len(rows) <= most else rows.take(np.arange(start, min(start + most, len(rows))))


def _unit(column: Any, name: str) -> tuple[str, float]:
    """Return how much more of an encoder's input its coefficient stands for."""
    number = getattr(column, "days", column)
    if hasattr(number, "scale") and name == number.name:
        return f"one standard deviation ({number.scale:.3g})", 1.0
    if getattr(number, "clipped", False) and name == number.names()[0]:
        return f"one quartile range ({number.scale:.3g}), near the median", 1.0
    if name in getattr(number, "bin_names", list)():
        return "the whole of these numbers", 1.0
    if hasattr(column, "shares"):
        return "one standard deviation of the share", 1.0
    return ("one unit of TF-IDF weight", 1.0) if hasattr(column, "vectorizer") else ("presence (1 against 0)", 1.0)


def _scales(x: Any) -> Array:
    """Return the standard deviation of each column of a matrix (i,)."""
    if not sp.issparse(x):
        return np.asarray(x, dtype=np.float64).std(axis=0)
    mean = np.asarray(x.mean(axis=0)).ravel()
    return np.sqrt(np.maximum(np.asarray(x.multiply(x).mean(axis=0)).ravel() - mean**2, 0))
