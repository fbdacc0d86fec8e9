"""Separated classes are a problem where nothing keeps their coefficients finite, and told of where a penalty does."""

import numpy as np
import pytest

from chainrule import Classifier, diagnose
from chainrule.arrays import Array

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def separable() -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(120, 3)), np.arange(120) % 2
    x[:, 1] = (np.abs(x[:, 1]) + 0.1) * np.where(y, 1, -1)
    return x, y


def test_without_a_penalty_it_is_a_problem_with_a_remedy() -> None:
    x, y = separable()
    model = Classifier(l2=0, max_epochs=10).fit(x, y)
    (finding,) = [one for one in diagnose(model, x, y).problems if "separation" in one.what]
    assert finding.what == "complete separation"
    assert finding.where == "columns x1"
    assert "model.set_params(l2=" in str(finding)


def test_a_penalty_is_the_remedy() -> None:
    x, y = separable()
    found = diagnose(Classifier().fit(x, y), x, y)
    assert not [one for one in found.findings if "separation" in one.what]
    assert "complete separation by x1: only the penalty" in str(found.examined["separation"])


def test_a_network_with_hidden_layers_is_not_examined() -> None:
    x, y = separable()
    model = Classifier((3,), max_epochs=5, random_state=0).fit(x, y)
    assert "separation" in diagnose(model, x, y).not_examined
