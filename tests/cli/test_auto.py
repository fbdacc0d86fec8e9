"""`chainrule train`, whose model is found unless one is asked for: what it compares, prints, writes and refuses."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule import load
from chainrule.estimator import candidates
from tests.cli.conftest import Run


@pytest.fixture
def curve(tmp_path: Path) -> Path:
    """Return a file whose classes a line cannot tell apart: those inside an interval, and those outside."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(400, 2))
    labels = np.where(np.abs(x[:, 0]) < 0.7, "inside", "outside")
    path = tmp_path / "curve.csv"
    lines = [f"{a:.4f},{b:.4f},{label}" for (a, b), label in zip(x, labels, strict=True)]
    path.write_text("\n".join(["x,noise,place", *lines]) + "\n", encoding="utf-8")
    return path


def test_models_are_compared_and_the_report_shows_the_one_chosen(run: Run, curve: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "m.safetensors", tmp_path / "r.html"
    result = run("train", curve, "--target", "place", "--out", out, "--report", report, "--card")
    assert result.exit_code == 0, result.output
    chosen = [line for line in result.stdout.splitlines() if line.startswith("* ")]
    assert len(chosen) == 1
    assert "on 400 cross-validated rows" in result.stdout
    assert "Each cross-validated row was predicted by models that were trained and chosen without it" in result.stdout
    assert chosen[0].startswith("* networks")
    assert "softmax regression" in result.stdout
    model = load(out)
    assert model[-1].network_.members >= 5
    page = report.read_text(encoding="utf-8")
    assert f"An ensemble of {model[-1].network_.members} networks" in page
    assert "400 rows, of which each was held out once in cross-validation" in page
    assert "The simplest, softmax regression, would give a log loss of" in page
    steps = page.partition('<h3 id="steps">The steps taken</h3>')[2].partition("</table>")[0]
    assert "<td>softmax regression</td><td>5</td>" in steps
    assert "brackets" not in steps
    assert "Cross-validated on 400 rows" in (tmp_path / "MODELCARD.md").read_text(encoding="utf-8")
    assert "so these scores are too good" in run("evaluate", out, curve).stdout
    assert run("predict", out, curve, "--proba", "--out", tmp_path / "p.csv").exit_code == 0


def test_a_column_that_repeats_the_target_is_told_once(run: Run, curve: Path, tmp_path: Path) -> None:
    first, *rest = curve.read_text(encoding="utf-8").splitlines()
    twice = [f"{first},again", *(f"{line},{line.rpartition(',')[2].upper()}" for line in rest)]
    curve.write_text("\n".join(twice) + "\n", encoding="utf-8")
    result = run("train", curve, "--target", "place", "--out", tmp_path / "m.safetensors")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("Column again duplicates the target") == 1


def test_the_comparison_is_there_for_programs(run: Run, curve: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    held_out = ("--validation-fraction", 0.2)
    result = run("train", curve, "--target", "place", "--model", "auto", "--out", out, "--json", *held_out)
    facts = json.loads(result.stdout)
    assert (facts["rows"], facts["held-out rows"], facts["scored rows"]) == (320, 80, "held-out")
    assert facts["cross-validated metrics"]["log loss"] == pytest.approx(facts["metrics"]["log loss"], abs=0.3)
    assert facts["comparison"][0]["name"] == "softmax regression"
    assert sum(one["chosen"] for one in facts["comparison"]) == 1
    assert facts["steps"][0][:2] == ["softmax regression", 0]
    assert facts["metrics"]["accuracy"] > 0.85
    assert [one["model"] for one in facts["tried"]] == [one["name"] for one in facts["comparison"]][
        : len(facts["tried"])
    ]
    assert sum(one["epochs"] for one in facts["tried"]) == sum(step[2] for step in facts["steps"])


def test_the_same_seed_gives_the_same_file(run: Run, curve: Path, tmp_path: Path) -> None:
    files = []
    for name in ("one", "other"):
        out = tmp_path / name / "m.safetensors"
        out.parent.mkdir()
        assert run("train", curve, "--target", "place", "--model", "network", "--out", out).exit_code == 0
        files.append(load(out)[-1].theta_)
    np.testing.assert_array_equal(*files)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--model", "forest"], "--model must be auto, softmax, network or best, found forest."),
        (["--model", "auto", "--hidden", "8"], "--hidden makes a network of your own, not --model auto: omit one"),
        (["--model", "softmax", "--hidden", "8"], "--hidden makes a network of your own, not --model softmax: omit"),
        (
            ["--l2", "0.1"],
            "--l2 needs --model softmax, or --hidden for a network of your own: --model auto chooses how",
        ),
        (["--model", "network", "--rate", "1"], "--rate needs --model softmax, or --hidden for a network of your own"),
        (["--model", "best", "--resume"], "--resume needs --model softmax, or --hidden for a network of your own"),
        (["--model", "softmax", "--time-budget", "3"], "--time-budget is for --model auto and --model best: give one"),
        (["--metric", "mse"], "--metric must be log_loss, accuracy, roc_auc, balanced_accuracy or f1, found mse."),
        (["--metric", "f1", "--hidden", "4"], "--metric is for --model auto, best and network: give one of them"),
        (["--threshold", "best"], "--threshold takes a number from 0 to 1, f1, balanced_accuracy, or cost=1,5, found"),
        (
            ["--threshold", "cost=1"],
            "--threshold takes a number from 0 to 1, f1, balanced_accuracy, or cost=1,5, found",
        ),
        (["--inference"], "--inference is for softmax regression only: give --model softmax."),
        (
            ["--hidden", "8", "--inference"],
            "--inference is for softmax regression only: omit --hidden and give --model",
        ),
    ],
)
def test_what_does_not_go_with_it_is_refused(run: Run, curve: Path, options: list[str], sentence: str) -> None:
    result = run("train", curve, "--target", "place", *options)
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.split())


