"""No verb writes over what it reads, nor two things into one file, by whatever name."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run, write_flowers


@pytest.fixture
def model(run: Run, flowers: Path, tmp_path: Path) -> Path:
    out = tmp_path / "model.safetensors"
    assert run("train", flowers, "--model", "softmax", "--target", "flower", "--out", out).exit_code == 0
    return out


def refused(run: Run, *words: object) -> str:
    result = run(*words, "--force")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
    return str(result.stderr)


@pytest.mark.parametrize("kind", ["itself", "link", "hard link", "another way"])
@pytest.mark.parametrize("option", ["--out", "--report"])
def test_the_table_is_never_replaced(run: Run, flowers: Path, tmp_path: Path, option: str, kind: str) -> None:
    other = tmp_path / "other"
    if kind == "link":
        other.symlink_to(flowers)
    elif kind == "hard link":
        os.link(flowers, other)
    written = {"itself": flowers, "another way": tmp_path / "x" / ".." / flowers.name}.get(kind, other)
    (tmp_path / "x").mkdir()
    before = flowers.read_bytes()
    told = refused(run, "train", flowers, "--model", "softmax", "--target", "flower", option, written)
    assert f"{option} would write to {written}, which is also DATA" in told
    assert flowers.read_bytes() == before


def test_two_outputs_are_two_files(run: Run, flowers: Path, tmp_path: Path) -> None:
    words = ("train", flowers, "--model", "softmax", "--target", "flower", "--card")
    for out, report, other in (
        ("q", "q", "--out"),
        ("q", "MODELCARD.md", "--report"),
        ("q", "q.checkpoint", "--report"),
    ):
        told = refused(run, *words, "--out", tmp_path / out, "--report", tmp_path / report)
        assert f"which is also {other}" in told
    assert not (tmp_path / "q").exists()
    valid = write_flowers(tmp_path / "valid.csv", seed=1)
    assert "which is also --valid" in refused(run, *words, "--valid", valid, "--out", valid)


def test_other_verbs_keep_what_they_read(run: Run, flowers: Path, model: Path, tmp_path: Path) -> None:
    assert "--out would write" in refused(run, "predict", model, flowers, "--out", flowers)
    assert "also MODEL" in refused(run, "predict", model, flowers, "--out", model)
    assert "also MODEL" in refused(run, "export", model, "--to", "json", "--out", model)
    assert "also --check" in refused(run, "export", model, "--to", "onnx", "--out", flowers, "--check", flowers)
    trace = ("trace", model, flowers, "--row", 0)
    assert "also DATA" in refused(run, *trace, "--out", flowers)
    page = tmp_path / "sheet.html"
    told = refused(run, *trace, "--out", tmp_path / "sheet-answers.html", "--worksheet", page)
    assert "the key of --worksheet would write" in told
    assert not page.exists()


def test_rows_of_training_are_not_held_out(run: Run, flowers: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.csv"
    copy.write_bytes(flowers.read_bytes())
    for valid in (flowers, copy):
        result = run(
            "train", flowers, "--model", "softmax", "--target", "flower", "--valid", valid, "--out", tmp_path / "m"
        )
        assert result.exit_code == 2
        assert f"--valid {valid} has the same rows as {flowers}" in result.stderr
    copy.write_text(copy.read_text() + "9999,1.0,2.0,red,rose\n")
    assert (
        run(
            "train", flowers, "--model", "softmax", "--target", "flower", "--valid", copy, "--out", tmp_path / "m"
        ).exit_code
        == 0
    )


def test_sparse_rows_of_training_are_not_held_out(run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.svm", "b.svm", "c.svm")]
    rows = [f"{row % 2} 1:{row % 7} 2:{row % 5 - row % 2}" for row in range(60)]
    for path, last in zip(paths, (rows[-1], rows[-1], "1 1:3 2:2"), strict=True):
        path.write_text("\n".join([*rows[:-1], last]) + "\n")
    ends = [
        run("train", paths[0], "--model", "softmax", "--valid", path, "--out", tmp_path / "m").exit_code
        for path in paths[1:]
    ]
    assert ends == [2, 0]


@pytest.mark.skipif(os.name == "nt", reason="links and modes of Unix")
def test_a_link_stays_a_link_and_permissions_stay(run: Run, flowers: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "model", tmp_path / "model"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    result = run("train", flowers, "--model", "softmax", "--target", "flower", "--out", link, "--force")
    assert result.exit_code == 0, result.output
    assert link.is_symlink()
    assert (target.stat().st_mode & 0o777, target.read_bytes() == b"old") == (0o640, False)
    assert run("predict", link, flowers).exit_code == 0
