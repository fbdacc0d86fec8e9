"""How a mistake of a user must be answered: by one sentence in a ValueError."""

import re
from collections.abc import Callable
from typing import TypeAlias

import pytest

Mistakes: TypeAlias = dict[str, tuple[Callable[[], object], str]]


def assert_refused(mistake: Callable[[], object], message: str) -> None:
    """Fail unless the mistake raises a ValueError with exactly this message, which must be one sentence."""
    with pytest.raises(ValueError) as error:
        mistake()
    assert str(error.value) == message
    assert re.fullmatch(r"[^\n]+[^.\n]\.", message), "one line that ends with one full stop"
    assert not re.search(r"\.\s+[A-Z]", message), "one sentence"
