"""Pages are self-contained, and written whole or not at all."""

from chainrule.pages.page import code


def shown(x: int) -> int:
    """Return nothing of interest."""
    return x < 3


def test_code_is_the_source_without_its_docstring() -> None:
    block = code(shown)
    assert "return x &lt; 3" in block
    assert "interest" not in block
