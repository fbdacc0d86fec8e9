"""Models with something planted in them, and healthy ones."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from chainrule import Classifier
from chainrule.arrays import Array
from chainrule.diagnosis import Diagnosis, Finding
from chainrule.diagnosis.finding import ExaminationResult

HEALTHY: dict[str, tuple[Callable[..., tuple[Array, Array]], tuple[int, ...]]] = {
    "iris": (load_iris, ()),
    "wine": (load_wine, ()),
    "breast cancer": (load_breast_cancer, ()),
    "digits": (load_digits, ()),
    "iris, hidden": (load_iris, (16,)),
    "wine, hidden": (load_wine, (16,)),
}


def healthy(name: str) -> tuple[Classifier, Array, Array]:
    """A model that nothing is wrong with, and its rows."""
    load, hidden = HEALTHY[name]
    x, y = load(return_X_y=True)
    return Classifier(hidden, random_state=0).fit(x, y), x, y


def clouds(rows: int = 200, columns: int = 4, classes: int = 2, seed: int = 0) -> tuple[Array, Array]:
    """Overlapping clouds of equal size: nothing to complain about."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    return rng.normal(size=(rows, columns)) + 1.5 * np.eye(max(columns, classes))[y, :columns], y


def fitted(model: Any, x: Any, y: Any, **more: Any) -> Any:
    """The model, trained; what training warns of is planted here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(x, y, **more)


def found(diagnosis: Diagnosis | ExaminationResult, what: str) -> list[Finding]:
    """The findings of one kind."""
    return [finding for finding in diagnosis.findings if finding.what == what]


def treated(finding: Finding, model: Any, x: Any, y: Any, **others: Any) -> Any:
    """What comes of pasting the remedy; `model` itself is trained anew where it says so."""
    names = {"model": model, "X": x, "y": y, **others}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        *before, last = finding.remedy.code.split("; ")
        for statement in before:
            exec(statement, names)
        return eval(last, names)
