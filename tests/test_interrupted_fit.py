"""Ctrl-C while a classifier is trained: it is as it was before, and can be trained again in the same process."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from chainrule import Classifier
from chainrule.watching import Progress


def interrupted_in_epoch(number: int) -> Classifier:
    def press_ctrl_c(progress: Progress) -> None:
        if progress.epoch.number == number:
            raise KeyboardInterrupt

    return Classifier(hidden=(4,), callbacks=[press_ctrl_c], random_state=0)


def test_a_first_fit_that_is_interrupted_leaves_the_classifier_unfitted() -> None:
    x, y = load_iris(return_X_y=True)
    model = interrupted_in_epoch(2)
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y)
    assert not [name for name in vars(model) if name.endswith("_")]
    with pytest.raises(NotFittedError):
        model.predict(x)


def test_a_second_fit_that_is_interrupted_leaves_the_first() -> None:
    x, y = load_iris(return_X_y=True)
    model = Classifier(hidden=(4,), random_state=0).fit(x, y)
    before = model.predict_proba(x)
    model.set_params(callbacks=interrupted_in_epoch(2).callbacks)
    with pytest.raises(KeyboardInterrupt):
        model.fit(x[:, :2], y == 1)
    np.testing.assert_array_equal(model.predict_proba(x), before)
    np.testing.assert_array_equal(model.set_params(callbacks=()).fit(x, y).predict_proba(x), before)


IN_THE_MIDDLE_OF_LOADING = """
import signal, sys
from chainrule.engine.machine_code import Asked, machine_code

class PressesCtrlC:
    pressed = 0
    def find_spec(self, name, path=None, target=None):
        if name == "numba.core.typing.templates" and not self.pressed:
            self.pressed += 1
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, PressesCtrlC())
Asked.seconds = 1e6
try:
    machine_code("epochs", 1.0)
except KeyboardInterrupt:
    print("interrupted")
print(machine_code("epochs", 1.0))
"""


def test_ctrl_c_while_compiled_code_is_loaded_lets_it_be_loaded_again() -> None:
    pytest.importorskip("numba")
    told = subprocess.run([sys.executable, "-c", IN_THE_MIDDLE_OF_LOADING], capture_output=True, text=True, check=True)
    interrupted, loaded = told.stdout.splitlines()
    assert interrupted == "interrupted"
    assert "chainrule.engine.kernels.epochs" in loaded
