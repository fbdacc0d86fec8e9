"""A reader who follows X from `Classifier.fit` to the objective opens few files."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule import Classifier
from chainrule.engine import Rows
from chainrule.training.loop import epochs

SOURCE = Path(chainrule.__file__).parent
MOST_FILES = 7


def files_entered(classifier: Classifier, x: Any, y: Any) -> list[str]:
    """Return the files with a function that is given the rows, up to the first that computes their cost."""
    files: list[str] = []

    def holds_rows(value: object) -> bool:
        return isinstance(value, Rows) or (isinstance(value, np.ndarray) and value.shape == x.shape)

    def watch(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call" or SOURCE not in Path(code.co_filename).parents:
            return
        arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        if any(holds_rows(frame.f_locals.get(name)) for name in arguments):
            files.append(str(Path(code.co_filename).relative_to(SOURCE)))
        if code is epochs.__code__:
            sys.setprofile(None)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        classifier.fit(x, y)
    finally:
        sys.setprofile(before)
    return list(dict.fromkeys(files))


@pytest.mark.parametrize("hidden", [(), (3,)])
def test_rows_enter_few_files_between_fit_and_the_objective(hidden: tuple[int, ...]) -> None:
    x, y = np.random.default_rng(0).normal(size=(61, 3)), np.arange(61) % 2
    entered = files_entered(Classifier(hidden), x, y)
    assert "estimator/classifier.py" in entered
    assert "engine/rows.py" in entered
    assert len(entered) <= MOST_FILES, entered
