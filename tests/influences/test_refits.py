"""Influence is that of leaving the row out and fitting again, on real data."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from chainrule import Classifier
from chainrule.arrays import Array
from chainrule.influences import influence
from tests.influences.problems import BUNDLED, DATA, regression_of, rows_of

FEW = [("iris", "auto", False), ("five_columns", 0, False), ("wine", "auto", True), ("breast_cancer", "auto", True)]
MANY = [
    ("two_irises", "auto", True),
    *[("five_columns", l2, weighted) for l2 in (0, "auto") for weighted in (False, True)],
    *[("iris", l2, weighted) for l2 in ("auto", 0.1) for weighted in (False, True)],
    *[("wine", l2, weighted) for l2 in ("auto", 0.1) for weighted in (False, True)],
    *[("breast_cancer", l2, weighted) for l2 in ("auto", 0.1) for weighted in (False, True)],
    *[("hsbdemo", l2, weighted) for l2 in (0, "auto") for weighted in (False, True)],
    *[("titanic", l2, weighted) for l2 in (0, "auto") for weighted in (False, True)],
    *[("sonar", l2, weighted) for l2 in ("auto", 0.01) for weighted in (False, True)],
]


def agreements(name: str, l2: Any, weighted: bool) -> dict[str, float]:
    """Rank correlations of influence and refits; of changes of probabilities the least of six rows and all classes."""
    if name not in BUNDLED and not DATA.exists():
        pytest.skip(f"the data set {name} is not here")
    x, y = rows_of(name)
    generator = np.random.default_rng(0)
    weight = generator.uniform(0.3, 3, len(y)) if weighted else None
    every_fourth = np.arange(len(y)) % 4 == 0
    kept, held = np.flatnonzero(~every_fourth), np.flatnonzero(every_fourth)
    weight = None if weight is None else weight[kept]
    model = Classifier(l2=l2, tol=1e-9).fit(x[kept], y[kept], weight)
    watched = held[generator.permutation(len(held))[:6]]
    found = influence(model, x[kept], y[kept], sample_weight=weight, on=x[watched])
    on_loss = influence(model, x[kept], y[kept], sample_weight=weight, on=(x[held], y[held])).on_loss_change

    regression, theta = regression_of(model, x[kept], y[kept], weight)
    theta = regression.fit(theta)
    of_held, of_watched = (regression_of(model, x[some], y[some])[0] for some in (held, watched))
    hessian, losses = regression.hessian(theta), regression.losses(theta)
    refits = [regression.without(row).fit(theta) for row in range(len(kept))]
    moved = np.array([(refit - theta).ravel() for refit in refits])
    lost = [regression.losses(refit)[row] - losses[row] for row, refit in enumerate(refits)]
    held_lost = [(of_held.losses(refit) - of_held.losses(theta)).sum() for refit in refits]
    turned = np.array([of_watched.probabilities(refit) - of_watched.probabilities(theta) for refit in refits])
    assert found.on_probability_change is not None
    stepped = found.on_probability_change[:, :, -turned.shape[2] :].reshape(len(refits), -1)
    turned = turned.reshape(len(refits), -1)
    return {
        "Cook's distance": rank(found.cooks_distance, np.einsum("ni,ij,nj->n", moved, hessian, moved)),
        "own loss": rank(found.loss_change, lost),
        "total loss": rank(on_loss, held_lost),
        "probabilities": min(rank(stepped[:, i], turned[:, i]) for i in range(turned.shape[1])),
    }


def rank(one: Array | None, other: Any) -> float:
    return float(spearmanr(one, other).statistic)


@pytest.mark.parametrize(("name", "l2", "weighted"), FEW)
def test_rows_rank_as_by_leaving_them_out(name: str, l2: Any, weighted: bool) -> None:
    assert min(agreements(name, l2, weighted).values()) > 0.99


@pytest.mark.long
@pytest.mark.parametrize(("name", "l2", "weighted"), MANY)
def test_rows_of_real_data_rank_as_by_leaving_them_out(name: str, l2: Any, weighted: bool) -> None:
    assert min(agreements(name, l2, weighted).values()) > 0.99


def test_a_refit_is_the_optimum() -> None:
    x, y = rows_of("iris")
    model = Classifier(tol=1e-10).fit(x, y)
    regression, theta = regression_of(model, x, y)
    np.testing.assert_allclose(regression.fit(np.zeros_like(theta)), theta, atol=1e-7)
    alone = replace(regression, x=regression.x[:0], targets=regression.targets[:0], weights=regression.weights[:0])
    assert alone.cost(theta) == pytest.approx((theta[:, :-1] ** 2).sum() / 2)
