"""Pages are self-contained, and written whole or not at all."""

from pathlib import Path

import pytest

from chainrule.pages.page import code, write


def shown(x: int) -> int:
    """Return nothing of interest."""
    return x < 3


def test_code_is_the_source_without_its_docstring() -> None:
    block = code(shown)
    assert "return x &lt; 3" in block
    assert "interest" not in block


def test_writing_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "new" / "page.html"
    write(target, "first")
    write(target, "second")
    assert target.read_text() == "second"
    assert list(target.parent.iterdir()) == [target]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    write(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write(target, "new \ud800")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
