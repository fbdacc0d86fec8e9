"""A run's snapshot through its file: whatever state the optimizer has, the run goes on to the same bits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule import Classifier
from chainrule.cli.training_run import Checkpoint
from chainrule.training.monitor import Progress


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "newton", "tol": 1e-7},
        {"optimizer": "lbfgs", "max_epochs": 12},
        {"l1": 1e-3, "max_epochs": 12},
        {"hidden": (5,), "optimizer": "adam", "max_epochs": 5},
        {"hidden": (5,), "optimizer": "momentum", "max_epochs": 5},
        {"hidden": (5,), "optimizer": "rmsprop", "max_epochs": 5},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_run_goes_on_from_its_file_to_the_same_bits(settings: dict[str, Any], tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(600, 40)) * np.logspace(0, 3, 40)  # so that Newton's method needs its preconditioner
    y = (x[:, :6] / x[:, :6].std(axis=0) + generator.normal(size=(600, 6))).argmax(axis=1)
    settings = {"standardize": bool(settings.get("hidden")), "random_state": 0, **settings}
    checkpoint = Checkpoint(tmp_path / "run", "this one")

    def cut(progress: Progress) -> str | None:
        if progress.epoch.number < 4:
            return None
        checkpoint(progress)
        return "cut"

    whole = Classifier(**settings).fit(x, y)
    Classifier(**settings, callbacks=[cut]).fit(x, y)
    snapshot = checkpoint.read()
    if settings.get("optimizer") == "newton":
        assert snapshot.state.preconditioner is not None
    resumed = Classifier(**settings).fit(x, y, resume=snapshot)
    np.testing.assert_array_equal(resumed.theta_, whole.theta_)
    assert resumed.n_iter_ == whole.n_iter_
