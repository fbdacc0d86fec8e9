"""What a trained classifier says of rows: logits, probabilities, labels, and coefficients for the columns as given."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from threading import local
from typing import Any, TypeAlias, final

import numpy as np
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from chainrule.arrays import DENSE_SHARE, Array, fast_to_multiply, filled, is_sparse, softplus
from chainrule.engine import Workspace
from chainrule.engine.compiled.library import VECTOR_NUMBERS, kernels, read_only
from chainrule.engine.threads import parallel_map, single_threaded_blas
from chainrule.estimator.preparation import checked
from chainrule.estimator.standardizer import Standardizer
from chainrule.layers import Dense, Softmax
from chainrule.losses import MemberLoss, SoftmaxCrossEntropy
from chainrule.losses.members import joint_logits
from chainrule.network import Network
from chainrule.tables.assembly import Codes, Lines, Numbers, TableInputs, lines_of, refuse_infinite_of
from chainrule.training.compiled_epochs import TALLEST, chain_of, links_of

# Numbers of rows and activations that are held at once, 4 MiB of doubles: they stay in the processor's cache.
BLOCK_NUMBERS = 1 << 19
Finish: TypeAlias = Callable[[Array], Array]
# Rows of a table from which the first layer is looked up in tables made of its weights; of fewer, making them takes
# longer than it saves.
LOOKED_UP_ROWS = 256
# As task.h has it: the rows that go through all layers at a time.
PREDICTED_ROWS = 128
# Rows whose places in these tables are held at once: few enough for the cache, many enough that calls count little.
PLACED_ROWS = 16_384


class Predictor(ClassifierMixin, BaseEstimator):
    """A classifier that has been trained: its network, the parameters, and what standardises the columns."""

    classes_: Array
    network_: Network
    theta_: Array
    standardizer_: Standardizer

    def _logits(self, X: Any, finish: Finish | None = None) -> Array:
        """Return the logits of rows `X` (n, k), of an ensemble those of the mean, or what `finish` makes of all."""
        check_is_fitted(self)
        if finish is None:
            finish = partial(joint_logits, members=self.network_.members)
        if isinstance(X, TableInputs):
            looked_up = LookedUp.of(self, X) if X.rows >= LOOKED_UP_ROWS else None
            return self._logits(X.matrix(), finish) if looked_up is None else self._of_table(looked_up, X.rows, finish)
        if len(self.network_.layers) > 1:
            X = checked(self, X, reset=False)
            return self._forward(X, finish)
        z = self._forward(checked(self, X, reset=False, finite=False), finish)
        if not np.isfinite(z).all():  # as they are wherever a number of X is not: there are fewer of them to look at
            checked(self, X, reset=False)
        return z

    def _forward(self, X: Any, finish: Finish) -> Array:
        members, of_thread = self.network_.members, local()
        # in double precision, so that the logarithms of a mean of probabilities are those of the mean
        dtype = self.theta_.dtype if members == 1 else np.dtype(np.float64)
        z = np.empty((X.shape[0], self.network_.outputs // members), dtype)
        hidden = len(self.network_.layers) > 1
        stays_sparse = is_sparse(X) and not (hidden and filled(X) > DENSE_SHARE)
        dense = 0 if stays_sparse else self.network_.inputs
        size = max(256, BLOCK_NUMBERS // (dense + sum(self.network_.widths[1:])))

        def of_block(start: int) -> None:
            rows = X if size >= len(z) else X[start : start + size]
            standardized = fast_to_multiply(self.standardizer_.apply(rows, self.theta_.dtype), wide=hidden)
            with np.errstate(invalid="warn" if hidden else "ignore"):
                workspace = vars(of_thread).setdefault("workspace", Workspace())
                logits = self.network_.forward(self.theta_, standardized, workspace)[-1]
                z[start : start + size] = finish(logits.astype(dtype, copy=False))

        with single_threaded_blas() if size < len(z) else nullcontext():
            parallel_map(of_block, range(0, len(z), size))
        return z

    def _of_table(self, looked_up: "LookedUp", rows: int, finish: Finish) -> Array:
        """Return what `finish` makes of the logits of a table's rows (n, k)."""
        members = self.network_.members
        dtype = self.theta_.dtype if members == 1 else np.dtype(np.float64)
        z = np.empty((rows, self.network_.outputs // members), dtype)

        def of_rows(start: int) -> None:
            part = slice(start, min(rows, start + PLACED_ROWS))
            z[part] = finish(looked_up.logits(part).astype(dtype, copy=False))

        parallel_map(of_rows, range(0, rows, PLACED_ROWS))
        return z

    def decision_function(self, X: Any) -> Array:
        """Return the logits of rows `X`: (n, k), or (n,) for two classes, above zero for the second one."""
        z = self._logits(X)
        return z[:, 0] if len(self.classes_) == 2 else z

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class for rows `X`: (n, k), in the order of `classes_`."""
        check_is_fitted(self)
        if len(self.classes_) == 2:
            return _of_two_classes(self._logits(X)[:, 0])
        if self.network_.members > 1:
            return self._logits(X, MemberLoss(self.network_.members, SoftmaxCrossEntropy()).probabilities)
        return self._logits(X, lambda z: Softmax().forward({}, z, out=z))

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of `predict_proba`, finite however small the probability."""
        z = self._logits(X)
        if len(self.classes_) == 2:
            return -softplus(np.hstack([z, -z]))
        return np.asarray(log_softmax(z, axis=1))

    def predict(self, X: Any) -> Array:
        """Return the most probable label of each row of `X` (n,), or of two classes the one that the threshold says."""
        if getattr(self, "threshold", None) is not None:
            return decided(self, self.predict_proba(X))
        z = self._logits(X)
        index = (z[:, 0] > 0).astype(int) if len(self.classes_) == 2 else z.argmax(axis=1)
        labels: Array = self.classes_[index]
        return labels

    @property
    def coef_(self) -> Array:
        """Weights of softmax regression for the columns as given: (k, i), or (1, i) for two classes.

        They can be written to where columns are not standardised; else they are read-only.
        """
        return self._as_given()[0].T

    @property
    def intercept_(self) -> Array:
        """Biases of softmax regression for the columns as given: (k,), or (1,) for two classes; as `coef_`."""
        return self._as_given()[1]

    def _as_given(self) -> tuple[Array, Array]:
        check_is_fitted(self)
        if len(self.network_.layers) > 1:
            raise AttributeError("coef_ and intercept_ exist only without hidden layers; this network has some.")
        layer = self.network_.views(self.theta_)[0]
        without_bias = np.zeros(self.network_.outputs, self.theta_.dtype)
        without_bias.flags.writeable = False
        weights, bias = layer["weights"], layer.get("bias", without_bias)
        if self.standardizer_.changes_nothing:
            return weights, bias
        given = [array.astype(self.theta_.dtype) for array in self.standardizer_.undo(weights, bias)]
        for array in given:
            array.flags.writeable = False  # a copy: to write to it would change no prediction
        return given[0], given[1]


def decided(model: Any, y: Array) -> Array:
    """Return the labels (n,) that a model predicts where its probabilities are `y` (n, k).

    They are the most probable ones, or of two classes those that the threshold of a `Classifier` says.

    Parameters:
        model: a trained classifier, or a pipeline that ends in one.
        y: probabilities (n, k), in the order of its `classes_`.
    """
    threshold = getattr(model[-1] if hasattr(model, "steps") else model, "threshold", None)
    index = y.argmax(axis=1) if threshold is None else (y[:, 1] >= threshold).astype(int)
    labels: Array = np.asarray(model.classes_)[index]
    return labels


def asked(model: Any, method: str, X: Any) -> Array:
    """Return what a method of a model, such as "predict_proba", says of rows `X`.

    Of a pipeline of a `TableEncoder` and a `Classifier` the matrix between the two is not made, which takes most of the
    time: numbers are those of the pipeline's own method, to rounding.
    """
    if isinstance(model, Pipeline) and len(model) == 2 and isinstance(model[-1], Predictor):
        encoder, classifier = model[0], model[-1]
        if hasattr(encoder, "inputs_of"):
            return np.asarray(getattr(classifier, method)(encoder.inputs_of(X)))
    return np.asarray(getattr(model, method)(X))


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


def _of_two_classes(z: Array) -> Array:
    """Return the probabilities (n, 2) of `1 / (1 + exp(z))` and `1 / (1 + exp(-z))`, accurate in both tails."""
    y = np.stack([-z, z], axis=1)
    np.exp(np.minimum(y, 0, out=y), out=y)  # 1 for the likelier class
    y /= (1 + y[:, 0] * y[:, 1])[:, None]
    return y
