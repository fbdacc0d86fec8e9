"""Intervals of 95 % cover the truth in 93 to 97 of 100 simulations."""

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.engine import Rows
from chainrule.inference.effects import marginal_effects
from chainrule.inference.hypotheses import Contrasts
from chainrule.inference.probabilities import probability_intervals
from tests.inference.regressions import softmax

TRUTHS = {
    "two classes": np.array([[0.3, 1.0, -0.5, 0.4]]),
    "three classes": np.array([[0.5, 0.8, -0.6, 0.0], [-0.3, -0.5, 0.5, 0.7]]),
    "four classes": np.array([[0.2, 0.6, 0.0, 0.4], [0.1, -0.6, 0.5, 0.5], [-0.2, 0.3, 0.8, -0.5]]),
}
SIMULATIONS = 1000


def newton(x: Array, t: Array, k: int) -> Contrasts:
    """Maximum likelihood by plain Newton steps, the Hessian written out row by row."""
    columns, j = np.column_stack([np.ones(len(x)), x]), x.shape[1] + 1
    params, target = np.zeros((k - 1, j)), np.eye(k)[t][:, 1:]
    for _ in range(9):
        y = softmax(params, x)[:, 1:]
        among = y[:, :, None] * (np.eye(k - 1) - y[:, None, :])
        information = np.einsum("ncd,ni,nj->cidj", among, columns, columns, optimize=True).reshape(params.size, -1)
        params = params + np.linalg.solve(information, ((target - y).T @ columns).ravel()).reshape(params.shape)
    return Contrasts(params, np.linalg.inv(information))


def covers(bounds: Array, truth: Array) -> Array:
    return (bounds[..., 0] <= truth) & (truth <= bounds[..., 1])


@pytest.mark.long
@pytest.mark.parametrize("name", TRUTHS)
def test_intervals_of_probabilities_and_effects_cover_the_truth(name: str) -> None:
    truth, generator = TRUTHS[name], np.random.default_rng(1)
    k, x = len(truth) + 1, generator.normal(size=(500, 3))
    x[:, 2] = x[:, 2] > 0
    y, new = softmax(truth, x), x[:40]
    names, classes = list("abc"), [str(c) for c in range(k)]
    true = Contrasts(truth, np.zeros((truth.size,) * 2))
    hits: dict[str, list[Array]] = {}
    for _ in range(SIMULATIONS):
        t = (generator.random((500, 1)) > y.cumsum(axis=1)).sum(axis=1).clip(max=k - 1)
        model, rows = newton(x, t, k), Rows(x, t)
        intervals = probability_intervals(model, new, classes)
        for scale in ("logit", "probability"):
            bounds = intervals.confidence_intervals(scale=scale)
            hits.setdefault(f"probabilities, {scale}", []).append(covers(bounds, softmax(truth, new)))
        for at in ("average", "means"):
            for steps in ([], [2]):
                found = marginal_effects(model, rows, names, classes, at=at, steps=steps)
                expected = marginal_effects(true, rows, names, classes, at=at, steps=steps)
                covered = covers(found.confidence_intervals(), expected.effects)
                hits.setdefault(f"effects, {at}, steps {steps}", []).append(covered)
    for what, hit in hits.items():
        share = float(np.mean(hit))
        print(f"{name}: {what}: {share:.4f}")
        assert 0.93 < share < 0.97, (what, share)
