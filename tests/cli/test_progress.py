"""What a terminal shows while a model trains."""

import io
import signal

import pytest
from sklearn.datasets import load_iris

from chainrule import Classifier
from chainrule.cli.progress import INTERRUPTED, shown

X, Y = load_iris(return_X_y=True)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_epoch_cost_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    with shown() as callbacks:
        model = Classifier((4,), callbacks=callbacks, validation_fraction=0.2, max_epochs=5, random_state=0).fit(X, Y)
    printed = terminal.getvalue()
    accuracy = model.history_.validation_accuracy[-1]
    assert f"epoch 5  cost {model.history_.cost[-1]:.4f}  validation accuracy {accuracy:.3f}" in printed
    assert "left" in printed


def test_a_pipe_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stderr", pipe)
    with shown() as callbacks:
        Classifier((4,), callbacks=callbacks, max_epochs=2, random_state=0).fit(X, Y)
    assert pipe.getvalue() == ""


def test_ctrl_c_ends_the_run_after_its_epoch_and_a_second_one_at_once() -> None:
    def press(_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with shown() as callbacks:
        model = Classifier((4,), callbacks=[press, *callbacks], random_state=0).fit(X, Y)
        assert (model.n_iter_, model.stop_) == (1, INTERRUPTED)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
