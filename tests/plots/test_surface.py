"""The surface in space: its heights, and what it refuses."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from chainrule.plots import probability_surface

SQUARE = (-1.0, 1.0, -2.0, 2.0)


def test_the_surface_spans_the_plane_and_the_probabilities() -> None:
    ax: Any = probability_surface(lambda x: (x[:, 0] + 1) / 2, SQUARE, resolution=6, label="y₁")
    assert (ax.get_xlim(), ax.get_ylim(), ax.get_zlim()) == ((-1, 1), (-2, 2), (0, 1))
    assert ax.get_zlabel() == "y₁"
    assert list(ax.zz_dataLim.intervalx) == [0, 1]


def test_a_level_surface_has_no_contours() -> None:
    ax = probability_surface(lambda x: np.full(len(x), 0.5), SQUARE, resolution=4)
    assert len(ax.collections) == 1


def test_a_probability_surface_needs_axes_in_space() -> None:
    with pytest.raises(ValueError, match='projection="3d"'):
        probability_surface(lambda x: x[:, 0], SQUARE, ax=Figure().add_subplot())


def test_a_probability_surface_needs_one_number_for_each_row() -> None:
    with pytest.raises(ValueError, match=r"function must map rows \(m, 2\) to numbers"):
        probability_surface(lambda x: x, SQUARE, resolution=4)
