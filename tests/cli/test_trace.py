"""`chainrule trace`: the ledger of rows of a file, worksheets and marks."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chainrule import ledger, load
from chainrule.cli.trace import _names_of
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
        ((key, given, given), "takes one file of a learner's answers, found"),
        ((key,), "takes one file of a learner's answers, found none; for a class add --roster."),
    ):
        result = run("trace", "--mark", *words)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert message in result.stderr


HOSTILE = ["Lovelace, Ada", "=1+1", "../../etc/passwd", "=1+1", "<b>B</b>"]
FILES = ["lovelace-ada", "1-1", "etc-passwd", "1-1-2", "b-b-b"]


def write_roster(path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["form", "Name"], *(["8a", name] for name in HOSTILE)])
    return path


@pytest.fixture
def a_class(traced: Run, tmp_path: Path) -> list[Any]:
    """The key of worksheets for a class, as sheet-answers.json beside names.csv holds it."""
    roster = write_roster(tmp_path / "names.csv")
    result = traced("--worksheet", tmp_path / "sheet.html", "--roster", roster)
    assert result.exit_code == 0, result.output
    (tmp_path / "answers").mkdir()
    key: list[Any] = json.loads((tmp_path / "sheet-answers.json").read_text(encoding="utf-8"))["class"]
    return key


def hand_in(folder: Path, sheet: Any, **changes: Any) -> Path:
    given = {str(one["blank"]): one["value"] for one in sheet["answers"]} | {"worksheet": sheet["code"]} | changes
    path = folder / "answers" / f"{sheet['file']}.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    return path


def test_every_learner_of_a_class_has_a_sheet(traced: Run, a_class: list[Any], tmp_path: Path) -> None:
    expected = {"names.csv", "answers", "sheet.html", "sheet-answers.html", "sheet-answers.json"}
    assert {path.name for path in tmp_path.iterdir()} == expected | {f"sheet-{file}.html" for file in FILES}
    assert [sheet["file"] for sheet in a_class] == FILES
    assert [sheet["name"] for sheet in a_class] == [*HOSTILE[:3], "=1+1 (2)", HOSTILE[4]]
    assert len({sheet["worksheet"] for sheet in a_class}) > 1, "learners have different rows"
    everyone = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert everyone.count('<section class="sheet">') == 5
    assert "<b>B</b>" not in everyone
    sheet = a_class[0]
    row = re.fullmatch(r"Row (\d+): .*", sheet["worksheet"])
    assert row is not None
    own = (tmp_path / f"sheet-{sheet['file']}.html").read_text(encoding="utf-8")
    assert f"Row {row[1]}, seed {sheet['seed']}, worksheet {sheet['code']}" in own
    assert traced("--row", row[1], "--seed", sheet["seed"], "--worksheet", tmp_path / "again.html").exit_code == 0
    again = json.loads((tmp_path / "again-answers.json").read_text(encoding="utf-8"))
    assert again["answers"] == sheet["answers"]
    refused = traced("--worksheet", tmp_path / "sheet.html", "--roster", tmp_path / "names.csv")
    assert (refused.exit_code, "already exists" in refused.stderr) == (2, True)
    assert (
        traced(
            *("--worksheet", tmp_path / "sheet.html", "--roster", tmp_path / "names.csv", "--row", "3,17", "--force")
        ).exit_code
        == 0
    )
    drawn = json.loads((tmp_path / "sheet-answers.json").read_text(encoding="utf-8"))["class"]
    assert {one["worksheet"].split(":")[0] for one in drawn} == {"Row 3", "Row 17"}


def test_the_answers_of_a_class_are_marked(run: Run, a_class: list[Any], tmp_path: Path) -> None:
    roster, first = tmp_path / "names.csv", a_class[0]["answers"][0]
    files = [hand_in(tmp_path, a_class[0], **{"1": -first["value"]}), *(hand_in(tmp_path, one) for one in a_class[1:4])]
    told = run("trace", "--mark", *files, "--roster", roster)
    assert told.exit_code == 0, told.output
    of = [len(sheet["answers"]) for sheet in a_class]
    assert re.search(rf"^Lovelace, Ada +{of[0] - 1} +{of[0]} +1 +1: wrong sign$", told.stdout, re.MULTILINE)
    assert re.search(rf"^<b>B</b> +{of[4]} +no answers$", told.stdout, re.MULTILINE)
    assert told.stderr == "chainrule: <b>B</b> has no answers.\n"
    assert run("trace", "--mark", tmp_path / "answers", "--roster", roster).stdout == told.stdout
    for ending in ("csv", "html", "json", "txt"):
        out = tmp_path / f"marks.{ending}"
        written = run("trace", "--mark", *files, "--roster", roster, "--out", out)
        assert (written.exit_code, f"Wrote {out}" in written.output) == (0, True)
    with (tmp_path / "marks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["name", "right", "of", "wrong", "likely mistakes"]
    assert rows[2][:3] == ["'=1+1", str(of[1]), str(of[1])]
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]
    page = (tmp_path / "marks.html").read_text(encoding="utf-8")
    assert "<td><bdi>&lt;b&gt;B&lt;/b&gt;</bdi></td>" in page
    assert "<script" not in page
    record = json.loads((tmp_path / "marks.json").read_text(encoding="utf-8"))
    assert record == json.loads(run("trace", "--mark", *files, "--roster", roster, "--json").stdout)
    assert record["learners"][0]["marks"][0]["mistake"] == "wrong sign"
    assert (tmp_path / "marks.txt").read_text(encoding="utf-8").strip() == told.stdout.strip()
    (tmp_path / "sheet-answers.json").rename(tmp_path / "key.json")
    alone = run("trace", "--mark", *files, "--roster", roster)
    assert (alone.exit_code, alone.stderr.count("\n"), "No key is among the files" in alone.stderr) == (2, 1, True)
    assert run("trace", "--mark", tmp_path / "key.json", *files, "--roster", roster).stdout == told.stdout


def test_files_that_cannot_be_marked_are_told_in_a_line_each(run: Run, a_class: list[Any], tmp_path: Path) -> None:
    good = hand_in(tmp_path, a_class[0])
    wrong = hand_in(tmp_path, a_class[1], worksheet=a_class[2]["code"])
    bad, deep, bob = (tmp_path / "answers" / f"{name}.json" for name in ("bad", "deep", "bob"))
    bad.write_text("1: 2")
    deep.write_text("[" * 100_000)
    bob.write_text("{}")
    missing = tmp_path / "none.json"
    result = run("trace", "--mark", good, wrong, bad, deep, bob, missing, "--roster", tmp_path / "names.csv")
    assert result.exit_code == 2
    assert re.search(r"^Lovelace, Ada +\d+", result.stdout, re.MULTILINE), "the others are marked"
    told = [
        f"{wrong} answers worksheet {a_class[2]['code']}, which is ../../etc/passwd's and not =1+1's.",
        f"{bad} is not valid JSON",
        f"{deep} is not valid JSON",
        f"{bob} belongs to no learner of the key",
        f"{missing}: No such file",
        *(f"{sheet['name']} has no answers." for sheet in a_class[1:]),
    ]
    lines = result.stderr.splitlines()
    assert len(lines) == len(told)
    for line, expected in zip(lines, told, strict=True):
        assert expected in line


@pytest.mark.parametrize(
    ("content", "words", "message"),
    [
        (b"first,last\nAda,Lovelace\n", (), "has no column called name: give its column of names this heading."),
        (b"name\n\n \n", (), "has no names: write one on each line."),
        (b"PK\x03\x04\x00\x00", (), "is no text: save the roster as CSV first."),
        (b"Ada\n", ("--out", "ledger.html"), "writes worksheets alone: leave out --out."),
        (b"Ada\n", ("--row", "150"), "row 150 does not exist"),
    ],
)
def test_a_roster_that_cannot_be_used_is_told(
    traced: Run, tmp_path: Path, content: bytes, words: Any, message: str
) -> None:
    roster = tmp_path / "names.csv"
    roster.write_bytes(content)
    result = traced("--worksheet", tmp_path / "sheet.html", "--roster", roster, *words)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert message in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["names.csv"]
    alone = traced("--roster", roster)
    assert (alone.exit_code, "name the file to write with --worksheet" in alone.stderr) == (2, True)


@pytest.mark.parametrize(
    "content",
    [
        "Zo\u00eb\nBj\u00f6rn\n",
        "\ufeffform;name\n8a;Zo\u00eb\n8b;Bj\u00f6rn\n",
        'name\tform\n"Zo\u00eb"\t1\nBj\u00f6rn\t2\n\n',
    ],
    ids=["lines", "semicolons", "tabs"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_rosters_are_read_as_schools_write_them(tmp_path: Path, content: str, encoding: str) -> None:
    roster = tmp_path / "names.csv"
    roster.write_bytes(content.removeprefix("" if encoding == "utf-8" else "\ufeff").encode(encoding))
    assert _names_of(roster) == ["Zo\u00eb", "Bj\u00f6rn"]
