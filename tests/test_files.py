from pathlib import Path

import pytest

from chainrule.files import write


def test_writing_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "new" / "page.html"
    write(target, "first")
    write(target, "zweite → é")
    assert target.read_text(encoding="utf-8") == "zweite → é"
    write(target, b"\x00\xff")
    assert target.read_bytes() == b"\x00\xff"
    assert list(target.parent.iterdir()) == [target]


def test_a_text_that_cannot_be_written_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    write(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write(target, "new \ud800")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_write_leaves_nothing_beside_its_target(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(OSError, match="folder"):
        write(target, "text")
    assert list(tmp_path.iterdir()) == [target]
