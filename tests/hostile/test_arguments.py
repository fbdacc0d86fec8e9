"""Arguments of every kind, in Python and on the command line: an answer, or one sentence that says what is wrong."""

import contextlib
import io
import os
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import mkdtemp
from traceback import walk_tb
from typing import Any, NoReturn

import numpy as np
import pytest
from sklearn.datasets import load_iris

import chainrule
from chainrule import Adam, Classifier, Cost, Dense, Network, SoftmaxCrossEntropy, TimeLimit, initialize
from chainrule.cli import main
from chainrule.cli.refusals import MISTAKE
from chainrule.tables import TableEncoder
from tests.hostile.harness import faults, told

NAN = float("nan")
INF = float("inf")
STRANGE: list[Any] = [
    *(None, True, "", "x", "auto", -1, 0, 2, 1.5, NAN, INF, 1e300, 10**400, b"x", 1j, [], [None], {}, {"x": 1}),
    *((5.5,), [[3]], np.array([1.0, 2.0]), np.array([]), np.zeros((3, 4)), np.zeros(150), np.float64(NAN)),
    *(np.array(["a"], dtype=object), {1, 2}, range(3), object(), len, Classifier, np.random.default_rng(0)),
]
# Calls of a process, of a millisecond or two each, and commands: forking it takes as long as several.
TOGETHER = 30
X, Y = load_iris(return_X_y=True)
NETWORK = Network((Dense(4, 3),))
THETA = initialize(NETWORK, 0)
LOSS = SoftmaxCrossEntropy()
T = np.eye(3)[Y]


def calls() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """What is called, and arguments with which it answers."""
    model = Classifier().fit(X, Y)
    fitted: dict[str, Any] = {"model": model, "X": X, "y": Y}
    layered: dict[str, Any] = {"network": NETWORK, "loss": LOSS, "theta": THETA, "x": X[0], "t": T[0]}
    folder = Path(mkdtemp())
    chainrule.save(model, folder / "model")
    rows = {"a": [1.0, 2.0, None] * 9, "b": ["x", "y", "y"] * 9}
    return {
        "fit": (
            lambda X, y, sample_weight: Classifier().fit(X, y, sample_weight),
            {"X": X, "y": Y, "sample_weight": None},
        ),
        "partial_fit": (
            lambda X, y, classes: Classifier(optimizer="adam").partial_fit(X, y, classes),
            {"X": X, "y": Y, "classes": [0, 1, 2]},
        ),
        "predict_proba": (model.predict_proba, {"X": X}),
        "score": (model.score, {"X": X, "y": Y, "sample_weight": None}),
        "infer": (
            chainrule.infer,
            {**fitted, "sample_weight": None, "reference": None, "covariance": "laplace", "groups": None},
        ),
        "laplace": (chainrule.laplace, {**fitted, "over": "all", "sample_weight": None}),
        "influence": (chainrule.influence, {**fitted, "sample_weight": None, "on": None, "steps": None}),
        "attribute": (
            chainrule.attribute,
            {"model": model, "X": X, "label": None, "scale": "logit", "baseline": None, "tolerance": 1e-6},
        ),
        "conformal_sets": (chainrule.conformal_sets, {**fitted, "level": 0.9, "score": "adaptive", "random_state": 0}),
        "diagnose": (chainrule.diagnose, {**fitted, "sample_weight": None, "held_out": None}),
        "ledger": (chainrule.ledger, {**fitted, "row": 0, "weight": None, "sample_weight": None}),
        "separation": (
            chainrule.separation,
            {"X": X, "y": Y, "model": None, "sample_weight": None, "names": None, "bias": True},
        ),
        "optimality": (chainrule.optimality, {**fitted, "sample_weight": None}),
        "trace": (chainrule.trace, layered),
        "check_gradients": (
            chainrule.check_gradients,
            {**layered, "x": X[:5], "t": T[:5], "tolerance": 1e-6, "max_entries": 9, "random_state": 0},
        ),
        "initialize": (
            chainrule.initialize,
            {"network": NETWORK, "random_state": 0, "initializer": "auto", "dtype": float},
        ),
        "train": (
            chainrule.train,
            {
                "objective": Cost.of(NETWORK, LOSS, X, T),
                "optimizer": Adam(),
                "theta": THETA,
                "max_epochs": 3,
                "batch_size": 50,
                "random_state": 0,
                "stop": (TimeLimit(1.0),),
            },
        ),
        "save": (chainrule.save, {"model": model, "path": folder / "other", "about": None}),
        "load": (chainrule.load, {"path": folder / "model"}),
        "export": (chainrule.export, {"model": model, "path": folder / "m.json", "to": "json", "check": None}),
        "TableEncoder": (
            lambda table, **settings: TableEncoder(**settings).fit_transform(table),
            {"table": rows, "kinds": None, "drop": (), "identifiers": None, "formats": None},
        ),
        "Dense": (Dense, {"inputs": 3, "outputs": 2, "bias": True}),
        "Network": (Network, {"layers": (Dense(4, 3),)}),
        "Adam": (Adam, {"rate": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8, "weight_decay": 0.0}),
        "RMSprop": (chainrule.RMSprop, {"rate": 0.1, "decay": 0.9, "epsilon": 1e-8}),
        "Momentum": (chainrule.Momentum, {"rate": 0.1, "momentum": 0.9, "nesterov": False}),
        "GradientDescent": (chainrule.GradientDescent, {"rate": 0.1}),
        "LBFGS": (chainrule.LBFGS, {"memory": 10}),
        "OWLQN": (chainrule.OWLQN, {"memory": 10}),
        "Newton": (chainrule.Newton, {"accuracy": 1e-9}),
        "Penalty": (chainrule.Penalty, {"l1": 0.0, "l2": 0.0}),
        "SoftmaxCrossEntropy": (SoftmaxCrossEntropy, {"label_smoothing": 0.0}),
        "StepDecay": (chainrule.StepDecay, {"rate": 0.1, "factor": 0.5, "every": 3}),
        "CosineDecay": (chainrule.CosineDecay, {"rate": 0.1, "iterations": 3}),
        "Warmup": (chainrule.Warmup, {"schedule": chainrule.CosineDecay(0.1, 3), "iterations": 3}),
        "ELU": (chainrule.ELU, {"alpha": 1.0}),
    }


