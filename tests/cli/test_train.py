"""`chainrule train`: from a table to a model, its scores, and what was decided on the way."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule import load
from chainrule.cli.labelled_file import find_column
from tests.cli.conftest import Run, write_flowers


def test_a_table_becomes_a_model_with_its_scores(run: Run, flowers: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    result = run("train", flowers, "--model", "softmax", "--target", "flower", "--out", out)
    assert result.exit_code == 0, result.output
    for words in ("length", "missing values: mean", "left out: unique whole numbers", "held-out rows", f"Wrote {out}"):
        assert words in " ".join(result.stdout.split()), words
    model = load(out)
    assert model.classes_.tolist() == ["aster", "rose", "tulip"]
    assert not list(tmp_path.glob("*.checkpoint"))


def test_results_for_programs(run: Run, flowers: Path, tmp_path: Path) -> None:
    result = run(
        "train",
        flowers,
        "--model",
        "softmax",
        "--target",
        -1,
        "--out",
        tmp_path / "m.safetensors",
        "--json",
        "--seed",
        3,
    )
    facts = json.loads(result.stdout)
    assert facts["target"] == "flower"
    assert facts["held-out rows"] == 30
    assert facts["metrics"]["accuracy"] > 0.8 > facts["metrics"]["baseline (most frequent class)"]
    evaluated = run("evaluate", tmp_path / "m.safetensors", flowers, "--json")
    assert json.loads(evaluated.stdout)["metrics"]["accuracy"] > 0.8


def test_the_same_seed_gives_the_same_model(run: Run, flowers: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("train", flowers, "--target", "flower", "--hidden", "8", "--out", tmp_path / name)
    a, b = (load(tmp_path / name)[-1].theta_ for name in ("a", "b"))
    np.testing.assert_array_equal(a, b)


def test_every_setting_reaches_the_model(run: Run, flowers: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    words = (
        "--hidden 6,4 --activation tanh,relu --l2 0.1 --class-weight rose=2,aster=1,tulip=1 --label-smoothing 0.1"
        " --optimizer adam --rate 0.01 --batch-size 16 --max-epochs 30 --tol 0 --patience 5 --seed 7 --threads 1"
        " --drop width --kind colour=category --weight id"
    )
    result = run("train", flowers, "--target", "flower", "--out", out, *words.split())
    assert result.exit_code == 0, result.output
    parameters = load(out)[-1].get_params()
    expected = {
        "hidden": (6, 4),
        "activation": ("tanh", "relu"),
        "l2": 0.1,
        "class_weight": {"rose": 2.0, "aster": 1.0, "tulip": 1.0},
        "label_smoothing": 0.1,
        "optimizer": "adam",
        "rate": 0.01,
        "batch_size": 16,
        "max_epochs": 30,
        "tol": 0.0,
        "patience": 5,
        "n_threads": 1,
        "random_state": 7,
    }
    assert {name: parameters[name] for name in expected} == expected
    assert "width" not in [column.name for column in load(out)[0].columns_ if column.used]


def test_rows_held_out_can_come_from_a_file(run: Run, flowers: Path, tmp_path: Path) -> None:
    valid = write_flowers(tmp_path / "valid.csv", rows=40, seed=1)
    result = run(
        "train",
        flowers,
        "--model",
        "softmax",
        "--target",
        "flower",
        "--valid",
        valid,
        "--out",
        tmp_path / "m",
        "--json",
    )
    facts = json.loads(result.stdout)
    assert (facts["rows"], facts["held-out rows"]) == (150, 40)


def test_report_and_card_are_written_on_request(run: Run, flowers: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    result = run(
        "train",
        flowers,
        "--model",
        "softmax",
        "--target",
        "flower",
        "--out",
        tmp_path / "m",
        "--report",
        report,
        "--card",
    )
    assert result.exit_code == 0, result.output
    assert "flowers.csv" in report.read_text(encoding="utf-8")
    assert (tmp_path / "MODELCARD.md").read_text().startswith("# Model card: flower")


def test_standard_errors_on_request(run: Run, flowers: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    words = (
        "train",
        flowers,
        "--model",
        "softmax",
        "--target",
        "flower",
        "--out",
        out,
        "--inference",
        "--drop",
        "colour,width",
    )
    result = run(*words)
    assert result.exit_code == 0, result.output
    for told in ("without the model's penalty", "rose against aster", "std err", "length is missing", f"Wrote {out}"):
        assert told in result.stdout, told
    facts = json.loads(run(*words, "--json", "--force", "--l2", 0).stdout)["inference"]
    assert (facts["about"], facts["n"], facts["reference"]) == ("", 120, "aster")
    by_name = {(one["class"], one["column"]): one for one in facts["coefficients"]}
    model = load(out)  # trained without a penalty: its own coefficients, in the units of the table
    classifier, length = model[-1], model[0].learned_[0]
    expected = (classifier.coef_[1, 0] - classifier.coef_[0, 0]) / length.scale
    assert by_name["rose", "length"]["coefficient"] == pytest.approx(expected, rel=1e-4)


def test_why_there_are_no_standard_errors(run: Run, flowers: Path, tmp_path: Path) -> None:
    words = (
        "train",
        flowers,
        "--model",
        "softmax",
        "--target",
        "flower",
        "--out",
        tmp_path / "m.safetensors",
        "--inference",
        "--force",
    )
    result = run(*words)
    assert result.exit_code == 2
    assert "No standard errors: There is no maximum-likelihood estimate" in result.stderr
    assert "colour = white" in result.stderr.split("No standard errors")[1]
    assert f"Wrote {tmp_path / 'm.safetensors'}" in result.stdout
    assert list(json.loads(run(*words, "--json").stdout)["inference"]) == ["about"]
    refused = run(*words, "--hidden", 4)
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    assert "--hidden makes a network of your own, not --model softmax: omit one of them" in refused.stderr


def test_nothing_is_replaced_unasked(run: Run, flowers: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    out.write_text("mine")
    refused = run("train", flowers, "--model", "softmax", "--target", "flower", "--out", out)
    assert (refused.exit_code, out.read_text()) == (2, "mine")
    assert "--force" in refused.stderr
    assert run("train", flowers, "--model", "softmax", "--target", "flower", "--out", out, "--force").exit_code == 0


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_only_files_are_written_to(run: Run, flowers: Path, tmp_path: Path, option: str) -> None:
    words = {"--out": tmp_path / "m.safetensors", "--report": tmp_path / "r.html", option: tmp_path}
    result = run(
        "train",
        flowers,
        "--model",
        "softmax",
        "--target",
        "flower",
        "--force",
        *(word for pair in words.items() for word in pair),
    )
    assert (result.exit_code, result.stderr) == (
        2,
        f"chainrule: {tmp_path} is not a regular file: choose another name to write to.\n",
    )


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_full_disk_is_said_in_one_line_and_leaves_nothing(
    run: Run, flowers: Path, tmp_path: Path, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    wanted = {"--out": out / "m.safetensors", "--report": out / "r.html"}[option]
    replace = os.replace

    def full(source: str, target: Path) -> None:
        if Path(target) == wanted:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
        replace(source, target)

    monkeypatch.setattr("os.replace", full)
    result = run(
        "train",
        flowers,
        "--model",
        "softmax",
        "--target",
        "flower",
        "--out",
        out / "m.safetensors",
        "--report",
        out / "r.html",
    )
    assert result.exit_code == 2
    assert result.stderr == f"chainrule: {wanted}: No space left on device.\n"
    assert wanted not in list(out.iterdir())
    assert not list(out.glob("*.part"))


def test_rows_without_a_label_are_left_out_and_said(run: Run, flowers: Path, tmp_path: Path) -> None:
    flowers.write_text(flowers.read_text() + "150,1,2,red,\n151,1,2,red,?\n")
    result = run("train", flowers, "--model", "softmax", "--target", "flower", "--out", tmp_path / "m")
    assert "2 rows have no value in the target flower and were left out." in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Choose the column to predict with --target"),
        (("--target", "flowr"), "no column flowr. Did you mean flower?"),
        (("--target", "9"), "its 5 columns are 0 to 4"),
        (("--target", "width"), "too many for classes"),
        (("--target", "flower", "--hidden", "8,x"), "--hidden takes whole numbers, found 'x'"),
        (("--target", "flower", "--hidden", "0"), "hidden must be a whole number"),
        (("--target", "flower", "--model", "softmax", "--l2", "much"), "--l2 takes a number or auto, found 'much'"),
        (("--target", "flower", "--model", "softmax", "--l2", "-1"), "found -1"),
        (("--target", "flower", "--kind", "colour"), "--kind takes NAME=VALUE"),
        (("--target", "flower", "--kind", "colour=number"), "Column colour must hold numbers"),
        (("--target", "flower", "--kind", "colour=odd"), "cannot be of kind 'odd'"),
        (("--target", "flower", "--drop", "petal"), "no column petal"),
        (("--target", "flower", "--weight", "colour"), "Column colour must hold numbers"),
        (("--target", "flower", "--weight", "length"), "Weights must be at least 0"),
        (("--target", "flower", "--model", "softmax", "--optimizer", "sgd"), "optimizer must be"),
        (("--target", "flower", "--model", "softmax", "--activation", "cosine"), "activation must be"),
        (("--target", "flower", "--class-weight", "lily=2"), "names lily, which is not a class"),
        (("--target", "flower", "--validation-fraction", "1.5"), "above 0 and less than 1, found 1.5"),
        (
            ("--target", "flower", "--model", "softmax", "--max-epochs", "0"),
            'max_epochs must be "auto" or a whole number of at least 1',
        ),
        (("--target", "flower", "--model", "softmax", "--resume"), "omit --resume"),
        (("--target", "flower", "--valid", "nowhere.csv"), "nowhere.csv"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_said_in_one_line(
    run: Run, flowers: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    out = tmp_path / "out" / "model.safetensors"
    out.parent.mkdir()
    result = run("train", flowers, "--out", out, *words)
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert not list(out.parent.iterdir())


def test_columns_are_named_or_counted() -> None:
    assert [find_column(["a", "b", "-1"], wanted) for wanted in ("b", "0", "-1", "-3")] == ["b", "a", "-1", "a"]


# A run that sends itself a signal after its first snapshot, which it writes after the first epoch.
INTERRUPTED = """
import os, chainrule.cli.training_run as run
from chainrule.cli import main
save = run.save_snapshot
run.save_snapshot = lambda *given: (save(*given), os.kill(os.getpid(), {signal}))
main()
"""


def network_run(flowers: Path, out: Path, *more: str, interrupted_by: int | None = None) -> Any:
    words = ["train", flowers, "--target", "flower", "--out", out, *more, "--hidden", "30,30", "--optimizer", "adam"]
    settings = ["--batch-size", "2", "--max-epochs", "10", "--tol", "0", "--patience", "1000"]
    program = ["-m", "chainrule"] if interrupted_by is None else ["-c", INTERRUPTED.format(signal=int(interrupted_by))]
    return subprocess.run([sys.executable, *program, *map(str, words), *settings], capture_output=True, text=True)


def test_a_killed_run_goes_on_to_the_same_model(flowers: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.safetensors", tmp_path / "cut.safetensors"
    assert network_run(flowers, whole).returncode == 0
    assert network_run(flowers, cut, interrupted_by=signal.SIGKILL).returncode == -signal.SIGKILL
    assert not cut.exists()
    other = network_run(flowers, cut, "--resume", "--seed", "5")
    assert (other.returncode, "with other data, settings or library versions" in other.stderr) == (2, True)
    assert network_run(flowers, cut, "--resume").returncode == 0
    a, b = load(whole)[-1], load(cut)[-1]
    np.testing.assert_array_equal(a.theta_, b.theta_)
    assert a.history_.cost == b.history_.cost
    assert not (tmp_path / "cut.safetensors.checkpoint").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals are those of Unix")
def test_ctrl_c_keeps_the_best_model_so_far(flowers: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    done = network_run(flowers, out, interrupted_by=signal.SIGINT)
    assert done.returncode == 0, done.stderr
    assert "interrupted; the best parameters so far are kept" in " ".join(done.stdout.split())
    assert load(out)[-1].n_iter_ <= 2


def test_without_pyarrow_the_extra_is_named(flowers: Path) -> None:
    program = "import sys; sys.modules['pyarrow'] = None; from chainrule.cli import main; main()"
    words = [sys.executable, "-c", program, "train", str(flowers), "--model", "softmax", "--target", "flower"]
    result = subprocess.run(words, capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr == "chainrule: Tables need pyarrow: pip install 'chainrule[tables]'.\n"
