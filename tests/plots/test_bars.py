"""Bars hold the numbers that they are given, in their order."""

from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from chainrule.plots import CLASS_COLORS, NEGATIVE, POSITIVE, probability_bars, value_bars, value_dots


def test_bars_stack_to_one_in_the_order_of_the_true_classes() -> None:
    y = np.array([[0.1, 0.9], [0.7, 0.3], [0.6, 0.4]])
    ax = probability_bars(y, np.array([1, 0, 0]), ["a", "b"])
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert [bar.get_height() for bar in bars] == pytest.approx([0.7, 0.6, 0.1, 0.3, 0.4, 0.9])
    assert [bar.get_y() + bar.get_height() for bar in bars[3:]] == pytest.approx([1, 1, 1])
    assert [text.get_text() for text in ax.get_xticklabels()] == ["a", "b"]
    assert len({bar.get_facecolor() for bar in bars}) == 2 <= len(CLASS_COLORS)


@pytest.mark.parametrize(
    ("y", "classes", "message"),
    [
        ([0.5, 0.5], [0, 1], r"y must have shape \(n, k\), found \(2,\)"),
        (np.empty((0, 2)), [], "at least one row"),
        (np.ones((1, 11)), [0], "at most 10 columns"),
        ([[np.nan, 1.0]], [0], "y must be finite"),
        ([[0.5, 0.5]], [2], "between 0 and 1 to be distinguishable, found 2"),
    ],
)
def test_bars_that_cannot_be_drawn(y: object, classes: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        probability_bars(y, classes)


def test_values_are_lengths_from_the_top_down() -> None:
    ax = value_bars(["long", "short"], [0.8, -0.2], spreads=[0.1, 0.05], label="rise", signed=True)
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert [bar.get_width() for bar in bars] == pytest.approx([0.8, -0.2])
    assert bars[0].get_y() < bars[1].get_y()
    assert ax.yaxis_inverted()
    assert [bar.get_facecolor() for bar in bars] == [to_rgba(POSITIVE), to_rgba(NEGATIVE)]
    (spreads,) = ax.collections
    assert isinstance(spreads, LineCollection)
    np.testing.assert_allclose([line[:, 0] for line in spreads.get_segments()], [[0.7, 0.9], [-0.25, -0.15]])


def test_long_names_are_cut() -> None:
    (name,) = value_bars(["a name much too long to stand beside a bar in any figure"], [1]).get_yticklabels()
    assert name.get_text().endswith("…")


@pytest.mark.parametrize(
    ("names", "values", "message"), [("ab", [1.0], "each of 2 names"), ([], [], "each of 0"), ("a", [np.nan], "finite")]
)
def test_values_that_cannot_be_drawn(names: str, values: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        value_bars(names, values)


def test_dots_stand_at_their_values_and_one_is_filled() -> None:
    ax = value_dots(["simple", "complex"], [0.5, 0.4], [0.02, 0.03], marked=1, label="log loss")
    containers: Any = ax.containers
    dots = [container.lines[0] for container in containers]
    assert [(dot.get_xdata()[0], dot.get_ydata()[0]) for dot in dots] == [(0.5, 0), (0.4, 1)]
    assert [dot.get_markerfacecolor() for dot in dots] == ["white", CLASS_COLORS[0]]
    assert [container.has_xerr for container in containers] == [True, True]
    assert ax.get_xlabel() == "log loss"
    with pytest.raises(ValueError, match="spreads must have one number for each of 2 names"):
        value_dots(["a", "b"], [1, 2], [0.1])
