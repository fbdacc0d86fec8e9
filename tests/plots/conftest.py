"""Figures are drawn without a window, and none is left open."""

import sys
from collections.abc import Iterator

import matplotlib as mpl
import pytest

mpl.use("agg")


@pytest.fixture(autouse=True)
def _settings_are_left_alone() -> Iterator[None]:
    """Every test of a figure also tests that the user's settings are what they were."""
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
