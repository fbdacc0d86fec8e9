"""Epochs as machine code whatever their length, or never."""

from collections.abc import Iterator
from contextlib import contextmanager

from chainrule.engine import epoch


@contextmanager
def epochs_compiled(wanted: bool) -> Iterator[None]:
    """Let every epoch that can be machine code be so, or none."""
    before = epoch.LOADING
    epoch.LOADING = -1.0 if wanted else float("inf")
    try:
        yield
    finally:
        epoch.LOADING = before
