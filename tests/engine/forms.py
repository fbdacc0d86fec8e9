"""The forms that compute: epochs in C wherever that covers them, or never, and the kernels' sets of instructions."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chainrule.engine.compiled.library import kernels
from chainrule.training import compiled_epochs


def instructions_to_try() -> tuple[str, ...]:
    """The sets of instructions that the processor has; where the environment names one, as check-machines does, that.

    The machines of check-machines have every set together, so that none is tried on each of them.
    """
    if kernels is None:
        return ()
    named = os.environ.get("CHAINRULE_INSTRUCTIONS", "")
    return (named,) if named else tuple(kernels.instructions())


INSTRUCTIONS = instructions_to_try()


@contextmanager
def epochs_compiled(wanted: bool) -> Iterator[None]:
    """Let every epoch that can be taken in C be so, or none."""
    with pytest.MonkeyPatch.context() as patch:
        if not wanted:
            patch.setattr(compiled_epochs, "kernels", None)
        yield
