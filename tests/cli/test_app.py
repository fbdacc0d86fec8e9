"""The command line as a process."""

import atexit
import gc
import sys
from typing import Any

import pytest

from chainrule.cli import main


def test_its_end_is_not_delayed_by_a_search_for_garbage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at_its_end: list[Any] = []
    monkeypatch.setattr(atexit, "register", at_its_end.append)
    monkeypatch.setattr(sys, "argv", ["chainrule", "--version"])
    with pytest.raises(SystemExit):
        main()
    assert at_its_end == [gc.freeze]
    assert capsys.readouterr().out.startswith("chainrule ")