@pytest.mark.parametrize("own", [("--model", "softmax"), ()], ids=["softmax", "auto"])
def test_a_threshold_decides_what_is_predicted_scored_and_reported(
    run: Run, tmp_path: Path, own: tuple[str, ...]
) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=300)
    labels = np.where(x + generator.normal(size=300) > 1.2, "bad", "good")
    data, out, report = tmp_path / "d.csv", tmp_path / "m.safetensors", tmp_path / "r.html"
    lines = [f"{a:.4f},{label}" for a, label in zip(x, labels, strict=True)]
    data.write_text("\n".join(["x,state", *lines]), encoding="utf-8")
    words = ("train", data, "--target", "state", "--threshold", "cost=1,5", "--out", out, "--report", report, *own)
    facts = json.loads(run(*words, "--json").stdout)
    assert facts["positive"] == "bad"
    assert 0.05 < facts["threshold"] < 0.4  # calibrated probabilities would have 1/6
    assert "where a false positive costs 1 and a false negative 5." in " ".join(facts["notes"])
    assert facts["metrics"]["recall of bad"] > facts["metrics"]["precision of bad"]
    predicted = [line.split(",") for line in run("predict", out, data, "--proba").stdout.splitlines()[1:]]
    for *_, label, of_bad, _ in predicted:
        assert (label.strip('"') == "bad") == (float(of_bad) >= facts["threshold"])
    scored = json.loads(run("evaluate", out, data, "--json").stdout)["metrics"]
    right = np.mean([row[-3].strip('"') == label for row, label in zip(predicted, labels, strict=True)])
    assert scored["accuracy"] == pytest.approx(right)


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """A shell starts what runs in the background deaf to Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize("call", [1, 2])
def test_ctrl_c_while_a_network_trains_keeps_the_best_model_so_far(
    run: Run, curve: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    train, calls, out = candidates._network_member, [], tmp_path / "m.safetensors"

    def pressed(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == call:
            signal.raise_signal(signal.SIGINT)
        return train(*given)

    monkeypatch.setattr(candidates, "_network_member", pressed)
    result = run("train", curve, "--target", "place", "--out", out)
    assert result.exit_code == 0, result.output
    assert "interrupted, the best model so far is kept" in " ".join(result.stdout.split())
    assert "cross-validated rows" in result.stdout
    assert load(out)[-1].network_.members == 1
