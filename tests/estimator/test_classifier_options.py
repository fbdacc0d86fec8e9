"""What the estimator can be asked for: layers, rates, types, callbacks, sparse rows, snapshots to go on from."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris

from chainrule import Adam, Classifier, CosineDecay, ReLU, Tanh
from chainrule.training.monitor import Progress, Snapshot

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, Y = load_iris(return_X_y=True)


def test_each_hidden_layer_can_have_its_activation() -> None:
    model = Classifier((4, 5), ["tanh", ReLU()], max_epochs=1, random_state=0).fit(X, Y)
    assert [layer for layer in model.network_.layers if layer in (Tanh(), ReLU())] == [Tanh(), ReLU()]
    with pytest.raises(ValueError, match="one for each of the 2 hidden layers, found 1"):
        Classifier((4, 5), ["tanh"]).fit(X, Y)


def test_a_rate_is_given_by_number_or_schedule() -> None:
    settings: dict[str, Any] = {"hidden": (4,), "optimizer": "adam", "max_epochs": 3, "random_state": 0}
    model = Classifier(rate=CosineDecay(0.1, 100), **settings).fit(X, Y)
    same = Classifier(**settings | {"optimizer": Adam(CosineDecay(0.1, 100))}).fit(X, Y)
    np.testing.assert_array_equal(model.theta_, same.theta_)
    assert model.history_.rate[2] < model.history_.rate[0]


@pytest.mark.parametrize(
    ("optimizer", "message"), [("newton", "chooses its own step length"), (Adam(), "rate of Adam itself")]
)
def test_a_rate_that_nothing_would_use_is_refused(optimizer: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Classifier(optimizer=optimizer, rate=0.1).fit(X, Y)


@pytest.mark.parametrize(
    ("hidden", "dtype", "expected"), [((), "auto", "f8"), ((4,), "auto", "f8"), ((), "float32", "f4")]
)
def test_parameters_have_the_type_asked_for(hidden: tuple[int, ...], dtype: str, expected: str) -> None:
    model = Classifier(hidden, dtype=dtype, max_epochs=2).fit(X, Y)
    assert model.theta_.dtype == model.predict_proba(X).dtype == np.dtype(expected)


def test_mini_batches_take_single_precision_by_themselves() -> None:
    assert Classifier((4,), optimizer="adam", batch_size=32, max_epochs=1).fit(X, Y).theta_.dtype == np.float32


def test_a_callback_sees_each_epoch_and_can_end_the_run() -> None:
    seen: list[Progress] = []

    def third(progress: Progress) -> str | None:
        seen.append(progress)
        return "three are enough" if progress.epoch.number == 3 else None

    model = Classifier((4,), callbacks=[third], random_state=0).fit(X, Y)
    assert (model.stop_, model.n_iter_, seen[0].max_epochs) == ("three are enough", 3, 500)
    assert [progress.epoch.cost for progress in seen] == model.history_.cost


def test_the_history_holds_accuracy_and_what_held_out_rows_say() -> None:
    model = Classifier((8,), optimizer="adam", validation_fraction=0.2, max_epochs=5, patience=None, random_state=0)
    history = model.fit(X, Y).history_
    assert len(history.accuracy) == len(history.validation_cost) == len(history.validation_accuracy) == 5
    whole = Classifier((8,), max_epochs=5, patience=None, random_state=0).fit(X, Y, validation=(X, Y))
    assert whole.history_.accuracy[-1] == whole.history_.validation_accuracy[-1] == whole.score(X, Y)
    from sklearn.metrics import log_loss

    assert whole.history_.validation_cost[-1] == pytest.approx(log_loss(Y, whole.predict_proba(X)))


def test_without_patience_the_last_parameters_are_kept() -> None:
    x, y = load_digits(return_X_y=True)
    settings: dict[str, Any] = {"hidden": (32,), "l2": 0.0, "max_epochs": 40, "random_state": 0, "standardize": False}
    held: dict[str, Any] = {"validation": (x[:100], y[:100])}
    watched = Classifier(patience=None, **settings).fit(x[100:], y[100:], **held)
    alone = Classifier(**settings).fit(x[100:], y[100:])
    np.testing.assert_array_equal(watched.theta_, alone.theta_)


@pytest.mark.parametrize("hidden", [(), (6,)])
def test_sparse_rows_give_the_model_of_dense_ones(hidden: tuple[int, ...]) -> None:
    x, y = load_digits(return_X_y=True)
    x = x / 16
    settings: dict[str, Any] = {"standardize": False, "tol": 1e-7, "max_epochs": 8 if hidden else 100}
    dense, sparse = (Classifier(hidden, random_state=0, **settings) for _ in range(2))
    dense.fit(x, y)
    sparse.fit(csr_array(x), y)
    np.testing.assert_allclose(
        sparse.predict_proba(csr_array(x)), dense.predict_proba(x), atol=1e-6 if hidden else 1e-5
    )


def test_several_neurons_are_trained_on_dense_rows_where_many_numbers_are_not_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x, y = load_digits(return_X_y=True)
    dense = Classifier((6,), standardize=False, max_epochs=5, random_state=0).fit(x / 16, y)
    sparse = clone(dense).fit(csr_array(x / 16), y)
    np.testing.assert_array_equal(sparse.theta_, dense.theta_)
    for setting, value in (("DENSE_SHARE", 0.9), ("DENSE_BYTES", 1000)):
        with monkeypatch.context() as patch:
            patch.setattr(f"chainrule.arrays.{setting}", value)
            kept = clone(dense).fit(csr_array(x / 16), y)
        assert (kept.theta_ != dense.theta_).any()
        np.testing.assert_allclose(kept.theta_, dense.theta_, atol=1e-3)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "adam", "batch_size": 32, "validation_fraction": 0.2, "patience": 6},
        {"optimizer": "lbfgs", "max_epochs": 25},
        {"optimizer": "momentum", "batch_size": 50, "max_epochs": 20},
        {"hidden": (), "optimizer": "newton"},
    ],
    ids=str,
)
def test_a_run_goes_on_from_a_snapshot_to_the_same_bits(settings: dict[str, Any]) -> None:
    settings = {"hidden": (8,), "max_epochs": 30, "random_state": 3, **settings}
    taken: list[Snapshot] = []

    def at_the_fourth(progress: Progress) -> str | None:
        if progress.epoch.number == 4:
            taken.append(progress.snapshot())
            return "cut"
        return None

    whole = Classifier(**settings).fit(X, Y)
    Classifier(**settings, callbacks=[at_the_fourth]).fit(X, Y)
    resumed = Classifier(**settings).fit(X, Y, resume=taken[0])
    np.testing.assert_array_equal(resumed.theta_, whole.theta_)
    assert (resumed.n_iter_, resumed.stop_) == (whole.n_iter_, whole.stop_)
    for column in ("number", "cost", "gradient_norm", "rate", "iterations", "accuracy", "validation_cost"):
        assert getattr(resumed.history_, column) == getattr(whole.history_, column), column


@pytest.mark.parametrize("hidden", [(), (4,)])
def test_absolute_values_in_the_penalty_end_in_true_zeros(hidden: tuple[int, ...]) -> None:
    x, y = load_iris(return_X_y=True)
    model = Classifier(hidden=hidden, l1=0.05, max_epochs=2000, random_state=0).fit(x, y)
    assert 0 < np.count_nonzero(model.theta_ == 0) < model.theta_.size
    assert model.score(x, y) > 0.9


@pytest.mark.parametrize("hidden", [(), (5,)])
def test_a_number_of_rows_at_a_time_asks_for_mini_batches(hidden: tuple[int, ...]) -> None:
    x, y = load_iris(return_X_y=True)
    model = Classifier(hidden, batch_size=30, max_epochs=2, tol=0.0, random_state=0).fit(x, y)
    assert model.history_.iterations == [5, 10]
