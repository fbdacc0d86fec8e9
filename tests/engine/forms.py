"""Epochs in C wherever that covers them, or never."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chainrule.training import compiled_epochs


@contextmanager
def epochs_compiled(wanted: bool) -> Iterator[None]:
    """Let every epoch that can be taken in C be so, or none."""
    with pytest.MonkeyPatch.context() as patch:
        if not wanted:
            patch.setattr(compiled_epochs, "kernels", None)
        yield
