"""Ctrl-C while a classifier is trained: it is as it was before, and can be trained again in the same process."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from chainrule import Classifier
from chainrule.training.monitor import Progress


def interrupted_in_epoch(number: int) -> Classifier:
    def press_ctrl_c(progress: Progress) -> None:
        if progress.epoch.number == number:
            raise KeyboardInterrupt

    return Classifier(hidden=(4,), optimizer="lbfgs", callbacks=[press_ctrl_c], random_state=0)


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
    model = Classifier(hidden=(4,), optimizer="lbfgs", random_state=0).fit(x, y)
    before = model.predict_proba(x)
    model.set_params(callbacks=interrupted_in_epoch(2).callbacks)
    with pytest.raises(KeyboardInterrupt):
        model.fit(x[:, :2], y == 1)
    np.testing.assert_array_equal(model.predict_proba(x), before)
    np.testing.assert_array_equal(model.set_params(callbacks=()).fit(x, y).predict_proba(x), before)
