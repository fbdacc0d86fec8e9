"""Softmax regressions that effects and intervals are tested on: fitted by statsmodels, real and synthetic."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_wine

from chainrule.arrays import Array
from chainrule.engine import Rows
from chainrule.inference.hypotheses import Contrasts

statsmodels = pytest.importorskip("statsmodels.api")
DATA = Path(__file__).parents[2].parent / "shared" / "data"


@dataclass(frozen=True, eq=False)
class Regression:
    """Columns `x` (n, i) without intercept, and what statsmodels finds."""

    x: Array
    t: Array
    found: Any

    @property
    def contrasts(self) -> Contrasts:
        return Contrasts(np.atleast_2d(np.asarray(self.found.params).T), np.asarray(self.found.cov_params()))

    @property
    def rows(self) -> Rows:
        return Rows(self.x, self.t)

    @property
    def names(self) -> list[str]:
        return [f"x{i}" for i in range(self.x.shape[1])]

    @property
    def classes(self) -> list[str]:
        return [f"class {c}" for c in range(self.contrasts.classes)]


def fitted(x: Array, t: Array) -> Regression:
    model = statsmodels.MNLogit if t.max() > 1 else statsmodels.Logit
    found = model(t, statsmodels.add_constant(x)).fit(
        method="newton", maxiter=30, tol=1e-14, disp=0, warn_convergence=False
    )
    return Regression(x, t, found)


def synthetic(n: int, i: int, k: int, seed: int, ones: int = 0) -> tuple[Array, Array]:
    """Return rows with `ones` columns of zeros and ones, and targets drawn from a softmax regression."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, i)) * generator.uniform(0.3, 3, i) + generator.normal(size=i)
    x[:, :ones] = generator.random((n, ones)) < 0.4
    z = x @ generator.normal(size=(i, k)) / np.sqrt(i) / x.std(axis=0).max() + 0.3 * generator.normal(size=k)
    return x, np.asarray((z + generator.gumbel(size=z.shape)).argmax(axis=1))


def hsbdemo() -> tuple[Array, Array]:
    path = DATA / "hsbdemo" / "hsbdemo.csv"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    lines = [line.replace('"', "").split(";") for line in path.read_text(encoding="utf-8").splitlines()]
    table = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    x = [[row["ses"] == "middle", row["ses"] == "high", float(row["write"])] for row in table]
    return np.array(x, float), np.array([["academic", "general", "vocation"].index(row["prog"]) for row in table])


def spector() -> tuple[Array, Array]:
    data = statsmodels.datasets.spector.load_pandas()
    return data.exog.to_numpy(), data.endog.to_numpy().astype(int)


def elections() -> tuple[Array, Array]:
    data = statsmodels.datasets.anes96.load_pandas()
    return data.exog.to_numpy(), data.endog.to_numpy().astype(int)


def wine() -> tuple[Array, Array]:
    x, t = load_wine(return_X_y=True)
    return x[:, [1, 2]], t


def tumours() -> tuple[Array, Array]:
    x, t = load_breast_cancer(return_X_y=True)
    return x[:, [1, 4, 8]] * [1, 10, 10], t


PROBLEMS: dict[str, Callable[[], tuple[Array, Array]]] = {
    "hsbdemo": hsbdemo,
    "spector": spector,
    "elections": elections,
    "wine": wine,
    "tumours": tumours,
    "two classes": lambda: synthetic(300, 4, 2, 0, ones=1),
    "three classes": lambda: synthetic(400, 3, 3, 1),
    "four classes, steps": lambda: synthetic(600, 5, 4, 2, ones=3),
    "one column": lambda: synthetic(200, 1, 3, 3),
    "seven classes": lambda: synthetic(2000, 4, 7, 4, ones=1),
}


@cache
def regression(name: str) -> Regression:
    return fitted(*PROBLEMS[name]())


def softmax(params: Array, x: Array, reference: int = 0) -> Array:
    """The probabilities of rows (n, k), written out plainly as a second route."""
    z = np.insert(np.column_stack([np.ones(len(x)), x]) @ params.T, reference, 0, axis=1)
    y = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(y / y.sum(axis=1, keepdims=True))


def slopes_by_delta_method(values: Any, params: Array, covariance: Array, step: float = 1e-5) -> Array:
    """The standard errors of `values(params)`, its derivatives taken by central differences."""
    columns = []
    for place in range(params.size):
        moved = np.zeros(params.size)
        scale = step / max(1.0, np.sqrt(covariance[place, place]) ** -1)
        moved[place] = scale
        shift = moved.reshape(params.shape)
        columns.append((values(params + shift) - values(params - shift)) / (2 * scale))
    jacobian = np.stack(columns, axis=-1)
    return np.asarray(np.sqrt(np.einsum("...p,pq,...q->...", jacobian, covariance, jacobian)))
