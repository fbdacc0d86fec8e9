"""`chainrule trace`: the ledger of rows of a file, worksheets and marks."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chainrule import ledger, load
from tests.cli.conftest import Run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from typer.testing import CliRunner

    from chainrule.cli.app import app
    from tests.cli.conftest import write_flowers

    folder = tmp_path_factory.mktemp("trace")
    data = write_flowers(folder / "flowers.csv")
    words = [
        "train",
        str(data),
        "--target",
        "flower",
        "--hidden",
        "4",
        "--max-epochs",
        "30",
        "--out",
        str(folder / "model.safetensors"),
    ]
    assert CliRunner().invoke(app, words).exit_code == 0
    return folder


@pytest.fixture
def traced(run: Run, folder: Path) -> Run:
    """Run `chainrule trace MODEL DATA` with more words."""
    return lambda *words: run("trace", folder / "model.safetensors", folder / "flowers.csv", *words)


def test_the_terminal_shows_the_ledger(traced: Run, folder: Path) -> None:
    result = traced("--row", 17, "--weight", "1,width,2")
    assert result.exit_code == 0, result.output
    frame = pd.read_csv(folder / "flowers.csv")
    expected = ledger(load(folder / "model.safetensors"), frame, frame["flower"], 17, "1,width,2")
    forward = str(expected).split("Forward\n")[1]
    assert result.stdout.split("Forward\n")[1].strip() == forward.strip()
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert f"  colour  {frame['colour'][17]}\n" in result.stdout
    assert f"  width   {frame['width'][17]}\n" in result.stdout


def test_json_and_latex_go_to_the_terminal(traced: Run) -> None:
    record = json.loads(traced("--row", "3,17", "--json").stdout)
    assert [row["row"] for row in record["rows"]] == [3, 17]
    assert record["disagreement"] < 1e-10
    assert traced("--row", 3, "--latex").stdout.startswith("% needs")


def test_files_are_written_by_their_ending(traced: Run, tmp_path: Path) -> None:
    starts = {"html": "<!DOCTYPE html>", "tex": "% needs", "json": "{", "txt": "Row 3"}
    for ending, start in starts.items():
        out = tmp_path / f"ledger.{ending}"
        assert traced("--row", 3, "--out", out).exit_code == 0
        assert out.read_text(encoding="utf-8").startswith(start)
    refused = traced("--row", 3, "--out", out)
    assert (refused.exit_code, "--force" in refused.stderr) == (2, True)
    assert traced("--row", 3, "--out", out, "--force").exit_code == 0


def test_rows_keep_their_numbers_in_the_file(run: Run, folder: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(folder / "flowers.csv")
    frame.loc[[0, 5], "flower"] = None
    data = tmp_path / "gaps.csv"
    frame.to_csv(data, index=False)
    model = folder / "model.safetensors"
    whole, gaps = (
        json.loads(run("trace", model, file, "--row", 7, "--json").stdout) for file in (folder / "flowers.csv", data)
    )
    assert whole == gaps
    refused = run("trace", model, data, "--row", 5)
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    assert "row 5 has no label" in refused.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--row", 150), "row 150 does not exist: rows are counted from 0, and the last is 149."),
        (("--row", "two"), "--row takes row numbers, counted from 0, such as 17 or 3,17: found 'two'."),
        (("--row", "-1"), "--row takes row numbers"),
        ((), "Choose the row to trace"),
        (("--row", 1, "--weight", "1,widht,1"), "There is no input widht: layer 1 has"),
        (("--row", 1, "--weight", "3,1,1"), "There is no layer 3: the network has 2 dense layers"),
        (("--row", 1, "--weight", "1,1"), "A weight is LAYER,INPUT,OUTPUT"),
        (("--row", 1, "--out", "ledger.pdf"), "--out must end in one of .html, .tex, .json, .txt"),
        (("--row", 1, "--worksheet", "sheet.pdf"), "must name a page that ends in .html: found 'sheet.pdf'"),
        (("--row", 1, "--worksheet", "sheet.html", "--blank", "z,q"), "no quantity named q"),
        (("--row", 1, "--blank", "z"), "name the file to write with --worksheet"),
    ],
)
def test_a_mistake_is_told_in_one_line(traced: Run, words: Any, message: str) -> None:
    result = traced(*words)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert message in result.stderr


def test_a_model_without_rows_is_told(run: Run, folder: Path) -> None:
    result = run("trace", folder / "model.safetensors", "--row", 1)
    assert (result.exit_code, "Give the file of rows" in result.stderr) == (2, True)


def test_a_worksheet_is_filled_in_and_marked(run: Run, traced: Run, tmp_path: Path) -> None:
    sheet, key, given = tmp_path / "sheet.html", tmp_path / "sheet-answers.json", tmp_path / "given.json"
    result = traced("--row", 3, "--worksheet", sheet)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "sheet-answers.html").exists()
    answers = json.loads(key.read_text())["answers"]
    page = sheet.read_text(encoding="utf-8")
    assert page.count('class="blank"') >= len(answers) > 8
    given.write_text(json.dumps({str(each["blank"]): each["value"] + (each["blank"] == 2) for each in answers}))
    marked = run("trace", "--mark", key, given)
    assert marked.exit_code == 0, marked.output
    assert marked.stdout.rstrip().endswith(f"{len(answers) - 1} of {len(answers)} right.")
    assert [line.split()[1] for line in marked.stdout.splitlines()[:3]] == ["right", "wrong", "right"]
    marks = json.loads(run("trace", "--mark", key, given, "--json").stdout)
    assert [each["right"] for each in marks] == [each["blank"] != 2 for each in answers]
    assert traced("--row", 3, "--worksheet", sheet).exit_code == 2


def test_answers_that_cannot_be_read_are_told_in_one_line(run: Run, tmp_path: Path) -> None:
    key, given = tmp_path / "key.json", tmp_path / "given.json"
    key.write_text("{}")
    given.write_text("1: 2")
    for words, message in (
        ((key, given), f"{given} is not valid JSON"),
        ((key, key), f"{key} is not the key of a worksheet"),
        ((key, tmp_path / "none.json"), "No such file"),
        ((key, given, given), "takes one file of a learner's answers"),
    ):
        result = run("trace", "--mark", *words)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert message in result.stderr
