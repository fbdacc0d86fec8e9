"""Epochs as machine code whatever their length, or never."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from chainrule.engine.machine_code import Asked


@contextmanager
def epochs_compiled(wanted: bool) -> Iterator[None]:
    """Let every epoch that can be machine code be so, or none."""
    before, Asked.seconds = Asked.seconds, inf if wanted else -inf
    try:
        yield
    finally:
        Asked.seconds = before