CALLS = calls()


def called(given: tuple[str, str, Any]) -> str:
    """Call a function with one argument replaced; what it gives must also show itself."""
    name, argument, value = given
    function, arguments = CALLS[name]
    os.chdir(mkdtemp())
    try:
        return repr(function(**{**arguments, argument: value}))
    except Exception as error:
        *_, place = walk_tb(error.__traceback__)
        if "sklearn" in Path(place[0].f_code.co_filename).parts:  # whose words of rows its checks of estimators ask for
            raise ValueError("Refused as scikit-learn refuses it.") from error
        raise


def strange_arguments() -> Iterator[tuple[str, tuple[str, str, Any]]]:
    for name, (_, arguments) in CALLS.items():
        for argument in arguments:
            for number, value in enumerate(STRANGE):
                yield f"{name}({argument}={type(value).__name__} {number})", (name, argument, value)


WORDS = [
    "",
    "x",
    "-1",
    "0",
    "1e400",
    "nan",
    "1.5",
    "99999999999999999999",
    "a,b",
    "=",
    "/",
    ".",
    "..",
    "/dev/null",
    "\x1b[",
]
WORDS += [
    "nofile.csv",
    "table.csv",
    "model",
    "日本",
    " ",
    "*",
    "--",
    "{}",
    "\ud800",
    "x" * 5000,
    "size=number",
    "flower=1",
]
# Options that say which model is trained; all others are given with softmax regression, which is quick.
OF_MODEL = ("--model", "--hidden", "--time-budget")
VERBS = {
    "train": [
        *OF_MODEL,
        *(
            "--target",
            "--out",
            "--report",
            "--valid",
            "--weight",
            "--kind",
            "--drop",
            "--format",
            "--positive",
        ),
        *("--separator", "--seed", "--max-epochs", "--l1", "--l2", "--tol", "--rate", "--batch-size", "--class-weight"),
        *("--activation", "--optimizer", "--threads", "--holdout", "--patience", "--no-such-option"),
    ],
    "predict": ["--out", "--separator", "--no-such-option"],
    "evaluate": ["--target", "--separator", "--no-such-option"],
    "check": ["--target", "--out", "--separator", "--no-such-option"],
    "trace": ["--row", "--weight", "--out", "--worksheet", "--mark", "--roster", "--separator", "--no-such-option"],
    "export": ["--to", "--out", "--check", "--no-such-option"],
}


