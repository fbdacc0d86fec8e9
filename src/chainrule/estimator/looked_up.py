"""Predictions for rows of a table without the matrix of their inputs, which takes most of the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from sklearn.pipeline import Pipeline

from chainrule.arrays import Array
from chainrule.engine.compiled.library import VECTOR_NUMBERS, kernels, read_only
from chainrule.engine.threads import parallel_map
from chainrule.estimator.predictor import Encodable, Finish, Predictor
from chainrule.layers import Dense
from chainrule.tables.assembly import Codes, Lines, Numbers, TableInputs, lines_of, refuse_infinite_of
from chainrule.training.compiled_epochs import TALLEST, chain_of, links_of

# Rows of a table from which the first layer is looked up in tables made of its weights; of fewer, making them takes
# longer than it saves.
LOOKED_UP_ROWS = 256
# As task.h has it: the rows that go through all layers at a time.
PREDICTED_ROWS = 128
# Rows whose places in these tables are held at once: few enough for the cache, many enough that calls count little.
PLACED_ROWS = 16_384


def asked(model: Any, method: str, X: Any) -> Array:
    """Return what a method of a model, such as "predict_proba", says of rows `X`.

    Of a pipeline of a `TableEncoder` and a `Classifier` the matrix between the two is not made, which takes most of the
    time: numbers are those of the pipeline's own method, to rounding.
    """
    if isinstance(model, Pipeline) and len(model) == 2 and isinstance(model[-1], Predictor):
        encoder, classifier = model[0], model[-1]
        if hasattr(encoder, "inputs_of"):
            return np.asarray(getattr(classifier, method)(TableRows(encoder.inputs_of(X))))
    return np.asarray(getattr(model, method)(X))


@final
@dataclass(frozen=True, eq=False)
class TableRows(Encodable):
    """Rows of a table, encoded column by column.

    Attributes:
        inputs: what the columns are encoded as.
    """

    inputs: TableInputs

    def logits(self, model: Predictor, finish: Finish) -> Array:
        """Return what `finish` makes of the logits (n, k): of many rows without their inputs, of few by the matrix.

        Parameters:
            model: a trained classifier for the inputs.
            finish: given the logits of some rows (m, k), of an ensemble those of all its members; returns as many rows.

        Raises:
            ValueError: a number is infinite; the message names column and row.
        """
        rows, members = self.inputs.rows, model.network_.members
        looked_up = LookedUp.of(model, self.inputs) if rows >= LOOKED_UP_ROWS else None
        if looked_up is None:
            return model._logits(self.inputs.matrix(), finish)
        # in double precision, so that the logarithms of a mean of probabilities are those of the mean
        dtype = model.theta_.dtype if members == 1 else np.dtype(np.float64)
        z = np.empty((rows, model.network_.outputs // members), dtype)

        def of_rows(start: int) -> None:
            part = slice(start, min(rows, start + PLACED_ROWS))
            z[part] = finish(looked_up.logits(part).astype(dtype, copy=False))

        parallel_map(of_rows, range(0, rows, PLACED_ROWS))
        return z


@final
@dataclass(frozen=True, eq=False)
class LookedUp:
    """A network on the columns of a table, by the compiled kernels, without the inputs that they are encoded as.

    Nearly all inputs are 0, or the same for many rows: to the outputs of the first layer a category adds one row of
    weights, and a number a point on one of the straight lines between the edges of its bins. These rows and lines are
    tables, made of the weights. The plain form is the matrix of the inputs, and `Network.forward`.

    Attributes:
        numbers: columns of numbers, with what they are looked up in.
        categories: of the other columns, which input of theirs each row sets to 1 (n,), or -1.
        begins: where in `at` the rows of each column begin.
        at: what the columns add to the outputs of the first layer (m, stride).
        by: what the numbers' shares are multiplied by, for the first rows of `at`.
        bias: of the first layer (stride,).
        chain: all layers, as `chain_of` says.
        theta: the parameters (p,).
        work: numbers of memory that a thread needs.
    """

    numbers: Sequence[tuple[Numbers, Lines]]
    categories: Sequence[Array]
    begins: Sequence[int]
    at: Array
    by: Array
    bias: Array
    chain: tuple[Array, ...]
    theta: Array
    work: int

    @classmethod
    def of(cls, model: Predictor, inputs: TableInputs) -> "LookedUp | None":
        """Return the network of a classifier; None where the kernels lack a layer, there is text, or no kernels."""
        network, theta = model.network_, model.theta_
        links, layer = links_of(network), network.layers[0]
        known = all(isinstance(part, Numbers | Codes) for part in inputs.parts)
        if kernels is None or not known or not links or not isinstance(layer, Dense):
            return None
        params = network.views(theta)[0]
        bias = np.asarray(params.get("bias", np.zeros(layer.outputs)), np.float64)
        weights, bias = model.standardizer_.undo(params["weights"].astype(np.float64), bias)
        ends = np.cumsum([part.width for part in inputs.parts])
        numbers, categories, of_categories = list[tuple[Numbers, Lines]](), list[Array](), list[Array]()
        for part, own in zip(inputs.parts, np.split(weights, ends[:-1]), strict=True):
            if isinstance(part, Numbers):
                numbers += [(part, lines) for lines in lines_of(part, own)]
            elif isinstance(part, Codes):
                categories.append(part.codes)
                of_categories.append(np.vstack([np.zeros((1, layer.outputs)), own]))  # the first where there is none
        blocks = [*(lines.at for _, lines in numbers), *of_categories]
        stride = _filled(layer.outputs)

        def table(rows: Sequence[Array]) -> Array:
            filled = np.zeros((sum(map(len, rows)), stride), theta.dtype)
            if rows:
                np.concatenate(rows, out=filled[:, : layer.outputs], casting="same_kind")
            return filled

        chain = chain_of(network, links, network.members)
        _, *widths = chain[0].tolist()
        work = PREDICTED_ROWS * (stride + sum(widths[1:])) + (max(widths) + TALLEST) * 2 * VECTOR_NUMBERS
        at, by = table(blocks), table([lines.by for _, lines in numbers])
        begins = np.cumsum([0, *map(len, blocks)]).tolist()
        return cls(numbers, categories, begins, at, by, table([bias[None]])[0], chain, read_only(theta), work)

    def logits(self, rows: slice) -> Array:
        """Return the logits of some rows (m, k), of an ensemble those of all its members.

        Raises:
            ValueError: a number is infinite; the message names column and row.
        """
        count, dtype = rows.stop - rows.start, self.theta.dtype
        codes = np.empty((len(self.numbers) + len(self.categories), count), np.int32)
        shares = np.empty((len(self.numbers), count), dtype)
        for place, (part, lines) in enumerate(self.numbers):
            values = np.ascontiguousarray(lines.values[rows], np.float64)
            cut = lines.edges, lines.origins, lines.factors, self.begins[place], codes[place], shares[place]
            if kernels.cut(values, *cut) >= 0:
                refuse_infinite_of(part, values, rows.start)
        for place, chosen in enumerate(self.categories, len(self.numbers)):
            np.add(chosen[rows], self.begins[place] + 1, out=codes[place])
        out, work = np.empty((count, int(self.chain[0][-1])), dtype), np.empty(self.work, dtype)
        tables = codes, shares, self.at, self.by, self.bias
        kernels.predict_table(*tables, 0, count, *self.chain, self.theta, work, out)
        return out


def _filled(numbers: int) -> int:
    return -(-numbers // VECTOR_NUMBERS) * VECTOR_NUMBERS
