"""The command line as a user meets it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import chainrule
from chainrule.cli.app import app
from chainrule.engine.compiled.library import form_in_use

run = CliRunner()


def test_version() -> None:
    result = run.invoke(app, ["--version"])
    assert result.output == f"chainrule {chainrule.__version__}, {form_in_use()}\n"


def test_one_part_of_the_lesson_names_what_it_wrote(tmp_path: Path) -> None:
    out = tmp_path / "new"
    result = run.invoke(app, ["lesson", "--part", "1", "--out", str(out)])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [str(out / name) for name in ("lesson.html", "lesson.json")]
    assert set(json.loads((out / "lesson.json").read_text())) == {"part1"}
    page = (out / "lesson.html").read_text(encoding="utf-8")
    assert "Part 1" in page
    assert "Part 2" not in page


def test_lesson_into_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("mine")
    result = run.invoke(app, ["lesson", "--part", "1", "--out", str(occupied)])
    assert result.exit_code == 2
    assert result.stderr.strip().count("\n") == 0
    assert str(occupied) in result.stderr
    assert "--out" in result.stderr
    assert occupied.read_text() == "mine"


@pytest.mark.parametrize("arguments", [["lesson", "--part", "3"], ["lessons"], ["lesson", "--rate", "1"]])
def test_unknown_arguments_exit_with_2(arguments: list[str]) -> None:
    assert run.invoke(app, arguments).exit_code == 2