def strange_commands() -> Iterator[tuple[str, list[str]]]:
    for verb, options in VERBS.items():
        files = ["table.csv", "--target", "flower"] if verb == "train" else ["model", "table.csv"]
        files = ["model", "--to", "json"] if verb == "export" else files
        files = [*files, "--row", "0"] if verb == "trace" else files
        for option in options:
            of_own = ["--model", "softmax"] if verb == "train" and option not in OF_MODEL else []
            for word in WORDS:
                yield f"{verb} {option} {word[:20]!r}", [verb, *files, *of_own, option, word]
        for place in range(len(files)):
            for word in WORDS:
                yield f"{verb} file {place} {word[:20]!r}", [verb, *files[:place], word, *files[place + 1 :]]


class Left(BaseException):
    """Raised where a command's process would end."""


@cache
def folder_with_a_model() -> Path:
    """Return a folder with a table and a model of it, once every verb has loaded what it needs.

    Called before processes are forked: otherwise each would train the model and load all libraries by itself.
    """
    folder = Path(mkdtemp())
    names = np.array(["a", "b", "c"])[Y]
    rows = [f"{length},{width},{name}" for (length, width, *_), name in zip(X, names, strict=True)]
    (folder / "table.csv").write_text("\n".join(["size,width,flower", *rows]), encoding="utf-8")
    train = ["train", "table.csv", "--target", "flower", "--model", "softmax", "--max-epochs", "3", "--out"]
    verbs = [[verb, "model", "table.csv"] for verb in ("predict", "evaluate", "check")]
    verbs += [[*train, "other", "--report", "page.html"], ["trace", "model", "table.csv", "--row", "0"]]
    verbs += [["export", "model", "--to", "json", "--out", "model.json"]]
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings(action="ignore"))
        nowhere = stack.enter_context(open(os.devnull, "w"))
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        stack.enter_context(contextlib.redirect_stderr(nowhere))
        stack.enter_context(contextlib.chdir(folder))
        assert [_status(*words) for words in ([*train, "model"], *verbs)] == [0] * 7
    for path in folder.iterdir():
        if path.name not in ("table.csv", "model"):
            path.unlink()
    return folder


def commanded(words: list[str]) -> int:
    """Run a command in a folder with a table and a model; raise what it says as the error that it is."""
    os.chdir(copytree(folder_with_a_model(), Path(mkdtemp(), "own")))
    with contextlib.redirect_stderr(io.StringIO()) as said:
        status = _status(*words)
    if status not in (0, 1, MISTAKE) or "Traceback" in said.getvalue():
        raise RuntimeError(said.getvalue())
    if status == MISTAKE:
        raise ValueError(said.getvalue().strip().splitlines()[-1])
    return status


def _status(*words: str) -> int:
    def leave(status: int) -> NoReturn:
        raise Left(status)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["chainrule", *words])
        patch.setattr("os._exit", leave)
        try:
            main()
        except Left as left:
            return int(left.args[0])


@pytest.mark.parametrize("step", [90, pytest.param(1, marks=pytest.mark.long)])
def test_strange_arguments_are_answered_or_refused(step: int) -> None:
    with warnings.catch_warnings(action="ignore"), contextlib.chdir(mkdtemp()):
        for function, arguments in CALLS.values():
            function(**arguments)  # here, once, so that no process of an input loads libraries by itself
    found, counts = faults(called, list(strange_arguments())[::step], together=TOGETHER)
    assert not found, told(found)
    assert counts["refusal"] > counts["value"] > 0


@pytest.mark.parametrize("step", [118, pytest.param(1, marks=pytest.mark.long)])
def test_strange_commands_are_answered_or_refused(step: int) -> None:
    folder_with_a_model()
    found, counts = faults(commanded, list(strange_commands())[::step], together=TOGETHER)
    assert not found, told(found)
    assert counts["refusal"] > 0
    assert counts["value"] > 0
