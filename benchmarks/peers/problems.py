"""The convex problems: softmax regression of real data, its cost in float64, and how exact an optimum must be."""

import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
from scipy.sparse import csr_array, csr_matrix, issparse
from scipy.special import logsumexp
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from benchmarks.tables import SETS, rows_of, usual_preparation
from chainrule.arrays import Array
from chainrule.cli.labelled_file import LabelledFile
from chainrule.tables.readers.files import read_table


@final
@dataclass(frozen=True, eq=False)
class Data:
    """Rows to train on and rows to test on, with class indices."""

    x: Any
    t: Array
    test_x: Any
    test_t: Array

    @property
    def classes(self) -> int:
        return int(self.t.max()) + 1


@final
@dataclass(frozen=True, eq=False)
class Problem:
    """`mean cross-entropy + l2/2 ‖weights‖²`, biases free: what every contender minimises.

    Two classes have one weight vector and a sigmoid, more have one each and a softmax.
    """

    name: str
    data: Data
    c: float

    @property
    def l2(self) -> float:
        """The strength of the penalty: `1 / (C n)` in scikit-learn's terms."""
        return 1 / (self.c * len(self.data.t))

    @property
    def outputs(self) -> int:
        return 1 if self.data.classes == 2 else self.data.classes

    @property
    def columns(self) -> int:
        return int(self.data.x.shape[1])

    @property
    def size(self) -> int:
        """The number of parameters."""
        return self.outputs * (self.columns + 1)

    @property
    def sparse(self) -> bool:
        return bool(issparse(self.data.x))

    @property
    def bytes(self) -> int:
        """Of the rows."""
        x = self.data.x
        return int(x.data.nbytes + x.indices.nbytes + x.indptr.nbytes if self.sparse else x.nbytes)

    @property
    def operations(self) -> int:
        """Of one cost and gradient: two matrix products."""
        numbers = self.data.x.nnz if self.sparse else self.data.x.size
        return int(4 * numbers * self.outputs)

    @cached_property
    def exact_x(self) -> Any:
        return self.data.x.astype(np.float64)

    @cached_property
    def fingerprint(self) -> int:
        """Of rows and labels: tells whether an optimum found before is that of this problem."""
        x = self.data.x.data if self.sparse else self.data.x
        return zlib.crc32(self.data.t.tobytes(), zlib.crc32(x.tobytes()))

    def cost(self, coef: Any, intercept: Any) -> float:
        """Return the cost of weights (o, i) and biases (o,), in float64 whatever they are in."""
        w, b = _exact(coef, intercept, self.outputs)
        z = self.exact_x @ w.T + b
        t = self.data.t
        if self.outputs == 1:
            losses = np.logaddexp(0, np.where(t == 1, -z[:, 0], z[:, 0]))
        else:
            losses = logsumexp(z, axis=1) - z[np.arange(len(t)), t]
        return float(losses.mean() + self.l2 / 2 * (w**2).sum())

    def accuracy(self, coef: Any, intercept: Any) -> float:
        """Return the share of the test rows that weights and biases classify rightly."""
        w, b = _exact(coef, intercept, self.outputs)
        z = self.data.test_x.astype(np.float64) @ w.T + b
        found = (z[:, 0] > 0).astype(int) if self.outputs == 1 else z.argmax(axis=1)
        return float((found == self.data.test_t).mean())


def _exact(coef: Any, intercept: Any, outputs: int) -> tuple[Array, Array]:
    return np.asarray(coef, np.float64).reshape(outputs, -1), np.asarray(intercept, np.float64).reshape(-1)


def columns_of(part: LabelledFile, drop: tuple[str, ...]) -> Any:
    return part.x.to_pandas().drop(columns=list(drop)) if part.is_table else part.x


def textbook_columns(table: Any) -> tuple[Array, Array]:
    """Return two columns that tell the three values of `ses`, and `write`; and `prog`."""
    return np.column_stack([table.ses == "middle", table.ses == "high", table.write]), table.prog.to_numpy(str)


def load(folder: Path, name: str, *, scaled: bool, rows: int | None = None) -> Data:
    """Return a data set, its columns standardised or as they are.

    Fashion-MNIST is its pixels divided by 255, in float32; the columns of a9a are zeros and ones as they are; hsbdemo
    is the regression of `prog` on `ses` and `write` that textbooks have, tested on its own rows.
    """
    if name == "hsbdemo":
        x, labels = textbook_columns(read_table(folder / SETS[name].file).to_pandas())
        test_x, test_labels = x, labels
    elif name == "digits":
        x, y = load_digits(return_X_y=True)
        x, test_x, labels, test_labels = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)
    else:
        train, held = rows_of(folder, SETS[name], 0)
        labels, test_labels = train.labels, held.labels
        x, test_x = (columns_of(part, SETS[name].drop) for part in (train, held))
    if name == "fashion_mnist":
        x, test_x = ((part / np.float32(255)).astype(np.float32) for part in (x, test_x))
    elif name == "adult":
        prepare = usual_preparation(x, ())
        x, test_x = (csr_matrix(part) for part in (prepare.fit_transform(x), prepare.transform(test_x)))
    elif not issparse(x):
        x, test_x = (np.ascontiguousarray(part, np.float64) for part in (x, test_x))
        if scaled:
            scaler = StandardScaler().fit(x)
            x, test_x = scaler.transform(x), scaler.transform(test_x)
    classes = np.unique(labels)
    t, test_t = (np.searchsorted(classes, part) for part in (labels, test_labels))
    x, test_x = (csr_matrix(part) if isinstance(part, csr_array) else part for part in (x, test_x))
    return Data(x[:rows], t[:rows], test_x, test_t)
